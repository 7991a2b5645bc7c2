#!/usr/bin/env bash
# Saving, interrupting and going on, as a black box: test_checkpoint.sh BINARY. Prints "ok NAME" or
# "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one failed.
# Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"
pid= # of a run in the background
trap '[[ -z $pid ]] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

small=(--data synthetic --train-images 300 --test-images 100)
tiny=("${small[@]}" --epochs 1 --quiet)
few=(--network "conv 5x5x4, bn, max 2x2/2, relu, fc 10") # synapses, where it is their rule that counts
epochs=$(lasting 12)

# Waits until a file is there, 60 s at most.
await() {
    for _ in $(seq 3000); do
        [[ -s $1 ]] && return 0
        sleep 0.02
    done
    return 1
}

test_checkpoints() {
    run "${small[@]}" --epochs "$epochs" --quiet
    local whole
    whole=$(signature out)
    "$sim" "${small[@]}" --epochs 100000 --quiet --save run.ckpt >out 2>err &
    pid=$!
    await run.ckpt
    kill -TERM $pid
    wait $pid
    check "SIGTERM: status 143" test $? -eq 143
    pid=
    check "SIGTERM: says how to go on" grep -q 'crossbar_sim --resume run.ckpt' err
    check "SIGTERM: no record of half a run" test ! -s out
    check "no file left aside" test "$(ls run.ckpt* | wc -l)" -eq 1
    run --resume run.ckpt --epochs "$epochs" --threads 3 --quiet --json resumed.json
    check "resumed: same signature" test "$(signature out)" = "$whole"
    check "resumed: history of all epochs" test "$(grep -c '"epoch": ' resumed.json)" -eq "$epochs"
    run eval run.ckpt --quiet
    check "evaluated: same signature" test "$(signature out)" = "$whole"
    run eval run.ckpt --test-images 50 --confusion
    check "evaluated: confusion" grep -q '^confusion' out
    run eval run.ckpt --target pcm_inference --device inference.seconds=60 --json written.json
    check "evaluated: written and read later" grep -q '^60 s after writing: error' out
    check "evaluated: its record" grep -q '"seconds": 60' written.json
    check "evaluated: written once" grep -q '"writings_per_device": 1.0,' written.json
    run eval run.ckpt --target pcm_inference --device "inference.verify_tries=4;inference.verify_within=0.02" \
        --json written.json --cost
    check "verified writing: told" grep -qE '^written: [1-4]\.[0-9]+ writings and [1-4]' out
    check "verified writing: its record" grep -qE '"verify_reads_per_device": [1-3]\.[0-9]' written.json
    check "verified writing: its events" grep -q 'writing the network once: [0-9.e+]* writings, ' out
    check "evaluated: the network stays" test "$(signature out)" = "$whole"
    refused "evaluated: synapses that do not fit" "give --weight-bits 2" eval run.ckpt --target cell_2bit
    run --resume run.ckpt --epochs $((epochs + 1)) --seed 1 --quiet --save more.ckpt
    check "resumed: more epochs, agreeing option" test "$status" -eq 0
    check "resumed: saves elsewhere" test -s more.ckpt
    refused "resumed: contradiction" "--seed 2 contradicts" --resume run.ckpt --seed 2
    run "${tiny[@]}" --cosine --label-smoothing 0.1 --save cosine.ckpt
    refused "resumed: a cosine over other epochs" "falls like a cosine" --resume cosine.ckpt --epochs 3
    refused "resumed: fewer epochs" "at least" --resume run.ckpt --epochs $((epochs - 1))
    refused "evaluated: contradiction" "--rate belongs to" eval run.ckpt --rate 0.1
}

# The schedule of bm4 spans the epochs of the first call; more epochs must not bend it.
test_resumed_schedule() {
    local vote=("${small[@]}" "${few[@]}" --quiet --rule bm4 --weight-bits 2)
    run "${vote[@]}" --epochs 1 --json vote.json
    check "bm4: few bits have a budget" grep -q '"pulse_budget": 3' vote.json
    vote+=(--pulse-budget 0)
    run "${vote[@]}" --epochs 3 --save vote.ckpt --json vote.json
    local quorum
    quorum=$(tr -d ' \n' <vote.json | sed 's/.*"quorum":\[\([0-9,]*\)\].*/\1/')
    check "bm4: the record tells its schedule" test "${quorum//[^,]/}" = ,,
    run --resume vote.ckpt --epochs 4 --quiet
    local resumed
    resumed=$(signature out)
    run "${vote[@]}" --epochs 4 --quorum "$quorum"
    check "bm4: more epochs go on with the schedule" test "$(signature out)" = "$resumed"
}

