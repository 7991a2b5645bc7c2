#!/usr/bin/env bash
# Many runs as a black box: experiments, sweeps, the result store, tuning: test_experiment.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when
# one failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"
pid= # of a study in the background
trap '[[ -z $pid ]] || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT

# Waits until a command succeeds, 20 s at most.
until_true() {
    for _ in $(seq 1000); do
        "$@" 2>/dev/null && return 0
        sleep 0.02
    done
    return 1
}
lines() { wc -l <"$1"; }
said() { grep -q -- "$1" out; }

# A task that trains in no time.
cat >small.toml <<'TOML'
title = "small"
home = "-"
licence = "-"
reader = "idx"
folder = "small"
shape = [28, 28, 1]
classes = 10
train_count = 600
test_count = 100
network = "conv 9x9x4/4, bn, relu, fc 10"
[plan]
rate = 0.01
"sgd.rate" = 0.1
[column."usf+bn+bm2"]
rate = 0.02
[[published]]
column = "sgd"
error_percent = 50
mark = "paper"
source = "-"
TOML
small=(--task small.toml --data synthetic --train-images 200)
one=("${small[@]}" --store one.jsonl)

test_experiment() {
    run --experiment M "${small[@]}" --seeds 2 --jobs 2 --store m.jsonl
    check "experiment: status 0" test "$status" -eq 0
    check "experiment: a line a run" test "$(lines m.jsonl)" -eq 16
    check "experiment: progress with time left" test "$(grep -c '^\[[0-9]*/16\] .* left$' out)" -eq 16
    check "experiment: columns as in the paper" said '^task  *sgd  *bm1  *bm2  *bm3 '
    check "experiment: the last columns" said ' usf+bn+bm3$'
    check "experiment: mean and deviation" said '^small (synthetic)  *[0-9.]* +- [0-9.]* '
    check "experiment: marked as a stand-in" said '^synthetic: '
    check "experiment: no published value beside a stand-in" test "$(grep -c paper out)" -eq 0
    check "experiment: no job file is left" test ! -e m.jsonl.jobs
    for key in key experiment label task data column rate signature history test_error_percent; do
        check "store: every record has $key" test "$(grep -c "\"$key\":" m.jsonl)" -eq 16
    done
    check "store: settings of a column by the task" \
        test "$(grep '"column":"usf+bn+bm2"' m.jsonl | grep -c '"rate":0.02,')" -eq 2
    if command -v python3 >/dev/null; then
        check "store: every line is JSON" python3 -c \
            'import json; r = [json.loads(x) for x in open("m.jsonl")]; assert len({x["key"] for x in r}) == 16'
    else
        skip "store: every line is JSON" "python3 is not installed"
    fi
    cp out first
    run --experiment M "${small[@]}" --seeds 2 --store m.jsonl
    check "again: nothing is made" said '^16 runs, 16 of them in m.jsonl$'
    check "again: the same table" diff <(grep '^small' first) <(grep '^small' out)
    run --experiment A "${small[@]}" --seeds 2 --jobs 2 --store m.jsonl
    check "another experiment: shares columns" said '^22 runs, 8 of them in m.jsonl$'
    run --experiment M "${small[@]}" --seeds 2 --jobs 2 --epochs 2 --store m.jsonl
    check "a changed setting is another run" said '^16 runs, 0 of them in m.jsonl$'
    check "and does not enter the old table" test "$(lines m.jsonl)" -eq 46
}

test_column() {
    run "${small[@]}" --column usf+bn --json column.json --quiet
    for setting in '"feedback": "usf"' '"bn": "plain"' '"rule": "sgd"' '"column": "usf+bn"'; do
        check "column: $setting" grep -q "$setting" column.json
    done
    run "${small[@]}" --column usf+bn+bm2 --rate 0.03 --json column.json --quiet
    check "column: the command line wins" grep -q '"rate": 0.03' column.json
    refused "column: not bent" "--bn none contradicts --column bn" --column bn --bn none
    refused "column: unknown" "did you mean 'usf+bm1'?" --column usf+bm
    refused "experiment: unknown" "there is none of this name" --experiment AA
    refused "experiment and column" "leave --column out" --experiment A --column sgd
    refused "experiment: files of one run" "--save: belongs to one run" --experiment A --save x
    refused "experiment: real data first" "were not found" --experiment A --data real
    refused "experiment: a mistake in any run" "no such choice" --sweep rule=bm1 --bn nine
    cp small.toml other.toml
    sed -i 's/usf+bn+bm2/usf+bn+bm9/' other.toml
    refused "task: unknown column" "did you mean" --task other.toml --column sgd
}

