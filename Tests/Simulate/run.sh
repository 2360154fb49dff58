#!/bin/sh
# Simulated runs of the whole host, two processes at once, of mixed length: so many short ones on Binance spot from a
# seed on, a third of that on its futures, a sixth on Kraken, whose runs take longer, and on OKX, a twelfth on OKX's
# perpetuals. For every 200 each exchange has one of an hour and one of four with twelve crashes; Kraken also has seeds
# whose orders in doubt were once not decided within an hour. Prints runs that found something, with the command that
# repeats them.
set -eu
cd "$(dirname "$0")/../.."

seeds=${1:-200}
first=${2:-1}
patchbay=.build/release/patchbay

run() {
  "$patchbay" simulate --quiet "$@"
}

# One venue's runs: short ones, then long ones.
venue() {
  found=0
  run --venue "$1" --hours 0.05 --seed "$first" --seeds "$2" || found=1
  run --venue "$1" --hours 1 --crashes 6 --pace 6 --seed "$first" --seeds "$long" || found=1
  run --venue "$1" --hours 4 --crashes 12 --pace 6 --seed "$first" --seeds "$long" || found=1
  return $found
}

long=$(((seeds + 199) / 200))
status=0
{
  missed=0
  venue binance "$seeds" || missed=1
  venue binance_perpetual $(((seeds + 2) / 3)) || missed=1
  exit $missed
} &
binance=$!
venue okx $(((seeds + 5) / 6)) || status=1
venue okx_perpetual $(((seeds + 11) / 12)) || status=1
venue kraken $(((seeds + 5) / 6)) || status=1
for seed in 2 4; do
  run --venue kraken --hours 1 --seed "$seed" || status=1
done
wait "$binance" || status=1
exit $status
