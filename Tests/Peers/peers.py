"""ccxt trades on the dialects of `patchbay venue`: peers.py URL AUTHORITIES LOG.

Whatever ccxt believes about an exchange that the venue does not keep ends in an error here.
"""

import asyncio
import json
import sys

import ccxt
import ccxt.pro

URL, AUTHORITIES, LOG = sys.argv[1:4]
SOCKET = URL.replace("https://", "wss://")


def keys(connector):
    """The key of alice, as the venue printed it."""
    lines = open(LOG).read().splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith(f"account alice of {connector},"))
    fields = json.loads(lines[place + 1])
    return {"apiKey": fields["api_key"], "secret": fields["secret_key"], "password": fields.get("passphrase")}


def binance():
    options = {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "defaultType": "spot"}
    exchange = ccxt.pro.binance({**keys("binance"), "options": options})
    for name in ("public", "private"):
        exchange.urls["api"][name] = URL + "/binance/api/v3"
    exchange.urls["api"]["ws"]["spot"] = SOCKET + "/binance/ws"
    exchange.urls["api"]["ws"]["ws-api"]["spot"] = SOCKET + "/binance/ws-api/v3"
    # The wallet's own service, which is not the exchange.
    exchange.has["fetchCurrencies"] = False
    return exchange


def binance_perpetual():
    options = {"fetchMarkets": {"types": ["linear"]}, "fetchMargins": False, "defaultType": "swap"}
    exchange = ccxt.pro.binanceusdm({**keys("binance"), "options": options})
    for version in ("", "V2", "V3"):
        for name in ("fapiPublic", "fapiPrivate"):
            exchange.urls["api"][name + version] = f"{URL}/binance_perpetual/fapi/{version.lower() or 'v1'}"
    exchange.urls["api"]["ws"]["linear"] = SOCKET + "/binance_perpetual/ws"
    exchange.has["fetchCurrencies"] = False
    return exchange


def kraken():
    exchange = ccxt.pro.kraken(keys("kraken"))
    for name in ("public", "private"):
        exchange.urls["api"][name] = URL + "/kraken"
    for name in ("publicV2", "privateV2"):
        exchange.urls["api"]["ws"][name] = SOCKET + "/kraken/v2"
    return exchange


def okx():
    """One client for both markets, as against the exchange itself."""
    exchange = ccxt.pro.okx({**keys("okx"), "options": {"fetchMarkets": {"types": ["spot", "swap"]}}})
    exchange.urls["api"]["rest"] = f"{URL}/okx"
    exchange.urls["api"]["ws"] = f"{SOCKET}/okx/ws/v5"
    # The wallet's own service, which is not the exchange.
    exchange.has["fetchCurrencies"] = False
    return exchange


