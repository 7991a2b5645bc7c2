#!/usr/bin/env bash
# What a commit changes, formatted and checked: the hook that `make hooks` installs. A C++ file whose
# changes are all staged is formatted and staged again; one with changes left out is only looked at, so that
# nothing gets into a commit that was kept out of it. Exit status 1 stops the commit (git commit -n passes by).
set -u
cd "$(git rev-parse --show-toplevel)" || exit 1
mapfile -d '' -t staged < <(git diff --cached --name-only --diff-filter=ACMR -z)
bad=0
for file in "${staged[@]}"; do
    case $file in
    *.cpp | *.hpp | *.inl)
        if git diff --quiet -- "$file"; then
            clang-format -i "$file" && git add -- "$file" || bad=1
        elif ! git show ":$file" | clang-format --assume-filename="$file" --dry-run -Werror; then
            echo "$file: stage all of it to have it formatted, or format the staged part"
            bad=1
        fi
        ;;
    *.sh) bash -n "$file" || bad=1 ;;
    esac
done
# Blanks at ends of lines, and conflict markers.
git diff --cached --check || bad=1
bash tests/check_includes.sh | grep '^FAIL' && bad=1
bash tests/check_docs.sh | grep '^FAIL' && bad=1
exit $bad
