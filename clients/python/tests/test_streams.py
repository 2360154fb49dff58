"""Streams of a host that is a fake made from docs/api: what comes, and what happens when they break."""

import asyncio
import random
from decimal import Decimal

import pytest

import patchbay
from conftest import soon
from fake import TOKEN, Refusal


async def until(holds):
    """Lets everything run until something holds."""
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it never came")


async def broken(host):
    """The connection breaks, and is there again with what was followed."""
    wishes = sum(len(stream.wishes) for stream in host.streams)
    before = host.connections
    await host.drop_streams()
    await until(lambda: host.connections > before and sum(len(s.wishes) for s in host.streams) == wishes)


# Books


async def test_a_book(host, exchange):
    book = await soon(exchange.watch_order_book("BTC/USDT", 2))
    assert book["bids"] == [[100, 1], [99, 2]] and book["nonce"] == 7 and book["timestamp"] == host.now // 10**6
    host.say_book("delta", [["100", "0"], ["98", "5"]], [["100.5", "3"]])
    book = await soon(exchange.watch_order_book("BTC/USDT", 2))
    assert book["bids"] == [[99, 2], [98, 5]] and book["asks"] == [["100.5", 3], [101, 1]] or book["asks"][0][1] == 3
    assert [str(level[0]) for level in book["asks"]] == ["100.5", "101"]


async def test_a_gap_is_raised_once_and_then_there_is_a_book_again(host, exchange):
    await soon(exchange.watch_order_book("BTC/USDT"))
    waiting = asyncio.ensure_future(exchange.watch_order_book("BTC/USDT"))
    await asyncio.sleep(0.01)
    host.say_book("gap", reason="the stream was closed")
    with pytest.raises(patchbay.BookUnavailable, match="BTC-USDT: the stream was closed"):
        await soon(waiting)
    waiting = asyncio.ensure_future(exchange.watch_order_book("BTC/USDT"))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    host.say_book("snapshot", [["50", "1"]], [["51", "1"]])
    assert (await soon(waiting))["bids"] == [[50, 1]]


async def test_a_book_that_begins_with_a_gap(host, exchange):
    host.missing["BTC-USDT"] = "no snapshot yet"
    with pytest.raises(patchbay.BookUnavailable, match="no snapshot yet"):
        await soon(exchange.watch_order_book("BTC/USDT"))
    host.say_book("snapshot", [["50", "1"]], [["51", "1"]])
    assert (await soon(exchange.watch_order_book("BTC/USDT")))["bids"] == [[50, 1]]


@pytest.mark.parametrize("skip", [1, -1])
async def test_a_hole_is_noticed_and_repaired(host, exchange, skip):
    await soon(exchange.watch_order_book("BTC/USDT"))
    host.books["sea", "BTC-USDT"] = {"bids": [["70", "1"]], "asks": [["71", "1"]]}
    host.say_book("delta", [["1", "1"]], skip=skip)
    with pytest.raises(patchbay.BookUnavailable, match="asked for again"):
        await soon(exchange.watch_order_book("BTC/USDT"))
    assert (await soon(exchange.watch_order_book("BTC/USDT")))["bids"] == [[70, 1]]
    await until(lambda: len(host.streams[0].wishes) == 1)
    assert host.connections == 1, "the connection is as it was"


async def test_a_book_begins_anew_after_a_broken_connection(host, exchange):
    await soon(exchange.watch_order_book("BTC/USDT"))
    host.books["sea", "BTC-USDT"] = {"bids": [["70", "1"]], "asks": [["71", "1"]]}
    await broken(host)
    with pytest.raises(patchbay.BookUnavailable):
        await soon(exchange.watch_order_book("BTC/USDT"))
    book = await soon(exchange.watch_order_book("BTC/USDT"))
    assert book["bids"] == [[70, 1]] and book["asks"] == [[71, 1]]


