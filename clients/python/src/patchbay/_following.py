"""What is followed on a stream: each kind keeps its state over the ends of connections."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Awaitable, Callable, Dict, Hashable, List, Mapping, Optional, Tuple

from ._book import Hole, LocalBook
from ._numbers import nanoseconds
from ._feed import Fanout, Feed, Known
from ._stream import Stream, Subscription
from .errors import BaseError, BookUnavailable, MissedUpdates, OrderNotFound

#: Keys of trades, fills and orders that are remembered.
REMEMBERED = 20_000
#: Nanoseconds that are looked back at when fills are caught up: exchanges' clocks, and reports that come late.
OVERLAP = 300_000_000_000
#: Seconds until it is looked a second time: what happened just now may not be in the journal yet.
SETTLE = 2.0

Row = Dict[str, Any]


class BookFollowing(Subscription):
    """A book. A gap, a hole or the end of the connection is raised once in who watches it."""

    def __init__(self, wish: Row, stream: Stream) -> None:
        super().__init__(wish)
        self._stream = stream
        self.book = LocalBook()
        self.feed: Feed[None] = Feed(1, latest=True)

    def begin(self) -> None:
        self.book.begin()

    def take(self, message: Mapping[str, Any]) -> None:
        try:
            missing = self.book.take(message)
        except Hole as hole:
            self.book.begin()
            self.feed.fail(BookUnavailable(f"{self.wish['pair']}: {hole}; the book is asked for again"))
            self._stream.again(self)
            return
        if missing is None:
            self.feed.put(None)
        else:
            self.feed.fail(BookUnavailable(f"{self.wish['pair']}: {missing}"))

    def lost(self, reason: str) -> None:
        self.book.begin()
        self.feed.fail(BookUnavailable(f"{self.wish['pair']}: {reason}"))

    def fail(self, error: BaseError) -> None:
        self.book.begin()
        self.feed.fail(error)


class TickerFollowing(Subscription):
    """The newest prices."""

    def __init__(self, wish: Row) -> None:
        super().__init__(wish)
        self.feed: Feed[Row] = Feed(1, latest=True)

    def take(self, message: Mapping[str, Any]) -> None:
        self.feed.put(message["ticker"])

    def fail(self, error: BaseError) -> None:
        self.feed.fail(error)


class Held(Subscription):
    """Holds messages back while what came before them is caught up."""

    def __init__(self, wish: Row) -> None:
        super().__init__(wish)
        self._held: Optional[List[Mapping[str, Any]]] = None

    def begin(self) -> None:
        self._held = []

    def take(self, message: Mapping[str, Any]) -> None:
        if self._held is not None and len(self._held) < REMEMBERED:
            self._held.append(message)
        else:
            self.deliver(message)

    async def catch_up(self) -> None:
        held = self._held
        try:
            await self.fetch_missed()
        finally:
            # Where another connection has begun meanwhile, its own catching up brings these.
            if held is not None and self._held is held:
                self._held = None
                for message in held:
                    self.deliver(message)

    async def fetch_missed(self) -> None:
        """Delivers what came while there was no connection."""

    def deliver(self, message: Mapping[str, Any]) -> None:
        """Hands on what is new in a message."""


class TradesFollowing(Held):
    """Public trades. After the end of a connection those in between are fetched, as far as the host has them."""

    def __init__(self, wish: Row, limit: int, fetch: Callable[[], Awaitable[Row]]) -> None:
        super().__init__(wish)
        self.feed: Feed[Row] = Feed(limit)
        self._fetch = fetch
        self._seen = Known(REMEMBERED)
        #: How many trades the host has seen, and how often it has begun to count anew.
        self._total = self._runs = 0

    async def prime(self) -> None:
        """Notes what is there before anybody watches."""
        for key, _ in self._keyed(await self._fetch()):
            self._seen.add(key)

    def _keyed(self, message: Mapping[str, Any]) -> List[Tuple[Hashable, Row]]:
        """Trades and what each is known by: its id, or where the exchange gives none the host's count of it."""
        rows, total = message["trades"], int(message["total"])
        self._total = max(self._total, total)
        first = total - len(rows) + 1
        return [(row["id"] or (self._runs, first + place), row) for place, row in enumerate(rows)]

    async def fetch_missed(self) -> None:
        answer = await self._fetch()
        if int(answer["total"]) < self._total:
            # Another run of the host counts from the beginning.
            self._runs, self._total = self._runs + 1, 0
        rows = self._keyed(answer)
        known = [place for place, (key, _) in enumerate(rows) if key in self._seen]
        if not known and len(self._seen) and rows:
            self.feed.fail(MissedUpdates(f"{self.wish['pair']}: trades before {rows[0][1]['id']} are missing"))
        self._put(rows[known[-1] + 1 if known else 0 :])

    def deliver(self, message: Mapping[str, Any]) -> None:
        missed = int(message.get("missed") or 0)
        if missed:
            self.feed.fail(MissedUpdates(f"{self.wish['pair']}: {missed} trades came too fast"))
        self._put(self._keyed(message))

    def _put(self, rows: List[Tuple[Hashable, Row]]) -> None:
        for key, row in rows:
            if self._seen.add(key):
                self.feed.put(row)

    def fail(self, error: BaseError) -> None:
        self.feed.fail(error)


