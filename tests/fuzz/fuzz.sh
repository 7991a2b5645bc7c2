#!/usr/bin/env bash
# Every reader against damaged files: fuzz.sh SECONDS [READER...]. Builds the fuzzer with clang++ and gives
# each reader so many seconds, from small good files on. A crash, a leak, an input that takes 20 seconds or
# 1 GiB, and an error that does not name its file are failures; that input stays in build/fuzz. Leaves all
# out with a word where clang++ or its libFuzzer is missing (make deps-fuzz). Ends with "N passed, N failed".
set -uo pipefail
seconds=${1:?usage: fuzz.sh SECONDS [READER...]}
shift
cd "$(dirname "$0")/../.." || exit 1
clang=${CLANG:-clang++}
sanitizers=fuzzer,address,undefined
fuzz=bin/release-${sanitizers//,/-}/fuzz
kept=build/fuzz
TMPDIR=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # files in memory, where that is possible
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
# shellcheck disable=SC2086  # words: perhaps "ccache clang++"
if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
    $clang -fsanitize=$sanitizers -x c++ - -o "$TMPDIR/probe" 2>/dev/null; then
    echo 'clang++ with libFuzzer not found: readers are not fuzzed (make deps-fuzz)'
    exit 0
fi
if ! make -s -j"$(nproc)" DEBUG=0 CXX="$clang" SANITIZE=$sanitizers "$fuzz" || ! "$fuzz" --seeds "$TMPDIR/seeds" >"$TMPDIR/readers"; then
    echo 'FAIL fuzz: build'
    exit 1
fi
mkdir -p "$kept"
mapfile -t readers <"$TMPDIR/readers"
[[ $# -gt 0 ]] || set -- "${readers[@]}"
passed=0 failed=0
for reader in "$@"; do
    if "$fuzz" "$reader" "$TMPDIR/seeds/$reader" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 \
        -malloc_limit_mb=512 -print_final_stats=1 -artifact_prefix="$kept/$reader-" >"$TMPDIR/log" 2>&1; then
        echo "ok fuzz: $reader, $(sed -n 's/^stat::number_of_executed_units: *//p' "$TMPDIR/log") files"
        passed=$((passed + 1))
    else
        tail -40 "$TMPDIR/log"
        echo "FAIL fuzz: $reader; once more: $fuzz $reader FILE, FILE being the input named above"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
