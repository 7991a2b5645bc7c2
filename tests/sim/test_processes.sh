#!/usr/bin/env bash
# Studies of several processes and of processes that end early, as a black box: shards, claims, checkpoints of
# runs: test_processes.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

many_runs

# The records of a store without what tells of time, machine and place, by key.
results() {
    sed -E 's/"(date|cpu|isa|threads|cores|experiment|label|seconds|train_seconds|train_images_per_second|check)":("[^"]*"|[0-9.e+-]*),?//g' \
        "$1" | sort
}
keys() { sed 's/^{"key":"\([^"]*\)".*/\1/' "$@" | sort; }

test_shards() {
    local sweep=(study "${small[@]}" --sweep weight-bits=2..8 --sweep epochs=1..3 --quiet) i
    run "${sweep[@]}" --store whole.jsonl
    for i in 1 2 3; do
        run "${sweep[@]}" --shard $i/3 --store shard$i.jsonl
        check "shard $i/3: status 0" test "$status" -eq 0
        check "shard $i/3: a third of the epochs" \
            test "$(grep -o '"epochs":[0-9]*' shard$i.jsonl | awk -F: '{sum += $2} END {print sum}')" -eq 14
    done
    check "shards: complete, and none twice" diff -q <(keys whole.jsonl) <(keys shard?.jsonl)
    check "shards: the same results" diff -q <(results whole.jsonl) <(cat shard?.jsonl >all.jsonl; results all.jsonl)
    run report whole.jsonl --out whole.csv
    run report shard1.jsonl shard2.jsonl shard3.jsonl --out shards.csv
    check "shards: one report of their stores" cmp -s <(cut -d, -f2- whole.csv) <(cut -d, -f2- shards.csv)
    check "shards: as one study" test "$(cut -d, -f1 shards.csv | sort -u | tr '\n' ' ')" = "shards study "
    run "${sweep[@]}" --shard 1/1 --store shard1.jsonl
    check "shard 1/1: all of it" diff -q <(keys whole.jsonl) <(keys shard1.jsonl)
    run "${sweep[@]}" --shard 30/30 --store none.jsonl
    check "more shards than runs: nothing to do" test "$status/$(lines none.jsonl)" = 0/0
    for i in 0/4 5/4 1/0 0/0 1 / 1/ /4 1/4/2 1/4x x/4 -1/4 1/-4 1.5/4 ' 1/4' 1/99999999999 ''; do
        [[ -n $i ]] || continue
        refused "no shard: '$i'" "expected I/N" "${sweep[@]}" --shard "$i" --store no.jsonl
    done
    check "no shard: nothing is made" test ! -e no.jsonl
}

# Two processes of one study on one store.
test_claims() {
    local sweep=(study "${small[@]}" --sweep weight-bits=2..8 --sweep epochs=20,30) other
    "$sim" "${sweep[@]}" --store claims.jsonl >out1 2>err1 &
    pid=$!
    "$sim" "${sweep[@]}" --store claims.jsonl >out2 2>err2 &
    other=$!
    wait $pid; check "two processes: the first ends well" test $? -eq 0
    wait $other; check "two processes: the second ends well" test $? -eq 0
    pid=
    check "two processes: every run once" test "$(lines claims.jsonl)/$(keys claims.jsonl | uniq | wc -l)" = 14/14
    check "two processes: each was made by one" test "$(cat out1 out2 | grep -c ', took ')" -eq 14
    check "two processes: both have the whole table" diff -q <(grep '^small' out1) <(grep '^small' out2)
    check "two processes: no file is left aside" test "$(echo claims.jsonl.*)" = 'claims.jsonl.*'
    # One waits for the other's run, and makes it where the other is killed.
    "$sim" study "${small[@]}" --epochs 100000 --store wait.jsonl >/dev/null 2>&1 &
    pid=$!
    until_true any "wait.jsonl.jobs/job_*.lock"
    local holder=$pid
    "$sim" study "${small[@]}" --epochs 100000 --store wait.jsonl >out 2>err &
    other=$!
    waits() { grep -q "waiting for 1 of the runs, made by process $holder on " err; }
    check "a run of another process: waited for" until_true waits
    kill -TERM $other
    wait $other
    check "a run of another process: SIGTERM ends the waiting" test $? -eq 143
    "$sim" study "${small[@]}" --epochs 100000 --store wait.jsonl --save-every 20epochs >out 2>err &
    other=$!
    until_true waits
    kill -9 "$holder"
    wait "$holder" 2>/dev/null
    pid=$other
    check "a run of another process: made where that is killed" until_true any "wait.jsonl.jobs/*.ckpt"
    kill -TERM $pid
    wait $pid
    pid=
    check "a run of another process: and saved" grep -q '; finished runs are kept, 1 under way saved' err
}

