#!/usr/bin/env bash
# Where the time of a training step goes: profile.sh BENCH_BINARY [NETWORK]. By function, as Linux's perf
# samples it on one thread, where perf is there and allowed; and by the stages of a step, on one thread
# and on two, as the benchmark's own clock reads them.
set -uo pipefail
bench=${1:?usage: profile.sh BENCH_BINARY [NETWORK]}
network=${2:-mnist}
shown=25 # functions
if ! "$bench" --benchmark_list_tests --benchmark_filter="^train/$network/1(/|$)" 2>/dev/null | grep -q .; then
    echo "profile: no network '$network'; there are:" \
        $("$bench" --benchmark_list_tests | sed -n 's|^train/\([^/]*\)/1.*|\1|p') >&2
    exit 2
fi
temporary=$(mktemp -d); trap 'rm -rf "$temporary"' EXIT
if ! command -v perf >/dev/null; then
    echo 'functions: perf is not installed (Debian: linux-perf); the stages below need nothing'
elif ! perf record -q -F 997 -o "$temporary/data" "$bench" --benchmark_filter="^train/$network/1(/|$)" \
        --benchmark_min_time=10 >"$temporary/log" 2>&1; then
    echo "functions: perf may not sample here: $(grep -v '^$' "$temporary/log" | head -1)"
    echo '  (kernel.perf_event_paranoid at most 2 allows it; the stages below need nothing)'
else
    echo "functions, share of $network training on one thread, the first $shown:"
    perf report -i "$temporary/data" --stdio --no-children --percent-limit 0.3 -F overhead,symbol 2>/dev/null |
        sed -n 's/^ *\([0-9.]*%\) *\[[.k]\] \(.*[^ ]\) *$/\1 \2/p' |
        sed 's/crossbar::kernels::(anonymous namespace):://g; s/crossbar:://g; s/(anonymous namespace):://g' |
        head -n "$shown" | awk '{share = $1; $1 = ""; printf "%8s %s\n", share, substr($0, 1, 110)}'
fi
echo "stages of a step of $network, microseconds, on one thread and on two:"
"$bench" --benchmark_filter="^stages/$network/" --benchmark_format=csv 2>/dev/null | awk -F, '
    /^name,/ {for (i = 1; i <= NF; ++i) {name[i] = $i; gsub(/"/, "", name[i])}; next}
    /^"stages/ {
        gsub(/"/, "", $1); split($1, part, "/"); threads = part[3]; used = 1
        for (i = 1; i <= NF; ++i)
            if (name[i] ~ /^[0-9]_/) {time[threads, name[i]] = $i; sum[threads] += $i; order[i] = name[i]}
        columns = NF
    }
    END {
        if (!used) {print "  the benchmark gave no figures"; exit 1}
        printf "%14s %10s %6s %10s %6s\n", "", "one", "%", "two", "%"
        for (i = 1; i <= columns; ++i) if (i in order) {
            n = order[i]
            printf "%14s %10.0f %6.1f %10.0f %6.1f\n", substr(n, 3), time[1, n], 100 * time[1, n] / sum[1],
                time[2, n], 100 * time[2, n] / sum[2]
        }
    }'
