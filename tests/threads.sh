#!/usr/bin/env bash
# Whole short runs with more threads than cores, meant for a build with SANITIZE=thread: every rule
# family, both arithmetics, rendering, training, evaluation. threads.sh BINARY
set -uo pipefail
binary=${1:?usage: threads.sh BINARY}
passed=0 failed=0
while read -r options; do
    if output=$("$binary" --task mnist --data synthetic --train-images 300 --test-images 100 \
            --epochs 1 --threads 4 --quiet $options 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)); echo "FAIL $options"; printf '%s\n' "$output" | tail -30
    fi
done <<X
--rule bm1
--rule bm4 --weight-bits 2 --quorum 4
--rule bm4 --weight-bits 1 --pulse-budget 3 --counting sampled --counter-bits 3 --counter-leak 9 --counter-share 2
--rule sgd --feedback sym --rate 0.02
--bn affine --feedback brsf-p --concordance 0.5 --error-rounding stochastic
--bn none --weight-bits 12
--arithmetic float
X
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
