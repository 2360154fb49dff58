"""Requests to a host that is a fake made from docs/api."""

import asyncio
import json
import os
import sys
from decimal import Decimal

import pytest
from aiohttp import web

import patchbay
from fake import TOKEN, FakeHost, Refusal


async def test_markets(exchange):
    markets = await exchange.load_markets()
    assert list(markets) == [
        "BTC/USDT", "ETH/USDT", "NEW/USDT", "BTC/USDT:USDT", "ETH/USD:ETH", "SOL/USDT:USDT-261225",
    ]
    market = exchange.market("BTC-USDT")
    assert market["symbol"] == "BTC/USDT" and market["precision"] == {
        "amount": Decimal("0.0001"), "price": Decimal("0.01"), "base": None, "quote": None}
    assert exchange.amount_to_precision("BTC/USDT", 0.12349) == "0.1234"
    assert exchange.price_to_precision("BTC/USDT", "100.006") == "100.01"
    assert exchange.has["fetchOrderBook"] and not exchange.has["withdraw"]


async def test_what_ccxts_users_have_at_hand(exchange):
    await exchange.load_markets()
    assert exchange.symbols == sorted(exchange.markets) and exchange.ids[0] == "BTCUSDT"
    assert [m["symbol"] for m in exchange.markets_by_id["BTCUSDT"]] == ["BTC/USDT", "BTC/USDT:USDT"]
    assert sorted(exchange.currencies) == ["BTC", "ETH", "NEW", "SOL", "USD", "USDT"] == sorted(await exchange.fetch_currencies())
    assert exchange.currency("btc")["code"] == exchange.safe_currency_code("btc") == "BTC"
    assert exchange.safe_currency_code("doge") == "DOGE" and exchange.safe_currency_code(None) is None
    with pytest.raises(patchbay.BadSymbol, match="did you mean USDT"):
        exchange.currency("USDTT")
    assert exchange.currency("BTC")["code"] == "BTC" and exchange.safe_symbol("nothing") == "nothing"
    assert exchange.market_id("ETH/USDT") == "ETHUSDT" and exchange.safe_symbol("ETHUSDT") == "ETH/USDT"
    assert exchange.cost_to_precision("BTC/USDT", 1.239) == "1.23" and exchange.rateLimit < 100
    assert await exchange.fetchTicker("BTC/USDT") == await exchange.fetch_ticker_ws("BTC/USDT")
    assert exchange.fetchOHLCV and exchange.watchOrderBookForSymbols and exchange.createOrderWs and exchange.markets_by_id
    assert exchange.has["swap"] and exchange.has["watchOHLCV"] and exchange.has["createStopLimitOrder"]
    assert not exchange.has["withdraw"] and not exchange.has["option"] and not exchange.has["fetchGreeks"]
    for name in ("withdraw", "fetch_deposit_address", "fetchOpenInterest", "set_sandbox_mode"):
        with pytest.raises(patchbay.NotSupported, match="is not offered: "):
            getattr(exchange, name)("BTC")


async def test_every_method_that_ccxt_knows_is_there_or_refuses(exchange):
    ccxt = pytest.importorskip("ccxt")
    not_methods = {"CORS", "future", "index", "margin", "option", "privateAPI", "publicAPI", "sandbox", "spot", "swap", "ws"}
    missing = [name for name in ccxt.Exchange().has if name not in not_methods and not hasattr(exchange, name)]
    assert missing == []
    assert not [name for name in dir(ccxt.Exchange) if name.startswith("safe_") and not hasattr(exchange, name)
                and name.split("_")[1] in ("string", "integer", "float", "number", "bool", "dict", "list", "value", "timestamp")
                and not name.endswith("omit_zero") and "product" not in name]


async def test_errors_are_ccxts(exchange):
    ccxt = pytest.importorskip("ccxt")

    def compare(tree, base):
        for name, below in tree.items():
            assert issubclass(getattr(patchbay, name), base), name
            compare(below, getattr(patchbay, name))

    compare(sys.modules["ccxt.base.errors"].error_hierarchy, Exception)


