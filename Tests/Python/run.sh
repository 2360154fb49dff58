#!/bin/sh
# Tests the Python client: installs it and its tools from PyPI into a folder of its own under .build, runs its tests,
# those against a real host included, and has one script run with ccxt and with the client on the same local exchange.
# `run.sh bench` measures instead, and `run.sh bench-api` the interface for programs.
# Ends with 77 when the tools cannot be had: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-.build/debug}")
folder=.build/python
venv=$folder/venv
client=clients/python

name=test-python
. Tests/tools.sh
tools "what it needs" "-r Tests/Python/requirements.txt -e $client" Tests/Python/requirements.txt $client/pyproject.toml

PATCHBAY="$build/patchbay"
export PATCHBAY
python=$(realpath -s "$venv/bin/python")
if [ "${1:-}" = bench ]; then
  exec "$python" $client/tests/latency.py "$PATCHBAY"
fi
if [ "${1:-}" = bench-api ]; then
  exec "$python" $client/tests/api_bench.py "$PATCHBAY"
fi
(cd $client && "$python" -m pytest -q -p no:cacheprovider)
"$python" $client/tests/parity.py "$PATCHBAY"
