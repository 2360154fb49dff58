"""A running host's feed in shared memory (docs/feed.md), read without a system call.

::

    with SharedFeed("data/feed.shm") as feed:
        book = feed.book("paper", "BTC-USDT")
        while feed.is_alive(book.lane):
            news = feed.news()
            touch = book.touch()
            print(touch.bid, touch.ask)
            feed.wait(news, book.bit, 1.0)

What Python can promise: each 8-byte word is loaded whole (a native ``memoryview`` does that), and the order of loads is
that of the program on x86-64, where the processor keeps it. On other machines a fence of libatomic stands between them;
where there is none, :class:`SharedFeed` refuses. A read during which the host wrote is thrown away and made again, up
to ``TRIES`` times; then :class:`Busy` is raised.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

MAGIC, REVISION = 0x50424644, 0
RUNNING = 1
EMPTY, READY, NOT_READY = 0, 1, 2
#: To sleep until a ring has something new, or until there is a trade of any book.
BIT_RECORD, BIT_TRADE = 1 << 31, 1 << 30
#: How often a read is made before it is given up.
TRIES = 1000
#: Seconds of silence after which a lane counts as dead.
PATIENCE = 2.0

# Sizes and offsets of patchbay_feed.h in bytes; a test compares them with docs/feed-layout.tsv.
HEAD, LANE, INSTANCE, LEVEL, ENTRY = 192, 192, 128, 16, 40
NEWS, STATE = 128, 132
TOUCH, TRADE, DEPTH, BOOK = 192, 320, 448, 640
TRADE_ID_LENGTH, TRADE_ID, DEPTH_WORDS = 56, 64, 48

_FUTEX = {"x86_64": 202, "aarch64": 98}
_FUTEX_WAIT_BITSET = 9
_RECORD, _PAD, _OMITTED = 1, 2, 3


class FeedError(Exception):
    """The feed cannot be read."""


class NoFeed(FeedError):
    """There is no feed, or none that can be read here."""


class Busy(FeedError):
    """The host was writing at every try, or died while it wrote."""


class Moved(FeedError):
    """The place belongs to another market now, or to none: look the book up again."""


class Overrun(FeedError):
    """The ring went round before its records were read; reading goes on with the newest."""


@dataclass(frozen=True)
class Touch:
    """The best prices. ``None`` where a side is empty, and on both sides where the book is not ready."""

    ready: bool
    bid: Optional[Decimal]
    bid_quantity: Optional[Decimal]
    ask: Optional[Decimal]
    ask_quantity: Optional[Decimal]
    #: The venue's, or 0.
    sequence: int
    #: The venue's time of the last change, or 0.
    time_ns: int
    #: When the host took in what brought it, as :func:`time.monotonic_ns` counts.
    mono_ns: int


@dataclass(frozen=True)
class Depth:
    """The best levels, best first, as numbers of units: ``price * 10**price_exponent``."""

    ready: bool
    #: Why it is not ready, for people.
    words: str
    #: Price, quantity, price, quantity and so on.
    bids: List[int]
    asks: List[int]
    sequence: int
    time_ns: int
    mono_ns: int


@dataclass(frozen=True)
class Trade:
    """The last public trade."""

    id: str
    price: Decimal
    quantity: Decimal
    #: Of the taker: ``buy``, ``sell``, or ``None`` where the venue does not say.
    side: Optional[str]
    time_ns: int
    mono_ns: int
    #: Trades since the market has its place in the feed.
    total: int


@dataclass(frozen=True)
class Record:
    """A fact as its connector reported it: a record of patchbay.h."""

    number: int
    connector: str
    mono_ns: int
    wall_ns: int
    #: The record; of one that was too large for the ring only its first 24 bytes.
    data: bytes
    omitted: bool


def _fence() -> Optional[Callable[[], Any]]:
    """What keeps loads in order on this machine; ``None`` where nothing is known to."""
    if platform.machine() in ("x86_64", "AMD64"):
        return lambda: None
    try:
        fence = ctypes.CDLL("libatomic.so.1").atomic_thread_fence
    except (OSError, AttributeError):
        return None
    fence.argtypes, fence.restype = [ctypes.c_int], None
    return lambda: fence(5)


class _Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class _Buffer(ctypes.Structure):
    """Python's own Py_buffer: the one way to the address of memory that is read only."""

    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    ]


class _Closed:
    """Stands in the place of a feed's memory once that is let go."""

    def __getitem__(self, _: Any) -> Any:
        raise NoFeed("this feed was closed; open it again")


_CLOSED = _Closed()


