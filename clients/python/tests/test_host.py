"""The client against a real host. Set PATCHBAY to its program; `make test-python` does."""

import asyncio
import pathlib
import re
import subprocess
import sys
import time
from decimal import Decimal

import pytest

import patchbay
from conftest import soon
from real import PROGRAM, RealHost, Venue

pytestmark = [pytest.mark.host, pytest.mark.skipif(not PROGRAM, reason="PATCHBAY names no program")]
EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    host = RealHost(tmp_path_factory.mktemp("host"))
    host.start()
    yield host
    host.stop()


@pytest.fixture(params=["tcp", "socket"])
async def trader(running, request):
    where = {"socket": running.socket} if request.param == "socket" else {
        "url": running.url, "token_file": running.token_file}
    async with patchbay.Patchbay("paper", **where) as exchange:
        while (await exchange.fetch_status())["status"] != "ok":
            await asyncio.sleep(0.05)
        yield exchange
        await exchange.cancel_all_orders()


async def test_an_order_lives(trader):
    before = await trader.fetch_balance()
    order = await trader.create_limit_buy_order("BTC/USDT", "0.01", "50000.001")
    assert (order["status"], order["price"], order["known"]) == ("open", 50000, True)
    assert [r["field"] for r in order["rounded"]] == ["price"]
    assert [o["id"] for o in await trader.fetch_open_orders("BTC/USDT")] == [order["id"]]
    assert (await trader.fetch_balance())["USDT"]["used"] >= 500
    order = await trader.edit_order(order["id"], "BTC/USDT", "limit", "buy", None, 50010)
    assert order["price"] == 50010 and (await trader.fetch_order(order["clientOrderId"]))["price"] == 50010
    assert (await trader.cancel_order(order["id"], "BTC/USDT"))["status"] == "canceled"
    after = await trader.fetch_balance()
    assert after["USDT"]["free"] == before["USDT"]["free"]
    bought = await trader.create_market_buy_order("BTC/USDT", 0.01)
    assert (bought["status"], bought["filled"]) == ("closed", Decimal("0.01"))
    fills = await trader.fetch_order_trades(bought["id"])
    assert sum(fill["amount"] for fill in fills) == Decimal("0.01")
    assert sum(fill["cost"] for fill in fills) == bought["cost"]
    assert (await trader.fetch_closed_orders("BTC/USDT"))[-1]["id"] == bought["id"]
    assert order["id"] in [o["id"] for o in await trader.fetch_canceled_orders("BTC/USDT")]


async def test_a_position_lives(trader):
    symbol = "BTC/USDT:USDT"
    assert (await trader.set_leverage(5, symbol))["leverage"] == "5"
    watch = asyncio.ensure_future(trader.watch_positions([symbol]))
    await trader.create_market_sell_order(symbol, "0.02")
    assert [(p["side"], p["contracts"]) for p in await soon(watch)] == [("short", Decimal("0.02"))]
    position, = await trader.fetch_positions([symbol])
    assert (position["leverage"], position["contracts"]) == (5, Decimal("0.02"))
    await trader.create_market_buy_order(symbol, "0.02", {"reduceOnly": True})
    while (await soon(trader.watch_positions([symbol])))[-1]["contracts"]:
        pass
    assert await trader.fetch_positions() == []
    assert (await trader.fetch_funding_rate(symbol))["fundingRate"] is not None


async def test_what_is_refused(trader):
    order = await trader.create_limit_buy_order("BTC/USDT", "0.01", 50000, {"clientOrderId": f"same-{id(trader)}"})
    cases = [
        (patchbay.DuplicateOrderId, trader.create_limit_buy_order(
            "BTC/USDT", "0.02", 50000, {"clientOrderId": order["clientOrderId"]})),
        (patchbay.InsufficientFunds, trader.create_limit_buy_order("BTC/USDT", 40, 50000)),
        (patchbay.InvalidOrder, trader.create_limit_buy_order("BTC/USDT", 1000, 50000)),
        (patchbay.InvalidOrder, trader.create_limit_buy_order("BTC/USDT", "0.01", 70000, {"postOnly": True})),
        (patchbay.OrderNotFound, trader.cancel_order("nobody")),
        (patchbay.OrderNotFound, trader.fetch_order("nobody")),
        (patchbay.BadSymbol, trader.fetch_ticker("BTC/EUR")),
    ]
    for kind, job in cases:
        with pytest.raises(kind) as caught:
            await job
        assert type(caught.value) is kind, caught.value
    await trader.cancel_order(order["id"])
    with pytest.raises(patchbay.OrderNotFound, match="ended"):
        await trader.cancel_order(order["id"])
    same = await trader.create_orders([
        {"symbol": "BTC/USDT", "type": "limit", "side": "buy", "amount": "0.01", "price": 50000},
        {"symbol": "BTC/USDT", "type": "limit", "side": "buy", "amount": "1000", "price": 50000},
    ])
    assert [o["status"] for o in same] == ["open", "rejected"]


