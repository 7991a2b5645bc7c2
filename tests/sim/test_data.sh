#!/usr/bin/env bash
# Where images come from, as a black box: test_data.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

small=(--data synthetic --train-images 300 --test-images 100)
tiny=("${small[@]}" --epochs 1 --quiet)

test_data() {
    refused "real data without files" "datasets/data/mnist" --data real
    check "names the cure" grep -q 'datasets/fetch.sh mnist' err
    mkdir -p images
    refused "a folder without files" "images/mnist" --data images
    run --train-images 100 --test-images 2000000000 --epochs 0 --quiet --data synthetic
    check "more images than there are: told" grep -q 'notice: --test-images 2000000000: there are 10000, which are used$' err
    run --train-images 100 --test-images 10 --epochs 1 --quiet --json auto.json
    check "without files: runs" test "$status" -eq 0
    check "without files: notice" grep -q 'SYNTHETIC' err
    check "without files: cure" grep -q 'datasets/fetch.sh mnist' err
    check "without files: marked" test "$(value auto.json data)" = synthetic
    for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        : >"images/$name-ubyte"
    done
    refused "empty data files" "images/" --data images
    mkdir -p near/mnist
    echo packed >near/mnist/archive.zip
    refused "near misses: an archive" "near/mnist/archive.zip: unpack it: unzip" --data near
    CROSSBAR_DATA=near run --train-images 100 --test-images 10 --epochs 0 --quiet
    check "near misses: told before a stand-in" grep -q 'near/mnist/archive.zip: unpack it' err
    CROSSBAR_DATA=none run --train-images 100 --test-images 10 --epochs 0 --quiet
    check "near misses: a folder that is not there" grep -q 'none   (not there)' err
}

# Files of MNIST as other places have them: dots in their names, and each in a folder of its own name.
test_names_nearly_right() {
    local part
    mkdir -p dots/Mnist
    idx dots/Mnist train 300
    idx dots/Mnist t10k 100
    for part in train t10k; do
        mv dots/Mnist/$part-images{-,.}idx3-ubyte
        mv dots/Mnist/$part-labels-idx1-ubyte dots/Mnist/own
        mkdir dots/Mnist/$part-labels-idx1-ubyte
        mv dots/Mnist/own dots/Mnist/$part-labels-idx1-ubyte/$part-labels-idx1-ubyte
    done
    CROSSBAR_DATA=dots run --epochs 0 --quiet --json near.json
    check "names nearly right: read" test "$status/$(value near.json data)" = 0/real
    check "names nearly right: all of them" test "$(value near.json train_images)" = 300
}

test_task_file() {
    cat >own.toml <<'TOML'
title = "small"
home = "-"
licence = "-"
reader = "idx"
folder = "own"
shape = [28, 28, 1]
classes = 10
train_count = 200
test_count = 50
network = "fc 10"
[plan]
epochs = 2
seed = 7
"sgd.rate" = 0.03
TOML
    run --task own.toml --data synthetic --json own.json
    check "own task: its plan" test "$(value own.json seed)/$(value own.json epochs)" = 7/2
    check "own task: its counts" test "$(value own.json train_images)" = 200
    run --task own.toml --data synthetic --seed 8 --json own.json
    check "own task: the command line wins" test "$(value own.json seed)" = 8
    run --task own.toml --data synthetic --rule sgd --json own.json
    check "own task: values of a rule" test "$(value own.json rate)" = 0.03
    check "own task: sgd's errors at random" test "$(value own.json error_rounding)" = stochastic
    sed 's/^seed.*/error-rounding = "nearest"/' own.toml >nearest.toml
    run --task nearest.toml --data synthetic --rule sgd --json own.json
    check "own task: unless it says" test "$(value own.json error_rounding)" = nearest
    sed -i 's/^seed/sede/' own.toml
    refused "own task: unknown option in the plan" "did you mean '--seed'?" --task own.toml
    sed -i 's/^sede.*/batch = "many"/' own.toml
    refused "own task: bad value in the plan" "[plan] --batch many" --task own.toml
    sed '/^sede/d' nearest.toml >mine.toml
    printf '[[file]]\nrole = "train_images"\nname = "mine.idx"\n' >>mine.toml
    refused "own task: no files" "check the names under [[file]] in mine.toml" --task mine.toml --data .
    check "own task: not sent elsewhere" test "$(grep -c fetch.sh err)" = 0
    printf '[[\n' >own.toml
    refused "own task: breaks off in a key" "own.toml: not valid TOML" --task own.toml
}

test_real_files() {
    run "${tiny[@]}" --save run.ckpt
    mkdir -p real/mnist
    idx real/mnist train 300
    idx real/mnist t10k 100
    run --data real --epochs 1 --quiet --json real.json
    check "real: not found without the folder" test "$status" -eq 2
    CROSSBAR_DATA=real run --epochs 1 --quiet --json real.json
    check "real: found by variable" test "$status/$(value real.json data)" = 0/real
    run --data real/mnist --epochs 1 --quiet --json real.json
    check "real: found by folder" test "$status/$(value real.json train_images)" = 0/300
    refused "resumed: other images" "other images" --resume run.ckpt --epochs 9 --data real/mnist
    run eval run.ckpt --data real/mnist --quiet
    check "evaluated: other images" grep -q ' real data ' out
    head -c 5000 real/mnist/train-images-idx3-ubyte >cut
    mv cut real/mnist/train-images-idx3-ubyte
    refused "real: truncated" "train-images-idx3-ubyte" --data real/mnist
}

