#!/usr/bin/env bash
# Weights of another tool, as a black box: this program's own arrays come back, files that do not fit are refused, and a
# LeNet-5 that PyTorch trained is carried over: test_weights.sh BINARY. Without PyTorch that part is skipped.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

network='conv 5x5x4, bn, max 2x2/2, relu, conv 3x3x6 pad 1, bn, relu, fc 16, bn, relu, fc 10'
own own.toml '[14, 12, 3]' 10 "$network"
# Names of classes go along with exported arrays.
sed -i '/^classes/a class_names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "jay"]' own.toml
small=(--task own.toml --data synthetic --quiet)
weights=(eval --weights)

# same_answers LEAST: how many of the 60 images have one answer in saved.csv and in taken.csv.
same_answers() {
    test "$(paste -d, <(cut -d, -f1-3 saved.csv) <(cut -d, -f3 taken.csv) | awk -F, 'NR > 1 && $3 == $4' | wc -l)" -ge "$1"
}

test_own_arrays() {
    local bn bits
    for bn in none plain affine; do
        for bits in 1 8 12; do
            run "${small[@]}" --bn $bn --weight-bits $bits --save net.ckpt --export net.npz
            run eval net.ckpt --quiet --predictions saved.csv
            run "${weights[@]}" net.npz "${small[@]}" --bn $bn --weight-bits $bits --predictions taken.csv
            check "own arrays: bn $bn, $bits bits: the same logits" cmp -s saved.csv taken.csv
        done
    done
    run train --weights net.npz "${small[@]}" --bn affine --weight-bits 12 --epochs 0 --export again.npz
    run "${weights[@]}" again.npz "${small[@]}" --bn affine --weight-bits 12 --predictions again.csv
    check "own arrays: and once more" cmp -s saved.csv again.csv
    run train --weights net.npz "${small[@]}" --weight-bits 4 --save fewer.ckpt --json fewer.json
    check "own arrays: with fewer bits, trained on" test "$status" -eq 0
    check "own arrays: what was lost is in the record" test "$(grep -c '"rms_error_percent": [0-9]' fewer.json)" -eq 4
    run --resume fewer.ckpt --epochs 3 --quiet
    check "own arrays: and goes on from its checkpoint" test "$status" -eq 0
    run "${small[@]}" --arithmetic float --export float.npz --predictions saved.csv
    run "${weights[@]}" float.npz --task own.toml --data synthetic --predictions taken.csv
    check "float arrays: a table tells what was lost" test "$(grep -c '(weights) *[0-9]' out)" -eq 4
    check "float arrays: the same answers with 8 bits" same_answers 54
    run "${small[@]}" --bn affine --export net.npz --predictions saved.csv
    run "${weights[@]}" net.npz "${small[@]}" --bn affine --weight-bits 12 --predictions taken.csv
    check "own arrays: the same answers with more bits" same_answers 54
    run "${weights[@]}" net.npz "${small[@]}" --predictions taken.csv
    check "own arrays: the same answers with scales in the statistics" same_answers 54
    run "${small[@]}" --bn affine --bn-bound 4 --bn-rate 5 --rate 0.02 --epochs 5 --save far.ckpt
    run train --weights far.ckpt "${small[@]:0:4}" --bn affine
    check "checkpoint: scales beyond the bound are told" grep -q 'beyond --bn-bound 1' err
    run train --weights far.ckpt "${small[@]:0:4}" --bn affine --bn-bound 4
    check "checkpoint: and those within it are not" test "$(grep -c 'beyond --bn-bound' err)" -eq 0
    run train --weights net.npz "${small[@]}" --target pcm --device verify_tries=5 --epochs 0 --bn affine
    check "own arrays: into devices" test "$status" -eq 0
}

