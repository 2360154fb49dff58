#!/bin/sh
# Builds a connector with Embedded Swift: a library that needs nothing but the system's C library, whatever compiler
# built the host.
#
#   build.sh LIBRARY.so MODULE=FOLDER...
#
# MODULE is a module of the connector and FOLDER where its sources are, each after those that it imports; the last has
# the entry point. The kit's modules are built first. What is built on the way goes to the folder in BUILD, which is
# made (.build/embedded where none is given).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -ge 2 ] || {
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
library=$1
shift
build=${BUILD:-.build/embedded}
mkdir -p "$build"
header=$root/Sources/CPatchbay/include/patchbay.h
printf 'module CPatchbay { header "%s" export * }\n' "$header" >"$build/module.modulemap"
runtime=$(dirname "$(dirname "$(command -v swiftc)")")/lib/swift/embedded/$(uname -m)-unknown-linux-gnu

objects=
changed=
for module in \
  "Decimals=$root/Sources/Decimals" "Records=$root/Sources/Records" \
  "ConnectorKit=$root/Sources/ConnectorKit" "$@"
do
  name=${module%%=*}
  find "${module#*=}" -name '*.swift' | sort >"$build/$name.sources"
  objects="$build/$name.o $objects"
  # What has not changed since it was built, nor what it imports, is not built again.
  if [ -z "$changed" ] && [ -e "$build/$name.o" ] \
    && [ -z "$(find "${module#*=}" "$root/Sources/CPatchbay" "$0" -newer "$build/$name.o" -name '*.[swh]*')" ]; then
    continue
  fi
  changed=yes
  swiftc -swift-version 6 -O -wmo -parse-as-library -enable-experimental-feature Embedded \
    -I "$build" -Xcc -fmodule-map-file="$build/module.modulemap" -module-name "$name" \
    -emit-module -emit-module-path "$build/$name.swiftmodule" -c "@$build/$name.sources" -o "$build/$name.o"
done

# What several modules specialised alike is there several times: the first is taken.
# shellcheck disable=SC2086
clang -shared -o "$library" -Wl,-soname,"${library##*/}" $objects "$runtime/libswiftUnicodeDataTables.a" -lm \
  -Wl,--version-script="$root/Plugins/entry.map" -Wl,--gc-sections -Wl,-s -Wl,-z,defs -Wl,-z,muldefs
