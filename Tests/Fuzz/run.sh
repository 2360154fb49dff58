#!/bin/sh
# Fuzzes one target with libFuzzer and the address sanitizer: Tests/Fuzz/run.sh TARGET SECONDS
# Fails on any crash, hang or sanitizer report; the input that caused it is left in .build/fuzz/TARGET/crashes.
# A target is one row of the table below: the modules it needs, in the order of their dependencies, and the files that
# make up the target itself, the first with LLVMFuzzerTestOneInput. Of the kit only what is fuzzed is built, and of what
# is inside the host the files alone that read strangers' bytes, since the sanitizers want all of it built for them.
# Modules are shared by all targets and built again when their sources are newer. Seeds: Tests/Fuzz/seeds/TARGET, where
# inputs that once crashed stay.
set -eu
cd "$(dirname "$0")/../.."

target=${1:-} seconds=${2:-}
records=Tests/RecordsTests/Support
longest=4096
system=""
libraries=""
case $target in
  records)
    modules="Records"
    files="Tests/Fuzz/Records.swift $records/ReadEverything.swift $records/RandomRecord.swift $records/Kinds.swift
      $records/SeededGenerator.swift"
    ;;
  scanner)
    modules="Decimals ConnectorKit"
    files="Tests/Fuzz/Scanner.swift"
    longest=512
    ;;
  websocket)
    modules="WebSocket"
    files="Tests/Fuzz/WebSocket.swift"
    ;;
  ring)
    modules="Records"
    files="Tests/Fuzz/Ring.swift Sources/Runtime/Worker/InputRing.swift Sources/Runtime/Worker/OutputRing.swift
      Sources/Runtime/Worker/WorkerShape.swift $records/ReadEverything.swift"
    ;;
  recording)
    modules="Records PrintableText JSONTree"
    files="Tests/Fuzz/RecordingFile.swift Sources/Runtime/Recording/Recording.swift
      Sources/Runtime/Recording/RecordingFormat.swift $records/ReadEverything.swift"
    ;;
  manifest)
    modules="PrintableText Decimals JSONTree Minisign Catalog"
    files="Tests/Fuzz/Manifest.swift"
    longest=16384
    ;;
  replies)
    modules="PrintableText Decimals JSONTree Minisign Catalog"
    files="Tests/Fuzz/Replies.swift Sources/Vault/Guard/ReplyCapture.swift Sources/Vault/Guard/JSONPointer.swift
      Sources/Vault/Encoding.swift Sources/Transport/EchoMask.swift Sources/Transport/TokenMembers.swift"
    system=Sources/CNet/cnet.c
    libraries=-lcurl
    longest=1024
    ;;
  *)
    echo "usage: Tests/Fuzz/run.sh TARGET SECONDS; targets: records, scanner, websocket, ring, recording, manifest," \
      "replies" >&2
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
shared=.build/fuzz/modules
mkdir -p "$build/corpus" "$build/crashes" "$shared/C"
# SwiftPM makes its own module map for the headers; here there is none.
{
  printf 'module CPatchbay { header "%s" export * }\n' "$PWD/Sources/CPatchbay/include/patchbay.h"
  printf 'module CHost { header "%s" export * }\n' "$PWD/Sources/CHost/include/worker.h"
  printf 'module CNet { header "%s" export * }\n' "$PWD/Sources/CNet/include/cnet.h"
} >"$shared/C/module.modulemap"

flags="-swift-version 6 -O -g -parse-as-library -enable-testing -package-name patchbay -sanitize=fuzzer,address"
flags="$flags -I $shared -I $shared/C -I Sources/CZlib -I Sources/COpenSSL"
# The sources of a module.
sources() {
  case $1 in
    ConnectorKit) echo Sources/ConnectorKit/JSON/JSONScanner*.swift Sources/ConnectorKit/JSON/JSONText.swift ;;
    *) find "Sources/$1" -name '*.swift' ;;
  esac
}

objects=""
isOld=false
for module in $modules; do
  object=$shared/$module.o
  # What a module is built on may have changed with it.
  if $isOld || [ ! -e "$object" ] || [ -n "$(find $(sources "$module") Sources/CPatchbay/include -newer "$object")" ]
  then
    isOld=true
    # shellcheck disable=SC2046,SC2086 # flags and lists of files are words
    swiftc $flags -wmo -module-name "$module" -emit-module -emit-module-path "$shared/$module.swiftmodule" \
      -c -o "$object" $(sources "$module")
  fi
  objects="$objects $object"
done
if [ -n "$system" ]; then
  clang -O1 -g -fsanitize=address -I "$(dirname "$system")/include" -c -o "$build/system.o" "$system"
  objects="$objects $build/system.o"
fi
# shellcheck disable=SC2086
swiftc $flags -wmo -module-name Fuzz -emit-module-path "$build/Fuzz.swiftmodule" -emit-executable -o "$build/fuzz" \
  $files $objects $libraries

seeds=Tests/Fuzz/seeds/$target
[ -d "$seeds" ] || seeds=""
# shellcheck disable=SC2086
exec "$build/fuzz" -max_total_time="$seconds" -max_len="$longest" -timeout=10 -verbosity=0 -print_final_stats=1 \
  -artifact_prefix="$build/crashes/" "$build/corpus" $seeds
