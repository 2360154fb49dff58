"""Writes books and trades of some markets into a file, one JSON object a line.

    python book_recorder.py --socket data/api.sock --file books.jsonl --for 30

Numbers are written as texts with their exact digits. Where a book is gone, a line says so.
"""

import asyncio
import json

import patchbay

import places

DEPTH = 20


async def record_book(exchange, symbol, write):
    while True:
        try:
            book = await exchange.watch_order_book(symbol, DEPTH)
            write({"kind": "book", **book})
        except patchbay.BookUnavailable as error:
            write({"kind": "gap", "symbol": symbol, "reason": str(error)})


async def record_trades(exchange, symbol, write):
    while True:
        try:
            for trade in await exchange.watch_trades(symbol):
                write({"kind": "trade", **{name: trade[name] for name in ("symbol", "id", "side", "price", "amount", "timestamp")}})
        except patchbay.MissedUpdates as error:
            write({"kind": "missed", "symbol": symbol, "reason": str(error)})


async def main(options):
    count = 0
    with open(options.file, "a", encoding="utf-8") as file:

        def write(line):
            nonlocal count
            count += 1
            print(json.dumps(line, default=str), file=file)

        async with patchbay.Patchbay(options.connector, socket=options.socket) as exchange:
            await exchange.load_markets()
            symbols = {places.market(exchange, symbol)["symbol"] for symbol in options.symbol.split(",")}
            jobs = [job(exchange, symbol, write) for symbol in symbols for job in (record_book, record_trades)]
            try:
                await asyncio.wait_for(asyncio.gather(*jobs), options.seconds)
            except asyncio.TimeoutError:
                pass
    print(f"{count} lines in {options.file}")


if __name__ == "__main__":
    parser = places.parser(__doc__, "paper", "BTC/USDT,ETH/USDT")
    parser.add_argument("--file", default="books.jsonl", help="where to; lines are added at its end")
    try:
        asyncio.run(main(parser.parse_args()))
    except KeyboardInterrupt:
        pass
