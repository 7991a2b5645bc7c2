#!/usr/bin/env bash
# All fast tests, one total: run.sh FOLDER_OF_BINARIES. Ends with "N passed, N failed", and ", N skipped"
# where this machine cannot make all of them.
set -uo pipefail
bin=${1:?usage: run.sh FOLDER_OF_BINARIES}
here=$(dirname "$0")
export LSAN_OPTIONS=suppressions=$(realpath "$here")/leaks.supp:print_suppressions=0
passed=0 failed=0 skipped=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
count() { # a part's output -> "passed failed skipped": its totals, else its ok, FAIL and skip lines
    awk '/[0-9]+ passed, [0-9]+ failed/ {
             for (i = 1; i < NF; ++i) {
                 if ($(i + 1) ~ /^passed/) p += $i
                 if ($(i + 1) ~ /^failed/) f += $i
                 if ($(i + 1) ~ /^skipped/) s += $i
             }
             total = 1 }
         /^ok / {ok++} /^FAIL/ {bad++} /^skip / {left++}
         END {print total ? p + 0 : ok + 0, total ? f + 0 : bad + 0, total ? s + 0 : left + 0}'
}
run() { # name, command ...: its output and exit status to files of that name
    local name=$1; shift
    "$@" >"$out/$name" 2>&1
    echo $? >"$out/$name.status"
}
report() { # a part that dies counts as one failure
    local output status p f s
    output=$(<"$out/$1"); status=$(<"$out/$1.status")
    # The parts' totals stay out of sight: the one that counts is the last line.
    printf '%s\n' "$output" | grep -vE '^ok |^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' | tail -40
    read -r p f s < <(printf '%s\n' "$output" | count)
    if [ "$status" != 0 ] && [ "$f" = 0 ]; then echo "FAIL $1: exit status $status"; f=1; fi
    passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + s))
}
# Catch2 test cases of every fourth file from that one on: counted as "N passed, N failed"; those that warn "not
# tested" are skipped.
unit() { # 0..3
    local files xml status p f s temporary="$out/unit.$1"
    mkdir "$temporary"; xml=$temporary/results.xml
    files=$(printf '%s\n' "$here"/*/test_*.cpp | sed 's|.*/||; s|\.cpp$||' | sort -u |
            awk -v first="$1" 'NR % 4 == first {printf "%s[#%s]~[.]", n++ ? "," : "", $1}')
    TMPDIR=$temporary "$bin/tests" --reporter xml --out "$xml" --filenames-as-tags "$files"; status=$?
    [ $status = 0 ] || TMPDIR=$temporary "$bin/tests" --filenames-as-tags "$files" 2>&1 | tail -60
    read -r p f < <(sed -n 's/.*<OverallResultsCases successes="\([0-9]*\)" failures="\([0-9]*\)".*/\1 \2/p' "$xml" | tail -1)
    s=$(grep -c 'not tested$' "$xml")
    grep -B1 'not tested$' "$xml" | sed -n 's/^ *\([^<].*not tested\)$/skip unit: \1/p' | sort | uniq -c
    [ -z "${p:-}" ] || echo "$((p - s)) passed, $f failed, $s skipped"
    echo $((${p:-0} + ${f:-0})) >"$temporary.made"
    return $status
}
# One more side by side than there are processors, for some wait for what they have started.
side_by_side=$(($(nproc) + 1))
start() {
    while [ "$(jobs -rp | wc -l)" -ge "$side_by_side" ]; do wait -n; done
    run "$@" &
}
# What takes longest begins first, so that nothing long is left alone at the end.
long=(processes chip_learn checkpoint outputs overview chip study report python install watch store)
mapfile -t scripts < <({ for name in "${long[@]}"; do compgen -G "$here/sim/test_$name.sh"; done
                         printf '%s\n' "$here"/sim/test_*.sh; } | awk '!seen[$0]++')
for shard in 0 1 2 3; do start "unit $shard" unit "$shard"; done
for script in "${scripts[@]}"; do start "$(basename "$script")" bash "$script" "$bin/crossbar_sim"; done
wait
listed=$("$bin/tests" --list-test-names-only | wc -l) made=$(awk '{sum += $1} END {print sum + 0}' "$out"/unit.*.made)
if [ "$listed" != "$made" ]; then echo "FAIL unit: $made test cases made of $listed"; failed=1; fi
for status in "$out"/*.status; do report "$(basename "$status" .status)"; done
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
