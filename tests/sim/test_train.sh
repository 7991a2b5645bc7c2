#!/usr/bin/env bash
# Training runs as a black box: test_train.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

small=(--data synthetic --train-images 300 --test-images 100)
tiny=("${small[@]}" --epochs 1 --quiet)

test_run() {
    run "${small[@]}" --epochs 2 --confusion --json a.json --csv a.csv --bn-images 0
    check "a run ends with 0" test "$status" -eq 0
    check "nothing on standard error but of statistics" test "$(grep -vc 'statistics of batch normalisation' err)" -eq 0
    check "statistics of few batches: told" grep -q 'from only [0-9]* batches.*--bn-images' err
    check "statistics of few batches: in the record" test "$(value a.json bn_few_batches)" = true
    check "echo line" grep -q 'feedback frsf' out
    check "a line an epoch" test "$(grep -c '^epoch [12]/2 ' out)" -eq 2
    check "confusion matrix" test "$(grep -A 13 '^confusion' out | grep -c '^ *[0-9] ')" -ge 10
    check "table of layers" grep -q '^fc 500 *400000 ' out
    for field in task=mnist data=synthetic arithmetic=fixed feedback=frsf rule=bm1 bn=plain \
        weight_bits=8 activation_bits=8 error_bits=8 feedback_bits=8 target=ideal seed=1 epochs=2 \
        batch=100 train_images=300 test_images=100 synapses=430500 reported_on=test epochs_done=2; do
        check "record: $field" test "$(value a.json "${field%=*}")" = "${field#*=}"
    done
    for field in threads isa train_error_percent test_error_percent train_images_per_second seconds \
        pulses_per_synapse sign_copies_per_synapse refreshes_per_synapse momentum rate quorum version; do
        check "record: has $field" grep -q "^  \"$field\": " a.json
    done
    check "record: signature of 16 digits" grep -qE '^  "signature": "[0-9a-f]{16}"' a.json
    check "record: concordance of 4 layers" \
        test "$(grep -c '"sign_concordance_percent": 100.0' a.json)" -eq 4
    check "record: saturated synapses of 4 layers" \
        test "$(grep -c '"saturated_synapses": [0-9]' a.json)" -eq 4
    check "record: history of 2 epochs" test "$(grep -c '"epoch": [12],' a.json)" -eq 2
    check "record: confusion" grep -q '^  "confusion": ' a.json
    if command -v python3 >/dev/null; then
        check "record: valid JSON" python3 -m json.tool a.json /dev/null
    else
        skip "record: valid JSON" "python3 is not installed"
    fi
    check "the same signature on screen" test "$(signature out)" = "$(value a.json signature)"
    run "${tiny[@]}" --json -
    check "JSON on standard output alone" test "$(head -c 1 out)$(tail -c 2 out)" = '{}'
    run "${tiny[@]}" --holdout 200
    check "holdout" grep -q '^holdout error ' out
    run "${tiny[@]}"
    check "quiet prints one line" test "$(wc -l <out)" -eq 1
    run "${tiny[@]}" --arithmetic float --json f.json
    check "float arithmetic" test "$(value f.json arithmetic)" = float
}

test_terminal() {
    command -v script >/dev/null || { skip "a live line on a terminal" "script is not installed"; return; }
    script -qec "$sim ${small[*]} --epochs $(lasting 20)" /dev/null >out </dev/null
    check "a live line on a terminal" grep -q 'images/s.*left' out
}

test_csv() {
    run "${tiny[@]}" --csv rows.csv
    run "${tiny[@]}" --csv rows.csv --seed 2
    check "csv: header and two rows" test "$(wc -l <rows.csv)" -eq 3
    check "csv: header" grep -q '^version,task,network,data,' rows.csv
    sed -i '1s/,task,/,job,/' rows.csv
    cp rows.csv before.csv
    refused "csv: another header" "first difference is 'job" "${tiny[@]}" --csv rows.csv
    check "csv: left as it was" cmp -s rows.csv before.csv
    refused "csv: no such folder" "No such file or directory" "${tiny[@]}" --csv no/rows.csv
}

