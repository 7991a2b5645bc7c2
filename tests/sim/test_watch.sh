#!/usr/bin/env bash
# The command watch as a black box: test_watch.sh BINARY. Prints "ok NAME" or "FAIL NAME" for every test and "N passed,
# N failed" at the end; exit status 1 when one failed. Needs no data; serves and asks on loopback alone.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"

many_runs
trap 'kill -9 $pid $served 2>/dev/null; rm -rf "$work"' EXIT
served=

# serve ARGUMENT...: in the background; its port in $port.
serve() {
    "$sim" watch "$@" >served 2>served.err &
    served=$!
    until_true grep -q 'http://' served
    port=$(sed -n 's|.*http://[^/]*:\([0-9]*\)/.*|\1|p' served)
}
ask() { curl -s -m 10 "http://127.0.0.1:$port$1" "${@:2}"; }
code() { ask "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
# raw TEXT: what comes back for these bytes; the connection is ours to close after 15 s.
raw() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf "$1" >&3
    timeout 15 cat <&3
    exec 3<&-
}
is_running() { ask /status.json | grep -q '"state":"running"'; }
has_curve() { ask /status.json | grep -q '"curve":\[\[1,'; }

test_running_study() {
    "$sim" study "${small[@]}" --epochs 100000 --threads 1 --sweep rule=bm1 --store live.jsonl --quiet >/dev/null 2>&1 &
    pid=$!
    until_true any 'live.jsonl.jobs/*.progress'
    serve live.jsonl
    check "told where" grep -q '^watching live.jsonl: http://127.0.0.1:[0-9]*/ ' served
    check "a run under way" until_true is_running
    check "its curve as it grows" until_true has_curve
    ask /status.json >status
    check "its progress" grep -qE '"share":0\.[0-9]+|"share":[0-9.]+e-0' status
    check "its time left" until_true eval 'ask /status.json | grep -qE "\"seconds_left\":[0-9]"'
    check "the study" until_true eval 'ask /status.json | grep -q "\"experiment\":\"sweep\",\"runs\":1.0,\"made\":0.0"'
    check "a page for it" eval 'ask / | grep -q watch.js'
    check "its script" eval 'ask /watch.js | grep -q status.json'
    check "no report yet" test "$(code /report)" = 503
    kill -TERM "$pid"
    wait "$pid" 2>/dev/null
    pid=
    check "stopped: no longer under way" until_true eval '! is_running'
}

test_replaced_store() {
    run study "${small[@]}" --epochs 1 --sweep rule=bm1,bm3 --store other.jsonl --quiet
    cp other.jsonl live.jsonl
    check "a store that came: its runs" until_true eval 'ask /status.json | grep -q "\"runs\":2"'
    check "and its report" eval 'ask /report | grep -q "<title>"'
    head -c 300 other.jsonl >>live.jsonl
    check "half a line more" until_true eval 'ask /status.json | grep -q "\"runs\":2"'
    check "its report all the same" test "$(code /report)" = 200
    head -1 other.jsonl >new && mv new live.jsonl
    check "replaced" until_true eval 'ask /status.json | grep -q "\"runs\":1"'
    : >live.jsonl
    check "truncated" until_true eval 'ask /status.json | grep -q "\"runs\":0"'
    rm live.jsonl
    check "removed" until_true eval 'ask /status.json | grep -q "no such file"'
    echo '{"key":"k","label":"</script><img src=x onerror=alert(1)>","task":"letters","data":"synthetic","seed":1,"cpu":"<img src=x>","test_error_percent":5}' >live.jsonl
    check "a hostile name is a text" until_true eval 'ask /status.json | grep -qF "<img"'
    check "of no page" eval '! ask / | grep -qF "<img src=x"'
    check "nor of the report" eval '! ask /report | grep -qF "<img src=x"'
    check "told as JSON" eval 'ask /status.json -D - -o /dev/null | grep -qi "content-type: application/json"'
    check "nothing runs that is not its own" eval 'ask / -D - -o /dev/null | grep -qi "content-security-policy: default-src .none.; script-src .self."'
}

test_hostile() {
    # Takes 10 s: begun first, looked at last.
    { local began=$SECONDS; raw 'GET / HTTP/1.1\r\nHost: localhost:'"$port"'\r\nX-Slow: ' >slow 2>&1; echo $((SECONDS - began)) >took; } &
    local slow=$!
    for path in /../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /..%2f..%2fetc/passwd //etc/passwd /live.jsonl \
        /watch.js/../../Makefile '/status.json%00' /%ff; do
        check "no such page: $path" test "$(code "$path" --path-as-is)" = 404
    done
    for method in POST PUT DELETE OPTIONS PATCH TRACE; do
        check "$method is refused" test "$(code / -X $method)" = 405
    done
    check "HEAD is answered" eval 'ask / -I | grep -q "200 OK"'
    for host in evil.example "evil.example:$port" "localhost:1" "127.0.0.1.evil.example:$port" ''; do
        check "host '$host' is refused" test "$(code /status.json -H "Host: $host")" = 421
    done
    check "two hosts are none" eval "raw 'GET / HTTP/1.1\r\nHost: localhost:$port\r\nHost: evil\r\n\r\n' | grep -q ' 421 '"
    check "localhost is one" test "$(code / -H "Host: localhost:$port")" = 200
    check "no request" eval "raw 'x\r\n\r\n' | grep -q ' 400 '"
    local many
    many=$(printf '0-,%.0s' $(seq 2000))
    check "ranges are not looked at" test "$(code / -H "Range: bytes=${many}0-")" = 200
    check "a long path" test "$(code "/$(printf 'a%.0s' $(seq 9000))")" = 414
    head -c 100000 /dev/zero | tr '\0' a >long
    check "a long header is not answered" test -z "$(ask / -H "X-Long: $(<long)" 2>/dev/null)"
    check "a body is not read" test "$(code / -X POST --data-binary @long)" != 200
    local connections=()
    for _ in $(seq 80); do
        exec {connection}<>"/dev/tcp/127.0.0.1/$port"
        connections+=("$connection")
    done
    check "many connections: no more than can be served" test "$(code / 2>/dev/null)" = 000
    for connection in "${connections[@]}"; do exec {connection}>&-; done
    check "answered again when they end" until_true eval 'test "$(code /)" = 200'
    wait $slow
    check "a request that never ends is ended, without an answer" test ! -s slow -a "$(<took)" -ge 9 -a "$(<took)" -le 14
    check "after all that" test "$(code /)" = 200
}

test_ends() {
    refused "a port that is taken" "another program has the port" watch . --port "$port"
    refused "an address of another machine" "no such address" watch . --address 192.0.2.1
    refused "no store" "there is no such store or folder" watch none.jsonl
    refused "no port" "--port 70000" watch . --port 70000
    kill -INT "$served"
    wait "$served"
    check "Ctrl-C ends it well" test $? -eq 0
    check "without a word" test ! -s served.err
    served=
    run --task small.toml --data synthetic --train-images 200 --epochs 2 --quiet --progress one.progress
    check "one run's lines" test "$(cut -d'"' -f4 one.progress | sort | uniq -c | tr -s ' \n' ' ')" = " 1 batch 1 end 2 epoch 1 run "
    refused "by that suffix alone" "ends in .progress" --task small.toml --progress one.jsonl
    serve .
    check "a folder: its single runs" until_true eval 'ask /status.json | grep -q "\"file\":\"one.progress\",\"state\":\"ended\""'
    kill -TERM "$served"
    wait "$served"
    check "SIGTERM too" test $? -eq 0
    served=
}

test_running_study
test_replaced_store
test_hostile
test_ends
finish