test_study() {
    local few=(study --task own.toml --data synthetic --sweep weight-bits=2,4 --store st.jsonl)
    cp net.npz copy.npz
    run "${few[@]}" --weights net.npz
    check "study: begins with them" test "$status" -eq 0
    run "${few[@]}" --weights copy.npz --dry-run
    check "study: the same weights under another name are the same runs" test "$(grep -c ' done ' out)" -eq 2
    run "${few[@]}" --weights again.npz --dry-run
    check "study: others are others" test "$(grep -c ' done ' out)" -eq 0
}

test_refusals() {
    printf 'PK' >bad.npz
    head -c 700 net.npz >cut.npz
    printf '\xff\xff\xff\xff\xff\xff\xff\x7f{}' >giant.safetensors
    head -c 300 /dev/urandom >bad.onnx
    : >empty.onnx
    refused "not there" 'none.npz' "${weights[@]}" none.npz "${small[@]}"
    refused "no zip" 'bad.npz: it is no .npz file' "${weights[@]}" bad.npz "${small[@]}"
    refused "cut" 'cut.npz' "${weights[@]}" cut.npz "${small[@]}"
    refused "a giant header" 'its header would have 9223372036854775807 bytes' "${weights[@]}" giant.safetensors "${small[@]}"
    refused "no model" 'bad.onnx: it is no ONNX model' "${weights[@]}" bad.onnx "${small[@]}"
    refused "an empty model" 'empty.onnx: it is no ONNX model' "${weights[@]}" empty.onnx "${small[@]}"
    refused "another network" "layer 'fc 9'" "${weights[@]}" net.npz "${small[@]}" --network 'fc 9, bn, relu, fc 10'
    refused "another normalisation" "give the --network and --bn" "${weights[@]}" net.npz "${small[@]}" --bn none
    refused "no floats" 'has no levels' train --weights net.npz "${small[@]}" --arithmetic float
    refused "a clip that is none" 'expected error, max, or the percent' "${weights[@]}" net.npz "${small[@]}" --weights-clip most
    refused "a clip of nothing" 'give --weights FILE.npz' train "${small[@]}" --weights-clip max
    refused "neither" 'expected CKPT, a saved network, or --weights FILE' eval "${small[@]}"
    refused "both" 'two networks; expected CKPT' eval net.ckpt --weights net.npz
    refused "the file that is read" 'this is the file that' train --weights net.npz "${small[@]}" --export net.npz
    echo '[layer.one]' >map.toml
    refused "a map of no layer" 'map.toml:1: [layer.one]: expected the number' "${weights[@]}" a.safetensors "${small[@]}" --weights-map map.toml
}

# A dense network's tensors, sorted by name as the safetensors package has them, with names that do not tell the order.
test_map() {
    own dense.toml '[1, 2, 1]' 2 'fc 2, bn, relu, fc 2'
    printf '\xa8\x00\x00\x00\x00\x00\x00\x00' >a.safetensors
    printf '%-168s' '{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]}}' >>a.safetensors
    printf '\x00\x00\x80\x3f%.0s' 1 2 3 4 5 6 7 >>a.safetensors
    printf '\x00\x00\x00\xc0' >>a.safetensors
    local dense=(--task dense.toml --data synthetic)
    run "${weights[@]}" a.safetensors "${dense[@]}"
    check "map: by order" grep -q '^fc 2 *a ' out
    printf '[layer.1]\nweight = "b"\n[layer.2]\nweight = "a"\nlayout = "IO"\n' >map.toml
    run "${weights[@]}" a.safetensors "${dense[@]}" --weights-map map.toml
    check "map: by name" grep -q '^fc 2 *b ' out
    printf '[layer.1]\nweight = "weight_b"\n[layer.2]\nweight = "a"\n' >map.toml
    refused "map: a tensor that is none" "[layer.1]: a.safetensors has no tensor 'weight_b'; it has: a (2 x 2), b (2 x 2)" "${weights[@]}" a.safetensors "${dense[@]}" --weights-map map.toml
    printf '[layer.1]\nweight = "b"\n' >map.toml
    refused "map: a layer is missing" "[layer.2], 'fc 2', is missing" "${weights[@]}" a.safetensors "${dense[@]}" --weights-map map.toml
    printf '[layer.1]\nweight = "b"\nbais = "a"\n' >map.toml
    refused "map: a key that is none" "bais" "${weights[@]}" a.safetensors "${dense[@]}" --weights-map map.toml
    printf '[input]\nmean = 0.5\n' >map.toml
    refused "map: of arrays that need none" 'leave it out' "${weights[@]}" net.npz "${small[@]}" --weights-map map.toml
}

