"""Exact numbers in and out."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Callable, Optional, Union

from .errors import BadRequest

#: What a price or an amount may be given as. A float means the shortest decimal that reads as the same float.
Amount = Union[Decimal, int, float, str]
Convert = Callable[[Decimal], Any]


def exact(value: Any, name: str) -> Decimal:
    """The number that a caller means; raises :class:`BadRequest` where it is none."""
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        raise BadRequest(f"{name} is {value!r}; give a Decimal, an int, a float or a text")
    try:
        number = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise BadRequest(f"{name} is {value!r}, which is not a number") from None
    if not number.is_finite():
        raise BadRequest(f"{name} is {value!r}, which is not a number")
    return number


def plain(value: Any, name: str) -> str:
    """The text of a number above zero as the host takes it: all digits, no exponent."""
    number = exact(value, name)
    if number <= 0:
        raise BadRequest(f"{name} is {value!r}; it has to be above zero")
    text = text_of(number)
    if len(text) > 40:
        raise BadRequest(f"{name} has more than 40 digits: {value!r}")
    return text


def text_of(number: Decimal) -> str:
    """A number with its digits, without an exponent and without zeros at its end."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def milliseconds(nanoseconds: Any) -> Optional[int]:
    """Of a time of the host; ``None`` for 0 and what is no time."""
    if not isinstance(nanoseconds, int) or isinstance(nanoseconds, bool) or nanoseconds <= 0:
        return None
    return nanoseconds // 1_000_000


def iso8601(timestamp: Optional[int]) -> Optional[str]:
    """Milliseconds as ``2026-11-29T13:20:24.082Z``."""
    if timestamp is None:
        return None
    try:
        moment = datetime.fromtimestamp(timestamp // 1000, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{timestamp % 1000:03d}Z"


def nanoseconds(text: Any) -> int:
    """Of a moment as the journal writes it, ``2026-11-29T13:20:24.082531804Z``; 0 for what is none."""
    if not isinstance(text, str):
        return 0
    head, _, fraction = text.rstrip("Z").partition(".")
    try:
        moment = datetime.strptime(head, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
        return int(moment.timestamp()) * 1_000_000_000 + int((fraction + "000000000")[:9])
    except ValueError:
        return 0
