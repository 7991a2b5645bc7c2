#!/usr/bin/env bash
# What is written as each epoch ends, as a black box: --epoch-csv and --tensorboard, new runs and resumed ones, files that are
# something else: test_epochs.sh BINARY. Event files are read by a parser of its own, tests/read_events.py.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

own own.toml '[14, 14, 1]' 10 'conv 5x5x4, bn, max 2x2/2, relu, fc 10'
small=(--task own.toml --data synthetic --quiet)
without_python() { command -v python3 >/dev/null && return 1; skip "$1" "python3 is not installed"; }
# column FILE NAME: its values, one per line.
column() { awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) at = i; next } { print $at }' "$1"; }
events() { python3 "$here/read_events.py" "$1"; }
# scalar DIR TAG: its values, step by step.
scalar() { events "$1" | awk -v tag="$2" '$2 == tag { print $1 ":" $3 }' | xargs; }

test_rows() {
    run "${small[@]}" --epochs 4 --rate-decay 0.5 --rate 0.01 --epoch-csv e.csv --json e.json --save e.ckpt --diagnose
    check "csv: exit status" test "$status" -eq 0
    check "csv: its columns" test "$(head -1 e.csv)" = \
        epoch,train_seconds,rate,train_error_percent,train_loss,test_error_percent,test_loss,pulses_per_synapse,saturated_percent,angle_degrees_1,angle_degrees_2
    check "csv: a row per epoch" test "$(column e.csv epoch | xargs)" = "1 2 3 4"
    check "csv: the rate falls" test "$(column e.csv rate | xargs)" = "0.01 0.005 0.0025 0.00125"
    local plain
    plain=$(signature out)
    run "${small[@]}" --epochs 4 --rate-decay 0.5 --rate 0.01
    check "csv: the signature is as without it" test "$(signature out)" = "$plain"
    without_python "csv: as in the record" && return
    check "csv: as in the record" python3 - <<'PY'
import csv, json
rows, record = list(csv.DictReader(open("e.csv", newline=""))), json.load(open("e.json"))
assert len(rows) == len(record["history"]) == 4
for row, epoch in zip(rows, record["history"]):
    for name in "epoch", "train_seconds", "train_error_percent", "train_loss", "test_error_percent", "test_loss", "pulses_per_synapse":
        assert float(row[name]) == epoch[name], name
    for i, layer in enumerate(epoch["layers"], 1):
        assert row[f"angle_degrees_{i}"] == ("" if layer["angle_degrees"] is None else f'{layer["angle_degrees"]:.12g}')
saturated = sum(layer["saturated_synapses"] for layer in record["layers"])
assert float(rows[-1]["saturated_percent"]) == round(100 * saturated / record["synapses"], 4)
PY
}

# Rows come while the run trains, whole ones alone.
test_live() {
    "$sim" "${small[@]}" --epochs 400 --epoch-csv live.csv --tensorboard live >/dev/null 2>&1 &
    local pid=$! seen=0 broken=0
    for _ in $(seq 3000); do
        [[ -s live.csv ]] || { sleep 0.01; continue; }
        seen=$(wc -l <live.csv)
        [[ -z $(tail -c 1 live.csv) ]] || broken=1
        [[ $seen -ge 5 ]] && break
        sleep 0.01
    done
    local runs=0
    kill -0 "$pid" 2>/dev/null && runs=1
    kill "$pid" && wait "$pid"
    check "live: rows while it trains" test "$seen" -ge 5 -a "$runs" -eq 1
    check "live: whole lines" test "$broken" -eq 0
    without_python "live: events of a run that was stopped" && return
    check "live: events of a run that was stopped" test "$(events live | awk '$2 == "loss/test"' | wc -l)" -eq $(($(wc -l <live.csv) - 1))
}

test_resumed() {
    run "${small[@]}" --epochs 3 --epoch-csv r.csv --tensorboard tb --save r.ckpt
    cp r.ckpt three.ckpt
    cp r.csv three.csv
    run --resume r.ckpt --epochs 5 --quiet --epoch-csv r.csv --tensorboard tb
    check "resumed: goes on" test "$(column r.csv epoch | xargs)" = "1 2 3 4 5"
    check "resumed: earlier rows stay" cmp -s <(head -4 r.csv) three.csv
    # Again from the earlier checkpoint: later rows are replaced.
    run --resume three.ckpt --save again.ckpt --epochs 4 --quiet --epoch-csv r.csv --tensorboard tb
    check "resumed from before: replaced, not doubled" test "$(column r.csv epoch | xargs)" = "1 2 3 4"
    run "${small[@]}" --epochs 4 --epoch-csv whole.csv --tensorboard whole
    check "resumed: the same figures as in one go" cmp -s <(cut -d, -f1,3- r.csv) <(cut -d, -f1,3- whole.csv)
    printf '4,0.1,0.0' >>three.csv
    run --resume three.ckpt --save again.ckpt --epochs 5 --quiet --epoch-csv three.csv
    check "resumed: a row that broke off is gone" test "$(column three.csv epoch | xargs)" = "1 2 3 4 5"
    run --resume three.ckpt --save again.ckpt --epochs 4 --quiet --epoch-csv new.csv --tensorboard new
    check "resumed: a new file has the earlier epochs" cmp -s <(cut -d, -f1,3-8 new.csv) <(cut -d, -f1,3-8 whole.csv)
    check "resumed: but not what is known no more" test "$(column new.csv saturated_percent | head -3 | xargs)" = ""
    sed 's/^2,\([^,]*\),0.0/2,\1,0.1/' whole.csv >other.csv
    cp other.csv before.csv
    refused "resumed: another run's file" "other.csv:3: rate is" --resume three.ckpt --save again.ckpt --epochs 4 --epoch-csv other.csv
    check "resumed: which stays" cmp -s other.csv before.csv
    run "${small[@]}" --epochs 1 --epoch-csv whole.csv
    check "a new run: replaces the rows" test "$(column whole.csv epoch | xargs)" = 1
    without_python "resumed: events" && return
    check "resumed: three event files" test "$(find tb -type f | wc -l)" -eq 3
    check "resumed: events of one run, each step once" test "$(scalar tb error_percent/test)" = "$(scalar whole error_percent/test)"
    check "resumed: a new folder has the earlier epochs" test "$(scalar new loss/train)" = "$(scalar whole loss/train)"
}

