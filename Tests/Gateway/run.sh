#!/bin/sh
# Has Schemathesis, from PyPI, ask a host that runs the paper exchange for everything in docs/api/openapi.yaml, rightly
# and wrongly: statuses, types and bodies have to be as the document says. What it needs comes into a folder of its own
# under .build. Ends with 77 when that cannot be had: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-.build/debug}
examples=${EXAMPLES:-30}
seed=${SEED:-7}
folder=.build/gateway
venv=$folder/venv

name=test-gateway
. Tests/tools.sh
tools Schemathesis "-r Tests/Gateway/requirements.txt" Tests/Gateway/requirements.txt

rm -rf "$folder/host"
mkdir -p "$folder/host"
cat >"$folder/host/patchbay.json" <<'END'
{
  "schema": 1,
  "connectors": {
    "paper": {
      "markets": { "spot": { "pairs": ["BTC-USDT", "ETH-USDT"] }, "perp": { "pairs": ["BTC-USDT"] } },
      "permit": { "trading": true },
    },
  },
  "gateway": { "listen": "127.0.0.1:0", "requests_per_second": 10000 },
}
END
"$build/patchbay" run --config "$folder/host/patchbay.json" --registry registry.json --plain --every 60 --for 3000 \
  >"$folder/host.log" 2>&1 &
host=$!
trap 'kill $host 2>/dev/null || true' EXIT
url=
for _ in $(seq 100); do
  url=$(sed -n 's|.*at \(http://[0-9.:]*\)/v1.*|\1|p' "$folder/host.log")
  [ -n "$url" ] && break
  sleep 0.1
done
if [ -z "$url" ]; then
  cat "$folder/host.log" >&2
  echo "test-gateway: patchbay run did not start" >&2
  exit 1
fi
token=$(cat "$folder/host/data/api.token")
for part in anything known; do
  "$venv/bin/schemathesis" --config-file "Tests/Gateway/$part.toml" run docs/api/openapi.yaml --url "$url" \
    -H "Authorization: Bearer $token" --max-examples "$examples" --seed "$seed" --phases coverage,fuzzing --no-color
done
kill -0 $host
# What was asked before may still keep it busy, which it says by 503: whoever gets that asks again.
code=$(curl -s --retry 5 --retry-delay 1 -o /dev/null -w '%{http_code}' -X POST -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' -d '{}' "$url/v1/stop")
[ "$code" = 200 ] || { echo "test-gateway: POST /v1/stop: $code" >&2; exit 1; }
wait $host || { cat "$folder/host.log" >&2; echo "test-gateway: the host did not end well" >&2; exit 1; }
[ ! -e "$folder/host/data/api.token" ] && [ ! -e "$folder/host/data/api.sock" ] ||
  { echo "test-gateway: the host left its token or its socket behind" >&2; exit 1; }
