#!/bin/sh
# Has ccxt, an independent client, trade on every dialect of `patchbay venue`, over its real TLS server. ccxt comes from
# PyPI into a folder of its own under .build. Ends with 77 when it cannot be had: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-.build/debug}
folder=.build/peers
venv=$folder/venv

skip() {
  echo "test-peers: SKIPPED, nothing was tried: $1" >&2
  exit 77
}

command -v python3 >/dev/null 2>&1 || skip "there is no python3; apt-get install python3 python3-venv"
mkdir -p "$folder"
if ! cmp -s Tests/Peers/requirements.txt "$venv/installed"; then
  rm -rf "$venv"
  python3 -m venv "$venv" >"$folder/venv.log" 2>&1 || skip "python3 -m venv fails; apt-get install python3-venv"
  if ! "$venv/bin/pip" install -q -r Tests/Peers/requirements.txt >"$folder/pip.log" 2>&1; then
    tail -n 2 "$folder/pip.log" >&2
    skip "ccxt cannot be had from PyPI; see $folder/pip.log"
  fi
  cp Tests/Peers/requirements.txt "$venv/installed"
fi

"$build/patchbay" venue --seed 7 --for 900 --authorities "$folder/venue.pem" >"$folder/venue.log" 2>&1 &
venue=$!
trap 'kill $venue 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  grep -q "account bob of kraken" "$folder/venue.log" && break
  sleep 0.1
done
url=$(sed -n 's|^binance at \(https://[^/]*\)/.*|\1|p' "$folder/venue.log")
if [ -z "$url" ]; then
  cat "$folder/venue.log" >&2
  echo "test-peers: patchbay venue did not start" >&2
  exit 1
fi
"$venv/bin/python" Tests/Peers/peers.py "$url" "$folder/venue.pem" "$folder/venue.log"
