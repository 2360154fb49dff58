"""Streams of several markets at once, and candles as they grow."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ._base import _nothing
from ._feed import Feed, any_ready
from ._following import TradesFollowing
from ._more import More
from ._public import TIMEFRAMES
from ._watching import _chosen
from .errors import ArgumentsRequired, NotSupported

#: How often candles are asked for after a trade that they have to show, and seconds between: the host counts trades
#: some times in a second.
CANDLE_TRIES, CANDLE_PAUSE = 20, 0.1


class Several(More):
    """See :class:`patchbay.Patchbay`."""

    #: Tickers have the best prices.
    watch_bids_asks = More.watch_tickers

    #: Where the look for the next one that is ready begins, so that a busy market does not hide the others.
    _turn = 0

    async def _next(self, feeds: Sequence["Feed[Any]"]) -> int:
        """The place of a feed that has something to take."""
        self._turn += 1
        await any_ready(feeds)
        places = [(self._turn + place) % len(feeds) for place in range(len(feeds))]
        return next(place for place in places if feeds[place].is_ready)

    async def watch_order_book_for_symbols(
        self, symbols: Sequence[str], limit: Optional[int] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`watch_order_book` of whichever of several books changes next; ``symbol`` says which."""
        names = await self._names(symbols)
        feeds = [await self._book_feed(symbol, limit, params) for symbol in names]
        return await self.watch_order_book(names[await self._next(feeds)], limit, params)

    async def watch_trades_for_symbols(
        self,
        symbols: Sequence[str],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`watch_trades` of whichever of several markets trades next: trades of one of them."""
        names, structures = await self._names(symbols), await self._loaded()
        while True:
            feeds = [(await self._trades_followed(symbol, params)).feed for symbol in names]
            place = await self._next(feeds)
            trades = [structures.trade(row, names[place]) for row in await feeds[place].take()]
            chosen = _chosen(trades, since, limit)
            if chosen:
                return chosen

    async def watch_orders_for_symbols(
        self,
        symbols: Sequence[str],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`watch_orders` of whichever of several markets has news next."""
        _nothing(params)
        names = await self._names(symbols)
        feeds = [await self._orders_feed(symbol) for symbol in names]
        return await self.watch_orders(names[await self._next(feeds)], since, limit)

    async def watch_my_trades_for_symbols(
        self,
        symbols: Sequence[str],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`watch_my_trades` of whichever of several markets has fills next."""
        _nothing(params)
        names = await self._names(symbols)
        feeds = [await self._fills_feed(symbol) for symbol in names]
        return await self.watch_my_trades(names[await self._next(feeds)], since, limit)

    async def watch_position(self, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """:meth:`watch_positions` of one market."""
        if not symbol:
            raise ArgumentsRequired("a symbol is needed, such as BTC/USDT:USDT")
        return (await self.watch_positions([symbol], params=params))[-1]

    async def _names(self, symbols: Sequence[str]) -> List[str]:
        if not symbols or isinstance(symbols, str):
            raise ArgumentsRequired("name the symbols to watch, in a list")
        return [str((await self._market(symbol))["symbol"]) for symbol in symbols]

    # Candles

    async def watch_ohlcv(
        self,
        symbol: str,
        timeframe: str = "1m",
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[List[Any]]:
        """Waits for a trade, and returns the candles that it changed, oldest first; the first call returns the newest.

        They are the host's, which makes them of the trades that it has seen; see :meth:`fetch_ohlcv`.
        """
        _nothing(params)
        by_symbol = await self.watch_ohlcv_for_symbols([[symbol, timeframe]], since, limit)
        candles: List[List[Any]] = next(iter(next(iter(by_symbol.values())).values()))
        return candles

    async def watch_ohlcv_for_symbols(
        self,
        symbolsAndTimeframes: Sequence[Sequence[str]],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, List[List[Any]]]]:
        """:meth:`watch_ohlcv` of whichever market trades next, by symbol and time frame."""
        _nothing(params)
        wanted: List[Tuple[str, str]] = []
        for symbol, timeframe in symbolsAndTimeframes:
            if timeframe not in TIMEFRAMES:
                raise NotSupported(f"there are no candles of {timeframe!r}; there are {', '.join(TIMEFRAMES)}")
            wanted.append(((await self._names([symbol]))[0], timeframe))
        if not wanted:
            raise ArgumentsRequired("name symbols and time frames, such as [['BTC/USDT', '1m']]")
        for symbol, timeframe in wanted:
            if (symbol, timeframe) not in self._candles:
                fresh = await self._fresh_candles(symbol, timeframe)
                if fresh:
                    return {symbol: {timeframe: _kept(fresh, since, limit)}}
        while True:
            feeds = [(await self._candles_followed(symbol, timeframe)).feed for symbol, timeframe in wanted]
            place = await self._next(feeds)
            await feeds[place].take()
            symbol, timeframe = wanted[place]
            for attempt in range(CANDLE_TRIES):
                if attempt:
                    await self._sleep(CANDLE_PAUSE)
                fresh = _kept(await self._fresh_candles(symbol, timeframe), since, limit)
                if fresh:
                    return {symbol: {timeframe: fresh}}

    async def _fresh_candles(self, symbol: str, timeframe: str) -> List[List[Any]]:
        """Those of the newest that are not as they were returned last."""
        await self._candles_followed(symbol, timeframe)
        candles = await self._fetch_candles(symbol, timeframe, None, 100, "trades")
        before = self._candles.get((symbol, timeframe))
        self._candles[symbol, timeframe] = {candle[0]: candle for candle in candles[-2:]}
        if before is None:
            return candles[-1:]
        return [candle for candle in candles if candle[0] >= min(before, default=0) and before.get(candle[0]) != candle]

    async def _candles_followed(self, symbol: str, timeframe: str) -> TradesFollowing:
        """The trades that candles grow by, read by nobody else."""
        return await self._trades_followed(symbol, {}, f"ohlcv{timeframe}")

    # What is watched no longer

    async def un_watch_ohlcv(self, symbol: str, timeframe: str = "1m", params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_ohlcv` began, of one time frame."""
        _nothing(params)
        self._candles.pop(((await self._names([symbol]))[0], timeframe), None)
        await self._unfollow(f"ohlcv{timeframe}", symbol)

    async def un_watch_order_book_for_symbols(self, symbols: Sequence[str], params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_order_book_for_symbols` began."""
        await asyncio.gather(*(self.un_watch_order_book(symbol) for symbol in symbols))

    async def un_watch_trades_for_symbols(self, symbols: Sequence[str], params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_trades_for_symbols` began."""
        await asyncio.gather(*(self.un_watch_trades(symbol) for symbol in symbols))

    async def un_watch_ohlcv_for_symbols(
        self, symbolsAndTimeframes: Sequence[Sequence[str]], params: Mapping[str, Any] = {}
    ) -> None:
        """Ends what :meth:`watch_ohlcv_for_symbols` began."""
        await asyncio.gather(*(self.un_watch_ohlcv(symbol, timeframe) for symbol, timeframe in symbolsAndTimeframes))

    async def un_watch_tickers(self, symbols: Sequence[str], params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_tickers` began."""
        await asyncio.gather(*(self.un_watch_ticker(symbol) for symbol in symbols))


def _kept(candles: List[List[Any]], since: Optional[int], limit: Optional[int]) -> List[List[Any]]:
    candles = [candle for candle in candles if since is None or candle[0] >= since]
    return candles[-limit:] if limit else candles