async def test_a_wrong_token(running):
    async with patchbay.Patchbay("paper", url=running.url, token="wrong") as exchange:
        with pytest.raises(patchbay.AuthenticationError):
            await exchange.load_markets()
        with pytest.raises(patchbay.AuthenticationError):
            await exchange.watch_order_book("BTC/USDT")


async def test_the_streams_book_is_the_hosts(trader):
    for _ in range(20):
        streamed = await soon(trader.watch_order_book("BTC/USDT", 5))
        asked = await trader.fetch_order_book("BTC/USDT", 5)
        if streamed["nonce"] == asked["nonce"]:
            assert (streamed["bids"], streamed["asks"]) == (asked["bids"], asked["asks"])
            break
    else:
        raise AssertionError("the two never stood at the same change")


async def test_a_market_that_is_not_followed_yet(running):
    async with patchbay.Patchbay("paper", socket=running.socket) as exchange:
        assert (await exchange.fetch_order_book("ETH/USDT", 1))["bids"]
        assert await soon(exchange.watch_trades("ETH/USDT"))
        await exchange.request("DELETE", "/v1/subscriptions", {"connector": "paper", "pair": "ETH-USDT"})
        with pytest.raises(patchbay.BaseError):
            while True:
                await soon(exchange.watch_trades("ETH/USDT"))


async def test_public_trades_have_no_hole(trader):
    seen = []
    for _ in range(3):
        seen += [int(trade["id"]) for trade in await asyncio.wait_for(trader.watch_trades("BTC/USDT"), 20)]
        await trader._stream._socket.close()
        await asyncio.sleep(1)
    seen += [int(trade["id"]) for trade in await asyncio.wait_for(trader.watch_trades("BTC/USDT"), 20)]
    asked = [int(trade["id"]) for trade in await trader.fetch_trades("BTC/USDT", limit=256)]
    assert seen == [number for number in asked if seen[0] <= number <= seen[-1]]
    assert trader._stream.connections >= 3


async def test_a_host_that_is_killed_and_started_again(tmp_path):
    """Its token is another then, in the same file."""
    host = RealHost(tmp_path)
    host.start()
    async with patchbay.Patchbay("paper", url=host.url, token_file=host.token_file) as exchange:
        while (await exchange.fetch_status())["status"] != "ok":
            await asyncio.sleep(0.05)
        fills = asyncio.ensure_future(exchange.watch_my_trades())
        await soon(exchange.watch_order_book("BTC/USDT"))
        first = await exchange.create_market_buy_order("BTC/USDT", "0.01", {"clientOrderId": "one"})
        assert {fill["order"] for fill in await soon(fills)} == {first["id"]}
        host.kill()
        with pytest.raises(patchbay.NetworkError):
            while True:
                await soon(exchange.watch_order_book("BTC/USDT"))
        with pytest.raises(patchbay.ExchangeNotAvailable):
            await exchange.create_market_buy_order("BTC/USDT", "0.01", {"clientOrderId": "one"})
        host.start()
        while (await exchange.fetch_status())["status"] != "ok":
            await asyncio.sleep(0.05)
        same = await exchange.create_market_buy_order("BTC/USDT", "0.01", {"clientOrderId": "one"})
        assert (same["id"], same["status"]) == (first["id"], "closed")
        assert {trade["order"] for trade in await exchange.fetch_my_trades()} == {first["id"]}
        second = await exchange.create_market_buy_order("BTC/USDT", "0.01")
        caught = []
        while sum(fill["amount"] for fill in caught) < Decimal("0.01"):
            caught += await asyncio.wait_for(exchange.watch_my_trades(), 30)
        assert {fill["order"] for fill in caught} == {second["id"]}, "the first is not given twice"
    host.stop()


