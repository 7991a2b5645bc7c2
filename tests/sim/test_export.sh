#!/usr/bin/env bash
# What a run leaves for others, as a black box: --diagnose, --filters, what records say of command and
# machine, its arrays, and tests of it on other images: test_export.sh BINARY.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

network='conv 5x5x4, bn, max 2x2/2, relu, fc 16, bn, relu, fc 10'
own own.toml '[14, 14, 1]' 10 "$network"
small=(--task own.toml --data synthetic --quiet)

test_diagnose() {
    run "${small[@]}" --json plain.json
    local plain
    plain=$(signature out)
    run "${small[@]}" --diagnose --json seen.json --save seen.ckpt
    check "diagnose: the signature is as without it" test "$(signature out)" = "$plain"
    check "diagnose: 3 layers, 2 epochs" test "$(grep -c '"angle_degrees": [0-9]' seen.json)" -eq 6
    check "diagnose: only where asked for" test "$(grep -c '"angle_degrees"' plain.json)" -eq 0
    run --resume seen.ckpt --epochs 3 --quiet --diagnose --json more.json
    check "diagnose: a resumed run keeps it" test "$(grep -c '"angle_degrees": [0-9]' more.json)" -eq 9
    run "${small[@]}" --arithmetic float --diagnose --json float.json
    check "diagnose: float" test "$(grep -c '"angle_degrees": [0-9]' float.json)" -eq 6
}

