#!/usr/bin/env bash
# Figures for papers as a black box: test_figures.sh BINARY. Prints "ok NAME" or "FAIL NAME" for every test
# and "N passed, N failed" at the end; exit status 1 when one failed. Needs no data.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

stores() {
    run study --task letters --column frsf+bn+bm1 --epochs 2 --sweep weight-bits=2,4,8 --seeds 2 --store bits.jsonl --quiet
    run study --task letters --epochs 2 --sweep target=ideal,pcmo,taox_hfox --cost --diagnose --store parts.jsonl --quiet
}

is_svg() { [[ $(head -c 5 "$1") == '<?xml' && $(tail -c 7 "$1") == '</svg>' && $(grep -c '<svg' "$1") -eq 1 ]]; }
is_pdf() { [[ $(head -c 5 "$1") == '%PDF-' && $(tail -c 6 "$1") == '%%EOF' ]] && grep -qa '/FontFile' "$1"; }
is_png() { [[ $(head -c 4 "$1" | tail -c 3) == PNG ]]; }
# Pixels across of a PNG.
across() { echo $((0x$(od -An -tx1 -j16 -N4 "$1" | tr -d ' '))); }

test_formats() {
    for suffix in svg pdf png; do
        run report bits.jsonl --figure bits --out "bits.$suffix"
        check "report: $suffix" "is_$suffix" "bits.$suffix"
        check "report: $suffix: told" grep -q "^bits.$suffix: bits, 1 panel, 88 mm wide" out
    done
    cp bits.pdf first.pdf
    run report bits.jsonl --figure bits --out bits.pdf
    check "the same figure is the same file" cmp -s bits.pdf first.pdf
    check "no day in it" test "$(grep -ac Date bits.pdf)" -eq 0
    run report bits.jsonl --figure bits --width page --out page.png
    check "as wide as a column and a page" test "$(across bits.png)/$(across page.png)" = 1039/2126
    for name in fig.gif fig.txt fig.svg.bak .svg fig fig.html; do
        refused "another format: $name" "ends in .svg, .pdf or .png" report bits.jsonl --figure bits --out "$name"
        check "another format: $name is not there" test ! -e "$name"
    done
    refused "no file" "Give --out FILE.svg" report bits.jsonl --figure bits
    refused "another width" "expected one of: column, page" report bits.jsonl --figure bits --width 90 --out x.pdf
    refused "its own store" "another one" report bits.jsonl --figure bits --out bits.jsonl
}

test_names() {
    refused "without a name they are listed" "  energy       energy of each part" report bits.jsonl --figure
    refused "and for a false one" "  learning " report bits.jsonl --figure bit --out x.pdf
    refused "so are targets'" "  steps " target show pcmo --figure
    refused "and those of a fit" "  fit " target fit none.csv --figure
    refused "and those of a task" "  network " task show mnist --figure x --out x.svg
    for figure in learning targets angles energy pulses; do
        run report parts.jsonl --figure $figure --out "$figure.pdf"
        check "report: $figure" is_pdf "$figure.pdf"
    done
    for figure in stuck faults concordance angles energy targets; do
        refused "lacks: $figure" "make " report bits.jsonl --figure $figure --out none.pdf
    done
    check "what is lacking leaves no file" test ! -e none.pdf
    run report bits.jsonl --figure bits --only weight-bits=2,8 --out some.svg
    check "some runs alone" is_svg some.svg
    refused "none that has that" "there are: letters" report bits.jsonl --figure bits --only task=mnist --out x.svg
    refused "no such setting" "did you mean weight-bits" report bits.jsonl --figure bits --only weight-bit=2 --out x.svg
    refused "--only without a figure" "belongs to --figure" report bits.jsonl --only task=letters --out x.html
    printf 'half a' >broken.jsonl
    refused "a broken store" "there is no run in it" report broken.jsonl --figure bits --out x.svg
}

test_devices() {
    run target show pcm reram_sb ecram --figure pulses --out pulses.svg
    check "targets over one another" is_svg pulses.svg
    run target show pcm reram_sb --figure steps --width page --out steps.pdf
    check "their steps" is_pdf steps.pdf
    { for n in 0 1 2 3 4 5 6 7 8; do echo "$n,$((n * 10 + 7))"; done
      for n in 0 1 2 3 4 5 6 7 8; do echo "$n,$((87 - n * 10))"; done; } >measured.csv
    run target show pcm reram_sb --figure pulses --measured measured.csv --out with.svg
    # 18 measured points and one in the legend.
    check "measured points: each" test "$(grep -c 'fill:rgb(0%,44.705882%,69.803922%)' with.svg)" -eq 19
    run target fit measured.csv --figure fit --out fit.pdf
    check "a fit" is_pdf fit.pdf
    run target fit measured.csv --draw fit.png --out fitted.toml
    check "a drawing beside a target" is_png fit.png
    check "and the target" grep -q '^step = ' fitted.toml
    refused "a target as a figure" "ends in .svg, .pdf or .png" target fit measured.csv --figure fit --out x.toml
    refused "the ideal device" "is ideal" target show pcm ideal --figure pulses --out x.svg
    refused "no measurements" "cannot read this file" target show pcm --figure pulses --measured none.csv --out x.svg
    refused "--out alone" "belongs to --figure" target show pcm --out x.svg
    run target show pcm reram_sb
    check "several targets in words" test "$status/$(grep -c '^\[device\]' out)" = 0/2
    run task show cifar10-resnet8 --figure network --out net.pdf
    check "a network" is_pdf net.pdf
    run --task letters --epochs 1 --quiet --map 1=map.svg --map 1:0:0=tile.pdf --map 1=map.png
    check "a layer's map, a tile's" eval 'is_svg map.svg && is_pdf tile.pdf && is_png map.png'
}

# A machine without any font.
test_no_fonts() {
    mkdir -p nofonts
    echo '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/nonexistent</dir></fontconfig>' >fonts.conf
    FONTCONFIG_FILE=$PWD/fonts.conf "$sim" report bits.jsonl --figure bits --out blank.svg >out 2>err
    status=$?
    check "without fonts: refused" test "$status" -eq 2 -a ! -e blank.svg
    check "without fonts: with the cure" grep -q 'fonts-dejavu-core' err
    FONTCONFIG_FILE=$PWD/fonts.conf "$sim" report bits.jsonl --out blank.html >out 2>err
    status=$?
    check "without fonts: a page all the same" eval 'test "$status" -eq 0 && grep -q "<text x=.*>weight-bits</text>" blank.html'
}

stores
test_formats
test_names
test_devices
test_no_fonts
finish
