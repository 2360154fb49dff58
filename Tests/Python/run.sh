#!/bin/sh
# Tests the Python client: installs it and its tools from PyPI into a folder of its own under .build, runs its tests,
# those against a real host included, and has one script run with ccxt and with the client on the same local exchange.
# Ends with 77 when the tools cannot be had: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-.build/debug}")
folder=.build/python
venv=$folder/venv
client=clients/python

skip() {
  echo "test-python: SKIPPED, nothing was tried: $1" >&2
  exit 77
}

command -v python3 >/dev/null 2>&1 || skip "there is no python3; apt-get install python3 python3-venv"
mkdir -p "$folder"
if ! cat Tests/Python/requirements.txt $client/pyproject.toml | cmp -s - "$venv/installed"; then
  rm -rf "$venv"
  python3 -m venv "$venv" >"$folder/venv.log" 2>&1 || skip "python3 -m venv fails; apt-get install python3-venv"
  if ! "$venv/bin/pip" install -q -r Tests/Python/requirements.txt >"$folder/pip.log" 2>&1 ||
    ! "$venv/bin/pip" install -q -e $client >>"$folder/pip.log" 2>&1; then
    tail -n 2 "$folder/pip.log" >&2
    skip "what it needs cannot be had from PyPI; see $folder/pip.log"
  fi
  cat Tests/Python/requirements.txt $client/pyproject.toml >"$venv/installed"
fi

PATCHBAY="$build/patchbay"
export PATCHBAY
python=$(realpath -s "$venv/bin/python")
(cd $client && "$python" -m pytest -q -p no:cacheprovider)
"$python" $client/tests/parity.py "$PATCHBAY"