async def test_markets_that_the_host_does_not_know_yet(host, exchange):
    kept, host.instruments = host.instruments, []
    assert await exchange.load_markets() == {} and len(exchange.pauses) == 49
    host.instruments = kept[:3]
    assert list(await exchange.load_markets()) == ["BTC/USDT", "ETH/USDT", "NEW/USDT"]
    host.asked.clear()
    host.instruments = kept
    assert len(await exchange.load_markets()) == 6 and [path for _, path, _, _ in host.asked] == ["/v1/instruments"]
    host.asked.clear()
    assert len(await exchange.load_markets()) == 6 and host.asked == [], "what is whole is kept"


async def test_a_market_that_came_later_is_found(host, exchange):
    await exchange.load_markets()
    host.instruments.append({**host.instruments[0], "pair": "LATE-USDT", "symbol": "LATEUSDT", "base": "LATE"})
    assert (await exchange.fetch_ticker("LATE/USDT"))["symbol"] == "LATE/USDT"
    host.asked.clear()
    with pytest.raises(patchbay.BadSymbol):
        await exchange.fetch_ticker("NEVER/USDT")
    assert [path for _, path, _, _ in host.asked].count("/v1/connectors") == 1, "it is looked for once"


async def test_fees_and_funding(host, exchange):
    fee = await exchange.fetch_trading_fee("BTC/USDT:USDT")
    assert (fee["maker"], fee["taker"]) == (Decimal("0.0002"), Decimal("0.0005"))
    fees = await exchange.fetch_trading_fees()
    assert "BTC/USDT" in fees and fees["BTC/USDT:USDT"] == fee
    paid = await exchange.fetch_funding_history("BTC/USDT:USDT")
    assert [(row["code"], row["amount"], row["id"]) for row in paid] == [("USDT", Decimal("-0.5"), "9")]
    assert await exchange.fetch_funding_history(since=paid[0]["timestamp"] + 1) == []


async def test_parts_of_balances(exchange):
    assert (await exchange.fetch_free_balance())["USDT"] == 900
    assert (await exchange.fetch_used_balance())["USDT"] == 100
    assert (await exchange.fetch_total_balance())["USDT"] == 1000


async def test_orders_that_wait_by_ccxts_names(host, exchange):
    calls = [
        exchange.create_stop_limit_order("BTC/USDT", "sell", 1, 90, 95),
        exchange.create_stop_market_order("BTC/USDT", "sell", 1, 95),
        exchange.create_trigger_order("BTC/USDT", "limit", "buy", 1, 110, 105),
        exchange.create_stop_order("BTC/USDT", "market", "buy", 1, None, 105),
        exchange.create_stop_loss_order("BTC/USDT", "market", "sell", 1, None, 95),
        exchange.create_take_profit_order("BTC/USDT", "limit", "sell", 1, 110, 109),
        exchange.create_post_only_order("BTC/USDT", "limit", "buy", 1, 90),
        exchange.create_order_ws("BTC/USDT", "limit", "buy", 1, 90),
        exchange.create_reduce_only_order("BTC/USDT:USDT", "limit", "buy", 1, 90),
    ]
    for call in calls:
        await call
    sent = [(body["type"], body.get("stop"), body.get("post_only"), body.get("position"))
            for method, path, _, body in host.asked if (method, path) == ("POST", "/v1/orders")]
    assert sent == [
        ("stop_limit", "95", None, None), ("stop_market", "95", None, None), ("stop_limit", "105", None, None),
        ("stop_market", "105", None, None), ("stop_market", "95", None, None), ("take_limit", "109", None, None),
        ("limit", None, True, None), ("limit", None, None, None), ("limit", None, None, "close"),
    ]
    with pytest.raises(patchbay.ArgumentsRequired, match="triggerPrice"):
        await exchange.create_stop_order("BTC/USDT", "market", "buy", 1)