test_sweep() {
    run "${one[@]}" --sweep weight-bits=1,2,4..8/2 --sweep rule=bm1,bm3 --jobs 2 --table-format csv
    check "sweep: status 0" test "$status" -eq 0
    check "sweep: axes multiply" test "$(lines one.jsonl)" -eq 10
    check "sweep: rows and columns" test "$(grep -c '^"small, weight-bits [12468] (synthetic)",[0-9.]*,[0-9.]*$' out)" -eq 5
    check "sweep: head" said '^task,rule bm1,rule bm3$'
    run "${one[@]}" --sweep weight-bits=4 --rule bm3 --table-format markdown
    check "sweep: one axis is a column" said '^| small, weight-bits 4 (synthetic) | [0-9.]* |$'
    check "sweep: the same settings are the same run" said '^1 runs, 1 of them in one.jsonl$'
    run --task small.toml,mnist --data synthetic --train-images 100 --test-images 100 --epochs 1 \
        --arithmetic fixed,float --store one.jsonl
    check "lists of tasks" test "$(grep -c '^mnist, arithmetic f' out)" -eq 2
    check "lists of arithmetics" said '^small, arithmetic float (synthetic)'
    refused "sweep: no values" "expected OPTION=VALUES" "${one[@]}" --sweep weight-bits
    refused "sweep: unknown option" "did you mean '--weight-bits'?" "${one[@]}" --sweep weight-bit=1
    refused "sweep: value out of range" "--weight-bits 17: expected" "${one[@]}" --sweep weight-bits=8,17
    refused "sweep: unknown value" "did you mean 'bm1'?" "${one[@]}" --sweep rule=bm11
    refused "sweep: empty value" "--sweep weight-bits=1,,2" "${one[@]}" --sweep weight-bits=1,,2
    refused "sweep: backward range" "'8..4' is no range" "${one[@]}" --sweep weight-bits=8..4
    refused "sweep: twice the same value" "given twice" "${one[@]}" --sweep weight-bits=1..3,2
    refused "sweep: twice the same option" "swept twice" "${one[@]}" --sweep batch=1 --sweep batch=2
    refused "sweep: given as well" "given as well" "${one[@]}" --batch 3 --sweep batch=1
    refused "sweep: of seeds" "--seeds" "${one[@]}" --sweep seed=1..3
    refused "sweep: of what changes nothing" "does not change a run" "${one[@]}" --sweep quiet=true
    refused "sweep: too many" "more than" "${one[@]}" --sweep train-images=1..1000000
}

# A job that fails, or is killed, costs no other run.
test_failures() {
    run "${small[@]}" --store f.jsonl --sweep weight-bits=8 --sweep "network=fc 10;fc 9;bn, fc 10" --jobs 2
    check "failure: status 2" test "$status" -eq 2
    check "failure: told with its reason" grep -q 'network fc 9 seed 1 failed: exit status 2: .*10 classes' err
    check "failure: the others are kept" test "$(lines f.jsonl)" -eq 1
    check "failure: its cell is empty" said '^small, weight-bits 8 (synthetic) .* - '
    "$sim" "${small[@]}" --store k.jsonl --sweep epochs=1,100000,2 >out 2>err &
    pid=$!
    until_true pgrep -P $pid -f epochs=100000 >/dev/null
    pkill -9 -P $pid -f epochs=100000
    wait $pid
    check "killed job: status 2" test $? -eq 2
    pid=
    check "killed job: told" grep -q 'epochs 100000 .*failed: ended by signal 9' err
    check "killed job: the others are kept" test "$(lines k.jsonl)" -eq 2
    check "killed job: nothing is left aside" test ! -e k.jsonl.jobs
}

