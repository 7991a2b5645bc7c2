#!/usr/bin/env bash
# How tests are counted: test_totals.sh BINARY. run.sh and .ci/run over tests that pass, fail, skip and die.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

# part NAME LINE...: a test that prints these lines; the last is its exit status.
part() {
    local name=$1
    shift
    { printf 'echo "%s"\n' "${@:1:$#-1}"; echo "exit ${*: -1}"; } >"fake/tests/sim/$name"
}

mkdir -p fake/tests/sim fake/tests/unit fake/bin fake/.ci
touch fake/tests/unit/test_{1,2,3,4,5}.cpp
cp "$here/run.sh" fake/tests
cp "$here/../.ci/run" fake/.ci
cat >fake/bin/tests <<'SH'
#!/bin/sh
# One test per file; each call for some of them tells that one is skipped.
if [ "$1" = --list-test-names-only ]; then printf '%s\n' one two three four five; exit 5; fi
successes=$(printf %s "$6" | tr -cd '#' | wc -c)
cat >"$4" <<XML
      <Warning>
        CROSSBAR_DATA does not hold them: not tested
      </Warning>
  <OverallResultsCases successes="$successes" failures="0" expectedFailures="0"/>
XML
SH
chmod +x fake/bin/tests
part test_a.sh "ok one" "skip two: there is no tool" "1 passed, 0 failed, 1 skipped" 0
part test_b.sh "ok one" "2 passed, 0 failed" 0
bash fake/tests/run.sh fake/bin >out 2>&1
check "skipped tests are counted" test "$?/$(tail -1 out)" = "0/4 passed, 0 failed, 5 skipped"
check "skipped tests are told" grep -q '^skip two: there is no tool' out
part test_c.sh "ok one" "FAIL two" "skip three: no reason" 1
part test_d.sh "ok one" 3
bash fake/tests/run.sh fake/bin >out 2>&1
check "failed ones are not lost" test "$?/$(tail -1 out)" = "1/6 passed, 2 failed, 6 skipped"
rm fake/tests/sim/test_*.sh
part test_b.sh "2 passed, 0 failed" 0
sed -i '/<Warning>/,/<.Warning>/d' fake/bin/tests
bash fake/tests/run.sh fake/bin >out 2>&1
check "none skipped: none told" test "$(tail -1 out)" = "7 passed, 0 failed"

mkdir -p stub
printf '#!/bin/sh\ncase "$*" in *check*) echo "check: 7 passed, 0 failed";; *test) echo "9 passed, 0 failed, 2 skipped";; esac\n' >stub/make
chmod +x stub/make
part ../real.sh "skip real MNIST: not found" "0 passed, 0 failed, 1 skipped" 0
PATH=$PWD/stub:$PATH bash fake/.ci/run >out 2>&1
check "all steps add up" test "$?/$(tail -1 out)" = "0/30 passed, 0 failed, 5 skipped"
part ../real.sh "1 passed, 0 failed" 0
sed -i 's/, 2 skipped//' stub/make
PATH=$PWD/stub:$PATH bash fake/.ci/run >out 2>&1
check "all steps: none skipped" test "$?/$(tail -1 out)" = "0/31 passed, 0 failed"
finish
