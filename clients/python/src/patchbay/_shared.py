"""Books out of shared memory, for a client on the host's own machine."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from ._feed import Feed
from .errors import BadRequest, BaseError, BookUnavailable, ExchangeNotAvailable
from .feed import FeedError, NoFeed, SharedBook, SharedFeed

#: Seconds that a thread sleeps at most: so often it is looked whether the host lives, and whether this is to end.
NAP = 0.1
#: The same where the host wakes by a socket, whose end says that the host has ended.
LONG_NAP = 0.5


class SharedFollowing:
    """A book in shared memory. A book that is lost is raised once in who watches it, as a stream does."""

    def __init__(self, book: SharedBook, name: str) -> None:
        self.book, self.name = book, name
        self.feed: Feed[None] = Feed(1, latest=True)
        #: Why it came to an end, once it has.
        self.ended: Optional[BaseError] = None
        #: Of the change that was handed on last; where there is a sleeper, on its thread.
        self._version = -1

    def has_changed(self) -> bool:
        version = self.book.version()
        if version & 1 or version == self._version:
            return False
        self._version = version
        return True

    def look(self) -> None:
        """Hands a change on; on the loop's thread."""
        if self.ended is not None:
            return
        try:
            if self.book.is_ready():
                return self.feed.put(None)
            depth = self.book.depth(0)
        except FeedError as error:
            return self.end(self._unavailable(str(error)))
        if depth.ready:
            self.feed.put(None)
        else:
            self.feed.fail(self._unavailable(depth.words))

    def end(self, error: BaseError) -> None:
        if self.ended is None:
            self.ended = error
            self.feed.fail(error)

    @property
    def is_untold(self) -> bool:
        """Whether its end waits for who asks next."""
        return self.feed.has_fault

    def _unavailable(self, words: str) -> BookUnavailable:
        return BookUnavailable(f"{self.name}: {words}")

    async def next(self, depth: int, numbers: type) -> Tuple[List[List[Any]], List[List[Any]], int, int]:
        """Waits for a change: the levels of both sides, the venue's time and its sequence."""
        while True:
            await self.feed.take()
            try:
                read = self.book.depth(depth)
            except FeedError as error:
                self.ended = self.ended or self._unavailable(str(error))
                raise self.ended from error
            if read.ready:
                bids, asks = self._levels(read.bids, numbers), self._levels(read.asks, numbers)
                return bids, asks, read.time_ns, read.sequence
            # It was lost between the change and the look; that comes as a change of its own.

    def _levels(self, units: List[int], numbers: type) -> List[List[Any]]:
        prices, quantities = self.book.prices, self.book.quantities
        pairs = zip(units[0::2], units[1::2])
        if numbers is not float:
            return [[prices.decimal(price), quantities.decimal(quantity)] for price, quantity in pairs]
        if prices.exponent < 0 and quantities.exponent < 0:
            over, under = prices.divisor, quantities.divisor
            return [[price / over, quantity / under] for price, quantity in pairs]
        return [[prices.number(price), quantities.number(quantity)] for price, quantity in pairs]


