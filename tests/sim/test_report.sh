#!/usr/bin/env bash
# Reports as a black box: test_report.sh BINARY. Stores are written by hand, so that what the page has to
# say is known; one is made by the program.
set -u
# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

# record OPTIONS-AS-JSON ERROR SEED: a line of a store.
record() {
    printf '{"version":"0.1.0","task":"mnist","data":"real",%s,"seed":%s,"test_error_percent":%s,%s}\n' \
        "$1" "$3" "$2" "${4:-\"train_error_percent\":0.5,\"pulses_per_synapse\":$((100 + $3))}"
}
usf='"feedback":"usf","bn":"plain","rule":"bm1"'
rndf='"feedback":"rndf","bn":"plain","rule":"bm1"'
rate='"rate":0.02'
history='"history":[{"epoch":1,"test_error_percent":2.5,"layers":[{"angle_degrees":40.5,"gradient_sign_agreement_percent":70,"sign_concordance_percent":100},{"angle_degrees":0}]},{"epoch":2,"test_error_percent":1.5,"layers":[{"angle_degrees":30.5},{"angle_degrees":0}]}],"layers":[{"name":"conv 5x5x2"},{"name":"fc 10"}]'
matrix='"confusion":[[9,1],[0,10]],"filters":{"height":2,"width":2,"channels":1,"levels":[[1,-127,3,4],[5,6,7,127]]}'

# A store with something for every section.
whole_store() {
    record "$usf" 0.60 1 "\"pulses_per_synapse\":70,$history,$matrix,\"cpu\":\"Some CPU\",\"cores\":4,\"isa\":\"avx2\",\"date\":\"2026-11-25T10:00:00Z\",\"command\":\"crossbar_sim --task mnist --feedback usf\",\"signature\":\"0123456789abcdef\""
    record "$usf" 0.80 2
    record '"feedback":"sym","bn":"none","rule":"sgd","rate":0.03' 0.88 1
    record '"feedback":"brsf","bn":"plain","rule":"bm1"' 0.99 1
    # Rows of one rate, whatever is tuned for their columns.
    record "$usf,$rate" 0.75 1
    record "$usf,$rate,\"train_layers\":\"last\"" 8 1
    record "\"feedback\":\"usf\",\"bn\":\"plain\",\"rule\":\"bm2\",$rate" 0.9 1
    record "$rndf,$rate" 3 1
    record "$rndf,$rate,\"train_layers\":\"last\"" 9 1
    for p in 1 0.75 0.5; do
        record "\"feedback\":\"frsf-p\",\"bn\":\"plain\",\"rule\":\"bm1\",\"concordance\":$p" "$p" 1
    done
    for bits in 1 2 4; do
        record "\"feedback\":\"frsf\",\"bn\":\"plain\",\"rule\":\"bm4\",\"weight_bits\":$bits" "1.$bits" 1
    done
    record "$usf,\"holdout\":10000" 0.7 1
    for feedback in usf brsf; do
        record "\"feedback\":\"$feedback\",\"bn\":\"plain\",\"rule\":\"bm1\",\"data\":\"synthetic\"" 0.1 1 | sed 's/"data":"real",//'
    done
}

# A line as a study writes it: its key, error, seed, and what more it tells.
keyed() { record "$usf" "$2" "$3" "\"pulses_per_synapse\":70,\"signature\":\"$4\"${5:-}" | sed "s/^{/{\"key\":\"$1\",\"revision\":\"${6:-r}\",/"; }

