#!/usr/bin/env bash
# The store of runs as a black box: crashes, damage, what makes two runs the same: test_store.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

many_runs

# A store that is replaced while runs are made, as by a version control system.
test_replaced_store() {
    run study "${small[@]}" --sweep weight-bits=7,8 --store p.jsonl
    head -1 p.jsonl >other.jsonl
    rm p.jsonl
    "$sim" study "${small[@]}" --sweep weight-bits=7,8 --epochs "$(lasting 40)" --jobs 1 --store p.jsonl >/dev/null 2>&1 &
    pid=$!
    until_true test -e p.jsonl.jobs
    mv other.jsonl p.jsonl
    wait $pid
    pid=
    check "replaced store: keeps its line, and gets the new ones" test "$(lines p.jsonl)" -eq 3
}

# kill -9 of all, damaged lines, and what Ctrl-C leaves.
test_recovery() {
    "$sim" study "${small[@]}" --store r.jsonl --sweep epochs=1,2,100000 >out 2>err &
    pid=$!
    until_true pgrep -P $pid -f epochs=100000 >/dev/null
    local child
    child=$(pgrep -P $pid -f epochs=100000)
    run study "${small[@]}" --seeds 2 --store r.jsonl
    check "a second writer: makes what the first does not" said '^2 runs, 1 of them in r.jsonl$'
    check "a second writer: in the same store" test "$status/$(lines r.jsonl)" = 0/3
    sed -i '$d' r.jsonl
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
    run study "${small[@]}" --store r.jsonl --sweep epochs=1,2
    check "damaged store: goes on" test "$status" -eq 0
    check "damaged store: whole lines count" said '^2 runs, 1 of them'
    check "damaged store: bad lines are told" test "$(grep -c 'r.jsonl:[23]: not a record' err)" -eq 2
    check "damaged store: the cut line is told" grep -q 'r.jsonl:4: the last line broke off after 300 bytes' err
    check "damaged store: mended" test "$(lines r.jsonl)/$(tail -1 r.jsonl | head -c 8)" = '2/{"key":"'
    check "damaged store: bad lines are kept aside" cmp -s r.jsonl.bad <(echo 'no record'; echo '{"key":1}')
    printf '%s' "$whole" >r.jsonl
    run study "${small[@]}" --store r.jsonl --sweep epochs=1,2
    check "a last line without its end counts" test "$(lines r.jsonl)" -eq 2
    "$sim" study "${small[@]}" --store r.jsonl --sweep epochs=1,100000 --save-every 1epoch >out 2>err &
    pid=$!
    until_true any "r.jsonl.jobs/job_*.ckpt"
    check "without a terminal: how far a run is" until_true grep -q ' seed 1: [1-9][0-9]* of 100000 epochs saved$' err
    kill -TERM $pid
    wait $pid
    check "SIGTERM: status 143" test $? -eq 143
    pid=
    check "SIGTERM: says how to go on" grep -q 'the same command goes on' err
    check "SIGTERM: nothing half saved" test "$(lines r.jsonl)" -eq 2
    check "SIGTERM: the run under way is saved" test "$(ls r.jsonl.jobs | grep -vc 'job_[0-9a-f]*.ckpt$')/$(ls r.jsonl.jobs | wc -l)" = 0/1
    check "SIGTERM: and told" grep -q '1 under way saved' err
    mkdir folder
    refused "store: a folder" "this is a folder" study "${small[@]}" --store folder
    refused "store: no such folder" "No such file" study "${small[@]}" --store no/r.jsonl
}

# Leaves the record of a run of $long epochs in $1.jobs, as when the caller is killed before it takes it.
leave_record() {
    "$sim" study "${small[@]}" --store "$1" --sweep "epochs=$long" >/dev/null 2>&1 &
    pid=$!
    until_true pgrep -P $pid -f "epochs=$long" >/dev/null
    kill -STOP $pid
    until_true any "$1.jobs/job_*.json"
    kill -9 $pid
    wait $pid 2>/dev/null
    pid=
}

test_leftovers() {
    local long
    long=$(lasting 200)
    : >l.jsonl
    leave_record l.jsonl
    check "leftover: there is one" test "$(ls l.jsonl.jobs/job_*.json | wc -l)" -eq 1
    run study "${small[@]}" --store l.jsonl --sweep "epochs=$long,3"
    check "leftover: taken by its own store" said '^2 runs, 1 of them'
    check "leftover: its file is gone" test ! -e l.jsonl.jobs
    rm l.jsonl
    : >l.jsonl
    leave_record l.jsonl
    touch l.jsonl.jobs/mine.txt
    echo thesis >thesis.tex
    ln -s ../thesis.tex l.jsonl.jobs/job_0123456789abcdef.log
    rm l.jsonl
    run study "${small[@]}" --store l.jsonl --sweep "epochs=$long"
    check "leftover: not taken by a new store" said '^1 runs, 0 of them'
    check "leftover: told" grep -q 'l.jsonl.jobs: removed 2 records and checkpoints' err
    check "leftover: a file that is no job's stays" test "$(ls -A l.jsonl.jobs)" = mine.txt
    check "leftover: nothing goes through a link" test "$(cat thesis.tex)" = thesis
    mkdir home
    echo thesis >home/thesis.tex
    ln -s home c.jsonl.jobs
    refused "jobs: not through a link" "this is a link" study "${small[@]}" --store c.jsonl
    check "jobs: nothing behind the link is touched" test "$(ls -A home)" = thesis.tex
    echo text >file.jsonl.jobs
    refused "jobs: not over a file" "this is a file" study "${small[@]}" --store file.jsonl
}

# The error of the last table.
error_of() { sed -n 's/^small[^0-9]* \([0-9.]*\)$/\1/p' out; }