# A store that is replaced while runs are made, as by a version control system.
test_replaced_store() {
    run "${small[@]}" --sweep weight-bits=7,8 --store p.jsonl
    head -1 p.jsonl >other.jsonl
    rm p.jsonl
    "$sim" "${small[@]}" --sweep weight-bits=7,8 --epochs 40 --jobs 1 --store p.jsonl >/dev/null 2>&1 &
    pid=$!
    until_true test -e p.jsonl.jobs
    mv other.jsonl p.jsonl
    wait $pid
    pid=
    check "replaced store: keeps its line, and gets the new ones" test "$(lines p.jsonl)" -eq 3
}

# kill -9 of all, damaged lines, and what Ctrl-C leaves.
test_recovery() {
    "$sim" "${small[@]}" --store r.jsonl --sweep epochs=1,2,100000 >out 2>err &
    pid=$!
    until_true pgrep -P $pid -f epochs=100000 >/dev/null
    local child
    child=$(pgrep -P $pid -f epochs=100000)
    refused "a second writer" "another run of the program is writing to it" "${small[@]}" --store r.jsonl
    kill -9 $pid
    wait $pid 2>/dev/null
    pid=
    gone() { ! kill -0 "$child"; }
    check "killed: its jobs end with it" until_true gone
    check "killed: finished runs are in the store" test "$(lines r.jsonl)" -eq 2
    local whole
    whole=$(head -1 r.jsonl)
    { echo "$whole"; echo 'no record'; echo '{"key":1}'; sed -n 2p r.jsonl | head -c 300; } >cut
    mv cut r.jsonl
    run "${small[@]}" --store r.jsonl --sweep epochs=1,2
    check "damaged store: goes on" test "$status" -eq 0
    check "damaged store: whole lines count" said '^2 runs, 1 of them'
    check "damaged store: bad lines are told" test "$(grep -c 'r.jsonl:[23]: not a record' err)" -eq 2
    check "damaged store: the cut line is told" grep -q 'r.jsonl:4: the last line broke off after 300 bytes' err
    check "damaged store: mended" test "$(lines r.jsonl)/$(tail -1 r.jsonl | head -c 8)" = '2/{"key":"'
    check "damaged store: bad lines are kept aside" cmp -s r.jsonl.bad <(echo 'no record'; echo '{"key":1}')
    printf '%s' "$whole" >r.jsonl
    run "${small[@]}" --store r.jsonl --sweep epochs=1,2
    check "a last line without its end counts" test "$(lines r.jsonl)" -eq 2
    "$sim" "${small[@]}" --store r.jsonl --sweep epochs=1,100000 >out 2>err &
    pid=$!
    until_true pgrep -P $pid -f epochs=100000 >/dev/null
    kill -TERM $pid
    wait $pid
    check "SIGTERM: status 143" test $? -eq 143
    pid=
    check "SIGTERM: says how to go on" grep -q 'the same command goes on' err
    check "SIGTERM: nothing half saved" test "$(lines r.jsonl)" -eq 2
    check "SIGTERM: nothing left aside" test ! -e r.jsonl.jobs
    mkdir folder
    refused "store: a folder" "this is a folder" "${small[@]}" --store folder
    refused "store: no such folder" "No such file" "${small[@]}" --store no/r.jsonl
}

# Leaves the record of a run of two epochs in $1.jobs, as when the caller is killed before it takes it.
leave_record() {
    "$sim" "${small[@]}" --store "$1" --sweep epochs=200 >/dev/null 2>&1 &
    pid=$!
    until_true pgrep -P $pid -f epochs=200 >/dev/null
    kill -STOP $pid
    until_true ls "$1".jobs/job_*.json >/dev/null
    kill -9 $pid
    wait $pid 2>/dev/null
    pid=
}

