#!/bin/sh
# Has promtool, which knows what Prometheus takes, check /metrics of a host that runs the paper exchange. It is in
# Debian's prometheus, which is not installed for this alone (19 MB to fetch, 94 MB unpacked). Ends with 77 where it is
# not there: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-.build/debug}
folder=.build/metrics

command -v promtool >/dev/null 2>&1 || {
  echo "test-metrics: SKIPPED, nothing was tried: there is no promtool; apt-get install prometheus" >&2
  exit 77
}
rm -rf "$folder"
mkdir -p "$folder"
cat >"$folder/patchbay.json" <<'END'
{
  "schema": 1,
  "connectors": {
    "paper": {
      "markets": { "spot": { "pairs": ["BTC-USDT"] }, "perp": { "pairs": ["BTC-USDT"] } },
      "permit": { "trading": true },
    },
  },
}
END
"$build/patchbay" run --config "$folder/patchbay.json" --registry registry.json --plain --every 60 --for 300 \
  >"$folder/host.log" 2>&1 &
host=$!
trap 'kill $host 2>/dev/null || true' EXIT
ask() { curl -s -f --unix-socket "$folder/data/api.sock" "http://localhost$1"; }
for _ in $(seq 100); do
  ask /readyz >/dev/null 2>&1 && break
  sleep 0.1
done
ask /metrics >"$folder/metrics" || { cat "$folder/host.log" >&2; echo "test-metrics: no /metrics" >&2; exit 1; }
[ -s "$folder/metrics" ] || { echo "test-metrics: /metrics is empty" >&2; exit 1; }
promtool check metrics <"$folder/metrics"
echo "promtool takes $(grep -c '^# TYPE' "$folder/metrics") metrics"
