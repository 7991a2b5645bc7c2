#!/usr/bin/env bash
# A network that meets other handwriting than it was trained on, and learns it where it is: docs/adapt.sh [FOLDER]. LeNet-5 with two
# bits per synapse is trained on MNIST; then every image is moved four pixels right and three down, as if the camera had slipped. The
# sources are compiled for this machine; docs/microcontroller.md has boards. Needs the real images of MNIST (make data), gcc, Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."
sim=$(realpath bin/crossbar_sim) moved=$(realpath docs/moved_mnist.py) images=${IMAGES:-4000}
source=${CROSSBAR_DATA:+$(realpath "$CROSSBAR_DATA")/mnist}
source=${source:-$PWD/datasets/data/mnist}
mkdir -p "${1:-adapt}"
cd "${1:-adapt}"

python3 "$moved" "$source" moved 4 3
"$sim" --task lenet5 --data real --weight-bits 2 --epochs 6 --bn-images 0 --quiet --save digits.ckpt
echo "the same network on images that moved:"
"$sim" eval digits.ckpt --data moved --quiet
# It learns anew, by votes of single signs: half a pulse per synapse in all.
"$sim" --weights digits.ckpt --task lenet5 --data moved --weight-bits 2 --batch 8 --counter-bits 7 --counting sampled \
    --pulse-budget 0.5 --train-images "$images" --epochs 0 --bn-images 0 --quiet --save begun.ckpt
"$sim" export begun.ckpt --c chip --name digits --trainable --epochs 1 --batches $((images / 8)) --tests 10000
make -s -C chip digits_learn
echo "after $images images on the chip:"
(cd chip && ./digits_learn digits_batches.bin)