class Trial:
    # More than the account can buy.
    much = 900

    def __init__(self, name, exchange, symbol):
        self.name, self.exchange, self.symbol = name, exchange, symbol
        self.coin, self.money = symbol.split(":")[0].split("/")
        exchange.cafile = AUTHORITIES

    def check(self, holds, what):
        if not holds:
            raise AssertionError(f"{self.name}: {what}")
        print(f"ok  {self.name}: {what}", flush=True)

    async def refused(self, error, what, call):
        try:
            await call
        except error:
            return self.check(True, f"{what} is refused as {error.__name__}")
        self.check(False, f"{what} is refused as {error.__name__}")

    async def soon(self, future):
        return await asyncio.wait_for(future, 15)

    async def watched(self, identity, status, act, symbol):
        """Does something while watching orders, until the order is seen in a state."""
        async def watch():
            while True:
                seen = await self.exchange.watch_orders(symbol)
                if any(o["id"] == identity() and o["status"] == status for o in seen):
                    return
        task = asyncio.create_task(watch())
        await asyncio.sleep(1.5)
        result = await act
        if isinstance(result, dict) and result.get("id"):
            self.order = result["id"]
        await self.soon(task)
        self.check(True, f"watch_orders tells the order is {status}")
        return result

    async def books(self):
        exchange, symbol = self.exchange, self.symbol
        markets = await exchange.load_markets()
        self.check(symbol in markets, f"load_markets has {symbol} among {len(markets)}")
        book = await exchange.fetch_order_book(symbol, 10)
        self.check(book["bids"][0][0] < book["asks"][0][0], "fetch_order_book is not crossed")
        for _ in range(20):
            book = await self.soon(exchange.watch_order_book(symbol))
            assert book["bids"][0][0] < book["asks"][0][0]
        self.check(True, "watch_order_book is not crossed through 20 updates")
        trades = await self.soon(exchange.watch_trades(symbol))
        self.check(trades[-1]["price"] > 0, "watch_trades")
        ticker = await self.soon(exchange.watch_ticker(symbol))
        self.check(ticker["last"] > 0, "watch_ticker")
        return book

    async def run(self):
        exchange, symbol = self.exchange, self.symbol
        book = await self.books()
        low = float(exchange.price_to_precision(symbol, book["bids"][0][0] * 0.9))
        high = float(exchange.price_to_precision(symbol, book["asks"][0][0] * 1.05))
        before = await exchange.fetch_balance()
        self.order = None
        order = await self.watched(
            lambda: self.order, "open", exchange.create_order(symbol, "limit", "buy", 0.01, low), symbol)
        seen = await exchange.fetch_order(order["id"], symbol)
        self.check(seen["status"] == "open" and seen["amount"] == 0.01 and seen["price"] == low, "fetch_order")
        self.check(
            [o["id"] for o in await exchange.fetch_open_orders(symbol)] == [order["id"]], "fetch_open_orders has it")
        held = await exchange.fetch_balance()
        self.check(held[self.money]["free"] < before[self.money]["free"], "an open order holds money")
        # Kraken's report of an end does not name the symbol, and ccxt does not look it up.
        everything = None if self.name == "kraken" else symbol
        await self.watched(
            lambda: order["id"], "canceled", exchange.cancel_order(order["id"], symbol), everything)
        after = await exchange.fetch_balance()
        self.check(after[self.money]["free"] == before[self.money]["free"], "a cancelled order holds nothing")
        bought = await exchange.create_order(symbol, "market", "buy", 0.01)
        await asyncio.sleep(0.5)
        filled = await exchange.fetch_order(bought["id"], symbol)
        self.check(filled["status"] == "closed" and filled["filled"] == 0.01, "a market order is filled")
        trades = [t for t in await exchange.fetch_my_trades(symbol) if t["order"] == bought["id"]]
        self.check(abs(sum(t["amount"] for t in trades) - 0.01) < 1e-9, "fetch_my_trades adds up")
        self.check(all(t["fee"]["cost"] > 0 for t in trades), "its fees are told")
        await self.holds(before)
        await self.refusals(low, high)
        await self.more(low)

    async def holds(self, before):
        after = await self.exchange.fetch_balance()
        got = after[self.coin]["total"] - before[self.coin]["total"]
        self.check(0.0099 < got <= 0.01, f"{got:.8f} {self.coin} came in")

    async def refusals(self, low, high):
        exchange, symbol = self.exchange, self.symbol
        await self.refused(ccxt.ExchangeError, "more than the account has", exchange.create_order(
            symbol, "limit", "buy", self.much, low))
        await self.refused(ccxt.OrderNotFound, "cancelling what is not there", exchange.cancel_order("1234567", symbol))
        await self.post_only(high)
        stranger = type(exchange)({
            "apiKey": "somebody", "secret": exchange.secret, "password": exchange.password, "urls": exchange.urls})
        stranger.cafile = AUTHORITIES
        stranger.has["fetchCurrencies"] = False
        # ccxt takes a refused key for a ban when the same options have seen it work.
        stranger.options = {**exchange.options, "hasAlreadyAuthenticatedSuccessfully": False}
        stranger.set_markets(exchange.markets)
        try:
            await self.refused(ccxt.AuthenticationError, "an unknown key", stranger.fetch_balance())
        finally:
            await stranger.close()

    async def post_only(self, high):
        await self.refused(ccxt.ExchangeError, "a post-only order that would take", self.exchange.create_order(
            self.symbol, "limit", "buy", 0.01, high, {"postOnly": True}))

    async def more(self, low):
        pass


