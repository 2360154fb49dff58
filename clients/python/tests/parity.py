"""The same script with ccxt and with Patchbay, on the same exchange of this machine: parity.py PROGRAM.

`patchbay venue` serves Binance's protocols. ccxt trades there as bob; a host of Patchbay trades there as alice, and this
client on that host. What both return is compared: every key of ccxt's structure is there, with a value of the same
kind; what is equal by right has the same value; what is refused is refused by the same class. Keys that Patchbay leaves
None are listed in UNKNOWN, no more and no less, and in SOMETIMES.
"""

import asyncio
import json
import sys
import tempfile

import ccxt.pro

import patchbay
from real import Venue

PROGRAM = sys.argv[1]

#: What ccxt knows there and Patchbay does not, by structure.
UNKNOWN = {
    # The interface says no times of these.
    "balance": {"timestamp", "datetime"},
    "order": {"lastTradeTimestamp"},  # Nothing is filled.
    "filled order": {"lastTradeTimestamp"},
    "position": {"timestamp", "datetime", "collateral", "maintenanceMargin", "maintenanceMarginPercentage", "marginMode"},
    "funding rate": {"timestamp", "datetime", "estimatedSettlePrice", "interestRate"},
    # The connector asks Binance for books and trades, not for its statistics of a day.
    "ticker": set("timestamp datetime high low open previousClose change percentage average vwap baseVolume quoteVolume".split()),
    "market": set("created feeSide stock limits.market.min limits.market.max marginModes.cross marginModes.isolated "
                  "precision.base precision.quote".split()),
}
#: What depends on which event of an order was the first to be seen.
SOMETIMES = {"order": {"timeInForce", "average", "cost", "fee", "price"}}
#: Keys whose values are the same by right.
SAME = {
    "market": ["symbol", "base", "quote", "settle", "type", "spot", "swap", "contract", "linear", "inverse", "precision.amount",
               "precision.price", "limits.amount.min", "limits.amount.max", "limits.cost.min", "active", "contractSize"],
    "order": ["symbol", "type", "side", "amount", "filled", "remaining", "status", "postOnly", "timeInForce"],
    "filled order": ["symbol", "type", "side", "amount", "filled", "remaining", "status"],
    "canceled order": ["symbol", "type", "side", "amount", "filled", "status"],
    "position": ["symbol", "side", "contracts", "contractSize", "leverage"],
    "my trade": ["symbol", "side", "takerOrMaker", "fee.currency"],
}


def with_ccxt(venue, symbol):
    """ccxt, pointed at the venue."""
    key = json.loads(venue.keys["bob"])
    key = {"apiKey": key["api_key"], "secret": key["secret_key"]}
    socket = venue.url.replace("https://", "wss://")
    if ":" not in symbol:
        options = {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "defaultType": "spot"}
        exchange = ccxt.pro.binance({**key, "options": options})
        for name in ("public", "private"):
            exchange.urls["api"][name] = venue.url + "/binance/api/v3"
        exchange.urls["api"]["ws"]["spot"] = socket + "/binance/ws"
        exchange.urls["api"]["ws"]["ws-api"]["spot"] = socket + "/binance/ws-api/v3"
    else:
        options = {"fetchMarkets": {"types": ["linear"]}, "fetchMargins": False, "defaultType": "swap"}
        exchange = ccxt.pro.binanceusdm({**key, "options": options})
        for version in ("", "V2", "V3"):
            for name in ("fapiPublic", "fapiPrivate"):
                place = f"{venue.url}/binance_perpetual/fapi/{version.lower() or 'v1'}"
                exchange.urls["api"][name + version] = place
        exchange.urls["api"]["ws"]["linear"] = socket + "/binance_perpetual/ws"
    exchange.has["fetchCurrencies"] = False
    exchange.cafile = venue.authorities
    return exchange


async def refusal(job):
    try:
        await job
    except Exception as error:
        return type(error).__name__
    return None