async def test_depths_are_followed_apart(host, exchange):
    shallow = await soon(exchange.watch_order_book("BTC/USDT", 1))
    deep = await soon(exchange.watch_order_book("BTC/USDT", 5, {"interval": 250}))
    assert (len(shallow["bids"]), len(deep["bids"])) == (1, 2)
    assert [(w["depth"], w.get("interval_ms")) for w in host.streams[0].wishes.values()] == [(1, None), (5, 250)]
    with pytest.raises(patchbay.BadRequest, match="5000"):
        await exchange.watch_order_book("BTC/USDT", 5001)
    await exchange.un_watch_order_book("BTC/USDT")
    await until(lambda: not host.streams or not host.streams[0].wishes)
    assert len((await soon(exchange.watch_order_book("BTC/USDT", 1)))["bids"]) == 1


# Trades and tickers


async def test_trades_none_missing_none_twice(host, exchange):
    host.trade("1")
    watch = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.streams and host.streams[0].wishes)
    host.trade("2")
    seen = [t["id"] for t in await soon(watch)]
    for _ in range(5):
        host.trade("3", send=False)
        await broken(host)
        host.trade("4")
        host.trade("5")
    while len(seen) < 16:
        seen += [t["id"] for t in await soon(exchange.watch_trades("BTC/USDT"))]
    assert seen == [str(number) for number in range(2, 18)]


async def test_trades_that_are_gone_are_told(host, exchange):
    host.trade("1")
    watch = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.streams and host.streams[0].wishes)
    host.trade("2")
    await soon(watch)
    await host.drop_streams()
    for _ in range(300):
        host.trade("3", send=False)
    with pytest.raises(patchbay.MissedUpdates, match="before 47"):
        await soon(exchange.watch_trades("BTC/USDT"))
    trades = await soon(exchange.watch_trades("BTC/USDT"))
    assert trades[-1]["id"] == "302" and len(trades) == 256


async def test_trades_without_ids(host, exchange):
    watch = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.streams and host.streams[0].wishes)
    host.trade("2", id="")
    host.trade("2", id="")
    trades = await soon(watch)
    while len(trades) < 2:
        trades += await soon(exchange.watch_trades("BTC/USDT"))
    assert [trade["id"] for trade in trades] == [None, None], "two that look the same are two"


async def test_tickers(host, exchange):
    assert (await soon(exchange.watch_ticker("BTC/USDT")))["last"] == Decimal("100.5")
    tickers = {}
    for _ in range(2):
        if len(tickers) < 2:
            tickers.update(await soon(exchange.watch_tickers(["ETH/USDT", "BTC/USDT:USDT"])))
    assert set(tickers) == {"ETH/USDT", "BTC/USDT:USDT"}
    with pytest.raises(patchbay.ArgumentsRequired):
        await exchange.watch_tickers()


async def test_trades_that_the_host_left_out_are_told(host, exchange):
    watch = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.streams and host.streams[0].wishes)
    host.tell("sea", "trades", {"type": "trades", "total": 9, "missed": 8, "trades": [
        {"id": "9", "price": "1", "quantity": "1", "taker_side": None, "time_ns": host.now}]})
    with pytest.raises(patchbay.MissedUpdates, match="8 trades"):
        await soon(watch)
    assert [trade["id"] for trade in await soon(exchange.watch_trades("BTC/USDT"))] == ["9"]


# Orders and fills


