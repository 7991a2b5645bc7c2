#!/usr/bin/env bash
# Downloads the files and archives of tasks and checks them against the sha256 sums of
# datasets/NAME.toml. A file gets its name only when its checksum is right; until then it is NAME.part, from which the
# next run resumes. Files that are already complete are left alone. Task files may be anybody's: names stay inside the
# data folder, addresses are of the web, and what no checksum vouches for is not unpacked unasked.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'END'
usage: datasets/fetch.sh [--to DIR] [--unverified] NAME...    NAME: a task (datasets/NAME.toml) or a .toml file
       datasets/fetch.sh --list                               the tasks and what they are

The files go to DIR/<folder of the task>; DIR is datasets/data unless --to says otherwise.
A file without a checksum is fetched by https alone; --unverified also unpacks such an archive.
END
}

error() {
    echo "fetch.sh: $*" >&2
    exit 1
}

# The first text of a top-level "key = ..." of a task file.
top_value() {
    awk -v key="$1" '/^\[/ { exit }
        match($0, /^[ \t]*[a-z0-9_]+=/) { sub(/=/, " = ") }
        $1 == key && $2 == "=" { sub(/^[^"]*"/, ""); sub(/".*$/, ""); print; exit }' "$2"
}

# One line for everything to fetch, the [[archive]]s and the [[file]]s that are in none: sha256 ("-"
# where none is known), whether to unpack it (0, 1), name, addresses, separated by bars.
file_lines() {
    awk '
        BEGIN { unpack = 0 }
        function flush() {
            if (inside && !archive) print (sum == "" ? "-" : sum) "|" unpack "|" name "|" urls
            name = sum = urls = ""
            archive = unpack = 0
        }
        function quoted(line) { sub(/^[^"]*"/, "", line); sub(/".*$/, "", line); return line }
        /^[ \t]*#/ { next }
        match($0, /^[ \t]*[a-z0-9_]+=/) { sub(/=/, " = ") }
        /^[ \t]*\[\[?[a-z_]+\]\]?/ { flush(); inside = ($0 ~ /\[\[(file|archive)\]\]/); listing = 0; next }
        !inside { next }
        $1 == "name" { name = quoted($0) }
        $1 == "sha256" { sum = quoted($0) }
        $1 == "archive" { archive = 1 }
        $1 == "unpack" { unpack = ($3 == "true") }
        $1 == "urls" { listing = 1 }
        listing {
            rest = $0
            while (match(rest, /"[^"]*"/)) {
                urls = urls " " substr(rest, RSTART + 1, RLENGTH - 2)
                rest = substr(rest, RSTART + RLENGTH)
            }
            if (rest ~ /\]/) listing = 0
        }
        END { flush() }' "$1"
}

sum_of() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi |
        cut -d' ' -f1
}

# The task file of a name or path.
task_file() {
    local file=$1
    [[ $file == *.toml ]] || file=$here/$1.toml
    [[ -f $file && $file != *.tuned.toml ]] && { echo "$file"; return; }
    error "no task '$1' ($file is not there); known: $(names | tr '\n' ' ')"
}

names() {
    local file
    for file in "$here"/*.toml; do
        [[ -f $file && $file != *.tuned.toml ]] && basename "$file" .toml
    done
}

list() {
    local name
    for name in $(names); do
        printf '%-20s %s\n' "$name" "$(top_value title "$here/$name.toml")"
    done
}

# Whether a name stays below its folder and is no option.
is_inside() {
    local odd='[[:cntrl:]\"'"']"
    [[ -n $1 && $1 != [-/]* && /$1/ != */../* && /$1/ != */./* && ! $1 =~ $odd ]]
}

# $1 the task file, $2 a name in it, $3 sha256 or "-", then addresses: an error unless they are such as can be fetched.
check_entry() {
    local file=$1 name=$2 sum=$3 url
    shift 3
    is_inside "$name" || error "$file: name '$name': expected a plain path inside the data folder, in double quotes"
    [[ $sum == - || $sum =~ ^[0-9a-f]{64}$ ]] || error "$file: '$name': sha256 '$sum': expected 64 hexadecimal digits"
    for url in "$@"; do
        [[ $url =~ ^https?://[A-Za-z0-9] ]] || error "$file: '$name': address '$url': expected https://... or http://..."
        [[ $sum != - || $url == https://* ]] ||
            error "$file: '$name': address '$url': without a sha256, expected https://..."
    done
}

# Downloads to $2 from address $1 what has the sum $3 or "-", going on where an earlier try stopped. What cannot be
# continued is begun again once.
download() {
    local url=$1 part=$2 status=0
    local get=(curl --fail --location --silent --show-error --globoff --proto "=http,https"
               --retry 3 --connect-timeout 30 --output "$part")
    # Without a checksum the way has to be safe to its end: addresses are https, and so is what they lead to.
    [[ $3 != - ]] || get+=(--proto-redir "=https")
    "${get[@]}" --continue-at - "$url" || status=$?
    case $status in
        0) return 0 ;;
        22 | 33 | 36) # refused, or the server or the offset does not allow to go on
            [[ -s $part ]] || return "$status"
            rm -f "$part"
            "${get[@]}" "$url" ;;
        *) return "$status" ;;
    esac
}

# $1 path, $2 sha256 or "-", then addresses: true when the file is there with the right sum. A file
# whose sum nobody knows is taken as it comes, and its sum is shown.
fetch_file() {
    local path=$1 sum=$2 url resumed seen
    shift 2
    if [[ -f $path ]]; then
        [[ $sum == - ]] && { echo "have  $path   (not verified: no checksum is known)"; return 0; }
        [[ $(sum_of "$path") == "$sum" ]] && { echo "have  $path"; return 0; }
        echo "fetch.sh: $path has the wrong checksum and is fetched again" >&2
    fi
    [[ $# -gt 0 ]] || { echo "fetch.sh: $path: no address known" >&2; return 1; }
    mkdir -p "$(dirname "$path")"
    for url in "$@"; do
        for resumed in yes no; do
            [[ -s $path.part ]] || resumed=no
            if ! download "$url" "$path.part" "$sum"; then
                echo "fetch.sh: $url: download failed" >&2
                break
            fi
            seen=$(sum_of "$path.part")
            if [[ $seen == "$sum" || $sum == - ]]; then
                mv -f "$path.part" "$path"
                echo "got   $path"
                [[ $sum != - ]] || echo "      not verified: no checksum is known; its sha256 is $seen"
                return 0
            fi
            rm -f "$path.part"
            [[ $resumed == yes ]] && continue # perhaps only the old half was bad
            echo "fetch.sh: $url: wrong checksum, refused" >&2
            echo "    seen     $seen" >&2
            echo "    expected $sum" >&2
            break
        done
    done
    echo "fetch.sh: $path: not fetched; run again to resume, or put the file there by hand" >&2
    return 1
}

# Unpacks an archive with sum $2 or "-" beside itself, once: a mark of its own says that it was done to the end.
unpack_archive() {
    [[ $1.unpacked -nt $1 ]] && return 0
    if [[ $2 == - && $unverified == no ]]; then
        echo "fetch.sh: $1: not unpacked, for no checksum is known; if you trust it, run again with --unverified" >&2
        return 1
    fi
    if ! tar -xf "$1" -C "$(dirname "$1")" --no-same-owner; then
        echo "fetch.sh: $1: cannot be unpacked" >&2
        return 1
    fi
    touch "$1.unpacked"
    echo "unpacked  $1"
}

fetch_task() {
    local file base folder name sum unpack urls addresses failed=0 lines by_hand
    file=$(task_file "$1") || exit 1
    # A task that extends another has that one's files.
    base=$(top_value base "$file")
    if [[ $base == *.toml ]]; then
        file=$(task_file "$(dirname "$file")/$base") || exit 1
    elif [[ -n $base ]]; then
        file=$(task_file "$base") || exit 1
    fi
    folder=$(top_value folder "$file")
    [[ -n $folder ]] || error "$file: no line: folder = \"...\""
    [[ $folder != */* ]] || error "$file: folder '$folder': expected the plain name of a folder"
    is_inside "$folder" || error "$file: folder '$folder': expected the plain name of a folder"
    lines=$(file_lines "$file")
    [[ $(top_value reader "$file") != letters ]] || { echo "built in  $1: nothing to fetch"; return 0; }
    [[ -n $lines ]] || error "$file: no [[file]] to fetch"
    while IFS='|' read -r sum unpack name urls; do
        read -ra addresses <<<"$urls"
        check_entry "$file" "$name" "$sum" ${addresses[@]+"${addresses[@]}"}
    done <<<"$lines"
    while IFS='|' read -r sum unpack name urls; do
        read -ra addresses <<<"$urls"
        fetch_file "$to/$folder/$name" "$sum" ${addresses[@]+"${addresses[@]}"} || { failed=1; continue; }
        [[ $unpack == 0 ]] || unpack_archive "$to/$folder/$name" "$sum" || failed=1
    done <<<"$lines"
    by_hand=$(top_value by_hand "$file")
    if [[ $failed == 1 && -n $by_hand ]]; then
        echo "fetch.sh: $1: $by_hand" >&2
        echo "    home: $(top_value home "$file"); the files belong in $to/$folder" >&2
    fi
    return "$failed"
}

to=$here/data
unverified=no
tasks=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --help | -h) usage; exit 0 ;;
        --list) list; exit 0 ;;
        --to) [[ $# -ge 2 ]] || error "--to needs a folder"
              to=$2; shift ;;
        --unverified) unverified=yes ;;
        -*) error "unknown option $1; see --help" ;;
        *) tasks+=("$1") ;;
    esac
    shift
done
[[ ${#tasks[@]} -gt 0 ]] || { usage >&2; exit 1; }
command -v curl >/dev/null || error "curl is not installed"
failed=0
for task in "${tasks[@]}"; do
    fetch_task "$task" || failed=1
done
exit "$failed"
