#!/usr/bin/env bash
# What a study tells without making a run: --dry-run, --status, --slurm: test_overview.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

many_runs
sweep=(study "${small[@]}" --sweep weight-bits=2..5 --seeds 2)
json=(--table-format json)

# A number of the JSON of standard output that has one of this name at its top.
number() { sed -n "s/^  \"$1\": \([0-9.]*\),\{0,1\}\$/\1/p" out; }

test_dry_run() {
    local before i
    run "${sweep[@]}" --store s.jsonl --dry-run
    check "dry run: status 0" test "$status" -eq 0
    check "dry run: all are to do" said '^8 runs: 0 done, 0 running, 0 saved, 0 failed, 8 missing; s.jsonl$'
    check "dry run: hours and memory, and how they are known" \
        said '^to do: [0-9.e-]* h with --jobs 1, the longest run [0-9:]*, [0-9]* MB .* short trials of 4 of 4 kinds'
    check "dry run: a line a run" test "$(grep -c '^small, weight-bits [2-5] .* missing  *[0-9:]*  *[0-9]* MB$' out)" -eq 8
    check "dry run: writes nothing" test "$(ls -A)" = "$(printf 'err\nout\nsmall.toml')"
    run study "${small[@]}" --sweep weight-bits=2,3 --store s.jsonl --quiet
    before=$(md5sum s.jsonl)
    run "${sweep[@]}" --store s.jsonl --dry-run --shard 1/3
    check "dry run: what is in the store is done" said '^[23] runs of shard 1/3: '
    check "dry run: every shard has a line" test "$(grep -cE '^[123]/3  *[0-9]' out)" -eq 3
    check "dry run: shards together are all" \
        test "$(awk '/^[123]\/3 / {runs += $2; left += $3} END {print runs "/" left}' out)" = 8/6
    check "dry run: the store is as it was" test "$(md5sum s.jsonl) $(echo s.jsonl.*)" = "$before s.jsonl.*"
    run "${sweep[@]}" --store s.jsonl --dry-run "${json[@]}"
    check "dry run, JSON: counts" test "$(number runs)/$(number left)/$(number done)/$(number missing)" = 8/6/2/6
    for i in seconds longest_seconds memory_bytes jobs threads; do
        check "dry run, JSON: $i" awk "BEGIN {exit !($(number $i) > 0)}"
    done
    if command -v python3 >/dev/null; then
        check "dry run, JSON: can be read" python3 -c '
import json; d = json.load(open("out")); assert len(d["list"]) == 8 and len({r["key"] for r in d["list"]}) == 8
assert abs(sum(r["seconds"] for r in d["list"] if r["state"] != "done") - d["seconds"]) < 1e-9'
        run "${sweep[@]}" "${json[@]}" --quiet --store table.jsonl
        check "the table as JSON" python3 -c '
import json; d = json.load(open("out")); assert len(d) == 8 and all(0 <= r["error_percent"] <= 100 for r in d)'
    else
        skip "dry run, JSON: can be read" "python3 is not installed"
    fi
    run "${sweep[@]}" --store s.jsonl --dry-run --jobs 4
    check "dry run: memory of runs side by side" said ' h with --jobs 4, '
    refused "dry run: a network that cannot be" "cannot be made: " study "${small[@]}" --network "fc 9" --dry-run
    refused "dry run and status" "give one of them" "${sweep[@]}" --store s.jsonl --dry-run --status
}

