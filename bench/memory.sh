#!/usr/bin/env bash
# Memory that a run foretells and the most it takes: memory.sh BINARY. A table in Markdown, a mode of the
# program a row, for a network of 15 million synapses. The most is VmHWM of /proc/PID/status, looked at
# until the program ends; the program itself, 10 MB, is in it.
set -u
sim=$(realpath "${1:?usage: $0 BINARY}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

cat >net.toml <<'END'
title = "a large network on few images"
home = "-"
licence = "-"
reader = "idx"
folder = "none"
shape = [28, 28, 1]
classes = 10
train_count = 200
test_count = 100
network = "fc 4000, bn, relu, fc 3000, bn, relu, fc 10"
[plan]
epochs = 2
END

# The last most that was seen of a process, in kB.
most_of() {
    local seen most=0
    while seen=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null) && [[ -n $seen ]]; do
        most=$seen
        sleep 0.02
    done
    echo "$most"
}

echo '| mode | foretold, MB | used, MB | used / foretold |'
echo '|---|---|---|---|'
row() {
    local from=(--task net.toml --data synthetic)
    [[ ${1:-} == --resume ]] && from=()
    "$sim" "${from[@]}" --threads 2 --json run.json --quiet "$@" >out 2>err &
    local most foretold
    most=$(most_of $!)
    wait $! || { cat err >&2; exit 1; }
    foretold=$(awk -F'[:,]' '/"memory_[a-z]*_bytes"/ { sum += $2 } END { print sum / 1e6 }' run.json)
    awk -v mode="${*:-plain}" -v f="$foretold" -v u="$most" \
        'BEGIN { u = u * 1.024 / 1000; printf "| `%s` | %.0f | %.0f | %.2f |\n", mode, f, u, u / f }'
}
row
row --save run.ckpt
row --resume run.ckpt --save run.ckpt --epochs 3
row --export run.npz
row --dump-state run.npz
row --save run.ckpt --export run.npz
row --weight-bits 16
row --weight-bits 16 --save run.ckpt
row --rule sgd --feedback sym --rate 0.02
row --target ecram --dump-state run.npz
row --target array128
row --diagnose
row --arithmetic float
row --arithmetic float --save run.ckpt --export run.npz
row --network 'conv 5x5x200, bn, max 2x2/2, relu, conv 5x5x300, bn, relu, fc 400, bn, relu, fc 10'
