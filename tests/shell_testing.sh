# What the black-box tests share: sourced with the program's path as $1. Leaves the test in a new empty
# folder without real data: neither by variable, nor in the cache, nor below the folder.
sim=$(realpath "${1:?usage: $0 BINARY}")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset CROSSBAR_DATA XDG_CACHE_HOME
export HOME=$work

passed=0
failed=0
skipped=0
ok() {
    echo "ok $1"
    passed=$((passed + 1))
}
fail() {
    echo "FAIL $1${2:+: $2}"
    failed=$((failed + 1))
}
# skip NAME WHY: a test that this machine cannot make.
skip() {
    echo "skip $1: $2"
    skipped=$((skipped + 1))
}
# check NAME COMMAND...: passes when the command succeeds.
check() {
    local name=$1
    shift
    if "$@"; then ok "$name"; else fail "$name" "$*"; fi
}
# Runs the program; leaves its exit status, standard output and standard error.
run() {
    "$sim" "$@" >out 2>err
    status=$?
}
# refused NAME TEXT ARGUMENT...: exit status 2, one error that holds TEXT, nothing on standard output.
refused() {
    local name=$1 text=$2
    shift 2
    run "$@"
    if [[ $status -eq 2 && ! -s out && $(grep -c 'crossbar_sim: error: ' err) -eq 1 ]] &&
        grep -qF -- "$text" err; then
        ok "$name"
    else
        fail "$name" "status $status, $(head -c 300 err)"
    fi
}
# A top-level value of a JSON record.
value() { sed -n "s/^  \"$2\": \(.*[^,]\),\{0,1\}\$/\1/p" "$1" | tr -d '"'; }
signature() { sed -n 's/.*signature \([0-9a-f]\{16\}\)$/\1/p' "$1"; }
finish() {
    echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
    [[ $failed -eq 0 ]]
}

# lasting N: epochs of a run to which something happens on its way. Under sanitizers, where each takes about ten times as
# long, a quarter of N.
lasting() {
    case $(basename "$(dirname "$sim")") in
        *address*) echo $(($1 / 4)) ;;
        *) echo "$1" ;;
    esac
}

# idx FOLDER PART COUNT: raw IDX files of grey images, all of class 3.
idx() {
    local count
    count=$(printf '\\x%02x\\x%02x' $(($3 / 256)) $(($3 % 256)))
    printf "\x00\x00\x08\x03\x00\x00$count\x00\x00\x00\x1c\x00\x00\x00\x1c" >"$1/$2-images-idx3-ubyte"
    printf "\x00\x00\x08\x01\x00\x00$count" >"$1/$2-labels-idx1-ubyte"
    head -c $(($3 * 784)) /dev/zero | tr '\0' '\55' >>"$1/$2-images-idx3-ubyte"
    head -c "$3" /dev/zero | tr '\0' '\3' >>"$1/$2-labels-idx1-ubyte"
}

# own FILE SHAPE CLASSES NETWORK: a task that trains in no time.
own() {
    cat >"$1" <<TOML
title = "own"
home = "-"
licence = "-"
reader = "idx"
folder = "own"
shape = $2
classes = $3
train_count = 200
test_count = 60
network = "$4"
[plan]
epochs = 2
TOML
}

# What tests of many runs have in common: a task that trains in no time, and a study in the background.
many_runs() {
    pid= # of that study
    trap '[[ -z $pid ]] || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT
    small=(--task small.toml --data synthetic --train-images 200)
    cat >small.toml <<'TOML'
title = "small"
home = "-"
licence = "-"
reader = "idx"
folder = "small"
shape = [28, 28, 1]
classes = 10
train_count = 600
test_count = 100
network = "conv 9x9x4/4, bn, relu, fc 10"
[plan]
rate = 0.01
"sgd.rate" = 0.1
[column."usf+bn+bm2"]
rate = 0.02
[[published]]
column = "sgd"
error_percent = 50
mark = "paper"
source = "-"
TOML
}
# Waits until a command succeeds, 20 s at most.
until_true() {
    for _ in $(seq 1000); do
        "$@" 2>/dev/null && return 0
        sleep 0.02
    done
    return 1
}
# any PATTERN: whether there is such a file. Quoted, so that it is looked for each time.
any() { compgen -G "$1" >/dev/null; }
lines() { wc -l <"$1"; }
said() { grep -q -- "$1" out; }
