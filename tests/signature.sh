#!/usr/bin/env bash
# One number guards the arithmetic: fixed short runs on synthetic data, whose signatures must equal
# the committed ones in tests/signature.txt on every instruction set and number of threads.
# Usage: signature.sh BINARY [--write]   (--write replaces the committed ones; say why in the commit)
set -uo pipefail
binary=${1:?usage: signature.sh BINARY [--write]}
expected=$(dirname "$0")/signature.txt
temporary=$(mktemp -d); trap 'rm -rf "$temporary"' EXIT
runs=('--rule bm1' '--rule bm3 --weight-bits 4 --bn affine --error-rounding stochastic'
      '--rule bm4 --weight-bits 2 --quorum 4,16' '--rule bm4 --weight-bits 1 --quorum 4,16'
      '--rule bm2 --weight-bits 12 --feedback brsf-p --concordance 0.75'
      '--rule sgd --weight-bits 16 --feedback sym --bn none --rate 0.02')
signature_of() { # options ...
    "$binary" --task mnist --data synthetic --train-images 600 --test-images 100 --epochs 2 --seed 1 --rate-decay 0.8 \
        --quiet --json "$temporary/run.json" "$@" >"$temporary/log" 2>&1 ||
        { cat "$temporary/log" >&2; return 1; }
    sed -n 's/.*"signature": *"\([0-9a-f]*\)".*/\1/p' "$temporary/run.json"
}
if [ "${2:-}" = --write ]; then
    for run in "${runs[@]}"; do echo "$(signature_of $run) $run"; done | tee "$expected"
    exit
fi
sets=$(COLUMNS=200 "$binary" help isa | awk '/^  / && !/not on this machine/ {print $1}')
[ -n "$sets" ] || { echo 'FAIL no instruction set listed'; exit 1; }
passed=0 failed=0
check() { # expected, options ...
    local want=$1; shift
    local got; got=$(signature_of "$@")
    if [ "$got" = "$want" ]; then passed=$((passed + 1))
    else failed=$((failed + 1)); echo "FAIL signature of '$*': ${got:-none}, expected $want"; fi
}
while read -r want options; do
    for set in $sets; do
        # The specification is slow: one run of it is enough.
        [ "$set" = reference ] && [ "$options" != '--rule bm1' ] && continue
        check "$want" $options --isa "$set"
    done
    check "$want" $options --threads 3
done <"$expected"
echo "signature: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