test_leftovers() {
    : >l.jsonl
    leave_record l.jsonl
    check "leftover: there is one" test "$(ls l.jsonl.jobs/job_*.json | wc -l)" -eq 1
    run "${small[@]}" --store l.jsonl --sweep epochs=200,3
    check "leftover: taken by its own store" said '^2 runs, 1 of them'
    check "leftover: its file is gone" test ! -e l.jsonl.jobs
    rm l.jsonl
    : >l.jsonl
    leave_record l.jsonl
    touch l.jsonl.jobs/mine.txt
    echo thesis >thesis.tex
    ln -s ../thesis.tex l.jsonl.jobs/job_0123456789abcdef.log
    rm l.jsonl
    run "${small[@]}" --store l.jsonl --sweep epochs=200
    check "leftover: not taken by a new store" said '^1 runs, 0 of them'
    check "leftover: told" grep -q 'l.jsonl.jobs: removed 1 record' err
    check "leftover: a file that is no job's stays" test "$(ls -A l.jsonl.jobs)" = mine.txt
    check "leftover: nothing goes through a link" test "$(cat thesis.tex)" = thesis
    mkdir home
    echo thesis >home/thesis.tex
    ln -s home c.jsonl.jobs
    refused "jobs: not through a link" "this is a link" "${small[@]}" --store c.jsonl
    check "jobs: nothing behind the link is touched" test "$(ls -A home)" = thesis.tex
    echo text >file.jsonl.jobs
    refused "jobs: not over a file" "this is a file" "${small[@]}" --store file.jsonl
}

# The error of the last table.
error_of() { sed -n 's/^small[^0-9]* \([0-9.]*\)$/\1/p' out; }

test_content() {
    printf 'title="t"\ncitation="c"\n[device]\nstuck_random=0.0\n' >my.toml
    run "${small[@]}" --target my.toml --store t.jsonl
    local before
    before=$(error_of)
    printf '# comment\ncitation="c"\ntitle="u"\n[device]\nstuck_random = 0\n' >my.toml
    run "${small[@]}" --target my.toml --store t.jsonl
    check "target file: a comment changes nothing" said '^1 runs, 1 of them'
    sed -i 's/= 0$/= 0.95/' my.toml
    run "${small[@]}" --target my.toml --store t.jsonl
    check "target file: another device is another run" said '^1 runs, 0 of them'
    local after
    after=$(error_of)
    check "target file: and has its own error" test "$before" != "$after"
    run "${small[@]}" --target my.toml --json truth.json --quiet
    check "target file: which is the true one" test "$(printf %.2f "$(value truth.json test_error_percent)")" = "$after"
    mkdir a b
    cp my.toml a/dev.toml
    sed 's/0.95/0.5/' my.toml >b/dev.toml
    run "${small[@]}" --sweep target=a/dev.toml,b/dev.toml --store t.jsonl
    check "target files of one name: two runs, of which one is known" said '^2 runs, 1 of them'
    run --report t.jsonl --out t.csv
    check "target files of one name: two groups" test "$(grep -c 'target dev' t.csv)" -eq 1 -a "$(grep -c '^small' t.csv)" -eq 3
    cp small.toml task.toml
    run --task task.toml --data synthetic --store t.jsonl
    sed -i 's/^train_count = .*/train_count = 60/' task.toml
    run --task task.toml --data synthetic --store t.jsonl
    check "task file: fewer images are another run" said '^1 runs, 0 of them'
    mkdir pixels
    idx pixels train 60
    idx pixels t10k 20
    sed 's/^network = .*/network = "fc 10"/' "$here/../datasets/mnist.toml" >r.toml
    run --task r.toml --data pixels --epochs 1 --store t.jsonl
    run --task r.toml --data pixels --epochs 1 --store t.jsonl
    check "data: the same files are the same run" said '^1 runs, 1 of them'
    printf '\7' | dd of=pixels/train-images-idx3-ubyte bs=1 seek=100 conv=notrunc 2>/dev/null
    run --task r.toml --data pixels --epochs 1 --store t.jsonl
    check "data: another pixel is another run" said '^1 runs, 0 of them'
}