def _ring(path: Any) -> Optional[socket.socket]:
    """A socket that the host writes to when something is new; ``None`` where it has none, or no place left."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # A path has room for 107 bytes there; by way of the folder's descriptor any fits.
        folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            made.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
        finally:
            os.close(folder)
        made.setblocking(False)
        return made
    except (OSError, TypeError, ValueError):
        made.close()
        return None


class SharedBooks:
    """Follows books of one run of a host.

    The host wakes the loop by a socket. Where it has none for this client, a thread sleeps until something is new, and
    reports to the loop.
    """

    def __init__(self, feed: SharedFeed, bell: Optional[socket.socket] = None) -> None:
        self.feed = feed
        self._followings: Dict[str, SharedFollowing] = {}
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        #: Whether the loop has been reported to and has not looked yet.
        self._is_reported = False
        self._changed: List[SharedFollowing] = []
        self._lock = threading.Lock()
        self._thread: Optional[threading.Thread] = None
        self._bell = bell
        self._tick: Optional[asyncio.TimerHandle] = None
        if bell is not None:
            self._loop.add_reader(bell, self._rung)
            self._nap()

    @staticmethod
    def open(about: Mapping[str, Any]) -> "Optional[SharedBooks]":
        """Opens the feed that a host says it has; ``None`` where it is another machine's, or cannot be read here."""
        there = about.get("feed")
        if not isinstance(there, Mapping):
            return None
        try:
            feed = SharedFeed(str(there.get("path")))
        except NoFeed:
            return None
        if str(feed.generation) == str(there.get("generation")):
            return SharedBooks(feed, _ring(there.get("bell")))
        feed.close()
        return None

    @property
    def is_alive(self) -> bool:
        return not self._is_closed and all(self.feed.is_alive(lane) for lane in range(self.feed.lanes))

    def follow(self, key: str, connector: str, pair: str) -> Optional[SharedFollowing]:
        """What is followed under a name; ``None`` where the feed has no such book."""
        known = self._followings.get(key)
        if known is not None and known.ended is None:
            return known
        book = self.feed.book(connector, pair)
        if book is None:
            return None
        following = SharedFollowing(book, pair)
        with self._lock:
            self._followings[key] = following
        if self._bell is not None:
            self._ask()
            self._loop.call_soon(self._take_news)
        elif self._thread is None:
            self._sleep()
        return following

    def known(self, key: str) -> Optional[SharedFollowing]:
        """What is followed under a name."""
        return self._followings.get(key)

    def unfollow(self, prefix: str) -> None:
        """Ends what is followed under names that begin so."""
        with self._lock:
            gone = [key for key in self._followings if key.startswith(prefix)]
            ended = [self._followings.pop(key) for key in gone]
        for following in ended:
            following.end(BadRequest(f"{following.name} is watched no longer"))
        if ended and self._bell is not None:
            self._ask()

    async def close(self, error: Optional[BaseError] = None) -> None:
        """Ends the thread, and all that is followed."""
        self._is_closed = True
        self._unhang()
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        for following in self._followings.values():
            following.end(error or ExchangeNotAvailable("this client was closed"))
        self._followings = {}
        self.feed.close()

    def _look(self, followings: Iterable[SharedFollowing]) -> None:
        """Hands on what has changed of these."""
        if self._is_closed:
            return
        for following in followings:
            # A lane that is silent has no book that could be trusted.
            if self.feed.is_alive(following.book.lane):
                following.look()
            else:
                following.end(BookUnavailable(f"{following.name}: the host has ended, or does not come back"))

    def _has_news(self, following: SharedFollowing) -> bool:
        is_over = following.ended is None and not self.feed.is_alive(following.book.lane)
        return is_over or following.has_changed()

    # By a socket

    def _ask(self) -> None:
        """Tells the host which books it is to ring for."""
        bits = 0
        for following in self._followings.values():
            bits |= following.book.bit
        try:
            if self._bell is not None:
                self._bell.send(struct.pack("=I", bits))
        except OSError:
            self._fall_asleep()

    def _rung(self) -> None:
        try:
            is_open = self._bell is not None and self._bell.recv(4096) != b""
        except BlockingIOError:
            is_open = True
        except OSError:
            is_open = False
        self._take_news()
        if not is_open:
            self._fall_asleep()

    def _take_news(self) -> None:
        if not self._is_closed:
            self._look([following for following in self._followings.values() if self._has_news(following)])

    def _nap(self) -> None:
        """Looks whether the host lives, where it says nothing."""
        if self._bell is not None:
            self._take_news()
            self._tick = self._loop.call_later(LONG_NAP, self._nap)

    def _unhang(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
        if self._bell is not None:
            self._loop.remove_reader(self._bell)
            self._bell.close()
        self._bell = self._tick = None

    def _fall_asleep(self) -> None:
        """The host rings no more: from here on a thread sleeps."""
        self._unhang()
        if not self._is_closed and self._thread is None:
            self._sleep()

    # By a thread that sleeps

    def _sleep(self) -> None:
        self._thread = threading.Thread(target=self._run, name="patchbay-feed", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_closed:
            news = self.feed.news()
            bits = 0
            with self._lock:
                followings = list(self._followings.values())
            for following in followings:
                bits |= following.book.bit
                if self._has_news(following):
                    self._report(following)
            self.feed.wait(news, bits or 1, NAP)

    def _report(self, following: SharedFollowing) -> None:
        with self._lock:
            if following not in self._changed:
                self._changed.append(following)
            if self._is_reported:
                return
            self._is_reported = True
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            self._is_closed = True  # The loop is closed, and so is everything that read.

    def _wake(self) -> None:
        with self._lock:
            changed, self._changed, self._is_reported = self._changed, [], False
        self._look(changed)
