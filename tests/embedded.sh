#!/usr/bin/env bash
# Networks as C99 sources on emulated boards: [OPTIMISE=-O2] [TRAIN=0] [PROCESSORS=..] embedded.sh BINARY [IMAGES]. Each network is exported, compiled for
# each processor and run under QEMU with semihosting; its logits must be the program's, and the signature of one that learns after
# 50 batches. Prints tables: code, constants and RAM in bytes, and instructions per image (instructions are not cycles). They are counted
# by a plugin of QEMU, where it takes one. PROCESSORS are some of the table below (all). TRAIN is how many images LeNet-5 learns from on a Cortex-M4 (20000 take minutes). One "ok" or
# "FAIL" a board and network, and "N passed, N failed" at the end.
set -u
sim=$(realpath "${1:?usage: $0 BINARY [IMAGES]}")
images=${2:-200}
optimise=${OPTIMISE:--O2} train=${TRAIN:-0}
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0

for tool in arm-none-eabi-gcc riscv64-unknown-elf-gcc qemu-system-arm qemu-system-riscv32; do
    command -v "$tool" >/dev/null && continue
    echo "skip embedded: $tool not found (make deps-embedded)"
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
done

# Board, processor, and where flash and RAM are.
boards='
mps2-an385 cortex-m3  0x0        0x400000 0x20000000 0x400000
mps2-an386 cortex-m4  0x0        0x400000 0x20000000 0x400000
mps2-an500 cortex-m7  0x0        0x400000 0x20000000 0x400000
mps2-an505 cortex-m33 0x10000000 0x400000 0x38000000 0x400000
mps3-an547 cortex-m55 0x0        0x80000  0x20000000 0x80000
virt       rv32imac   0x80000000 0x200000 0x80200000 0x200000
'
[[ -n ${PROCESSORS:-} ]] && boards=$(grep -E "${PROCESSORS// /|}" <<<"$boards")
gcc -shared -fPIC -O2 "$here/count_instructions.c" -o count.so || exit 1

# compiler CPU: in cc.
compiler() {
    cc=(arm-none-eabi-gcc "-mcpu=$1" -mthumb)
    [[ $1 == cortex-m55 ]] && cc+=(-mfloat-abi=hard)
    [[ $1 == rv32* ]] && cc=(riscv64-unknown-elf-gcc "-march=$1" -mabi=ilp32)
    true
}
# built CPU OUT FILES FLAG...: OUT.elf of these files of this folder and the runtime.
built() {
    local cpu=$1 out=$2 files=$3 cc
    shift 3
    compiler "$cpu"
    "${cc[@]}" "$@" -std=c99 -Wall -Wextra -Werror -I. -ffunction-sections -fdata-sections -Wl,--gc-sections \
        --specs=picolibc.specs --oslib=semihost --crt0=semihost $files runtime/*.c -o "$out.elf" >"$out.log" 2>&1
}
# emulated BOARD CPU ELF FILE [MARKS]: what it printed, and the instructions.
emulated() {
    local qemu=(qemu-system-arm -M "$1")
    [[ $2 == rv32* ]] && qemu=(qemu-system-riscv32 -M "$1" -bios none)
    timeout "${limit:-300}" "${qemu[@]}" -nographic -monitor none -serial none -semihosting-config "enable=on,target=native,arg=$4" \
        -plugin "$work/count.so${5:-}" -kernel "$3" 2>&1
}
# size_of CPU ELF TYPES FILES FLAG...: bytes in ELF of the symbols of these types (t: code, r: constants) that these files and the runtime define.
size_of() {
    local cpu=$1 elf=$2 types=$3 files=$4 nm=arm-none-eabi-nm
    shift 4
    [[ $cpu == rv32* ]] && nm=riscv64-unknown-elf-nm
    rm -rf objects
    mkdir objects
    (cd objects && compiler "$cpu" && "${cc[@]}" "$@" -c -std=c99 -I.. -ffunction-sections -fdata-sections --specs=picolibc.specs \
        $(printf '../%s ' $files) ../runtime/*.c) || return
    $nm objects/*.o | awk -v types="$types" 'NF == 3 && $2 ~ "^[" types "]$" { print $3 }' | sort -u >names
    $nm -S "$elf" | awk 'NR == FNR { ours[$1]; next } NF == 4 && $4 in ours { print $2 }' names - |
        while read -r size; do echo $((16#$size)); done | awk '{ sum += $1 } END { print sum + 0 }'
}

# by_call NAME FILE UNIT FUNCTION...: of the Cortex-M4's program of this name, the instructions of each call of these functions, from the first
# call of the first of them to its next one, divided by UNIT.
by_call() {
    local name=$1 file=$2 unit=$3 marks
    shift 3
    arm-none-eabi-nm "$name/cortex-m4.elf" | awk -v wanted=" $* " 'index(wanted, " " $3 " ") { print $3, $1 }' >functions
    marks=$(awk '{ printf ",at=0x%s", $2 }' functions)
    (cd "$name" && emulated mps2-an386 cortex-m4 cortex-m4.elf "$file" "$marks") 2>&1 | grep '^at ' |
        awk -v name="$name" -v first="$1" -v unit="$unit" '
            NR == FNR { sub(/^0*/, "", $2); called[$2] = $1; next }
            { now = called[$2] }
            now == first && begun++ { printf "%-14s %-16s %12.0f\n", name, before, ($3 - at) / unit; exit }
            begun && before != "" { printf "%-14s %-16s %12.0f\n", name, before, ($3 - at) / unit }
            { before = now; at = $3 }' functions - >>calls
}

