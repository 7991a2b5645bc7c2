#!/usr/bin/env bash
# A study of many short runs, dealt to four processes on one store, that are killed again and again with kill -9:
# study_killed.sh BINARY [RUNS] [KILLS]. No run may be lost, and none made twice.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u
runs=${2:-200} kills=${3:-20}
set -- "$1"

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/shell_testing.sh"

many_runs
shards=4
study=(study "${small[@]}" --sweep weight-bits=4..8 --seeds $((runs / 5)) --epochs 100 --save-every 10epochs)
declare -A process
trap 'kill -9 "${process[@]}" 2>/dev/null; rm -rf "$work"' EXIT

# Records without what tells of time, machine and place.
results() {
    sed -E 's/"(date|cpu|isa|threads|cores|experiment|label|seconds|train_seconds|train_images_per_second|check)":("[^"]*"|[0-9.e+-]*),?//g' \
        "$1" | sort
}
start() { # shard: what it says is kept from one call to the next
    "$sim" "${study[@]}" --store killed.jsonl --shard "$1/$shards" --threads 1 >>"said$1" 2>>"told$1" &
    process[$1]=$!
}
is_done() { [[ -e killed.jsonl && $(lines killed.jsonl) -ge $1 ]]; }

seconds=$SECONDS
RANDOM=1
for ((i = 1; i <= shards; ++i)); do start $i; done
saved=0
for ((n = 1; n <= kills; ++n)); do
    # Spread over the whole study: one when so many runs are done.
    until is_done $((runs * (n - 1) / kills)); do sleep 0.02; done
    sleep "0.0$((RANDOM % 90 + 10))"
    i=$((RANDOM % shards + 1))
    kill -9 "${process[$i]}" 2>/dev/null && wait "${process[$i]}" 2>/dev/null
    killed[$((n - 1))]=$?
    saved=$((saved + $(find killed.jsonl.jobs -name '*.ckpt' 2>/dev/null | wc -l)))
    start $i
done
ended=0
for ((i = 1; i <= shards; ++i)); do
    wait "${process[$i]}" || ended=$((ended + 1))
done
process=()
seconds=$((SECONDS - seconds))

check "killed: all shards end well" test $ended -eq 0
check "killed: that often" test "$(printf '%s\n' "${killed[@]}" | grep -cx 137)" -ge $((kills * 3 / 4))
keys=$(sed 's/^{"key":"\([^"]*\)".*/\1/' killed.jsonl | sort)
lost=$((runs - $(uniq <<<"$keys" | wc -l)))
twice=$(($(lines killed.jsonl) - $(uniq <<<"$keys" | wc -l)))
# What one process said it made, and then another.
told_twice=$(sed -n 's/^\[[0-9/]*\] \(.*\): [0-9.]* %, took .*/\1/p' said? | sort | uniq -d | wc -l)
check "killed: no run is lost" test $lost -eq 0
check "killed: no run is in the store twice" test $twice -eq 0
check "killed: no run was made twice" test "$told_twice" -eq 0
check "killed: runs went on from checkpoints" grep -q 'since it went on' said1 said2 said3 said4
check "killed: nothing is left beside the store" test ! -e killed.jsonl.jobs
run "${study[@]}" --store undisturbed.jsonl --jobs 2 --threads 1 --quiet
check "killed: the same results as undisturbed" diff -q <(results undisturbed.jsonl) <(results killed.jsonl)
echo "study of $runs runs over $shards shards, killed $(printf '%s\n' "${killed[@]}" | grep -cx 137) times:" \
    "lost $lost, run twice $((twice + told_twice)), $(cat said? | grep -c 'since it went on') went on from a checkpoint, $seconds s"
finish
