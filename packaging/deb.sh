#!/bin/sh
# Makes a Debian package of the host, its connectors, the header, the page, the systemd unit and the completion of
# shells: deb.sh BUILD OUTPUT. BUILD is a folder of finished products, such as .build/release.
#
# Swift's runtime is not in Debian: the libraries of it that the programs need lie beside them, in /usr/lib/patchbay.
set -eu
cd "$(dirname "$0")/.."
build=${1:-.build/release}
output=${2:-.build/deb}
fail() {
  echo "deb: $1" >&2
  exit 1
}
for tool in dpkg-deb dpkg-shlibdeps patchelf; do
  command -v $tool >/dev/null || fail "there is no $tool; apt-get install dpkg-dev patchelf"
done
[ -x "$build/patchbay" ] || fail "there is no $build/patchbay; make build"

version=$(sed -n 's/.*"version": "\([0-9.]*\)".*/\1/p' Plugins/Paper/manifest.json | head -n 1)
stamp=$(git log -1 --format=%ct 2>/dev/null || echo 0)
revision=$(git log -1 --format=%cd --date=format:%Y%m%d%H%M%S 2>/dev/null || echo 0)
architecture=$(dpkg --print-architecture)
root=$output/tree
rm -rf "$root"
own=$root/usr/lib/patchbay
mkdir -p "$own" "$root/usr/bin" "$root/DEBIAN"

# The host and its connectors, with their runtime beside them.
cp "$build/patchbay" "$own/"
for file in "$build"/lib*.so; do
  name=$(basename "$file" .so)
  case $name in libpebble | liballocationcount) continue ;; esac
  grep -q "\"library\": \"$name.so\"" Plugins/*/manifest.json || continue
  cp "$file" "$own/"
done
runtime() {
  ldd "$@" | sed -n 's|.* => \(/[^ ]*\) (.*|\1|p' |
    grep -E '/lib(swift|Foundation|_Foundation|dispatch|BlocksRuntime)[^/]*\.so$' | sort -u
}
for file in $(runtime "$own"/patchbay "$own"/lib*.so); do cp -L "$file" "$own/"; done
for file in "$own"/patchbay "$own"/lib*.so; do
  strip --strip-unneeded "$file"
  patchelf --set-rpath '$ORIGIN' "$file"
done
ln -s ../lib/patchbay/patchbay "$root/usr/bin/patchbay"
cp registry.json "$own/"
cp -r page "$own/page"
for header in CPatchbay/include/patchbay.h CFeed/include/patchbay_feed.h CFeed/include/patchbay_feed_reader.h; do
  install -D -m 644 "Sources/$header" "$root/usr/include/patchbay/$(basename "$header")"
done
# What connectors are built from, laid out as in a checkout: the contract, the kits, and the templates of patchbay new.
sdk=$own/sdk
mkdir -p "$sdk/Sources" "$sdk/Plugins" "$sdk/examples"
for folder in CPatchbay Decimals Records ConnectorKit; do cp -r "Sources/$folder" "$sdk/Sources/"; done
cp Plugins/entry.map "$sdk/Plugins/"
for folder in embedded c-kit rust-kit templates; do cp -r "examples/$folder" "$sdk/examples/"; done
install -D -m 644 packaging/patchbay.service "$root/lib/systemd/system/patchbay.service"
install -D -m 644 packaging/patchbay.json "$root/etc/patchbay/patchbay.json"
mkdir -p "$root/etc/patchbay/plugins.d"
document=$root/usr/share/doc/patchbay
mkdir -p "$document/docs"
cp README.md "$document/"
cp -r docs/*.md docs/api "$document/docs/"
cp LICENSE "$document/copyright"

# Completion comes from the program's own commands.
complete() {
  mkdir -p "$(dirname "$2")"
  "$own/patchbay" completion "$1" >"$2"
}
complete bash "$root/usr/share/bash-completion/completions/patchbay"
complete zsh "$root/usr/share/zsh/vendor-completions/_patchbay"
complete fish "$root/usr/share/fish/vendor_completions.d/patchbay.fish"

# What the programs need of Debian.
mkdir -p "$output/debian"
printf 'Source: patchbay\nPackage: patchbay\nArchitecture: any\n' >"$output/debian/control"
needs=$(cd "$output" && LD_LIBRARY_PATH="$PWD/tree/usr/lib/patchbay" dpkg-shlibdeps -O --ignore-missing-info \
  -ltree/usr/lib/patchbay tree/usr/lib/patchbay/patchbay tree/usr/lib/patchbay/*.so 2>"shlibdeps.log" |
  sed -n 's/^shlibs:Depends=//p')
[ -n "$needs" ] || fail "dpkg-shlibdeps finds nothing; see $output/shlibdeps.log"

cat >"$root/DEBIAN/control" <<CONTROL
Package: patchbay
Version: $version~$revision
Architecture: $architecture
Maintainer: The Patchbay contributors <patchbay@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $needs, adduser, ca-certificates
Recommends: libjs-dygraphs, systemd-timesyncd | time-daemon
Section: net
Priority: optional
Homepage: file:///usr/share/doc/patchbay/README.md
Description: connector host for exchanges
 Runs connectors to crypto exchanges behind one interface: books, trades,
 orders and balances over HTTP, WebSocket and a web page on this machine, with
 rate limits, keys, exact decimals and a journal of its own. The paper exchange
 inside it needs no account and no network.
CONTROL
echo /etc/patchbay/patchbay.json >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 packaging/$script "$root/DEBIAN/$script"; done
find "$root" -type d -exec chmod 755 {} +
find "$root" -type f ! -perm -100 -exec chmod 644 {} +

# The same content gives the same file.
find "$root" -newermt "@$stamp" -exec touch -h -d "@$stamp" {} +
package=$output/patchbay_$version~${revision}_$architecture.deb
SOURCE_DATE_EPOCH=$stamp dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
ls -l "$package"
