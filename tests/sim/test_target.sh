#!/usr/bin/env bash
# Targets as a black box: files, descriptions, fits: test_target.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

small=(--data synthetic --train-images 300 --test-images 100)
tiny=("${small[@]}" --epochs 1 --quiet)

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
    run target show array128 --draw curves.svg
    check "a target is described" test "$status" -eq 0
    check "its tiles" grep -qE '^  adc_bits +8 bits$' out
    check "keys as they are where nothing is said" grep -qE '^  read_noise +0 .*default' out
    check "keys that need others" grep -qE '^  lifetime_spread +- +needs lifetime$' out
    check "its curves are drawn" grep -q "<svg xmlns" curves.svg
    run target show taox_hfox
    check "or sketched" grep -q 'a  formula' out
    refused "describing: training options" "--epochs belongs to 'crossbar_sim train'" target show ideal --epochs 2
    refused "describing: no curve" "is ideal" target show ideal --draw curves.svg
    refused "drawing alone" "--draw belongs to 'crossbar_sim report', 'crossbar_sim target show'" --draw curves.svg
    { for n in 0 1 2 3 4 5 6 7 8; do echo "$n,$((n * 10 + 7))"; done
      for n in 0 1 2 3 4 5 6 7 8; do echo "$n,$((87 - n * 10))"; done; } >measured.csv
    run target fit measured.csv --out fitted.toml --draw fit.svg
    check "what it was read as is said" grep -qF \
        'SET 8 pulses (rows 1 to 9), RESET 8 pulses (rows 10 to 18), 1 cycle, 1 device' out
    check "all families are listed" test "$(grep -cE '^(constant|linear|soft-bounds|exponential|power|label|table) +[0-9]' out)" -eq 7
    check "labels with their parameters" grep -qE '^label +label = \[.*states = ' out
    check "a straight line is a constant step" grep -q 'fitted.toml: constant' out
    check "measured and fitted are drawn" grep -q "<svg xmlns" fit.svg
    run "${tiny[@]}" --target fitted.toml
    check "what was fitted trains" test "$status" -eq 0
    refused "fitting: a name" "ends in .toml" target fit measured.csv --out fitted.txt
    refused "fitting: no file" "cannot read this file" target fit none.csv
    run target fit measured.csv --family label --out label.toml
    check "a family is chosen" grep -q '^step = "label"' label.toml
    run target show label.toml
    check "and described" test "$status" -eq 0
    run target fit measured.csv --unit nA --read-volt 0.1 --out "a \"b\\c.toml"
    check "units of the command line" grep -q '^# on_ohm = 1.14' "a \"b\\c.toml"
    run target show "a \"b\\c.toml"
    check "names with quotes are written right" test "$status" -eq 0
    { echo 'pulse,G (uS),V (V),pulse width (us)'
      sed -n '1,9s/$/,1.2,10/p;10,18s/$/,-1.5,10/p' measured.csv; } >pulses.csv
    run target fit pulses.csv --out cost.toml
    check "volts and seconds of pulses go to [cost]" grep -q '^set = \[1.2, 1e-05\]' cost.toml
    run "${tiny[@]}" --target cost.toml --cost
    check "whose target trains" test "$status" -eq 0
    cut -d, -f1,2 pulses.csv | head -10 >up.csv
    run target fit up.csv --out up.toml
    check "SET alone is one-sided" grep -q '^cells = "one-sided"' up.toml
    run "${tiny[@]}" --target up.toml
    check "which trains" test "$status" -eq 0
    refused "fitting: no unit" "expected a unit" target fit measured.csv --unit furlong
    refused "fitting: no family" "--family x" target fit measured.csv --family x
    refused "a family alone" "--family belongs to 'crossbar_sim target fit'" --family label
    refused "fitting: a drawing of another kind" "ends in .svg, .pdf or .png" target fit measured.csv --draw fit.eps
    refused "describing: the same" "ends in .svg, .pdf or .png" target show pcmo --draw curves.gif
    for n in 0 1 2 3 4 5 6 7 8 9 10 11; do echo "$n,$((n % 2 * 90 + n)),set"; done >zigzag.csv
    refused "fitting: what no curve explains" "flat line" target fit zigzag.csv
    echo 'x,1,2,3' >>measured.csv
    refused "fitting: a line" "measured.csv:19" target fit measured.csv
    printf 'title="t"\ncitation="c"\n[device]\npulse=0.03\nasymmetry=-0.333333\n' >lean.toml
    run target show lean.toml
    check "pulses up and down are counted" test "$(grep -cE 'SET .* 95 pulses to 95|RESET .* 48 pulses to 5 %' out)" -eq 2
}

test_target_file
test_describing_targets
finish
