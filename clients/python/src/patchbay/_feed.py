"""What a stream brings, until it is read: bounded, in order, none twice."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Any, Deque, Dict, Generic, Hashable, List, Optional, Sequence, Set, TypeVar

from .errors import BaseError, MissedUpdates

Item = TypeVar("Item")


class Feed(Generic[Item]):
    """Items for readers that come one after the other.

    Each :meth:`take` returns what came since the last; readers that wait at the same time all get the same. A reader
    that is cancelled while it waits has taken nothing.

    :param limit: the most items that are kept. In a feed of states (``latest``) that is 1, and an older one that
        nobody has read is left out; in other feeds what goes beyond is lost, and :class:`MissedUpdates` says so.
    """

    def __init__(self, limit: int, latest: bool = False) -> None:
        self._items: Deque[Item] = deque(maxlen=1 if latest else max(1, limit))
        self._latest = latest
        #: How many have come in all.
        self._count = 0
        #: How many of them have been taken.
        self._taken = 0
        self._lost = 0
        self._fault: Optional[BaseError] = None
        self._waiting: Set[asyncio.Future[None]] = set()
        #: Who wants to know that there is something, and takes nothing.
        self.watchers: Set[asyncio.Event] = set()

    def put(self, item: Item) -> None:
        full = len(self._items) == self._items.maxlen
        if full and not self._latest and self._count - len(self._items) >= self._taken:
            self._lost += 1
        self._items.append(item)
        self._count += 1
        self._wake()

    def fail(self, error: BaseError) -> None:
        """Raises an error in who waits, or once in who asks next, before what is kept; an older state is forgotten."""
        if self._latest:
            self._taken = self._count
        waiting = [future for future in self._waiting if not future.done()]
        for future in waiting:
            future.set_exception(error)
        if not waiting:
            self._fault = error
            self._ring()

    @property
    def has_fault(self) -> bool:
        """Whether an error waits for who asks next."""
        return self._fault is not None

    @property
    def is_ready(self) -> bool:
        """Whether :meth:`take` has something at once."""
        return bool(self._lost) or self._fault is not None or self._count > self._taken

    def _ring(self) -> None:
        for event in self.watchers:
            event.set()

    def _wake(self) -> None:
        self._ring()
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def take(self) -> List[Item]:
        """What has come since the last time, at least one; waits for it."""
        start = self._taken
        while True:
            if self._lost:
                lost, self._lost = self._lost, 0
                raise MissedUpdates(f"{lost} updates were not read in time; the newest {len(self._items)} are here")
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            if self._count > start:
                fresh = min(self._count - start, len(self._items))
                self._taken = max(self._taken, self._count)
                return list(self._items)[len(self._items) - fresh :]
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)


async def any_ready(feeds: Sequence[Feed[Any]]) -> None:
    """Waits until one of several feeds has something, and takes nothing of it."""
    event = asyncio.Event()
    for feed in feeds:
        feed.watchers.add(event)
    try:
        while not any(feed.is_ready for feed in feeds):
            event.clear()
            await event.wait()
    finally:
        for feed in feeds:
            feed.watchers.discard(event)


class Fanout(Generic[Item]):
    """The same items for readers of one symbol and for readers of all."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._feeds: Dict[Optional[str], Feed[Item]] = {}

    def feed(self, symbol: Optional[str]) -> Feed[Item]:
        if symbol not in self._feeds:
            self._feeds[symbol] = Feed(self._limit)
        return self._feeds[symbol]

    def put(self, symbol: Optional[str], item: Item) -> None:
        for name in {symbol, None}:
            if name in self._feeds:
                self._feeds[name].put(item)

    def fail(self, error: BaseError) -> None:
        for feed in self._feeds.values():
            feed.fail(error)


class Known:
    """The latest keys that were seen; older ones than ``limit`` are forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._keys: "OrderedDict[Hashable, Hashable]" = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: Hashable) -> Optional[Hashable]:
        return self._keys.get(key)

    def add(self, key: Hashable, value: Hashable = True) -> bool:
        """Whether it is new, or has another value than before."""
        fresh = self._keys.get(key) != value
        self._keys[key] = value
        self._keys.move_to_end(key)
        if len(self._keys) > self._limit:
            self._keys.popitem(last=False)
        return fresh
