"""Watches the same market on two connectors, and prints when one's bid is above the other's ask.

    python spread_watcher.py --socket data/api.sock --for 30

A difference counts after the fees of both sides, as the exchanges tell them.
"""

import asyncio
from decimal import Decimal

import patchbay

import places

LEAST = Decimal("-0.002")  # Printed from this gain on, as a part of the price.


class Place:
    def __init__(self, connector, symbol, options):
        self.exchange = patchbay.Patchbay(connector, socket=options.socket)
        self.name, self.symbol = connector, symbol
        self.book = None
        self.fee = Decimal(0)

    async def follow(self, changed):
        await self.exchange.load_markets()
        self.symbol = places.market(self.exchange, self.symbol, "swap" if ":" in self.symbol else "spot")["symbol"]
        self.fee = (await self.exchange.fetch_trading_fee(self.symbol))["taker"] or Decimal(0)
        print(f"{self.symbol} on {self.name}: a taker pays {self.fee}")
        while True:
            try:
                self.book = await self.exchange.watch_order_book(self.symbol, 1)
            except patchbay.BookUnavailable as error:
                self.book = None
                print(f"{self.name}: {error}")
            changed.set()


def gain(seller, buyer):
    """What is gained by buying at ``seller`` and selling at ``buyer``, as a part of the price; and the amount."""
    ask, bid = seller.book["asks"][0], buyer.book["bids"][0]
    cost, proceeds = ask[0] * (1 + seller.fee), bid[0] * (1 - buyer.fee)
    return proceeds / cost - 1, min(ask[1], bid[1])


async def compare(both, changed):
    best = {}
    while True:
        await changed.wait()
        changed.clear()
        for seller, buyer in (both, both[::-1]):
            if not (seller.book and buyer.book and seller.book["asks"] and buyer.book["bids"]):
                continue
            share, amount = gain(seller, buyer)
            if share >= LEAST and best.get(seller.name) != share:
                best[seller.name] = share
                print(f"buy {amount} on {seller.name}, sell on {buyer.name}: {share * 100:+.4f} %")


async def main(options):
    named = (options.connector, options.symbol), (options.other, options.other_symbol)
    both = [Place(connector, symbol, options) for connector, symbol in named]
    changed = asyncio.Event()
    jobs = asyncio.gather(compare(both, changed), *(place.follow(changed) for place in both))
    try:
        await asyncio.wait_for(jobs, options.seconds)
    except asyncio.TimeoutError:
        pass
    finally:
        for place in both:
            await place.exchange.close()


if __name__ == "__main__":
    parser = places.parser(__doc__, "paper", "BTC/USDT")
    parser.add_argument("--other", default="paper_perpetual", help="another connector that the host runs")
    parser.add_argument("--other-symbol", default="BTC/USDT:USDT", help="a market of it")
    try:
        asyncio.run(main(parser.parse_args()))
    except KeyboardInterrupt:
        pass
