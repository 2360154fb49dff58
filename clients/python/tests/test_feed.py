"""The feed in shared memory: the reader by itself, and books by way of it against books by the stream."""

import asyncio
import csv
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
from decimal import Decimal

import pytest

import patchbay
from conftest import soon
from patchbay import feed as shared
from real import PROGRAM, RealHost

ROOT = pathlib.Path(__file__).resolve().parents[3]
on_host = [pytest.mark.host, pytest.mark.skipif(not PROGRAM, reason="PATCHBAY names no program")]


def test_the_layout_is_the_headers():
    with open(ROOT / "docs" / "feed-layout.tsv") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    size = {row["struct"]: int(row["size"]) for row in rows if row["field"] == "-"}
    at = {(row["struct"], row["field"]): int(row["offset"]) for row in rows if row["field"] != "-"}
    assert (shared.HEAD, shared.LANE, shared.INSTANCE, shared.LEVEL, shared.ENTRY, shared.BOOK) == tuple(
        size[f"pb_feed_{name}"] for name in ("head", "lane", "instance", "level", "entry", "book"))
    assert (shared.NEWS, shared.STATE) == (at["pb_feed_head", "news"], at["pb_feed_head", "state"])
    assert (shared.TOUCH, shared.TRADE, shared.DEPTH) == tuple(
        at["pb_feed_book", name] for name in ("touch", "trade", "depth"))
    assert shared.TRADE_ID_LENGTH == at["pb_feed_trade", "id_length"]
    assert shared.TRADE_ID == at["pb_feed_trade", "id"] and shared.DEPTH_WORDS == at["pb_feed_depth", "words"]
    words = {  # By place in 8-byte words, as the reader takes them.
        "pb_feed_head": {"bytes": 1, "generation": 2, "process": 3, "lanes_at": 6, "instances_at": 7, "books_at": 8,
                         "book_bytes": 9},
        "pb_feed_lane": {"ring_at": 0, "ring_bytes": 1, "beat_ns": 8, "reserve": 16, "commit": 17},
        "pb_feed_book": {"lease": 0, "instrument": 1, "price_exp": 3, "bit": 4, "pair": 8},
        "pb_feed_touch": {"state": 1, "bid_price": 2, "ask_price": 4, "sequence": 6, "mono_ns": 7, "venue_ns": 8},
        "pb_feed_trade": {"price": 1, "quantity": 2, "venue_ns": 3, "mono_ns": 4, "total": 5, "side": 6, "id_length": 7},
        "pb_feed_depth": {"state": 1, "sequence": 2, "venue_ns": 3, "mono_ns": 4, "bids": 5},
        "pb_feed_entry": {"number": 1, "mono_ns": 3, "wall_ns": 4},
    }  # fmt: skip
    for name, fields in words.items():
        assert fields == {field: at[name, field] // 8 for field in fields}
    halves = {"instance": 16, "in_use": 20, "quantity_exp": 28}
    assert halves == {field: at["pb_feed_book", field] for field in halves}
    assert at["pb_feed_instance", "lane"] == 112 and at["pb_feed_entry", "instance"] == 16


def test_the_feed_needs_nothing_but_python():
    code = "import sys; sys.modules['aiohttp'] = None; import patchbay.feed, patchbay; print(patchbay.NetworkError)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"Patchbay", "PatchbaySync"} <= set(patchbay.__all__)
    with pytest.raises(AttributeError):
        patchbay.Nothing


def made(path, change=lambda words: None):
    """A file as a host makes it: a lane, a connector, two markets of which one is in use."""
    book = shared.BOOK + 2 * 2 * shared.LEVEL
    lanes, instances = shared.HEAD, shared.HEAD + shared.LANE
    books = instances + shared.INSTANCE
    ring = books + 2 * book
    words = [0] * ((ring + 4096) // 8)
    words[0] = shared.MAGIC | shared.REVISION << 32
    words[1:4] = [len(words) * 8, 7, 1]
    words[4], words[5] = 1 | 1 << 32, 2 | 2 << 32
    words[6:10] = [lanes, instances, books, book]
    words[shared.STATE // 8] |= shared.RUNNING << 32
    words[lanes // 8 : lanes // 8 + 2] = [ring, 4096]
    words[instances // 8] = int.from_bytes(b"sea", "little")
    words[books // 8 + 2] = 1 << 32
    words[books // 8 + 8] = int.from_bytes(b"BTC-USDT", "little")
    change(words)
    path.write_bytes(b"".join(word.to_bytes(8, "little") for word in words))
    return path


def test_the_edges_of_a_feed(tmp_path):
    with shared.SharedFeed(made(tmp_path / "feed")) as feed:
        assert [book.pair for book in feed.books()] == ["BTC-USDT"] and not feed.is_alive(0)
        for lane in (-1, 1, 99):
            with pytest.raises(shared.NoFeed, match="the feed has 1"):
                feed.is_alive(lane)
            with pytest.raises(shared.NoFeed, match="the feed has 1"):
                feed.records(lane)
        book, records = feed.book("sea", "BTC-USDT"), feed.records()
        assert book.depth(0).bids == [] and book.depth(-1).bids == [] and book.depth(99).asks == []
    for read in (book.touch, book.trade, book.depth, book.is_ready, book.version, records.take, feed.news,
                 lambda: feed.is_alive(0), lambda: list(feed.books()), lambda: feed.wait(0, 1, 60)):  # fmt: skip
        with pytest.raises(shared.NoFeed, match="closed"):
            read()


@pytest.mark.parametrize("place", [0, 1, 4, 5, 6, 7, 8, 9, shared.HEAD // 8, shared.HEAD // 8 + 1])
def test_a_head_that_lies_is_no_feed(tmp_path, place):
    for value in (2**64 - 1, 2**63, 2**40 + 3):
        def change(words):
            words[place] = value

        with pytest.raises(shared.NoFeed, match="is no feed"):
            shared.SharedFeed(made(tmp_path / "feed", change))


def test_units_are_exact():
    assert str(shared.Units(-2).decimal(5999910)) == "59999.1" and str(shared.Units(-2).decimal(0)) == "0"
    assert str(shared.Units(2).decimal(3)) == "300" and str(shared.Units(-8).decimal(-1)) == "-1E-8"
    for exponent in (-18, -5, 0, 4):
        for units in (1, 7, 99, 123456789, 2**53 + 1, 2**63 - 1, -(2**63)):
            exact = Decimal(units).scaleb(exponent)
            assert shared.Units(exponent).decimal(units) == exact
            assert shared.Units(exponent).number(units) == float(exact)


def test_what_is_no_feed(tmp_path):
    with pytest.raises(shared.NoFeed, match="No such file"):
        shared.SharedFeed(tmp_path / "nothing")
    for content in (b"", b"x" * 100, bytes(4096)):
        (tmp_path / "odd").write_bytes(content)
        with pytest.raises(shared.NoFeed):
            shared.SharedFeed(tmp_path / "odd")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    host = RealHost(tmp_path_factory.mktemp("host"))
    host.start()
    yield host
    host.stop()


@pytest.fixture
async def ready(running):
    async with patchbay.Patchbay("paper", socket=running.socket, shared_memory=False) as exchange:
        while (await exchange.fetch_status())["status"] != "ok":
            await asyncio.sleep(0.05)
        await exchange.fetch_order_book("BTC/USDT")
    return running


def feed_of(host):
    return shared.SharedFeed(host.folder / "data" / "feed.shm")


@pytest.mark.parametrize("numbers", [Decimal, float])
class TestBoth:
    pytestmark = on_host

    @pytest.mark.parametrize("rings", [True, False])
    async def test_both_ways_give_the_same(self, ready, numbers, rings, monkeypatch):
        """The same books at the same sequences, to the last digit and type; woken by a socket, and by a thread."""
        if not rings:
            monkeypatch.setattr("patchbay._shared._ring", lambda path: None)
        options = {"socket": ready.socket, "numbers": numbers}
        async with patchbay.Patchbay("paper", **options) as fast, patchbay.Patchbay(
            "paper", **options, shared_memory=False
        ) as plain:
            seen = [{}, {}]

            async def collect(exchange, books):
                while True:
                    book = await exchange.watch_order_book("BTC/USDT", 7)
                    books[book["nonce"]] = book

            tasks = [asyncio.ensure_future(collect(*pair)) for pair in zip((fast, plain), seen)]
            same = set()
            for _ in range(400):
                await asyncio.sleep(0.05)
                same = seen[0].keys() & seen[1].keys()
                if len(same) >= 10:
                    break
            for task in tasks:
                task.cancel()
            assert fast._shared is not None and fast._stream is None, "no stream was needed"
            assert (fast._shared._bell is not None, fast._shared._thread is None) == (rings, rings)
            assert plain._shared is None and plain._stream is not None
            assert len(same) >= 10
            for nonce in same:
                assert seen[0][nonce] == seen[1][nonce]
                assert repr(seen[0][nonce]) == repr(seen[1][nonce])

    async def test_more_levels_than_are_published_come_by_the_stream(self, ready, numbers):
        async with patchbay.Patchbay("paper", socket=ready.socket, numbers=numbers) as exchange:
            book = await soon(exchange.watch_order_book("BTC/USDT", 5000))
            assert book["bids"] and exchange._stream is not None
            book = await soon(exchange.watch_order_book("BTC/USDT", 3))
            assert len(book["bids"]) == 3 and exchange._shared._followings
            await exchange.un_watch_order_book("BTC/USDT")
            assert not exchange._shared._followings


class TestReader:
    pytestmark = on_host

    async def test_who_gets_no_place_sleeps(self, ready):
        async def is_rung():
            async with patchbay.Patchbay("paper", socket=ready.socket) as exchange:
                for _ in range(3):
                    assert (await soon(exchange.watch_order_book("BTC/USDT", 3)))["bids"]
                assert (exchange._shared._bell is None) == (exchange._shared._thread is not None)
                return exchange._shared._bell is not None

        held = []
        for _ in range(33):
            bell = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            bell.connect(str(ready.folder / "data" / "feed.bell.sock"))
            held.append(bell)
        assert not await is_rung()
        for bell in held:
            bell.close()
        # The host hears of their end in its own time.
        while not await is_rung():
            pass

    async def test_the_touch_is_the_top(self, ready):
        with feed_of(ready) as feed:
            assert {(book.connector, book.pair) for book in feed.books()} == {
                ("paper", "BTC-USDT"), ("paper_perpetual", "BTC-USDT")}
            assert feed.book("paper", "NO-SUCH") is None and feed.book("lake", "BTC-USDT") is None
            book = feed.book("paper", "BTC-USDT")
            met = 0
            for _ in range(2000):
                news = feed.news()
                touch, depth = book.touch(), book.depth(1)
                if touch.sequence == depth.sequence:
                    met += 1
                    assert (touch.bid, touch.ask) == (
                        book.prices.decimal(depth.bids[0]), book.prices.decimal(depth.asks[0]))
                    assert touch.bid < touch.ask
                if met == 20:
                    break
                await asyncio.to_thread(feed.wait, news, book.bit, 1.0)
            assert met == 20 and feed.is_alive(book.lane)

    async def test_facts_come_by_the_ring(self, ready):
        with feed_of(ready) as feed:
            records = feed.records()
            async with patchbay.Patchbay("paper", socket=ready.socket) as exchange:
                order = await exchange.create_market_buy_order("BTC/USDT", "0.01")
            taken = records.take(10_000)
            assert [record.number for record in taken] == list(range(taken[0].number, taken[0].number + len(taken)))
            kinds = {int.from_bytes(record.data[4:6], sys.byteorder) for record in taken}
            assert {40, 41} <= kinds, "an order and a fill are among them"
            assert any(order["id"].encode() in record.data for record in taken)
            trade = feed.book("paper", "BTC-USDT").trade()
            assert trade.price > 0 and trade.quantity > 0 and trade.total > 0 and trade.id

    async def test_a_reader_cannot_write(self, ready):
        with feed_of(ready) as feed:
            with pytest.raises(TypeError):
                feed._bytes[0] = 1
            path = os.path.realpath(ready.folder / "data" / "feed.shm")
            assert os.stat(path).st_mode & 0o777 == 0o400
            with pytest.raises((OSError, ValueError)):
                import mmap

                file = os.open(path, os.O_RDONLY)
                mmap.mmap(file, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)

    async def test_a_book_that_is_given_up_says_so(self, ready):
        async with patchbay.Patchbay("paper", socket=ready.socket) as exchange:
            await exchange.request(
                "POST", "/v1/subscriptions", None, {"connector": "paper", "pair": "ETH-USDT"})
            assert (await soon(exchange.watch_order_book("ETH/USDT")))["bids"] and exchange._stream is None
            with feed_of(ready) as feed:
                book = feed.book("paper", "ETH-USDT")
                await exchange.request(
                    "DELETE", "/v1/subscriptions", {"connector": "paper", "pair": "ETH-USDT"})
                with pytest.raises(patchbay.BookUnavailable):
                    while True:
                        await soon(exchange.watch_order_book("ETH/USDT"))
                for _ in range(100):
                    if feed.book("paper", "ETH-USDT") is None:
                        break
                    await asyncio.sleep(0.02)
                with pytest.raises(shared.Moved):
                    book.touch()
            # It is subscribed to again by itself.
            assert (await soon(exchange.watch_order_book("ETH/USDT")))["bids"]

    async def test_examples(self, ready):
        example = ROOT / "examples" / "feed"
        built = subprocess.run(
            ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "Sources/CFeed/include", "-o",
             ready.folder / "watch", example / "watch.c"], capture_output=True, text=True)  # fmt: skip
        assert built.returncode == 0, built.stderr
        path = str(ready.folder / "data" / "feed.shm")
        python = [sys.executable, str(ROOT / "examples" / "python" / "best_price.py")]
        for command in ([str(ready.folder / "watch")], python):
            run = subprocess.run(
                [*command, path, "paper", "BTC-USDT", "5"], capture_output=True, text=True, timeout=60)
            assert run.returncode == 0 and run.stdout.count(" bid ") == 5, run.stdout + run.stderr
            run = subprocess.run([*command, path, "paper", "NO-SUCH"], capture_output=True, text=True, timeout=60)
            assert run.returncode == 1 and "NO-SUCH of paper is not in the feed" in run.stderr


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.host
@pytest.mark.skipif(not PROGRAM, reason="PATCHBAY names no program")
async def test_a_new_run_is_noticed(tmp_path, signal_):
    host = RealHost(tmp_path)
    host.start()
    try:
        async with patchbay.Patchbay("paper", socket=host.socket) as exchange:
            while (await exchange.fetch_status())["status"] != "ok":
                await asyncio.sleep(0.05)
            await soon(exchange.watch_order_book("BTC/USDT"))
            old = feed_of(host)
            sleeper = threading.Thread(target=lambda: [old.wait(old.news(), 1, 30) for _ in range(1)])
            first, generation = os.path.realpath(tmp_path / "data" / "feed.shm"), old.generation
            host.end(signal_)
            with pytest.raises(patchbay.BookUnavailable):
                while True:
                    await soon(exchange.watch_order_book("BTC/USDT"))
            assert not old.is_alive(0)
            # What a crash leaves is taken away by whichever host starts next.
            assert signal_ == signal.SIGKILL or not os.path.exists(first)
            host.start()
            assert not os.path.exists(first), "the next run takes it away"
            sleeper.start()
            sleeper.join(60)
            while (await exchange.fetch_status())["status"] != "ok":
                await asyncio.sleep(0.05)
            while True:
                try:
                    assert (await soon(exchange.watch_order_book("BTC/USDT")))["bids"]
                    break
                except patchbay.BookUnavailable:
                    pass
            assert exchange._shared.feed.generation != generation
            old.close()
    finally:
        host.stop()
