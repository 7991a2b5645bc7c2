#!/usr/bin/env bash
# The instruction sets of another architecture, under emulation: cross.sh [COMPILER_PREFIX]. Builds the
# program and the unit tests with the cross compiler and runs, with qemu's user emulation, the kernel
# tests of every set and the signature, which must be the one of this machine; the latter on a processor
# without the later extensions as well. Skips all where a tool is missing (make deps-cross). Ends with
# "N passed, N failed".
set -uo pipefail
cross=${1:-aarch64-linux-gnu-}
machine=${cross%%-*}
root=$(dirname "$0")/..
least=cortex-a53 # Armv8.0
qemu=$(command -v "qemu-$machine-static" || command -v "qemu-$machine")
if [ -z "$qemu" ] || ! command -v "${cross}g++" >/dev/null; then
    echo "skip $machine: ${cross}g++ or qemu-$machine not found (make deps-cross)"
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
passed=0 failed=0
temporary=$(mktemp -d); trap 'rm -rf "$temporary"' EXIT
emulated() { # name of the script to write, binary, processor
    printf '#!/bin/sh\nexec %s -cpu %s %s "$@"\n' "$qemu" "$3" "$root/bin/$machine/$2" >"$temporary/$1"
    chmod +x "$temporary/$1"
}
part() { # name, command ...
    local name=$1 output; shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1)); echo "ok $machine: $name"
    else
        failed=$((failed + 1)); echo "FAIL $machine: $name"; printf '%s\n' "$output" | tail -20
    fi
}
part build make -s -C "$root" CROSS="$cross" "bin/$machine/crossbar_sim" "bin/$machine/tests"
[ "$failed" = 0 ] || { echo "$passed passed, $failed failed"; exit 1; }
emulated tests tests max
emulated sim crossbar_sim max
emulated least_sim crossbar_sim "$least"
part 'no floating point in the training path' \
    env OBJDUMP="${cross}objdump" bash "$root/tests/check_integer.sh" "$root/build/$machine"
part 'kernels' "$temporary/tests" '[kernels]'
part 'signature' bash "$root/tests/signature.sh" "$temporary/sim"
part "signature on $least" bash "$root/tests/signature.sh" "$temporary/least_sim"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
