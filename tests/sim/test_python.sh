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
