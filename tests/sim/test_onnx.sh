#!/usr/bin/env bash
# Networks as ONNX models: ONNX Runtime gives the program's logits for every test image: test_onnx.sh BINARY. The runtime is npm's
# onnxruntime-node (make deps-onnx); where it is missing what needs it is skipped.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"
modules=${NODE_MODULES:-$here/../build/npm/node_modules}
runs_models() { [[ -d $modules/onnxruntime-node ]] && command -v node >/dev/null; }

# same NAME NETWORK OPTION...: of images of 14 x 12 pixels in 3 colours, or square ones.
same() {
    local name=$1 shape='[14, 12, 3]'
    [[ $2 == *'avg all'* ]] && shape='[14, 14, 3]'
    own "$name.toml" "$shape" 10 "$2"
    shift 2
    run --task "$name.toml" --data synthetic --quiet --save "$name.ckpt" "$@"
    run export "$name.ckpt" --onnx "$name.onnx" --c "$name" --vectors 1000
    if [[ $status -ne 0 ]]; then fail "$name: export" "$(head -c 300 err)"; return; fi
    if ! runs_models; then skip "$name: logits" "onnxruntime-node not found (make deps-onnx)"; return; fi
    node "$here/onnx_logits.mjs" "$modules" "$name.onnx" "$name/net_vectors.bin" >out 2>err
    check "$name: logits" grep -qx "60 of 60 images have the program's logits" out
    run export "$name.ckpt" --onnx "$name.onnx" --onnx-form qdq
    node "$here/onnx_close.mjs" "$modules" "$name.onnx" "$name/net_vectors.bin" >out 2>err
    check "$name: in floats nearly so" awk '/another answer/ { good = $1 <= 3 && $12 < 8 } END { exit !good }' out
}

plain='conv 5x5x6 pad 1, bn, max 2x2/2, relu, conv 3x3x9, bn, relu, fc 16, bn, relu, fc 10'
block='conv 3x3x7 pad 1, bn, relu as a, conv 3x3x7 pad 1, bn, add a, relu as b'
for bits in 1 2 4 8 9 16; do same "bits_$bits" "$plain" --weight-bits $bits; done
for bits in 2 5; do same "activations_$bits" "$plain" --activation-bits $bits; done
same affine "$plain" --bn affine
same no_bn 'conv 3x3x5, relu, avg 3x3/2, conv 3x3x4, max 3x3/2, relu, fc 10'
same strided 'conv 5x5x6/2, relu, max 3x3/2 pad 1, avg 2x2/3, fc 10' --bn none
same padded 'conv 3x3x5 pad 1, bn, avg 3x3/2 pad 1, max 3x3/2 pad 1, fc 10'
same depthwise 'conv 3x3x8 pad 1, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x12, bn, relu, avg all, fc 10'
same residual "$block, conv 3x3x12/2 pad 1, bn, relu, conv 3x3x12 pad 1, bn as c, shortcut 12/2 from b, add c, relu, avg all, fc 10"
same projection "$block, conv 3x3x12/2 pad 1, bn, relu, conv 3x3x12 pad 1, bn as c, conv 1x1x12/2 from b, bn, add c, relu, avg all, fc 10"
same dense 'fc 10'

own floats.toml '[14, 12, 3]' 10 'fc 10'
run --task floats.toml --data synthetic --quiet --save floats.ckpt --arithmetic float
refused "floats are refused" 'was trained in floats' export floats.ckpt --onnx floats.onnx
check "and nothing is written" test ! -e floats.onnx
refused "a folder that is not there" 'nowhere' export dense.ckpt --onnx nowhere/a.onnx
refused "a form of no model" 'give --onnx FILE' export dense.ckpt dense.npz --onnx-form qdq
refused "a form that is none" 'integer, qdq' export dense.ckpt --onnx a.onnx --onnx-form float
finish
