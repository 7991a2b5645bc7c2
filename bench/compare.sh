#!/bin/bash
# Our training against a peer's, in turn (A B A B ..), so that both see the same machine; prints both
# medians and their ratio. A peer prints one JSON line a network, like
#   {"peer": "name", "network": "mnist", "train_images_per_second": 1, "infer_images_per_second": 2}
# Networks: mnist, cifar or cifar10, resnet8, resnet20.
#
#   bench/compare.sh [-r ROUNDS] [-t THREADS] [-b BENCH] [-n 'resnet8|resnet20'] PEER COMMAND...
set -euo pipefail

rounds=5 threads=2 bench=bin/bench networks='mnist|cifar'
usage() { sed -n 's/^#   //p' "$0" >&2; exit 2; }
while getopts r:t:b:n: option; do
    case $option in
        r) rounds=$OPTARG ;;
        t) threads=$OPTARG ;;
        b) bench=$OPTARG ;;
        n) networks=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage
[ -x "$bench" ] || { echo "compare.sh: $bench is missing: make $bench" >&2; exit 2; }

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for ((round = 1; round <= rounds; ++round)); do
    echo "round $round of $rounds" >&2
    "$bench" --benchmark_filter="^(train|infer)/($networks)/$threads/" --benchmark_min_time=1 \
        --benchmark_format=json 2>/dev/null | sed 's/^/ours /' >>"$lines"
    echo "ours end" >>"$lines"
    "$@" | sed 's/^/peer /' >>"$lines"
done

python3 - "$lines" <<'PYTHON'
import collections, json, statistics, sys

ours, speeds = [], collections.defaultdict(list)
for line in open(sys.argv[1]):
    who, text = line.rstrip("\n").split(" ", 1)
    if who == "peer" and text.startswith("{"):
        r = json.loads(text)
        for work in ("train", "infer"):
            speeds[r["network"].removesuffix("10"), work, "peer"].append(r[f"{work}_images_per_second"])
    elif who == "ours" and text != "end":
        ours.append(text)
    elif who == "ours":
        for b in json.loads("\n".join(ours))["benchmarks"]:
            work, network = b["name"].split("/")[:2]
            speeds[network, work, "ours"].append(b["images/s"])
        ours = []
print(f"{'network':8} {'work':6} {'ours':>9} {'peer':>9}  images/s, medians; ratio")
for network, work, who in sorted(speeds):
    if who == "ours" and (network, work, "peer") in speeds:
        a = statistics.median(speeds[network, work, "ours"])
        b = statistics.median(speeds[network, work, "peer"])
        print(f"{network:8} {work:6} {a:9.0f} {b:9.0f}  {a / b:.2f}")
PYTHON
