#!/usr/bin/env bash
# Many runs as a black box: experiments, sweeps, their tables: test_study.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

many_runs
one=(study "${small[@]}" --store one.jsonl)

test_experiment() {
    run study --experiment M "${small[@]}" --seeds 2 --jobs 2 --store m.jsonl
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
    run study --experiment M "${small[@]}" --seeds 2 --store m.jsonl
    check "again: nothing is made" said '^16 runs, 16 of them in m.jsonl$'
    check "again: the same table" diff <(grep '^small' first) <(grep '^small' out)
    run study --experiment A "${small[@]}" --seeds 2 --jobs 2 --store m.jsonl
    check "another experiment: shares columns" said '^22 runs, 8 of them in m.jsonl$'
    run study --experiment M "${small[@]}" --seeds 2 --jobs 2 --epochs 2 --store m.jsonl
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
    refused "experiment: unknown" "there is none of this name" study --experiment AA
    refused "experiment and column" "leave --column out" study --experiment A --column sgd
    refused "experiment: files of one run" "--save belongs to 'crossbar_sim train'" study --experiment A --save x
    refused "experiment: real data first" "were not found" study --experiment A --data real
    refused "experiment: a mistake in any run" "no such choice" study --sweep rule=bm1 --bn nine
    cp small.toml other.toml
    sed -i 's/usf+bn+bm2/usf+bn+bm9/' other.toml
    refused "task: unknown column" "did you mean" --task other.toml --column sgd
}

test_sweep() {
    run "${one[@]}" --sweep weight-bits=1,2,4..8/2 --sweep rule=bm1,bm3 --jobs 2 --table-format csv
    check "sweep: status 0" test "$status" -eq 0
    check "sweep: axes multiply" test "$(lines one.jsonl)" -eq 10
    check "sweep: rows and columns" test "$(grep -cE '^small(.toml)?,synthetic,[12468],bm[13],test,1,[0-9.]+,,,$' out)" -eq 10
    check "sweep: a column for each axis" said '^task,data,weight_bits,rule,reported_on,seeds,test_error_percent,test_error_deviation,published_percent,published_mark$'
    run "${one[@]}" --sweep weight-bits=4 --rule bm3 --table-format markdown
    check "sweep: one axis is a column" said '^| small, weight-bits 4 (synthetic) | [0-9.]* |$'
    check "sweep: the same settings are the same run" said '^1 runs, 1 of them in one.jsonl$'
    run study --task small.toml,mnist --data synthetic --train-images 100 --test-images 100 --epochs 1 \
        --arithmetic fixed,float --store one.jsonl
    check "lists of tasks" test "$(grep -c '^mnist, arithmetic f' out)" -eq 2
    check "lists of arithmetics" said '^small, arithmetic float (synthetic)'
    refused "sweep: no values" "expected OPTION=VALUES" "${one[@]}" --sweep weight-bits
    refused "sweep: unknown option" "did you mean '--weight-bits'?" "${one[@]}" --sweep weight-bit=1
    refused "sweep: value out of range" "--weight-bits 17: expected" "${one[@]}" --sweep weight-bits=8,17
    refused "sweep: unknown value" "did you mean 'bm1'?" "${one[@]}" --sweep rule=bm11
    refused "sweep: empty value" "--sweep weight-bits=1,,2" "${one[@]}" --sweep weight-bits=1,,2
    refused "sweep: backward range" "'8..4' is not a range" "${one[@]}" --sweep weight-bits=8..4
    refused "sweep: twice the same value" "given twice" "${one[@]}" --sweep weight-bits=1..3,2
    refused "sweep: twice the same option" "swept twice" "${one[@]}" --sweep batch=1 --sweep batch=2
    refused "sweep: given as well" "given as well" "${one[@]}" --batch 3 --sweep batch=1
    refused "sweep: of seeds" "--seeds" "${one[@]}" --sweep seed=1..3
    refused "sweep: of what changes nothing" "does not change a run" "${one[@]}" --sweep threads=1,2
    refused "sweep: of what plays no part" "--sweep readout-rate=0.1,0.3: it plays no part, so that these runs would be one and the same: " \
        "${one[@]}" --rule sgd --sweep readout-rate=0.1,0.3
    run "${one[@]}" --sweep rule=sgd,bm1 --sweep readout-rate=0.1
    check "sweep: of what plays no part in some runs" grep -q 'notice: --readout-rate 0.1 plays no part: .* the rule is sgd$' err
    refused "sweep: more images than there are" "--sweep train-images: 2000000000 are asked for, and there are 60000" study --task mnist --data synthetic \
        --store one.jsonl --sweep train-images=100,2000000000
    refused "sweep: too many" "more than" "${one[@]}" --sweep train-images=1..1000000
}

