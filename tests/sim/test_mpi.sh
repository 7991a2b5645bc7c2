#!/usr/bin/env bash
# Training through several processes, as a black box: test_mpi.sh BINARY. Prints "ok NAME" or "FAIL NAME" for
# every test and "N passed, N failed" at the end; exit status 1 when one failed. Needs no data; without a
# launcher, or a program built without MPI, most of it is skipped.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"
pid= # of a launcher in the background
trap '[[ -z $pid ]] || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT

small=(--data synthetic --train-images 230 --test-images 250 --batch 50 --threads 1 --quiet)
# The launcher's own cautions: not as root, not more processes than cores, each bound to a core.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_base_warn_component_unused=0
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# The library itself does not free all that it takes.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

# together P ARGUMENT...: P processes; leaves their exit status, standard output and standard error.
together() {
    local count=$1
    shift
    mpirun -n "$count" "$sim" "$@" >out 2>err
    status=$?
}
# ended NAME TEXT: status 2, one error of the program, which holds TEXT.
ended() {
    if [[ $status -eq 2 && $(grep -c 'crossbar_sim: error: ' err) -eq 1 ]] && grep -qF -- "$2" err; then
        ok "$1"
    else
        fail "$1" "status $status, $(head -c 400 err)"
    fi
}
# Rank 1 is started with other options: ranks "OPTIONS OF 0" "OPTIONS OF 1".
ranks() {
    mpirun -n 1 "$sim" $1 : -n 1 "$sim" $2 >out 2>err
    status=$?
}

test_alone() {
    OMPI_COMM_WORLD_SIZE=3 PMI_SIZE=3 run --task mnst
    if [[ -n $has_mpi ]]; then
        skip "one of several, built without MPI" "this program has MPI"
    else
        check "one of several, built without MPI: refused" grep -q "make MPI=1" err
    fi
}

test_signatures() {
    local rule target count whole options
    for rule in "bm1" "bm4 --weight-bits 2" "sgd --rate 0.1"; do
        for target in ideal pcm array128; do
            [[ $rule == bm4* && $target == pcm ]] && rule="bm4"
            # shellcheck disable=SC2206
            options=(--rule $rule --target $target)
            run "${small[@]}" "${options[@]}"
            whole=$(signature out)
            for count in $counts; do
                together "$count" "${small[@]}" "${options[@]}"
                check "--rule $rule --target $target, $count processes: the signature of one" \
                    test "$status-$(signature out)" = "0-$whole"
            done
        done
    done
    run "${small[@]}" --voters 4 --faulty-voters 1 --json one.json
    whole=$(signature out)
    together 3 "${small[@]}" --voters 4 --faulty-voters 1 --json three.json
    check "voters: the signature of one process" test "$(signature out)" = "$whole"
    check "voters: told as crossbars of their own" grep -q '"voters": 4' one.json
    check "record: processes" grep -q '"processes": 3' three.json
    # More processes than a batch has images.
    run "${small[@]}" --batch 3 --train-images 12
    whole=$(signature out)
    together 5 "${small[@]}" --batch 3 --train-images 12
    check "processes without images" test "$(signature out)" = "$whole"
}

# The first process alone prints and writes; a record, but for times, is that of one process.
test_outputs() {
    local field
    run "${small[@]}" --json one.json --save one.ckpt --confusion --diagnose --export one.npz
    together 2 "${small[@]}" --json two.json --save two.ckpt --confusion --diagnose --export two.npz
    check "printed once" test "$(grep -c 'signature' out)" -eq 1
    for field in test_error_percent train_loss pulses_per_synapse sign_copies_per_synapse signature; do
        check "record: $field" test "$(value one.json $field)" = "$(value two.json $field)"
    done
    check "record: confusion" test "$(sed -n '/"confusion"/,/^  ]/p' one.json)" = \
        "$(sed -n '/"confusion"/,/^  ]/p' two.json)"
    check "no file left aside" test "$(compgen -G 'two.*' | wc -l)" -eq 3
    together 3 eval two.ckpt --quiet
    check "eval: the test is shared" test "$(sed 's/signature.*//' out)" = "$(
        "$sim" eval one.ckpt --quiet | sed 's/signature.*//')"
    together 2 target list
    check "another command: once" test "$(grep -c 'array128' out)" -eq "$("$sim" target list | grep -c array128)"
}

