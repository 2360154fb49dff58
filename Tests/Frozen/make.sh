#!/bin/sh
# Makes what is kept of a revision of the contract for ever: the layout of everything in it, and connectors in C, Rust
# and Embedded Swift as they were built when it was frozen. Run once for a revision, in Tests/Frozen/revision-N, on
# x86-64; what is there is never made again: the tests load these very libraries.
set -eu
cd "$(dirname "$0")/../.."
revision=$(sed -n 's/^#define PB_ABI_REVISION *\([0-9]*\)u.*/\1/p' Sources/CPatchbay/include/patchbay.h)
to=$PWD/Tests/Frozen/revision-$revision
[ ! -e "$to" ] || {
  echo "$to is there already, and a revision is frozen once" >&2
  exit 1
}
swift build --product abitool
mkdir -p "$to/harbour"
.build/debug/abitool frozen >"$to/layout.tsv"
make -C examples/c-connector CFLAGS="-O2 -s" OUT="$to/metronome"
make -C examples/rust-connector OUT="$to/escapement"
harbour=examples/harbour
examples/embedded/build.sh "$to/harbour/libharbour.so" "Harbour=$PWD/$harbour/Sources/Harbour" \
  "HarbourEntry=$PWD/$harbour/Sources/HarbourEntry"
cp "$harbour/manifest.json" "$harbour/certification.json" "$to/harbour"