class Perpetual(Trial):
    async def holds(self, before):
        positions = await self.exchange.fetch_positions([self.symbol])
        self.check([(p["side"], p["contracts"]) for p in positions] == [("long", 0.01)], "the position is there")

    async def more(self, low):
        exchange, symbol = self.exchange, self.symbol
        await exchange.set_leverage(10, symbol)
        self.check((await exchange.fetch_funding_rate(symbol))["fundingRate"] is not None, "fetch_funding_rate")
        stop = await exchange.create_order(
            symbol, "market", "sell", 0.01, None, {"stopLossPrice": low, "reduceOnly": True})
        # OKX keeps conditional orders and triggers in lists of their own.
        kind = {"ordType": "conditional"} if exchange.id == "okx" else {}
        waiting = await exchange.fetch_open_orders(symbol, None, None, {"trigger": True, **kind})
        self.check([o["id"] for o in waiting] == [stop["id"]], "a stop waits")
        await exchange.cancel_order(stop["id"], symbol, {"trigger": True})
        watch = asyncio.create_task(exchange.watch_positions([symbol]))
        await asyncio.sleep(1)
        await exchange.create_order(symbol, "market", "sell", 0.01, None, {"reduceOnly": True})
        await self.soon(watch)
        self.check(await exchange.fetch_positions([symbol]) == [], "a reduce-only order closes it")


class Kraken(Trial):
    async def more(self, low):
        exchange, symbol = self.exchange, self.symbol
        order = await self.soon(exchange.create_order_ws(symbol, "limit", "buy", 0.01, low))
        self.check(bool(order["id"]), "create_order_ws")
        await self.soon(exchange.cancel_order_ws(order["id"]))
        self.check((await exchange.fetch_order(order["id"], symbol))["status"] == "canceled", "cancel_order_ws")


class Okx(Trial):
    async def post_only(self, high):
        order = await self.exchange.create_order(self.symbol, "limit", "buy", 0.01, high, {"postOnly": True})
        seen = await self.exchange.fetch_order(order["id"], self.symbol)
        self.check((seen["status"], seen["filled"]) == ("canceled", 0), "a post-only order that would take is canceled")

    async def more(self, low):
        exchange, symbol = self.exchange, self.symbol
        order = await self.soon(exchange.create_order_ws(symbol, "limit", "buy", 0.01, low))
        changed = await exchange.edit_order(order["id"], symbol, "limit", "buy", 0.02, low)
        seen = await exchange.fetch_order(changed["id"], symbol)
        self.check(seen["amount"] == 0.02 and seen["status"] == "open", "create_order_ws, edit_order")
        await self.soon(exchange.cancel_order_ws(order["id"], symbol))
        self.check((await exchange.fetch_order(order["id"], symbol))["status"] == "canceled", "cancel_order_ws")
        orders = [{"symbol": symbol, "type": "limit", "side": "buy", "amount": 0.01, "price": low} for _ in range(3)]
        ids = [o["id"] for o in await exchange.create_orders(orders)]
        self.check(len(set(ids)) == 3, "create_orders")
        await exchange.cancel_orders(ids, symbol)
        self.check(await exchange.fetch_open_orders(symbol) == [], "cancel_orders")
        closed = await exchange.fetch_canceled_orders(symbol)
        self.check(set(ids) <= {o["id"] for o in closed}, "fetch_canceled_orders has them")
        # Left to itself ccxt asks for margin, which an account of the spot mode does not have.
        stop = await exchange.create_order(
            symbol, "market", "sell", 0.01, None, {"stopLossPrice": low, "tdMode": "cash"})
        waiting = await exchange.fetch_open_orders(symbol, None, None, {"trigger": True, "ordType": "conditional"})
        self.check([o["id"] for o in waiting] == [stop["id"]], "a stop waits")
        await exchange.cancel_order(stop["id"], symbol, {"trigger": True})


class OkxPerpetual(Perpetual):
    """Sizes count contracts."""
    much = 90000
    post_only = Okx.post_only


async def main():
    both = okx()
    trials = [
        Trial("binance", binance(), "BTC/USDT"),
        Perpetual("binance_perpetual", binance_perpetual(), "BTC/USDT:USDT"),
        Kraken("kraken", kraken(), "BTC/USD"),
        Okx("okx spot", both, "BTC/USDT"),
        OkxPerpetual("okx perpetuals", both, "BTC/USDT:USDT"),
    ]
    for trial in trials:
        try:
            await trial.run()
        finally:
            if trial.exchange is not both or trial is trials[-1]:
                await trial.exchange.close()
    print(f"ccxt {ccxt.__version__} trades on {', '.join(t.name for t in trials)}")


asyncio.run(main())
