#!/bin/sh
# Has ccxt, an independent client, trade on every dialect of `patchbay venue`, over its real TLS server. ccxt comes from
# PyPI into a folder of its own under .build. Ends with 77 when it cannot be had: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-.build/debug}
folder=.build/peers
venv=$folder/venv

name=test-peers
. Tests/tools.sh
tools ccxt "-r Tests/Peers/requirements.txt" Tests/Peers/requirements.txt

"$build/patchbay" venue --seed 7 --for 900 --authorities "$folder/venue.pem" >"$folder/venue.log" 2>&1 &
venue=$!
trap 'kill $venue 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  grep -q "account bob of okx" "$folder/venue.log" && break
  sleep 0.1
done
url=$(sed -n 's|^binance at \(https://[^/]*\)/.*|\1|p' "$folder/venue.log")
if [ -z "$url" ]; then
  cat "$folder/venue.log" >&2
  echo "test-peers: patchbay venue did not start" >&2
  exit 1
fi
"$venv/bin/python" Tests/Peers/peers.py "$url" "$folder/venue.pem" "$folder/venue.log"
