"""Buys spot and sells as much of the perpetual, to receive funding, and closes both at its end.

    python funding.py --socket data/api.sock --for 30

It opens when funding is at least LEAST a payment; pass --now to open whatever it is. The leg that fills less is filled
up or taken back, so that the two are of the same size, but for one step of the perpetual's amounts. It does not wait
and hope: an order whose outcome is not known is asked for until it is.
"""

import asyncio
from decimal import Decimal

import patchbay

import places

AMOUNT = Decimal("0.05")
LEAST = Decimal("0.0001")
LEVERAGE = 2


async def outcome(exchange, order):
    """The order, once it is known what became of it."""
    while not order["known"] or order["status"] == "open":
        await asyncio.sleep(0.5)
        order = await exchange.fetch_order(order["id"], order["symbol"])
    return order


async def take(exchange, symbol, side, amount, params={}):
    """Trades at the market, and returns how much was filled."""
    order = await outcome(exchange, await exchange.create_order(symbol, "market", side, amount, None, params))
    print(f"{side} {order['filled']} {symbol} at {order['average']}")
    return order["filled"]


async def enter(exchange, spot, perpetual, price):
    """Both legs; the size of each."""
    await exchange.set_leverage(LEVERAGE, perpetual["symbol"])
    wanted = max(places.amount(exchange, market, AMOUNT, price) for market in (spot, perpetual))
    bought = await take(exchange, spot["symbol"], "buy", wanted)
    hedge = Decimal(exchange.amount_to_precision(perpetual["symbol"], bought))
    sold = await take(exchange, perpetual["symbol"], "sell", hedge) if hedge else Decimal(0)
    if sold < hedge:
        bought -= await take(exchange, spot["symbol"], "sell", bought - sold)
    return bought, sold


async def leave(exchange, spot, perpetual, bought, sold):
    if sold:
        await take(exchange, perpetual["symbol"], "buy", sold, {"reduceOnly": True})
    # The exchange may have taken its fee from what was bought.
    free = (await exchange.fetch_free_balance()).get(spot["base"], Decimal(0))
    rest = Decimal(exchange.amount_to_precision(spot["symbol"], min(bought, free)))
    if rest:
        await take(exchange, spot["symbol"], "sell", rest)


async def main(options):
    async with patchbay.Patchbay(options.connector, socket=options.socket) as exchange:
        await exchange.load_markets()
        spot = places.market(exchange, options.symbol)
        perpetual = places.market(exchange, f"{spot['symbol']}:{spot['quote']}", "swap")
        end = asyncio.get_running_loop().time() + (options.seconds or float("inf"))
        legs = None
        try:
            while asyncio.get_running_loop().time() < end:
                rate = await exchange.fetch_funding_rate(perpetual["symbol"])
                print(f"funding {rate['fundingRate'] * 100:.4f} %, next at {rate['fundingDatetime']}, mark {rate['markPrice']}")
                if legs is None and (options.now or rate["fundingRate"] >= LEAST):
                    legs = await enter(exchange, spot, perpetual, rate["markPrice"])
                elif legs is not None and rate["fundingRate"] < 0 and not options.now:
                    done, legs = legs, None
                    await leave(exchange, spot, perpetual, *done)
                await asyncio.sleep(1)
        finally:
            if legs is not None:
                await leave(exchange, spot, perpetual, *legs)


if __name__ == "__main__":
    parser = places.parser(__doc__, "paper", "BTC/USDT")
    parser.add_argument("--now", action="store_true", help="open whatever the funding is")
    try:
        asyncio.run(main(parser.parse_args()))
    except KeyboardInterrupt:
        pass
