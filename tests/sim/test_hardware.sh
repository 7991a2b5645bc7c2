#!/usr/bin/env bash
# Other hardware under a trained network, settings of single layers, and sweeps of either.
source "$(dirname "$0")/../shell_testing.sh"
many_runs
own small.toml "[28, 28, 1]" 10 "conv 9x9x4/4, bn, relu, fc 10"
small+=(--bn-images 200)

# error FILE: of the last line of a run.
error() { sed -n 's/.*error \([0-9.]*\) %.*/\1/p' "$1" | tail -1; }
answers() { cut -d, -f3- "$1"; }

test_laid_under() {
    run "${small[@]}" --target pcm --quiet --save pcm.ckpt
    run "${small[@]}" --quiet --save net.ckpt
    run eval pcm.ckpt --quiet --predictions trained.csv
    run eval pcm.ckpt --quiet --target ideal --predictions ideal.csv --json ideal.json
    check "ideal under pcm: the same logits" test "$(answers trained.csv)" = "$(answers ideal.csv)"
    check "ideal under pcm: labelled" test "$(value ideal.json laid_under)/$(value ideal.json trained_target)" = true/pcm
    check "ideal under pcm: its command" test "$(value ideal.json command)" = "crossbar_sim eval pcm.ckpt --target ideal"
    run eval net.ckpt --quiet --predictions net.csv --json net.json
    check "its own hardware: not labelled" test "$(value net.json laid_under)" = false
    run eval net.ckpt --quiet --device tiles.rows=16 --predictions tiles.csv
    check "tiles without faults: the same logits" test "$(answers net.csv)" = "$(answers tiles.csv)"
    run eval net.ckpt --device "tiles.adc_bits=2;stuck_random=0.3" --threads 1 --isa reference --predictions one.csv
    run eval net.ckpt --device "tiles.adc_bits=2;stuck_random=0.3" --threads 2 --predictions two.csv
    check "faults: any threads and instruction set" cmp -s one.csv two.csv
    check "faults: told" said '^trained on target ideal, 8 bits, seed 1; tested under ideal'
    run eval net.ckpt --device "tiles.adc_bits=2;stuck_random=0.3" --seed 2 --predictions three.csv
    check "faults: another seed is another chip" test "$(answers one.csv)" != "$(answers three.csv)"
    run eval net.ckpt --device tiles.adc_bits=2 --bn-images 200 --predictions anew.csv
    run eval net.ckpt --device tiles.adc_bits=2 --predictions kept.csv
    check "statistics are taken anew where that is said" test "$(answers anew.csv)" != "$(answers kept.csv)"
    run eval net.ckpt --target pcm_inference --device "tiles.adc_bits=6;inference.seconds=60"
    check "converters under written devices" said '^60 s after writing: error'
    run eval net.ckpt --task letters --device tiles.adc_bits=4 --quiet
    check "other images, too: refused where they do not fit" test "$status" = 2
}

test_bits() {
    refused "fewer bits: refused with the cure" "give --weight-bits 2 to round them" eval net.ckpt --target cell_2bit
    run eval net.ckpt --target cell_2bit --weight-bits 2 --quiet --json two.json
    check "fewer bits: stated" test "$status/$(value two.json weight_bits)/$(value two.json trained_weight_bits)" = 0/2/8
    run eval net.ckpt --target cell_2bit --weight-bits 8 --quiet
    check "kept bits: stated" test "$status" = 0
    refused "a layer's target: refused with the cure" "layer 2 has synapses of 8 bits" eval net.ckpt --layer 2:target=cell_2bit
    run eval net.ckpt --layer 2:target=cell_2bit,weight-bits=2 --quiet
    check "a layer's target: stated" test "$status" = 0
    run "${small[@]}" --weight-bits 12 --quiet --save wide.ckpt
    refused "16-bit levels: no devices" "at most 8 bits" eval wide.ckpt --target pcm
    run eval wide.ckpt --target pcm --weight-bits 8 --quiet
    check "16-bit levels: stated" test "$status" = 0
    run "${small[@]}" --arithmetic float --quiet --save float.ckpt
    refused "floats have no hardware" "float" eval float.ckpt --target pcm
    refused "floats have no bits" "contradicts the checkpoint" eval float.ckpt --weight-bits 4
}

