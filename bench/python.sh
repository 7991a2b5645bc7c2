#!/usr/bin/env bash
# What does Python add to a run? python.sh [REPEATS [EPOCHS]]: the MNIST run by the program and through the module, in turn; seconds
# of each and the ratio of the medians; with a call after every batch, and importing it. Needs make python.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(for each in python3 /usr/bin/python3; do $each -c 'import numpy' 2>/dev/null && echo "$each" && break; done)
export PYTHONPATH=bin/python
"$python" - "${1:-5}" "${2:-10}" <<'PY'
import statistics, subprocess, sys, time

settings = {"task": "mnist", "epochs": int(sys.argv[2])}
words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]


def program():
    subprocess.run(["bin/crossbar_sim", *words, "--quiet"], check=True, capture_output=True)


def module():
    call = f"xs.train(progress=True, on_batch=lambda at: None, **{settings!r})"
    script = f"import warnings; warnings.simplefilter('ignore'); import crossbar_sim as xs; {call}"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


times = {call.__name__: [] for call in (program, module)}
for _ in range(int(sys.argv[1])):
    for call in (program, module):
        began = time.monotonic()
        call()
        times[call.__name__].append(time.monotonic() - began)
medians = {name: statistics.median(each) for name, each in times.items()}
for name, each in times.items():
    print(f"{name:8} {medians[name]:.3f} s (" + ", ".join(f"{one:.2f}" for one in each) + f"), {medians[name] / medians['program']:.3f} of the program's")
PY
