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

test_page() {
    whole_store >store.jsonl
    run report store.jsonl --out report.html
    check "page: written" test "$status" -eq 0
    for id in summary experiment-A experiment-B experiment-C1 experiment-C2 experiment-M other held-out curves \
        concordance bits pulses diagnosis confusion filters runs; do
        check "page: section $id" grep -q "<h2 id=\"$id\">" report.html
        check "page: link to $id" grep -q "<a href=\"#$id\">" report.html
    done
    check "page: mean and deviation" grep -q '0.70 ± 0.14 (2 seeds)' report.html
    check "page: better in words" grep -q '<td class="better">0.70 ± 0.14 (2 seeds)<br/>better</td>' report.html
    check "page: worse in words" grep -q '<td class="worse">0.99 (1 seed)<br/>worse</td>' report.html
    check "page: one column alone is no comparison" bash -c \
        "! sed '/id=\"other\"/,\$d' report.html | grep -q '0.88 (1 seed)' && grep -q '0.88 (1 seed)' report.html"
    check "page: published value and mark" grep -q '<td>0.83<br/>(paper)</td>' report.html
    check "page: real and synthetic apart" \
        test "$(grep -c 'SYNTHETIC stand-in images</caption>' report.html)" -ge 1
    check "page: synthetic is not compared" grep -q '<td>0.10 (1 seed)</td>' report.html
    check "page: command" grep -q 'crossbar_sim --task mnist --feedback usf' report.html
    check "page: machine" grep -q 'Some CPU, 4 cores, avx2' report.html
    check "page: charts have titles and descriptions" \
        test "$(grep -c '<svg viewBox="0 0 360' report.html)" -eq "$(grep -c '<desc id=' report.html)"
    check "page: a table of data below every chart" \
        test "$(grep -c '<desc id=' report.html)" -eq "$(grep -c 'Data of this chart' report.html)"
    check "page: filters as a picture with a text" grep -q '<img class="pixels" alt="Small pictures' report.html
    check "page: language" grep -q '<html lang="en">' report.html
    check "page: skip link" grep -q '<a class="skip" href="#main">' report.html
    check "page: the same store, the same page" bash -c \
        "'$sim' report store.jsonl --out again.html >/dev/null && cmp -s report.html again.html"
}

# No reference to anything outside of the file, no script, ids once, and well-formed.
sound() {
    local page=$1
    ! grep -qiE '(src|href|action)="?(https?:|//|file:)|<script|<link|<iframe|@import|url\(| on[a-z]+="' "$page" &&
        [[ -z $(grep -oE ' id="[^"]*"' "$page" | sort | uniq -d) ]] || return 1
    if command -v xmllint >/dev/null; then
        xmllint --noout "$page" 2>xml || { head -3 xml; return 1; }
    else
        python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$page"
    fi
}

test_sound() {
    check "page: sound" sound report.html
    local hostile='</style></title><script>alert(1)</script><img src=x onerror=alert(1)>|'
    whole_store | sed "s#\"task\":\"mnist\"#\"task\":\"$hostile\"#" >hostile.jsonl
    record "$usf,\"network\":\"$hostile\"" 1 1 "\"command\":\"$hostile\",\"cpu\":\"$hostile\",\"signature\":\"$hostile\",\"layers\":[{\"name\":\"$hostile\"}],$history" >>hostile.jsonl
    record "$usf,\"column\":\"$hostile\"" 1 1 >>hostile.jsonl
    run report hostile.jsonl --out hostile.html
    check "hostile names: written" test "$status" -eq 0
    check "hostile names: escaped" sound hostile.html
    check "hostile names: shown" grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' hostile.html
    run report hostile.jsonl --out hostile.md
    check "hostile names: no markup in Markdown" test "$(grep -c '<script' hostile.md)" -eq 0
    record "$usf" 1 1 '"history":[5,{"epoch":-3},{"epoch":"x"},[]],"layers":7,"confusion":[[1],[2]],"filters":{"height":9e9,"width":2,"channels":1,"levels":[[1]]},"pulses_per_synapse":9e300' >odd.jsonl
    run report odd.jsonl --out odd.html
    check "values of another kind are left out" sound odd.html
}

