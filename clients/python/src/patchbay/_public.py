"""Public data over REST."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._base import Base, _nothing
from .errors import ArgumentsRequired, BookUnavailable, NotSupported

#: Candles that the host gives, and their lengths in seconds.
TIMEFRAMES = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600,
    "12h": 43200, "1d": 86400,
}
MOST_TRADES = 256
MOST_CANDLES = 1440
MOST_DEPTH = 5000
#: How often a book that is not ready is asked for again, and seconds between.
BOOK_TRIES, BOOK_PAUSE = 50, 0.1


class Public(Base):
    """See :class:`patchbay.Patchbay`."""

    timeframes = {name: name for name in TIMEFRAMES}

    async def fetch_time(self, params: Mapping[str, Any] = {}) -> int:
        """The host's clock in milliseconds."""
        _nothing(params)
        return int((await self.request("GET", "/v1/host"))["time_ns"]) // 1_000_000

    async def fetch_status(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """``status`` is ``ok`` when every connector is ready, else ``maintenance``; ``info`` has them."""
        _nothing(params)
        seats = await self._find_seats()
        ready = bool(seats) and all(seat["ready"] for seat in seats)
        return {
            "status": "ok" if ready else "maintenance",
            "updated": await self.fetch_time(),
            "eta": None,
            "url": None,
            "info": seats,
        }

    async def fetch_order_book(
        self, symbol: str, limit: Optional[int] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """The best ``limit`` levels a side (1 to 5000, 100 where left out), best first, as ``[price, amount]``.

        A book that is only just being built is waited for; :class:`BookUnavailable` says what is missing.
        """
        _nothing(params)
        structures, market = await self._loaded(), await self._market(symbol)
        query = {"connector": market["connector"], "pair": market["pair"], "depth": limit or 100}
        book: Dict[str, Any] = {}
        for attempt in range(BOOK_TRIES):
            if attempt:
                await self._sleep(BOOK_PAUSE)
            book = await self._subscribed(market, lambda: self.request("GET", "/v1/book", query))
            if book["ready"]:
                bids, asks = structures.levels(book["bids"]), structures.levels(book["asks"])
                return structures.book(market["symbol"], bids, asks, book["time_ns"], book["sequence"], book)
        raise BookUnavailable(f"{market['symbol']}: {book.get('missing') or 'the book is not ready'}")

    async def fetch_trades(
        self, symbol: str, since: Optional[int] = None, limit: Optional[int] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """The latest public trades that the host has seen, oldest first; at most 256."""
        _nothing(params)
        market = await self._market(symbol)
        answer = await self._trades(market, MOST_TRADES if since is not None else limit or 20)
        structures = await self._loaded()
        trades = [structures.trade(row, market["symbol"]) for row in answer["trades"]]
        return since_and_limit(trades, since, limit)

    async def _trades(self, market: Mapping[str, Any], limit: int) -> Dict[str, Any]:
        query = {"connector": market["connector"], "pair": market["pair"], "limit": min(limit, MOST_TRADES)}
        answer: Dict[str, Any] = await self._subscribed(market, lambda: self.request("GET", "/v1/trades", query))
        return answer

    async def fetch_ticker(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """The prices of a market."""
        _nothing(params)
        return (await self._loaded()).ticker(await self._ticker(await self._market(symbol)))

    async def _ticker(self, market: Mapping[str, Any]) -> Dict[str, Any]:
        query = {"connector": market["connector"], "pair": market["pair"]}
        answer = await self._subscribed(market, lambda: self.request("GET", "/v1/tickers", query))
        row: Dict[str, Any] = answer["tickers"][0]
        return row

    async def _tickers(self, symbols: Optional[Sequence[str]]) -> List[Dict[str, Any]]:
        if symbols is not None:
            return [await self._ticker(await self._market(symbol)) for symbol in symbols]
        rows: List[Dict[str, Any]] = []
        for connector in await self._connectors(trading=False):
            rows += (await self.request("GET", "/v1/tickers", {"connector": connector}))["tickers"]
        return rows

    async def fetch_tickers(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """Prices by symbol; without symbols those of all markets that the host follows."""
        _nothing(params)
        structures = await self._loaded()
        tickers = [structures.ticker(row) for row in await self._tickers(symbols)]
        return {ticker["symbol"]: ticker for ticker in tickers}

    async def fetch_funding_rate(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Mark, index and funding of a perpetual."""
        _nothing(params)
        market = await self._market(symbol)
        if not market["swap"]:
            raise NotSupported(f"{market['symbol']} is no perpetual, which alone have funding")
        return (await self._loaded()).funding(await self._ticker(market))

    async def fetch_funding_rates(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """The same of several; without symbols of all perpetuals that the host follows."""
        _nothing(params)
        structures = await self._loaded()
        rows = await self._tickers(symbols)
        rates = [structures.funding(row) for row in rows if row.get("funding_rate") is not None]
        return {rate["symbol"]: rate for rate in rates}

    async def fetch_ohlcv(
        self,
        symbol: str,
        timeframe: str = "1m",
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[List[Any]]:
        """Candles ``[time, open, high, low, close, volume]``, oldest first: the exchange's own, or of trades.

        Where the exchange has a history of candles, they come out of it. Otherwise they are made of the trades that
        the host has seen: then there are none from before the host's start. A span without a trade may have none.
        A volume that the exchange does not say is ``None``.
        """
        _nothing(params)
        return await self._fetch_candles(symbol, timeframe, since, limit, None)

    async def _fetch_candles(
        self, symbol: str, timeframe: str, since: Optional[int], limit: Optional[int], source: Optional[str]
    ) -> List[List[Any]]:
        """``source`` is ``history``, ``trades``, or ``None`` for the first where there is one."""
        if timeframe not in TIMEFRAMES:
            raise NotSupported(f"there are no candles of {timeframe!r}; there are {', '.join(TIMEFRAMES)}")
        structures, market = await self._loaded(), await self._market(symbol)
        count = min(limit or (MOST_CANDLES if since is not None else 100), MOST_CANDLES)
        query = {"connector": market["connector"], "pair": market["pair"], "interval": timeframe, "limit": count}
        if since is not None:
            query["since_ns"] = since * 1_000_000
        if source is not None:
            query["source"] = source
        answer = await self._subscribed(market, lambda: self.request("GET", "/v1/candles", query))
        names = ("open", "high", "low", "close", "volume")
        return [
            [row["start_ns"] // 1_000_000, *(structures.number(row[name]) for name in names)]
            for row in answer["candles"]
        ]

    async def fetch_rate(self, base: str, quote: str) -> Any:
        """What one unit of an asset is worth in another, through the mid prices of all spot books of the host."""
        if not base or not quote:
            raise ArgumentsRequired("two assets are needed, such as BTC and EUR")
        answer = await self.request("GET", "/v1/rate", {"from": base, "to": quote})
        return (await self._loaded()).number(answer["rate"])


def since_and_limit(rows: List[Dict[str, Any]], since: Optional[int], limit: Optional[int]) -> List[Dict[str, Any]]:
    """As ccxt: with ``since`` the first ones from then on, else the latest."""
    if since is not None:
        rows = [row for row in rows if row["timestamp"] is None or row["timestamp"] >= since]
        return rows[:limit] if limit else rows
    return rows[-limit:] if limit else rows
