#!/bin/sh
# Our connectors to pools before Uniswap's own contracts, on a chain in a process of this machine (eth-tester with
# py-evm), with an independent client (web3.py) that trades beside: Tests/Chain/check.py. The contracts' bytecode is in
# the wheel of web3-ethereum-defi, which is read and not installed (33 MB to fetch). Ends with 77 where PyPI is not
# reached: then nothing was tried. `run.sh serve FOLDER [PORT] [SECONDS]` is what `patchbay venue --chain` starts.
set -eu
cd "$(dirname "$0")/../.."
name=test-chain
folder=.build/chain
venv=$folder/venv
build=${BUILD:-.build/debug}
wheel=$folder/web3_ethereum_defi-1.2-py3-none-any.whl
. Tests/tools.sh

if [ "${1:-}" = serve ]; then
  skip() {
    echo "patchbay venue --chain: $1" >&2
    exit 1
  }
  cat Tests/Chain/requirements.txt | cmp -s - "$venv/installed" && [ -f "$wheel" ] ||
    echo "fetching a chain and Uniswap's contracts from PyPI, once: some 60 MB" >&2
fi
tools "a chain for tests" "-r Tests/Chain/requirements.txt" Tests/Chain/requirements.txt
if [ ! -f "$wheel" ]; then
  "$venv/bin/pip" download -q --no-deps -d "$folder" web3-ethereum-defi==1.2 >"$folder/wheel.log" 2>&1 ||
    skip "the contracts cannot be had from PyPI; see $folder/wheel.log"
fi
if [ "${1:-}" = serve ]; then
  shift
  exec "$venv/bin/python" Tests/Chain/serve.py "$wheel" "$@"
fi
"$venv/bin/python" Tests/Chain/check.py "$wheel" "$build/chain-peer" "${CHAIN_ROUNDS:-8}" "${CHAIN_SEED:-1}"
guard=$(mktemp -d)
trap 'rm -rf "$guard"' EXIT
"$venv/bin/python" Tests/Chain/swaps.py "$wheel" "$build/chain-peer" "$guard" "${CHAIN_ROUNDS:-8}" "${CHAIN_SEED:-1}"
"$venv/bin/python" Tests/Chain/celo.py "$wheel" "$build/chain-peer" "$guard" "${CHAIN_ROUNDS:-8}" "${CHAIN_SEED:-1}"
"$venv/bin/python" Tests/Chain/doubts.py "$wheel" "$build/chain-peer" "$guard"
"$venv/bin/python" Tests/Chain/host.py "$build/patchbay" "$guard/host"
