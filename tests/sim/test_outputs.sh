#!/usr/bin/env bash
# What the program writes, and what it says, as a black box: test_outputs.sh BINARY. Files that are
# inputs, formats, full disks, outputs that fail, terminals of any width. Needs no data.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

letters=(--task letters --quiet)
hostile=$'a\nb \'c" = d,e;f.toml'

# A task of the letters with this network, as TOML text.
letters_task() {
    printf 'title = "l"\nhome = "-"\nlicence = "-"\nreader = "letters"\nfolder = "l"\nshape = [1, 10, 1]\n'
    printf 'classes = 3\ntrain_count = 3\ntest_count = 30\nnetwork = %s\n' "$1"
}

test_line_breaks() {
    letters_task $'"""\nfc 5, bn,\r\n   relu,\n\tfc 3"""' >broken.toml
    letters_task '"fc 5, bn, relu, fc 3"' >whole.toml
    run --task broken.toml --epochs 2 --save b.ckpt --json b.json --quiet
    check "line breaks in a network: trains" test "$status" -eq 0
    local broken
    broken=$(signature out)
    run --resume b.ckpt --epochs 3 --quiet
    check "line breaks in a network: resumed" test "$status" -eq 0
    run --task whole.toml --epochs 2 --quiet
    check "line breaks in a network: the same network" test "$(signature out)" = "$broken"
    check "line breaks in a network: one text" test "$(value b.json network)" = "fc 5, bn, relu, fc 3"
    cp whole.toml "$hostile"
    printf 'title = "t"\ncitation = "c"\n[device]\npulse = 0.02\n' >"t$hostile"
    run --task "$hostile" --target "t$hostile" --epochs 1 --save "s$hostile" --json h.json --csv h.csv --quiet
    check "line breaks in paths: trains" test "$status" -eq 0
    run --resume "s$hostile" --epochs 2 --quiet
    check "line breaks in paths: resumed" test "$status" -eq 0
    run eval "s$hostile" --quiet --csv h.csv --json h.json
    check "line breaks in paths: evaluated" test "$status" -eq 0
    if command -v python3 >/dev/null; then
        check "line breaks in paths: CSV is read" python3 -c '
import csv, json
rows = list(csv.DictReader(open("h.csv", newline="")))
record = json.load(open("h.json"))
assert len(rows) == 2 and all(r["task"] == record["task"] and None not in r for r in rows), rows'
    else
        skip "line breaks in paths: CSV is read" "python3 is not installed"
    fi
    # The record's command makes the same run, through a shell.
    run --task "$hostile" --data synthetic --network $'fc 6,\n fc 3' --seed 7 --epochs 2 --quiet --json c.json
    local sum
    sum=$(signature out)
    if command -v python3 >/dev/null; then
        python3 -c 'import json; print(json.load(open("c.json"))["command"], end="")' >command
        PATH=$(dirname "$sim"):$PATH bash -c "$(cat command) --quiet" >out 2>err
        check "the record's command makes the same run" test "$(signature out)" = "$sum"
    else
        skip "the record's command makes the same run" "python3 is not installed"
    fi
}