# network NAME OPTION...: trained for a moment, exported, and on all boards.
network() {
    local name=$1
    shift
    if ! "$sim" "$@" --epochs 1 --threads 1 --quiet --save "$name.ckpt" >"$name.log" 2>&1 ||
        ! "$sim" export "$name.ckpt" --c "$name" --vectors "$images" >>"$name.log" 2>&1; then
        echo "FAIL $name: $(tail -1 "$name.log")"
        failed=$((failed + 1))
        return
    fi
    local macs board cpu flash flash_size ram ram_size arena
    macs=$(sed -n 's/ multiply-accumulates per image.$//p' "$name/README.md" | tr -d ,)
    arena=$(sed -n 's/^.define NET_ARENA_BYTES //p' "$name/net.h")
    # Reading the file costs next to nothing beside the network.
    while read -r board cpu flash flash_size ram ram_size; do
        [[ -n $board ]] || continue
        (cd "$name" && built "$cpu" "$cpu" "main.c net.c" $optimise "-Wl,--defsym=__flash=$flash" "-Wl,--defsym=__flash_size=$flash_size" \
            "-Wl,--defsym=__ram=$ram" "-Wl,--defsym=__ram_size=$ram_size") ||
            { echo "FAIL $name on $cpu: $(tail -2 "$name/$cpu.log")"; failed=$((failed + 1)); continue; }
        (cd "$name" && emulated "$board" "$cpu" "$cpu.elf" net_vectors.bin) >"$name/out"
        if ! grep -q "^net: $images of $images images" "$name/out"; then
            echo "FAIL $name on $cpu: $(tail -2 "$name/out")"
            failed=$((failed + 1))
            continue
        fi
        echo "ok $name on $cpu"
        passed=$((passed + 1))
        awk -v name="$name" -v cpu="$cpu" -v n="$images" -v macs="$macs" -v arena="$arena" \
            -v code="$(cd "$name" && size_of "$cpu" "$cpu.elf" tT net.c $optimise)" \
            -v held="$(cd "$name" && size_of "$cpu" "$cpu.elf" rR net.c $optimise)" \
            '/^instructions/ { printf "%-10s %-10s %6d %8d %7d %11.0f %8.2f\n", name, cpu, code, held, arena, $2 / n, $2 / n / macs }' \
            "$name/out" >>table
    done <<<"$boards"
    by_call "$name" net_vectors.bin 1 cb_pixels cb_convolution cb_depthwise cb_logits cb_max cb_average cb_add cb_shortcut cb_relu
}

