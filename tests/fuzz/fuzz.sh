#!/usr/bin/env bash
# Every reader against damaged files: fuzz.sh SECONDS [READER...]. Builds the fuzzer with clang++ (CLANG=) and
# gives each reader so many seconds, from small good files on, JOBS= readers side by side. A crash, a leak, an
# input that takes 20 seconds or 1 GiB, and an error that does not name its file are findings; that input stays
# in build/fuzz, and the reader goes on, up to its third. Skips all where clang++ or its
# libFuzzer is missing (make deps-fuzz). Ends with "N passed, N failed".
set -uo pipefail
seconds=${1:?usage: fuzz.sh SECONDS [READER...]}
shift
cd "$(dirname "$0")/../.." || exit 1
export LSAN_OPTIONS=suppressions=$PWD/tests/leaks.supp:print_suppressions=0
clang=${CLANG:-clang++}
jobs=${JOBS:-1}
sanitizers=fuzzer,address,undefined
fuzz=bin/release-${sanitizers//,/-}/fuzz
kept=build/fuzz
TMPDIR=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # files in memory, where that is possible
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
# shellcheck disable=SC2086  # words: perhaps "ccache clang++"
if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
    $clang -fsanitize=$sanitizers -x c++ - -o "$TMPDIR/probe" 2>/dev/null; then
    echo 'skip fuzz: clang++ with libFuzzer not found (make deps-fuzz)'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
if ! make -s -j"$(nproc)" DEBUG=0 CXX="$clang" SANITIZE=$sanitizers "$fuzz" || ! "$fuzz" --seeds "$TMPDIR/seeds" >"$TMPDIR/readers"; then
    echo 'FAIL fuzz: build'
    exit 1
fi
mkdir -p "$kept"
mapfile -t readers <"$TMPDIR/readers"
[[ $# -gt 0 ]] || set -- "${readers[@]}"

fuzz_reader() { # reader: until its time is over, from each finding on; a file more in $TMPDIR/passed or .../failed
    local reader=$1 log=$TMPDIR/$1.log end=$((SECONDS + seconds)) inputs=0 findings=0 ended= input last=
    while [[ -z $ended && $findings -lt 3 && $SECONDS -lt $end ]]; do
        if "$fuzz" "$reader" "$TMPDIR/seeds/$reader" -max_total_time=$((end - SECONDS)) -timeout=20 -rss_limit_mb=1024 \
            -malloc_limit_mb=512 -close_fd_mask=1 -print_final_stats=1 -artifact_prefix="$kept/$reader-" >"$log" 2>&1; then
            ended=1
        else
            input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
            [[ $findings -eq 0 || $input != "$last" ]] || break # a good file of ours: there is no way past it
            findings=$((findings + 1))
            tail -40 "$log"
            echo "once more: $fuzz $reader ${input:-FILE}"
            last=$input
        fi
        inputs=$((inputs + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1 | grep . || echo 0)))
    done
    if [[ $findings -eq 0 ]]; then echo "ok fuzz: $reader, $inputs inputs, no finding" | tee "$TMPDIR/passed/$reader"
    else echo "FAIL fuzz: $reader, $inputs inputs, $findings findings" | tee "$TMPDIR/failed/$reader"; fi
}

mkdir "$TMPDIR/passed" "$TMPDIR/failed"
for reader in "$@"; do
    while [[ $(jobs -rp | wc -l) -ge $jobs ]]; do wait -n; done
    { fuzz_reader "$reader" >"$TMPDIR/$reader.out"; cat "$TMPDIR/$reader.out"; } &
done
wait
shopt -s nullglob
passed=("$TMPDIR"/passed/*) failed=("$TMPDIR"/failed/*)
echo "${#passed[@]} passed, ${#failed[@]} failed"
[[ ${#failed[@]} -eq 0 && ${#passed[@]} -gt 0 ]]
