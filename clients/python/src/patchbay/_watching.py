"""Streams, as methods that wait for what comes next."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Sequence, TypeVar, Union

from ._accounts import Accounts
from ._base import _nothing
from ._feed import Fanout, Feed
from ._following import (
    SETTLE,
    BookFollowing,
    FillsFollowing,
    OrdersFollowing,
    Row,
    RowsFollowing,
    TickerFollowing,
    TradesFollowing,
)
from ._finding import Finding
from ._public import MOST_DEPTH, MOST_TRADES, Public
from ._shared import SharedBooks, SharedFollowing
from ._stream import Stream, Subscription
from ._transport import path_of
from ._structures import journal_order
from .errors import ArgumentsRequired, BadRequest, BaseError, BookUnavailable

Kind = TypeVar("Kind", bound=Subscription)
Taken = TypeVar("Taken")


class Watching(Public, Finding, Accounts):
    """See :class:`patchbay.Patchbay`."""

    # What is followed

    def _opened(self) -> Stream:
        if self._stream is None:
            self._stream = Stream(self._transport, self._stream_backoff, self._sleep)
        return self._stream

    async def _follow(self, key: str, make: Callable[[], Awaitable[Kind]]) -> Kind:
        """What is followed under a name; the first who asks makes it, and others wait until it is there."""
        task: "Optional[asyncio.Task[Kind]]" = self._followed.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None or self._is_gone(task))):
            task = asyncio.get_running_loop().create_task(self._begin(make))
            self._followed[key] = task
        return await asyncio.shield(task)

    async def _begin(self, make: Callable[[], Awaitable[Kind]]) -> Kind:
        subscription = await make()
        await self._opened().add(subscription)
        return subscription

    def _is_gone(self, task: "asyncio.Task[Any]") -> bool:
        return self._stream is None or not self._stream.follows(task.result())

    async def _unfollow(self, channel: str, symbol: str) -> None:
        symbol = (await self._market(symbol))["symbol"]
        for key in [key for key in self._followed if key.startswith(f"{channel} {symbol} ")]:
            task = self._followed.pop(key)
            if task.done() and not task.cancelled() and task.exception() is None:
                self._opened().remove(task.result())
                task.result().fail(BadRequest(f"{symbol} is watched no longer"))
            else:
                task.cancel()

    async def _market_wish(self, channel: str, symbol: str, params: Dict[str, Any], **fields: Any) -> Dict[str, Any]:
        market = await self._market(symbol)
        wish = {"channel": channel, "connector": market["connector"], "pair": market["pair"], **fields}
        if "interval" in params:
            wish["interval_ms"] = params.pop("interval")
        _nothing(params)
        # The host follows it before it is asked for on the stream, where it has to.
        query = {"connector": market["connector"], "pair": market["pair"], "depth": 1}
        await self._subscribed(market, lambda: self.request("GET", "/v1/book", query))
        return wish

    # Markets

    async def watch_order_book(
        self, symbol: str, limit: Optional[int] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """Waits for the next change of a book, and returns its best ``limit`` levels a side (100 where left out).

        The book is exactly the host's. Where there is none any more (the exchange's stream or this one broke, or a
        message is missing) :class:`BookUnavailable` is raised once, and the next call waits for the new book: a
        program that quotes takes its quotes back then.

        On the host's own machine it comes out of shared memory, where the host publishes as many levels, and else by
        the stream; what is returned and raised is the same.

        :param params: ``interval``: at most one change in so many milliseconds; then it comes by the stream.
        """
        depth = _depth(limit)
        structures, market = await self._loaded(), await self._market(symbol)
        following = await self._book_followed(market, depth, params)
        if isinstance(following, SharedFollowing):
            bids, asks, time_ns, nonce = await following.next(depth, float if self.convert is float else Decimal)
            return structures.book(market["symbol"], bids, asks, time_ns, nonce)
        await following.feed.take()
        book, convert = following.book, self.convert
        bids = [[convert(price), convert(quantity)] for price, quantity in book.bids(depth)]
        asks = [[convert(price), convert(quantity)] for price, quantity in book.asks(depth)]
        return structures.book(market["symbol"], bids, asks, book.time_ns, book.nonce)

    async def _book_feed(self, symbol: str, limit: Optional[int], params: Mapping[str, Any]) -> "Feed[Any]":
        """Where changes of a book come."""
        return (await self._book_followed(await self._market(symbol), _depth(limit), params)).feed

    async def _book_followed(
        self, market: Mapping[str, Any], depth: int, params: Mapping[str, Any]
    ) -> Union[BookFollowing, SharedFollowing]:
        shared = await self._shared_book(market, depth, params)
        if shared is not None:
            return shared
        symbol = market["symbol"]

        async def make() -> BookFollowing:
            return BookFollowing(await self._market_wish("book", symbol, dict(params), depth=depth), self._opened())

        return await self._follow(f"book {symbol} {depth} {params}", make)

    async def _shared_book(
        self, market: Mapping[str, Any], depth: int, params: Mapping[str, Any]
    ) -> Optional[SharedFollowing]:
        """A book out of shared memory; ``None`` where it has to come by the stream."""
        key = f"book {market['symbol']} {depth} "
        if not self.shared_memory or params or f"{key}{params}" in self._followed:
            return None
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            shared = self._shared
            if shared is not None and not shared.is_alive:
                # The host that it was of has ended; another may be there.
                self._shared = None
                lost = shared.known(key)
                await shared.close(BookUnavailable(f"{market['pair']}: the host has ended, or does not come back"))
                if lost is not None and lost.is_untold:
                    return lost
                shared = None
            if shared is None:
                shared = self._shared = SharedBooks.open(await self.request("GET", "/v1/host"))
            if shared is None or shared.feed.levels < depth:
                return None
            following = shared.follow(key, market["connector"], market["pair"])
            if following is None:
                await self._market_wish("book", market["symbol"], {})
                # The host gives a market its place ten times a second.
                for _ in range(20):
                    following = shared.follow(key, market["connector"], market["pair"])
                    if following is not None:
                        break
                    await asyncio.sleep(0.02)
            return following

    async def un_watch_order_book(self, symbol: str) -> None:
        """Ends what :meth:`watch_order_book` began."""
        if self._shared is not None:
            self._shared.unfollow(f"book {(await self._market(symbol))['symbol']} ")
        await self._unfollow("book", symbol)

    async def watch_trades(
        self, symbol: str, since: Optional[int] = None, limit: Optional[int] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """Waits for public trades, and returns those that came since the last call, oldest first.

        Those that came while the stream was broken are among them. :class:`MissedUpdates` is raised where some are
        missing all the same.

        :param params: ``interval``: at most one message in so many milliseconds.
        """
        structures, market = await self._loaded(), await self._market(symbol)
        following = await self._trades_followed(symbol, params)
        while True:
            trades = [structures.trade(row, market["symbol"]) for row in await following.feed.take()]
            chosen = _chosen(trades, since, limit)
            if chosen:
                return chosen

    async def _trades_followed(self, symbol: str, params: Mapping[str, Any], reader: str = "trades") -> TradesFollowing:
        """Public trades, once for each kind of reader."""
        market = await self._market(symbol)

        async def make() -> TradesFollowing:
            wish = await self._market_wish("trades", symbol, dict(params))
            following = TradesFollowing(wish, self.queue_limit, lambda: self._trades(market, MOST_TRADES))
            await following.prime()
            return following

        return await self._follow(f"{reader} {market['symbol']} {params}", make)

    async def un_watch_trades(self, symbol: str) -> None:
        """Ends what :meth:`watch_trades` began."""
        await self._unfollow("trades", symbol)

    async def watch_ticker(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Waits for the next change of a market's prices.

        :param params: ``interval``: at most one change in so many milliseconds (100 where left out).
        """
        return next(iter((await self.watch_tickers([symbol], params)).values()))

    async def watch_tickers(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """Waits for the next change of some markets' prices, and returns those that changed, by symbol."""
        if not symbols:
            raise ArgumentsRequired("name the symbols to watch")
        structures = await self._loaded()
        feeds = []
        for symbol in symbols:
            name = (await self._market(symbol))["symbol"]

            async def make(symbol: str = symbol) -> TickerFollowing:
                return TickerFollowing(await self._market_wish("ticker", symbol, dict(params)))

            feeds.append((await self._follow(f"ticker {name} {params}", make)).feed)
        tickers = [structures.ticker(row) for rows in await _any(feeds) for row in rows]
        return {ticker["symbol"]: ticker for ticker in tickers}

    async def un_watch_ticker(self, symbol: str) -> None:
        """Ends what :meth:`watch_ticker` and :meth:`watch_tickers` began of a symbol."""
        await self._unfollow("ticker", symbol)

    # Orders

    def _own(self, channel: str) -> "Fanout[Row]":
        return self._fanouts.setdefault(channel, Fanout(self.queue_limit))

    def _symbol_of(self, row: Row) -> str:
        assert self._structures is not None
        return self._structures.markets.symbol(row["connector"], row["pair"])

    async def _follow_own(
        self, channel: str, symbol: Optional[str], make: Callable[[str], Awaitable[Kind]]
    ) -> "Feed[Row]":
        """Follows own orders or fills on the connectors that are meant."""
        connectors = await self._connectors(symbol)
        feed = self._own(channel).feed((await self._market(symbol))["symbol"] if symbol else None)
        for connector in connectors:

            async def begin(connector: str = connector) -> Kind:
                return await make(connector)

            await self._follow(f"{channel} {connector}", begin)
        return feed

    async def watch_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for changes of own orders, and returns the orders as they stood then, oldest change first.

        It begins with what changes after the first call. Orders that changed while the stream was broken are looked up
        and are among them; nothing comes twice.
        """
        _nothing(params)
        structures, feed = await self._loaded(), await self._orders_feed(symbol)
        while True:
            rows = await feed.take()
            orders = [structures.order(row, row["state"] not in ("pending_create", "unknown")) for row in rows]
            chosen = _chosen(orders, since, limit)
            if chosen:
                return chosen

    async def _orders_feed(self, symbol: Optional[str]) -> "Feed[Row]":
        async def make(connector: str) -> OrdersFollowing:
            following = OrdersFollowing(
                {"channel": "orders", "connector": connector},
                self._own("orders"),
                self._symbol_of,
                lambda name: self.request("GET", path_of("orders", name), {"connector": connector}),
                lambda: self._recent_orders(connector),
                self._host_time,
            )
            await following.prime()
            return following

        return await self._follow_own("orders", symbol, make)

    async def _recent_orders(self, connector: str) -> List[Row]:
        """The newest of the journal, and those that the host has in mind, which know better."""
        query = {"exchange": next(s["exchange"] for s in self._seats if s["connector"] == connector)}
        rows: List[Row] = await self._rows("orders", query, 1000, lambda row: row["connector"] == connector)
        found: Dict[str, Row] = {row["client_order_id"]: journal_order(row) for row in rows}
        live = await self.request("GET", "/v1/orders", {"connector": connector, "state": "all"})
        for row in live["orders"]:
            name = row["exchange_client_order_id"]
            times = {field: found[name].get(field) for field in ("created", "changed")} if name in found else {}
            found[name] = {**row, **times}
        return list(found.values())

    async def watch_my_trades(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for fills of own orders, and returns those that came since the last call, oldest first.

        Those that came while the stream was broken are fetched from the journal and are among them; none comes twice.
        """
        _nothing(params)
        structures, feed = await self._loaded(), await self._fills_feed(symbol)
        while True:
            chosen = _chosen([structures.fill(row) for row in await feed.take()], since, limit)
            if chosen:
                return chosen

    async def _fills_feed(self, symbol: Optional[str]) -> "Feed[Row]":
        async def make(connector: str) -> FillsFollowing:
            following = FillsFollowing(
                {"channel": "fills", "connector": connector},
                self._own("fills"),
                self._symbol_of,
                lambda since: self._fills({"since_ns": since}, [connector]),
                self._host_time,
                self._later,
            )
            await following.prime()
            return following

        return await self._follow_own("fills", symbol, make)

    async def _host_time(self) -> int:
        return int((await self.request("GET", "/v1/host"))["time_ns"])

    def _later(self, job: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            await self._sleep(SETTLE)
            try:
                await job()
            except BaseError as error:
                self._own("fills").fail(error)

        task = asyncio.get_running_loop().create_task(run())
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    # Accounts

    async def watch_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Waits for a change of what the account holds, and returns all of it. The first call returns at once.

        :param params: ``type``: ``spot`` or ``swap``, the default type where it is left out.
        """
        left = dict(params)
        connectors = await self._of_type(left)
        _nothing(left)
        structures = await self._loaded()
        name = "balance " + " ".join(connectors)
        feed = self._feeds.setdefault(name, Feed(1, latest=True))
        followings = [await self._rows_followed("balances", ("account", "asset"), c, feed) for c in connectors]
        await feed.take()
        rows = [dict(row) for following in followings for row in following.rows.values()]
        return structures.balance(self._own_account(rows))

    async def watch_positions(
        self,
        symbols: Optional[Sequence[str]] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for changes of positions, and returns those that changed; a closed one has 0 ``contracts``.

        The first call returns those that are open, where there are any.
        """
        _nothing(params)
        structures = await self._loaded()
        names = None if symbols is None else {(await self._market(symbol))["symbol"] for symbol in symbols}
        key = "positions " + " ".join(sorted(names or ()))
        feed: Feed[Any] = self._feeds.setdefault(key, Feed(self.queue_limit))
        for connector in await self._connectors():
            await self._rows_followed("positions", ("account", "pair", "leg"), connector, feed)
        while True:
            rows = [row for batch in await feed.take() for row in batch]
            positions = [structures.position(row) for row in self._own_account(rows)]
            positions = [p for p in positions if names is None or p["symbol"] in names]
            if positions:
                return positions[-limit:] if limit else positions

    async def _rows_followed(self, channel: str, keys: Any, connector: str, feed: "Feed[Any]") -> RowsFollowing:
        """Rows of a connector, handed on to one more reader."""
        readers: "List[Feed[Any]]" = self._readers.setdefault(f"{channel} {connector}", [])

        def hand_on(rows: List[Row]) -> None:
            for reader in readers:
                reader.put(rows)

        def fail(error: BaseError) -> None:
            for reader in readers:
                reader.fail(error)

        async def make() -> RowsFollowing:
            return RowsFollowing({"channel": channel, "connector": connector}, keys, hand_on, fail)

        is_new = feed not in readers
        if is_new:
            readers.append(feed)
        was_there = f"{channel} {connector}" in self._followed
        following = await self._follow(f"{channel} {connector}", make)
        if is_new and was_there and following.rows:
            feed.put(list(following.rows.values()))
        return following

    async def close(self) -> None:
        for task in [*self._jobs, *self._followed.values()]:
            task.cancel()
        shared, self._shared = self._shared, None
        if shared is not None:
            await shared.close()
        await super().close()


def _depth(limit: Optional[int]) -> int:
    depth = 100 if limit is None else limit
    if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= MOST_DEPTH:
        raise BadRequest(f"limit is {limit!r}; it is 1 to {MOST_DEPTH}")
    return depth


def _chosen(rows: List[Dict[str, Any]], since: Optional[int], limit: Optional[int]) -> List[Dict[str, Any]]:
    """Those that a watcher wants of what came."""
    rows = [row for row in rows if since is None or row["timestamp"] is None or row["timestamp"] >= since]
    return rows[-limit:] if limit else rows


async def _any(feeds: Sequence["Feed[Taken]"]) -> List[List[Taken]]:
    """What came first, of one or several."""
    tasks = [asyncio.ensure_future(feed.take()) for feed in feeds]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return [task.result() for task in done]