# Stores of shards, copies of them, and what cannot both be.
test_several_stores() {
    mkdir parts
    { keyed a 0.6 1 5; keyed b 0.7 2 6; } >one.jsonl
    keyed c 0.8 3 7 >parts/two.jsonl
    keyed b 0.7 2 6 >parts/three.jsonl
    run report one.jsonl parts parts/two.jsonl ./one.jsonl --out several.csv
    check "several stores: status 0" test "$status" -eq 0
    check "several stores: each run counts once" test "$(lines several.csv)" -eq 2 -a "$(grep -c ,test,3,0.7000,0.1000, several.csv)" -eq 1
    check "several stores: what stands twice is told, and where" \
        grep -q '1 runs stand in several lines, with the same results, and count once (one.jsonl:2, parts/three.jsonl:1)' err
    keyed b 0.7 2 8 >parts/three.jsonl
    refused "several stores: another signature" "two results of one run, which has but one (b)" report one.jsonl parts --out several.csv
    check "several stores: the first place is named" grep -q '^  one.jsonl:2: test error 0.7 %, signature 6$' err
    check "several stores: and the second" grep -q '^  parts/three.jsonl:1: test error 0.7 %, signature 8$' err
    keyed b 0.9 2 6 >parts/three.jsonl
    refused "several stores: another error" "two results of one run" report one.jsonl parts --out several.csv
    keyed b 0.9 2 8 '' s >parts/three.jsonl
    run report one.jsonl parts --out several.csv
    check "several stores: another arithmetic is another run's" test "$status" -eq 0
    { keyed f 1 1 5 ',"arithmetic":"float","isa":"avx2"'; keyed f 2 1 6 ',"arithmetic":"float","isa":"avx512"'; } >float.jsonl
    run report float.jsonl --out float.csv
    check "several stores: floats depend on the machine" test "$status" -eq 0
    { keyed f 1 1 5 ',"arithmetic":"float","isa":"avx2"'; keyed f 2 1 6 ',"arithmetic":"float","isa":"avx2"'; } >float.jsonl
    refused "several stores: but not on one" "two results of one run" report float.jsonl --out float.csv
}

# The data of a page, and with a filter what that finds in it.
data() { grep -o '<script type="application/json" id="data">.*</script>' "$1" | sed 's/^[^>]*>//; s/<[^<]*$//'; }