test_status() {
    run "${sweep[@]}" --store s.jsonl --status
    check "status: done and missing" said '^8 runs: 2 done, 0 running, 0 saved, 0 failed, 6 missing; s.jsonl$'
    local long=(study "${small[@]}" --seeds 3 --store l.jsonl --sweep epochs=1,50000 --save-every 20epochs)
    "$sim" "${long[@]}" >/dev/null 2>&1 &
    pid=$!
    until_true pgrep -P $pid -f epochs=50000 >/dev/null
    until_true any "l.jsonl.jobs/*.ckpt"
    run "${long[@]}" --status
    check "status: running, and by whom" said "^running  small, epochs 50000 error % seed 1: process $pid on .* since 20.*Z; [0-9]* of 50000 epochs saved$"
    check "status: counts" said '^6 runs: 3 done, 1 running, 0 saved, 0 failed, 2 missing; '
    kill -9 $pid
    wait $pid 2>/dev/null
    pid=
    free() { run "${long[@]}" --status && said ', 0 running, '; }
    check "status: nobody runs it any more" until_true free
    check "status: saved" said '^saved    small, epochs 50000 error % seed 1: [0-9]* of 50000 epochs saved$'
    run "${long[@]}" --status "${json[@]}"
    check "status, JSON" test "$(number done)/$(number saved)/$(number missing)/$(grep -c '"key"' out)" = 3/1/2/6
    run study "${small[@]}" --sweep "network=fc 10;fc 9" --store f.jsonl
    run study "${small[@]}" --sweep "network=fc 10;fc 9" --store f.jsonl --status
    check "status: failed, and why" said '^failed   small, network fc 9 .* seed 1: 20.*Z: exit status 2: .*10 classes'
    run study "${small[@]}" --sweep "network=fc 10;fc 9" --store f.jsonl --status --table-format csv
    check "status: as a table" test "$(head -1 out)/$(lines out)" = run,seed,state,remark/2
    mkdir stores
    for i in 1 2; do run "${sweep[@]}" --shard $i/3 --store stores/$i.jsonl; done
    run "${sweep[@]}" --status --store stores
    check "status: of a folder of stores" said '; stores$'
    check "status: what lacks is the third shard" test "$(grep -c '^missing ' out)" -eq \
        "$(run "${sweep[@]}" --status --shard 3/3 --store none.jsonl; grep -c '^missing ' out)"
    run "${sweep[@]}" --status --store l.jsonl.jobs
    check "status: of a folder without stores" said '^8 runs: 0 done, 0 running, 0 saved, 0 failed, 8 missing; '
    echo "no store" >job.sh
    refused "status: what is no store" "is not a result store" "${sweep[@]}" --status --store job.sh
    check "status: writes nothing" test ! -e none.jsonl
}

# The script as Slurm would run it, with commands of Slurm's names that note how they were called.
test_slurm() {
    local odd="a 'b' \$c.jsonl" script_status
    run study "${small[@]}" --sweep weight-bits=2..5 --sweep "network=fc 10;fc 20, fc 10" --store "$odd" --jobs 2 --slurm 3
    check "slurm: status 0" test "$status" -eq 0
    cp out job.sh
    check "slurm: a script" bash -n job.sh
    if command -v shellcheck >/dev/null; then check "slurm: shellcheck" shellcheck -S warning job.sh; fi
    check "slurm: an array" grep -qx '#SBATCH --array=1-3' job.sh
    check "slurm: a thread for each job" grep -qx '#SBATCH --cpus-per-task=2' job.sh
    check "slurm: time and memory" test "$(grep -cE '^#SBATCH --(time=0-00:20:00|mem=[0-9]*00M)$' job.sh)" -eq 2
    mkdir bin
    printf '#!/bin/sh\necho "$@" >>%q/requeued\n' "$PWD" >bin/scontrol
    chmod +x bin/scontrol
    for i in 1 2 3; do
        (cd / && SLURM_ARRAY_TASK_ID=$i SLURM_JOB_ID=7$i PATH=$work/bin:$PATH bash "$work/job.sh") >job.out 2>&1
        check "slurm: job $i ends well" test $? -eq 0
    done
    check "slurm: all runs are made" test "$(lines "$odd")" -eq 8
    check "slurm: none was queued again" test ! -e requeued
    mkdir "shards of it"
    run "${sweep[@]}" --store "shards of it" --slurm 2
    cp out job.sh
    for i in 1 2; do SLURM_ARRAY_TASK_ID=$i SLURM_JOB_ID=8$i bash job.sh >job.out 2>&1; done
    check "slurm: a store for each shard, in a folder" test "$(cat "shards of it/"shard-[12].jsonl | wc -l)" -eq 8
    run "${sweep[@]}" --store "shards of it" --status
    check "slurm: of which the status tells" said '^8 runs: 8 done, '
    run study "${small[@]}" --epochs 100000 --save-every 30epochs --store q.jsonl --slurm 1
    cp out job.sh
    for i in USR1 TERM; do
        rm -f q.jsonl.jobs/*.ckpt
        SLURM_ARRAY_TASK_ID=1 SLURM_JOB_ID=75 PATH=$work/bin:$PATH bash job.sh >job.out 2>&1 &
        pid=$!
        until_true any "q.jsonl.jobs/*.ckpt" # it trains
        rm -f q.jsonl.jobs/*.ckpt
        kill -$i $pid
        wait $pid
        script_status=$?
        pid=
        check "slurm: $i saves" test "$(ls q.jsonl.jobs/*.ckpt | wc -l)" -eq 1
        [[ $i = TERM ]] || check "slurm: $i queues the job again" test "$(cat requeued)" = "requeue 75"
        [[ $i = USR1 ]] || check "slurm: $i does not, and ends with 143" test "$(lines requeued)/$script_status" = 1/143
    done
    refused "slurm: and a shard" "leave --shard out" "${sweep[@]}" --slurm 3 --shard 1/3
    refused "slurm: no shards" "--slurm 0" "${sweep[@]}" --slurm 0
}

test_dry_run
test_status
test_slurm
finish