async def test_orders_and_fills(host, exchange):
    old = await exchange.create_limit_buy_order("BTC/USDT", 3, 80)
    orders = asyncio.ensure_future(exchange.watch_orders())
    fills = asyncio.ensure_future(exchange.watch_my_trades("BTC/USDT"))
    await until(lambda: host.streams and len(host.streams[0].wishes) == 3)
    await asyncio.sleep(0.05)
    assert not orders.done(), "it begins with what changes"
    order = await exchange.create_limit_buy_order("BTC/USDT", 2, 90)
    assert [(o["id"], o["status"]) for o in await soon(orders)] == [(order["id"], "open")]
    host.fill(order["id"], "0.5")
    host.fill(order["id"], "1.5")
    got = await soon(fills)
    while len(got) < 2:
        got += await soon(exchange.watch_my_trades("BTC/USDT"))
    assert [(fill["order"], fill["amount"]) for fill in got] == [(order["id"], Decimal(n)) for n in ("0.5", "1.5")]
    seen = []
    while not seen or seen[-1][0] != "closed":
        seen += [(o["status"], o["filled"]) for o in await soon(exchange.watch_orders())]
    assert [s for s, _ in seen] == ["open", "closed"], "each state once"
    await exchange.cancel_order(old["id"])
    assert [o["status"] for o in await soon(exchange.watch_orders())] == ["canceled"]


async def test_what_happened_while_the_stream_was_broken(host, exchange):
    resting = [await exchange.create_limit_buy_order("BTC/USDT", 1, 90) for _ in range(3)]
    orders = asyncio.ensure_future(exchange.watch_orders("BTC/USDT"))
    fills = asyncio.ensure_future(exchange.watch_my_trades())
    await until(lambda: host.streams and len(host.streams[0].wishes) == 3)
    await asyncio.sleep(0.05)
    streams, host.streams = host.streams, []  # Nothing is reported any more, and the connection is still there.
    host.fill(resting[0]["id"])
    host.fill(resting[1]["id"], "0.4")
    host.orders[resting[2]["id"]]["state"] = "cancelled"
    host.forgotten.add(resting[2]["id"])
    placed = host.place({"connector": "sea", "pair": "BTC-USDT", "side": "buy", "type": "market", "quantity": "1"}, None, "")
    host.streams = streams
    await broken(host)
    seen = {}
    while len(seen) < 4:
        for order in (await soon(orders)) if not seen else await soon(exchange.watch_orders("BTC/USDT")):
            assert order["id"] not in seen, "none comes twice"
            seen[order["id"]] = order["status"]
    first, second, third = (order["id"] for order in resting)
    sent = placed["order"]["exchange_client_order_id"]
    assert seen == {first: "closed", second: "open", third: "canceled", sent: "closed"}
    got = []
    while len(got) < 3:
        got += [fill["order"] for fill in (await soon(fills)) if not got] if not got else [
            fill["order"] for fill in await soon(exchange.watch_my_trades())]
    assert sorted(got) == sorted([first, second, sent])
    await broken(host)
    await asyncio.sleep(0.05)
    host.fill(second, "0.6")
    assert [(o["id"], o["status"]) for o in await soon(exchange.watch_orders("BTC/USDT"))] == [(second, "closed")]
    assert [fill["order"] for fill in await soon(exchange.watch_my_trades())] == [second]


async def test_random_breaks_lose_nothing(host, exchange):
    """Orders fill while the connection breaks again and again; the sums are right in the end."""
    chance = random.Random(7)
    task = asyncio.ensure_future(exchange.watch_my_trades())
    await until(lambda: host.streams and len(host.streams[0].wishes) == 2)
    await asyncio.sleep(0.05)
    host.fill_at_once = False
    got = []
    for number in range(60):
        order = host.place({"connector": "sea", "pair": "BTC-USDT", "side": "buy", "type": "limit", "price": "90", "quantity": "1"}, None, "")
        if chance.random() < 0.3:
            await host.drop_streams()
        host.fill(order["order"]["exchange_client_order_id"])
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0.002)
        if task.done():
            got += [fill["id"] for fill in task.result()]
            task = asyncio.ensure_future(exchange.watch_my_trades())
    while len(got) < 60:
        got += [fill["id"] for fill in await soon(task)]
        task = asyncio.ensure_future(exchange.watch_my_trades())
    await asyncio.sleep(0.05)
    task.cancel()
    assert sorted(got, key=int) == [str(number) for number in range(1, 61)] and host.connections > 5


