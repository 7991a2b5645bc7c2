#!/usr/bin/env bash
# Networks that learn as C99 sources: after some batches they have the program's signature, and its logits by running
# statistics, under the sanitizers: test_chip_learn.sh BINARY.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

flags=(-std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all)
images=(--data synthetic --train-images 75 --test-images 40 --batch 8)
own plain.toml '[14, 12, 3]' 10 'conv 5x5x6 pad 1, bn, relu, max 2x2/2, conv 3x3x9, bn, relu, fc 15, bn, relu, fc 10'
own pools.toml '[19, 18, 3]' 10 'conv 3x3x5 pad 1, bn, relu, max 3x3/2 pad 1, avg 3x3/2 pad 1, relu, conv 3x3x7, bn, avg 2x2/1, fc 10'
own mixed.toml '[14, 12, 3]' 10 'conv 3x3x8/2 pad 1, relu, conv 1x1x9, bn, max 2x2/2, relu, fc 13, relu, fc 12, bn, fc 10'
own bare.toml '[14, 12, 3]' 10 'conv 3x3x5, relu, avg 3x3/2, conv 3x3x4, max 3x3/2, relu, fc 11, relu, fc 10'
own dense.toml '[14, 12, 3]' 10 'fc 10'

# runtime FOLDER: the objects of its runtime, made once, for all sources have the same.
runtime() {
    [[ -d objects ]] && return
    mkdir objects
    (cd objects && gcc "${flags[@]}" -c "../$1"/runtime/*.c) >out 2>&1 || fail "runtime: compiles" "$(head -c 500 out)"
}
# learns NAME TASK OPTION...: from its first batch on, over the end of an epoch.
learns() {
    local name=$1 task=$2
    shift 2
    run --task "$task.toml" "${images[@]}" "$@" --epochs 0 --quiet --save "$name.ckpt"
    [[ $status -eq 0 ]] || { fail "$name: is saved" "$(head -c 300 err)"; return; }
    same "$name" 12
}
# same NAME BATCHES [EPOCHS]: exported from NAME.ckpt, learns as the program does.
same() {
    run export "$1.ckpt" --c "$1" --trainable --epochs "${3:-3}" --batches "$2" --tests 20 --vectors 1
    [[ $status -eq 0 ]] || { fail "$1: export" "$(head -c 300 err)"; return; }
    cp err err.export
    runtime "$1"
    (cd "$1" && gcc "${flags[@]}" -I. learn.c net_learn.c ../objects/*.o -o learn) >out 2>&1 ||
        { fail "$1: compiles" "$(head -c 500 out)"; return; }
    "$1/learn" "$1/net_batches.bin" >out 2>err
    if [[ $? -eq 0 ]] && grep -q '^net: 20 of 20 test images' out; then ok "$1"; else fail "$1" "$(head -c 300 out) $(head -c 300 err)"; fi
}

test_rules() {
    local rule bits
    for rule in bm1 bm2 bm3; do learns "$rule" plain --rule $rule --decay 0.01; done
    for bits in 1 2 3 4 6 8; do learns "bits_$bits" plain --weight-bits $bits --rule bm4; done
    learns nearest plain --update-rounding nearest --rate 0.02
    learns cosine mixed --cosine --warm-up 1 --seed 7000000000
}
test_votes() {
    local bm4=(plain --rule bm4 --weight-bits 2)
    learns sampled "${bm4[@]}" --pulse-budget 0.5 --counter-bits 2 --counting sampled
    learns shared "${bm4[@]}" --counter-bits 7 --counter-share 4
    learns schedule "${bm4[@]}" --pulse-budget 0 --counter-bits 3 --counting sampled
    learns quorum "${bm4[@]}" --pulse-budget 0 --quorum 2,1,1
    learns leak plain --rule bm4 --weight-bits 1 --counter-leak 3 --at-bound spare
}
test_feedback() {
    local scheme
    for scheme in sym usf brsf nfrsf rndf; do learns $scheme plain --feedback $scheme --weight-bits 2; done
    for scheme in brsf-p frsf-p; do learns $scheme plain --feedback $scheme --weight-bits 2 --concordance 0.8; done
    learns zero plain --sign-of-zero zero --weight-bits 2
    learns few plain --feedback-bits 2 --weight-bits 3
}
test_stages() {
    local task
    for task in pools mixed bare dense; do
        learns "$task" $task --label-smoothing 0.1
        learns "${task}_2" $task --rule bm4 --weight-bits 2 --error-rounding stochastic --error-bits 6
    done
    learns activations mixed --activation-bits 4 --error-bits 5
    learns none plain --bn none
    learns last plain --train-layers last
    learns others plain --train-layers all-but-last --rule bm4 --weight-bits 2
    learns augmented plain --augment-crop 2 --augment-flip
    images[-1]=1
    learns one_image mixed
    images[-1]=8
}
# What is exported in the middle of a training goes on as that does; the program alone says where it ends.
test_goes_on() {
    run --task plain.toml "${images[@]}" --weight-bits 2 --epochs 1 --quiet --save middle.ckpt
    same middle 10 2
    run --resume middle.ckpt --epochs 2 --quiet
    check "middle: the signature of a training that goes on" grep -q "signature $(signature out)" <("middle/learn" middle/net_batches.bin)
    run --resume middle.ckpt --epochs 3 --quiet --save end.ckpt
    same end 7
    check "end: it is told that its training is over" grep -q 'this training is at its end' err.export
}
test_sources() {
    (cd bits_2 && make -s net_learn CFLAGS='-O2 -Werror' && ./net_learn net_batches.bin) >out 2>&1
    check "sources: by make" grep -q '^net: 20 of 20' out
    cmake -S bits_2 -B cmake >out 2>&1 && cmake --build cmake >>out 2>&1
    check "sources: by CMake" cmake/net_learn_example bits_2/net_batches.bin
    if command -v clang >/dev/null; then
        (cd bits_2 && clang "${flags[@]}" -Wno-unused-command-line-argument -fsyntax-only -I. learn.c net_learn.c runtime/*.c) >out 2>&1
        check "sources: no warning of clang" test ! -s out
    else
        skip "sources: no warning of clang" "clang not found"
    fi
    (cd bits_2 && gcc -std=c99 -O2 -ffreestanding -c -I. net_learn.c runtime/*.c && nm -u net_learn.o cb_*.o |
        awk '/ U / {print $2}' | grep -vE '^(cb_|mem(cpy|set)$)') >out
    check "sources: no function of a library" test ! -s out
    head -c 1000 bits_2/net_batches.bin >cut.bin
    bits_2/learn cut.bin >out 2>&1
    check "sources: a file that ends early" test $? -eq 2
}
test_calls() {
    cat >bits_2/calls.c <<'C'
#include "net_learn.h"
#include <string.h>
static struct { uint64_t before[8], state[(NET_STATE_BYTES + 7) / 8], after[8]; } held;
static struct { unsigned char before[64]; int32_t arena[(NET_LEARN_BYTES + 3) / 4]; unsigned char after[64]; } room;
static uint8_t pixels[NET_BATCH * NET_LEARN_PIXELS];
static int untouched(const void *from, unsigned long n) {
    for (unsigned long i = 0; i < n; ++i) if (((const unsigned char *)from)[i] != 0x5a) return 0;
    return 1;
}
int main(void) {
    uint16_t labels[NET_BATCH] = {0};
    int32_t logits[NET_LEARN_CLASSES];
    uint32_t wrong = 0;
    memset(&held, 0x5a, sizeof held);
    memset(&room, 0x5a, sizeof room);
    if (net_train_batch(pixels, labels, 1, held.state, room.arena, sizeof room.arena, &wrong) != CB_STATE) return 1;
    if (net_start(held.state, NET_STATE_BYTES - 1) != CB_ARENA) return 2;
    if (net_start((char *)held.state + 4, NET_STATE_BYTES) != CB_ALIGNED) return 3;
    if (net_start(0, NET_STATE_BYTES) != CB_NULL) return 4;
    if (net_start_of(NET_LEARN_VERSION + 1, held.state, NET_STATE_BYTES) != CB_VERSION) return 5;
    if (!untouched(&held, sizeof held) || !untouched(&room, sizeof room)) return 6;
    if (net_start(held.state, NET_STATE_BYTES) != CB_OK) return 7;
    const uint64_t before = net_signature(held.state);
    if (net_train_batch(pixels, labels, 0, held.state, room.arena, sizeof room.arena, 0) != CB_COUNT) return 8;
    if (net_train_batch(pixels, labels, NET_BATCH + 1, held.state, room.arena, sizeof room.arena, 0) != CB_COUNT) return 9;
    if (net_train_batch(pixels, labels, 1, held.state, room.arena, NET_LEARN_BYTES - 1, 0) != CB_ARENA) return 10;
    if (net_train_batch(0, labels, 1, held.state, room.arena, sizeof room.arena, 0) != CB_NULL) return 11;
    if (net_train_batch(pixels, 0, 1, held.state, room.arena, sizeof room.arena, 0) != CB_NULL) return 12;
    if (net_train_batch(pixels, labels, 1, 0, room.arena, sizeof room.arena, 0) != CB_NULL) return 13;
    if (net_train_batch(pixels, labels, 1, held.state, 0, sizeof room.arena, 0) != CB_NULL) return 14;
    if (net_learnt_infer(pixels, 0, held.state, room.arena, sizeof room.arena) != CB_NULL) return 15;
    if (net_learnt_infer(pixels, logits, held.state, (char *)room.arena + 2, sizeof room.arena) != CB_ALIGNED) return 16;
    labels[2] = NET_LEARN_CLASSES;
    if (net_train_batch(pixels, labels, 3, held.state, room.arena, sizeof room.arena, 0) != CB_LABEL) return 17;
    if (net_signature(held.state) != before || !untouched(&room, sizeof room) || wrong != 0) return 18;
    labels[2] = 1;
    if (net_train_batch(pixels, labels, NET_BATCH, held.state, room.arena, NET_LEARN_BYTES, &wrong) != CB_OK) return 19;
    if (net_signature(held.state) == before || wrong == 0) return 20;
    if (net_learnt_infer(pixels, logits, held.state, room.arena, NET_LEARN_BYTES) != CB_OK) return 21;
    if (!untouched(held.before, 64) || !untouched(held.after, 64)) return 22;
    return untouched(room.before, 64) && untouched(room.after, 64) ? 0 : 23;
}
C
    (cd bits_2 && gcc "${flags[@]}" -I. calls.c net_learn.c ../objects/*.o -o calls) >out 2>&1
    bits_2/calls >>out 2>&1
    local code=$?
    check "calls: codes and canaries (of number $code)" test $code -eq 0
    echo '#include "net_learn.h"
int main() { return net_start(nullptr, 0) == CB_NULL ? 0 : 1; }' >bits_2/calls.cpp
    (cd bits_2 && g++ -fsanitize=address,undefined -Wall -Wextra -Werror -I. calls.cpp -x c net_learn.c -x none ../objects/*.o -o plus) >out 2>&1
    check "calls: from C++" bits_2/plus
}

# not_learnt NAME TEXT OPTION...
not_learnt() {
    local name=$1 text=$2
    shift 2
    run --data synthetic --train-images 40 --test-images 20 --batch 8 "$@" --epochs 0 --quiet --save refused.ckpt
    refused "refused: $name" "--trainable: $text" export refused.ckpt --c refused --trainable --epochs 1
}
test_refused() {
    own residual.toml '[14, 14, 3]' 10 'conv 3x3x7 pad 1, bn, relu as a, conv 3x3x7 pad 1, bn, add a, relu, avg all, fc 10'
    own depthwise.toml '[14, 14, 3]' 10 'conv 3x3x8 pad 1, bn, relu, dwconv 3x3 pad 1, bn, relu, fc 10'
    own pooled.toml '[14, 14, 3]' 10 'avg 2x2/2, fc 10'
    not_learnt sgd '--rule sgd needs magnitudes' --task plain.toml --rule sgd
    not_learnt affine 'conv 5x5x6 pad 1: C sources learn no scale and shift' --task plain.toml --bn affine
    not_learnt bits 'conv 5x5x6 pad 1: C sources learn synapses of 1 to 8 bits, and these have 12' --task plain.toml --weight-bits 12
    not_learnt devices "conv 5x5x6 pad 1: the pulses of this target's devices" --task plain.toml --target pcmo
    not_learnt layers 'C sources have one rate for the synapses of all layers' --task plain.toml --rule bm1 \
        --layer 1:weight-bits=4
    not_learnt pulsed 'C sources copy signs to feedback synapses, and with --feedback kp' --task plain.toml --feedback kp
    not_learnt voters 'one chip has no voters' --task plain.toml --voters 4
    not_learnt sums 'C sources learn in chains of layers' --task residual.toml
    not_learnt depthwise 'dwconv 3x3 pad 1: C sources learn no depthwise' --task depthwise.toml
    not_learnt pool 'the network begins with a pool' --task pooled.toml
    run --task plain.toml "${images[@]}" --rule bm4 --weight-bits 2 --epochs 0 --quiet --save none0.ckpt
    refused "refused: no epochs" 'give --epochs N' export none0.ckpt --c refused --trainable
    refused "refused: without --c" 'give --c DIR' export refused.ckpt a.npz --trainable
    refused "refused: batches alone" 'give --trainable' export refused.ckpt --c refused --batches 3
    check "refused: nothing is written" test ! -e refused
}

# A trained network that learns anew: its synapses, another rule, other images.
test_weights() {
    run --task plain.toml "${images[@]}" --epochs 1 --seed 4 --quiet --save first.ckpt
    run --task plain.toml "${images[@]}" --weights first.ckpt --epochs 0 --quiet --save again.ckpt
    run export first.ckpt first.npz
    run export again.ckpt again.npz
    check "weights: are those of the other network" cmp <(unzip -p first.npz '*levels*' 2>/dev/null || cat first.npz) <(unzip -p again.npz '*levels*' 2>/dev/null || cat again.npz)
    run eval first.ckpt --json one.json
    run eval again.ckpt --json two.json
    check "weights: and answer as it does" eval 'grep "\"test_error" one.json >error && grep -qf error two.json'
    run --task plain.toml "${images[@]}" --weights first.ckpt --rule bm4 --epochs 2 --bn-images 0 --quiet
    cp out straight
    run --task plain.toml "${images[@]}" --weights first.ckpt --rule bm4 --epochs 0 --bn-images 0 --quiet --save begun.ckpt
    same begun 20 2
    rm first.ckpt
    run --resume begun.ckpt --epochs 2 --quiet
    check "weights: a run goes on without the file" test "$(signature out)" = "$(signature straight)"
    cp out went_on
    check "weights: as C sources do" grep -q "signature $(signature went_on)" <(begun/learn begun/net_batches.bin)
    refused "weights: of other bits" 'give --weight-bits 8' --task plain.toml "${images[@]}" --weights again.ckpt --weight-bits 2
    refused "weights: of another network" 'its network has 4 layers' --task dense.toml "${images[@]}" --weights again.ckpt
    own other.toml '[14, 12, 3]' 10 'conv 5x5x6 pad 1, bn, relu, max 2x2/2, conv 3x3x9, bn, relu, fc 14, bn, relu, fc 10'
    refused "weights: of other sizes" "its layer 'fc 15' has 15 x 108 synapses" --task other.toml "${images[@]}" --weights again.ckpt
    refused "weights: into floats" '--arithmetic float has no levels' --task plain.toml "${images[@]}" --weights again.ckpt --arithmetic float
    refused "weights: into devices" 'are not written' --task plain.toml "${images[@]}" --weights again.ckpt --target pcmo
    refused "weights: no such file" 'no such checkpoint' --task plain.toml "${images[@]}" --weights nowhere.ckpt
}
test_fits() {
    run --task plain.toml --batch 8 --fits ram=64K,flash=256K
    check "fits: it does" test $status -eq 0
    run --task plain.toml --batch 8 --fits ram=1K
    check "fits: it does not, and how much is missing" eval '[[ $status -eq 1 ]] && grep -q "needs .* KB of RAM more" out'
    run task list --fits ram=256K,flash=1M
    check "fits: of all tasks" grep -qE '^lenet5 +2 +bm4 .* yes .* yes$' out
    refused "fits: no size" "'x' is no size" --task plain.toml --fits ram=x
    refused "fits: of a run that has begun" 'in place of --resume' --resume again.ckpt --fits ram=1K
}

test_rules
test_votes
test_feedback
test_stages
test_goes_on
test_sources
test_calls
test_refused
test_weights
test_fits
finish
