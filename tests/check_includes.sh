#!/usr/bin/env bash
# Who includes whom: check_includes.sh [FOLDER]. The tables below are the architecture; a file whose
# level is not known, an include that a table does not allow, a cycle, or a word that belongs to the
# program alone, is a "FAIL file:line: reason". One "ok" a rule that holds, "N passed, N failed" at
# the end; exit status 1 when one failed.
set -u
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}" || exit 1

# Level: the nouns that live there. A noun is the name of its header and of its .cpp file.
levels='
kernels   kernels
ground    check format fixed philox tensor parallel tables fingerprint nearest embedded replace_file least_squares revision text_file
data      dataset readers task tuned
synapse   conductance cost_figures curve curve_fit curve_model pulse_noise ramp device tiles tiled_array target device_array synapse_array feedback_device feedback rule quorum
network   notation plan batch_norm network pass layer pool loss memory written
learning  update trainer statistics evaluate run checkpoint float_baseline diagnose cost wear
program
'
# Level: the levels that its files may include. Data know no network, and the network no data.
may_include='
kernels   kernels
ground    ground kernels
data      data ground
synapse   synapse ground kernels
network   network synapse ground kernels
learning  learning network synapse data ground kernels
program   program learning network synapse data ground kernels
'
# Files named otherwise than by their noun: pattern, level.
others='
src/kernels/*         kernels
src/readers/*         data
src/task_data.cpp     data
src/task_files.*      data
src/near_misses.cpp   data
src/toml_section.*    ground
src/layer_*.cpp       network
src/float_baseline_*  learning
src/checkpoint_*      learning
sim/*                 program
tests/*               program
bench/*               program
'
# Library (as its includes begin): the files that may know it.
libraries='
fmt/             include/crossbar/check.hpp include/crossbar/format.hpp sim/main.cpp
immintrin.h      src/kernels/isa_*.cpp bench/bench_product.cpp
arm_neon.h       src/kernels/isa_neon*.cpp
cblas-openblas.h bench/peers.cpp
dnnl.h           bench/peers.cpp
boost/           src/tables.cpp tests/*
eigen3/          src/float_baseline* src/least_squares.cpp tests/*
toml++/          src/toml_section.hpp
zlib.h           src/readers/gzip.cpp tests/*
lzma.h           src/readers/xz.cpp tests/*
jpeglib.h        src/readers/jpeg.cpp tests/*
jerror.h         src/readers/jpeg.cpp
png.h            src/readers/png.cpp sim/png.cpp tests/*
matio.h          tests/*
zip.h            sim/npz.cpp tests/npz_testing.cpp
nlohmann/        sim/record.cpp sim/results.cpp sim/store.cpp sim/stored_line.cpp
CLI/             sim/command_line.cpp
catch2/          tests/*
benchmark/       bench/*
fcntl.h          src/replace_file.cpp sim/*.cpp tests/*
unistd.h         src/replace_file.cpp sim/*.cpp tests/*
sys/             src/replace_file.cpp sim/*.cpp tests/*
malloc.h         tests/test_memory.cpp
iconv.h          sim/text_encoding.cpp
sys/auxv.h       src/kernels/isa_neondot.cpp
'
# The only library headers of kernels.hpp and src/kernels: none of them brings in a function that code
# for a newer machine could compile and code for an older one would share. sys/auxv.h declares the one
# C function by which Linux tells what an Arm machine can do.
kernel_headers='cstddef cstdint cstring span immintrin.h arm_neon.h sys/auxv.h'
# Below sim/ nothing prints, reads the environment or sees the command line; a failed CHECK does.
printing_words='printf|fprintf|vprintf|puts|fputs|putchar|perror|std::cout|std::cerr|std::clog|fmt::print'
program_words="getenv|secure_getenv|environ|argv|argc|$printing_words"
word_exceptions='src/check.cpp'

shopt -s nullglob lastpipe  # lastpipe: `rule` counts in this shell
files=(include/crossbar/*.hpp src/*.[chi]* src/*/*.[chi]* sim/*.[ch]pp tests/*.[ch]pp tests/fuzz/*.[ch]pp bench/*.[ch]pp)
passed=0
failed=0

# rule NAME, violations on standard input.
rule() {
    local bad=0 line
    while IFS= read -r line; do
        echo "FAIL $line"
        bad=$((bad + 1))
    done
    failed=$((failed + bad))
    if [[ $bad -eq 0 ]]; then
        echo "ok $1"
        passed=$((passed + 1))
    fi
}

matches_any() { # NAME PATTERNS: whether one of the patterns, in one text, is that of the name
    local pattern patterns
    read -ra patterns <<<"$2"
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053
        [[ $1 == $pattern ]] && return 0
    done
    return 1
}

declare -A level_of_file level_of_noun allowed
while read -r level nouns; do
    for noun in $nouns; do level_of_noun[$noun]=$level; done
done <<<"$levels"
while read -r level list; do [[ -z $level ]] || allowed[$level]=" $list "; done <<<"$may_include"
for file in "${files[@]}"; do
    noun=${file##*/}
    noun=${noun%.*}
    while read -r pattern level; do
        # shellcheck disable=SC2053
        [[ -n $pattern && $file == $pattern ]] && level_of_file[$file]=$level
    done <<<"$others"
    [[ -n ${level_of_file[$file]:-} ]] || level_of_file[$file]=${level_of_noun[$noun]:-}
done

