#!/bin/sh
# Runs the Autobahn test suite against our WebSocket framing as client and as server:
# Tests/Autobahn/run.sh [CASES [EXCLUDED]]
# Unimplemented may be what compression leaves open: a window size that we do not offer.
# CASES and EXCLUDED are lists such as '"1.*", "7.*"'; without them all cases run, which takes many minutes. Fails
# when a case
# fails. The suite runs on Python 2.7 only: found through pyenv, and installed from PyPI into .build/autobahn.
set -eu
cd "$(dirname "$0")/../.."
cases=${1:-'"*"'} excluded=${2:-}
folder=.build/autobahn
wstest=$folder/env/bin/wstest
mkdir -p "$folder"

if [ ! -x "$wstest" ]; then
  version=$(pyenv versions --bare 2>/dev/null | grep '^2\.7\.' | tail -1 || true)
  [ -n "$version" ] || {
    echo "autobahn: needs pyenv with a Python 2.7; try: pyenv install 2.7.18" >&2
    exit 2
  }
  PYENV_VERSION=$version pyenv exec python2.7 -m pip install -q --user 'virtualenv<20.22'
  PYENV_VERSION=$version pyenv exec python2.7 -m virtualenv -q "$folder/env"
  "$folder/env/bin/pip" install -q autobahntestsuite
fi
swift build -c release --product autobahn-peer
peer=.build/release/autobahn-peer

# Waits until something listens on a port.
listening() {
  for _ in $(seq 100); do
    grep -qi ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp && return 0
    sleep 0.1
  done
  echo "autobahn: nothing listens on port $1" >&2
  return 1
}
stop() { [ -z "${running:-}" ] || kill "$running" 2>/dev/null || true; }
trap stop EXIT
trap 'exit 1' INT TERM

cat >"$folder/server.json" <<JSON
{"url": "ws://127.0.0.1:9001", "outdir": "$folder/client", "cases": [$cases], "exclude-cases": [$excluded],
 "exclude-agent-cases": {}}
JSON
cat >"$folder/client.json" <<JSON
{"outdir": "$folder/server", "servers": [{"agent": "patchbay", "url": "ws://127.0.0.1:9002"}], "cases": [$cases],
 "exclude-cases": [$excluded], "exclude-agent-cases": {}}
JSON

"$wstest" -m fuzzingserver -s "$folder/server.json" >"$folder/server.log" 2>&1 &
running=$!
listening 9001
"$peer" client 9001
stop
"$peer" server 9002 &
running=$!
listening 9002
"$wstest" -m fuzzingclient -s "$folder/client.json" >"$folder/client.log" 2>&1
stop

python3 - "$folder/client/index.json" "$folder/server/index.json" <<'PYTHON'
import collections
import json
import sys

bad = 0
for path in sys.argv[1:]:
    results = json.load(open(path))["patchbay"]
    counts = collections.Counter(result["behavior"] for result in results.values())
    print(path, dict(counts))
    for case, result in sorted(results.items()):
        fine = result["behavior"] in ("OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED")
        if not fine or result["behaviorClose"] not in ("OK", "INFORMATIONAL"):
            print(" ", case, result["behavior"], result["behaviorClose"])
            bad += 1
    if not results:
        bad += 1
sys.exit(1 if bad else 0)
PYTHON
