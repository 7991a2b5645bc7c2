#!/usr/bin/env bash
# Makes the runs behind docs/results.md: docs/results.sh [GROUP ...], all groups when none is named.
# Finished runs are in docs/results/TASK.jsonl and are not made again, so that the script can be
# interrupted. Real data are needed (make data). Ends with the report.
set -euo pipefail
cd "$(dirname "$0")/.."

sweep() { ./bin/crossbar_sim --task mnist --data real --store docs/results/mnist.jsonl "$@"; }
# Decisions are made on 10,000 training images held out.
held=(--holdout 10000 --epochs 5 --rate-decay 0.4)

main() { sweep --sweep feedback=frsf --seeds 3; }
# bm4 has no rate: the decay is that of the settings when these runs were made, and does nothing.
votes() { sweep --sweep weight-bits=1,2 --rule bm4 --rate-decay 0.8 --seeds 3; }
long() { sweep --sweep epochs=20 --rate-decay 0.8 --seeds 3; }
float() { sweep --sweep arithmetic=float --feedback sym --rule sgd; }
schemes() {
    sweep --sweep feedback=sym,usf,nusf,brsf,rndf
    sweep --sweep feedback=brsf-p,frsf-p --concordance 0.75
}
rules() {
    sweep --sweep rule=sgd
    sweep --sweep rule=bm2,bm3 --rate 0.012
}
zero() {
    sweep --sweep sign-of-zero=keep,zero "${held[@]}"
    sweep --sweep sign-of-zero=keep,zero "${held[@]}" --rule bm4 --weight-bits 2 --seeds 2
}
gain() { sweep --sweep readout-gain=0.3,0.6,2.4 --sweep readout-rate=0.07,1 "${held[@]}"; }
# The devices of NeuroSim's manual on its perceptron, and the letters of Prezioso et al.
neurosim="ag_asi,taox_hfox,pcmo,alox_hfo2,gst_pcm,epiram,hzo_fefet"
study() {
    ./bin/crossbar_sim --task mnist --data real --store docs/results/study-mnist.jsonl --experiment M --jobs 2
}
cifar() {
    ./bin/crossbar_sim --task cifar10 --data real --store docs/results/study-cifar10.jsonl --seeds 3 --jobs 2 \
        --column frsf+bn+bm1,usf+bn+bm1
}
perceptron() {
    ./bin/crossbar_sim --task perceptron --data real --store docs/results/perceptron.jsonl \
        --sweep "target=ideal,$neurosim" --seeds 3
}
letters() {
    ./bin/crossbar_sim --task letters --store docs/results/letters.jsonl --sweep target=ideal,prezioso2015 --seeds 10
}

groups=(main votes schemes rules gain zero long float study cifar perceptron letters)
for group in "${@:-${groups[@]}}"; do
    [[ " ${groups[*]} " == *" $group "* ]] || { echo "no group '$group'; there are: ${groups[*]}" >&2; exit 2; }
    "$group"
done
./bin/crossbar_sim --report docs/results --out report.html
