#!/usr/bin/env bash
# The installed tree: test_install.sh BINARY. Installs beside the binary's libraries' folder to a temporary prefix, builds the
# tutorial of docs/library.md against it with pkg-config and CMake and runs it, looks at what headers and library show, makes the
# Debian package, and takes all away again.
set -u

# shellcheck source=tests/shell_testing.sh
. "$(dirname "$0")/../shell_testing.sh"
bin=$(dirname "$sim")
root=$(dirname "$here")
if [[ $bin != */bin ]]; then
    ok "what is installed is the plain build"
    finish
    exit
fi
if ! compgen -G "$bin/libcrossbar.so.*" >/dev/null; then
    skip "the installed library" "it is not built (make lib)"
    finish
    exit
fi
CXX=${TEST_CXX:-g++}
prefix=$work/usr
installed() { PREFIX=$prefix DESTDIR='' bash "$root/sim/packaging/install.sh" "$1" "$bin"; }
check "make install" installed install
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

# block LANGUAGE: that block of the page.
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p}" "$root/docs/library.md"; }
block cpp >tutorial.cpp
check "the tutorial has at most 60 lines" test "$(wc -l <tutorial.cpp)" -le 60

# Each header on its own, without a warning, and no macro but ours beyond those of the standard library.
for header in "$prefix"/include/crossbar/*.hpp; do
    name=${header##*/}
    check "$name stands on its own" bash -c "echo '#include <crossbar/$name>' | $CXX -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -I '$prefix/include' -x c++ -fsyntax-only -"
done
macros() { "$CXX" -std=c++20 -I "$prefix/include" -x c++ -dM -E - | sed -n 's/^#define \([A-Za-z0-9_]*\).*/\1/p' | sort -u; }
grep -h '#include <' "$prefix"/include/crossbar/*.hpp | sort -u | macros >standard
printf '#include <crossbar/%s>\n' $(cd "$prefix/include/crossbar" && echo *.hpp) | macros >ours
check "headers define nothing but CROSSBAR_*" test "$(comm -13 standard ours | tr '\n' ' ')" = "CROSSBAR_API CROSSBAR_VERSION "
nm -DC --defined-only "$prefix"/lib/libcrossbar.so.?.?.? | cut -c20- >symbols
check "the library shows what the headers have" grep -q 'crossbar::Session::train(' symbols
check "the library shows nothing else" test -z "$(grep -vE '^(typeinfo |typeinfo name |vtable )?(for )?crossbar::(Session|Classifier|Error|LogicError)\b|^crossbar::(version|task_names|target_names|setting_list|check_setting|check_target|read_checkpoint)(\[abi:cxx11\])?\(' symbols | tee /dev/stderr)"
check "one version everywhere" test "$("$sim" --version)" = "crossbar_sim $(pkg-config --modversion crossbar 2>/dev/null || sed -n 's/^Version: //p' "$PKG_CONFIG_PATH/crossbar.pc")"
check "CITATION.cff has it too" grep -qx "version: $(sed -n 's/^Version: //p' "$PKG_CONFIG_PATH/crossbar.pc")" "$root/CITATION.cff"

if command -v pkg-config >/dev/null; then
    check "the tutorial builds with pkg-config" bash -ec "PATH=\$PATH; $(block sh | sed "s|^g++|$CXX|")"
    run_tutorial() { ./tutorial >tutorial.out && grep -q '^4 epochs: 0 wrong$' tutorial.out && grep -q '^the first is of class 0$' tutorial.out; }
    check "the tutorial learns" run_tutorial
    check "the tutorial builds with the static library" bash -ec "$CXX -std=c++20 tutorial.cpp $(pkg-config --cflags crossbar) '$prefix/lib/libcrossbar.a' $(sed -n 's/^Libs.private: //p' "$PKG_CONFIG_PATH/crossbar.pc") -o static"
else
    skip "the tutorial with pkg-config" "there is none"
fi
if command -v cmake >/dev/null; then
    block cmake >CMakeLists.txt
    check "the tutorial builds with CMake" bash -ec "cmake -B made -DCMAKE_PREFIX_PATH='$prefix' -DCMAKE_CXX_COMPILER='${CXX##* }' >cmake.out 2>&1 && cmake --build made >>cmake.out 2>&1 || { cat cmake.out; false; }"
    check "and runs" ./made/tutorial
else
    skip "the tutorial with CMake" "there is none"
fi

"$prefix/bin/crossbar_sim" --version >out
check "the installed program runs" test "$(cut -d' ' -f1 out)" = crossbar_sim
check "make uninstall" installed uninstall
check "nothing is left" test -z "$(find "$prefix" ! -type d)"

if command -v dpkg-shlibdeps >/dev/null; then
    mkdir package && ln -s "$bin"/crossbar_sim "$bin"/libcrossbar.* package
    check "make deb" bash "$root/sim/packaging/deb.sh" package
    db=$work/root
    mkdir -p "$db/var/lib/dpkg"/{info,updates,triggers} && touch "$db/var/lib/dpkg/status"
    # shellcheck disable=SC2329  # called by check
    as_root() { dpkg --root="$db" --force-not-root --force-depends --force-bad-path --log=/dev/null "$@" >dpkg.out 2>&1 || { cat dpkg.out; false; }; }
    check "the package installs" as_root --unpack package/*.deb
    check "it has the program" test -x "$db/usr/bin/crossbar_sim"
    check "it removes" as_root --purge crossbar-sim
    check "nothing is left of it" test -z "$(find "$db/usr" ! -type d 2>/dev/null)"
    if command -v lintian >/dev/null; then
        lintian --allow-root --fail-on error package/*.deb >lintian.out 2>&1
        check "lintian finds no error" test "$?/$(grep '^E:' lintian.out | tee /dev/stderr)" = 0/
    else
        skip "lintian" "it is not installed (make deps-deb)"
    fi
else
    skip "the Debian package" "there is no dpkg-dev (make deps-deb)"
fi
finish