async def test_streams_outlive_the_host(tmp_path):
    host = RealHost(tmp_path)
    host.start()
    async with patchbay.Patchbay("paper", socket=host.socket) as exchange:
        while (await exchange.fetch_status())["status"] != "ok":
            await asyncio.sleep(0.05)
        fills = asyncio.ensure_future(exchange.watch_my_trades())
        await soon(exchange.watch_order_book("BTC/USDT"))
        await exchange.create_market_buy_order("BTC/USDT", "0.01")
        seen = [fill["id"] for fill in await soon(fills)]
        host.kill()
        host.start()
        async with patchbay.Patchbay("paper", socket=host.socket) as other:
            while (await other.fetch_status())["status"] != "ok":
                await asyncio.sleep(0.05)
            missed = await other.create_market_buy_order("BTC/USDT", "0.02")
        caught = []
        while sum(fill["amount"] for fill in caught) < Decimal("0.02"):
            caught += await asyncio.wait_for(exchange.watch_my_trades(), 30)
        assert {fill["order"] for fill in caught} == {missed["id"]} and seen
        with pytest.raises(patchbay.BookUnavailable):
            await soon(exchange.watch_order_book("BTC/USDT"))
        assert (await asyncio.wait_for(exchange.watch_order_book("BTC/USDT"), 30))["bids"]
    host.stop()


def test_without_asyncio(running):
    with patchbay.PatchbaySync("paper", socket=running.socket, numbers=float) as exchange:
        order = exchange.create_market_buy_order("BTC/USDT", 0.01)
        assert order["status"] == "closed" and isinstance(order["average"], float)
        assert exchange.watch_order_book("BTC/USDT")["bids"]


def test_the_readmes_own_lines(tmp_path):
    """What README reports a newcomer to type, typed: but for what builds and installs, which has been done."""
    readme = (EXAMPLES.parents[1] / "README.md").read_text()
    section = readme.split("## From Python to a filled order\n")[1].split("\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    install, order = (re.sub("^    ", "", block, flags=re.MULTILINE).splitlines() for block in blocks)
    assert install[:2] == [
        "make paper", "python3 -m venv .venv && .venv/bin/pip install ./clients/python"]
    plan = subprocess.run(["make", "-n", "paper"], cwd=EXAMPLES.parents[1], capture_output=True, text=True, check=True)
    assert re.findall(r"--product (\w+)", plan.stdout) == ["patchbay", "paper"] and "release" in plan.stdout

    def typed(lines):
        return "\n".join(["set -e", *lines]).replace("../.build/release/patchbay", PROGRAM).replace(
            "../.venv/bin/python", sys.executable)

    log = open(tmp_path / "run.log", "w")
    host = subprocess.Popen(
        ["sh", "-c", typed(install[2:]).replace(f"{PROGRAM} run", f"exec {PROGRAM} run --for 120")],
        cwd=tmp_path, stdout=log, stderr=log)
    try:
        for _ in range(600):
            if (tmp_path / "first" / "data" / "api.sock").exists() or host.poll() is not None:
                break
            time.sleep(0.05)
        run = subprocess.run(["sh", "-c", typed(order)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0 and run.stderr == "", run.stderr + (tmp_path / "run.log").read_text()
        assert re.search(r"^closed 0\.01 at \d+", run.stdout, re.MULTILINE), run.stdout
    finally:
        host.terminate()
        host.wait(20)


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    made = Venue(tmp_path_factory.mktemp("venue"), PROGRAM)
    try:
        made.run()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def ready_venue(venue):
    with patchbay.PatchbaySync("binance", socket=venue.socket) as exchange:
        for _ in range(300):
            if exchange.fetch_status()["status"] == "ok":
                return venue
            time.sleep(0.1)
    raise AssertionError((venue.folder / "run.log").read_text())


EXAMPLES_RUN = [
    ("market_maker.py", "fills, held"),
    ("spread_watcher.py", "a taker pays 0.00"),
    ("book_recorder.py --file books.jsonl", "lines in books.jsonl"),
    ("funding.py --now", "buy 0.05 BTC/USDT:USDT"),
]


def example(socket, folder, command):
    script, *more = command.split()
    run = subprocess.run(
        [sys.executable, EXAMPLES / script, "--socket", socket, "--for", "5", *more],
        cwd=folder, capture_output=True, text=True, timeout=60,
    )
    assert run.returncode == 0 and "Traceback" not in run.stderr, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("command, words", EXAMPLES_RUN)
def test_examples(running, tmp_path, command, words):
    assert words in example(running.socket, tmp_path, command)


@pytest.mark.parametrize("command, words", EXAMPLES_RUN)
def test_examples_on_another_exchange(ready_venue, tmp_path, command, words):
    """With a market that it does not have, in the place of which one that it has is taken."""
    command += " --connector binance"
    if command.startswith("spread"):
        command += " --other binance_perpetual"
    assert words in example(ready_venue.socket, tmp_path, command)
    if not command.startswith("funding"):
        said = example(ready_venue.socket, tmp_path, f"{command} --symbol BTC/USDX")
        assert "there is no market 'BTC/USDX'; did you mean" in said and "; taking BTC/" in said
