#!/usr/bin/env bash
# Networks as C99 sources on emulated boards: [OPTIMISE=-O2] embedded.sh BINARY [IMAGES]. Each network is exported, compiled for each
# processor and run under QEMU with semihosting; its logits must be the program's. Prints a table: code, constants and RAM in
# bytes, and instructions per image and per multiply-accumulate (instructions are not cycles). They are counted by a plugin of
# QEMU, where it takes one. One "ok" or "FAIL" a board and network, and "N passed, N failed" at the end.
set -u
sim=$(realpath "${1:?usage: $0 BINARY [IMAGES]}")
images=${2:-200}
optimise=${OPTIMISE:--O2}
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
gcc -shared -fPIC -O2 "$here/count_instructions.c" -o count.so || exit 1

# built CPU OUT FLAG...: OUT.elf of the sources of this folder.
built() {
    local cpu=$1 out=$2 cc=(arm-none-eabi-gcc "-mcpu=$1" -mthumb)
    shift 2
    [[ $cpu == cortex-m55 ]] && cc+=(-mfloat-abi=hard)
    [[ $cpu == rv32* ]] && cc=(riscv64-unknown-elf-gcc "-march=$cpu" -mabi=ilp32)
    "${cc[@]}" "$@" -std=c99 -Wall -Wextra -Werror -I. -ffunction-sections -fdata-sections -Wl,--gc-sections \
        --specs=picolibc.specs --oslib=semihost --crt0=hosted main.c net.c runtime/*.c -o "$out.elf" >"$out.log" 2>&1
}
# emulated BOARD CPU ELF: what it printed, and the instructions.
emulated() {
    local qemu=(qemu-system-arm -M "$1")
    [[ $2 == rv32* ]] && qemu=(qemu-system-riscv32 -M "$1" -bios none)
    timeout 300 "${qemu[@]}" -nographic -monitor none -serial none -semihosting-config "enable=on,target=native,arg=net,arg=$4" \
        -plugin "$work/count.so" -kernel "$3" 2>&1
}
# size_of CPU ELF PATTERN: bytes of the symbols of these names.
size_of() {
    local nm=arm-none-eabi-nm size sum=0
    [[ $1 == rv32* ]] && nm=riscv64-unknown-elf-nm
    while read -r _ size _; do sum=$((sum + 16#$size)); done < <("$nm" -S "$2" | grep -E "^[0-9a-f]+ [0-9a-f]+ . ($3)")
    echo $sum
}
code='cb_|net_infer|outputs_of|layer_outputs|prepare|gather|copied|zeroed|groups|stored_sum|activate|spread|store$'
constants='(levels|mean|factor|offset|gain|bias|layer|window)_[0-9]'

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
    local macs board cpu flash flash_size ram ram_size n arena
    macs=$(sed -n 's/ multiply-accumulates per image.$//p' "$name/README.md" | tr -d ,)
    arena=$(sed -n 's/^.define NET_ARENA_BYTES //p' "$name/net.h")
    # Reading the file costs next to nothing beside the network.
    while read -r board cpu flash flash_size ram ram_size; do
        [[ -n $board ]] || continue
        (cd "$name" && built "$cpu" "$cpu" $optimise "-Wl,--defsym=__flash=$flash" "-Wl,--defsym=__flash_size=$flash_size" \
            "-Wl,--defsym=__ram=$ram" "-Wl,--defsym=__ram_size=$ram_size") ||
            { echo "FAIL $name on $cpu: $(tail -2 "$name/$cpu.log")"; failed=$((failed + 1)); continue; }
        (cd "$name" && emulated "$board" "$cpu" "$cpu.elf" net_vectors.bin) >"$name/out"
        if ! grep -qE "^net: ([0-9]+) of \1 images" "$name/out"; then
            echo "FAIL $name on $cpu: $(tail -2 "$name/out")"
            failed=$((failed + 1))
            continue
        fi
        n=$(sed -n 's/^net: \([0-9]*\) of .*/\1/p' "$name/out")
        echo "ok $name on $cpu"
        passed=$((passed + 1))
        awk -v name="$name" -v cpu="$cpu" -v n="$n" -v macs="$macs" -v arena="$arena" \
            -v code="$(size_of "$cpu" "$name/$cpu.elf" "$code")" -v held="$(size_of "$cpu" "$name/$cpu.elf" "$constants")" \
            '/^instructions/ { printf "%-10s %-10s %6d %8d %7d %11.0f %8.2f\n", name, cpu, code, held, arena, $2 / n, $2 / n / macs }' \
            "$name/out" >>table
    done <<<"$boards"
}

network mnist --task mnist
network mnist_1bit --task mnist --weight-bits 1
network lenet5 --task lenet5 --weight-bits 2
network resnet8 --task cifar10-resnet8 --train-images 2000
echo "network    processor    code constants     RAM  instructions  per MAC"
cat table
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