# Processes that a launcher starts deal the runs out among themselves.
test_mpi() {
    local sweep=(study "${small[@]}" --sweep weight-bits=2..8 --seeds 2 --epochs 20)
    local mpirun=(env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n 3)
    if ! command -v mpirun >/dev/null || ! "${mpirun[@]}" "$sim" --version >/dev/null 2>&1; then
        skip "MPI: deals runs out" "mpirun is not installed, or the program was built without MPI"
        return
    fi
    "${mpirun[@]}" "$sim" "${sweep[@]}" --store mpi.jsonl >out 2>err
    check "MPI: status 0" test $? -eq 0
    check "MPI: every run once" test "$(lines mpi.jsonl)/$(keys mpi.jsonl | uniq | wc -l)" = 14/14
    check "MPI: one tells the table" test "$(grep -c '^task ' out)/$(grep -c '^small' out)" = 1/7
    check "MPI: the others made runs as well" said ', made by another process, '
    run "${sweep[@]}" --store alone.jsonl --quiet
    check "MPI: the same results" diff -q <(results alone.jsonl) <(results mpi.jsonl)
}

# What ends early goes on where it was, to the same result.
test_goes_on() {
    local long=(study "${small[@]}" --epochs "$(lasting 800)" --save-every 20epochs) kind
    run "${long[@]}" --store undisturbed.jsonl
    for kind in TERM KILL INT; do
        "$sim" "${long[@]}" --store "$kind.jsonl" >out 2>err &
        pid=$!
        until_true any "$kind.jsonl.jobs/job_*.ckpt"
        [[ $kind = KILL ]] || check "$kind: two at once, as a scheduler sends them" \
            kill -$kind "$(pgrep -P $pid)" $pid
        kill -$kind $pid
        wait $pid 2>/dev/null
        check "$kind: status" test $? -eq $((128 + $(kill -l $kind)))
        pid=
        check "$kind: the run is saved" test "$(ls "$kind".jsonl.jobs/*.ckpt | wc -l)/$(lines $kind.jsonl)" = 1/0
        run "${long[@]}" --store "$kind.jsonl"
        check "$kind: goes on" said ', took .* since it went on, '
        check "$kind: to the same result" diff -q <(results undisturbed.jsonl) <(results $kind.jsonl)
        check "$kind: the checkpoint is gone" test ! -e $kind.jsonl.jobs
    done
    mkdir -p TERM.jsonl.jobs
    "$sim" "${long[@]}" --seeds 2 --store TERM.jsonl >out 2>err &
    pid=$!
    until_true any "TERM.jsonl.jobs/job_*.ckpt"
    kill -9 $pid
    wait $pid 2>/dev/null
    pid=
    for kind in TERM.jsonl.jobs/*.ckpt; do head -c 3000 "$kind" >cut; mv cut "$kind"; done
    run "${long[@]}" --seeds 2 --store TERM.jsonl
    check "a damaged checkpoint: told" grep -q 'notice: .* begins anew: ' err
    check "a damaged checkpoint: costs no run" test "$status/$(lines TERM.jsonl)" = 0/2
}

test_save_every() {
    local one=("${small[@]}" --quiet) last
    last=$(lasting 50)
    run "${one[@]}" --epochs 4 --save every.ckpt --save-every 3batches
    check "save-every: a run" test "$status" -eq 0
    cp out first
    run "${one[@]}" --epochs 4 --save plain.ckpt
    check "save-every: the result is the same" diff -q <(signature first) <(signature out)
    check "save-every: and so is the last checkpoint's size" \
        test "$(stat -c %s every.ckpt)" -eq "$(stat -c %s plain.ckpt)"
    refused "save-every: where to" "Give --save FILE as well" "${one[@]}" --save-every 3batches
    for kind in 0min 3 min 3minutes -1h 1.5h 1e3s 99999999h; do
        refused "save-every: '$kind'" "a number from 1 to" "${one[@]}" --save x.ckpt --save-every $kind
    done
    refused "save-every: of a study" "a number from 1 to" study "${small[@]}" --save-every 3 --store s.jsonl
    # Within an epoch: a run of one batch at a time that is killed.
    "$sim" "${small[@]}" --batch 1 --epochs "$last" --save batch.ckpt --save-every 7batches >/dev/null 2>&1 &
    pid=$!
    until_true test -e batch.ckpt
    kill -9 $pid
    wait $pid 2>/dev/null
    pid=
    run --resume batch.ckpt --quiet
    cp out went_on
    run "${one[@]}" --batch 1 --epochs "$last"
    check "save-every: killed within an epoch, goes on to the same result" diff -q <(signature went_on) <(signature out)
}

test_shards
test_claims
test_mpi
test_goes_on
test_save_every
finish
