#!/usr/bin/env bash
# The program as a black box: test_cli.sh BINARY. Prints "ok NAME" or "FAIL NAME" for every test and
# "N passed, N failed" at the end; exit status 1 when one failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

small=(--data synthetic --train-images 300 --test-images 100)
tiny=("${small[@]}" --epochs 1 --quiet)

test_information() {
    run --help
    check "help ends with 0" test "$status" -eq 0
    for option in --task --weight-bits --feedback --rule --json --resume --threads; do
        check "help names $option" grep -q -- "^  $option " out
    done
    check "help shows defaults" grep -qF -- '--feedback SCHEME [frsf]' out
    check "help fits 80 columns" test "$(awk 'length > 80' out | wc -l)" -eq 0
    for width in 40 60 100 132; do
        COLUMNS=$width run --help
        check "help fits $width columns" test "$(awk -v w=$width 'length > w && / .* /' out | grep -vc '^ *--')" -eq 0
    done
    run --list
    for word in mnist ideal frsf-p bm4 reference; do
        check "list names $word" grep -q "^  $word " out
    done
    run --list rules
    check "list of one kind" test "$(wc -l <out)" -eq 5
    refused "list of an unknown kind" "did you mean 'rules'?" --list rulez
    run --version
    check "version" grep -q '^crossbar_sim [0-9]' out
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
    for option in --task --target --fit-device --resume --evaluate '--out=o.html --report'; do
        # shellcheck disable=SC2086  # two words
        timeout 20 "$sim" $option pipe.toml >out 2>err
        check "$option: a pipe is refused at once" test $? -eq 2
    done
}