def at_hand(exchange, symbol):
    """What needs no request, as texts, since it has to be the same. Markets are loaded."""
    row = {"a": "1.5", "b": None, "c": "", "d": True, "e": [1], "f": "aBc", "g": 1790000000.25}
    market = exchange.market(symbol)
    return repr([
        symbol in exchange.symbols, market["id"] in exchange.ids, exchange.market_id(symbol),
        [m["symbol"] for m in exchange.markets_by_id[market["id"]] if m["symbol"] == symbol],
        "BTC" in exchange.currencies, exchange.currency("BTC")["code"], exchange.rateLimit > 0,
        exchange.iso8601(1795958424082), exchange.parse8601("2026-11-29T13:20:24.082Z"), exchange.ymd(1795958424082),
        exchange.parse8601("2026-11-29T14:20:24+01:00"), exchange.iso8601(None), exchange.parse8601("soon"),
        exchange.parse_timeframe("4h"), abs(exchange.milliseconds() - exchange.seconds() * 1000) < 2000,
        exchange.safe_string(row, "a"), exchange.safe_string(row, "c", "x"), exchange.safe_string_2(row, "b", "f"),
        exchange.safe_string_n(row, ["z", "f"]), exchange.safe_string_upper(row, "f"), exchange.safe_integer(row, "a"),
        exchange.safe_float(row, "a"), exchange.safe_number(row, "a"), exchange.safe_timestamp(row, "g"),
        exchange.safe_bool(row, "d"), exchange.safe_list(row, "e"), exchange.safe_dict(row, "e"), exchange.safeValue(row, "z", 3),
        [exchange.decimal_to_precision(number, mode, places, counting, padding)
         for number in ("0.00012345", "123456.789", "-2.5", "99.995", "0") for mode in (0, 1) for padding in (5, 6)
         for counting, places in ((2, 0), (2, 3), (3, 2), (3, 5), (4, 0.01), (4, 0.5))
         # ccxt counts a sign and a zero as digits.
         if counting != 3 or number not in ("-2.5", "0")],
        exchange.amount_to_precision(symbol, 0.123456789), exchange.price_to_precision(symbol, 50000.005),
        [exchange.has[name] for name in HAS],
    ])


#: What both have.
HAS = ("fetchTicker", "createOrder", "cancelOrder", "fetchMyTrades", "watchOrderBook", "watchTrades", "watchOHLCV",
       "createStopLimitOrder", "createTriggerOrder", "fetchTradingFee", "watchOrderBookForSymbols", "createOrderWs")


async def script(exchange, symbol):
    """What a user writes. Nothing in it knows which of the two it runs on."""
    seen = {}
    markets = await exchange.load_markets()
    seen["market"] = markets[symbol]
    seen["at hand"] = at_hand(exchange, symbol)
    seen["order book"] = book = await exchange.fetch_order_book(symbol, 5)
    seen["ticker"] = await exchange.fetch_ticker(symbol)
    while not (trades := await exchange.fetch_trades(symbol, None, 5)):
        await asyncio.sleep(0.2)
    seen["trade"] = trades[-1]
    low = exchange.price_to_precision(symbol, float(book["bids"][0][0]) * 0.9)
    order = await exchange.create_order(symbol, "limit", "buy", 0.01, float(low))
    seen["order"] = await exchange.fetch_order(order["id"], symbol)
    seen["price as asked"] = seen["order"]["price"] == float(low)
    seen["open orders"] = len([o for o in await exchange.fetch_open_orders(symbol) if o["id"] == order["id"]])
    await exchange.cancel_order(order["id"], symbol)
    seen["canceled order"] = await exchange.fetch_order(order["id"], symbol)
    seen["refusals"] = [
        await refusal(exchange.cancel_order(order["id"], symbol)),
        await refusal(exchange.fetch_ticker("NO/SUCH")),
    ]
    if ":" not in symbol:
        # Of perpetuals ccxt knows no code for it.
        seen["refusals"].append(await refusal(exchange.create_order(symbol, "limit", "buy", 90, float(low))))
    seen["free balance"] = sorted(await exchange.fetch_free_balance({"type": "swap" if ":" in symbol else "spot"}))
    seen["l2 order book"] = await exchange.fetch_l2_order_book(symbol, 5)
    if ":" not in symbol:
        # Of perpetuals ccxt takes a way of Binance's that the venue does not serve.
        waits = await exchange.create_stop_limit_order(
            symbol, "sell", 0.01, float(low), float(exchange.price_to_precision(symbol, float(low) * 1.01)))
        await exchange.cancelOrder(waits["id"], symbol)
    watch = asyncio.ensure_future(exchange.watch_orders(symbol))
    await asyncio.sleep(1.5)
    bought = await exchange.create_order(symbol, "market", "buy", 0.01)
    # Not waited on until it is filled: ccxt has no update that comes between two calls.
    seen["watched order"] = (await asyncio.wait_for(watch, 15))[-1]
    await asyncio.sleep(0.5)
    seen["filled order"] = await exchange.fetch_order(bought["id"], symbol)
    seen["my trade"] = [t for t in await exchange.fetch_my_trades(symbol) if t["order"] == bought["id"]][-1]
    seen["balance"] = await exchange.fetch_balance({"type": "swap" if ":" in symbol else "spot"})
    seen["watched order book"] = await asyncio.wait_for(exchange.watch_order_book(symbol, 5), 15)
    seen["watched trade"] = (await asyncio.wait_for(exchange.watch_trades(symbol), 15))[-1]
    several = await asyncio.wait_for(exchange.watch_order_book_for_symbols([symbol], 5), 15)
    seen["book of several"] = several["symbol"]
    seen["watched ticker"] = await asyncio.wait_for(exchange.watch_ticker(symbol), 15)
    if ":" in symbol:
        await exchange.set_leverage(10, symbol)
        seen["position"] = (await exchange.fetch_positions([symbol]))[0]
        seen["funding rate"] = await exchange.fetch_funding_rate(symbol)
        await exchange.create_order(symbol, "market", "sell", 0.01, None, {"reduceOnly": True})
        await asyncio.sleep(0.5)
        seen["positions after"] = len(await exchange.fetch_positions([symbol]))
    return seen


