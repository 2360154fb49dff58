#!/bin/sh
# Fuzzes one target with libFuzzer and the address sanitizer: Tests/Fuzz/run.sh TARGET SECONDS
# Fails on any crash, hang or sanitizer report; the input that caused it is left in .build/fuzz/TARGET/crashes.
# A target is one row of the table below: the modules it needs, in the order of their dependencies, and the files that
# make up the target itself, the first with LLVMFuzzerTestOneInput. Of the kit only what is fuzzed is built, since the
# sanitizers want all of it built for them. Seeds: Tests/Fuzz/seeds/TARGET, if there.
set -eu
cd "$(dirname "$0")/../.."

target=${1:-} seconds=${2:-}
case $target in
  records)
    modules="Records"
    support=Tests/RecordsTests/Support
    files="Tests/Fuzz/Records.swift $support/ReadEverything.swift $support/RandomRecord.swift $support/Kinds.swift
      $support/SeededGenerator.swift"
    longest=4096
    ;;
  scanner)
    modules="Decimals ConnectorKit"
    files="Tests/Fuzz/Scanner.swift"
    longest=512
    ;;
  websocket)
    modules="WebSocket"
    files="Tests/Fuzz/WebSocket.swift"
    longest=4096
    ;;
  *)
    echo "usage: Tests/Fuzz/run.sh TARGET SECONDS; targets: records, scanner, websocket" >&2
    exit 2
    ;;
esac
case $seconds in
  '' | *[!0-9]*)
    echo "usage: Tests/Fuzz/run.sh $target SECONDS; SECONDS is a whole number" >&2
    exit 2
    ;;
esac
command -v swiftc >/dev/null || {
  echo "swiftc not found: install Swift and put it on PATH" >&2
  exit 2
}

build=.build/fuzz/$target
mkdir -p "$build/corpus" "$build/crashes" "$build/CPatchbay"
# SwiftPM makes its own module map for the header; here there is none.
printf 'module CPatchbay { header "%s" export * }\n' "$PWD/Sources/CPatchbay/include/patchbay.h" \
  >"$build/CPatchbay/module.modulemap"

flags="-swift-version 6 -O -g -parse-as-library -enable-testing -sanitize=fuzzer,address -I $build -I $build/CPatchbay"
flags="$flags -I Sources/CZlib -I Sources/COpenSSL"
# The sources of a module.
sources() {
  case $1 in
    ConnectorKit) echo Sources/ConnectorKit/JSON/JSONScanner*.swift Sources/ConnectorKit/JSON/JSONText.swift ;;
    *) find "Sources/$1" -name '*.swift' ;;
  esac
}

objects=""
for module in $modules; do
  # shellcheck disable=SC2086 # flags and globs are words
  swiftc $flags -wmo -module-name "$module" -emit-module -emit-module-path "$build/$module.swiftmodule" \
    -c -o "$build/$module.o" $(sources "$module")
  objects="$objects $build/$module.o"
done
# shellcheck disable=SC2086
swiftc $flags -wmo -module-name Fuzz -emit-module-path "$build/Fuzz.swiftmodule" -emit-executable -o "$build/fuzz" \
  $files $objects

seeds=Tests/Fuzz/seeds/$target
[ -d "$seeds" ] || seeds=""
# shellcheck disable=SC2086
exec "$build/fuzz" -max_total_time="$seconds" -max_len="$longest" -timeout=10 -verbosity=0 -print_final_stats=1 \
  -artifact_prefix="$build/crashes/" "$build/corpus" $seeds
