#!/usr/bin/env bash
# A network as C99 sources: they compile without a warning, and logits are the program's for every test image,
# under the sanitizers: test_chip.sh BINARY.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

cc=(gcc -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all)
# trained NAME NETWORK OPTION...: NAME.ckpt, of images of 14 x 12 pixels in 3 colours, or square ones.
trained() {
    local name=$1 shape='[14, 12, 3]'
    [[ $2 == *'avg all'* ]] && shape='[14, 14, 3]'
    own "$name.toml" "$shape" 10 "$2"
    shift 2
    run --task "$name.toml" --data synthetic --quiet --save "$name.ckpt" "$@"
    [[ $status -eq 0 ]] || fail "$name: trains" "$(head -c 300 err)"
}
# compiled: the runtime in this folder, as ${objects[@]}. A file is compiled once, for all sources that need it have the same.
compiled() {
    local source object
    objects=()
    mkdir -p ../objects
    for source in runtime/*.c; do
        object=../objects/$(basename "$source" .c)
        cmp -s "$source" "$object.c" || { cp "$source" "$object.c" && "${cc[@]}" -c "$source" -o "$object.o"; } || return
        objects+=("$object.o")
    done
}
# same NAME NETWORK OPTION...: the logits are the same.
same() {
    local name=$1
    trained "$@"
    run export "$name.ckpt" --c "$name" --vectors 1000
    if [[ $status -ne 0 ]]; then fail "$name: export" "$(head -c 300 err)"; return; fi
    (cd "$name" && compiled && "${cc[@]}" -I. main.c net.c "${objects[@]}" -o net) >out 2>&1 ||
        { fail "$name: compiles" "$(head -c 500 out)"; return; }
    "$name/net" "$name/net_vectors.bin" >out 2>err
    check "$name: logits" grep -qx 'net: 60 of 60 images have the simulator.s logits' out
    "$name/net" >out 2>err
    check "$name: vectors in the header" grep -qx 'net: 4 of 4 images have the simulator.s logits' out
}

plain='conv 5x5x6 pad 1, bn, max 2x2/2, relu, conv 3x3x9, bn, relu, fc 16, bn, relu, fc 10'
test_bits() {
    local bits
    for bits in 1 2 3 4 6 8 9 12 16; do same "bits_$bits" "$plain" --weight-bits $bits; done
    for bits in 2 3 5; do same "activations_$bits" "$plain" --activation-bits $bits; done
}
test_kinds() {
    local block='conv 3x3x7 pad 1, bn, relu as a, conv 3x3x7 pad 1, bn, add a, relu as b'
    same no_bn 'conv 3x3x5, relu, avg 3x3/2, conv 3x3x4, max 3x3/2, relu, fc 10'
    same no_bn_wide 'conv 3x3x5, relu, avg 3x3/2, fc 10' --weight-bits 16
    same affine "$plain" --bn affine
    same strided 'conv 5x5x6/2, relu, max 3x3/2 pad 1, avg 2x2/3, fc 10' --bn none
    same depthwise 'conv 3x3x8 pad 1, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x12, bn, relu, avg all, fc 10'
    same depthwise_wide 'conv 3x3x8 pad 1, bn, relu, dwconv 3x3/2 pad 1, bn, relu, fc 10' --weight-bits 12
    same depthwise_1 'conv 3x3x8 pad 1, bn, relu, dwconv 3x3 pad 1, bn, relu, fc 10' --weight-bits 1
    same residual "$block, conv 3x3x12/2 pad 1, bn, relu, conv 3x3x12 pad 1, bn as c, shortcut 12/2 from b, add c, relu, avg all, fc 10"
    same projection "$block, conv 3x3x12/2 pad 1, bn, relu, conv 3x3x12 pad 1, bn as c, conv 1x1x12/2 from b, bn, add c, relu, avg all, fc 10"
    # Sums of sums, and stages that are read again long after.
    same many "conv 3x3x4 pad 1, bn as a, relu as b, conv 3x3x4 pad 1, add a as c, add b, relu, add c as d, max 3x3/1 pad 1, add d, relu, relu, fc 10"
    same dense 'fc 10'
    same dense_1 'fc 10' --weight-bits 1
}
test_built_in() {
    local task
    for task in cifar10-resnet8 lenet5; do
        run --task $task --data synthetic --train-images 40 --test-images 20 --batch 20 --epochs 1 --quiet --save $task.ckpt
        run export $task.ckpt --c $task --name digits
        (cd $task && make -s CFLAGS='-O2 -Werror') >out 2>&1
        "$task/digits" "$task/digits_vectors.bin" >out 2>err
        check "$task: logits" grep -q '^digits: 20 of 20 ' out
    done
    if command -v clang >/dev/null; then
        (cd cifar10-resnet8 && clang "${cc[@]:1}" -Wno-unused-command-line-argument -fsyntax-only -I. main.c digits.c runtime/*.c) >out 2>&1
        check "built in: no warning of clang" test ! -s out
    else
        skip "built in: no warning of clang" "clang not found"
    fi
    cmake -S lenet5 -B cmake >out 2>&1 && cmake --build cmake >>out 2>&1
    check "built in: by CMake" cmake/digits_example lenet5/digits_vectors.bin
}

# What a caller may do wrong costs a return code, and nothing beyond the arena is written.
test_calls() {
    trained first "$plain"
    trained second 'fc 10'
    run export first.ckpt --c both --name first
    run export second.ckpt --c both --name second
    cat >both/calls.c <<'C'
#include "first.h"
#include "first_vectors.h"
#include "second.h"
#include <string.h>
static struct { unsigned char before[64]; int32_t arena[(FIRST_ARENA_BYTES + 3) / 4]; unsigned char after[64]; } held;
int main(void) {
    int32_t logits[FIRST_CLASSES + 2], other[SECOND_CLASSES], small[(SECOND_ARENA_BYTES + 3) / 4];
    memset(&held, 0x5a, sizeof held);
    memset(logits, 0x5a, sizeof logits);
    if (first_infer(first_pixels, logits + 1, held.arena, FIRST_ARENA_BYTES - 1) != CB_ARENA) return 1;
    if (first_infer(0, logits + 1, held.arena, FIRST_ARENA_BYTES) != CB_NULL) return 2;
    if (first_infer(first_pixels, 0, held.arena, FIRST_ARENA_BYTES) != CB_NULL) return 3;
    if (first_infer(first_pixels, logits + 1, 0, FIRST_ARENA_BYTES) != CB_NULL) return 4;
    if (first_infer(first_pixels, logits + 1, (char *)held.arena + 2, FIRST_ARENA_BYTES) != CB_ALIGNED) return 13;
    if (first_infer_of(SECOND_VERSION, first_pixels, logits + 1, held.arena, FIRST_ARENA_BYTES) != CB_VERSION) return 5;
    for (unsigned i = 0; i < sizeof held; ++i) if (((unsigned char *)&held)[i] != 0x5a) return 6;
    for (unsigned i = 0; i < sizeof logits; ++i) if (((unsigned char *)logits)[i] != 0x5a) return 7;
    if (first_infer(first_pixels, logits + 1, held.arena, FIRST_ARENA_BYTES) != CB_OK) return 8;
    if (memcmp(logits + 1, first_logits, FIRST_CLASSES * 4) != 0) return 9;
    for (unsigned i = 0; i < 64; ++i) if (held.before[i] != 0x5a || held.after[i] != 0x5a) return 10;
    for (unsigned i = 0; i < 4; ++i)
        if (((unsigned char *)logits)[i] != 0x5a || ((unsigned char *)(logits + FIRST_CLASSES + 1))[i] != 0x5a) return 11;
    return second_infer(first_pixels, other, small, sizeof small) == CB_OK && cb_class(other, SECOND_CLASSES) < SECOND_CLASSES ? 0 : 12;
}
C
    (cd both && "${cc[@]}" -I. calls.c first.c second.c runtime/*.c -o calls) >out 2>&1
    both/calls >out 2>err
    check "calls: codes, canaries, two networks in one program" test $? -eq 0
    echo '#include "first.h"
int main() { return first_infer(nullptr, nullptr, nullptr, 0) == CB_NULL ? 0 : 1; }' >both/calls.cpp
    (cd both && gcc -c -O1 -I. first.c runtime/*.c && g++ -Wall -Wextra -Werror -I. calls.cpp first.o cb_*.o -o plus) >out 2>&1
    check "calls: from C++" both/plus
    (cd both && gcc -std=c99 -O2 -ffreestanding -c -I. first.c runtime/*.c && nm -u first.o cb_*.o | awk '/ U / {print $2}' |
        grep -vE '^(cb_|mem(cpy|set)$)') >out
    check "calls: no function of a library" test ! -s out
}
test_refused() {
    trained float "$plain" --arithmetic float
    refused "refused: floats" 'was trained in floats' export float.ckpt --c refused
    trained tiles 'fc 10' --target array128
    refused "refused: converters" 'fc 10: on this target it is read through tiles' export tiles.ckpt --c refused
    check "refused: nothing is written" test ! -e refused
    trained good 'fc 10'
    local name
    for name in 9net Net 'a b' cb_net ''; do
        refused "refused: the name '$name'" '--name' export good.ckpt --c refused --name "$name"
    done
    refused "refused: a name alone" 'give --c DIR' export good.ckpt a.npz --name net
    refused "refused: no vectors" '--vectors 0' export good.ckpt --c refused --vectors 0
    mkdir mine
    echo mine >mine/README.md
    refused "refused: over a person's own file" 'README.md is there' export good.ckpt --c mine
    check "refused: which is left as it was" test "$(cat mine/README.md)/$(ls mine)" = mine/README.md
    touch file
    refused "refused: a file in the folder's place" 'cannot be made' export good.ckpt --c file
}

test_bits
test_kinds
test_built_in
test_calls
test_refused
finish