class Units:
    """Numbers of units at one exponent as exact decimals, without zeros at their end."""

    def __init__(self, exponent: int) -> None:
        self.exponent = exponent
        #: What a float is divided by; 1 where it is multiplied.
        self.divisor = 10**-exponent if exponent < 0 else 1
        self._known: Dict[int, Decimal] = {}

    def decimal(self, units: int) -> Decimal:
        known = self._known.get(units)
        if known is None:
            if len(self._known) >= 50_000:
                self._known.clear()
            known = self._known[units] = self._make(units)
        return known

    def _make(self, units: int) -> Decimal:
        exponent = self.exponent
        if exponent >= 0:
            return Decimal(units * 10**exponent)
        while units and exponent < 0 and units % 10 == 0:
            units, exponent = units // 10, exponent + 1
        return Decimal(units).scaleb(exponent) if units and exponent else Decimal(units)

    def number(self, units: int) -> float:
        """The nearest float: division of whole numbers rounds once."""
        return units / self.divisor if self.exponent < 0 else float(units * 10**self.exponent)


class SharedFeed:
    """The feed of one run of a host. May be used by several threads.

    :param path: ``feed.shm`` in the host's data folder, or the file that it leads to.
    """

    def __init__(self, path: "str | os.PathLike[str]") -> None:
        fence, number = _fence(), _FUTEX.get(platform.machine())
        if fence is None or number is None:
            raise NoFeed(f"on {platform.machine()} without libatomic Python cannot keep its reads in order")
        self._fence: Callable[[], Any] = fence
        self._number: int = number
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise NoFeed(f"{path}: {error.strerror}") from error
        try:
            size = os.fstat(file).st_size
            if size < HEAD or size % 8:
                raise NoFeed(f"{path} is no feed")
            self._map = mmap.mmap(file, size, mmap.MAP_SHARED, mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise NoFeed(f"{path}: {error}") from error
        finally:
            os.close(file)
        self._views = [memoryview(self._map)]
        self._bytes = self._views[0]
        self._words, self._signed, self._halves = (self._bytes.cast("Q"), self._bytes.cast("q"), self._bytes.cast("I"))
        self._views += [self._words, self._signed, self._halves]
        self._read_head(path, size)
        self._address()

    def _read_head(self, path: Any, size: int) -> None:
        halves, words = self._halves, self._words
        if halves[0] != MAGIC or halves[1] != REVISION or not self._is_sound(size):
            self.close()
            raise NoFeed(f"{path} is no feed of revision {REVISION}")
        #: Of this run of the host.
        self.generation: int = words[2]
        #: The host's process.
        self.process: int = words[3]
        self.lanes, instances, self._books, self.levels = halves[8], halves[9], halves[10], halves[11]
        self._lanes_at, at, self._books_at, self._book_bytes = (words[index] for index in (6, 7, 8, 9))
        #: Connectors and their lanes, by place.
        self.instances: List[Tuple[str, int]] = []
        for place in range(instances):
            start = at + place * INSTANCE
            self.instances.append((self._text(start, 64), halves[(start + 112) // 4]))

    def _is_sound(self, size: int) -> bool:
        """Whether everything that the head names lies inside, as ``pb_feed_open`` looks at it."""
        words, halves = self._words, self._halves
        bytes_, lanes, instances, books, levels = words[1], halves[8], halves[9], halves[10], halves[11]
        lanes_at, instances_at, books_at, book_bytes = (words[index] for index in (6, 7, 8, 9))

        def fits(at: int, count: int, each: int) -> bool:
            return at % 8 == 0 and at + count * each <= bytes_

        if bytes_ > size or words[2] == 0 or book_bytes % 8 or book_bytes < BOOK + 2 * levels * LEVEL:
            return False
        if not (fits(lanes_at, lanes, LANE) and fits(instances_at, instances, INSTANCE)):
            return False
        rings = ((words[(lanes_at + lane * LANE) // 8 + part] for part in (0, 1)) for lane in range(lanes))
        are_rings = all(ring >= 4096 and ring & ring - 1 == 0 and fits(at, 1, ring) for at, ring in rings)
        return are_rings and fits(books_at, books, book_bytes)

    def _lane(self, lane: int) -> int:
        """Where a lane's head is."""
        if not 0 <= lane < self.lanes:
            raise NoFeed(f"there is no lane {lane}; the feed has {self.lanes}, counted from 0")
        return self._lanes_at + lane * LANE

    def _address(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long
        buffer = _Buffer()
        ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(self._map), ctypes.byref(buffer), 0)
        self._news = ctypes.c_void_p(buffer.buf + NEWS)
        ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))

    def __enter__(self) -> "SharedFeed":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the memory. No other thread may be reading; what reads later raises :class:`NoFeed`."""
        for name in ("_bytes", "_words", "_signed", "_halves"):
            setattr(self, name, _CLOSED)
        for view in reversed(self._views):
            view.release()
        self._map.close()

    def _text(self, start: int, length: int) -> str:
        return bytes(self._bytes[start : start + length]).split(b"\0", 1)[0].decode("utf-8", "replace")

    # What there is

    def is_alive(self, lane: int, patience: float = PATIENCE) -> bool:
        """Whether the host has not ended, and a lane has given a sign of life within so many seconds."""
        beat: int = self._signed[(self._lane(lane) + 64) // 8]
        return self._halves[STATE // 4] == RUNNING and time.monotonic_ns() - beat <= patience * 1e9

    def books(self) -> Iterator["SharedBook"]:
        """All markets that are in the feed now."""
        for place in range(self._books):
            book = self._at(self._books_at + place * self._book_bytes)
            if book is not None:
                yield book

    def book(self, connector: str, pair: str) -> Optional["SharedBook"]:
        """A market by its connector's id and ``BASE-QUOTE``; ``None`` where the feed has none such now."""
        return next((book for book in self.books() if (book.connector, book.pair) == (connector, pair)), None)

    def _at(self, start: int) -> Optional["SharedBook"]:
        words, halves = self._words, self._halves
        for _ in range(TRIES):
            lease = words[start // 8]
            self._fence()
            instrument, instance, in_use = words[start // 8 + 1], halves[start // 4 + 4], halves[start // 4 + 5]
            exponents = self._signed[start // 8 + 3]
            bit = halves[start // 4 + 8]
            pair = self._text(start + 64, 64)
            self._fence()
            if lease & 1 or words[start // 8] != lease:
                continue
            if not in_use or instance >= len(self.instances):
                return None
            low, high = exponents & 0xFFFFFFFF, exponents >> 32
            name, lane = self.instances[instance]
            return SharedBook(self, start, lease, name, lane, pair, instrument, bit, low - ((low >> 31) << 32), high)
        return None

    # Sleep

    def news(self) -> int:
        """To be taken before what is followed is read, and handed to :meth:`wait` where that had nothing new."""
        value: int = self._halves[NEWS // 4]
        self._fence()
        return value

    def wait(self, seen: int, bits: int, timeout: float) -> bool:
        """Sleeps until something was published since ``seen`` of what ``bits`` name; other threads run meanwhile.

        :returns: ``False`` when the time was over. It may also return for nothing.
        """
        self.news()
        end = time.monotonic_ns() + int(timeout * 1e9)
        moment = _Timespec(end // 1_000_000_000, end % 1_000_000_000)
        result = self._libc.syscall(
            ctypes.c_long(self._number), self._news, ctypes.c_int(_FUTEX_WAIT_BITSET), ctypes.c_uint32(seen),
            ctypes.byref(moment), None, ctypes.c_uint32(bits),
        )  # fmt: skip
        return not (result == -1 and ctypes.get_errno() == errno.ETIMEDOUT)

    # Facts

    def records(self, lane: int = 0) -> "Records":
        """What a lane's connectors report from now on."""
        return Records(self, self._lane(lane))


class Records:
    """Reads a ring. :meth:`take` gives what has come since the last time."""

    def __init__(self, feed: SharedFeed, start: int) -> None:
        self._feed, self._lane = feed, start // 8
        self._ring, self._size = feed._words[self._lane], feed._words[self._lane + 1]
        self._position = feed._words[self._lane + 17]
        self._last: Optional[int] = None
        #: Records that were overwritten before they were read.
        self.missed = 0

    def take(self, most: int = 1000) -> List[Record]:
        """At most so many records, oldest first; none where nothing is new. Raises :class:`Overrun`."""
        taken: List[Record] = []
        while len(taken) < most:
            record = self._next()
            if record is None:
                break
            taken.append(record)
        return taken

    def _next(self) -> Optional[Record]:
        feed, words, size = self._feed, self._feed._words, self._size
        while True:
            commit = words[self._lane + 17]
            feed._fence()
            if self._position == commit:
                return None
            at = self._ring + self._position % size
            length, kind = feed._halves[at // 4], feed._halves[at // 4 + 1]
            fits = kind != _PAD and ENTRY <= length <= size - self._position % size
            number, instance = (words[at // 8 + 1], feed._halves[at // 4 + 4]) if fits else (0, 0)
            mono, wall = (feed._signed[at // 8 + 3], feed._signed[at // 8 + 4]) if fits else (0, 0)
            data = bytes(feed._bytes[at + ENTRY : at + length]) if fits else b""
            feed._fence()
            if words[self._lane + 16] - self._position > size or (kind != _PAD and not fits):
                self._position = words[self._lane + 17]
                raise Overrun("the ring went round before its records were read")
            self._position += length
            if kind == _PAD:
                continue
            if self._last is not None:
                self.missed += number - self._last - 1
            self._last = number
            name = feed.instances[instance][0] if instance < len(feed.instances) else ""
            return Record(number, name, mono, wall, data, kind == _OMITTED)


class SharedBook:
    """A market's place in the feed. Every read raises :class:`Moved` once the place is another's."""

    def __init__(
        self, feed: SharedFeed, start: int, lease: int, connector: str, lane: int, pair: str, instrument: int, bit: int,
        price_exponent: int, quantity_exponent: int,
    ) -> None:  # fmt: skip
        self._feed, self._start, self._lease = feed, start // 8, lease
        self.connector, self.lane, self.pair, self.instrument = connector, lane, pair, instrument
        #: For :meth:`SharedFeed.wait`.
        self.bit = bit
        self.prices, self.quantities = Units(price_exponent), Units(quantity_exponent)

    def _read(self, offset: int, copy: Callable[[int], Any]) -> Any:
        """What a lock guards, once nothing was written meanwhile."""
        feed, words = self._feed, self._feed._words
        at = self._start + offset // 8
        for _ in range(TRIES):
            lock = words[at]
            if lock & 1:
                continue
            feed._fence()
            made = copy(at)
            feed._fence()
            if words[at] != lock:
                continue
            if words[self._start] != self._lease:
                raise Moved(f"{self.pair} of {self.connector} has no place in the feed any more")
            return made
        raise Busy(f"{self.pair} of {self.connector} was being written at every try")

    def version(self) -> int:
        """Another after each change of :meth:`depth`; odd while one is being written."""
        version: int = self._feed._words[self._start + DEPTH // 8]
        return version

    def is_ready(self) -> bool:
        """Whether :meth:`depth` has levels; a look at one word."""
        state: int = self._feed._signed[self._start + DEPTH // 8 + 1] & 0xFFFFFFFF
        if self._feed._words[self._start] != self._lease:
            raise Moved(f"{self.pair} of {self.connector} has no place in the feed any more")
        return state == READY

    def touch(self) -> Touch:
        """The best prices, current with every record that changes the book."""
        words: List[int] = self._read(TOUCH, lambda at: self._feed._signed[at + 1 : at + 9].tolist())
        ready = words[0] & 0xFFFFFFFF == READY
        price, quantity = self.prices.decimal, self.quantities.decimal
        has_bid, has_ask = ready and words[2] != 0, ready and words[4] != 0
        return Touch(
            ready,
            price(words[1]) if has_bid else None,
            quantity(words[2]) if has_bid else None,
            price(words[3]) if has_ask else None,
            quantity(words[4]) if has_ask else None,
            words[5] & (1 << 64) - 1,
            words[7],
            words[6],
        )

    def trade(self) -> Optional[Trade]:
        """The last public trade; ``None`` before the first."""

        def copy(at: int) -> Tuple[List[int], bytes]:
            start = at * 8 + TRADE_ID
            return self._feed._signed[at + 1 : at + 8].tolist(), bytes(self._feed._bytes[start : start + 48])

        words, name = self._read(TRADE, copy)
        if not words[4]:
            return None
        length, side = words[6] & 0xFFFFFFFF, {1: "buy", 2: "sell"}.get(words[5] & 0xFFFFFFFF)
        price, quantity = self.prices.decimal(words[0]), self.quantities.decimal(words[1])
        return Trade(name[:length].decode("utf-8", "replace"), price, quantity, side, words[2], words[3], words[4])

    def depth(self, most: Optional[int] = None) -> Depth:
        """The best levels, at most so many a side."""
        limit = self._feed.levels if most is None else max(0, min(most, self._feed.levels))
        below = self._start + BOOK // 8

        def copy(at: int) -> Depth:
            signed = self._feed._signed
            head = signed[at + 1 : at + 6].tolist()
            bids, asks = head[4] & 0xFFFFFFFF, head[4] >> 32
            other = below + 2 * self._feed.levels
            ready = head[0] & 0xFFFFFFFF == READY
            return Depth(
                ready,
                "" if ready else self._feed._text(at * 8 + DEPTH_WORDS, 128),
                signed[below : below + 2 * min(bids, limit)].tolist(),
                signed[other : other + 2 * min(asks, limit)].tolist(),
                head[1] & (1 << 64) - 1,
                head[2],
                head[3],
            )

        made: Depth = self._read(DEPTH, copy)
        return made