test_sources() {
    run "${small[@]}" --device cells=pair --quiet --save pair.ckpt
    run eval pair.ckpt --device tiles.adc_bits=5 --show-settings
    check "changes add up" said '^device  *cells=pair;tiles.adc_bits=5 '
    check "changes: of the training" said '^  device  *cells=pair  *checkpoint pair.ckpt$'
    check "changes: of the line" said '^  device  *tiles.adc_bits=5  *command line$'
    run eval pair.ckpt --device "cells=one;tiles.adc_bits=5" --json - --quiet
    check "changes: the later counts" test "$(value out device)" = "cells=one;tiles.adc_bits=5"
    check "changes: what was trained on" test "$(value out trained_device)" = cells=pair
    run eval pair.ckpt --layer 1:weight-bits=4 --layer last:tiles.adc_bits=4 --show-settings
    check "layers: a row each" said '^  layer  *last:tiles.adc_bits=4  *command line$'
}

test_layers() {
    run "${small[@]}" --weight-bits 4 --quiet
    local four
    four=$(signature out)
    run "${small[@]}" --layer 1:weight-bits=4 --layer last:weight-bits=4 --quiet
    check "all layers alike are the network's bits" test "$(signature out)" = "$four"
    local mixed=("${small[@]}" --quiet --layer "first:weight-bits=4,tiles.adc_bits=6;2:target=reram_sb")
    run "${mixed[@]}" --threads 1 --json mixed.json
    local whole
    whole=$(signature out)
    check "mixed: its record" test "$(value mixed.json layer)" = "first:weight-bits=4,tiles.adc_bits=6;2:target=reram_sb"
    check "mixed: bits of each layer" test "$(grep -c '"weight_bits": [48],' mixed.json)" = 3
    run "${mixed[@]}" --epochs 1 --threads 2 --isa reference --save half.ckpt
    run --resume half.ckpt --epochs 2 --quiet
    check "mixed: goes on from a checkpoint" test "$(signature out)" = "$whole"
    run eval half.ckpt --cost
    check "mixed: told by layer" said '^fc 10, 8 bits, reram_sb  '
    check "mixed: events are counted" said '^inference: ADC'
    run export half.ckpt half.npz --map 2:0:0=tile.png
    check "mixed: exported" test "$status" = 0 -a -s half.npz -a -s tile.png
    refused "mixed: another layer is another run" "contradicts the checkpoint" --resume half.ckpt --layer 1:weight-bits=8
    refused "no such layer" "the network has layers 1 (first) to 2 (last)" "${small[@]}" --layer 3:weight-bits=4
    refused "no such key" "did you mean 'weight-bits'" "${small[@]}" --layer 1:weight_bit=4
    refused "no such key of a target" "did you mean 'adc_bits'" "${small[@]}" --layer 1:tiles.adc_bit=4
    refused "a setting of all" "is a setting of the whole network" "${small[@]}" --layer 1:rate=4
    refused "floats" "leave --layer out" "${small[@]}" --layer 1:weight-bits=4 --arithmetic float
    refused "C sources with one rate" "train with --rule bm4" export "$(
        "$sim" "${small[@]}" --rule bm1 --layer 1:weight-bits=4 --quiet --save rate.ckpt >out && echo rate.ckpt
    )" --c rate --trainable --epochs 4
}