test_content() {
    printf 'title="t"\ncitation="c"\n[device]\nstuck_random=0.0\n' >my.toml
    run study "${small[@]}" --target my.toml --store t.jsonl
    local before
    before=$(error_of)
    printf '# comment\ncitation="c"\ntitle="u"\n[device]\nstuck_random = 0\n' >my.toml
    run study "${small[@]}" --target my.toml --store t.jsonl
    check "target file: a comment changes nothing" said '^1 runs, 1 of them'
    sed -i 's/= 0$/= 0.95/' my.toml
    run study "${small[@]}" --target my.toml --store t.jsonl
    check "target file: another device is another run" said '^1 runs, 0 of them'
    local after
    after=$(error_of)
    check "target file: and has its own error" test "$before" != "$after"
    run "${small[@]}" --target my.toml --json truth.json --quiet
    check "target file: which is the true one" test "$(printf %.2f "$(value truth.json test_error_percent)")" = "$after"
    mkdir a b
    cp my.toml a/dev.toml
    sed 's/0.95/0.5/' my.toml >b/dev.toml
    run study "${small[@]}" --sweep target=a/dev.toml,b/dev.toml --store t.jsonl
    check "target files of one name: two runs, of which one is known" said '^2 runs, 1 of them'
    run report t.jsonl --out t.csv
    check "target files of one name: two groups" test "$(grep -c ',dev,' t.csv)" -eq 1 -a "$(grep -c '^t,small' t.csv)" -eq 3
    cp small.toml task.toml
    run study --task task.toml --data synthetic --store t.jsonl
    sed -i 's/^train_count = .*/train_count = 60/' task.toml
    run study --task task.toml --data synthetic --store t.jsonl
    check "task file: fewer images are another run" said '^1 runs, 0 of them'
    mkdir pixels
    idx pixels train 60
    idx pixels t10k 20
    sed 's/^network = .*/network = "fc 10"/' "$here/../datasets/mnist.toml" >r.toml
    run study --task r.toml --data pixels --epochs 1 --store t.jsonl
    run study --task r.toml --data pixels --epochs 1 --store t.jsonl
    check "data: the same files are the same run" said '^1 runs, 1 of them'
    printf '\7' | dd of=pixels/train-images-idx3-ubyte bs=1 seek=100 conv=notrunc 2>/dev/null
    run study --task r.toml --data pixels --epochs 1 --store t.jsonl
    check "data: another pixel is another run" said '^1 runs, 0 of them'
}

test_recorded() {
    local many=("${small[@]}" --epochs 1 --sweep weight-bits=7,8 --store w.jsonl)
    run study "${many[@]}"
    run study "${many[@]}" --confusion
    check "more to record: made again" said '^2 runs, 0 of them'
    check "more to record: recorded" test "$(grep -c '"confusion":' w.jsonl)" -eq 2
    run study "${many[@]}" --diagnose --filters
    check "more to record: with what was recorded before" test "$(grep -c '"confusion":.*"check"' w.jsonl)" -eq 4
    check "more to record: the diagnosis" test "$(grep -c angle_degrees w.jsonl)" -eq 2
    for more in --diagnose --confusion --filters --quiet; do
        run study "${many[@]}" $more
        check "what is recorded is not made again: $more" test "$(lines w.jsonl)" -eq 6
    done
    run report w.jsonl --out w.csv
    check "more to record: no run counts twice" test "$(grep -c ',test,1,' w.csv)/$(cut -d: -f2 out)" = '2/ 2 runs from w.jsonl'
}

test_foreign() {
    printf 'my notes\nlast line' >notes.txt
    cp notes.txt before
    refused "foreign: a text" "not a result store" study "${small[@]}" --store notes.txt
    check "foreign: a text is as it was" cmp -s notes.txt before
    run "${small[@]}" --save v.ckpt --quiet
    cp v.ckpt before
    refused "foreign: a checkpoint" "not a result store" study "${small[@]}" --store v.ckpt
    check "foreign: a checkpoint is as it was" cmp -s v.ckpt before
    refused "foreign: a device" "device or a pipe" study "${small[@]}" --store /dev/null
    run study "${small[@]}" --seeds 3 --store d.jsonl
    sed -i '2s/"test_error_percent":[0-9]/"test_error_percent":1/' d.jsonl
    sed -n 2p d.jsonl >changed
    run report d.jsonl --out d.csv
    check "changed digits: told by a report" grep -q 'd.jsonl:2: its checksum does not fit' err
    check "changed digits: the others are used" grep -q ',test,2,' d.csv
    run study "${small[@]}" --seeds 3 --store d.jsonl
    check "changed digits: told by a study" grep -q 'd.jsonl:2: its checksum does not fit' err
    check "changed digits: made again" said '^3 runs, 2 of them'
    check "changed digits: set aside" cmp -s changed d.jsonl.bad
    "$sim" study "${small[@]}" --seeds 3 --store d.jsonl --table-format csv >/dev/full 2>err
    check "a table that cannot be written: status 2" test $? -eq 2
    check "a table that cannot be written: told" grep -q 'No space left' err
    "$sim" study "${small[@]}" --sweep "network=fc 9;bn, fc 9;fc 10" --store e.jsonl >out 2>/dev/full
    check "standard error is full: status 2" test $? -eq 2
    check "standard error is full: the good run is kept" test "$(lines e.jsonl)" -eq 1
    "$sim" study "${small[@]}" --epochs 1 --seeds 2 --store e.jsonl >/dev/full 2>err
    check "standard output is full: runs are kept" test "$(lines e.jsonl)" -eq 3
}

test_replaced_store
test_recovery
test_leftovers
test_content
test_recorded
test_foreign
finish
