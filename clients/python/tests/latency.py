"""From an exchange's message to a Python callback: latency.py PROGRAM [SECONDS].

`patchbay venue` serves Binance's protocol. One after the other ccxt.pro, this client by the stream, and this client by
shared memory watch the same book there, each in a process of its own. The exchange notes when it sent each update to
whom; what counts is how much later the callback had the book of it. Only the ratios mean something.
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time

import patchbay
from parity import PROGRAM, Venue, with_ccxt

SYMBOL = "BTC/USDT"
#: Seconds before it counts: connections, snapshots, caches.
WARM_UP = 4.0


class Place:
    """As much of a venue as a watcher in another process needs."""

    def __init__(self, told):
        self.url, self.authorities, self.keys, self.socket = told


async def watch(step, seconds):
    """Notes when each update was there, and the processor time of all of them."""
    begin = time.monotonic() + WARM_UP
    while time.monotonic() < begin:
        await step()
    seen, cpu, end = {}, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        nonce = await step()
        seen[nonce] = time.monotonic_ns()
    return {"seen": seen, "cpu_ns": (time.process_time() - cpu) * 1e9}


async def by_ccxt(place, seconds):
    exchange = with_ccxt(place, SYMBOL)
    try:

        async def step():
            return (await exchange.watch_order_book(SYMBOL, 100))["nonce"]

        return await watch(step, seconds)
    finally:
        await exchange.close()


async def by_patchbay(place, seconds, shared_memory):
    async with patchbay.Patchbay("binance", socket=place.socket, numbers=float, shared_memory=shared_memory) as exchange:

        async def step():
            return (await exchange.watch_order_book(SYMBOL, 100))["nonce"]

        result = await watch(step, seconds)
        assert (exchange._shared is not None) == shared_memory
        return result


WAYS = {
    "ccxt.pro": by_ccxt,
    "the stream": lambda place, seconds: by_patchbay(place, seconds, False),
    "shared memory": lambda place, seconds: by_patchbay(place, seconds, True),
}


def child(way, told, seconds):
    command = [sys.executable, __file__, PROGRAM, "--watch", way, json.dumps(told), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measure(way, told, sends, seconds):
    """p50 and p99 in microseconds, processor microseconds of an update, and how many updates there were."""
    found = json.loads(child(way, told, seconds).communicate()[0])
    sent = sent_by_socket(sends)
    # The host's socket was there first, and who reads its books is behind it; ccxt has one of its own.
    seen = found["seen"].keys()
    of_book = [socket for socket, times in sent.items() if len(times.keys() & seen) >= max(20, 0.9 * len(seen))]
    if not of_book:
        raise SystemExit(f"{way}: hardly any of the updates that were sent were seen")
    mine = sent[max(of_book) if way == "ccxt.pro" else min(of_book)]
    delays = sorted((at - mine[nonce]) / 1000 for nonce, at in found["seen"].items() if nonce in mine)
    return delays[len(delays) // 2], delays[len(delays) * 99 // 100], found["cpu_ns"] / 1000 / len(found["seen"]), len(delays)


def sent_by_socket(path):
    """When each update was sent, by the number of the socket and the update's."""
    sent = {}
    for line in open(path):
        mono, socket, text = line.split(" ", 2)
        found = re.search(r'"e":"depthUpdate".*"u":(\d+)', text)
        if found:
            sent.setdefault(int(socket), {})[found[1]] = int(mono)
    return sent


def main(seconds):
    with tempfile.TemporaryDirectory() as folder:
        sends = f"{folder}/sends"
        venue = Venue(folder, PROGRAM, "--sends", sends)
        try:
            venue.run()
            told = [venue.url, venue.authorities, venue.keys, str(venue.folder / "data" / "api.sock")]
            rows = {way: measure(way, told, sends, seconds) for way in WAYS}
        finally:
            venue.stop()
    base = rows["ccxt.pro"]
    print("an exchange's message to a Python callback    p50 µs   p99 µs   CPU µs  updates   p50, CPU to ccxt.pro")
    for way, (median, worst, cpu, count) in rows.items():
        ratios = f"{median / base[0]:.2f}, {cpu / base[2]:.2f}"
        print(f"  {way:<42}{median:>8.0f}{worst:>9.0f}{cpu:>9.0f}{count:>9}   {ratios}")


if __name__ == "__main__":
    if sys.argv[2:3] == ["--watch"]:
        way, told, seconds = sys.argv[3:6]
        print(json.dumps(asyncio.run(WAYS[way](Place(json.loads(told)), float(seconds)))))
    else:
        main(float(sys.argv[2]) if len(sys.argv) > 2 else 20.0)
