#!/usr/bin/env bash
# Who includes whom: check_includes.sh [FOLDER]. The list of folders below is the architecture; a file whose
# folder is not in it, an include that runs upwards, a cycle, or a word that belongs to the program alone, is
# a "FAIL file:line: reason". One "ok" a rule that holds, "N passed, N failed" at
# the end; exit status 1 when one failed.
set -u
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}" || exit 1

# The folders in their order: a file includes its own folder and those above it in this list.
folders='
src/base
src/kernels
src/data
src/data/formats
src/data/standin
src/device
src/array
src/network
src/training
src/float
src/analysis
src/weights
src/session
sim/terminal
sim/cluster
sim/pictures
sim/pulse_response
sim/run
sim/tensor_files
sim/study
sim/report
sim/watch
sim/export
sim/chip
sim/commands
sim/python
sim
bench
bench/*
tests
tests/*
'
# Pairs of folders that do not know each other all the same: data know no network, and the other way round.
strangers='
src/device    src/data*
src/array     src/data*
src/network   src/data*
'
# Library (as its includes begin): the files that may know it.
libraries='
fmt/             src/base/check.hpp src/base/format.hpp sim/main.cpp
immintrin.h      src/kernels/isa_*.cpp bench/ceilings.cpp
arm_neon.h       src/kernels/isa_neon*.cpp
cblas-openblas.h bench/peers.cpp
dnnl.h           bench/peers.cpp
boost/           src/base/tables.cpp tests/*
eigen3/          src/float/* src/base/least_squares.cpp tests/*
toml++/          src/base/toml_section.hpp
archive          src/data/formats/archive.cpp tests/*
zlib.h           src/data/formats/archive.cpp src/data/formats/mat.cpp tests/*
lzma.h           src/data/formats/xz.cpp tests/*
jpeglib.h        src/data/formats/jpeg.cpp tests/*
jerror.h         src/data/formats/jpeg.cpp
png.h            src/data/formats/png.cpp sim/pictures/png.cpp tests/*
cairo/           sim/pictures/paper.cpp
fontconfig/      sim/pictures/paper.cpp
httplib.h        sim/watch/server.cpp
poll.h           sim/watch/server.cpp
matio.h          tests/*
mpi.h            sim/cluster/mpi_processes.cpp
onnx/            sim/export/onnx_graph.hpp sim/tensor_files/onnx_tensors.cpp tests/*
zip.h            sim/export/npz.cpp sim/tensor_files/npz_tensors.cpp tests/npz_testing.cpp
nlohmann/        sim/run/record.cpp sim/run/record_costs.hpp sim/run/progress_file.cpp sim/watch/*.cpp tests/sim/test_watch.cpp sim/study/study_file.cpp sim/tensor_files/safetensors.cpp sim/report/results.cpp sim/report/page_data.cpp sim/study/store.cpp sim/study/stored_line.cpp sim/study/study_json.cpp
CLI/             sim/commands/command_line.cpp
pybind11/        sim/python/*
catch2/          tests/*
benchmark/       bench/*
fcntl.h          src/base/replace_file.cpp sim/* tests/*
unistd.h         src/base/replace_file.cpp src/session/room.cpp sim/* tests/*
sys/             src/base/replace_file.cpp src/session/room.cpp src/session/data_fingerprint.cpp sim/* tests/*
malloc.h         tests/analysis/test_memory.cpp
iconv.h          sim/pulse_response/text_encoding.cpp
sys/auxv.h       src/kernels/isa_neondot.cpp
'
# The only library headers of kernels.hpp and src/kernels: none of them brings in a function that code
# for a newer machine could compile and code for an older one would share. sys/auxv.h declares the one
# C function by which Linux tells what an Arm machine can do.
kernel_headers='cstddef cstdint cstring span immintrin.h arm_neon.h sys/auxv.h'
# Below sim/ nothing prints, reads the environment or sees the command line.
printing_words='printf|fprintf|vprintf|puts|fputs|putchar|perror|std::cout|std::cerr|std::clog|fmt::print'
program_words="getenv|secure_getenv|environ|argv|argc|$printing_words"

shopt -s nullglob lastpipe  # lastpipe: `rule` counts in this shell
files=(include/crossbar/*.hpp src/*/*.[chi]* src/*/*/*.[chi]* sim/*.[ch]pp sim/*/*.[ch]pp tests/*.[ch]pp tests/*/*.[ch]pp bench/*.[ch]pp)
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

declare -A place_of
count=0
while read -r folder; do
    # shellcheck disable=SC2206  # a pattern of folders
    for each in $folder; do place_of[$each]=$((++count)); done
done <<<"$folders"

# Every include: "file line < name" for library headers, "file line \" path" for the project's own.
all=$(awk 'match($0, /^[ \t]*#[ \t]*include[ \t]*[<"]/) {
    kind = substr($0, RLENGTH, 1)
    name = substr($0, RLENGTH + 1)
    sub(/[>"].*/, "", name)
    print FILENAME, FNR, kind, name
}' "${files[@]}")

# The project's own includes as "file line target", the target as a path from the root: beside the file, or
# below one of the folders that the Makefile names.
own=$(while read -r file line kind name; do
    [[ $kind == '"' ]] || continue
    target=$name
    for root in "${file%/*}" include src sim tests; do
        [[ -e $root/$name ]] && target=$root/$name && break
    done
    echo "$file $line $target"
done <<<"$all")

for file in "${files[@]}"; do
    [[ $file == include/* || -n ${place_of[${file%/*}]:-} ]] ||
        echo "$file:1: its folder is not in the list of ${BASH_SOURCE[0]##*/}"
done | rule 'every folder has a place'

while read -r file line target; do
    from=${file%/*} to=${target%/*}
    if [[ ! -e $target ]]; then
        echo "$file:$line: $target does not exist"
    elif [[ $to != include/* && ${place_of[$from]:-0} -lt ${place_of[$to]:-0} ]]; then
        echo "$file:$line: includes $target, but $from comes before $to"
    else
        while read -r one other; do
            # shellcheck disable=SC2053  # a pattern
            [[ -n $one && $from == $one && $to == $other ]] && echo "$file:$line: includes $target, but $one may not know $other"
        done <<<"$strangers"
    fi
done <<<"$own" | rule 'a file includes its own folder and those above it'

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
    [[ $file == src/kernels/* ]] || continue
    if [[ $kind == '<' ]]; then
        matches_any "$name" "$kernel_headers" || echo "$file:$line: kernels may not include <$name>"
    else
        matches_any "$name" 'kernels/kernels.hpp sets.hpp *.inl' ||
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
awk '{ sub(/CROSSBAR_API /, "") }
match($0, /^(struct|class|enum class) [A-Za-z]+/) && !/;$/ {
    name = substr($0, RSTART, RLENGTH)
    sub(/.* /, "", name)
    key = (FILENAME ~ /^sim\//) " " name
    if (key in home && home[key] != FILENAME) print FILENAME ":" FNR ": " name " is a type of " home[key] " as well"
    home[key] = FILENAME
}' $(printf '%s\n' "${files[@]}" | grep -E '^(include|src|sim)/.*\.hpp$') | rule 'a type has a name of its own'

mapfile -t below < <(printf '%s\n' "${files[@]}" | grep -E '^(include|src)/')
words sim/ "$program_words" "${below[@]}" | rule 'below sim/ nothing prints or looks around'
mapfile -t above < <(printf '%s\n' "${files[@]}" | grep -E '^sim/' | grep -vF sim/terminal/messages.)
words sim/terminal/messages.cpp "$printing_words" "${above[@]}" | rule 'what is said goes through one place'

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
