#!/usr/bin/env bash
# Tests datasets/fetch.sh on made-up files: no network is used. The curl found first is one that takes the addresses
# https://server.test/... and http://server.test/... for a folder, and leaves the rest to the real one.
# Prints a line a test; the exit status is 1 when one failed.
# Functions here are called by name through check.
# shellcheck disable=SC2317,SC2016
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fetch=$here/../../datasets/fetch.sh
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
mkdir -p "$work/web"
cat >"$work/web/curl" <<END
#!/usr/bin/env bash
arguments=()
for argument in "\$@"; do
    case \$argument in
        http*://server.test/*) arguments+=("file://$server/\${argument#*server.test/}") ;;
        =http,https) arguments+=(=file) ;;
        *) arguments+=("\$argument") ;;
    esac
done
printf '%s\n' "\$@" >>"$work/curl.log"
exec "$(command -v curl)" "\${arguments[@]}"
END
chmod +x "$work/web/curl"
PATH=$work/web:$PATH

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
urls   = ["http://server.test/two.bin"]
[[published]]
name = "nor that"
END
}
good=$(sum_of "$server/one.gz")
bad=${good//[0-4]/5}
one="\"https://server.test/one.gz\","
write_task "$work/good.toml" "$good" "$one"
write_task "$work/wrong.toml" "$bad" "$one"
write_task "$work/missing.toml" "$good" "\"https://server.test/nothing.gz\","
write_task "$work/second.toml" "$good" "\"https://server.test/nothing.gz\", $one"

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
{ echo '#!/usr/bin/env bash'; echo "server=$server"; } >"$work/cut/curl"
cat >>"$work/cut/curl" <<'END'
while [[ $# -gt 0 ]]; do
    case $1 in
        --output) part=$2 ;;
        http*://server.test/*) from=$server/${1#*server.test/} ;;
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
urls   = ["https://server.test/jpg.tgz"]
[[file]]
role    = "images"
name    = "jpg/"
archive = "jpg.tgz"
[[file]]
role = "list"
name = "two.bin"
urls = ["https://server.test/two.bin"]
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

# What no checksum vouches for: fetched by https alone, all the way, and unpacked where that is asked for.
sed '/^sha256/d' "$work/archive.toml" | sed '/only.by.hand/d; /role = "c"/d' | sed '$d' >"$work/no_sum.toml"
: >"$work/curl.log"
run "$fetch" --to "$work/f" "$work/no_sum.toml"
check "an archive without a sum is not unpacked" fails
check "... nor in part" test ! -e "$work/f/made_up/jpg"
check "... but fetched" cmp "$server/jpg.tgz" "$work/f/made_up/jpg.tgz"
check "... by addresses that lead to safe ones" grep -qx -- --proto-redir "$work/curl.log"
check "... with the cure" says "no checksum is known.*--unverified"
run "$fetch" --to "$work/f" --unverified "$work/no_sum.toml"
check "--unverified unpacks it" cmp "$server/jpg/one.jpg" "$work/f/made_up/jpg/one.jpg"
check "... with exit status 0" works

# refuses WHAT TEXT SED_SCRIPT: the good task, changed so, is an error with the text, and curl is not called.
refuses() {
    sed "$3" "$work/good.toml" >"$work/bad.toml"
    : >"$work/curl.log"
    run "$fetch" --to "$work/g/data" "$work/bad.toml"
    check "$1 is refused" fails
    check "... with the reason" says "$2"
    check "... before anything is fetched" test ! -s "$work/curl.log" -a ! -e "$work/g"
}
refuses "a name that climbs" "name '../../x'" 's|deeper/two.bin|../../x|'
refuses "a name that climbs further on" "name 'a/../../x'" 's|deeper/two.bin|a/../../x|'
refuses "a name from the root" "name '/tmp/x'" 's|deeper/two.bin|/tmp/x|'
refuses "a name like an option" "name '-x'" 's|deeper/two.bin|-x|'
refuses "a name in escapes" "double quotes" 's|deeper/two.bin|\\u002e./x|'
refuses "no name" "name ''" '/two.bin"$/d'
refuses "a folder that climbs" "folder '../up'" 's|"made_up"|"../up"|'
refuses "a folder below" "folder 'a/b'" 's|"made_up"|"a/b"|'
refuses "a name that climbs, written closely" "name '../x'" 's|name   = "deeper/two.bin"|name="../x"|'
refuses "a local file" "address 'file:///etc/passwd'" 's|http://server.test/two.bin|file:///etc/passwd|'
refuses "an address like an option" "address '--config=x'" 's|http://server.test/two.bin|--config=x|'
refuses "http without a sum" "without a sha256" '/^sha256/d'
refuses "a sum that is none" "64 hexadecimal" 's|^sha256 = ".|sha256 = "x|'

run "$fetch" --list
check "--list works" works
check "... and knows mnist" says "^mnist .*MNIST"
check "... and tasks alone" test "$(grep -c tuned <<<"$out")" = 0
run "$fetch" mnist.tuned
check "rates are no task" fails
run "$fetch" mnits
check "an unknown task is an error" fails
check "... that lists the known ones" says "known: .*mnist"
run "$fetch" --too
check "an unknown option is an error" fails
run "$fetch"
check "no task is an error" fails
exit $failed