test_formats() {
    run report store.jsonl --out report.md
    check "markdown: a table" grep -q '^| mnist | fixed | --bn-images 0 .*0.70 ± 0.14 (2 seeds); better' report.md
    check "markdown: sections" grep -q '^## Error against bits' report.md
    run report store.jsonl --out report.csv
    check "csv: a row" grep -q '^mnist,real,fixed,usf+bn+bm1,.*,test,2,0.7000,0.1414,' report.csv
    check "csv: published" grep -q ',0.8300,paper$' report.csv
    check "csv: synthetic is marked" grep -q '^mnist,synthetic,' report.csv
    mkdir -p many
    cp store.jsonl many/b.jsonl
    record "$usf" 0.70 3 >many/a.jsonl
    run report many --out many.csv
    check "folder: all of its files" grep -q 'usf+bn+bm1,.*,test,3,0.7000,0.1000,' many.csv
    cp store.jsonl many/c.jsonl
    run report many --out many.csv
    check "folder: the same run counts once" grep -q 'usf+bn+bm1,.*,test,3,0.7000,0.1000,' many.csv
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
    refused "no file" "--out" report store.jsonl
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
    check "own store: two seeds" grep -qE '[0-9]\.[0-9]{2} \(2 seeds\)' own.html
    for id in diagnosis confusion filters curves; do
        check "own store: section $id" grep -q "<h2 id=\"$id\">" own.html
    done
    check "own store: sound" sound own.html
    run report own.jsonl --draw angles.svg
    check "angles: a drawing alone" test "$status" -eq 0 -a "$(grep -c '^<svg' angles.svg)" -eq 1
    check "angles: of both epochs" grep -q '>epoch 1<.*>epoch 2<' angles.svg
    run report own.jsonl --draw both.svg --out both.md
    check "angles: a drawing beside a page" cmp -s angles.svg both.svg
    check "angles: in the page too" grep -q 'Angle by layer' both.md
    refused "angles: another format" "expected a name that ends in .svg" report own.jsonl --draw angles.png
    record "$usf" 0.60 1 >plain.jsonl
    refused "angles: of runs that tell none" "made with --diagnose" report plain.jsonl --draw none.svg
    check "angles: of none is no drawing" test ! -e none.svg
    refused "a report of nothing" "expected --out FILE" report own.jsonl
}

test_ablations() {
    run study --task letters --column frsf+bn+bm1 --epochs 1 --sweep device.stuck_random=0,0.5,1 --store faults.jsonl
    run study --task letters --column frsf+bn+bm1 --epochs 1 --sweep target=ideal,ecram --store faults.jsonl
    run report faults.jsonl --out faults.md
    check "ablations: a curve over stuck devices, its start at the ideal" \
        test "$(sed -n '/^### Error against stuck_random/,/^##[^#]/p' faults.md | grep -cE '^\| (0|0.5|1) ')" -eq 3
    check "ablations: a row for each target" \
        test "$(sed -n '/^## Error and wear by target/,/^## P/p' faults.md | grep -cE '^\| (ideal|ecram) ')" -eq 2
    check "ablations: refreshes and sign copies beside it" grep -q "| refreshes | sign copies |" faults.md
    check "ablations: a sweep is no experiment" test "$(grep -c '^## Experiment' faults.md)" -eq 0
    check "ablations: a sweep's rows stand among other runs, once" \
        test "$(sed -n '/^## Other runs/,/^## /p' faults.md | grep -c '^| letters .*device stuck_random=0.5')" -eq 1
    check "ablations: wear" grep -q '^## Pulses per synapse' faults.md
    run study --task letters --epochs 1 --experiment faults --store every.jsonl
    check "every fault: status 0" test "$status" -eq 0
    run study --task letters --epochs 1 --sweep device.tiles.adc_bits=3,6 --store every.jsonl
    run report every.jsonl --out every.md
    check "every fault: a table of them" grep -q '^## Experiment faults' every.md
    check "every fault: without the sweep" \
        test "$(sed -n '/^## Experiment faults/,/^## O/p' every.md | grep -c adc_bits)" -eq 0
    for setting in stuck_random step_spread cycle_spread asymmetry endurance lifetime feedback_device.stuck \
        tiles.adc_bits; do
        check "every fault: a curve against $setting" grep -q "^### Error against $setting" every.md
    done
    check "every fault: with two bits as well" grep -q 'device endurance=10;.*weight-bits 2' every.md
}

test_several_stores
test_page
test_ablations
test_sound
test_formats
test_refused
test_own_store
finish
