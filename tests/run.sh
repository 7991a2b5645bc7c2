#!/usr/bin/env bash
# All fast tests, one total: run.sh FOLDER_OF_BINARIES. Ends with "N passed, N failed".
set -uo pipefail
bin=${1:?usage: run.sh FOLDER_OF_BINARIES}
here=$(dirname "$0")
passed=0 failed=0
count() { # a part's output -> "passed failed": its "N passed, N failed" lines, else its ok and FAIL lines
    awk '/[0-9]+ passed, [0-9]+ failed/ {
             for (i = 1; i < NF; ++i) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^failed/) f += $i }
             total = 1 }
         /^ok / {ok++} /^FAIL/ {bad++}
         END {print total ? p + 0 : ok + 0, total ? f + 0 : bad + 0}'
}
add() {
    local p f
    read -r p f < <(printf '%s\n' "$1" | count)
    passed=$((passed + p)); failed=$((failed + f))
}
part() { # name, command ...: counts a part that dies as one failure
    local name=$1; shift
    local output status
    output=$("$@" 2>&1); status=$?
    # The parts' totals stay out of sight: the one that counts is the last line.
    printf '%s\n' "$output" | grep -vE '^ok |^[0-9]+ passed, [0-9]+ failed$' | tail -40
    add "$output"
    if [ $status != 0 ] && ! printf '%s\n' "$output" | grep -qE '[1-9][0-9]* failed|^FAIL'; then
        echo "FAIL $name: exit status $status"; failed=$((failed + 1))
    fi
}
unit() { # Catch2 test cases, counted as "N passed, N failed"
    local xml status; xml=$(mktemp)
    "$bin/tests" --reporter xml --out "$xml"; status=$?
    [ $status = 0 ] || "$bin/tests" 2>&1 | tail -60
    sed -n 's/.*<OverallResultsCases successes="\([0-9]*\)" failures="\([0-9]*\)".*/\1 passed, \2 failed/p' "$xml" | tail -1
    rm -f "$xml"
    return $status
}
part unit unit
for script in "$here"/test_*.sh; do part "$script" bash "$script" "$bin/crossbar_sim"; done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
