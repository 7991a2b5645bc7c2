#!/usr/bin/env bash
# Tests datasets/fetch.sh on made-up files with file:// addresses: no network is used.
# Prints a line a test; the exit status is 1 when one failed.
# Functions here are called by name through check.
# shellcheck disable=SC2317,SC2016
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fetch=$here/../datasets/fetch.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

report() { # $1 what, $2 status of the check
    if [[ $2 == 0 ]]; then echo "ok   $1"; else echo "FAIL $1"; failed=1; fi
}

# check WHAT COMMAND...: the command succeeds.
check() {
    local what=$1
    shift
    "$@" >/dev/null 2>&1
    report "$what" $?
}

run() { # a run of fetch.sh: $status, $out (both streams)
    out=$("$@" 2>&1)
    status=$?
}

says() { grep -q -- "$1" <<<"$out"; }
fails() { [[ $status == 1 ]]; }
works() { [[ $status == 0 ]]; }

sum_of() { sha256sum "$1" | cut -d' ' -f1; }

# Two small files on the "server", and a task that names them.
server=$work/server
mkdir -p "$server"
head -c 50000 /dev/urandom >"$server/one.gz"
head -c 300 /dev/urandom >"$server/two.bin"

# write_task FILE SUM_OF_ONE ADDRESSES_OF_ONE
write_task() {
    cat >"$1" <<END
title  = "made up"
folder = "made_up"
shape  = [28, 28, 1]
[plan]
name = "not a file"
[[file]]
role   = "a"
name   = "one.gz"
sha256 = "$2"
urls   = [
    $3
]
# name = "nor this"
[[file]]
role   = "b"
name   = "deeper/two.bin"
sha256 = "$(sum_of "$server/two.bin")"
urls   = ["file://$server/two.bin"]
[[published]]
name = "nor that"
END
}
good=$(sum_of "$server/one.gz")
bad=${good//[0-4]/5}
one="\"file://$server/one.gz\","
write_task "$work/good.toml" "$good" "$one"
write_task "$work/wrong.toml" "$bad" "$one"
write_task "$work/missing.toml" "$good" "\"file://$server/nothing.gz\","
write_task "$work/second.toml" "$good" "\"file://$server/nothing.gz\", $one"

run "$fetch" --to "$work/a" "$work/good.toml"
check "good files are fetched" works
check "... byte for byte" cmp "$server/one.gz" "$work/a/made_up/one.gz"
check "... into folders below" cmp "$server/two.bin" "$work/a/made_up/deeper/two.bin"
check "... and nothing else is left" test "$(find "$work/a" -type f | wc -l)" = 2

touch -d '2001-01-01' "$work/a/made_up/one.gz"
run "$fetch" --to "$work/a" "$work/good.toml"
check "a second run succeeds" works
check "... and skips complete files" test "$work/a/made_up/one.gz" -ot "$server/one.gz"
check "... and says so" says "have .*one.gz"

echo damaged >"$work/a/made_up/one.gz"
run "$fetch" --to "$work/a" "$work/good.toml"
check "a damaged file is fetched again" cmp "$server/one.gz" "$work/a/made_up/one.gz"

run "$fetch" --to "$work/b" "$work/wrong.toml"
check "a wrong checksum is refused" fails
check "... with the sum that was seen" says "$good"
check "... and the one expected" says "$bad"
check "... and the file is not kept" test ! -e "$work/b/made_up/one.gz"
check "... nor its part" test ! -e "$work/b/made_up/one.gz.part"
check "... while the other file is fetched" test -f "$work/b/made_up/deeper/two.bin"

run "$fetch" --to "$work/c" "$work/missing.toml"
check "a missing file is an error" fails
check "... that names the address" says "nothing.gz"
run "$fetch" --to "$work/c" "$work/second.toml"
check "the second address is tried" works

# A curl that is cut off half way, and one that takes its caller down with it.
mkdir -p "$work/cut" "$work/killed"
cat >"$work/cut/curl" <<'END'
#!/usr/bin/env bash
while [[ $# -gt 0 ]]; do
    case $1 in
        --output) part=$2 ;;
        file://*) from=${1#file://} ;;
    esac
    shift
done
head -c $(($(stat -c %s "$from") / 2)) "$from" >"$part"
END
{ cat "$work/cut/curl"; echo 'kill -TERM $PPID; exit 18'; } >"$work/killed/curl"
echo 'exit 18' >>"$work/cut/curl"
chmod +x "$work/cut/curl" "$work/killed/curl"

for way in cut killed; do
    run env PATH="$work/$way:$PATH" "$fetch" --to "$work/$way.data" "$work/good.toml"
    check "$way: an interrupted download fails" test "$status" != 0
    check "$way: ... leaves no file of that name" test ! -e "$work/$way.data/made_up/one.gz"
    run "$fetch" --to "$work/$way.data" "$work/good.toml"
    check "$way: ... and is completed by the next run" \
        cmp "$server/one.gz" "$work/$way.data/made_up/one.gz"
done

mkdir -p "$work/d/made_up"
head -c 60000 /dev/zero >"$work/d/made_up/one.gz.part"
run "$fetch" --to "$work/d" "$work/good.toml"
check "a part that is too long is begun again" cmp "$server/one.gz" "$work/d/made_up/one.gz"
head -c 50 /dev/zero >"$work/d/made_up/one.gz.part"
rm "$work/d/made_up/one.gz"
run "$fetch" --to "$work/d" "$work/good.toml"
check "a part with wrong bytes is begun again" cmp "$server/one.gz" "$work/d/made_up/one.gz"
cp "$server/one.gz" "$work/d/made_up/one.gz.part"
rm "$work/d/made_up/one.gz"
run "$fetch" --to "$work/d" "$work/good.toml"
check "a complete part is accepted" cmp "$server/one.gz" "$work/d/made_up/one.gz"

# An archive that is unpacked, with a file whose sum nobody knows and one that only a person can get.
mkdir -p "$server/jpg"
echo picture >"$server/jpg/one.jpg"
tar -czf "$server/jpg.tgz" -C "$server" jpg
cat >"$work/archive.toml" <<END
title  = "made up"
by_hand = "ask the author"
folder = ["made_up", "other_name"]
[[archive]]
name   = "jpg.tgz"
unpack = true
sha256 = "$(sum_of "$server/jpg.tgz")"
urls   = ["file://$server/jpg.tgz"]
[[file]]
role    = "images"
name    = "jpg/"
archive = "jpg.tgz"
[[file]]
role = "list"
name = "two.bin"
urls = ["file://$server/two.bin"]
END
run "$fetch" --to "$work/e" "$work/archive.toml"
check "an archive is fetched" works
check "... and unpacked" cmp "$server/jpg/one.jpg" "$work/e/made_up/jpg/one.jpg"
check "a file without a sum is fetched" cmp "$server/two.bin" "$work/e/made_up/two.bin"
check "... and said to be unverified" says "not verified.*$(sum_of "$server/two.bin")"
rm "$work/e/made_up/jpg/one.jpg"
run "$fetch" --to "$work/e" "$work/archive.toml"
check "a second run does not unpack again" test ! -e "$work/e/made_up/jpg/one.jpg"
printf '[[file]]\nrole = "c"\nname = "only.by.hand"\n' >>"$work/archive.toml"
run "$fetch" --to "$work/e" "$work/archive.toml"
check "what cannot be fetched is an error" fails
check "... that says what to do" says "ask the author"

run "$fetch" --list
check "--list works" works
check "... and knows mnist" says "^mnist .*MNIST"
run "$fetch" mnits
check "an unknown task is an error" fails
check "... that lists the known ones" says "known: .*mnist"
run "$fetch" --too
check "an unknown option is an error" fails
run "$fetch"
check "no task is an error" fails
exit $failed