async def test_catching_up_that_fails_is_tried_again(host, exchange):
    order = await exchange.create_limit_buy_order("BTC/USDT", 2, 90)
    fills = asyncio.ensure_future(exchange.watch_my_trades("BTC/USDT"))
    await until(lambda: host.streams and len(host.streams[0].wishes) == 1)
    await asyncio.sleep(0.05)
    streams, host.streams = host.streams, []
    host.fill(order["id"], "0.5")
    host.streams = streams
    host.now += 1000 * 10**9
    host.troubles = [Refusal(503, "no_journal", "it is locked")] * 3
    before = host.connections
    await host.drop_streams()
    with pytest.raises(patchbay.ExchangeNotAvailable, match="locked"):
        await soon(fills)
    await until(lambda: host.connections > before and host.streams and host.streams[0].wishes)
    host.fill(order["id"], "1.5")
    got = []
    while len(got) < 2:
        try:
            got += [fill["amount"] for fill in await soon(exchange.watch_my_trades("BTC/USDT"))]
        except patchbay.ExchangeNotAvailable:
            pass
    assert sorted(got) == [Decimal("0.5"), Decimal("1.5")], "an old one that was missed is still looked for"


async def test_what_is_not_read_in_time_is_told(host, exchange):
    exchange.queue_limit = 3
    fills = asyncio.ensure_future(exchange.watch_my_trades())
    await until(lambda: host.streams and len(host.streams[0].wishes) == 2)
    await asyncio.sleep(0.05)
    await exchange.create_market_buy_order("BTC/USDT", 1)
    await soon(fills)
    for _ in range(5):
        await exchange.create_market_buy_order("BTC/USDT", 1)
    await asyncio.sleep(0.05)
    with pytest.raises(patchbay.MissedUpdates, match="2 updates"):
        await soon(exchange.watch_my_trades())
    assert len(await soon(exchange.watch_my_trades())) == 3


# Accounts


async def test_balances_and_positions(host, exchange):
    assert (await soon(exchange.watch_balance()))["USDT"]["free"] == 900
    host.balance("sea", "USDT", "1000", "800")
    balance = await soon(exchange.watch_balance())
    assert (balance["USDT"]["free"], balance["BTC"]["total"]) == (800, 1)
    host.position("2")
    position, = await soon(exchange.watch_positions())
    assert (position["side"], position["contracts"]) == ("long", 2)
    host.positions = []
    await broken(host)
    closed = await soon(exchange.watch_positions())
    assert closed[-1]["contracts"] == 0, "it was closed while the stream was broken"


# Connections


async def test_refusals_of_a_stream(host, exchange):
    with pytest.raises(patchbay.ExchangeNotAvailable, match="ask again"):
        await soon(exchange.watch_trades("ETH/USDT"))
    with pytest.raises(patchbay.BadSymbol):
        await soon(exchange.watch_trades("NO/SUCH"))
    host.trade("1")
    watch = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.streams and host.streams[0].wishes)
    number = next(iter(host.streams[0].wishes))
    error = {"code": "unknown_pair", "message": "it was unsubscribed", "field": "pair"}
    host.streams[0].send({"type": "error", "subscription": number, "error": error})
    with pytest.raises(patchbay.BadSymbol, match="it was unsubscribed"):
        await soon(watch)
    watch = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.streams and len(host.streams[0].wishes) > 1)
    host.trade("2")
    assert [t["id"] for t in await soon(watch)] == ["2"], "who asks again follows it again"


async def test_no_host_for_a_long_time(host, exchange):
    await soon(exchange.watch_order_book("BTC/USDT"))
    trades = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    followed = exchange._followed
    await until(lambda: len(followed) == 2 and all(task.done() for task in followed.values()))
    await host.stop()
    with pytest.raises(patchbay.NetworkError):
        await soon(exchange.watch_order_book("BTC/USDT"))
    with pytest.raises(patchbay.ExchangeNotAvailable, match="still no stream"):
        await soon(trades)
    assert len([pause for pause in exchange.pauses if pause > 1]) >= 2, "the pauses grow"