test_events() {
    without_python "events" && return
    run "${small[@]}" --epochs 2 --diagnose --tensorboard deep/er --epoch-csv t.csv
    check "events: a folder is made" test "$(find deep/er -name 'events.out.tfevents.*' | wc -l)" -eq 1
    local name tag
    while read -r name tag; do
        check "events: $tag" test "$(scalar deep/er "$tag" | sed 's/[0-9]*://g')" = "$(column t.csv "$name" | xargs printf '%.6g ' | sed 's/ $//')"
    done <<'PAIRS'
train_seconds seconds/train
rate rate
train_error_percent error_percent/train
train_loss loss/train
test_error_percent error_percent/test
test_loss loss/test
pulses_per_synapse pulses_per_synapse
saturated_percent saturated_percent
angle_degrees_1 angle_degrees/1_conv_5x5x4
angle_degrees_2 angle_degrees/2_fc_10
PAIRS
    run "${small[@]}" --epochs 1 --arithmetic float --tensorboard floats --epoch-csv f.csv
    check "events: floats" test "$(events floats | wc -l)" -eq 7 -a "$(column f.csv saturated_percent)" = ""
    run "${small[@]}" --epochs 1 --rule bm4 --weight-bits 1 --holdout 50 --tensorboard votes
    check "events: no rate of votes; held-out images" test "$(events votes | awk '{ print $2 }' | sort | xargs)" = \
        "error_percent/holdout error_percent/train loss/holdout loss/train pulses_per_synapse saturated_percent seconds/train"
}

test_refused() {
    printf 'a,b\n1,2\n' >other.csv
    refused "csv: something else" "other.csv:1: the file has other columns" "${small[@]}" --epoch-csv other.csv
    check "csv: which stays" test "$(xargs <other.csv)" = "a,b 1,2"
    head -c 3000 /dev/urandom >noise.csv
    refused "csv: noise" "noise.csv:1: " "${small[@]}" --epoch-csv noise.csv
    run "${small[@]}" --epochs 2 --epoch-csv plain.csv --save plain.ckpt
    refused "csv: angles that were not asked for" "--diagnose" --resume plain.ckpt --epochs 3 --diagnose --epoch-csv plain.csv
    printf 'x\n' >>plain.csv
    refused "csv: a line that is no row" "plain.csv:4: 'x', expected the row of epoch 3" --resume plain.ckpt --epochs 3 --epoch-csv plain.csv
    refused "csv: no such folder" "no/e.csv" "${small[@]}" --epoch-csv no/e.csv
    mkdir folder.csv
    refused "csv: a folder" "this is no file" "${small[@]}" --epoch-csv folder.csv
    refused "csv: another format" "ends in .csv" "${small[@]}" --epoch-csv e.txt
    refused "csv: a file for two" "file of its own" "${small[@]}" --epoch-csv same.csv --csv same.csv
    refused "csv: of many runs" "--epoch-csv belongs to" study --task own.toml --sweep rate=0.1 --epoch-csv e.csv
    refused "csv: of a test" "--epoch-csv belongs to" eval plain.ckpt --epoch-csv e.csv
    refused "csv: nothing trains" "--epoch-csv has nothing to tell" "${small[@]}" --show-settings --epoch-csv e.csv
    refused "events: a file" "this is no folder" "${small[@]}" --tensorboard other.csv
    refused "events: below a file" "no folder can be made" "${small[@]}" --tensorboard other.csv/deep
    run "${small[@]}" --epochs 1 --tensorboard once
    refused "events: another run's folder" "a folder of its own, such as once/run2" "${small[@]}" --tensorboard once
    check "events: which stays" test "$(find once -type f | wc -l)" -eq 1
    run "${small[@]}" --epochs 2 --epoch-csv lost.csv --json lost.json --save /dev/full
    check "nothing is written before all can be" test "$status" -eq 2 -a ! -e lost.csv
}

# No room for more rows: told once on the way and at the end, the run goes on, and the file holds whole rows.
test_full() {
    (ulimit -f 1 && exec "$sim" --task letters --epochs 60 --epoch-csv room.csv --quiet) >out 2>err
    local status=$?
    check "full: status 2, and the result" test "$status" -eq 2 -a "$(grep -c '^test error' out)" -eq 1
    check "full: told once on the way, and at the end" test "$(grep -c 'training goes on' err)/$(grep -c 'cannot append: File too large' err)" = 1/2
    local rows
    rows=$(($(wc -l <room.csv) - 1))
    check "full: whole rows" test "$rows" -gt 5 -a "$rows" -lt 60 -a "$(tail -1 room.csv | cut -d, -f1)" -eq "$rows" -a -z "$(tail -c 1 room.csv)"
}

test_rows
test_live
test_resumed
test_events
test_refused
test_full
finish
