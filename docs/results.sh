#!/usr/bin/env bash
# Makes the runs behind docs/results.md: docs/results.sh [GROUP ...], all groups when none is named.
# Each run leaves its record in docs/results/mnist/NAME.json and is skipped when it is there already,
# so that the script can be interrupted. Ends with the table. Real data are needed (make data).
set -uo pipefail
cd "$(dirname "$0")/.."
folder=docs/results/mnist
mkdir -p "$folder"

# group | name | options; names end in the seed.
runs() {
    local seed scheme gain zero
    for seed in 1 2 3; do
        echo "main|frsf-bm1-$seed|--seed $seed"
        echo "votes|bm4-2bit-$seed|--rule bm4 --weight-bits 2 --seed $seed"
        echo "votes|bm4-1bit-$seed|--rule bm4 --weight-bits 1 --seed $seed"
        echo "long|frsf-bm1-20-epochs-$seed|--epochs 20 --rate-decay 0.8 --seed $seed"
    done
    echo "float|float-sgd-1|--arithmetic float --feedback sym --rule sgd"
    for scheme in sym usf nusf brsf rndf; do echo "schemes|$scheme-bm1-1|--feedback $scheme"; done
    for scheme in brsf-p frsf-p; do
        echo "schemes|$scheme-75-1|--feedback $scheme --concordance 0.75"
    done
    echo "rules|frsf-sgd-1|--rule sgd"
    echo "rules|frsf-bm2-1|--rule bm2 --rate 0.012"
    echo "rules|frsf-bm3-1|--rule bm3 --rate 0.012"
    # Decisions, on 10,000 training images held out.
    for zero in keep zero; do
        echo "zero|$zero-bm1-8bit-1|$held --sign-of-zero $zero"
        echo "zero|$zero-bm4-2bit-1|$held --rule bm4 --weight-bits 2 --sign-of-zero $zero"
        echo "zero|$zero-bm4-2bit-2|$held --rule bm4 --weight-bits 2 --sign-of-zero $zero --seed 2"
    done
    for gain in 0.3 0.6 2.4; do
        echo "gain|gain-$gain-rate-0.07-1|$held --readout-gain $gain"
        echo "gain|gain-$gain-rate-1-1|$held --readout-gain $gain --readout-rate 1"
    done
}
held='--holdout 10000 --epochs 5 --rate-decay 0.4'

value() { sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1" | head -1; }

while IFS='|' read -r group name options; do
    [ $# = 0 ] || [[ " $* " == *" $group "* ]] || continue
    [ -s "$folder/$name.json" ] && continue
    echo "$name: crossbar_sim --task mnist --data real $options" >&2
    # shellcheck disable=SC2086  # options are words
    ./bin/crossbar_sim --task mnist --data real --quiet --json "$folder/$name.json" $options || exit
done < <(runs)

echo '| run | arithmetic | feedback | rule | bits | epochs | train error % | test error % | pulses a synapse | signature |'
echo '|---|---|---|---|---:|---:|---:|---:|---:|---|'
while IFS='|' read -r _ name _; do
    file=$folder/$name.json
    [ -s "$file" ] || continue
    echo "| $name | $(value "$file" arithmetic) | $(value "$file" feedback) | $(value "$file" rule) |" \
        "$(value "$file" weight_bits) | $(value "$file" epochs) | $(value "$file" train_error_percent) |" \
        "$(value "$file" test_error_percent) | $(value "$file" pulses_per_synapse) | $(value "$file" signature) |"
done < <(runs)
