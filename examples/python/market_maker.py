"""Quotes one bid and one ask around the middle of a book, and moves them when the middle moves.

    python market_maker.py --socket data/api.sock --for 30

It keeps what it holds near where it began: the more it holds, the lower both quotes. When there is no book, nothing
is quoted. At its end its orders are cancelled.
"""

import asyncio
from collections import deque
from decimal import Decimal

import patchbay

import places

AMOUNT = Decimal("0.01")  # Of each quote, where the exchange takes as little.
SPREAD = Decimal("0.0001")  # Between the two quotes, as a part of the price.
LEAN = Decimal("0.00005")  # How far both move when one quote's amount is held.
MOST = 5  # Amounts; it is not quoted on a side beyond that.


class MarketMaker:
    def __init__(self, exchange, symbol, amount):
        self.exchange, self.symbol, self.amount = exchange, symbol, amount
        self.held = Decimal(0)
        self.quotes = {}  # Open orders by side.
        self.ended = deque(maxlen=100)  # Orders whose end was heard before they were known to be placed.
        self.fills = 0

    def wanted(self, book):
        """The price of each quote that there is to be."""
        middle = (book["bids"][0][0] + book["asks"][0][0]) / 2
        middle *= 1 - LEAN * self.held / self.amount
        prices = {"buy": middle * (1 - SPREAD / 2), "sell": middle * (1 + SPREAD / 2)}
        if self.held >= MOST * self.amount:
            del prices["buy"]
        if self.held <= -MOST * self.amount:
            del prices["sell"]
        return prices

    async def quote(self, side, price):
        """Brings the quote of a side to a price; ``None`` takes it away."""
        old = self.quotes.get(side)
        if old and price and abs(old["price"] / price - 1) < SPREAD / 8:
            return
        if old:
            self.quotes.pop(side)
            try:
                await self.exchange.cancel_order(old["id"], self.symbol)
            except patchbay.OrderNotFound:
                pass  # It was filled; the fill tells what is held.
        if price:
            price = self.exchange.price_to_precision(self.symbol, price)
            try:
                order = await self.exchange.create_order(
                    self.symbol, "limit", side, self.amount, price, {"postOnly": True})
                if order["id"] not in self.ended:
                    self.quotes[side] = order
            except patchbay.InvalidOrder:
                pass  # It would have traded at once; the next book is a moment away.

    async def follow_book(self):
        while True:
            try:
                prices = self.wanted(await self.exchange.watch_order_book(self.symbol, 1, {"interval": 200}))
            except patchbay.BookUnavailable as error:
                print(f"no quotes: {error}")
                prices = {}
            await asyncio.gather(*(self.quote(side, prices.get(side)) for side in ("buy", "sell")))

    async def follow_orders(self):
        while True:
            for order in await self.exchange.watch_orders(self.symbol):
                if order["status"] in ("closed", "canceled", "expired", "rejected"):
                    if self.quotes.get(order["side"], order)["id"] == order["id"]:
                        self.quotes.pop(order["side"], None)
                    self.ended.append(order["id"])

    async def follow_fills(self):
        while True:
            for fill in await self.exchange.watch_my_trades(self.symbol):
                self.held += fill["amount"] if fill["side"] == "buy" else -fill["amount"]
                self.fills += 1
                print(f"{fill['datetime']} {fill['side']} {fill['amount']} at {fill['price']}, held {self.held}")


async def main(options):
    async with patchbay.Patchbay(options.connector, socket=options.socket) as exchange:
        await exchange.load_markets()
        market = places.market(exchange, options.symbol)
        symbol, book = market["symbol"], await exchange.fetch_order_book(market["symbol"], 1)
        fee = await exchange.fetch_trading_fee(symbol)
        print(f"quoting {symbol} on {options.connector}; a maker pays {fee['maker']}")
        maker = MarketMaker(exchange, symbol, places.amount(exchange, market, AMOUNT, book["bids"][0][0]))
        jobs = asyncio.gather(maker.follow_fills(), maker.follow_orders(), maker.follow_book())
        try:
            await asyncio.wait_for(jobs, options.seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            await exchange.cancel_all_orders(symbol)
            print(f"{maker.fills} fills, held {maker.held} {symbol}")


if __name__ == "__main__":
    parser = places.parser(__doc__, "paper", "BTC/USDT")
    try:
        asyncio.run(main(parser.parse_args()))
    except KeyboardInterrupt:
        pass
