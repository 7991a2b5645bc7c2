#!/usr/bin/env bash
# The report in a real browser, without a window: browser.sh BINARY [FOLDER]. Clicks, filters, lays curves over one another, saves,
# prints (tests/browser.mjs). With FOLDER the screenshots are kept there, to be looked at. Skipped where Chromium or playwright-core
# is not installed (make deps-browser).
set -u
# shellcheck source=tests/shell_testing.sh
[[ -z ${2:-} ]] || { mkdir -p "$2" && keep=$(realpath "$2"); }
. "$(dirname "$0")/shell_testing.sh"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) && command -v node >/dev/null &&
    [[ -d $here/../build/npm/node_modules/playwright-core ]] || {
    skip 'browser: the report' 'Chromium or playwright-core is not installed (make deps-browser)'
    finish
    exit
}

run report "$here"/../docs/results/*.jsonl --out page.html
check "browser: a page of the committed results" test "$status" -eq 0

# Runs of 5 schemes, 3 rules, 7 widths, 10 faults and 10 seeds, with curves and layers; and names that are markup.
python3 - <<'PYTHON'
import json, random
random.seed(1)
def runs():
    for feedback in ["frsf", "usf", "brsf", "rndf", "sym"]:
        for rule in ["bm1", "bm3", "bm4"]:
            for bits in [1, 2, 3, 4, 6, 8, 12]:
                for stuck in [0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]:
                    for seed in range(1, 11):
                        yield feedback, rule, bits, stuck, seed
def record(number, feedback, rule, bits, stuck, seed):
    error = round(0.7 + 10 * stuck ** 2 + 4 / bits + random.gauss(0, 0.05), 4)
    history = [{"epoch": e, "train_error_percent": round(error * (0.5 + 2 / e), 4), "test_error_percent": round(error * (1 + 3 / e), 4)}
               for e in range(1, 11)]
    layers = [{"name": name, "synapses": 1000, "pulses_per_synapse": round(random.uniform(1, 900), 4), "saturated_percent": 2.345,
               "sign_concordance_percent": 99.876} for name in ["conv 5x5x20", "conv 5x5x50", "fc 500", "fc 10"]]
    return {"key": "mnist real - seed %d %016x" % (seed, number), "experiment": "sweep", "version": "0.2.0", "task": "mnist", "data": "real",
            "rule": rule, "feedback": feedback, "bn": "plain", "weight_bits": bits, "device": "stuck_random=%g" % stuck if stuck else "",
            "seed": seed, "isa": "avx2", "cpu": "Some CPU", "date": "2026-11-25T10:00:00Z",
            "command": "crossbar_sim --task mnist --data real --feedback %s --rule %s --weight-bits %d --device stuck_random=%g --seed %d"
            % (feedback, rule, bits, stuck, seed), "train_error_percent": error / 2, "test_error_percent": error, "seconds": 12.5,
            "pulses_per_synapse": 100 + seed, "signature": "%016x" % random.getrandbits(64), "layers": layers, "history": history}
with open("large.jsonl", "w") as file:
    for number, run in zip(range(10000), runs()):
        print(json.dumps(record(number, *run)), file=file)
bad = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
with open("hostile.jsonl", "w") as file:
    for seed in range(1, 7):
        line = record(seed, "frsf", "bm1", 8, 0, seed)
        line.update({name: bad for name in ["task", "network", "command", "cpu", "version", "signature", "column", "experiment"]})
        line["key"] = bad + " %d" % seed
        line["layers"][0]["name"] = bad
        print(json.dumps(line), file=file)
PYTHON
run report hostile.jsonl --out hostile.html
check "browser: a page of hostile names" test "$status" -eq 0
run report large.jsonl --out large.html
check "browser: a page of 10,000 runs" test "$status" -eq 0
check "browser: of less than 8 MB" test "$(stat -c %s large.html)" -lt 8000000

mkdir pictures
node "$here/browser.mjs" "$browser" "$work/page.html" "$work/hostile.html" "$work/large.html" "$work/pictures" >said 2>&1
status=$?
while IFS= read -r line; do
    case $line in
    "ok "*) ok "${line#ok }" ;;
    "FAIL "*) fail "${line#FAIL }" ;;
    *) echo "$line" ;;
    esac
done <said
check "browser: went to its end" test "$status" -eq 0
if [[ -n ${keep:-} ]]; then
    cp pictures/* "$keep"
    echo "screenshots are in $keep"
fi
finish
