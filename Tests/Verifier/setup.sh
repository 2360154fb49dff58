#!/bin/sh
# Installs what the separate verifier of signatures uses, from PyPI, into .build/verifier. Run by `make test`; where
# that is not possible it says so and ends well, and the tests that need it are shown as skipped.
set -eu
cd "$(dirname "$0")/../.."
place=.build/verifier
wanted=Tests/Verifier/requirements.txt
cmp -s "$wanted" "$place/ready" && exit 0

rm -rf "$place"
mkdir -p .build
if python3 -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"; then
  cp "$wanted" "$place/ready"
else
  rm -rf "$place"
  echo "patchbay: the separate verifier could not be installed (no python3-venv, or PyPI out of reach):" >&2
  echo "patchbay: its tests are SKIPPED; once PyPI can be reached, run Tests/Verifier/setup.sh" >&2
fi
