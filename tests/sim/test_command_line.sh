#!/usr/bin/env bash
# Commands and options, and what is refused of them: test_command_line.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

small=(--data synthetic --train-images 300 --test-images 100)
tiny=("${small[@]}" --epochs 1 --quiet)

# moved NEW COMMAND LINE, old words: status 2 and the new command.
moved() {
    local new=$1
    shift
    refused "moved: $*" "type: crossbar_sim $new" "$@"
}

test_moved() {
    moved 'eval run.ckpt --quiet' --evaluate run.ckpt --quiet
    moved "eval 'my run.ckpt' --data d" --data d "--evaluate=my run.ckpt"
    moved 'report docs/results --out r.html' --report docs/results --out r.html
    moved 'study --experiment A --task mnist' --experiment A --task mnist
    moved 'study --sweep weight-bits=1..8 --jobs 2' --sweep weight-bits=1..8 --jobs 2
    moved 'study --task mnist --seeds 3' --task mnist --seeds 3
    moved 'study --jobs 2' --jobs 2
    moved 'study --store r.jsonl' --store r.jsonl
    moved 'tune --column sgd' --tune --column sgd
    moved 'target fit m.csv --out m.toml' --fit-device m.csv --out m.toml
    moved 'target show pcmo --draw p.svg' --describe-target pcmo --draw p.svg
    moved 'help' --list
    moved 'task list' --list tasks
    moved 'target list' --list targets
    moved 'help rules' --list=rules
}

test_commands() {
    refused "another command's option" "--jobs belongs to 'crossbar_sim study', 'crossbar_sim tune'" eval a.ckpt --jobs 2
    refused "another command's option of train" "--family belongs to 'crossbar_sim target fit', not to 'crossbar_sim train'" --family label
    refused "an option of train" "--rate belongs to 'crossbar_sim train'" report s.jsonl --out x.html --rate 1
    refused "a word from elsewhere" "did you mean '--rate'?" --lr 0.1
    refused "of another command" "did you mean '--rate'?" study --lr 0.1
    refused "of a command that has none" "did you mean '--rate' of 'crossbar_sim train'" eval a.ckpt --lr 0.1
    refused "two epochs" "did you mean '--epochs'?" --epoch 3
    refused "batch size" "did you mean '--batch'?" --batch-size 3
    refused "no command" "'evall' is not a command (did you mean 'eval'?)" evall
    refused "a task is no command" "crossbar_sim --task mnist" mnist
    refused "half a command" "crossbar_sim help target" target
    refused "no argument" "expected CKPT" eval
    refused "one argument too many" "unexpected argument 'b'" eval a b
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
    refused "stray argument" "unexpected argument 'mnist'" train mnist
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
    refused "resumed and tested" "--resume belongs to 'crossbar_sim train'" eval b --resume a
    refused "tested and saved" "--save belongs to 'crossbar_sim train'" eval a --save b
    refused "settings shown and written" "has nothing to tell" --task letters --show-settings --json x
    refused "one file for two" "file of its own" "${tiny[@]}" --json x --csv x
    refused "holdout of everything" "hold out" --data synthetic --holdout 60000
}

test_moved
test_commands
test_bad_options
test_combinations
finish
