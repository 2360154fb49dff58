#!/bin/sh
# Opens the web page of a host that runs the paper exchange in headless Chromium, and uses it as people do. Chromium and
# the chart library come from Debian, what drives it from PyPI, into a folder of its own under .build. Ends with 77 when
# one of them cannot be had: then nothing was tried.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-.build/debug}
folder=.build/page-test
venv=$folder/venv

name=test-page
. Tests/tools.sh

# Debian's packages that only this test needs.
for package in chromium libjs-dygraphs; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] && continue
  run=
  [ "$(id -u)" = 0 ] || run=sudo
  echo "$name: installing $package"
  $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" >"$folder.apt.log" 2>&1 ||
    skip "$package cannot be installed; apt-get install $package"
done
tools "Playwright" "-r Tests/Page/requirements.txt" Tests/Page/requirements.txt

"$venv/bin/python" Tests/Page/page.py --patchbay "$build/patchbay" --registry registry.json --folder "$folder" "$@"