# A published value stands beside runs that are the task's own alone.
test_published() {
    mkdir whole
    idx whole train 60
    idx whole t10k 20
    sed -n '/^\[\[file\]\]/,$p' "$here/../datasets/mnist.toml" | sed '/^\[\[published/,$d' >files
    { sed 's/^train_count = .*/train_count = 60/; s/^test_count = .*/test_count = 20/' small.toml; cat files; } >paper.toml
    local plain=(--task paper.toml --data whole --epochs 1 --column sgd --store paper.jsonl)
    run "${plain[@]}"
    check "published: beside a run of the task's own" said '^paper  *[0-9.]* [<>=]$'
    check "published: the value" said '^  paper  *50.00$'
    for change in "--network=fc 20, relu, fc 10" --network=fc\ 10 --device=stuck_random=0.9 --target=pcm --train-images=30 \
        --test-images=10 --holdout=10; do
        run "${plain[@]}" "$change"
        check "published: not beside $change" test "$status/$(grep -c '^  paper\|[<>=]$' out)" = 0/0
    done
    run "${plain[@]}" --sweep "network=conv 9x9x4/4, bn, relu, fc 10;fc 10"
    check "published: beside one row of two" test "$(grep -c '[<>=]$' out)" -eq 1
}

test_recorded() {
    local many=("${small[@]}" --epochs 1 --sweep weight-bits=7,8 --store w.jsonl)
    run "${many[@]}"
    run "${many[@]}" --confusion
    check "more to record: made again" said '^2 runs, 0 of them'
    check "more to record: recorded" test "$(grep -c '"confusion":' w.jsonl)" -eq 2
    run "${many[@]}" --diagnose --filters
    check "more to record: with what was recorded before" test "$(grep -c '"confusion":.*"check"' w.jsonl)" -eq 4
    check "more to record: the diagnosis" test "$(grep -c angle_degrees w.jsonl)" -eq 2
    for more in --diagnose --confusion --filters --quiet; do
        run "${many[@]}" $more
        check "what is recorded is not made again: $more" test "$(lines w.jsonl)" -eq 6
    done
    run --report w.jsonl --out w.csv
    check "more to record: no run counts twice" test "$(grep -c ',test,1,' w.csv)/$(cut -d: -f2 out)" = '2/ 2 runs from w.jsonl'
}

test_foreign() {
    printf 'my notes\nlast line' >notes.txt
    cp notes.txt before
    refused "foreign: a text" "not a result store" "${small[@]}" --store notes.txt
    check "foreign: a text is as it was" cmp -s notes.txt before
    run "${small[@]}" --save v.ckpt --quiet
    cp v.ckpt before
    refused "foreign: a checkpoint" "not a result store" "${small[@]}" --store v.ckpt
    check "foreign: a checkpoint is as it was" cmp -s v.ckpt before
    refused "foreign: a device" "device or a pipe" "${small[@]}" --store /dev/null
    run "${small[@]}" --seeds 3 --store d.jsonl
    sed -i '2s/"test_error_percent":[0-9]/"test_error_percent":1/' d.jsonl
    sed -n 2p d.jsonl >changed
    run --report d.jsonl --out d.csv
    check "changed digits: told by a report" grep -q 'd.jsonl:2: its checksum does not fit' err
    check "changed digits: the others are used" grep -q ',test,2,' d.csv
    run "${small[@]}" --seeds 3 --store d.jsonl
    check "changed digits: told by a study" grep -q 'd.jsonl:2: its checksum does not fit' err
    check "changed digits: made again" said '^3 runs, 2 of them'
    check "changed digits: set aside" cmp -s changed d.jsonl.bad
    "$sim" "${small[@]}" --seeds 3 --store d.jsonl --table-format csv >/dev/full 2>err
    check "a table that cannot be written: status 2" test $? -eq 2
    check "a table that cannot be written: told" grep -q 'No space left' err
    "$sim" "${small[@]}" --sweep "network=fc 9;bn, fc 9;fc 10" --store e.jsonl >out 2>/dev/full
    check "standard error is full: status 2" test $? -eq 2
    check "standard error is full: the good run is kept" test "$(lines e.jsonl)" -eq 1
    "$sim" "${small[@]}" --epochs 1 --seeds 2 --store e.jsonl >/dev/full 2>err
    check "standard output is full: runs are kept" test "$(lines e.jsonl)" -eq 3
}

test_fates() {
    refused "hardware: told before the first run" "weight-bits 12 error %: " --task letters --target pcm \
        --sweep weight-bits=8,12 --store h.jsonl
    check "hardware: and what could be made" grep -q 'weight-bits 8 error %: could be made' err
    check "hardware: no store is made" test ! -e h.jsonl
}

