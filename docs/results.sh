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
    local seed scheme
    for seed in 1 2 3; do
        echo "main|frsf-bm1-$seed|--seed $seed"
        echo "votes|bm4-2bit-$seed|$votes --weight-bits 2 --seed $seed"
        echo "votes|bm4-1bit-$seed|$votes --weight-bits 1 --seed $seed"
        echo "float|float-sgd-$seed|--arithmetic float --feedback sym --rule sgd $sgd --seed $seed"
    done
    for scheme in sym usf nusf brsf rndf; do echo "schemes|$scheme-bm1-1|--feedback $scheme"; done
    for scheme in brsf-p frsf-p; do
        echo "schemes|$scheme-75-1|--feedback $scheme --concordance 0.75"
        echo "schemes|$scheme-50-1|--feedback $scheme --concordance 0.5"
    done
    echo "rules|frsf-bm2-1|--rule bm2 --rate 0.012"
    echo "rules|frsf-bm3-1|--rule bm3 --rate 0.012"
    echo "rules|frsf-bm4-8bit-1|--rule bm4 --quorum 1,1,2,4,8,16,32,32 --epochs 8"
    echo "rules|frsf-sgd-1|--rule sgd $sgd"
    echo "rules|sym-sgd-1|--feedback sym --rule sgd $sgd"
    echo "float|float-frsf-bm1-1|--arithmetic float"
}
votes='--rule bm4 --epochs 12 --quorum 8,16,16,32,32,64,64,96,96,128,192,256 --counter-bits 10 --readout-gain 0.2'
sgd='--rate 0.05 --rate-decay 0.7 --epochs 12'

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