async def test_an_order_by_its_client_order_id_in_params(exchange):
    order = await exchange.create_limit_buy_order("BTC/USDT", 1, 90, {"clientOrderId": "mine"})
    own = {"clientOrderId": "mine"}
    assert (await exchange.fetch_order(None, "BTC/USDT", own))["id"] == order["id"]
    assert await exchange.fetch_order_trades(None, "BTC/USDT", own) == []
    assert (await exchange.edit_order(None, "BTC/USDT", "limit", "buy", None, 91, own))["price"] == 91
    assert (await exchange.cancel_order(None, "BTC/USDT", own))["status"] == "canceled"
    with pytest.raises(patchbay.ArgumentsRequired):
        await exchange.fetch_order(None, "BTC/USDT")


async def test_markets_come_in_pages(host, exchange, monkeypatch):
    monkeypatch.setattr("patchbay._base.INSTRUMENTS_PAGE", 2)
    assert len(await exchange.load_markets()) == 6


async def test_many_who_need_markets_ask_once(host, exchange):
    await asyncio.gather(*(exchange.fetch_ticker("BTC/USDT") for _ in range(5)))
    assert sum(path == "/v1/connectors" for _, path, _, _ in host.asked) == 1


@pytest.mark.parametrize("name, symbols", [("sea_perpetual", 3), ("sea", 6)])
async def test_an_exchange_or_a_connector(host, name, symbols):
    async with patchbay.Patchbay(name, url=host.url, token=TOKEN) as exchange:
        assert len(await exchange.load_markets()) == symbols


@pytest.mark.parametrize("name, kind", [("ocean", patchbay.BadRequest), (None, patchbay.ArgumentsRequired)])
async def test_no_such_exchange(host, name, kind):
    async with patchbay.Patchbay(name, url=host.url, token=TOKEN) as exchange:
        with pytest.raises(kind, match="sea"):
            await exchange.load_markets()


async def test_ccxts_way_to_configure(host):
    config = {"connector": "sea", "url": host.url, "token": TOKEN, "options": {"defaultType": "swap"}}
    async with patchbay.Patchbay(config, numbers=float) as exchange:
        await exchange.load_markets()
        assert exchange.market("BTC-USDT")["symbol"] == "BTC/USDT:USDT"
        assert (await exchange.fetch_ticker("BTC/USDT"))["last"] == 100.5
    ccxts = {"apiKey": "x", "secret": "y", "enableRateLimit": True, "options": {"defaultType": "swap", "x": 1}}
    with pytest.warns(UserWarning, match="apiKey, secret, enableRateLimit, options.x: the host has the keys") as caught:
        exchange = patchbay.Patchbay({"connector": "sea", **ccxts})
    assert len(caught) == 1 and caught[0].filename == __file__ and exchange.default_type == "swap"
    with pytest.warns(UserWarning, match="password"):
        patchbay.PatchbaySync("sea", password="z").close()
    for odd in ({"apiKye": "x"}, {"sandbox": True}):
        with pytest.raises(patchbay.BadRequest, match="is not known"):
            patchbay.Patchbay({"connector": "sea", **odd})


@pytest.mark.parametrize(
    "given", [{"url": "ftp://x"}, {"url": "localhost:1"}, {"numbers": int}, {"default_type": "margin"},
              {"token_file": "there/is/none"}]
)
def test_wrong_configurations(given):
    with pytest.raises(patchbay.BadRequest):
        patchbay.Patchbay("sea", **given)


