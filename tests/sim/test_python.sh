#!/usr/bin/env bash
# The module for Python: test_python.sh BINARY. Made by `make python` beside the binary; skipped where it is not, or has no NumPy.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

module=$(dirname "$sim")/python
python=
for each in python3 /usr/bin/python3; do
    PYTHONPATH=$module "$each" -c 'import crossbar_sim' 2>/dev/null && python=$each && break
done
if [ -z "$python" ]; then
    skip "Python" "no module in $(basename "$(dirname "$sim")")/python for an interpreter with NumPy; make deps-python python makes it"
else
    export PYTHONPATH=$module PYTHONDONTWRITEBYTECODE=1 SIM=$sim
    "$python" -W ignore "$here/sim/test_python.py" >tests.out 2>&1 || true
    cat tests.out
    passed=$(grep -c '^ok ' tests.out) failed=$(grep -c '^FAIL ' tests.out)
    grep -q '^all made$' tests.out || fail "tests of Python came to their end" "$(tail -3 tests.out | head -c 300)"

    # Installed as people do, but for what they would download; not where make would have to build it anew.
    root=$here/..
    if ! make -q -C "$root" python PYTHON="$python" >/dev/null 2>&1 || [ "$module" != "$(realpath "$root")/bin/python" ]; then
        skip "pip install ." "the module in bin/python is not the one that make would make"
    elif ! "$python" -c 'import setuptools, wheel, pip' 2>/dev/null; then
        skip "pip install ." "no pip, wheel and setuptools; make deps-python installs them"
    else
        "$python" -m pip install --quiet --no-index --no-build-isolation --no-deps --no-warn-script-location --root-user-action ignore \
            --target installed "$root" >pip.out 2>&1
        check "pip installs the package" test -f installed/crossbar_sim/py.typed -a -f installed/crossbar_sim/__init__.pyi
        PYTHONPATH=installed check "the installed module trains" "$python" -W ignore -c \
            'import crossbar_sim as xs; xs.train(task="mnist", train_images=100, test_images=100, epochs=1, data="synthetic"); assert "installed" in xs.__file__'
        PYTHONPATH=installed check "the program comes along" installed/bin/crossbar_sim --version
    fi

    # What pages show of Python, as it stands there.
    for page in "$here"/../README.md "$here"/../docs/python.md; do
        "$python" - "$page" >page.py <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
print("\n".join(re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)))
PY
        # Small stand-ins in place of whole trainings.
        check "Python in $(basename "$page")" bash -c 'grep -q crossbar_sim page.py && "$0" -W ignore "$1" page.py >page.out 2>&1 || { tail -5 page.out; false; }' \
            "$python" "$here/sim/quick_python.py"
    done
fi

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
