#!/usr/bin/env bash
# Longer runs: training on real MNIST where its files are found, and the stand-in's properties,
# and settings drawn at random.
# long.sh FOLDER_OF_BINARIES. Ends with "N passed, N failed".
set -uo pipefail
bin=${1:?usage: long.sh FOLDER_OF_BINARIES}
passed=0 failed=0 skipped=0
temporary=$(mktemp -d); trap 'rm -rf "$temporary"' EXIT
# Bounds are far from the usual figures (docs/results.md): they catch breakage, not noise.
train() { # data, highest test error in percent (or LOWEST..HIGHEST), options ...
    local data=$1 least=0 most=$2; shift 2
    [[ $most != *..* ]] || { least=${most%..*}; most=${most#*..}; }
    if ! "$bin/crossbar_sim" --task mnist --data "$data" --quiet --json "$temporary/run.json" "$@" \
            >"$temporary/log" 2>&1; then
        echo "FAIL $*: $(tail -1 "$temporary/log")"; failed=$((failed + 1)); return
    fi
    local error; error=$(sed -n 's/.*"test_error_percent": *\([0-9.]*\).*/\1/p' "$temporary/run.json" | head -1)
    if awk "BEGIN {exit !($error >= $least && $error <= $most)}"; then echo "ok $data $*: $error %"; passed=$((passed + 1))
    else echo "FAIL $data $*: $error %, $least to $most % expected"; failed=$((failed + 1)); fi
}
if "$bin/tests" "[long]" >"$temporary/log" 2>&1; then echo "ok unit tests that take longer"; passed=$((passed + 1))
else tail -40 "$temporary/log"; echo "FAIL unit tests that take longer"; failed=$((failed + 1)); fi
if "$bin/tests" "[random]" >"$temporary/log" 2>&1; then # SEED=1 COUNT=200 of the environment
    echo "ok $(grep '^random settings: ' "$temporary/log")"; passed=$((passed + 1))
else tail -80 "$temporary/log"; echo 'FAIL random settings'; failed=$((failed + 1)); fi
# More processes than test_mpi.sh takes in a fast test.
if COUNTS='2 3 5 7' bash "$(dirname "${BASH_SOURCE[0]}")/sim/test_mpi.sh" "$bin/crossbar_sim" >"$temporary/log" 2>&1; then
    echo "ok 2, 3, 5 and 7 processes"; passed=$((passed + 1))
else grep -v '^ok' "$temporary/log"; echo 'FAIL 2, 3, 5 and 7 processes'; failed=$((failed + 1)); fi
train synthetic 4 --epochs 3
if "$bin/crossbar_sim" --task mnist --data real --epochs 0 --quiet >/dev/null 2>&1; then
    train real 1.6 --epochs 4
    train real 2.5 --epochs 4 --rule bm4 --weight-bits 2 --quorum 16,32,64,128
    train real 2.5 --epochs 4 --rule bm4 --weight-bits 1 --quorum 16,32,64,128
    train real 1.5 --epochs 2 --rule sgd --feedback sym --rate 0.05 --arithmetic float
    # What each target file expects, with another seed than those that it was made from.
    for file in "$(dirname "${BASH_SOURCE[0]}")"/../targets/*.toml; do
        range=$(sed -n 's/^expected_error_percent = \[\([0-9.]*\), *\([0-9.]*\)\].*/\1..\2/p' "$file")
        train real "${range:-none..}" --epochs 3 --rate-decay 0.3 --bn-images 2000 --seed 4 --target "$(basename "$file" .toml)"
    done
else
    echo 'skip real MNIST: not found (make data)'; skipped=1
fi
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
