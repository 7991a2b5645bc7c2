#!/usr/bin/env bash
# The choice of rates as a black box: test_tune.sh BINARY.
# Prints "ok NAME" or "FAIL NAME" for every test and "N passed, N failed" at the end; exit status 1 when one
# failed. Needs no data and no network.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

many_runs

# The reported number of a JSON line's key.
field() { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p"; }

test_tune() {
    sed 's/^train_count = .*/train_count = 900/; s/^rate = 0.01/epochs = 4/' small.toml >mine.toml
    run tune --task mine.toml --data synthetic --column usf+bn,bm1 --jobs 2
    check "tune: status 0" test "$status" -eq 0
    check "tune: four decades first" test "$(grep -c '^\[[0-9]/8\] mine [a-z0-9+]*, rate 0*[.0]*1 ' out)" -eq 8
    check "tune: only held-out images are reported on" \
        test "$(grep -c '"reported_on":"holdout"' tuning.jsonl)" -eq "$(lines tuning.jsonl)"
    check "tune: short runs" test "$(grep -c '"epochs":3,' tuning.jsonl)" -eq "$(lines tuning.jsonl)"
    local best rate
    best=$(grep usf+bn tuning.jsonl | field test_error_percent | sort -g | head -1)
    rate=$(grep "\"test_error_percent\":$best,\"test_loss" tuning.jsonl | grep usf+bn | field rate)
    check "tune: the best rate is taken" \
        test "$(sed -n '/"usf+bn"/,/^rate/s/^rate = //p' mine.tuned.toml)" = "$(head -1 <<<"$rate")"
    for key in 'data = "synthetic"' 'held_out_images = 150' 'train_images = 750' 'seed = 1' \
        'command = "crossbar_sim tune .*--task mine.toml' 'date = "20'; do
        check "tune: provenance: ${key%% =*}" test "$(grep -c "^$key" mine.tuned.toml)" -eq 2
    done
    cp mine.tuned.toml before
    cp tuning.jsonl runs
    run tune --task mine.toml --data synthetic --column usf+bn --quiet
    check "tune: again, nothing is made" cmp -s tuning.jsonl runs
    check "tune: again, the same rates" cmp -s <(grep ^rate before) <(grep ^rate mine.tuned.toml)
    sed -i '/"usf+bn"/,/^rate/s/^rate = .*/rate = 0.123/' mine.tuned.toml
    run --task mine.toml --data synthetic --column usf+bn --json t.json --quiet
    check "tuned: taken by the column" grep -q '"rate": 0.123' t.json
    run --task mine.toml --data synthetic --feedback usf --rule sgd --json t.json --quiet
    check "tuned: by nothing else" grep -q '"rate": 0.1,' t.json
    run --task mine.toml --data synthetic --column usf+bn --rate 0.2 --json t.json --quiet
    check "tuned: the command line wins" grep -q '"rate": 0.2,' t.json
    sed -i '/"usf+bn"/,/^data/s/^data = .*/data = "real"/' mine.tuned.toml
    run tune --task mine.toml --data synthetic --column usf+bn --quiet
    check "tune: a stand-in's rate replaces none of real images" grep -q '^rate = 0.123$' mine.tuned.toml
    check "tune: and says so" grep -q 'keeps the rate' err
    sed -i 's/^rate = 0.123/rate = "fast"/' mine.tuned.toml
    refused "tuned: damaged" "mine.tuned.toml:" --task mine.toml --data synthetic
    rm mine.tuned.toml
    mkdir few
    idx few train 90
    idx few t10k 20
    sed 's/^network = .*/network = "conv 9x9x4\/4, bn, relu, fc 10"/' "$here/../datasets/mnist.toml" >few.toml
    run tune --task few.toml --data few --column frsf+bn+bm1 --store few.jsonl --quiet
    check "tune: fewer files than the task's count: status 0" test "$status" -eq 0
    check "tune: a sixth of those that are there is held out" grep -q '^held_out_images = 15$' few.tuned.toml
    refused "tune: no column" "which columns" tune --task mine.toml
    refused "tune: a rate" "leave it out" tune --column sgd --rate 0.1
    refused "tune: a column without a rate" "there is no rate to tune: --rule bm4 counts votes" \
        tune --task mine.toml --data synthetic --column frsf+bn+bm4
    refused "tune: no place for the rates" "datasets/mnist.toml is not below this folder" tune --column sgd
}

test_tune
finish