# A target file of a layer counts by what it says, and is found from another folder.
test_files() {
    printf 'title = "t"\ncitation = "c"\nweight_bits = 3\n[tiles]\nadc_bits = 4\n' >own.toml
    run "${small[@]}" --quiet --layer 2:target=own.toml --save own.ckpt --json own.json
    check "a file of a layer: its bits" test "$status/$(grep -c '"weight_bits": 3,' own.json)" = 0/1
    check "a file of a layer: by its place" grep -q "\"layer\": \"2:target=$PWD/own.toml\"" own.json
    mkdir -p elsewhere
    check "a file of a layer: from elsewhere" eval '(cd elsewhere && "$sim" eval ../own.ckpt --quiet >/dev/null)'
    refused "a file of a layer is no output" "own.toml" "${small[@]}" --layer 2:target=own.toml --json own.toml
    local runs=(study "${small[@]}" --layer 2:target=own.toml --store own.jsonl)
    run "${runs[@]}"
    check "a file of a layer: a run" said '^1 runs, 0 of them in own.jsonl$'
    run "${runs[@]}"
    check "a file of a layer: the same run" said '^1 runs, 1 of them in own.jsonl$'
    sed -i 's/adc_bits = 4/adc_bits = 5/' own.toml
    run "${runs[@]}"
    check "a file of a layer: another one" said '^1 runs, 0 of them in own.jsonl$'
}

test_study() {
    local sweep=(study --evaluate net.ckpt --sweep device.tiles.adc_bits=2,3,6 --seeds 2 --store laid.jsonl --jobs 2)
    run "${sweep[@]}" --dry-run
    check "study: foretold" said '^6 runs: 0 done'
    run "${sweep[@]}"
    check "study: a table" test "$(grep -c '^small, device.tiles.adc_bits [236] (synthetic) ' out)" = 3
    check "study: says that nothing was trained" said '^net.ckpt under other hardware; nothing was trained on it$'
    run "${sweep[@]}"
    check "study: from the store" said '^6 runs, 6 of them in laid.jsonl$'
    check "study: no checkpoint is left" test ! -e laid.jsonl.jobs -o -z "$(ls laid.jsonl.jobs 2>/dev/null)"
    run study --evaluate net.ckpt --sweep device.tiles.adc_bits=2 --bn-images 200 --store laid.jsonl
    check "study: statistics taken anew are another run" said '^1 runs, 0 of them in laid.jsonl$'
    cp net.ckpt same.ckpt
    run study --evaluate same.ckpt --sweep device.tiles.adc_bits=2,3 --store laid.jsonl
    check "study: the same network under another name" said '^2 runs, 2 of them in laid.jsonl$'
    run study --evaluate pcm.ckpt --sweep device.tiles.adc_bits=2,3 --store laid.jsonl
    check "study: another network" said '^2 runs, 0 of them in laid.jsonl$'
    run study "${small[@]}" --device tiles.adc_bits=2 --store laid.jsonl
    check "study: no training stands for a test" said '^1 runs, 0 of them in laid.jsonl$'
    run eval net.ckpt --device tiles.adc_bits=3 --quiet
    local alone
    alone=$(error out)
    run study --evaluate net.ckpt --sweep device.tiles.adc_bits=3 --store laid.jsonl
    check "study: what eval says" said "^small, device.tiles.adc_bits 3 (synthetic)  *$alone\$"
    run report laid.jsonl --out laid.csv
    check "report: trained on what" test "$(grep -c 'ideal 8 bits, seed 1' laid.csv)" -ge 3
    check "report: the trained one apart" test "$(grep -c ',2,ideal,,test,1,' laid.csv)" = 1
    refused "study: bits that do not fit" "give --weight-bits 2" study --evaluate net.ckpt --sweep target=ideal,cell_2bit
    refused "study: a setting of training" "contradicts the checkpoint" study --evaluate net.ckpt --sweep rate=0.1,0.2
    refused "study: no such network" "no such checkpoint" study --evaluate none.ckpt --sweep device.tiles.adc_bits=2,3
    refused "study: keys of targets" "swept as device.tiles.adc_bits" study --evaluate net.ckpt --sweep tiles.adc_bits=2,3
    refused "eval makes one run" "--sweep belongs to 'crossbar_sim study'" eval net.ckpt --sweep device.tiles.adc_bits=2,3
    run study "${small[@]}" --sweep "layer=1:weight-bits=2;1:weight-bits=4" --store layers.jsonl
    check "study: settings of layers" test "$(grep -c '^small, layer 1:weight-bits=[24] ' out)" = 2
}

test_laid_under
test_bits
test_sources
test_layers
test_files
test_study
finish