# The reported number of a JSON line's key.
field() { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p"; }

test_tune() {
    sed 's/^train_count = .*/train_count = 900/; s/^rate = 0.01/epochs = 4/' small.toml >mine.toml
    run --tune --task mine.toml --data synthetic --column usf+bn,bm1 --jobs 2
    check "tune: status 0" test "$status" -eq 0
    check "tune: four decades first" test "$(grep -c '^\[[0-9]/8\] mine [a-z0-9+]*, rate 0*[.0]*1 ' out)" -eq 8
    check "tune: only held-out images are reported on" \
        test "$(grep -c '"reported_on":"holdout"' tuning.jsonl)" -eq "$(lines tuning.jsonl)"
    check "tune: short runs" test "$(grep -c '"epochs":3,' tuning.jsonl)" -eq "$(lines tuning.jsonl)"
    local best rate
    best=$(grep usf+bn tuning.jsonl | field test_error_percent | sort -g | head -1)
    rate=$(grep "\"test_error_percent\":$best,\"test_loss" tuning.jsonl | grep usf+bn | field rate)
    check "tune: the best rate is taken" \
        test "$(sed -n '/"usf+bn"/,/^rate/s/^rate = //p' mine.tuned.toml)" = "$(head -1 <<<"$rate")"
    for key in 'data = "synthetic"' 'held_out_images = 150' 'train_images = 750' 'seed = 1' \
        'command = "crossbar_sim --task mine.toml .*--tune' 'date = "20'; do
        check "tune: provenance: ${key%% =*}" test "$(grep -c "^$key" mine.tuned.toml)" -eq 2
    done
    cp mine.tuned.toml before
    cp tuning.jsonl runs
    run --tune --task mine.toml --data synthetic --column usf+bn --quiet
    check "tune: again, nothing is made" cmp -s tuning.jsonl runs
    check "tune: again, the same rates" cmp -s <(grep ^rate before) <(grep ^rate mine.tuned.toml)
    sed -i '/"usf+bn"/,/^rate/s/^rate = .*/rate = 0.123/' mine.tuned.toml
    run --task mine.toml --data synthetic --column usf+bn --json t.json --quiet
    check "tuned: taken by the column" grep -q '"rate": 0.123' t.json
    run --task mine.toml --data synthetic --feedback usf --rule sgd --json t.json --quiet
    check "tuned: by nothing else" grep -q '"rate": 0.1,' t.json
    run --task mine.toml --data synthetic --column usf+bn --rate 0.2 --json t.json --quiet
    check "tuned: the command line wins" grep -q '"rate": 0.2,' t.json
    sed -i '/"usf+bn"/,/^data/s/^data = .*/data = "real"/' mine.tuned.toml
    run --tune --task mine.toml --data synthetic --column usf+bn --quiet
    check "tune: a stand-in's rate replaces none of real images" grep -q '^rate = 0.123$' mine.tuned.toml
    check "tune: and says so" grep -q 'keeps the rate' err
    sed -i 's/^rate = 0.123/rate = "fast"/' mine.tuned.toml
    refused "tuned: damaged" "mine.tuned.toml:" --task mine.toml --data synthetic
    rm mine.tuned.toml
    mkdir few
    idx few train 90
    idx few t10k 20
    sed 's/^network = .*/network = "conv 9x9x4\/4, bn, relu, fc 10"/' "$here/../datasets/mnist.toml" >few.toml
    run --tune --task few.toml --data few --column frsf+bn+bm1 --store few.jsonl --quiet
    check "tune: fewer files than the task's count: status 0" test "$status" -eq 0
    check "tune: a sixth of those that are there is held out" grep -q '^held_out_images = 15$' few.tuned.toml
    refused "tune: no column" "which columns" --tune --task mine.toml
    refused "tune: a rate" "leave it out" --tune --column sgd --rate 0.1
    refused "tune: no place for the rates" "datasets/mnist.toml is not below this folder" --tune --column sgd
}

test_experiment
test_column
test_sweep
test_failures
test_recovery
test_leftovers
test_replaced_store
test_content
test_published
test_recorded
test_foreign
test_fates
test_tune
finish
