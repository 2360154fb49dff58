#!/bin/sh
# Simulated runs of the whole host, two processes at once: so many on Binance spot, a third of that on its futures, and
# a sixth on Kraken, whose runs take longer. Prints runs that found something, with the command that repeats them.
set -eu
cd "$(dirname "$0")/../.."

seeds=${1:-200}
patchbay=.build/release/patchbay

"$patchbay" simulate --quiet --venue binance --hours 0.05 --seeds "$seeds" &
spot=$!
status=0
"$patchbay" simulate --quiet --venue binance_perpetual --hours 0.05 --seeds $(((seeds + 2) / 3)) || status=1
"$patchbay" simulate --quiet --venue kraken --hours 0.05 --seeds $(((seeds + 5) / 6)) || status=1
wait "$spot" || status=1
exit $status
