#!/usr/bin/env bash
# What the program says of itself: help, lists, the manual: test_help.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

test_help() {
    local command
    run --help
    check "help ends with 0" test "$status" -eq 0
    check "help names commands" test "$(grep -cE '^  (train|eval|study|tune|report|watch|export|target (show|fit|list)|task (show|list)|help) ' out)" -eq 13
    check "help is one screen" test "$(lines out)" -le 50
    cp out overview
    run help
    check "help is --help" cmp -s out overview
    for command in train eval study tune report export "target show" "target fit" "target list" "task show" "task list" help; do
        # shellcheck disable=SC2086  # two words
        run help $command
        check "help $command: begins with an example" test "$(sed -n 2p out | cut -c1-15)" = "  crossbar_sim "
        check "help $command: 80 columns" test "$(awk 'length > 80' out | wc -l)" -eq 0
        check "help $command: one screen" test "$(lines out)" -le 60
        cp out page
        # shellcheck disable=SC2086
        run $command --help
        check "$command --help" cmp -s out page
    done
    run help train
    check "help shows defaults" grep -qF -- '--feedback SCHEME [frsf]' out
    for command in network device data feedback rules columns experiments isa; do
        run help $command
        check "topic $command" test "$status/$(awk 'length > 80' out | wc -l)" = 0/0
    done
    run help train --all
    for option in --task --weight-bits --feedback --rule --json --resume --threads --quorum --sign-of-zero; do
        check "all of train has $option" grep -q -- "^  $option " out
    done
    cp out page
    run --help-all
    check "--help-all" cmp -s out page
    for width in 40 60 100 132; do
        COLUMNS=$width run help train --all
        check "help fits $width columns" test "$(awk -v w=$width 'length > w && / .* /' out | grep -vc '^ *--')" -eq 0
    done
    run help eval
    check "help has no colours" test "$(grep -c $'\033' out)" -eq 0
    refused "help of nothing" "did you mean 'rules'?" help rulez
    run --version
    check "version" grep -q '^crossbar_sim [0-9]' out
}

test_bare() {
    run
    check "bare: status 0" test "$status" -eq 0
    check "bare: says what it would do" grep -q 'crossbar_sim train.* task mnist' out
    check "bare: and where its images are" grep -q 'fetch.sh mnist' out
    check "bare: help follows" grep -q '^  target fit ' out
}

test_lists() {
    run task list
    check "tasks" grep -q '^  mnist ' out
    run task show letters
    check "a task" grep -q '^  network  *fc 3' out
    run target list
    check "targets" grep -q '^  ideal ' out
    run help rules
    check "rules" test "$(grep -c '^  [a-z]' out)" -eq 5
}

test_manual() {
    run help --man
    check "manual: every command" test "$(grep -c '^.SH "CROSSBAR_SIM ' out)" -eq 13
    check "manual: every setting" grep -q 'sign\\-of\\-zero' out
    if command -v mandoc >/dev/null; then
        check "manual: mandoc has no objection" mandoc -Tlint -Wwarning out
    elif command -v man >/dev/null; then
        cp out crossbar_sim.1
        LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l crossbar_sim.1 >/dev/null 2>warnings
        check "manual: man has no objection" test ! -s warnings
    else
        skip "manual: its form" "neither mandoc nor man is installed"
    fi
}

test_help
test_bare
test_lists
test_manual
finish