# As many images as the task's set has, but others: of another set under the same names, say.
test_known_images() {
    mkdir -p fashion/set
    idx fashion/set train 40
    idx fashion/set t10k 20
    task_of() { # fingerprint
        printf '%s\n' 'title = "A set"' 'home = "-"' 'licence = "-"' 'reader = "idx"' 'folder = "set"' \
            'shape = [28, 28, 1]' 'classes = 10' 'train_count = 40' 'test_count = 20' 'network = "fc 10"' ${1:+"fingerprint = \"$1\""}
        printf '[[file]]\nrole = "%s"\nname = "%s"\n' train_images train-images-idx3-ubyte \
            train_labels train-labels-idx1-ubyte test_images t10k-images-idx3-ubyte test_labels t10k-labels-idx1-ubyte
        printf '[[published]]\ncolumn = "sgd"\nerror_percent = 1\nmark = "paper"\nsource = "-"\n'
    }
    local seen
    task_of >known.toml
    run --task known.toml --data fashion --quiet --json known.json
    check "images: without a fingerprint nothing is said" test "$status/$(value known.json data_label)" = 0/full
    task_of 00000000000000ab >known.toml
    run --task known.toml --data fashion --quiet --json known.json
    check "images: others are labelled" test "$status/$(value known.json data_label)" = 0/other
    check "images: others are told" grep -q 'THESE ARE NOT THE IMAGES OF A set, .* expected 00000000000000ab' err
    seen=$(sed -n 's/.*fingerprint is \([0-9a-f]*\),.*/\1/p' err)
    run study --task known.toml --data fashion --column sgd --store known.jsonl
    check "images: others beside no published value" test "$(grep -c paper out)/$(grep -c 'not those that the task' out)" = 0/1
    run --task known.toml --data fashion --train-images 5 --quiet --json known.json
    check "images: some of the others too" test "$(value known.json data_label)" = other
    task_of "$seen" >known.toml
    run --task known.toml --data fashion --quiet --json known.json
    check "images: the right ones" test "$(value known.json data_label)/$(grep -c 'NOT THE IMAGES' err)" = full/0
    run study --task known.toml --data fashion --column sgd --store known.jsonl
    check "images: the right ones beside the published value" test "$(grep -c '  paper' out)/$(grep -c 'not those that the task' out)" = 1/0
    task_of 12 >known.toml
    refused "images: half a fingerprint" "16 hex digits" --task known.toml
}
# Augmentation: drawn, trained, refused, and the task's or the line's word.
test_augmentation() {
    local some=(--data synthetic --augment-crop 4 --augment-flip)
    run task show cifar10 "${some[@]}" --augmented a.png
    check "augmented: a sheet is drawn" test "$status/$(head -c 4 a.png | tail -c 3)" = 0/PNG
    check "augmented: what it is" grep -q '^a.png: 8 training images (synthetic), .* epochs 1 to 9 of seed 1' out
    run task show cifar10 "${some[@]}" --augmented b.png
    check "augmented: the same again" cmp -s a.png b.png
    run task show cifar10 "${some[@]}" --seed 2 --augmented b.png
    check "augmented: another seed, other images" test "$status" = 0 -a -n "$(cmp a.png b.png)"
    refused "augmented: nothing to draw" "nothing is augmented" task show cifar10 --augmented c.png
    refused "augmented: options without a picture" "belongs to --augmented" task show cifar10 --augment-crop 4
    refused "augmented: another format" "ends in .png" task show cifar10 --augment-flip --augmented c.jpg
    refused "augmented: a window beside the image" "expected less than 28" --augment-crop 28
    refused "augmented: rows of features" "rows of features" --task letters --augment-flip
    refused "augmented: in a study too" "rows of features" study --task letters --augment-flip --store s.jsonl
    { echo 'base = "mnist"'; echo 'network = "fc 10"'; echo '[augment]'; echo 'shift = 0.1'; } >moved.toml
    run task show moved.toml
    check "augmented: the task shows it" grep -q 'augment-shift  *0.1' out
    local few=(--data synthetic --train-images 50 --test-images 10 --epochs 1 --batch 20 --quiet)
    run --task moved.toml "${few[@]}" --threads 2 --json moved.json
    check "augmented: by the task's word" test "$(value moved.json augment_shift)" = 0.1
    cp out moved
    run --task mnist --network "fc 10" "${few[@]}" --threads 1 --augment-shift 0.1
    check "augmented: as by the line's" cmp -s out moved
    run --task moved.toml "${few[@]}" --augment-shift 0
    cp out plain
    run --task mnist --network "fc 10" "${few[@]}"
    check "augmented: and off again" cmp -s out plain
    check "augmented: which is another run" test -n "$(cmp plain moved)"
    run --task moved.toml "${few[@]}" --augment-flip --save m.ckpt
    run eval m.ckpt --task mnist
    check "augmented: a checkpoint of it is tested" test "$status" = 0
}

test_data
test_augmentation
test_names_nearly_right
test_task_file
test_real_files
test_known_images
finish