# failed_with NAME CPU FILE
failed_with() {
    echo "FAIL $1 on $2: $(tail -2 "$3")"
    failed=$((failed + 1))
}
# counted FILE: instructions.
counted() { sed -n 's/^instructions: //p' "$1"; }

# learner NAME BATCHES TESTS OPTION...: learns from its first batch on, on the boards of $boards. Instructions of a batch are those of all
# less those of none.
learner() {
    local name=$1 batches=$2 tests=$3 board cpu flash flash_size ram ram_size
    shift 3
    if ! "$sim" "$@" --epochs 0 --threads 1 --quiet --save "$name.ckpt" >"$name.log" 2>&1 ||
        ! "$sim" export "$name.ckpt" --c "$name" --trainable --epochs 1 --batches "$batches" --tests "$tests" --vectors 1 >>"$name.log" 2>&1 ||
        ! "$sim" export "$name.ckpt" --c "$name.0" --trainable --epochs 1 --batches 0 --tests "$tests" --vectors 1 >>"$name.log" 2>&1; then
        failed_with "$name" export "$name.log"
        return
    fi
    local images
    images=$((batches * $(sed -n 's/^.define NET_BATCH //p' "$name/net_learn.h")))
    while read -r board cpu flash flash_size ram ram_size; do
        [[ -n $board ]] || continue
        (cd "$name" && built "$cpu" "$cpu" "learn.c net_learn.c" $optimise "-Wl,--defsym=__flash=$flash" "-Wl,--defsym=__flash_size=$flash_size" \
            "-Wl,--defsym=__ram=$ram" "-Wl,--defsym=__ram_size=$ram_size") || { failed_with "$name" "$cpu" "$name/$cpu.log"; continue; }
        (cd "$name" && emulated "$board" "$cpu" "$cpu.elf" net_batches.bin) >"$name/out"
        (cd "$name" && emulated "$board" "$cpu" "$cpu.elf" "../$name.0/net_batches.bin") >"$name/none"
        if ! grep -qE "signature ([0-9a-f]+), the simulator's \1" "$name/out" || ! grep -q "^net: $tests of $tests test images" "$name/out"; then
            failed_with "$name" "$cpu" "$name/out"
            continue
        fi
        echo "ok $name learns on $cpu: $(sed -n 's/.*images have the simulator.s logits, //p' "$name/out") of $tests"
        passed=$((passed + 1))
        printf '%-14s %-10s %6d %9d %7d %7d %12d\n' "$name" "$cpu" "$(cd "$name" && size_of "$cpu" "$cpu.elf" tT net_learn.c $optimise)" \
            "$(cd "$name" && size_of "$cpu" "$cpu.elf" rR net_learn.c $optimise)" "$(sed -n 's/^.define NET_STATE_BYTES //p' "$name/net_learn.h")" \
            "$(sed -n 's/^.define NET_LEARN_BYTES //p' "$name/net_learn.h")" \
            $((($(counted "$name/out") - $(counted "$name/none")) / images)) >>learnt
    done <<<"$boards"
}
network mnist --task mnist
network mnist_1bit --task mnist --weight-bits 1
network lenet5 --task lenet5 --weight-bits 2
network resnet8 --task cifar10-resnet8 --bn plain --train-images 2000
learner lenet5_bm4 50 20 --task lenet5 --weight-bits 2 --rule bm4 --batch 8 --counter-bits 7 --counting sampled
learner lenet5_bm1 50 20 --task lenet5 --batch 8
for name in lenet5_bm4 lenet5_bm1; do by_call $name net_batches.bin 8 cb_train cb_forward cb_loss cb_backward; done
if [[ $train -gt 0 ]]; then
    boards=$(grep cortex-m4 <<<"$boards") limit=3600
    learner trained $((train / 8)) 10000 --task lenet5 --weight-bits 2 --rule bm4 --batch 8 --counter-bits 7 --counting sampled \
        --train-images "$train"
fi
echo "network    processor    code constants     RAM  instructions  per MAC"
cat table
echo "network        processor    code constants   state   arena instructions per image learnt"
cat learnt
echo "on a Cortex-M4, by call; those that learn by image of a batch:"
cat calls
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