# A budget of pulses holds whatever the batch, and is the same run when it is cut.
test_budget() {
    local vote=("${small[@]}" "${few[@]}" --quiet --rule bm4 --weight-bits 2 --pulse-budget 2 --counting sampled --counter-bits 3)
    run "${vote[@]}" --batch 10 --epochs 4 --json whole.json
    local whole
    whole=$(signature out)
    run "${vote[@]}" --batch 4 --epochs 2 --json other.json
    local file
    for file in whole.json other.json; do
        check "budget: $file keeps to it" \
            awk -F'[:,]' '/"pulses_per_synapse"/ && !seen++ { exit !($2 > 1.5 && $2 < 2.3) }' "$file"
    done
    run "${vote[@]}" --batch 10 --epochs 4 --counter-share 3 --export shared.npz
    check "budget: shared counters are exported" test "$status" -eq 0
    "$sim" "${vote[@]}" --batch 10 --epochs 4 --save budget.ckpt >out 2>err &
    pid=$!
    await budget.ckpt
    kill -INT "$pid" 2>kill.err
    wait "$pid"
    run --resume budget.ckpt --quiet
    check "budget: cut and resumed to the bit" test "$(signature out)" = "$whole"
}

test_interrupts() {
    rm -f out # what an earlier run said must not be taken for this one's
    "$sim" "${small[@]}" --epochs 100000 >out 2>err &
    pid=$!
    await out
    sleep 0.3
    kill -INT $pid
    wait $pid
    check "SIGINT: status 130" test $? -eq 130
    check "SIGINT without --save says so" grep -q 'nothing was saved' err
    # One batch of the naive kernels takes long; the second signal does not wait for it.
    rm -f out
    "$sim" --data synthetic --train-images 3000 --test-images 100 --batch 3000 --isa reference --epochs 9 >out 2>err &
    pid=$!
    await out
    sleep 0.3
    kill -INT $pid
    sleep 0.3
    kill -INT $pid
    SECONDS=0
    wait $pid
    check "second SIGINT: status 130" test $? -eq 130
    check "second SIGINT ends at once" test $SECONDS -le 2
    pid=
}

test_bad_checkpoints() {
    echo '{}' >a.json
    mkdir images
    local size byte
    size=$(stat -c %s run.ckpt)
    : >bad.ckpt
    refused "missing checkpoint" "no such checkpoint" --resume none.ckpt
    refused "empty checkpoint" "is empty" --resume bad.ckpt
    for length in 1 7 8 23 24 31 32 100 1000 $((size / 2)) $((size - 9)) $((size - 1)); do
        head -c "$length" run.ckpt >bad.ckpt
        refused "checkpoint of $length bytes" "truncated" eval bad.ckpt
    done
    for at in 0 9 17 40 500 $((size / 2)) $((size - 1)); do
        cp run.ckpt bad.ckpt
        byte=$(od -An -tu1 -j "$at" -N 1 run.ckpt)
        # shellcheck disable=SC2059  # another byte than the one that is there
        printf "\\x$(printf %02x $((byte ^ 0x5a)))" | dd of=bad.ckpt bs=1 seek="$at" conv=notrunc status=none
        refused "byte $at of the checkpoint damaged" "bad.ckpt: " --resume bad.ckpt
    done
    { cat run.ckpt; echo; } >bad.ckpt
    refused "checkpoint too long" "truncated or damaged" --resume bad.ckpt
    refused "foreign file" "not a checkpoint" eval a.json
    refused "folder for a checkpoint" "not a regular file" --resume images
}

# A limit on the size of files stands for a full disk.
test_full_disk() {
    cp run.ckpt full.ckpt
    (ulimit -f 100 && exec "$sim" --resume full.ckpt --epochs $((epochs + 1)) --quiet) >out 2>err
    check "full disk: status 2 before training" test $? -eq 2
    check "full disk: one clear error" grep -q 'full.ckpt: cannot write this file' err
    check "full disk: the old file stands" cmp -s run.ckpt full.ckpt
    check "full disk: nothing left aside" test "$(ls full.ckpt* | wc -l)" -eq 1
    command -v prlimit >/dev/null || { skip "disk fills up in training" "prlimit is not installed"; return; }
    rm full.ckpt
    local last
    last=$(lasting 40)
    "$sim" "${small[@]}" --epochs "$last" --save full.ckpt >out 2>err &
    pid=$!
    await full.ckpt
    prlimit --pid $pid --fsize=100000
    wait $pid
    check "disk fills up in training: status 2" test $? -eq 2
    pid=
    check "disk fills up: training went on" grep -q "^epoch $last/$last" out
    check "disk fills up: warned" grep -q 'training goes on' err
    check "disk fills up: nothing left aside" test "$(ls full.ckpt* | wc -l)" -eq 1
    run eval full.ckpt --quiet
    check "disk fills up: the last good file stands" test "$status" -eq 0
}

test_checkpoints
test_resumed_schedule
test_budget
test_interrupts
test_bad_checkpoints
test_full_disk

finish
