#!/usr/bin/env bash
# A Debian package of what install.sh installs: deb.sh FOLDER_OF_BINARIES, which gets crossbar-sim_VERSION_ARCHITECTURE.deb.
# Needs dpkg-dev.
set -euo pipefail
bin=$(realpath "${1:?usage: deb.sh FOLDER_OF_BINARIES}")
here=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^#define CROSSBAR_VERSION "\(.*\)"/\1/p' "$here/include/crossbar/version.hpp")
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree docs=$work/tree/usr/share/doc/crossbar-sim
umask 022
libdir=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
DESTDIR=$tree PREFIX=/usr LIBDIR=$libdir bash "$here/sim/packaging/install.sh" install "$bin"
strip --strip-unneeded "$tree/usr/bin/crossbar_sim" "$tree/usr/$libdir/libcrossbar.so.$version"
strip --strip-debug "$tree/usr/$libdir/libcrossbar.a"
maintainer='The crossbar_sim maintainers <crossbar-sim@localhost.invalid>'
date=$(date -Ru -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y "$here/CHANGELOG.md")}")
mkdir -p "$docs" "$tree/DEBIAN" "$work/debian"
{ printf 'crossbar-sim (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n' "$version"; printf ' -- %s  %s\n' "$maintainer" "$date"; } |
    gzip -9n >"$docs/changelog.gz"
printf 'Copyright %s the crossbar_sim maintainers\nLicense: Apache-2.0, see /usr/share/common-licenses/Apache-2.0\n' \
    "$(date -u -d "$date" +%Y)" >"$docs/copyright"
# The chart library that the program writes into pages of reports.
d3=/usr/share/doc/node-d3/copyright
[[ ! -e $d3 ]] || { printf '\nOf D3, within the program:\n\n' && cat $d3; } >>"$docs/copyright"
printf 'Source: crossbar-sim\n\nPackage: crossbar-sim\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$tree/usr/bin/crossbar_sim" "$tree/usr/$libdir/libcrossbar.so.$version" |
          sed -n 's/^shlibs:Depends=//p')
cat >"$tree/DEBIAN/control" <<CONTROL
Package: crossbar-sim
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Depends: $depends
Recommends: fonts-dejavu-core
Section: science
Priority: optional
Description: trains convolutional networks as a memristive crossbar would
 A synapse-level simulator: synapses are small integers or measured devices,
 updates are local and use only the sign of the gradient, and errors travel
 back through feedback synapses of their own. The program, the C++ library
 and its headers.
CONTROL
printf 'libcrossbar %s crossbar-sim (>= %s)\n' "${version%%.*}" "$version" >"$tree/DEBIAN/shlibs"
printf 'activate-noawait ldconfig\n' >"$tree/DEBIAN/triggers"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group --build "$tree" "$bin/crossbar-sim_${version}_$architecture.deb"