# A job that fails, or is killed, costs no other run.
test_failures() {
    run study "${small[@]}" --store f.jsonl --sweep weight-bits=8 --sweep "network=fc 10;fc 9;bn, fc 10" --jobs 2
    check "failure: status 2" test "$status" -eq 2
    check "failure: told with its reason" grep -q 'network fc 9 seed 1 failed: exit status 2: .*10 classes' err
    check "failure: the others are kept" test "$(lines f.jsonl)" -eq 1
    check "failure: its cell is empty" said '^small, weight-bits 8 (synthetic) .* - '
    "$sim" study "${small[@]}" --store k.jsonl --sweep epochs=1,100000,2 >out 2>err &
    pid=$!
    until_true pgrep -P $pid -f epochs=100000 >/dev/null
    pkill -9 -P $pid -f epochs=100000
    wait $pid
    check "killed job: status 2" test $? -eq 2
    pid=
    check "killed job: told" grep -q 'epochs 100000 .*failed: ended by signal 9' err
    check "killed job: the others are kept" test "$(lines k.jsonl)" -eq 2
    check "killed job: its reason is left aside" grep -q '^ended by signal 9' k.jsonl.jobs/job_*.failed
    check "killed job: and nothing else" test "$(ls k.jsonl.jobs | wc -l)" -eq 1
}

# A published value stands beside runs that are the task's own alone.
test_published() {
    mkdir whole
    idx whole train 60
    idx whole t10k 20
    sed -n '/^\[\[file\]\]/,$p' "$here/../datasets/mnist.toml" | sed '/^\[\[published/,$d' >files
    { sed 's/^train_count = .*/train_count = 60/; s/^test_count = .*/test_count = 20/' small.toml; cat files; } >paper.toml
    local plain=(--task paper.toml --data whole --epochs 1 --column sgd --store paper.jsonl)
    run study "${plain[@]}"
    check "published: beside a run of the task's own" said '^paper  *[0-9.]* [<>=]$'
    check "published: the value" said '^  paper  *50.00$'
    for change in "--network=fc 20, relu, fc 10" --network=fc\ 10 --device=stuck_random=0.9 --target=pcm --train-images=30 \
        --test-images=10 --holdout=10; do
        run study "${plain[@]}" "$change"
        check "published: not beside $change" test "$status/$(grep -c '^  paper\|[<>=]$' out)" = 0/0
    done
    run study "${plain[@]}" --sweep "network=conv 9x9x4/4, bn, relu, fc 10;fc 10"
    check "published: beside one row of two" test "$(grep -c '[<>=]$' out)" -eq 1
}

test_fates() {
    refused "hardware: told before the first run" "weight-bits 12 error %: " study --task letters --target pcm \
        --sweep weight-bits=8,12 --store h.jsonl
    check "hardware: and what could be made" grep -q 'weight-bits 8 error %: could be made' err
    check "hardware: no store is made" test ! -e h.jsonl
}

# A saved network counts by what it has learnt, not by the name of its file.
test_weights() {
    local start=(study --task letters --store w.jsonl --weights)
    run --task letters --epochs 1 --quiet --save a.ckpt
    run "${start[@]}" a.ckpt
    check "weights: a run that begins with a saved network" said '^1 runs, 0 of them in w.jsonl$'
    cp a.ckpt same.ckpt
    run "${start[@]}" same.ckpt
    check "weights: the same one under another name" said '^1 runs, 1 of them in w.jsonl$'
    run --task letters --epochs 2 --quiet --save a.ckpt
    run "${start[@]}" a.ckpt
    check "weights: another one under the same name" said '^1 runs, 0 of them in w.jsonl$'
    check "weights: of drawn synapses it is another run" test "$(grep -c . w.jsonl)" = 2
    refused "weights: told before the first run" 'no such checkpoint' "${start[@]}" none.ckpt
}

test_experiment
test_column
test_sweep
test_failures
test_published
test_fates
test_weights
finish
