#!/usr/bin/env bash
# Installs program, libraries, headers and what finds them, or takes them away again: one list for both.
#   install.sh install|uninstall FOLDER_OF_BINARIES      (make install, make uninstall)
# PREFIX (/usr/local), LIBDIR below it (lib), DESTDIR (an empty root, for packages).
set -euo pipefail
verb=${1:?usage: install.sh install|uninstall FOLDER_OF_BINARIES} bin=${2:?usage: install.sh $1 FOLDER_OF_BINARIES}
here=$(cd "$(dirname "$0")/../.." && pwd)
prefix=${PREFIX:-/usr/local} libdir=${LIBDIR:-lib} root=${DESTDIR:-}
version=$(sed -n 's/^#define CROSSBAR_VERSION "\(.*\)"/\1/p' "$here/include/crossbar/version.hpp")
soname=libcrossbar.so.${version%%.*}
libs=$(sed -n 's/^LIBS *:= *//p' "$here/Makefile") # of the static library
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

put() { # MODE FILE DESTINATION, which is below the prefix
    if [ "$verb" = install ]; then install -D -m "$1" "$2" "$root$prefix/$3"; else rm -f "$root$prefix/$3"; fi
}
link() { # TARGET NAME
    if [ "$verb" = install ]; then ln -sf "$1" "$root$prefix/$2"; else rm -f "$root$prefix/$2"; fi
}
filled() { # TEMPLATE DESTINATION
    sed "s|@PREFIX@|$prefix|g; s|@LIBDIR@|$libdir|g; s|@VERSION@|$version|g; s|@SONAME@|$soname|g; s|@LIBS@|$libs|g
         s|@CMAKE_LIBS@|${libs//-l/}|g" "$here/sim/packaging/$1.in" >"$made/$1"
    put 644 "$made/$1" "$2/$1"
}
# help OPTIONS DESTINATION: what the program says of itself.
help() {
    local words=$1 to=$2
    # shellcheck disable=SC2086  # several words
    if [ "$verb" = install ]; then "$bin/crossbar_sim" help $words >"$made/help"; fi
    if [ "$verb" = install ] && [ "${to##*.}" = gz ]; then gzip -9n "$made/help" && mv "$made/help.gz" "$made/help"; fi
    put 644 "$made/help" "$to"
}

put 755 "$bin/crossbar_sim" bin/crossbar_sim
for header in "$here"/include/crossbar/*.hpp; do put 644 "$header" "include/crossbar/${header##*/}"; done
put 644 "$bin/libcrossbar.a" "$libdir/libcrossbar.a"
put 644 "$bin/libcrossbar.so.$version" "$libdir/libcrossbar.so.$version"
link "libcrossbar.so.$version" "$libdir/$soname"
link "$soname" "$libdir/libcrossbar.so"
filled crossbar.pc "$libdir/pkgconfig"
filled crossbarConfig.cmake "$libdir/cmake/crossbar"
filled crossbarConfigVersion.cmake "$libdir/cmake/crossbar"
help --man share/man/man1/crossbar_sim.1.gz
help '--completion bash' share/bash-completion/completions/crossbar_sim
help '--completion zsh' share/zsh/vendor-completions/_crossbar_sim
if [ "$verb" = uninstall ]; then
    for folder in include/crossbar "$libdir/cmake/crossbar"; do
        [ ! -d "$root$prefix/$folder" ] || rmdir --ignore-fail-on-non-empty "$root$prefix/$folder"
    done
fi