async def test_a_first_stream_that_cannot_be(host, exchange):
    await exchange.load_markets()
    await exchange.fetch_order_book("BTC/USDT")
    real = exchange._transport.stream

    async def refused():
        raise patchbay.ExchangeNotAvailable("64 streams are open")

    exchange._transport.stream = refused
    with pytest.raises(patchbay.ExchangeNotAvailable, match="64 streams"):
        await soon(exchange.watch_order_book("BTC/USDT"))
    exchange._transport.stream = real
    assert (await soon(exchange.watch_order_book("BTC/USDT")))["nonce"] == 7


@pytest.mark.parametrize("text", ["nonsense", "[]", "{}", '{"type":"subscribed","id":"9"}'])
async def test_nonsense_ends_the_stream_with_a_word(host, exchange, text):
    await soon(exchange.watch_order_book("BTC/USDT"))
    host.streams[0].send(text)
    with pytest.raises(patchbay.BaseError):
        await soon(exchange.watch_order_book("BTC/USDT"))


async def test_another_version(host, exchange):
    real = exchange._transport.stream

    async def stream():
        socket = await real()
        receive = socket.receive

        async def other():
            message = await receive()
            socket.receive = receive
            return message._replace(data=message.data.replace('"v1"', '"v2"'))

        socket.receive = other
        return socket

    exchange._transport.stream = stream
    with pytest.raises(patchbay.BadResponse, match="another version"):
        await soon(exchange.watch_order_book("BTC/USDT"))


async def test_closing_ends_who_waits(host):
    async with patchbay.Patchbay("sea", url=host.url, token=TOKEN) as exchange:
        await soon(exchange.watch_order_book("BTC/USDT"))
        waiting = asyncio.ensure_future(exchange.watch_order_book("BTC/USDT"))
        await asyncio.sleep(0.01)
    with pytest.raises(patchbay.ExchangeNotAvailable, match="closed"):
        await soon(waiting)
    await until(lambda: not host.streams)


@pytest.mark.parametrize("what", ["watch_orders", "watch_my_trades"])
async def test_what_happens_while_watching_begins_is_news(host, exchange, what):
    """An order that is placed and filled between the first question of the client and the next."""
    real = host.answer

    def answer(method, path, query, body):
        given = real(method, path, query, body)
        if path == "/v1/host" and not host.orders:
            wish = {"connector": "sea", "pair": "BTC-USDT", "side": "buy", "type": "market", "quantity": "1"}
            host.place(wish, None, "")
        return given

    host.answer = answer
    found, = await soon(getattr(exchange, what)("BTC/USDT"))
    assert found["id"] in (*host.orders, "1")


async def test_who_comes_while_a_connection_fails_waits_for_the_next(host, exchange):
    real, entered, goes_on = exchange._transport.stream, asyncio.Event(), asyncio.Event()

    async def fails():
        entered.set()
        await goes_on.wait()
        exchange._transport.stream = real
        raise patchbay.ExchangeNotAvailable("not now")

    exchange._transport.stream = fails
    book = asyncio.ensure_future(exchange.watch_order_book("BTC/USDT"))
    await soon(entered.wait())
    ticker = asyncio.ensure_future(exchange.watch_ticker("ETH/USDT"))
    await until(lambda: len(exchange._stream._subscriptions) == 2)
    goes_on.set()
    with pytest.raises(patchbay.ExchangeNotAvailable, match="not now"):
        await soon(book)
    assert (await soon(ticker))["symbol"] == "ETH/USDT"


async def test_a_connection_that_breaks_while_it_is_caught_up_at_first(host, exchange):
    await exchange.load_markets()
    host.troubles = [None, None, "never"]  # The book, what is there before, and what came since.
    trades = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))
    await until(lambda: host.troubles == [])
    real, fails = exchange._transport.stream, [True, True]

    async def stream():
        if fails:
            fails.pop()
            raise patchbay.ExchangeNotAvailable("not yet")
        return await real()

    exchange._transport.stream = stream
    host.trade("1", send=False)
    await host.drop_streams()
    assert [trade["id"] for trade in await soon(trades)] == ["1"]
    assert not fails