test_run() {
    run "${small[@]}" --epochs 2 --confusion --json a.json --csv a.csv
    check "a run ends with 0" test "$status" -eq 0
    check "nothing on standard error but of statistics" test "$(grep -vc 'statistics of normalisation' err)" -eq 0
    check "statistics of few batches: told" grep -q 'follow [0-9]* batches only.*--bn-images' err
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
    script -qec "$sim ${small[*]} --epochs 20" /dev/null >out </dev/null
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

test_bad_options() {
    refused "unknown option" "did you mean '--epochs'?" --epoch 3
    refused "unknown value" "did you mean 'frsf'?" --feedback frfs
    refused "unknown task" "did you mean 'mnist'?" --task mnits
    refused "unknown target" "did you mean 'ideal'?" --target idael
    refused "missing task file" "cannot read this task file" --task none.toml
    refused "missing target file" "cannot read this target file" --target none.toml
    refused "unknown instruction set" "did you mean 'reference'?" --isa referense
    refused "unknown data" "did you mean 'synthetic'?" --data synthetics
    refused "stray argument" "unexpected argument 'mnist'" mnist
    refused "given twice" "--seed is given twice" --seed 1 --seed 2
    refused "given twice, beside one that may be" "--seed is given twice" --device "pulse=0.1;asymmetry=0" --seed 1 --seed 2
    refused "no value" "--epochs" --epochs
    refused "not a number" "--rate fast: expected a number" --rate fast
    refused "not finite" "--momentum nan: expected" --momentum nan
    refused "too large" "--weight-bits 17: expected a whole number from 1 to 16" --weight-bits 17
    refused "negative seed" "--seed -1" --seed -1
    refused "bad list" "--quorum" --rule bm4 --quorum 4,,8
    refused "bad network" "conw 5x5x20" --network "conw 5x5x20, fc 10"
    refused "network of other classes" "10 classes" --network "fc 9"
}

test_combinations() {
    refused "quorum without bm4" "belongs to --rule bm4" --rule bm1 --quorum 4
    refused "quorum over the counter" "--counter-bits" --rule bm4 --quorum 99 --counter-bits 4
    refused "budget without bm4" "--pulse-budget belongs to --rule bm4" --pulse-budget 3
    refused "budget and quorum" "exclude each other" --rule bm4 --quorum 4 --pulse-budget 3
    refused "budget out of range" "0.01 to 1000" --rule bm4 --pulse-budget 0.001
    refused "sampling in float" "--counting" --rule bm4 --counting sampled --arithmetic float
    refused "unknown counting" "expected one of: all, sampled" --rule bm4 --counting some
    refused "concordance without a mask" "frsf-p" --feedback frsf --concordance 0.5
    refused "resume and evaluate" "exclude each other" --resume a --evaluate b
    refused "evaluate and save" "nothing to save" --evaluate a --save b
    refused "one file for two" "file of its own" "${tiny[@]}" --json x --csv x
    refused "holdout of everything" "hold out" --data synthetic --holdout 60000
}

test_data() {
    refused "real data without files" "datasets/data/mnist" --data real
    check "names the cure" grep -q 'datasets/fetch.sh mnist' err
    mkdir -p images
    refused "a folder without files" "images/mnist" --data images
    run --train-images 100 --test-images 10 --epochs 1 --quiet --json auto.json
    check "without files: runs" test "$status" -eq 0
    check "without files: notice" grep -q 'SYNTHETIC' err
    check "without files: cure" grep -q 'datasets/fetch.sh mnist' err
    check "without files: marked" test "$(value auto.json data)" = synthetic
    for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        : >"images/$name-ubyte"
    done
    refused "empty data files" "images/" --data images
    mkdir -p near/mnist
    echo packed >near/mnist/archive.zip
    refused "near misses: an archive" "near/mnist/archive.zip: unpack it: unzip" --data near
    CROSSBAR_DATA=near run --train-images 100 --test-images 10 --epochs 0 --quiet
    check "near misses: told before a stand-in" grep -q 'near/mnist/archive.zip: unpack it' err
    CROSSBAR_DATA=none run --train-images 100 --test-images 10 --epochs 0 --quiet
    check "near misses: a folder that is not there" grep -q 'none   (not there)' err
}

# Files of MNIST as other places have them: dots in their names, and each in a folder of its own name.
test_names_nearly_right() {
    local part
    mkdir -p dots/Mnist
    idx dots/Mnist train 300
    idx dots/Mnist t10k 100
    for part in train t10k; do
        mv dots/Mnist/$part-images{-,.}idx3-ubyte
        mv dots/Mnist/$part-labels-idx1-ubyte dots/Mnist/own
        mkdir dots/Mnist/$part-labels-idx1-ubyte
        mv dots/Mnist/own dots/Mnist/$part-labels-idx1-ubyte/$part-labels-idx1-ubyte
    done
    CROSSBAR_DATA=dots run --epochs 0 --quiet --json near.json
    check "names nearly right: read" test "$status/$(value near.json data)" = 0/real
    check "names nearly right: all of them" test "$(value near.json train_images)" = 300
}

test_task_file() {
    cat >own.toml <<'TOML'
title = "small"
home = "-"
licence = "-"
reader = "idx"
folder = "own"
shape = [28, 28, 1]
classes = 10
train_count = 200
test_count = 50
network = "fc 10"
[plan]
epochs = 2
seed = 7
"sgd.rate" = 0.03
TOML
    run --task own.toml --data synthetic --json own.json
    check "own task: its plan" test "$(value own.json seed)/$(value own.json epochs)" = 7/2
    check "own task: its counts" test "$(value own.json train_images)" = 200
    run --task own.toml --data synthetic --seed 8 --json own.json
    check "own task: the command line wins" test "$(value own.json seed)" = 8
    run --task own.toml --data synthetic --rule sgd --json own.json
    check "own task: values of a rule" test "$(value own.json rate)" = 0.03
    check "own task: sgd's errors at random" test "$(value own.json error_rounding)" = stochastic
    sed 's/^seed.*/error-rounding = "nearest"/' own.toml >nearest.toml
    run --task nearest.toml --data synthetic --rule sgd --json own.json
    check "own task: unless it says" test "$(value own.json error_rounding)" = nearest
    sed -i 's/^seed/sede/' own.toml
    refused "own task: unknown option in the plan" "did you mean '--seed'?" --task own.toml
    sed -i 's/^sede.*/batch = "many"/' own.toml
    refused "own task: bad value in the plan" "[plan] --batch many" --task own.toml
    sed '/^sede/d' nearest.toml >mine.toml
    printf '[[file]]\nrole = "train_images"\nname = "mine.idx"\n' >>mine.toml
    refused "own task: no files" "check the names under [[file]] in mine.toml" --task mine.toml --data .
    check "own task: not sent elsewhere" test "$(grep -c fetch.sh err)" = 0
    printf '[[\n' >own.toml
    refused "own task: breaks off in a key" "own.toml: not valid TOML" --task own.toml
}

test_target_file() {
    printf 'title = "mine"\ncitation = "none"\n' >mine.toml
    run "${tiny[@]}" --target mine.toml --json target.json
    check "own target" test "$(value target.json target)" = mine
    echo 'levles = 3' >>mine.toml
    refused "own target: unknown key" "mine.toml:3: unknown key 'levles'" --target mine.toml
    printf 'title = "mine"\n' >mine.toml
    refused "own target: missing key" "citation" --target mine.toml
    echo '= =' >mine.toml
    refused "own target: no TOML" "not valid TOML" --target mine.toml
}

test_describing_targets() {
    run --describe-target array128 --draw curves.svg
    check "a target is described" test "$status" -eq 0
    check "its tiles" grep -qE '^  adc_bits +8 bits$' out
    check "keys as they are where nothing is said" grep -qE '^  read_noise +0 .*default' out
    check "keys that need others" grep -qE '^  lifetime_spread +- +needs lifetime$' out
    check "its curves are drawn" grep -q '<svg xmlns.*class="line".*</svg>' curves.svg
    run --describe-target taox_hfox
    check "or sketched" grep -q 'a  formula' out
    refused "describing: training options" "does nothing with" --describe-target ideal --epochs 2
    refused "describing: no curve" "is ideal" --describe-target ideal --draw curves.svg
    refused "drawing alone" "--draw belongs with" --draw curves.svg
    { for n in 0 1 2 3 4 5 6 7 8; do echo "$n,$((n * 10 + 7))"; done
      for n in 0 1 2 3 4 5 6 7 8; do echo "$n,$((87 - n * 10))"; done; } >measured.csv
    run --fit-device measured.csv --out fitted.toml --draw fit.svg
    check "what it was read as is said" grep -qF \
        'SET 8 pulses (rows 1 to 9), RESET 8 pulses (rows 10 to 18), 1 cycle, 1 device' out
    check "all families are listed" test "$(grep -cE '^(constant|linear|soft-bounds|exponential|power|label|table) +[0-9]' out)" -eq 7
    check "labels with their parameters" grep -qE '^label +label = \[.*states = ' out
    check "a straight line is a constant step" grep -q 'fitted.toml: constant' out
    check "measured and fitted are drawn" grep -q '<svg xmlns.*measured.*constant' fit.svg
    run "${tiny[@]}" --target fitted.toml
    check "what was fitted trains" test "$status" -eq 0
    refused "fitting: a name" "ends in .toml" --fit-device measured.csv --out fitted.txt
    refused "fitting: no file" "cannot read this file" --fit-device none.csv
    run --fit-device measured.csv --family label --out label.toml
    check "a family is chosen" grep -q '^step = "label"' label.toml
    run --describe-target label.toml
    check "and described" test "$status" -eq 0
    run --fit-device measured.csv --unit nA --read-volt 0.1 --out "a \"b\\c.toml"
    check "units of the command line" grep -q '^# on_ohm = 1.14' "a \"b\\c.toml"
    run --describe-target "a \"b\\c.toml"
    check "names with quotes are written right" test "$status" -eq 0
    { echo 'pulse,G (uS),V (V),pulse width (us)'
      sed -n '1,9s/$/,1.2,10/p;10,18s/$/,-1.5,10/p' measured.csv; } >pulses.csv
    run --fit-device pulses.csv --out cost.toml
    check "volts and seconds of pulses go to [cost]" grep -q '^set = \[1.2, 1e-05\]' cost.toml
    run "${tiny[@]}" --target cost.toml --cost
    check "whose target trains" test "$status" -eq 0
    cut -d, -f1,2 pulses.csv | head -10 >up.csv
    run --fit-device up.csv --out up.toml
    check "SET alone is one-sided" grep -q '^cells = "one-sided"' up.toml
    run "${tiny[@]}" --target up.toml
    check "which trains" test "$status" -eq 0
    refused "fitting: no unit" "expected a unit" --fit-device measured.csv --unit furlong
    refused "fitting: no family" "--family x" --fit-device measured.csv --family x
    refused "a family alone" "--family belongs with" --family label
    refused "fitting: a drawing of another kind" "ends in .svg" --fit-device measured.csv --draw fit.pdf
    refused "describing: the same" "ends in .svg" --describe-target pcmo --draw curves.png
    for n in 0 1 2 3 4 5 6 7 8 9 10 11; do echo "$n,$((n % 2 * 90 + n)),set"; done >zigzag.csv
    refused "fitting: what no curve explains" "flat line" --fit-device zigzag.csv
    echo 'x,1,2,3' >>measured.csv
    refused "fitting: a line" "measured.csv:19" --fit-device measured.csv
    printf 'title="t"\ncitation="c"\n[device]\npulse=0.03\nasymmetry=-0.333333\n' >lean.toml
    run --describe-target lean.toml
    check "pulses up and down are counted" test "$(grep -cE 'SET .* 95 pulses to 95|RESET .* 48 pulses to 5 %' out)" -eq 2
}

test_determinism() {
    local reference isa threads
    run "${tiny[@]}" --isa reference --threads 1
    reference=$(signature out)
    check "a signature" test -n "$reference"
    for threads in 1 2 3 4 7; do
        run "${tiny[@]}" --threads "$threads"
        check "same signature with $threads threads" test "$(signature out)" = "$reference"
    done
    for isa in $("$sim" --list isa | awk '!/not on this machine/ {print $1}'); do
        run "${tiny[@]}" --isa "$isa"
        check "same signature with $isa" test "$(signature out)" = "$reference"
    done
    for isa in $("$sim" --list isa | awk '/not on this machine/ {print $1}'); do
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

test_real_files() {
    run "${tiny[@]}" --save run.ckpt
    mkdir -p real/mnist
    idx real/mnist train 300
    idx real/mnist t10k 100
    run --data real --epochs 1 --quiet --json real.json
    check "real: not found without the folder" test "$status" -eq 2
    CROSSBAR_DATA=real run --epochs 1 --quiet --json real.json
    check "real: found by variable" test "$status/$(value real.json data)" = 0/real
    run --data real/mnist --epochs 1 --quiet --json real.json
    check "real: found by folder" test "$status/$(value real.json train_images)" = 0/300
    refused "resumed: other images" "other images" --resume run.ckpt --epochs 9 --data real/mnist
    run --evaluate run.ckpt --data real/mnist --quiet
    check "evaluated: other images" grep -q ' real data ' out
    head -c 5000 real/mnist/train-images-idx3-ubyte >cut
    mv cut real/mnist/train-images-idx3-ubyte
    refused "real: truncated" "train-images-idx3-ubyte" --data real/mnist
}

# As many images as the task's set has, but others: of another set under the same names, say.
test_known_images() {
    mkdir -p fashion/set
    idx fashion/set train 40
    idx fashion/set t10k 20
    task_of() { # fingerprint
        printf '%s\n' 'title = "A set"' 'home = "-"' 'licence = "-"' 'reader = "idx"' 'folder = "set"' \
            'shape = [28, 28, 1]' 'classes = 10' 'train_count = 40' 'test_count = 20' 'network = "fc 10"' ${1:+"fingerprint = \"$1\""}
        printf '[[file]]\nrole = "%s"\nname = "%s"\n' train_images train-images-idx3-ubyte \
            train_labels train-labels-idx1-ubyte test_images t10k-images-idx3-ubyte test_labels t10k-labels-idx1-ubyte
        printf '[[published]]\ncolumn = "sgd"\nerror_percent = 1\nmark = "paper"\nsource = "-"\n'
    }
    local seen
    task_of >known.toml
    run --task known.toml --data fashion --quiet --json known.json
    check "images: without a fingerprint nothing is said" test "$status/$(value known.json data_label)" = 0/full
    task_of 00000000000000ab >known.toml
    run --task known.toml --data fashion --quiet --json known.json
    check "images: others are labelled" test "$status/$(value known.json data_label)" = 0/other
    check "images: others are told" grep -q 'THESE ARE NOT THE IMAGES OF A set, .* expected 00000000000000ab' err
    seen=$(sed -n 's/.*fingerprint is \([0-9a-f]*\),.*/\1/p' err)
    run --task known.toml --data fashion --column sgd --store known.jsonl
    check "images: others beside no published value" test "$(grep -c paper out)/$(grep -c 'not those that the task' out)" = 0/1
    run --task known.toml --data fashion --train-images 5 --quiet --json known.json
    check "images: some of the others too" test "$(value known.json data_label)" = other
    task_of "$seen" >known.toml
    run --task known.toml --data fashion --quiet --json known.json
    check "images: the right ones" test "$(value known.json data_label)/$(grep -c 'NOT THE IMAGES' err)" = full/0
    run --task known.toml --data fashion --column sgd --store known.jsonl
    check "images: the right ones beside the published value" test "$(grep -c '  paper' out)/$(grep -c 'not those that the task' out)" = 1/0
    task_of 12 >known.toml
    refused "images: half a fingerprint" "16 hex digits" --task known.toml
}

test_information
test_limits
test_run
test_terminal
test_csv
test_bad_options
test_combinations
test_data
test_names_nearly_right
test_task_file
test_target_file
test_describing_targets
test_determinism
test_usual_rule
test_real_files
test_known_images

finish
