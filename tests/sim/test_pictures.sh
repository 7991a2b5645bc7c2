#!/usr/bin/env bash
# A user's own folders of pictures, as a black box: test_pictures.sh BINARY. Prints "ok NAME" or "FAIL NAME"
# for every test and "N passed, N failed" at the end; exit status 1 when one failed. Needs no data.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

# task FOLDER CLASSES: FOLDER.toml, a task on the folder.
task() {
    cat >"$1.toml" <<EOF
title = "shapes"
home = "none"
licence = "none"
reader = "image_folder"
folder = "$1"
shape = [4, 4, 1]
classes = $2
train_count = 8
test_count = 4
network = "fc $2"
[split]
test_per_class = 2
[[file]]
role = "images"
name = "$1/"
EOF
}
# pictures FOLDER: six small pictures, bars that lie somewhere.
pictures() {
    mkdir -p "$1"
    for i in 1 2 3 4 5 6; do
        echo "P2 4 4 255  0 0 0 0  $((i * 40)) 255 255 255  0 0 0 0  0 $i 0 0" >"$1/$i.pgm"
    done
}
# The template of docs/ as it stands, on two folders of pictures.
test_template() {
    cp "$here/../docs/my_task.toml" .
    run --task my_task.toml --epochs 1 --train-images 40 --test-images 20 --threads 1
    check "template: without pictures, on the stand-in" grep -q synthetic out
    pictures my_pictures/cats
    pictures my_pictures/dogs
    sed -i 's/^test_per_class  = 50/test_per_class = 2/' my_task.toml
    run --task my_task.toml "${train[@]}" --quiet --json t.json
    check "template: on pictures" test "$status" -eq 0
    check "template: with the folders' names" grep -q cats t.json
}

train=(--data . --batch 4 --epochs 1 --threads 1)

test_told() {
    pictures shapes/bar
    pictures shapes/disc
    task shapes 2
    run --task shapes.toml "${train[@]}" --confusion --json record.json --predictions p.csv
    check "pictures: names in predictions" awk -F, 'NR == 1 { good = /^image,label,predicted,label_name,predicted_name,/; next }
        $4 != ($2 ? "disc" : "bar") || $5 != ($3 ? "disc" : "bar") { good = 0 } END { exit !(good && NR == 5) }' p.csv
    check "pictures: read without a notice" test "$status" -eq 0 -a ! -s err
    check "pictures: names beside the confusion matrix" grep -qE '^ *1 disc ' out
    check "pictures: names in the record" grep -qzE '"class_names": \[\s*"bar",\s*"disc"\s*\]' record.json
    touch shapes/disc/7.webp shapes/disc/8.webp shapes/disc/.hidden.pgm
    run --task shapes.toml "${train[@]}" --json record.json
    check "passed over: told once" test "$(grep -c 'passed over: 2 .webp, 1 hidden' err)" -eq 1
    check "passed over: in the record" grep -qzE '"passed_over": \{\s*".webp": 2,\s*"hidden": 1\s*\}' record.json
    pictures shapes/extra
    run --task shapes.toml "${train[@]}" --quiet
    check "more folders than classes: told" grep -q '3 folders for the task.s 2 classes.*left out: ' err
    run study --task shapes.toml "${train[@]}" --seeds 2 --sweep rate=0.1,0.2
    check "a study: told once" test "$status" -eq 0 -a "$(grep -c 'left out: ' err)" -eq 1
    run study --task shapes.toml "${train[@]}" --confusion --sweep rate=0.1 --store named.jsonl
    run report named.jsonl --out named.html
    check "a report: names beside its confusion matrix" grep -qE '"k":\["[a-z]*","(disc|extra)"\]' named.html
    rm shapes/extra/*.pgm shapes/disc/*.pgm
    refused "folders without pictures: named" "1 of 2 classes (bar); folders without pictures: disc (2 .webp, 1 hidden), extra" \
        --task shapes.toml "${train[@]}"
}

test_damaged() {
    pictures worn/bar
    pictures worn/disc
    task worn 2
    : >worn/bar/3.pgm
    printf 'GIF89a' >worn/disc/2.pgm
    refused "damaged: the first one is named" "--skip-bad passes over damaged pictures" --task worn.toml "${train[@]}"
    run --task worn.toml "${train[@]}" --skip-bad --json record.json --save worn.ckpt
    check "--skip-bad: goes on" test "$status" -eq 0
    check "--skip-bad: counts" grep -q '2 damaged pictures passed over, the first: .*pgm: byte 0: ' err
    check "--skip-bad: told once" test "$(grep -c damaged err)" -eq 1
    check "--skip-bad: no full set" test "$(value record.json data_label)" = subset
    check "--skip-bad: in the record" grep -qE '"damaged": 2' record.json
    check "--skip-bad: in the command" grep -qE '"command": ".* --skip-bad( |")' record.json
    check "--skip-bad: fewer images" test "$(($(value record.json train_images) + $(value record.json test_images)))" -eq 10
    run --resume worn.ckpt --epochs 2 --quiet
    check "--skip-bad: goes on from its checkpoint" test "$status" -eq 0
}

test_template
test_told
test_damaged
finish