def kind(value):
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, (int, float)):
        return "number"
    return {dict: "mapping", list: "list", str: "text"}.get(type(value), "mapping" if hasattr(value, "keys") else "list")


class Comparison:
    def __init__(self):
        self.faults, self.unknown = [], {}

    def structure(self, name, theirs, ours, path=""):
        """Every key of theirs, and the kind of its value."""
        plain = name.replace("watched ", "")
        for key, value in theirs.items():
            place = f"{path}{key}"
            if key == "info" or (value is None and key not in ours):
                continue
            if key not in ours:
                self.unknown.setdefault(plain, set()).add(place)
            elif value is None or value == {} or value == []:
                continue
            elif ours[key] is None or (isinstance(value, dict) and ours[key] == {}):
                self.unknown.setdefault(plain, set()).add(place)
            elif kind(value) != kind(ours[key]):
                self.faults.append(f"{name}.{place}: ccxt has a {kind(value)} {value!r}, Patchbay {ours[key]!r}")
            elif isinstance(value, dict) and plain != "balance":
                self.structure(name, value, ours[key], place + ".")

    def same(self, name, theirs, ours):
        for path in SAME.get(name, []):
            left, right = theirs, ours
            for key in path.split("."):
                left, right = left[key], right[key]
            if left != right:
                self.faults.append(f"{name}.{path}: ccxt {left!r}, Patchbay {right!r}")

    def compare(self, theirs, ours):
        for name, value in theirs.items():
            if isinstance(value, dict) or hasattr(value, "keys"):
                self.structure(name, value, ours[name])
                self.same(name, value, ours[name])
            elif value != ours[name]:
                self.faults.append(f"{name}: ccxt {value!r}, Patchbay {ours[name]!r}")


async def main(venue):
    comparison = Comparison()
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        exchange = with_ccxt(venue, symbol)
        try:
            theirs = await script(exchange, symbol)
        finally:
            await exchange.close()
        async with patchbay.Patchbay("binance", socket=str(venue.folder / "data" / "api.sock"), numbers=float) as exchange:
            while (await exchange.fetch_status())["status"] != "ok":
                await asyncio.sleep(0.1)
            ours = await script(exchange, symbol)
        comparison.compare(theirs, ours)
        print(f"{symbol}: {len(theirs)} results compared", flush=True)
    for name in sorted({*comparison.unknown, *UNKNOWN}):
        found, listed = comparison.unknown.get(name, set()) - SOMETIMES.get(name, set()), UNKNOWN.get(name, set())
        if found != listed:
            comparison.faults.append(f"{name}: None in Patchbay alone: {sorted(found)}; listed: {sorted(listed)}")
    for fault in comparison.faults:
        print(f"DIFFERS {fault}")
    print(f"ccxt {ccxt.__version__} and Patchbay: {len(comparison.faults)} differences")
    return 1 if comparison.faults else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        venue = Venue(place, PROGRAM)
        try:
            venue.run()
            sys.exit(asyncio.run(main(venue)))
        finally:
            venue.stop()
