"""A book as a stream brings it."""

from __future__ import annotations

from bisect import bisect_left, insort
from decimal import Decimal, InvalidOperation
from typing import Any, Dict, List, Mapping, Optional, Tuple


class Hole(Exception):
    """A message is missing or does not fit what came before, so the book is no longer known."""


class LocalBook:
    """Keeps a book exact. Messages are those of the channel ``book`` (docs/api/streams.md)."""

    def __init__(self) -> None:
        self._sequence = 0
        self._sides: Tuple[Dict[Decimal, Decimal], Dict[Decimal, Decimal]] = ({}, {})
        #: Prices of both sides, lowest first.
        self._prices: Tuple[List[Decimal], List[Decimal]] = ([], [])
        self.ready = False
        self.nonce = 0
        self.time_ns = 0

    def begin(self) -> None:
        """A subscription begins: its first message has the sequence 1, and there is no book until it comes."""
        self._sequence = 0
        self._clear()

    def _clear(self) -> None:
        self.ready = False
        for side, prices in zip(self._sides, self._prices):
            side.clear()
            prices.clear()

    def take(self, message: Mapping[str, Any]) -> Optional[str]:
        """Applies a message; raises :class:`Hole`.

        :returns: why there is no book now; ``None`` where there is one.
        """
        sequence = message.get("sequence")
        if sequence != self._sequence + 1:
            raise Hole(f"message {sequence} came after message {self._sequence}")
        self._sequence += 1
        kind = message.get("kind")
        if kind == "gap":
            self._clear()
            return str(message.get("reason") or "the host has no book")
        if kind == "snapshot":
            self._clear()
        elif kind != "delta" or not self.ready:
            raise Hole(f"a message of kind {kind!r} came where there is no book")
        try:
            for index, name in enumerate(("bids", "asks")):
                for price, quantity in message[name]:
                    self._set(index, Decimal(price), Decimal(quantity))
            self.nonce, self.time_ns = int(message["exchange_sequence"]), int(message["time_ns"])
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Hole(f"a message cannot be read: {error!r}") from error
        self.ready = True
        return None

    def _set(self, index: int, price: Decimal, quantity: Decimal) -> None:
        side, prices = self._sides[index], self._prices[index]
        if quantity:
            if price not in side:
                insort(prices, price)
            side[price] = quantity
        elif price in side:
            del side[price]
            del prices[bisect_left(prices, price)]

    def bids(self, limit: Optional[int]) -> List[Tuple[Decimal, Decimal]]:
        """Best first."""
        side, prices = self._sides[0], self._prices[0]
        return [(price, side[price]) for price in reversed(prices[-limit:] if limit else prices)]

    def asks(self, limit: Optional[int]) -> List[Tuple[Decimal, Decimal]]:
        """Best first."""
        side, prices = self._sides[1], self._prices[1]
        return [(price, side[price]) for price in (prices[:limit] if limit else prices)]