# MNIST's format, ten patterns with noise.
toy_data() {
    /usr/bin/python3 - <<'PY'
import numpy as np, os, struct
rng = np.random.default_rng(1)
shapes = rng.random((10, 7, 7)).repeat(4, 1).repeat(4, 2)
os.mkdir("toy")
for part, n in (("train", 2000), ("t10k", 500)):
    labels = rng.integers(0, 10, n).astype(np.uint8)
    pixels = np.clip(255 * (0.6 * shapes[labels] + 0.55 * rng.random((n, 28, 28)) - 0.1), 0, 255).astype(np.uint8)
    open(f"toy/{part}-images-idx3-ubyte", "wb").write(struct.pack(">4B3I", 0, 0, 8, 3, n, 28, 28) + pixels.tobytes())
    open(f"toy/{part}-labels-idx1-ubyte", "wb").write(struct.pack(">4BI", 0, 0, 8, 1, n) + labels.tobytes())
PY
}

# near NAME MOST OPTION...: the error in percent is at most MOST above PyTorch's.
near() {
    local name=$1 most=$2
    shift 2
    run eval "$@" --task toy.toml --data toy --quiet --json toy.json
    check "torch: $name" awk -v a="$(value toy.json test_error_percent)" -v b="$torch" -v most="$most" \
        'BEGIN { exit !(a != "" && a <= b + most) }'
}

test_torch() {
    if ! /usr/bin/python3 -c 'import torch, numpy' 2>/dev/null; then skip "torch" "PyTorch not found (python3-torch)"; return; fi
    toy_data
    local layers='conv 5x5x6, bn, relu, max 2x2/2, conv 5x5x16, bn, relu, max 2x2/2, fc 120, bn, relu, fc 85, bn, relu, fc 10'
    local option torch
    own toy.toml '[28, 28, 1]' 10 "$layers"
    sed -i 's/^train_count.*/train_count = 2000/; s/^test_count.*/test_count = 500/; s/"own"$/"toy"/' toy.toml
    cat >>toy.toml <<'TOML'
[[file]]
role = "train_images"
name = "train-images-idx3-ubyte"
[[file]]
role = "train_labels"
name = "train-labels-idx1-ubyte"
[[file]]
role = "test_images"
name = "t10k-images-idx3-ubyte"
[[file]]
role = "test_labels"
name = "t10k-labels-idx1-ubyte"
TOML
    printf '[input]\nmean = 0.1307\nstd = 0.3081\n' >std.toml
    for option in '' '--bn --std'; do
        # shellcheck disable=SC2086  # words
        /usr/bin/python3 "$here/torch_lenet5.py" toy net --epochs 2 $option >torch.out 2>torch.err
        torch=$(sed -n 's/^test error \(.*\) %$/\1/p' torch.out)
        local map=()
        [[ -n $option ]] && map=(--weights-map std.toml)
        near "npz$option" 0.8 --weights net.npz "${map[@]}"
        near "onnx$option" 0.8 --weights net.onnx "${map[@]}"
        near "safetensors$option" 0.8 --weights net.safetensors "${map[@]}" --bn affine
        near "reram_sb, verified$option" 3 --weights net.npz "${map[@]}" --target reram_sb --device verify_tries=10
    done
}

test_own_arrays
test_study
test_map
test_refusals
test_torch
finish
