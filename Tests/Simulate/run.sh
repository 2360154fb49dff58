#!/bin/sh
# Simulated runs of the whole host, two processes at once: so many short ones on Binance spot from a seed on, a third of
# that on its futures, a sixth on Kraken, whose runs take longer; then long ones on each, and on Kraken seeds whose
# orders in doubt were once not decided within an hour. Prints runs that found something, with the command that repeats
# them.
set -eu
cd "$(dirname "$0")/../.."

seeds=${1:-200}
first=${2:-1}
patchbay=.build/release/patchbay

run() {
  "$patchbay" simulate --quiet "$@"
}

binance() {
  found=0
  run --venue binance --hours 0.05 --seed "$first" --seeds "$seeds" || found=1
  run --venue binance --hours 1 --crashes 6 --pace 6 --seed "$first" || found=1
  run --venue binance_perpetual --hours 1 --crashes 6 --pace 6 --seed "$first" || found=1
  return $found
}

binance &
spot=$!
status=0
run --venue binance_perpetual --hours 0.05 --seed "$first" --seeds $(((seeds + 2) / 3)) || status=1
run --venue kraken --hours 0.05 --seed "$first" --seeds $(((seeds + 5) / 6)) || status=1
for seed in "$first" 2 4; do
  run --venue kraken --hours 1 --seed "$seed" || status=1
done
wait "$spot" || status=1
exit $status