# Names that break what is careless, through store, record, CSV, checkpoint and a shell.
test_hostile_names() {
    local name bad=0 names=('=1+1' -x @a +b 'a"c' "'q'" 'a = b' $'l\nm' $'c\rd' $'t\tt' '$(id)' 'a;b'
        "$(printf 'n%.0s' $(seq 200))")
    for name in "${names[@]}"; do
        letters_task '"fc 3"' >"$name.toml"
        "$sim" study --task "./$name.toml" --sweep rate=0.1 --store names.jsonl >out 2>err || bad=1
        "$sim" study --task "./$name.toml" --sweep rate=0.1 --store names.jsonl >out 2>err
        grep -q '^1 runs, 1 of them' out || bad=2
        "$sim" --task="./$name.toml" --quiet --epochs 1 --save="$name" --csv names.csv --json "$name.json" >out 2>err || bad=3
        "$sim" --resume "./$name" --epochs 2 --quiet >out 2>err || bad=4
        [[ $bad = 0 ]] || break
    done
    check "hostile names: $name" test "$bad" -eq 0
    check "hostile names: a run each" test "$("$sim" report names.jsonl --out names.html | grep -c ": ${#names[@]} runs")" -eq 1
    if ! command -v python3 >/dev/null; then
        skip "hostile names: read again" "python3 is not installed"
        return
    fi
    check "hostile names: read again" python3 - "${names[@]}" <<'PY'
import csv, json, shlex, sys
names = sys.argv[1:]
rows = list(csv.DictReader(open("names.csv", newline="")))
assert [r["task"].removeprefix("'") if r["task"][1:2] in "=+-@" else r["task"] for r in rows] == names
lines = [json.loads(line) for line in open("names.jsonl")]
assert [r["task"] for r in lines] == names
for name in names:
    record = json.load(open("./" + name + ".json"))
    words = shlex.split(record["command"])
    given = next(w.split("=", 1)[1] if "=" in w[:7] else words[i + 1] for i, w in enumerate(words) if w.startswith("--task"))
    assert record["task"] == name and given == name + ".toml", record["command"]
PY
}

# kept NAME FILE ARGUMENT...: refused, and the file is as it was.
kept() {
    local name=$1 file=$2
    shift 2
    cp "$file" before
    run "$@"
    if [[ $status -eq 2 ]] && cmp -s before "$file" && grep -q 'crossbar_sim: error: .*--' err; then
        ok "kept: $name"
    else
        fail "kept: $name" "status $status, $(head -c 300 err)"
    fi
}

test_outputs_that_are_inputs() {
    mkdir -p deep
    run "${letters[@]}" --save a.ckpt
    ln -sf a.ckpt soft
    ln -f a.ckpt hard
    ln -sfn . loop
    local other
    for other in a.ckpt ./a.ckpt deep/../a.ckpt loop/a.ckpt soft hard "$PWD/a.ckpt"; do
        kept "a resumed checkpoint as $other" a.ckpt --resume a.ckpt --epochs 16 --json "$other" --quiet
        kept "an evaluated one as $other" a.ckpt eval a.ckpt --csv "$other" --quiet
    done
    run --resume a.ckpt --epochs 16 --save ./a.ckpt --quiet
    check "a resumed checkpoint is saved to itself" test "$status" -eq 0
    printf 'title = "t"\ncitation = "c"\n' >own.toml
    letters_task '"fc 3"' >task.toml
    kept "a task" task.toml --task task.toml --save ./task.toml --quiet
    kept "a target" own.toml "${letters[@]}" --target own.toml --json loop/own.toml
    kept "a task of many runs" task.toml study --task letters,task.toml --store task.toml
    kept "a swept target" own.toml study --task letters --sweep target=ideal,own.toml --store ./own.toml
    run --task task.toml --target own.toml --quiet --save told.ckpt
    kept "the task of a checkpoint" task.toml eval told.ckpt --json task.toml --quiet
    kept "the target of a checkpoint" own.toml --resume told.ckpt --epochs 20 --csv own.toml --quiet
    run study --task letters --store q.csv
    kept "a report over its store" q.csv report q.csv --out ./q.csv
    printf '%s\n' 0,1 1,2 2,3 3,4 4,5 0,5 1,4 2,3 3,2 4,1 >m.toml
    kept "a target over its curve" m.toml target fit m.toml --out loop/m.toml
    kept "a drawing over its target" own.toml target show own.toml --draw own.toml
    mkdir -p idx/mnist
    idx idx/mnist train 60
    idx idx/mnist t10k 20
    kept "images" idx/mnist/train-images-idx3-ubyte --data idx --epochs 0 --quiet --save idx/mnist/train-images-idx3-ubyte
    export CROSSBAR_DATA=idx
    kept "labels by variable" idx/mnist/t10k-labels-idx1-ubyte --epochs 0 --quiet --json idx/mnist/t10k-labels-idx1-ubyte
    unset CROSSBAR_DATA
}

test_two_outputs() {
    ln -sf later.out ahead
    refused "two outputs: another spelling" "file of its own" "${letters[@]}" --json x --csv ./x
    refused "two outputs: through a link to nothing yet" "file of its own" "${letters[@]}" --json ahead --csv later.out
    refused "two outputs: two maps" "file of its own" "${letters[@]}" --map 1=m.png --map 1=./m.png
    refused "two outputs: trace and record" "file of its own" "${letters[@]}" --trace 1:0:0=t.csv --csv t.csv
    refused "no name at all" "--json '': expected the name of a file" "${letters[@]}" --json ''
    mkfifo pipe
    refused "rows into a pipe" "this is a pipe" "${letters[@]}" --csv pipe
    refused "formats: export" "ends in .npz" "${letters[@]}" --export run.npy
    refused "formats: state" "ends in .npz" "${letters[@]}" --dump-state x.txt
    refused "formats: map" "ends in .svg, .pdf or .png" "${letters[@]}" --map 1=x.jpg
    refused "formats: trace" "ends in .csv" "${letters[@]}" --trace 1:0:0=x.txt
    refused "formats: report" ".html, .md or .csv" report none.jsonl --out x.xyz
    refused "formats: fitted" "ends in .toml" target fit none.csv --out x.xyz
    "$sim" "${letters[@]}" --json mixed >mixed 2>err
    check "two outputs: standard output" test $? -eq 2
    check "two outputs: nothing is there" test "$(ls x x.npz run.npy later.out t.csv m.png 2>/dev/null | wc -l)" -eq 0
}

test_full_disks() {
    "$sim" "${letters[@]}" --json - >/dev/full 2>err
    check "full: the record" test $? -eq 2
    check "full: told what" grep -q 'standard output .*No space left' err
    "$sim" study --task letters --seeds 2 --store full.jsonl --table-format csv >/dev/full 2>err
    check "full: a table" test $?/"$(wc -l <full.jsonl)" = 2/2
    "$sim" --help >/dev/full 2>err
    check "full: help" test $? -eq 2
    "$sim" --task nosuch 2>/dev/full
    check "full: an error" test $? -eq 2
    "$sim" study --task letters --sweep "network=fc 2;fc 3;fc 4, fc 3" --store some.jsonl >out 2>/dev/full
    check "full: messages of many runs" test $?/"$(wc -l <some.jsonl)" = 2/2
    mkdir gone
    local last
    last=$(lasting 3000)
    "$sim" --task letters --epochs "$last" --save gone/a.ckpt --json went.json >out 2>/dev/full &
    local pid=$!
    for _ in $(seq 3000); do [[ -s gone/a.ckpt ]] && break; sleep 0.01; done
    mv gone elsewhere
    wait $pid
    check "full: warnings of a run" test $?/"$(value went.json epochs_done)" = "2/$last"
    "$sim" --task letters --epochs 300 --json piped.json 2>err | head -1 >out
    check "nobody reads on: the run ends well" test "${PIPESTATUS[0]}/$(value piped.json epochs_done)$(<err)" = 141/300
    (ulimit -f 1 && exec "$sim" study --task letters --seeds 9 --store limited.jsonl) >out 2>err
    check "a limit on sizes: a study ends with 2" test $? -eq 2
    "$sim" "${letters[@]}" --json closed.json >&- 2>&-
    check "closed streams: status" test $? -eq 2
    check "closed streams: the record holds itself" test "$(head -c 1 closed.json)$(tail -c 2 closed.json)" = '{}'
}

test_failed_outputs() {
    mkdir v
    "$sim" "${letters[@]}" --epochs "$(lasting 3000)" --save v/s.ckpt --export v/x.npz --trace 1:0:0=v/t.csv --map 1=m.png \
        --json ok.json --csv ok.csv >out 2>err &
    local pid=$!
    for _ in $(seq 3000); do [[ -s v/s.ckpt ]] && break; sleep 0.01; done
    mv v away
    wait $pid
    check "outputs that fail: status" test $? -eq 2
    check "outputs that fail: the result is printed" test -n "$(signature out)"
    check "outputs that fail: all others are there" test -s ok.json -a -s ok.csv -a -s m.png
    check "outputs that fail: each is told" test "$(grep -c 'v/x.npz\|v/t.csv\|v/s.ckpt' err)" -ge 3
    run "${letters[@]}" --csv /dev/full --json also.json
    check "a full device: status" test "$status" -eq 2
    check "a full device: the record is there" test -s also.json
    check "a full device: told" grep -q -- '--csv /dev/full .*device.*No space left' err
    refused "a device as a record" "it is a device" "${letters[@]}" --json /dev/full
    ln -s "$work/linked.json" dangling
    run "${letters[@]}" --json dangling
    check "a link to nothing stays one" test -L dangling -a -f linked.json
    run "${letters[@]}" --save mode.ckpt
    chmod 600 mode.ckpt
    run "${letters[@]}" --save mode.ckpt
    check "a mode is kept" test "$(stat -c %a mode.ckpt)" = 600
    local long
    long=$(printf 'n%.0s' $(seq 250)).json
    run "${letters[@]}" --json "$long"
    check "a name of 255 bytes" test "$status" -eq 0 -a -s "$long"
    mkdir litter
    for _ in 1 2 3; do
        "$sim" --task letters --epochs 90000 --save litter/a.ckpt >/dev/null 2>&1 &
        pid=$!
        for _ in $(seq 3000); do [[ -s litter/a.ckpt ]] && break; sleep 0.01; done
        kill -9 $pid
        wait $pid 2>/dev/null
    done
    check "killed: little is left aside" test "$(ls -A litter | wc -l)" -le 2
}

test_evaluating_with_changes() {
    run "${letters[@]}" --target constant --device cycle_noise=0.1 --save dev.ckpt
    local sum
    sum=$(signature out)
    run eval dev.ckpt --device 'inference.seconds=[60, 3600]' --quiet --json e.json
    check "changes add up" test "$status/$(signature out)" = "0/$sum"
    check "changes add up: both are there" grep -q '"device": "cycle_noise=0.1;inference.seconds=\[60, 3600\]"' e.json
    run eval dev.ckpt --device 'cycle_noise=0.1;inference.seconds=60' --quiet --json e.json
    check "changes add up: a key once" grep -q '"device": "cycle_noise=0.1;inference.seconds=60"' e.json
    run eval dev.ckpt --device cells=pair --quiet --json e.json
    check "changes add up: other devices" grep -q '"device": "cycle_noise=0.1;cells=pair"' e.json
    refused "changes that do not fit" "[tiles] slice_bits and [inference] exclude each other" \
        eval dev.ckpt --device 'tiles.slice_bits=2;inference.seconds=60'
}

test_suggestions() {
    local word
    for word in lr/rate learning-rate/rate batch-size/batch batch_size/batch epoch/epochs lr-decay/rate-decay \
        model/network dataset/task gpu/threads weight-decay/decay num-workers/threads checkpoint/resume \
        Weight_Bits/weight-bits optimizer/rule; do
        refused "suggested: ${word#*/} for ${word%/*}" "did you mean '--${word#*/}'?" "--${word%/*}" 3
    done
    { letters_task '"fc 3"'; printf '[plan]\nlearning-rate = 0.1\n'; } >plan.toml
    refused "suggested: in a task's plan" "did you mean '--rate'?" --task plan.toml
    run "${letters[@]}" --device nosuch=1
    local key
    for key in lifetime lifetime_spread rest bound_spread verify_tries verify_within carry_base refresh_at \
        refresh_every bounds gamma A label states pulse; do
        check "known: $key, once" test "$(sed 's/.*known: //' err | tr ', ' '\n\n' | grep -cx "$key")" -eq 1
    done
    refused "known: what needs another key" "'rest' does nothing here; it needs lifetime" "${letters[@]}" --device rest=0
    refused "suggested: a key of a target" "did you mean 'lifetime'?" "${letters[@]}" --device lifetme=3
    refused "suggested: a key that needs another" "did you mean 'carry_base'?" "${letters[@]}" --device cary_base=3
    refused "suggested: a table" "did you mean 'tiles'?" "${letters[@]}" --device tile.rows=3
    refused "missing: a key that is no misspelt one" "'on_off' is missing, expected a number" \
        "${letters[@]}" --target constant --device cost.on_ohm=3
    check "missing: none is meant" test "$(grep -c "meant" err)" -eq 0
    { letters_task '"fc 3"'; echo 'foldr = "x"'; } | sed '/^folder/d' >task.toml
    refused "suggested: a key of a task" "is 'foldr' meant?" --task task.toml
}

test_terminals() {
    run --task letters --diagnose --epochs 2 --network 'fc 20, bn, relu, fc 3'
    check "diagnose: angles after every epoch" test "$(grep -cE '^  degrees from the true gradient: [0-9]+ 0$' out)" -eq 2
    check "diagnose: a table by layer" grep -qE '^1 fc 20 +[0-9.]+ +[0-9.]+ +[0-9.]+$' out
    run "${letters[@]}" --epochs 1 --save d.ckpt
    run eval d.ckpt --diagnose
    check "diagnose: of a saved network" grep -qE '^layer +now +equal signs %$' out
    if ! command -v script >/dev/null; then
        skip "terminals of any width" "script is not installed"
        return
    fi
    local width last
    last=$(lasting 1500)
    for width in 20 46 80 130; do
        script -qec "stty cols $width; $sim --task letters --epochs $last --network 'fc 100, bn, relu, fc 3' | cat >/dev/null" \
            /dev/null >live </dev/null
        check "live line within $width columns" \
            test "$(tr '\r' '\n' <live | sed 's/\x1b\[K//' | awk -v w="$width" 'length >= w' | wc -l)" -eq 0
        check "live line of $width columns is there" grep -q 'epoch [0-9]' live
    done
    script -qec "stty cols 80; $sim --task mnist --data synthetic --train-images 100 --test-images 10 --epochs 0" \
        /dev/null >echo </dev/null
    check "settings within 80 columns" test "$(tr -d '\r' <echo | sed '/^memory/q' | awk 'length > 80' | wc -l)" -eq 0
    COLUMNS=50 run --task mnist --data synthetic --train-images 100 --test-images 10 --epochs 0
    check "settings within 50 columns" test "$(sed '/^memory/q' out | awk 'length > 50' | wc -l)" -eq 0
}

# predicted FILE: wrong answers, and how many there are.
predicted() { awk -F, 'NR > 1 { wrong += $2 != $3 } END { printf "%d of %d\n", wrong, NR - 1 }' "$1"; }
test_predictions() {
    run --task mnist --data synthetic --train-images 300 --test-images 70 --epochs 1 --quiet --save p.ckpt --predictions p.csv
    check "predictions: a row an image" grep -qE '^image,label,predicted,logit_0,.*,logit_9$' p.csv
    local error
    error=$(sed -n 's/^test error \([0-9.]*\) %.*/\1/p' out)
    check "predictions: as many wrong as the test says" test "$(awk "BEGIN { printf \"%d of 70\", $error * 0.7 + 0.5 }")" = "$(predicted p.csv)"
    run eval p.ckpt --quiet --predictions q.csv
    check "predictions: of a saved network the same" cmp p.csv q.csv
    check "predictions: the first of the largest logits" awk -F, 'NR > 1 { best = 4; for (i = 5; i <= NF; ++i) if ($i > $best) best = i; if (best - 4 != $3) exit 1 }' p.csv
    run --task mnist --data synthetic --train-images 300 --test-images 70 --epochs 1 --quiet --arithmetic float --predictions f.csv
    error=$(sed -n 's/^test error \([0-9.]*\) %.*/\1/p' out)
    check "predictions: of floats" test "$(awk "BEGIN { printf \"%d of 70\", $error * 0.7 + 0.5 }")" = "$(predicted f.csv)"
    run --task letters --epochs 1 --quiet --predictions l.csv
    check "predictions: in the order of the test set" test "$(cut -d, -f1 l.csv | tail -n +2 | sort -nc && wc -l <l.csv)" = 31
    refused "predictions: another format" 'ends in .csv' --task letters --predictions p.txt
    refused "predictions: no such folder" 'cannot write' --task letters --epochs 1 --quiet --predictions nowhere/p.csv
}

# Names of classes that break what is careless: records, predictions, the confusion matrix, reports.
test_class_names() {
    letters_task '"fc 3"' >plain.toml
    { cat plain.toml && echo 'class_names = ["=cmd|'"' /C calc'"'!A0", "a,\"b\"\nc", "<script>alert(1)</script>|x"]'; } >named.toml
    run --task named.toml --epochs 2 --confusion --json named.json --predictions named.csv
    check "class names: trains" test "$status" -eq 0
    check "class names: one line each in the confusion matrix" test "$(sed -n '/^confusion/,$p' out | grep -cE '^ *[012] (=cmd|a,"b"\?c|<script>)')" -eq 3
    run --task plain.toml --epochs 2 --quiet --json plain.json --predictions plain.csv
    check "class names: the same run without" test "$(value plain.json signature)/$(value plain.json task_fingerprint)" = \
        "$(value named.json signature)/$(value named.json task_fingerprint)"
    run study --task plain.toml --sweep rate=0.1 --confusion --store classes.jsonl
    cp named.toml plain.toml
    run study --task plain.toml --sweep rate=0.1 --confusion --store classes.jsonl
    check "class names: stored runs still answer" grep -q '^1 runs, 1 of them' out
    run study --task named.toml --sweep rate=0.2 --confusion --store classes.jsonl
    run report classes.jsonl --out classes.html
    check "class names: nothing of them is markup" test "$(grep -c '<script>alert' classes.html)" -eq 0
    check "class names: in the page, as no markup" grep -qF '\u003cscript>alert(1)\u003c/script>|x' classes.html
    run report classes.jsonl --out classes.md
    check "class names: in Markdown" test "$status" -eq 0
    if ! command -v python3 >/dev/null; then
        skip "class names: read again" "python3 is not installed"
        return
    fi
    check "class names: read again" python3 - <<'PY'
import csv, json
names = ["=cmd|' /C calc'!A0", 'a,"b"\nc', "<script>alert(1)</script>|x"]
assert json.load(open("named.json"))["class_names"] == names
assert "class_names" not in json.load(open("plain.json"))
shown = ["'" + names[0], names[1], names[2]]
rows, plain = (list(csv.DictReader(open(file, newline=""))) for file in ("named.csv", "plain.csv"))
assert len(rows) == len(plain) == 30
for row, other in zip(rows, plain):
    assert (row.pop("label_name"), row.pop("predicted_name")) == (shown[int(row["label"])], shown[int(row["predicted"])])
    assert row == other
PY
}

test_line_breaks
test_hostile_names
test_outputs_that_are_inputs
test_two_outputs
test_full_disks
test_failed_outputs
test_evaluating_with_changes
test_suggestions
test_terminals
test_predictions
test_class_names
finish