class FillsFollowing(Held):
    """Fills of own orders on one connector. What is missed is fetched from the journal, and none comes twice."""

    def __init__(
        self,
        wish: Row,
        fanout: Fanout[Row],
        symbol: Callable[[Row], str],
        fetch: Callable[[int], Awaitable[List[Row]]],
        clock: Callable[[], Awaitable[int]],
        later: Callable[[Callable[[], Awaitable[None]]], None],
    ) -> None:
        super().__init__(wish)
        self._fanout, self._symbol, self._fetch, self._clock, self._later = fanout, symbol, fetch, clock, later
        self._seen = Known(REMEMBERED)
        #: Fills from then on are looked for; it does not move while some may be missing.
        self._since = self._latest = 0
        self._is_behind = False

    def begin(self) -> None:
        super().begin()
        self._is_behind = True

    async def prime(self) -> None:
        """Notes what is there before anybody watches; what comes meanwhile is news."""
        begin = await self._clock()
        self._since = begin - OVERLAP
        for row in await self._fetch(self._since):
            if nanoseconds(row.get("received")) <= begin:
                self._note(row)

    def _note(self, row: Row) -> bool:
        self._latest = max(self._latest, int(row["time_ns"]))
        if not self._is_behind:
            self._since = max(self._since, self._latest - OVERLAP)
        return self._seen.add((row["exchange_client_order_id"], row["trade_id"]))

    def _put(self, row: Row) -> None:
        if self._note(row):
            self._fanout.put(self._symbol(row), row)

    async def fetch_missed(self) -> None:
        await self._look()
        self._is_behind = False
        if self.was_there:
            self._later(self._look)

    async def _look(self) -> None:
        for row in await self._fetch(self._since):
            self._put(row)

    def deliver(self, message: Mapping[str, Any]) -> None:
        self._put(message["fill"])

    def fail(self, error: BaseError) -> None:
        self._fanout.fail(error)


class OrdersFollowing(Held):
    """Own orders on one connector: each is handed on when its state, price, quantity or fills change."""

    def __init__(
        self,
        wish: Row,
        fanout: Fanout[Row],
        symbol: Callable[[Row], str],
        fetch_order: Callable[[str], Awaitable[Row]],
        fetch_recent: Callable[[], Awaitable[List[Row]]],
        clock: Callable[[], Awaitable[int]],
    ) -> None:
        super().__init__(wish)
        self._fanout, self._symbol = fanout, symbol
        self._fetch_order, self._fetch_recent, self._clock = fetch_order, fetch_recent, clock
        self._seen = Known(REMEMBERED)
        #: Orders that were open when they were seen last.
        self._open: Dict[str, Row] = {}

    async def prime(self) -> None:
        """Notes what is there before anybody watches; what changes meanwhile is news."""
        begin = await self._clock()
        for row in await self._fetch_recent():
            if nanoseconds(row.get("changed")) <= begin:
                self._note(row)

    def _note(self, row: Row) -> bool:
        name = row["exchange_client_order_id"]
        if row["state"] in _ENDS:
            self._open.pop(name, None)
        else:
            self._open[name] = row
        stand = (row["state"], *(_normal(row.get(field)) for field in ("filled", "price", "quantity")))
        known = self._seen.get(name)
        if "average_price" in row:
            details = (row["average_price"], *((fee["asset"], fee["amount"]) for fee in row.get("fees") or ()))
        else:
            # The journal's orders have neither an average nor fees.
            details = known[1] if isinstance(known, tuple) and known[0] == stand else ()
        return self._seen.add(name, (stand, details))

    def _put(self, row: Row) -> None:
        if self._note(row):
            self._fanout.put(self._symbol(row), row)

    def deliver(self, message: Mapping[str, Any]) -> None:
        for row in message.get("orders") or ():
            self._put(row)
        if isinstance(message.get("order"), Mapping):
            self._put(message["order"])

    async def fetch_missed(self) -> None:
        """Those that came and went in between are still in the host's mind, or in its journal."""
        before = dict(self._open)
        recent = await self._fetch_recent()
        for row in recent:
            self._put(row)
        there = {row["exchange_client_order_id"] for row in recent}
        for name in before:
            if name in self._open and name not in there:
                try:
                    self._put(await self._fetch_order(name))
                except OrderNotFound:
                    self._open.pop(name, None)

    def fail(self, error: BaseError) -> None:
        self._fanout.fail(error)


_ENDS = ("filled", "cancelled", "expired", "rejected", "not_sent", "lost")


def _normal(text: Any) -> Optional[Decimal]:
    """The journal writes numbers with all their places."""
    return None if text is None else Decimal(text)


class RowsFollowing(Subscription):
    """Balances or positions of one connector: all, then those that changed."""

    def __init__(
        self, wish: Row, keys: Tuple[str, ...], hand_on: Callable[[List[Row]], None], fail: Callable[[BaseError], None]
    ) -> None:
        super().__init__(wish)
        self._keys, self._hand_on, self._fail = keys, hand_on, fail
        self.rows: Dict[Hashable, Row] = {}

    def take(self, message: Mapping[str, Any]) -> None:
        changed = []
        there = set()
        for row in message[self.wish["channel"]]:
            key: Hashable = tuple(row[name] for name in self._keys)
            there.add(key)
            if self.rows.get(key) != row:
                self.rows[key] = row
                changed.append(row)
        if message.get("kind") == "snapshot":
            # What is gone since the last connection has nothing in it.
            for key in [key for key in self.rows if key not in there]:
                row = self.rows.pop(key)
                changed.append({**row, **{name: "0" for name in ("quantity", "total", "available") if name in row}})
        self._hand_on(changed)

    def fail(self, error: BaseError) -> None:
        self._fail(error)
