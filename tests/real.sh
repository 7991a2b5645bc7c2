#!/usr/bin/env bash
# One short training on real MNIST, where its files are found: real.sh FOLDER_OF_BINARIES.
set -uo pipefail
bin=${1:?usage: real.sh FOLDER_OF_BINARIES}
temporary=$(mktemp -d); trap 'rm -rf "$temporary"' EXIT
if ! "$bin/crossbar_sim" --task mnist --data real --epochs 0 --quiet >"$temporary/log" 2>&1; then
    echo 'skip real MNIST: not found (make data)'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
# The bound is far from the usual 2 %: it catches breakage, not noise.
"$bin/crossbar_sim" --task mnist --data real --epochs 2 --rate-decay 0.2 --json "$temporary/run.json" || exit 1
error=$(sed -n 's/.*"test_error_percent": *\([0-9.]*\).*/\1/p' "$temporary/run.json" | head -1)
if awk "BEGIN {exit !($error > 0 && $error <= 4)}"; then echo "1 passed, 0 failed"
else echo "FAIL test error $error %, at most 4 % expected after two epochs"; echo "0 passed, 1 failed"; exit 1; fi