test_page() {
    whole_store >store.jsonl
    run report store.jsonl --out report.html
    check "page: written" test "$status" -eq 0
    for id in runs notes study-1; do
        check "page: section $id" grep -q "<h2 id=\"$id\">" report.html
        check "page: link to $id" grep -q "<a href=\"#$id\">" report.html
    done
    check "page: opens with the paper's table" grep -q '<h2 id="first-title">mnist beside the paper</h2>' report.html
    check "page: mean, deviation and seeds beside the published value" \
        grep -q 'usf+bn+bm1</th><td>0.70 ± 0.14 (2)</td><td>0.83</td><td>-0.13</td>' report.html
    check "page: at most ten rows" test "$(sed -n '/id="first"/,/<\/table>/p' report.html | grep -c '<tr')" -le 11
    check "page: three findings" test "$(grep -cE '<li><strong>(Best|Spread|Breaks):</strong>' report.html)" -eq 3
    check "page: what is real and what is not" grep -q 'Real images: .* runs (mnist). SYNTHETIC stand-in images: 2 runs (mnist)' report.html
    check "page: synthetic is not compared" bash -c "! sed -n '/SYNTHETIC stand-in: /,/<\/table>/p' report.html | grep -q 'paper'"
    check "page: held-out images apart" grep -q 'real images, held out of training: ' report.html
    check "page: charts without scripts" grep -q '<figure data-chart="0">' report.html
    check "page: with titles and descriptions" \
        test "$(grep -cE '<div class="plot"><svg' report.html)" -eq "$(grep -cE '<svg viewBox="[0-9. ]+" role="img"[^>]*><title>[^<]+</title><desc>[^<]+' report.html)"
    check "page: with letters that are text" grep -q '<text x="[0-9.]*" y="[0-9.]*">' report.html
    # Greys are shares of the page's ink; each other ink is one that a style sheet can make lighter.
    check "page: charts in the page's own ink" test "$(grep -oE '(stroke|fill)="[^"]*"' report.html | sort -u | tr '\n' ' ')" = \
        'fill="currentColor" fill="none" stroke="currentColor" stroke="var(--ground, #fff)" '
    check "page: language" grep -q '<html lang="en">' report.html
    check "page: skip link" grep -q '<a class="skip" href="#main">' report.html
    data report.html >data.json
    check "page: the command" grep -q '"crossbar_sim --task mnist --feedback usf"' data.json
    check "page: the machine" grep -q '"Some CPU, avx2"' data.json
    check "page: angles, confusion and filters of the run that has them" \
        grep -q '"angles":{"10":\[\[1,40.5,0\],\[2,30.5,0\]\]},"command".*"confusion":{"10":\[\[9,1\],\[0,10\]\]}.*"filters":{"10":\[2,2,1,"AYEDBAUGB38="\]}' data.json
    check "page: the same store, the same page" bash -c \
        "'$sim' report store.jsonl --out again.html >/dev/null && cmp -s report.html again.html"
}

# No reference to anything outside of the file, ids once, scripts that are only its own, and data that can be read.
sound() {
    local page=$1
    sed '/^<script/,/<\/script>$/d' "$page" >bare.html
    ! grep -qiE '(src|href|action)="?(https?:|//|file:)|<script|<link|<iframe|@import|url\(| on[a-z]+="' bare.html &&
        [[ -z $(grep -oE ' id="[^"]*"' bare.html | sort | uniq -d) ]] || return 1
    [[ $(grep -c '<script' "$page") -eq 3 && $(grep -o '</script' "$page" | wc -l) -eq 3 ]] || return 1
    data "$page" | python3 -c 'import json, sys; json.load(sys.stdin)' || return 1
    if command -v xmllint >/dev/null; then
        xmllint --noout bare.html 2>xml || { head -3 xml; return 1; }
    else
        python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' bare.html
    fi
}

test_sound() {
    check "page: sound" sound report.html
    local hostile='</style></title></script><script>alert(1)</script><img src=x onerror=alert(1)>|'
    whole_store | sed "s#\"task\":\"mnist\"#\"task\":\"$hostile\"#" >hostile.jsonl
    record "$usf,\"network\":\"$hostile\"" 1 1 "\"command\":\"$hostile\",\"cpu\":\"$hostile\",\"signature\":\"$hostile\",\"layers\":[{\"name\":\"$hostile\"}],$history" >>hostile.jsonl
    record "$usf,\"column\":\"$hostile\"" 1 1 >>hostile.jsonl
    record "$usf,\"experiment\":\"$hostile\"" 1 2 >>hostile.jsonl
    run report hostile.jsonl --out hostile.html
    check "hostile names: written" test "$status" -eq 0
    check "hostile names: escaped" sound hostile.html
    check "hostile names: shown" grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' hostile.html
    run report hostile.jsonl --out hostile.md
    check "hostile names: no markup in Markdown" test "$(grep -c '<script' hostile.md)" -eq 0
    record "$usf,\"column\":\"\\u001b[31mred\"" 1 1 >escape.jsonl
    run report escape.jsonl
    check "hostile names: no terminal is steered" bash -c "! grep -q $'\\033' out && grep -q '\[31mred' out"
    record "$usf" 1 1 '"history":[5,{"epoch":-3},{"epoch":"x"},[]],"layers":7,"confusion":[[1],[2]],"filters":{"height":9e9,"width":2,"channels":1,"levels":[[1]]},"pulses_per_synapse":9e300,"cost":{"training":[3,{"part":5}]}' >odd.jsonl
    run report odd.jsonl --out odd.html
    check "values of another kind are left out" sound odd.html
}

# A field of the row of a CSV file that holds TEXT: field FILE TEXT NAME.
field() {
    python3 - "$@" <<'PYTHON'
import csv, sys
rows = [row for row in csv.DictReader(open(sys.argv[1])) if sys.argv[2] in row.values()]
print(" ".join(row[sys.argv[3]] for row in rows))
PYTHON
}

test_formats() {
    run report store.jsonl --out report.md
    check "markdown: a table" grep -q '^| usf+bn+bm1 .*| *0.70 ± 0.14 (2) | *0.83 |' report.md
    check "markdown: findings" grep -q '^- Best: ' report.md
    check "markdown: the store's own study" grep -q '^## store$' report.md
    run report store.jsonl --out report.csv
    check "csv: a column for each axis" bash -c "head -1 report.csv | tr ',' '\n' | grep -qx weight_bits"
    check "csv: with its values" test "$(field report.csv frsf+bn+bm4 weight_bits)" = "1 2 4"
    check "csv: none for settings that never vary" bash -c "! head -1 report.csv | grep -q label_smoothing"
    check "csv: mean and deviation" grep -q '^store,mnist,real,fixed,usf+bn+bm1,.*,test,2,0.7000,0.1414,' report.csv
    check "csv: published" grep -q ',0.8300,paper$' report.csv
    check "csv: synthetic is marked" grep -q '^store,mnist,synthetic,' report.csv
    mkdir -p many
    cp store.jsonl many/b.jsonl
    record "$usf" 0.70 3 >many/a.jsonl
    run report many --out many.csv
    check "folder: all of its files" grep -q 'usf+bn+bm1,.*,test,3,0.7000,0.1000,' many.csv
    record '"feedback":"kp","bn":"plain","rule":"bm1","concordance":0.5' 0.9 1 >kp.jsonl
    record '"feedback":"kp","bn":"plain","rule":"bm1","concordance":1' 0.8 1 >>kp.jsonl
    run report kp.jsonl --out kp.csv
    check "csv: what agrees at the start is in the name" grep -q ',kp-p50+bn+bm1,.*,0.9000,' kp.csv
    check "csv: all agree" grep -q ',kp+bn+bm1,.*,0.8000,' kp.csv
    cp store.jsonl many/c.jsonl
    run report many --out many.csv
    check "folder: the same run counts once" grep -q 'usf+bn+bm1,.*,test,3,0.7000,0.1000,' many.csv
}

test_terminal() {
    LC_ALL=C.UTF-8 COLUMNS=80 run report store.jsonl
    check "terminal: the first screen" grep -q '^usf+bn+bm1 *0.70 ± 0.14 (2) *0.83 ' out
    check "terminal: a line of blocks" grep -qE '^  [▁▂▃▄▅▆▇█]+  ' out
    check "terminal: findings" grep -q '^Best: ' out
    LC_ALL=C COLUMNS=80 run report store.jsonl
    check "terminal: plain where it takes no Unicode" bash -c "! LC_ALL=C grep -q '[^ -~]' out && grep -q '0.70 +- 0.14' out"
    check "terminal: no line is wrapped but those of its chart" test "$(grep -v '^  [_.:=+*#-]*  \|: test error ' out | awk '{ print length }' | sort -n | tail -1)" -le 80
}

test_refused() {
    refused "no store" "no such file or folder" report none.jsonl --out x.html
    : >empty.jsonl
    refused "empty store" "there is no run in it" report empty.jsonl --out x.html
    mkdir -p bare
    refused "folder without stores" "no .jsonl files" report bare --out x.html
    { head -1 store.jsonl; echo '{"task": "mnist", '; echo '{"task": "mnist"}'; tail -1 store.jsonl; } >damaged.jsonl
    run report damaged.jsonl --out d.csv
    check "damaged lines: told" test "$(grep -c 'damaged.jsonl:[23]: not a record of a run; left out' err)" -eq 2
    check "damaged lines: the others are used" test "$status/$(wc -l <d.csv)" = 0/3
    head -c 100 /dev/urandom >damaged.jsonl
    refused "noise" "damaged.jsonl" report damaged.jsonl --out x.html
    check "refused: nothing was written" test ! -e x.html
    { cat store.jsonl; head -1 store.jsonl | head -c 50; } >cut.jsonl
    local broken="cut.jsonl:$(($(wc -l <store.jsonl) + 1)): the last line broke off"
    run report cut.jsonl --out cut.html
    check "a last line that broke off: left out with a notice" grep -q "$broken" err
    check "and told on the page" grep -q "$broken" cut.html
    record '"feedback":"new-scheme"' 1 1 >>many/a.jsonl
    run report many --out many.html
    check "settings of a newer program: left out with a notice" grep -q 'many/a.jsonl:2: left out: ' err
    refused "no store" "expected STORE..." report --out x.html
    refused "another ending" "ends in .html, .md or .csv" report store.jsonl --out x.pdf
    refused "no such folder" "no/x.html" report store.jsonl --out no/x.html
}

# What the program itself stores.
test_own_store() {
    cat >own.toml <<'TOML'
title = "own"
home = "-"
licence = "-"
reader = "idx"
folder = "own"
shape = [14, 14, 1]
classes = 10
train_count = 200
test_count = 60
network = "conv 5x5x4, bn, max 2x2/2, relu, fc 10"
[plan]
epochs = 2
TOML
    for seed in 1 2; do
        run --task own.toml --data synthetic --column usf+bn+bm1 --seed $seed --diagnose --confusion --json r.json
        tr -d '\n' <r.json >>own.jsonl
        echo >>own.jsonl
    done
    run report own.jsonl --out own.html
    check "own store: two seeds" grep -qE '[0-9]\.[0-9]{2} \(2\)' own.html
    for part in angles confusion filters layers; do
        check "own store: $part" bash -c "grep -o '\"$part\":[{[]' own.html | grep -q ."
    done
    check "own store: sound" sound own.html
    run report own.jsonl --draw angles.svg
    check "angles: a drawing alone" test "$status" -eq 0 -a "$(grep -c '^<svg' angles.svg)" -eq 1
    run report own.jsonl --draw both.svg --out both.md
    check "angles: a drawing beside a page" cmp -s angles.svg both.svg
    refused "angles: another format" "ends in .svg, .pdf or .png" report own.jsonl --draw angles.txt
    record "$usf" 0.60 1 >plain.jsonl
    refused "angles: of runs that tell none" "--diagnose" report plain.jsonl --draw none.svg
    check "angles: of none is no drawing" test ! -e none.svg
}

# rows FILE TITLE: of the tables of a study, or of a part of one.
rows() { sed -n "/^## $2/,/^## /p" "$1" | grep '^| '; }

test_ablations() {
    run study --task letters --column frsf+bn+bm1 --epochs 1 --sweep device.stuck_random=0,0.5,1 --store faults.jsonl
    run study --task letters --column frsf+bn+bm1 --epochs 1 --sweep target=ideal,ecram --store faults.jsonl
    run report faults.jsonl --out faults.md
    check "sweeps: one study under the name of the store, and the first screen" test "$(grep -c '^## faults$' faults.md)" -eq 2
    check "sweeps: no experiment that they are not" bash -c "! grep -qE '^## (devices|faults:|The paper)' faults.md"
    check "sweeps: a row for each share of stuck devices, the ideal one among them" \
        test "$(rows faults.md faults | grep -cE '^\| *(ideal *\| *)?(0|0.5|1) ')" -ge 3
    check "sweeps: no comparison with the paper" bash -c "! grep -q 'beside the paper' faults.md"
    run study --task letters --epochs 1 --experiment faults --store every.jsonl
    check "every fault: status 0" test "$status" -eq 0
    run study --task letters --epochs 1 --sweep device.tiles.adc_bits=3,6 --store every.jsonl
    run report every.jsonl --out every.md
    check "every fault: a study of them" grep -q '^## faults: ' every.md
    check "every fault: without the sweep" test "$(rows every.md faults: | grep -c adc_bits)" -eq 0
    check "every fault: the sweep by itself" test "$(rows every.md every | grep -c adc_bits)" -eq 1
    for setting in stuck_random step_spread cycle_spread asymmetry endurance lifetime feedback_device.stuck; do
        check "every fault: a table against $setting" grep -qE "^\| device.$setting .*rule bm1 .*rule bm4" every.md
    done
    check "every fault: with two bits apart" grep -qE '^Test error in percent, .*weight-bits 2' every.md
    run report every.jsonl --out every.csv
    check "every fault: each of their groups once" test "$(cut -d, -f1-60 every.csv | sort | uniq -d | wc -l)" -eq 0
}

test_several_stores
test_page
test_ablations
test_sound
test_formats
test_terminal
test_refused
test_own_store
finish
