#!/usr/bin/env bash
# Inference from exported arrays alone: docs/infer.py gives the program's logits for every test image, integer for
# integer: test_npz_infer.sh BINARY. Without NumPy it is skipped.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"
python=/usr/bin/python3
infer() { "$python" "$here/../docs/infer.py" "$@"; }

# same NAME NETWORK OPTION...: of images of 14 x 12 pixels in 3 colours, or square ones.
same() {
    local name=$1 shape='[14, 12, 3]'
    [[ $2 == *'avg all'* ]] && shape='[14, 14, 3]'
    own "$name.toml" "$shape" 10 "$2"
    shift 2
    run --task "$name.toml" --data synthetic --quiet --save "$name.ckpt" --export "$name.npz" --predictions "$name.csv" "$@"
    [[ $status -eq 0 ]] && run export "$name.ckpt" --images images.npz
    if [[ $status -ne 0 ]]; then fail "$name: export" "$(head -c 300 err)"; return; fi
    cut -d, -f1,3- "$name.csv" >wanted # all but labels
    infer "$name.npz" images.npz >seen 2>err || { fail "$name: infer.py" "$(tail -c 300 err)"; return; }
    check "$name: 60 images have the program's logits" test "$(wc -l <seen)" -eq 61
    check "$name: and no others" cmp -s wanted seen
}

if ! "$python" -c 'import numpy' 2>/dev/null; then
    skip "inference from arrays" "there is no numpy (python3-numpy)"
    finish
    exit
fi

plain='conv 5x5x6 pad 1, bn, max 2x2/2, relu, conv 3x3x9, bn, relu, fc 16, bn, relu, fc 10'
block='conv 3x3x7 pad 1, bn, relu as a, conv 3x3x7 pad 1, bn, add a, relu as b'
for bits in 1 2 8 9 16; do same "bits_$bits" "$plain" --weight-bits $bits; done
for bits in 2 5; do same "activations_$bits" "$plain" --activation-bits $bits; done
same affine "$plain" --bn affine
same no_bn 'conv 3x3x5, relu, avg 3x3/2, conv 3x3x4, max 3x3/2, relu, fc 10'
same strided 'conv 5x5x6/2, relu, max 3x3/2 pad 1, avg 2x2/3, fc 10' --bn none
same padded 'conv 3x3x5 pad 1, bn, avg 3x3/2 pad 1, max 3x3/2 pad 1, fc 10'
same depthwise 'conv 3x3x8 pad 1, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x12, bn, relu, avg all, fc 10'
same residual "$block, conv 3x3x12/2 pad 1, bn, relu, conv 3x3x12 pad 1, bn as c, shortcut 12/2 from b, add c, relu, avg all, fc 10"
same projection "$block, conv 3x3x12/2 pad 1, relu, conv 3x3x12 pad 1 as c, conv 1x1x12/2 from b, bn, add c, relu, avg all, fc 10" --bn none
same pairs 'conv 5x5x4/2, bn, relu, fc 10' --target pcm

# Images as .npy, fewer of them, from a run's arrays as they were before it was saved.
"$python" -c 'import numpy as np; np.save("few.npy", np.load("images.npz")["pixels"][:7])'
check "an array of images" cmp -s <(infer pairs.npz few.npy) <(head -8 wanted)
check "test images and labels" "$python" - <<'PY'
import csv, numpy as np
images = np.load("images.npz")
assert images["pixels"].dtype == np.uint8 and images["pixels"].shape == (60, 14, 12, 3)
labels = [int(row["label"]) for row in csv.DictReader(open("pairs.csv"))]
assert images["labels"].dtype == np.uint16 and images["labels"].tolist() == labels
PY
check "a logit as a real number" "$python" - <<'PY'
import numpy as np
for name in "pairs", "no_bn", "residual":
    net = np.load(name + ".npz")
    last = "layer_%d." % net["stages"][-1][3]
    assert net["logit_exponent"] == sum(int(net[last + k]) for k in ("input_exponent", "exponent", "sum_shift"))
    assert net["stages"].dtype == np.int32 and net["stages"].shape[1] == 13
PY

own dense.toml '[14, 12, 3]' 10 'fc 10'
sed '/^network/a class_names = ["a", "b,\\"\\u00e9", "c", "d", "e", "f", "g", "h", "i", "j"]' dense.toml >named.toml
run --task named.toml --data synthetic --quiet --save named.ckpt --export named.npz
run export named.ckpt --images named_images.npz
check "names of classes" "$python" - <<'PY'
import numpy as np
for file in "named.npz", "named_images.npz":
    names = [name.decode() for name in np.load(file)["class_names"]]
    assert names == ["a", 'b,"\u00e9', *"cdefghij"], names
assert "class_names" not in np.load("pairs.npz")
PY

# no NAME TEXT ARGUMENT...: infer.py ends with an error that holds the text, and prints nothing.
no() {
    local name=$1 text=$2
    shift 2
    if infer "$@" >out 2>err; then fail "$name" "exit status 0"; else
        check "$name" test -z "$(cat out)" -a "$(grep -cF "$text" err)" -eq 1
    fi
}
run --task dense.toml --data synthetic --quiet --arithmetic float --export float.npz
no "floats are refused" "of a float network" float.npz images.npz
run --task dense.toml --data synthetic --quiet --target array128 --export tiled.npz
no "tiles are refused" "through tiles" tiled.npz images.npz
own small.toml '[5, 5, 1]' 10 'fc 10'
run --task small.toml --data synthetic --quiet --export small.npz
no "other images are refused" "(60, 14, 12, 3)" small.npz images.npz
refused "a folder that is not there" 'nowhere' export pairs.ckpt --images nowhere/a.npz
refused "another format's name" '.npz' export pairs.ckpt --images a.csv
finish
