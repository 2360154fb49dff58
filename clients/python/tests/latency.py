"""From an exchange's message to a Python callback: latency.py PROGRAM [SECONDS].

`patchbay venue` serves Binance's protocol. One after the other ccxt.pro, this client by the stream, and this client by
shared memory watch the same book there, each in a process of its own. Beside each a bare WebSocket notes when the
exchange's message came; what counts is how much later the callback had the book of the same update. Only the ratios
mean something.
"""

import asyncio
import json
import re
import ssl
import subprocess
import sys
import tempfile
import time

import aiohttp

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


async def bare(place, seconds):
    context = ssl.create_default_context(cafile=place.authorities)
    async with aiohttp.ClientSession() as session:
        url = place.url.replace("https://", "wss://") + "/binance/ws"
        async with session.ws_connect(url, ssl=context) as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 1})

            async def step():
                while True:
                    found = re.search(r'"u":(\d+)', (await socket.receive()).data)
                    if found:
                        return int(found[1])

            return await watch(step, seconds)


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
    "bare": bare,
    "ccxt.pro": by_ccxt,
    "the stream": lambda place, seconds: by_patchbay(place, seconds, False),
    "shared memory": lambda place, seconds: by_patchbay(place, seconds, True),
}


def child(way, told, seconds):
    command = [sys.executable, __file__, PROGRAM, "--watch", way, json.dumps(told), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measure(way, told, seconds):
    """p50 and p99 in microseconds, processor microseconds of an update, and how many updates there were."""
    # The bare one watches longer on both sides.
    reference, other = child("bare", told, seconds + 3), child(way, told, seconds)
    found = json.loads(other.communicate()[0])
    came = json.loads(reference.communicate()[0])["seen"]
    delays = sorted((at - came[nonce]) / 1000 for nonce, at in found["seen"].items() if nonce in came)
    if len(delays) < 20:
        raise SystemExit(f"{way}: only {len(delays)} updates were seen by both")
    return delays[len(delays) // 2], delays[len(delays) * 99 // 100], found["cpu_ns"] / 1000 / len(found["seen"]), len(delays)


def main(seconds):
    with tempfile.TemporaryDirectory() as folder:
        venue = Venue(folder)
        try:
            venue.run()
            told = [venue.url, venue.authorities, venue.keys, str(venue.folder / "data" / "api.sock")]
            rows = {way: measure(way, told, seconds) for way in WAYS if way != "bare"}
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