async def test_a_token_from_a_file_or_the_environment(host, tmp_path, monkeypatch):
    (tmp_path / "api.token").write_text(TOKEN + "\n")
    async with patchbay.Patchbay("sea", url=host.url, token_file=str(tmp_path / "api.token")) as exchange:
        await exchange.fetch_time()
        host.token = "another"
        with pytest.raises(patchbay.AuthenticationError):
            await exchange.fetch_time()
        (tmp_path / "api.token").write_text(host.token)
        await exchange.fetch_time()
        host.token = TOKEN
    monkeypatch.setenv("PATCHBAY_URL", host.url)
    monkeypatch.setenv("PATCHBAY_TOKEN", TOKEN)
    async with patchbay.Patchbay("sea") as exchange:
        assert await exchange.fetch_time() == host.now // 10**6


async def test_a_wrong_token(host):
    async with patchbay.Patchbay("sea", url=host.url, token="another") as exchange:
        with pytest.raises(patchbay.AuthenticationError, match="send one"):
            await exchange.load_markets()
        with pytest.raises(patchbay.AuthenticationError, match="send one"):
            await exchange.watch_orders()


async def test_the_unix_socket(tmp_path):
    host = FakeHost()
    path = os.path.relpath(tmp_path / "api.sock")
    await host.start(path)
    async with patchbay.Patchbay("sea", socket=path, confirmed=True) as exchange:
        order = await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
        assert order["status"] == "open" and host.asked[-1][3]["confirmed"] is True
        assert (await asyncio.wait_for(exchange.watch_order_book("BTC/USDT"), 5))["nonce"] == 7
    await host.stop()