test_limits() {
    local limit=3000000
    if (ulimit -v "$limit" && "$sim" --version) >/dev/null 2>&1; then
        (ulimit -v "$limit" && timeout 60 "$sim" --task letters --threads 1024 --quiet) >out 2>err
        check "threads that cannot be made: fewer" test $? -eq 0
        check "threads that cannot be made: told" grep -q -- '--threads 1024: .*; [0-9]* are used' err
        local fewer
        fewer=$(signature out)
        run --task letters --quiet --threads 1
        check "threads that cannot be made: the same result" test "$(signature out)" = "$fewer"
    else
        skip "threads that cannot be made" "this program does not start under ulimit -v $limit"
    fi
    mkfifo pipe.toml
    for option in --task --target --resume 'target fit' eval 'report --out=o.html'; do
        # shellcheck disable=SC2086  # two words
        timeout 20 "$sim" $option pipe.toml >out 2>err
        check "$option: a pipe is refused at once" test $? -eq 2
    done
}

test_determinism() {
    local reference isa threads
    # Few synapses: the specification is slow.
    local tiny=("${tiny[@]}" --network "conv 5x5x6, bn, max 2x2/2, relu, conv 3x3x9, bn, relu, fc 30, bn, relu, fc 10")
    run "${tiny[@]}" --isa reference --threads 1
    reference=$(signature out)
    check "a signature" test -n "$reference"
    for threads in 1 2 3 4 7; do
        run "${tiny[@]}" --threads "$threads"
        check "same signature with $threads threads" test "$(signature out)" = "$reference"
    done
    for isa in $(COLUMNS=200 "$sim" help isa | awk '/^  / && !/not on this machine/ {print $1}'); do
        run "${tiny[@]}" --isa "$isa"
        check "same signature with $isa" test "$(signature out)" = "$reference"
    done
    for isa in $(COLUMNS=200 "$sim" help isa | awk '/not on this machine/ {print $1}'); do
        refused "refuses $isa" "does not have it" "${tiny[@]}" --isa "$isa"
    done
    run "${tiny[@]}" --seed 2
    check "another signature with another seed" test "$(signature out)" != "$reference"
}

# rule_is NAME RULE OPTION...
rule_is() {
    local name=$1 rule=$2
    shift 2
    run "${small[@]}" --epochs 0 --quiet --json rule.json "$@"
    check "rule: $name" test "$(value rule.json rule)" = "$rule"
}

test_usual_rule() {
    rule_is "bm1 for many bits" bm1 --weight-bits 5
    rule_is "bm4 for few" bm4 --weight-bits 2
    check "rule: with a budget" test "$(value rule.json pulse_budget)" = 3.0
    check "rule: repeated by the record's command" grep -q -- '--weight-bits 2"' rule.json
    rule_is "bm4 for a target's few" bm4 --target cell_1bit
    rule_is "the line's bits on that target" bm1 --target cell_1bit --weight-bits 6
    rule_is "the line's rule wins" bm1 --weight-bits 1 --rule bm1
    check "rule: and is in the record's command" grep -q -- '--rule bm1' rule.json
    rule_is "the column's too" bm3 --weight-bits 1 --column frsf+bn+bm3
    check "rule: errors of signs to the nearest" test "$(value rule.json error_rounding)" = nearest
    rule_is "floats have no bits" bm1 --weight-bits 2 --arithmetic float
    rule_is "a column's rule" sgd --column usf+bn
    check "rule: sgd's errors at random" test "$(value rule.json error_rounding)" = stochastic
    rule_is "the line's rounding wins" sgd --column usf+bn --error-rounding nearest
    check "rule: sgd's errors to the nearest" test "$(value rule.json error_rounding)" = nearest
    check "rule: and is in the record's command" grep -q -- '--error-rounding nearest' rule.json
}

test_run
test_terminal
test_csv
test_limits
test_determinism
test_usual_rule
finish
