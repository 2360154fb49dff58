"""Which market an example trades: the one that is asked for, or another of the connector where that is not there."""

import argparse

import patchbay


def parser(text, connector, symbol):
    """The options that the examples have in common."""
    made = argparse.ArgumentParser(description=text.splitlines()[0])
    made.add_argument("--socket", default="data/api.sock", help="the host's, in its data folder")
    made.add_argument("--connector", default=connector, help=f"an exchange that the host runs (default: {connector})")
    made.add_argument("--symbol", default=symbol, help=f"a market (default: {symbol}, or one that is there)")
    made.add_argument("--for", dest="seconds", type=float, help="stop after so many seconds")
    return made


def market(exchange, wanted, kind="spot"):
    """A market by name, once markets are loaded. One of the same kind takes its place, at best one that the host follows
    already and of the same base; why is printed, with the nearest name."""
    try:
        return exchange.market(wanted)
    except patchbay.BadSymbol as error:
        base = wanted.replace("-", "/").split("/")[0]
        fitting = [m for m in exchange.markets.values() if m["type"] == kind and m["active"]]
        if not fitting:
            raise
        chosen = min(fitting, key=lambda m: (m["base"] != base, not m["info"]["subscribed"], m["symbol"]))
        print(f"{error}; taking {chosen['symbol']}")
        return chosen


def amount(exchange, market, wanted, price):
    """An amount that the exchange takes at a price: what is wanted, or the least that it takes."""
    least = [market["limits"]["amount"]["min"] or 0, (market["limits"]["cost"]["min"] or 0) * 11 / (10 * price)]
    step = market["precision"]["amount"] or 0
    return type(price)(exchange.amount_to_precision(market["symbol"], max(wanted, *(part + step for part in least))))
