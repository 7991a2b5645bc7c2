#!/usr/bin/env bash
# That files which the pages name are there: check_docs.sh. Looks at links, at paths that begin with a folder of the project,
# and at names of source files and scripts, in the text and in examples. Names with an upper-case word, such as NAME.toml, and
# those that a reader makes (my_*, mine, tutorial) stand for others. Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
mapfile -t files < <(git ls-files --cached --others --exclude-standard 2>/dev/null || find . -type f | sed 's|^\./||')
declare -A known
for file in "${files[@]}"; do
    known[$file]=1
    rest=$file
    while [[ $rest == */* ]]; do # every end of its path, and every folder
        rest=${rest#*/}
        known[$rest]=1
    done
    folder=$file
    while [[ $folder == */* ]]; do
        folder=${folder%/*}
        known[$folder]=1
    done
done
there() { # NAME: a path, an end of one, or a pattern that one fits
    local name=${1%/} file
    [[ -n ${known[$name]:-} ]] && return
    [[ $name == *'*'* ]] || return
    for file in "${files[@]}"; do
        # shellcheck disable=SC2053  # a pattern
        [[ $file == $name || $file == */$name ]] && return
    done
    return 1
}
names() { # PAGE: a name a line, {a,b} as two
    local name
    set -f
    grep -oP '(?<![\w./$~-])(?:(?:src|sim|tests|docs|datasets|targets|bench|include)/[\w*.{},/-]*[\w*}]|[\w*/{},]+\.(?:cpp|hpp|inl|sh)(?!\w))' "$1" |
        sort -u | grep -vP '[A-Z]{2}|\b(my_|mine\b|tutorial\b)|^datasets/data' | while IFS= read -r name; do eval "printf '%s\n' $name"; done
}
links() { # PAGE: where its links to files lead
    grep -oP '\[[\w`][^]]*\]\(\K[^)# ]+' "$1" | grep -vP '^[a-z]+:' | sort -u
}
for page in *.md docs/*.md */README.md; do
    missing=
    while IFS= read -r name; do there "$name" || missing+=" $name"; done < <(names "$page")
    while IFS= read -r link; do [[ -e $(dirname "$page")/$link ]] || missing+=" $link"; done < <(links "$page")
    if [[ -z $missing ]]; then
        echo "ok $page names files that are there"
        passed=$((passed + 1))
    else
        echo "FAIL $page:$missing: no such file"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[[ $failed = 0 && $passed -gt 0 ]]