test_faults() {
    together 2 --task mnst
    ended "unknown task" "unknown task 'mnst'"
    together 2 "${small[@]}" --save no/folder/x.ckpt
    ended "a file that cannot be written" "no/folder/x.ckpt"
    together 2 "${small[@]}" --arithmetic float
    ended "floats" "depend on their order"
    ranks "${small[*]} --seed 1" "${small[*]} --seed 2"
    ended "other settings" "another setting than process 0: 'seed = 2', not 'seed = 1'"
    cp "$sim" other
    echo >>other
    mpirun -n 1 "$sim" "${small[@]}" : -n 1 ./other "${small[@]}" >out 2>err
    status=$?
    ended "another program" "process 1 has another program than process 0"
    rm other
    ranks "${small[*]}" "${small[*]} --resume no.ckpt"
    ended "one cannot read its checkpoint" "no.ckpt"
    mkdir -p a/mnist b/mnist
    idx a/mnist train 300 && idx a/mnist t10k 50
    ranks "--data none ${small[*]:2}" "--data a ${small[*]:2}"
    ended "one cannot read its data" "none: no such folder"
    run "${small[@]}" --epochs 2 --save one.ckpt
    run "${small[@]}" --epochs 1 --save other.ckpt
    ranks "--resume one.ckpt --epochs 4 --quiet --threads 1" "--resume other.ckpt --epochs 4 --quiet --threads 1"
    ended "other checkpoints" "another"
}

# Waits until a command fails, 5 s at most.
until_false() {
    for _ in $(seq 250); do
        "$@" 2>/dev/null || return 0
        sleep 0.02
    done
    return 1
}

# Kill any process at any moment: all end, and what was saved goes on with another number of them.
test_kill() {
    local whole members start
    run "${small[@]}" --epochs 6
    whole=$(signature out)
    mpirun -n 3 "$sim" "${small[@]}" --epochs 100000 --save run.ckpt --save-every 2batches >out 2>err &
    pid=$!
    until_true test -s run.ckpt
    members=$(pgrep -P $pid -x crossbar_sim)
    start=$SECONDS
    kill -9 "${members##*$'\n'}"
    wait $pid
    check "kill -9: not status 0" test $? -ne 0
    pid=
    check "kill -9: all end within seconds" test $((SECONDS - start)) -le 5
    # shellcheck disable=SC2086
    check "kill -9: no process left" until_false kill -0 $members
    check "kill -9: said once" test "$(grep -ciE 'signal 9|killed' err)" -ge 1
    together 2 --resume run.ckpt --epochs 6 --quiet --threads 2
    check "kill -9: goes on with fewer processes, to the same signature" test "$(signature out)" = "$whole"
    mpirun -n 2 "$sim" "${small[@]}" --epochs 100000 --save stop.ckpt >out 2>err &
    pid=$!
    until_true test -s stop.ckpt
    kill -TERM "$(pgrep -P $pid -x crossbar_sim | tail -1)"
    wait $pid
    check "SIGTERM of one: all stop after the same batch" test $? -eq 143
    pid=
    check "SIGTERM of one: says how to go on" grep -q 'crossbar_sim --resume stop.ckpt' err
    run --resume stop.ckpt --epochs 6 --quiet
    check "SIGTERM of one: one process goes on, to the same signature" test "$(signature out)" = "$whole"
}

# Every rule on every kind of array: killed in the middle, and gone on with by another number of processes.
test_restarts() {
    local rule target whole members count=5
    for rule in "bm1" "bm4" "sgd --rate 0.1"; do
        for target in ideal pcm array128; do
            # shellcheck disable=SC2206
            local options=(--rule $rule --target $target)
            run "${small[@]}" "${options[@]}" --epochs 40
            whole=$(signature out)
            rm -f restart.ckpt
            mpirun -n 3 "$sim" "${small[@]}" "${options[@]}" --epochs 40 --save restart.ckpt --save-every 2batches \
                >out 2>err &
            pid=$!
            until_true test -s restart.ckpt
            members=$(pgrep -P $pid -x crossbar_sim)
            kill -9 "${members##*$'\n'}" 2>/dev/null
            wait $pid
            pid=
            count=$((12 - count)) # 7 and 5 in turn
            together $count --resume restart.ckpt --quiet --threads 2
            check "--rule $rule --target $target: 3 processes killed, $count go on to the signature of one" \
                test "$status-$(signature out)" = "0-$whole"
        done
    done
}

counts=${COUNTS:-3}
has_mpi=$(ldd "$sim" | grep -o 'libmpi[^ ]*' | head -1)
test_alone
if [[ -z $has_mpi ]] || ! command -v mpirun >/dev/null; then
    skip "several processes" "${has_mpi:+no mpirun}${has_mpi:-built without MPI}"
else
    test_signatures
    test_outputs
    test_faults
    test_kill
    [[ -z ${COUNTS:-} ]] || test_restarts
fi
finish