# Every include: "file line < name" for library headers, "file line \" path" for the project's own.
all=$(awk 'match($0, /^[ \t]*#[ \t]*include[ \t]*[<"]/) {
    kind = substr($0, RLENGTH, 1)
    name = substr($0, RLENGTH + 1)
    sub(/[>"].*/, "", name)
    print FILENAME, FNR, kind, name
}' "${files[@]}")

# The project's own includes as "file line target", the target as a path from the root.
own=$(while read -r file line kind name; do
    [[ $kind == '"' ]] || continue
    target=${file%/*}/$name
    [[ -e include/$name ]] && target=include/$name
    while [[ $target =~ ^(.*/)?[^/.][^/]*/\.\./(.*)$ ]]; do target=${BASH_REMATCH[1]}${BASH_REMATCH[2]}; done
    echo "$file $line $target"
done <<<"$all")

for file in "${files[@]}"; do
    [[ -n ${level_of_file[$file]} ]] || echo "$file:1: its level is not in the table of ${BASH_SOURCE[0]##*/}"
done | rule 'every file has a level'

while read -r file line target; do
    from=${level_of_file[$file]} to=${level_of_file[$target]:-}
    if [[ ! -e $target ]]; then
        echo "$file:$line: $target does not exist"
    elif [[ -n $from && -n $to && ${allowed[$from]} != *" $to "* ]]; then
        echo "$file:$line: includes $target, but '$from' may not know '$to'"
    fi
done <<<"$own" | rule 'a file includes its own level and those below'

# Private headers of a folder stay in it; tests may look at them.
while read -r file line target; do
    [[ $target == include/* || ${target%/*} == "${file%/*}" ]] && continue
    [[ $file == tests/* || $file == bench/* ]] || echo "$file:$line: includes $target of another folder"
done <<<"$own" | rule 'a header outside include/ serves its own folder'

# Files that include nothing, or that nothing includes, fall away, again and again; what remains is on
# a cycle or between two.
awk '{ edge[$1 " " $3] = $2 }
END {
    do {
        gone = 0
        split("", includes); split("", included)
        for (e in edge) { split(e, at, " "); includes[at[1]]; included[at[2]] }
        for (e in edge) {
            split(e, at, " ")
            if (!(at[1] in included) || !(at[2] in includes)) { delete edge[e]; gone = 1 }
        }
    } while (gone)
    for (e in edge) { split(e, at, " "); print at[1] ":" edge[e] ": includes " at[2] ", on a cycle" }
}' <<<"$own" | sort | rule 'no file includes itself by way of others'

while read -r file line kind name; do
    [[ $file == include/crossbar/kernels.hpp || $file == src/kernels/* ]] || continue
    if [[ $kind == '<' ]]; then
        matches_any "$name" "$kernel_headers" || echo "$file:$line: kernels may not include <$name>"
    else
        matches_any "$name" 'crossbar/kernels.hpp sets.hpp *.inl' ||
            echo "$file:$line: kernels may not include \"$name\""
    fi
done <<<"$all" | rule 'kernels include next to nothing'

# Standard headers have neither a slash nor a suffix; all others are libraries.
while read -r file line kind name; do
    [[ $kind == '<' && $name == *[./]* ]] || continue
    home=
    while read -r library places; do
        [[ -n $library && $name == "$library"* ]] && home=$places
    done <<<"$libraries"
    if [[ -z $home ]]; then
        echo "$file:$line: <$name> is of a library that is not in the table"
    else
        matches_any "$file" "$home" || echo "$file:$line: <$name> belongs behind: $home"
    fi
done <<<"$all" | rule 'each library stays behind its file'

# words PLACE WORDS FILE...: lines of the files with one of the words, which belongs to the place. Comments
# and texts do not count.
words() {
    local place=$1 list=$2
    shift 2
    awk -v words="(^|[^A-Za-z0-9_:])(std::)?($list)([^A-Za-z0-9_]|$)" -v place="$place" '
    {
        code = $0
        gsub(/\\"/, "", code)
        gsub(/"[^"]*"/, "\"\"", code)
        sub(/\/\/.*/, "", code)
        if (!match(code, words)) next
        word = substr(code, RSTART, RLENGTH)
        gsub(/[^A-Za-z0-9_:]/, "", word)
        print FILENAME ":" FNR ": " word " belongs to " place
    }' "$@"
}
# Two types of one name in one namespace are one to the linker, whatever each holds: functions of templates on
# one are called for the other. Headers of sim/ are a namespace, all others below it one.
awk 'match($0, /^(struct|class|enum class) [A-Za-z]+/) && !/;$/ {
    name = substr($0, RSTART, RLENGTH)
    sub(/.* /, "", name)
    key = (FILENAME ~ /^sim\//) " " name
    if (key in home && home[key] != FILENAME) print FILENAME ":" FNR ": " name " is a type of " home[key] " as well"
    home[key] = FILENAME
}' $(printf '%s\n' "${files[@]}" | grep -E '^(include|src|sim)/.*\.hpp$') | rule 'a type has a name of its own'

mapfile -t below < <(printf '%s\n' "${files[@]}" | grep -E '^(include|src)/' |
    grep -vxF "$word_exceptions")
words sim/ "$program_words" "${below[@]}" | rule 'below sim/ nothing prints or looks around'
mapfile -t above < <(printf '%s\n' "${files[@]}" | grep -E '^sim/' | grep -vF sim/messages.)
words sim/messages.cpp "$printing_words" "${above[@]}" | rule 'what is said goes through one place'

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