async def test_public_data(host, exchange):
    book = await exchange.fetch_order_book("BTC/USDT", 1)
    assert book["bids"] == [[Decimal(100), Decimal(1)]] and book["asks"] == [[Decimal(101), Decimal(1)]]
    assert (book["nonce"], book["timestamp"], book["symbol"]) == (7, host.now // 10**6, "BTC/USDT")
    ticker = await exchange.fetch_ticker("BTC/USDT:USDT")
    assert (ticker["bid"], ticker["vwap"], ticker["percentage"]) == (100, Decimal("100.5"), Decimal("0.5"))
    host.unsized = True
    ticker = await exchange.fetch_ticker("BTC/USDT")
    assert (ticker["bid"], ticker["bidVolume"], ticker["askVolume"]) == (100, None, Decimal(1))
    assert list(await exchange.fetch_tickers(["ETH/USDT"])) == ["ETH/USDT"]
    assert len(await exchange.fetch_tickers()) == 5
    candles = await exchange.fetch_ohlcv("BTC/USDT", "5m", limit=2)
    assert candles[0] == [host.now // 10**6 + 180_000, 1, 3, Decimal("0.5"), 2, 10]
    since = host.now // 10**6 + 60_000
    assert [c[0] for c in await exchange.fetch_ohlcv("BTC/USDT", since=since, limit=2)] == [since, since + 60_000]
    assert (await exchange.fetch_ohlcv("BTC/USDT", "1d"))[-1][5] is None, "a volume that is not said"
    with pytest.raises(patchbay.NotSupported, match="4h"):
        await exchange.fetch_ohlcv("BTC/USDT", "1w")
    rate = await exchange.fetch_funding_rate("BTC/USDT:USDT")
    assert (rate["fundingRate"], rate["interval"]) == (Decimal("0.0001"), "8h")
    assert list(await exchange.fetch_funding_rates()) == ["BTC/USDT:USDT", "ETH/USD:ETH"]
    host.trade("100", "2")
    trade, = await exchange.fetch_trades("BTC/USDT")
    assert (trade["id"], trade["side"], trade["cost"]) == ("1", "buy", 200)


async def test_a_market_that_is_not_followed_yet(host, exchange):
    assert (await exchange.fetch_ticker("NEW/USDT"))["last"] == Decimal("100.5")
    assert ("POST", "/v1/subscriptions") in [(m, p) for m, p, _, _ in host.asked]
    exchange.auto_subscribe = False
    host.instruments[1]["subscribed"] = False
    with pytest.raises(patchbay.BadSymbol):
        await exchange.fetch_ticker("ETH/USDT")


async def test_a_book_that_is_not_ready(host, exchange):
    host.missing["BTC-USDT"] = "no snapshot yet"
    with pytest.raises(patchbay.BookUnavailable, match="no snapshot yet"):
        await exchange.fetch_order_book("BTC/USDT")


# Orders


async def test_an_order_in_ccxts_structure(host, exchange):
    order = await exchange.create_order("BTC/USDT", "limit", "buy", 0.1, 90, {"clientOrderId": "mine", "postOnly": True})
    assert host.asked[-1][3] == {
        "client_order_id": "mine", "connector": "sea", "pair": "BTC-USDT", "side": "buy", "type": "limit",
        "quantity": "0.1", "price": "90", "post_only": True, "wait_ms": 10000,
    }
    info = order.pop("info")
    assert info["order"] == "1001"
    assert order == {
        "id": "0s00000001", "clientOrderId": "mine", "timestamp": order["timestamp"], "datetime": order["datetime"],
        "lastTradeTimestamp": None, "lastUpdateTimestamp": None, "symbol": "BTC/USDT", "type": "limit",
        "timeInForce": "GTC", "expiry": None, "postOnly": True, "reduceOnly": False, "side": "buy", "price": Decimal(90),
        "triggerPrice": None, "stopPrice": None, "stopLossPrice": None, "takeProfitPrice": None,
        "amount": Decimal("0.1"), "cost": Decimal(0), "average": None, "filled": Decimal(0),
        "remaining": Decimal("0.1"), "status": "open", "fee": None, "fees": [], "trades": [], "known": True,
        "reason": None, "rounded": [],
    }
    filled = await exchange.create_market_sell_order("BTC/USDT", "0.2")
    assert (filled["status"], filled["average"], filled["cost"]) == ("closed", 101, Decimal("20.2"))
    assert filled["fee"] == {"cost": Decimal("0.01"), "currency": "USDT"}


@pytest.mark.parametrize("troubles", [["cut after"], ["cut before", "cut after", "cut before"], ["cut after"] * 3])
async def test_a_request_that_is_cut_off_makes_one_order(host, exchange, troubles):
    await exchange.load_markets()
    host.troubles = list(troubles)
    order = await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
    bodies = [body for method, path, _, body in host.asked if method == "POST"]
    assert len(bodies) == len(troubles) + 1 and len({json.dumps(body) for body in bodies}) == 1
    assert len(host.orders) == 1 and order["id"] in host.orders
    assert len(exchange.pauses) == len(troubles)


async def test_an_order_of_a_host_that_is_gone_has_its_id(host, exchange):
    await exchange.load_markets()
    host.troubles = ["cut after"] * 4
    with pytest.raises(patchbay.NetworkError) as caught:
        await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
    name = caught.value.client_order_id
    assert name in str(caught.value) and len(host.orders) == 1
    again = await exchange.create_limit_buy_order("BTC/USDT", 1, 90, {"clientOrderId": name})
    assert len(host.orders) == 1 and again["clientOrderId"] == name
    assert (await exchange.fetch_order(name))["id"] == again["id"]


async def test_no_host(host, exchange):
    await exchange.load_markets()
    await host.stop()
    with pytest.raises(patchbay.ExchangeNotAvailable, match="patchbay run") as caught:
        await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
    assert caught.value.client_order_id and len(exchange.pauses) == 3


async def test_an_answer_that_does_not_come(host, exchange):
    await exchange.load_markets()
    exchange._transport.timeout = 0.05
    host.troubles = ["never"] * 5
    with pytest.raises(patchbay.RequestTimeout, match="in 0.05 s"):
        await exchange.fetch_time()
    assert host.troubles == ["never"], "it was asked four times"


async def test_an_unknown_outcome_is_no_failure(host, exchange):
    host.known = False
    order = await exchange.create_limit_buy_order("BTC/USDT", 1, 90, {"wait": 0})
    assert (order["known"], order["status"]) == (False, None) and host.asked[-1][3]["wait_ms"] == 0
    host.troubles = [Refusal(409, "outcome_unknown", "the host ended while it placed x")]
    order = await exchange.create_limit_buy_order("BTC/USDT", 1, 90, {"clientOrderId": "x"})
    assert (order["known"], order["status"], order["id"]) == (False, None, "x")
    assert (order["symbol"], order["amount"], order["price"]) == ("BTC/USDT", 1, 90)
    assert "ended while" in order["reason"]


async def test_refused_orders(host, exchange):
    with pytest.raises(patchbay.InvalidOrder, match="at once") as caught:
        await exchange.create_limit_buy_order("BTC/USDT", 1, 1000, {"postOnly": True})
    assert caught.value.order["status"] == "rejected"
    with pytest.raises(patchbay.InvalidOrder, match="above 100"):
        await exchange.create_limit_buy_order("BTC/USDT", 1000, 90)
    with pytest.raises(patchbay.InsufficientFunds, match="900 are available"):
        await exchange.create_limit_buy_order("BTC/USDT", 60, 100)
    await exchange.create_limit_buy_order("BTC/USDT", 1, 90, {"clientOrderId": "same"})
    with pytest.raises(patchbay.DuplicateOrderId):
        await exchange.create_limit_buy_order("BTC/USDT", 2, 90, {"clientOrderId": "same"})
    with pytest.raises(patchbay.OrderNotFound):
        await exchange.fetch_order("nobody")


async def test_too_many_requests_are_waited_for(host, exchange):
    await exchange.load_markets()
    body = {"error": {"code": "too_many_requests", "message": "more than 200 requests a second"}}
    host.troubles = [web.json_response(body, status=429, headers={"Retry-After": "1"}), Refusal(429, "too_many_requests")]
    await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
    assert exchange.pauses[0] == 1.0 and 0.2 <= exchange.pauses[1] <= 0.4
    host.troubles = [Refusal(429, "too_many_requests", "too many")] * 4
    with pytest.raises(patchbay.RateLimitExceeded):
        await exchange.fetch_time()


async def test_an_amendment_that_is_cut_off_is_not_sent_again(host, exchange):
    order = await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
    host.troubles = ["cut after"]
    with pytest.raises(patchbay.NetworkError):
        await exchange.edit_order(order["id"], "BTC/USDT", "limit", "buy", 1, 91)
    assert sum(method == "PATCH" for method, *_ in host.asked) == 1
    assert (await exchange.fetch_order(order["id"]))["price"] == 91
    host.troubles = [Refusal(503, "lane_silent", "lane 1 does not answer")]
    order = await exchange.edit_order(order["id"], "BTC/USDT", price="92")
    assert order["price"] == 92, "what was not carried out is sent again"


async def test_cancels(host, exchange):
    first = await exchange.create_limit_buy_order("BTC/USDT", 1, 90)
    assert (await exchange.cancel_order(first["id"]))["status"] == "canceled"
    with pytest.raises(patchbay.OrderNotFound, match="has ended: cancelled"):
        await exchange.cancel_order(first["id"], "BTC/USDT")
    with pytest.raises(patchbay.OrderNotFound, match="has ended: cancelled") as caught:
        await exchange.edit_order(first["id"], "BTC/USDT", price=91)
    assert caught.value.order["status"] == "canceled"
    spot = [await exchange.create_limit_buy_order("BTC/USDT", 1, 90) for _ in range(2)]
    other = await exchange.create_limit_buy_order("ETH/USDT", 1, 90)
    perpetual = await exchange.create_limit_buy_order("BTC/USDT:USDT", 1, 90)
    assert {o["id"] for o in await exchange.cancel_all_orders("BTC/USDT")} == {o["id"] for o in spot}
    assert [o["id"] for o in await exchange.fetch_open_orders()] == [other["id"], perpetual["id"]]
    assert len(await exchange.cancel_all_orders()) == 2 and await exchange.fetch_open_orders() == []
    assert await exchange.cancel_orders([first["id"]]) == []


async def test_batches(host, exchange, monkeypatch):
    monkeypatch.setattr("patchbay._trading.BATCH", 2)
    wish = {"symbol": "BTC/USDT", "type": "limit", "side": "buy", "amount": 1, "price": 90}
    wrong = {**wish, "amount": 1000}
    rejected = {**wish, "price": 1000, "params": {"postOnly": True}}
    orders = await exchange.create_orders([wish, wrong, rejected, {**wish, "side": "sell"}])
    assert [order["status"] for order in orders] == ["open", "rejected", "rejected", "open"]
    assert isinstance(orders[1]["error"], patchbay.InvalidOrder) and orders[1]["id"] is None
    assert "at once" in str(orders[2]["error"]) and orders[3]["side"] == "sell"
    assert len([1 for method, path, *_ in host.asked if path == "/v1/orders/batch"]) == 2


async def test_orders_that_the_host_has_no_longer_in_mind(host, exchange):
    made = await exchange.create_market_buy_order("BTC/USDT", 2)
    open_order = await exchange.create_limit_buy_order("BTC/USDT:USDT", 1, 90, {"clientOrderId": "p"})
    host.forgotten.add(made["id"])
    order = await exchange.fetch_order(made["id"])
    assert (order["status"], order["average"], order["cost"]) == ("closed", 101, 202)
    assert order["fee"]["cost"] == Decimal("0.01") and order["lastTradeTimestamp"]
    closed, = await exchange.fetch_closed_orders("BTC/USDT")
    assert (closed["id"], closed["average"], closed["filled"]) == (made["id"], 101, 2) and closed["datetime"]
    both = await exchange.fetch_orders()
    assert [o["id"] for o in both] == [made["id"], open_order["id"]] and both[1]["clientOrderId"] == "p"
    assert await exchange.fetch_canceled_orders() == []
    trade, = await exchange.fetch_order_trades(made["id"])
    assert (trade["order"], trade["amount"], trade["takerOrMaker"]) == (made["id"], 2, "taker")


async def test_fills_of_spot_and_perpetual_are_told_apart(host, exchange):
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        await exchange.create_market_buy_order(symbol, 1)
    assert [t["symbol"] for t in await exchange.fetch_my_trades()] == ["BTC/USDT", "BTC/USDT:USDT"]
    trade, = await exchange.fetch_my_trades("BTC/USDT:USDT")
    assert trade["order"].startswith("0p")
    assert len(await exchange.fetch_my_trades(since=trade["timestamp"])) == 1
    for _ in range(9):
        await exchange.create_market_buy_order("BTC/USDT", 1)
    assert (await exchange.fetch_my_trades("BTC/USDT:USDT", limit=1))[0]["id"] == trade["id"]
    assert [t["id"] for t in await exchange.fetch_my_trades("BTC/USDT", limit=2)] == ["10", "11"]
    assert [t["id"] for t in await exchange.fetch_my_trades(limit=3)] == ["9", "10", "11"]


async def test_long_histories(host, exchange, monkeypatch):
    monkeypatch.setattr("patchbay._history.PAGE", 4)
    monkeypatch.setattr("patchbay._finding.MILLISECOND", 1)
    host.fill_at_once = False
    names = []
    for number in range(23):
        # Several have the same moment.
        host.now += number % 3
        names.append((await exchange.create_limit_buy_order("BTC/USDT", 1, 90))["id"])
    assert [o["id"] for o in await exchange.fetch_orders(limit=23)] == names
    assert [o["id"] for o in await exchange.fetch_orders(limit=5)] == names[-5:]
    assert [o["id"] for o in await exchange.fetch_orders(since=1, limit=5)] == names[:5]


async def test_accounts(host, exchange):
    balance = await exchange.fetch_balance()
    assert balance["USDT"] == {"free": 900, "used": 100, "total": 1000}
    assert balance["free"] == {"BTC": 1, "USDT": 900} and balance["total"]["USDT"] == 1000
    assert (await exchange.fetch_balance({"type": "swap"}))["total"] == {}
    host.position("-2")
    position, = await exchange.fetch_positions(["BTC/USDT:USDT"])
    assert (position["side"], position["contracts"], position["notional"]) == ("short", 2, 202)
    assert (position["initialMargin"], position["hedged"]) == (Decimal("20.2"), False)
    assert (await exchange.fetch_position("BTC/USDT:USDT"))["entryPrice"] == 100
    assert await exchange.fetch_positions(["ETH/USD:ETH"]) == []
    host.positions[0].update(mark=None, leverage=None)
    position, = await exchange.fetch_positions()
    assert (position["markPrice"], position["leverage"]) == (Decimal("100.4"), 10)
    await exchange.set_leverage(5, "BTC/USDT:USDT")
    assert (await exchange.fetch_leverage("BTC/USDT:USDT"))["longLeverage"] == 5
    assert (await exchange.set_margin_mode("isolated", "BTC/USDT:USDT"))["mode"] == "isolated"
    assert (await exchange.fetch_margin_mode("BTC/USDT:USDT"))["marginMode"] is None
    with pytest.raises(patchbay.BadRequest, match="cross or isolated"):
        await exchange.set_margin_mode("both", "BTC/USDT:USDT")
    assert (await exchange.set_position_mode(True))["mode"] == "hedge"
    assert (await exchange.fetch_position_mode())["hedged"] is False
    assert (await exchange.fetch_status())["status"] == "ok"
    with pytest.raises(patchbay.OperationRejected, match="2 orders are open"):
        await exchange.disable("sea")
    assert (await exchange.disable("sea", cancel=True))["connectors"][0]["enabled"] is False
    assert (await exchange.enable("sea"))["connectors"][0]["enabled"] is True
    assert len((await exchange.halt("lunch", cancel=True))["connectors"]) == 2
    host.balances.append({**host.balances[0], "account": "other"})
    with pytest.raises(patchbay.ArgumentsRequired, match="main, other"):
        await exchange.fetch_balance()


async def test_misspelt_parameters_are_refused(exchange):
    for job in (exchange.fetch_ticker("BTC/USDT", {"x": 1}), exchange.cancel_order("1", None, {"x": 1}),
                exchange.fetch_balance({"x": 1}), exchange.edit_order("1", "BTC/USDT", params={"x": 1})):
        with pytest.raises(patchbay.BadRequest, match="x"):
            await job


async def test_something_else_answers(host, exchange):
    host.troubles = [web.Response(text="<html>", status=200)]
    with pytest.raises(patchbay.BadResponse):
        await exchange.fetch_time()
    # What stands before a host may be out of order for a moment.
    host.troubles = [web.Response(text="<html>", status=502)]
    assert await exchange.fetch_time() > 0 and not host.troubles
    # A host refuses without a word of its own what it cannot even read.
    for status, words in [(414, "parameters are too long"), (431, "headers are too long"), (400, "not HTTP")]:
        host.troubles = [web.Response(text="<html>", status=status)]
        with pytest.raises(patchbay.BadRequest, match=words):
            await exchange.fetch_time()


@pytest.mark.parametrize("name", [None, "", True, 1.5, b"1"])
async def test_an_order_without_an_id_is_none(host, exchange, name):
    await exchange.load_markets()
    asked = len(host.asked)
    for job in (exchange.cancel_order(name), exchange.fetch_order(name), exchange.cancel_orders([name]),
                exchange.edit_order(name, "BTC/USDT", price=1)):  # fmt: skip
        with pytest.raises(patchbay.ArgumentsRequired, match="the id of an order is needed"):
            await job
    assert len(host.asked) == asked
