"""What the interface for programs costs: api_bench.py PROGRAM [SECONDS].

A host runs the paper exchange, whose market lives a step every 10 ms. Measured are round trips of requests on one
connection, and the host's processor time of each message that its clients get of one book, with 1, 10 and 100 clients
by WebSocket and by shared memory. Then a host trades on `patchbay venue`, through a relay that notes when bytes leave
for the exchange: from the call in Python to an order's bytes on the wire. Only ratios mean something.
"""

import asyncio
import http.client
import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import pathlib

import aiohttp

import patchbay
from patchbay.feed import SharedFeed
from parity import PROGRAM, Venue

CONFIG = """{
  "schema": 1,
  "connectors": { "paper": {
    "config": { "step_ms": 10 }, "markets": { "spot": { "pairs": ["BTC-USDT"] } }, "permit": { "trading": true } } },
  "gateway": { "requests_per_second": 100000 },
}"""
TICKS = os.sysconf("SC_CLK_TCK")


class Host:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.socket = str(self.folder / "data" / "api.sock")

    def __enter__(self):
        (self.folder / "patchbay.json").write_text(CONFIG)
        command = [PROGRAM, "run", "--config", "patchbay.json", "--plain", "--every", "60", "--for", "900"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if Requests(self.socket).ask("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        raise SystemExit("the host does not become ready")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def cpu(self):
        """Seconds of processor time of all its threads."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(words[11]) + int(words[12])) / TICKS


class Requests:
    """One connection that stays open."""

    def __init__(self, path):
        self.connection = http.client.HTTPConnection("localhost")
        self.connection.sock = socket.socket(socket.AF_UNIX)
        self.connection.sock.connect(path)

    def ask(self, method, path, body=None):
        headers = {} if body is None else {"Content-Type": "application/json"}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def round_trips(host, count):
    requests = Requests(host.socket)
    order = {"connector": "paper", "pair": "BTC-USDT", "side": "buy", "quantity": "0.01", "price": "1000",
             "wait_ms": 0}
    kinds = [
        ("GET /healthz", lambda: requests.ask("GET", "/healthz")),
        ("GET /v1/book, 5 levels", lambda: requests.ask("GET", "/v1/book?connector=paper&pair=BTC-USDT&depth=5")),
        ("POST /v1/orders, without waiting", lambda: requests.ask("POST", "/v1/orders", order)),
    ]
    print("round trip on one connection                       p50 µs   p99 µs")
    for name, call in kinds:
        spent = []
        for _ in range(count):
            start = time.perf_counter_ns()
            status, text = call()
            spent.append((time.perf_counter_ns() - start) / 1000)
            if status >= 300:
                raise SystemExit(f"{name}: {status} {text[:300]}")
        spent.sort()
        print(f"  {name:<46}{spent[len(spent) // 2]:>9.0f}{spent[len(spent) * 99 // 100]:>9.0f}")
    requests.ask("DELETE", "/v1/orders")


def by_stream(path, clients, seconds, pipe):
    """So many connections that follow one book; sends how many messages came."""

    async def follow(counts, index):
        connector = aiohttp.UnixConnector(path)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.ws_connect("http://localhost/v1/stream") as stream:
                wish = {"op": "subscribe", "id": "a", "channel": "book", "connector": "paper", "pair": "BTC-USDT",
                        "mode": "delta"}
                await stream.send_json(wish)
                async for message in stream:
                    if message.type is not aiohttp.WSMsgType.TEXT or '"error"' in message.data[:60]:
                        raise SystemExit(f"the stream: {message.data}")
                    counts[index] += 1

    async def run():
        counts = [0] * clients
        tasks = [asyncio.create_task(follow(counts, index)) for index in range(clients)]
        await asyncio.sleep(2 + clients / 50)
        pipe.send(None)
        before = sum(counts)
        await asyncio.sleep(seconds)
        pipe.send(sum(counts) - before)
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def by_memory(path, clients, seconds, pipe):
    """The same by threads that sleep until the book has changed."""
    end, counts = [float("inf")], [0] * clients

    def follow(index):
        with SharedFeed(str(pathlib.Path(path).parent / "feed.shm")) as feed:
            book = feed.book("paper", "BTC-USDT")
            while time.monotonic() < end[0]:
                seen = feed.news()
                book.touch()
                counts[index] += 1
                feed.wait(seen, book.bit, 1.0)

    threads = [threading.Thread(target=follow, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    pipe.send(None)
    before = sum(counts)
    time.sleep(seconds)
    pipe.send(sum(counts) - before)
    end[0] = 0


def processor_time(host, seconds):
    start = host.cpu()
    time.sleep(seconds)
    idle = (host.cpu() - start) / seconds
    print(f"clients of one book; without any the host takes {idle * 100:.1f} % of a processor")
    print("                                              clients  messages/s   host's CPU per message, µs")
    for name, way in (("WebSocket", by_stream), ("shared memory", by_memory)):
        for clients in (1, 10, 100):
            mine, other = multiprocessing.Pipe()
            child = multiprocessing.Process(target=way, args=(host.socket, clients, seconds, other))
            child.start()
            mine.recv()
            start = host.cpu()
            count = mine.recv()
            spent = host.cpu() - start - idle * seconds
            child.join()
            print(f"  {name:<44}{clients:>7}{count / seconds:>12.0f}{max(0.0, spent) * 1e6 / max(1, count):>14.1f}")


class Relay:
    """Passes bytes on to an address, and notes when some leave for it."""

    def __init__(self, url):
        self.target = re.search(r"//([^:/]+):(\d+)", url).groups()
        self.left = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.server.accept()
            far = socket.create_connection(self.target)
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source, sink, is_out):
        while data := source.recv(1 << 16):
            if is_out and len(data) > 200:
                self.left.append(time.perf_counter_ns())
            sink.sendall(data)
        sink.close()


class Relayed(Venue):
    """The exchanges, behind a relay."""

    def start(self, name, *command, **rest):
        said = super().start(name, *command, **rest)
        if command[0] != "venue":
            return said
        self.relay = Relay(re.search(r"https://\S+", said)[0])
        return said.replace(f":{self.relay.target[1]}/", f":{self.relay.port}/")


def to_the_wire(count):
    with tempfile.TemporaryDirectory() as folder:
        venue = Relayed(folder, PROGRAM)
        try:
            venue.run()
            exchange = patchbay.PatchbaySync("binance", socket=str(venue.folder / "data" / "api.sock"))
            price, spent = float(exchange.fetch_order_book("BTC/USDT")["bids"][0][0]) * 0.9, []
            for _ in range(count):
                start = time.perf_counter_ns()
                order = exchange.create_limit_buy_order("BTC/USDT", 0.001, round(price, 2))
                left = [at for at in venue.relay.left if at > start]
                spent.append((left[0] - start) / 1000)
                exchange.cancel_order(order["id"], "BTC/USDT")
                time.sleep(0.05)
            exchange.close()
        finally:
            venue.stop()
    spent.sort()
    print("an order by Python to its bytes on the wire        p50 µs   p99 µs")
    print(f"  {'create_limit_buy_order':<46}{spent[len(spent) // 2]:>9.0f}{spent[len(spent) * 99 // 100]:>9.0f}")


def main(seconds):
    with tempfile.TemporaryDirectory() as folder, Host(folder) as host:
        round_trips(host, 500)
        processor_time(host, seconds)
    to_the_wire(100)


if __name__ == "__main__":
    main(float(sys.argv[2]) if len(sys.argv) > 2 else 10.0)
