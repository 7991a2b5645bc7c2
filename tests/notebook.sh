#!/usr/bin/env bash
# The tutorial from its first cell to its last: notebook.sh FOLDER_OF_BINARIES, with the module that make python makes there. Skipped
# where Jupyter's nbconvert and matplotlib (make deps-notebook) or the module are missing.
set -u
bin=$(realpath "${1:?usage: notebook.sh FOLDER_OF_BINARIES}")
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONPATH=$bin/python PYTHONDONTWRITEBYTECODE=1
python=
for each in python3 /usr/bin/python3; do
    "$each" -c 'import crossbar_sim, matplotlib, nbconvert, ipykernel' 2>/dev/null && python=$each && break
done
if [ -z "$python" ]; then
    echo "skip the tutorial: no nbconvert, matplotlib or module (make deps-notebook python)"
    echo "0 passed, 0 failed, 1 skipped"
    exit
fi
if "$python" -m nbconvert --to notebook --execute "$here/../docs/tutorial.ipynb" --output-dir "$work" --output made >"$work/log" 2>&1 &&
    [ "$(grep -c '"image/png"' "$work/made.ipynb")" -ge 4 ] && grep -q 'taken for 1' "$work/made.ipynb"; then
    echo "ok the tutorial, its pictures and what it recognises"
    echo "1 passed, 0 failed"
else
    tail -5 "$work/log"
    echo "FAIL the tutorial, its pictures and what it recognises"
    echo "0 passed, 1 failed"
    exit 1
fi
