"""Quotes one bid and one ask around the middle of a book, and moves them when the middle moves.

    python market_maker.py --socket data/api.sock --for 30

It keeps what it holds near where it began: the more it holds, the lower both quotes. When there is no book, nothing
is quoted. At its end its orders are cancelled.
"""

import argparse
import asyncio
from collections import deque
from decimal import Decimal

import patchbay

CONNECTOR = "paper"  # Any exchange that the host runs.
SYMBOL = "BTC/USDT"
AMOUNT = Decimal("0.01")  # Of each quote.
SPREAD = Decimal("0.0001")  # Between the two quotes, as a part of the price.
LEAN = Decimal("0.00005")  # How far both move when one quote's amount is held.
MOST = 5 * AMOUNT  # It is not quoted on a side beyond that.


class MarketMaker:
    def __init__(self, exchange):
        self.exchange = exchange
        self.held = Decimal(0)
        self.quotes = {}  # Open orders by side.
        self.ended = deque(maxlen=100)  # Orders whose end was heard before they were known to be placed.
        self.fills = 0

    def wanted(self, book):
        """The price of each quote that there is to be."""
        middle = (book["bids"][0][0] + book["asks"][0][0]) / 2
        middle *= 1 - LEAN * self.held / AMOUNT
        prices = {"buy": middle * (1 - SPREAD / 2), "sell": middle * (1 + SPREAD / 2)}
        if self.held >= MOST:
            del prices["buy"]
        if self.held <= -MOST:
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
                await self.exchange.cancel_order(old["id"], SYMBOL)
            except patchbay.OrderNotFound:
                pass  # It was filled; the fill tells what is held.
        if price:
            price = self.exchange.price_to_precision(SYMBOL, price)
            try:
                order = await self.exchange.create_order(SYMBOL, "limit", side, AMOUNT, price, {"postOnly": True})
                if order["id"] not in self.ended:
                    self.quotes[side] = order
            except patchbay.InvalidOrder:
                pass  # It would have traded at once; the next book is a moment away.

    async def follow_book(self):
        while True:
            try:
                prices = self.wanted(await self.exchange.watch_order_book(SYMBOL, 1, {"interval": 200}))
            except patchbay.BookUnavailable as error:
                print(f"no quotes: {error}")
                prices = {}
            await asyncio.gather(*(self.quote(side, prices.get(side)) for side in ("buy", "sell")))

    async def follow_orders(self):
        while True:
            for order in await self.exchange.watch_orders(SYMBOL):
                if order["status"] in ("closed", "canceled", "expired", "rejected"):
                    if self.quotes.get(order["side"], order)["id"] == order["id"]:
                        self.quotes.pop(order["side"], None)
                    self.ended.append(order["id"])

    async def follow_fills(self):
        while True:
            for fill in await self.exchange.watch_my_trades(SYMBOL):
                self.held += fill["amount"] if fill["side"] == "buy" else -fill["amount"]
                self.fills += 1
                print(f"{fill['datetime']} {fill['side']} {fill['amount']} at {fill['price']}, held {self.held}")


async def main(options):
    async with patchbay.Patchbay(CONNECTOR, socket=options.socket) as exchange:
        maker = MarketMaker(exchange)
        await exchange.load_markets()
        jobs = asyncio.gather(maker.follow_fills(), maker.follow_orders(), maker.follow_book())
        try:
            await asyncio.wait_for(jobs, options.seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            await exchange.cancel_all_orders(SYMBOL)
            print(f"{maker.fills} fills, held {maker.held} {SYMBOL}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", default="data/api.sock", help="the host's, in its data folder")
    parser.add_argument("--for", dest="seconds", type=float, help="stop after so many seconds")
    try:
        asyncio.run(main(parser.parse_args()))
    except KeyboardInterrupt:
        pass