# Several at once, and candles


async def test_several_books(host, exchange):
    symbols = ["BTC/USDT", "ETH/USDT"]
    first = [await soon(exchange.watch_order_book_for_symbols(symbols, 2)) for _ in symbols]
    assert {book["symbol"] for book in first} == set(symbols)
    waiting = asyncio.ensure_future(exchange.watchOrderBookForSymbols(symbols, 2))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    host.say_book("delta", [["98", "5"]])
    changed = [await soon(waiting), await soon(exchange.watch_order_book_for_symbols(symbols, 2))]
    assert {book["symbol"] for book in changed} == set(symbols), "a busy one does not hide the other"
    host.say_book("gap", reason="the stream was closed")
    for _ in symbols:
        with pytest.raises(patchbay.BookUnavailable):
            await soon(exchange.watch_order_book_for_symbols(symbols, 2))
    with pytest.raises(patchbay.ArgumentsRequired):
        await exchange.watch_order_book_for_symbols([])
    await exchange.un_watch_order_book_for_symbols(symbols)


async def test_one_who_is_cancelled_takes_nothing_of_several(host, exchange):
    symbols = ["BTC/USDT", "NEW/USDT"]
    waiting = asyncio.ensure_future(exchange.watch_trades_for_symbols(symbols))
    await until(lambda: sum(wish["channel"] == "trades" for s in host.streams for wish in s.wishes.values()) == 2)
    waiting.cancel()
    for number in range(3):
        host.trade(str(100 + number))
    host.trade("5", pair="NEW-USDT")
    await asyncio.sleep(0.05)
    found = [await soon(exchange.watch_trades_for_symbols(symbols)) for _ in symbols]
    assert {tuple(str(t["price"]) for t in trades) for trades in found} == {("100", "101", "102"), ("5",)}
    assert {trades[0]["symbol"] for trades in found} == set(symbols)


async def test_orders_and_fills_of_several(host, exchange):
    symbols = ["BTC/USDT", "ETH/USDT"]
    orders = asyncio.ensure_future(exchange.watch_orders_for_symbols(symbols))
    fills = asyncio.ensure_future(exchange.watch_my_trades_for_symbols(symbols))
    await asyncio.sleep(0.05)
    await exchange.create_order("NEW/USDT", "market", "buy", 1)
    await asyncio.sleep(0.05)
    assert not orders.done() and not fills.done()
    await exchange.create_order("ETH/USDT", "market", "buy", 1)
    assert {order["symbol"] for order in await soon(orders)} == {"ETH/USDT"} == {f["symbol"] for f in await soon(fills)}


async def test_candles_grow_by_trades(host, exchange):
    first = await soon(exchange.watch_ohlcv("BTC/USDT"))
    assert [(candle[4], candle[5]) for candle in first] == [(2, 10)]
    waiting = asyncio.ensure_future(exchange.watchOHLCV("BTC/USDT", "1m"))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    host.trade("3")
    grown = await soon(waiting)
    assert [candle[5] for candle in grown] == [11] and grown[0][0] == first[0][0]
    both = asyncio.ensure_future(exchange.watch_ohlcv_for_symbols([["BTC/USDT", "1m"], ["BTC/USDT", "5m"]]))
    assert (await soon(both))["BTC/USDT"]["5m"]
    with pytest.raises(patchbay.NotSupported, match="4h"):
        await exchange.watch_ohlcv("BTC/USDT", "1w")
    await exchange.un_watch_ohlcv("BTC/USDT")


async def test_one_position(host, exchange):
    waiting = asyncio.ensure_future(exchange.watch_position("BTC/USDT:USDT"))
    await asyncio.sleep(0.05)
    host.position("2")
    assert (await soon(waiting))["contracts"] == 2