test_record() {
    run "${small[@]}" --seed 5 --rule bm4 --weight-bits 2 --json r.json
    check "record: its command" test "$(value r.json command)" = \
        'crossbar_sim --task own.toml --data synthetic --seed 5 --weight-bits 2'
    local command
    command=$(value r.json command)
    # shellcheck disable=SC2086  # the command is words
    run ${command#crossbar_sim } --quiet
    check "record: the command makes the same run" test "$(signature out)" = "$(value r.json signature)"
    run "${small[@]}" --rule bm4 --weight-bits 2 --pulse-budget 0 --json r.json
    check "record: a schedule in place of the budget" test "$(value r.json command)" = \
        'crossbar_sim --task own.toml --data synthetic --pulse-budget 0 --weight-bits 2'
    check "record: date" grep -qE '^  "date": "20[0-9-]{8}T[0-9:]{8}Z"' r.json
    check "record: cores" grep -qE '^  "cores": [1-9]' r.json
    check "record: processor" grep -q '^  "cpu": "' r.json
    check "record: few filters without asking" grep -q '^  "filters": {' r.json
    own wide.toml '[14, 14, 3]' 10 'conv 5x5x20, bn, relu, fc 10'
    run --task wide.toml --data synthetic --quiet --epochs 1 --json wide.json
    check "record: 1500 levels are not in it" test "$(grep -c '"filters"' wide.json)" -eq 0
    refused "record: filters into none" "into which record" --task wide.toml --data synthetic --filters
    run --task wide.toml --data synthetic --quiet --epochs 1 --filters --json wide.json
    check "record: but with --filters" grep -q '^  "filters": {' wide.json
    run "${small[@]}" --csv rows.csv
    check "record: one csv row" test "$(wc -l <rows.csv)" -eq 2
}

test_export() {
    run "${small[@]}" --feedback frsf-p --concordance 0.75 --bn affine --save net.ckpt --export net.npz
    check "export: after a run" test "$status" -eq 0
    run eval net.ckpt --quiet --export again.npz
    check "export: the saved network's file is the same" cmp -s net.npz again.npz
    run "${small[@]}" --weight-bits 12 --export wide.npz
    run "${small[@]}" --arithmetic float --export float.npz
    refused "export: no such folder" "no/net.npz" "${small[@]}" --export no/net.npz
    refused "export: a file for two" "file of its own" "${small[@]}" --export x.npz --json x.npz
    if ! /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
        skip "export: numpy computes the same" "there is no numpy (python3-numpy)"
        return
    fi
    check "export: numpy reads it" /usr/bin/python3 - <<'PY'
import numpy as np
net = np.load("net.npz")
assert net["layer_1.levels"].shape == (4, 5, 5, 1) and net["layer_1.levels"].dtype == np.int8
assert net["layer_3.levels"].shape[0] == 10 and net["classes"] == 10 and list(net["input"]) == [14, 14, 1]
for layer in "1", "2", "3":
    levels, feedback = net[f"layer_{layer}.levels"], net[f"layer_{layer}.feedback"]
    mask = net[f"layer_{layer}.mask"]
    seen = (levels != 0)
    assert (np.sign(levels) * np.sign(feedback) == mask)[seen].all() and np.abs(levels).max() <= 127
    assert net[f"layer_{layer}.trace"].shape == levels.shape
assert net["layer_1.mean"].dtype == np.int64 and (net["layer_1.variance"] > 0).all()
assert net["layer_1.scale"].shape == (4,) and b"concordance = 0.75" in net["settings"].item()
assert net["layer_1.stage"].item() == b"conv 5x5x4"
wide = np.load("wide.npz")["layer_1.levels"]
assert wide.dtype == np.int16 and np.abs(wide).max() > 127
assert np.load("float.npz")["layer_2.weights"].dtype == np.float32
PY
}

# All of the state, and pictures of it; their content is looked at in test_npz.cpp and test_level_map.cpp.
test_state() {
    local pairs=(--task letters --target prezioso2015 --device "tiles.rows=4;tiles.adc_bits=6;tiles.gain_spread=0.1")
    run "${pairs[@]}" --quiet --export few.npz --dump-state all.npz --save pairs.ckpt
    check "dump-state: after a run" test "$status" -eq 0
    run eval pairs.ckpt --quiet --dump-state again.npz --map 1=map.png --map 1:2:0=tile.png
    check "dump-state: the saved network's file is the same" cmp -s all.npz again.npz
    check "map: of a saved network" test "$(head -c 4 map.png | tail -c 3)$(head -c 4 tile.png | tail -c 3)" = PNGPNG
    refused "map: no such layer" "a layer from 1 to 1" "${pairs[@]}" --map 2=map.png
    refused "map: no such folder" "no/map.png" "${pairs[@]}" --map 1=no/map.png
    refused "map: of one run" "--map belongs to" study --task letters --map 1=map.png --sweep epochs=1,2
    refused "dump-state: a file for two" "file of its own" "${small[@]}" --export x.npz --dump-state x.npz
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || { skip "dump-state: numpy reads it" "there is no numpy"; return; }
    check "dump-state: numpy reads it" /usr/bin/python3 - <<'PY'
import numpy as np
net = np.load("all.npz")
levels, plus, minus = (net["layer_1." + name] for name in ("levels", "device_1", "device_2"))
assert plus.dtype == np.uint8 and (plus.astype(int) - minus == levels).all()
assert (minus == net["layer_1.second_device"]).all() and net["layer_1.kind_1"].shape == levels.shape
assert net["layer_1.adc_gain"].shape == (3, 3) and net["layer_1.adc_range"] > 0
assert net["layer_1.pulses"] > 0 and list(net["progress"]) == [15, 0, 15]
PY
}

# A saved network on other images: of its geometry, and not.
test_evaluate() {
    own twin.toml '[14, 14, 1]' 10 'fc 10'
    own size.toml '[16, 16, 1]' 10 'fc 10'
    own colour.toml '[14, 14, 3]' 10 'fc 10'
    own classes.toml '[14, 14, 1]' 12 'fc 12'
    run "${small[@]}" --save net.ckpt
    local trained
    trained=$(signature out)
    run eval net.ckpt --task twin.toml --data synthetic --json twin.json --quiet
    check "evaluate: another task of the same geometry" test "$(signature out)" = "$trained"
    check "evaluate: the record names it" test "$(value twin.json task)" = twin
    for task in size colour classes; do
        refused "evaluate: task of another $task" 'own (14x14x1, 10 classes) and does not fit' \
            eval net.ckpt --task $task.toml --data synthetic
    done
    mv own.toml gone.toml
    refused "evaluate: its own task is gone" 'own.toml and does not fit' eval net.ckpt \
        --task size.toml --data synthetic
    mv gone.toml own.toml
    mkdir none
    refused "evaluate: a folder without the files" 'none' eval net.ckpt --data none
}

test_diagnose
test_record
test_export
test_state
test_evaluate
finish
