#!/usr/bin/env bash
# A study on a cluster: a Slurm of two nodes on this machine takes the script that the program prints, as it is,
# while jobs are queued again, cancelled and killed: cluster.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Skipped with a word where there can be no Slurm.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/shell_testing.sh"
# shellcheck source=tests/slurm_testing.sh
. "$here/slurm_testing.sh"

many_runs
lacking=$(slurm_lacks | paste -sd';')
if [[ -n $lacking ]]; then
    skip "a study on Slurm" "$lacking"
    finish
    exit
fi
trap 'stop_slurm "$work/slurm"; rm -rf "$work"' EXIT
if ! start_slurm "$work/slurm"; then
    tail -n 5 "$work"/slurm/*.log "$work/slurm/munge/"{log,said}
    fail "Slurm starts" "see above"
    finish
    exit
fi
ok "Slurm starts"

study=(study "${small[@]}" --sweep weight-bits=5..8 --seeds 3 --epochs 1500 --save-every 50epochs)
tasks() { squeue -h --array -o '%K %T' 2>/dev/null; }
is_running() { [[ $(tasks) = *"$1 RUNNING"* ]]; }
is_empty() {
    # A job that was queued again waits for two minutes, to spare a node that fails.
    local each
    for each in $(squeue -h --array -t PENDING -o %A); do scontrol update JobId="$each" StartTime=now 2>/dev/null; done
    [[ -z $(tasks) ]]
}
# Waits for a command that may take minutes.
in_minutes() {
    for _ in {1..300}; do
        "$@" && return 0
        sleep 0.5
    done
    return 1
}
# Records without what tells of time, machine and place.
results() {
    sed -E 's/"(date|cpu|isa|threads|cores|experiment|label|seconds|train_seconds|train_images_per_second|check)":("[^"]*"|[0-9.e+-]*),?//g' \
        "$1" | sort
}

run "${study[@]}" --store "the store.jsonl" --slurm 4
check "a script is printed" test "$status" -eq 0
cp out job.sh
check "sbatch takes it as it is" grep -q '^Submitted batch job [0-9]*$' <(sbatch job.sh 2>&1 | tee submitted)
job=$(awk '{print $NF}' submitted)
four_run() { [[ $(squeue -h --array -t RUNNING -o '%N' | sort | uniq -c | tr -s ' \n' ' ') = ' 2 n1 2 n2 ' ]]; }
check "four jobs run, two on each node" in_minutes four_run
check "runs are saved on the way" in_minutes any "the store.jsonl.jobs/*.ckpt"

in_minutes is_running 1
check "task 1: its time is nearly up" scancel --signal=USR1 --batch "${job}_1"
check "task 2: queued again by its owner" in_minutes scontrol requeue "${job}_2"
check "task 3: cancelled" scancel "${job}_3"
run "${study[@]}" --store "the store.jsonl" --status
check "status: who makes what" grep -q '^running .*: process [0-9]* on .*, Slurm job [0-9]* since' out
mapfile -t fourth < <(pgrep -f "^$sim study .* --shard=4/4")
check "task 4: killed" kill -9 "${fourth[@]}"
are_gone() { ! tasks | grep -q '^[34] '; }
in_minutes are_gone
check "tasks 3 and 4: submitted again" grep -q '^Submitted' <(sbatch --array=3,4 job.sh 2>&1)
check "all jobs end" in_minutes is_empty
check "task 1: had queued itself again" grep -q 'SIGTERM; finished runs are kept, [0-9]* under way saved' "$(grep -l 'SIGTERM' slurm-"${job}"_1.out)"

check "every run is there, and none twice" test "$(lines "the store.jsonl")/$(cut -d'"' -f4 "the store.jsonl" | sort -u | wc -l)" = 12/12
run "${study[@]}" --store "the store.jsonl" --status
check "status: all done" said '^12 runs: 12 done, 0 running, 0 saved, 0 failed, 0 missing; '
check "nothing is left beside the store" test ! -e "the store.jsonl.jobs"
run "${study[@]}" --store undisturbed.jsonl --jobs 2
check "the same results as undisturbed" diff -q <(results undisturbed.jsonl) <(results "the store.jsonl")

# One training over both nodes, queued again in the middle: it goes on, to the signature of one process.
if ldd "$sim" | grep -q libmpi && command -v mpirun >/dev/null; then
    run "${small[@]}" --epochs 400 --threads 1 --quiet
    whole=$(signature out)
    cat >train.sh <<SH
#!/bin/sh
#SBATCH --nodes=2 --ntasks=2 --requeue --open-mode=append --output=train.out
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
[ ! -e run.ckpt ] || set -- --resume run.ckpt
[ \$# -gt 0 ] || set -- ${small[@]} --epochs 400 --save run.ckpt --save-every 20epochs
mpirun --oversubscribe --bind-to none --mca btl self,vader,tcp --mca btl_tcp_if_include lo -n 2 "$sim" "\$@" --threads 1 --quiet
SH
    check "a training over two nodes is taken" grep -q '^Submitted' <(sbatch train.sh 2>&1 | tee submitted)
    job=$(awk '{print $NF}' submitted)
    check "training: saved on the way" in_minutes test -s run.ckpt
    check "training: queued again by its owner" in_minutes scontrol requeue "$job"
    check "training: ends" in_minutes is_empty
    check "training: the signature of one process" test "$(signature train.out)" = "$whole"
    [[ $(signature train.out) = "$whole" ]] || tail -5 train.out
else
    skip "one training over two nodes" "the program was built without MPI, or there is no mpirun"
fi
finish
