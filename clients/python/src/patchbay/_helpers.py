"""What ccxt's classes have at hand for scripts: times, numbers cut to a precision, and members that may be missing."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP as AWAY, Decimal, InvalidOperation, localcontext
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Union

from ._numbers import exact, iso8601, text_of
from .errors import BadRequest

#: How a number is cut (ccxt's values), what a precision counts, and whether zeros fill it up.
TRUNCATE, ROUND, ROUND_UP, ROUND_DOWN_MODE = 0, 1, 2, 3
DECIMAL_PLACES, SIGNIFICANT_DIGITS, TICK_SIZE = 2, 3, 4
NO_PADDING, PAD_WITH_ZERO = 5, 6
_ROUNDINGS = {TRUNCATE: ROUND_DOWN, ROUND: ROUND_HALF_UP, ROUND_UP: AWAY, ROUND_DOWN_MODE: ROUND_DOWN}
#: Lengths of a time frame's letters, in seconds.
_SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}


def decimal_to_precision(
    n: Union[str, int, float, Decimal],
    rounding_mode: int = ROUND,
    precision: Union[int, float, str, Decimal, None] = None,
    counting_mode: int = DECIMAL_PLACES,
    padding_mode: int = NO_PADDING,
) -> str:
    """A number cut off or rounded to a precision, as a text; as ccxt's function of this name."""
    number = exact(n, "the number")
    if rounding_mode not in _ROUNDINGS or counting_mode not in (DECIMAL_PLACES, SIGNIFICANT_DIGITS, TICK_SIZE):
        raise BadRequest("the modes are TRUNCATE, ROUND, ROUND_UP or ROUND_DOWN; DECIMAL_PLACES, SIGNIFICANT_DIGITS "
                         "or TICK_SIZE")
    digits = exact(precision, "the precision")
    with localcontext() as context:
        context.prec = 100
        if counting_mode == TICK_SIZE:
            if digits <= 0:
                raise BadRequest("a tick size is above zero")
            step = digits
        else:
            if digits != digits.to_integral_value() or abs(digits) > 60:
                raise BadRequest(f"a precision of {precision!r} digits is none; it is a whole number up to 60")
            places = int(digits)
            if counting_mode == SIGNIFICANT_DIGITS:
                places = places - 1 - number.adjusted() if number else 0
            step = Decimal(1).scaleb(-places)
        cut = (number / step).to_integral_value(_ROUNDINGS[rounding_mode]) * step
        if padding_mode != PAD_WITH_ZERO:
            return text_of(cut)
        exponent = step.normalize().as_tuple().exponent
        assert isinstance(exponent, int)
        return format((cut if cut else abs(cut)).quantize(Decimal(1).scaleb(min(0, exponent))), "f")


def number_to_string(value: Any) -> Optional[str]:
    """A number with all its digits and no exponent; ``None`` for ``None``."""
    return None if value is None else text_of(exact(value, "the number"))


def milliseconds() -> int:
    """The clock of this machine in milliseconds; :meth:`fetch_time` has the host's."""
    return time.time_ns() // 1_000_000


def seconds() -> int:
    """The clock of this machine in seconds."""
    return milliseconds() // 1000


def microseconds() -> int:
    """The clock of this machine in microseconds."""
    return time.time_ns() // 1000


def moment_of(timestamp: Any = None) -> Optional[str]:
    """Milliseconds as ``2026-11-29T13:20:24.082Z``; ``None`` for what is no time."""
    if isinstance(timestamp, str) and re.fullmatch(r"[0-9]{1,16}", timestamp):
        timestamp = int(timestamp)
    if isinstance(timestamp, float) and abs(timestamp) < 1e16:
        timestamp = int(timestamp // 1)
    if isinstance(timestamp, bool) or not isinstance(timestamp, int) or timestamp < 0:
        return None
    return iso8601(timestamp)


_MOMENT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:T|\s)(\d\d):?(\d\d):?(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):?(\d\d)?)?", re.IGNORECASE
)


def parse8601(timestamp: Any = None) -> Optional[int]:
    """A moment such as ``2026-11-29T13:20:24.082Z`` in milliseconds; ``None`` for what is none."""
    found = _MOMENT.match(timestamp) if isinstance(timestamp, str) else None
    if found is None:
        return None
    fraction = ((found[7] or "") + "000")[:3]
    try:
        year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
        if found[8]:
            away = timedelta(hours=int(found[9]), minutes=int(found[10] or 0))
            moment = moment - away if found[8] == "+" else moment + away
        return int(moment.timestamp()) * 1000 + int(fraction)
    except (ValueError, OverflowError):
        return None


def parse_date(timestamp: Any = None) -> Optional[int]:
    """As :func:`parse8601`."""
    return parse8601(timestamp)


def ymd(timestamp: Any, infix: str = "-") -> Optional[str]:
    """The day of a time in milliseconds, ``2026-11-29``."""
    text = moment_of(timestamp)
    return None if text is None else text[:10].replace("-", infix)


def ymdhms(timestamp: Any, infix: str = " ") -> Optional[str]:
    """The day and the time of day of a time in milliseconds, ``2026-11-29 13:20:24``."""
    text = moment_of(timestamp)
    return None if text is None else text[:10] + infix + text[11:19]


def parse_timeframe(timeframe: str) -> int:
    """The seconds of a time frame such as ``5m``."""
    found = re.fullmatch(r"(\d{1,6})([smhdwMy])", timeframe) if isinstance(timeframe, str) else None
    if found is None:
        raise BadRequest(f"timeframe is {timeframe!r}; it is a number and one of {' '.join(_SPANS)}")
    return int(found[1]) * _SPANS[found[2]]


# Members that may be missing

Pick = Callable[..., Any]


def _text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    return str(value) or None


def _lower(value: Any) -> Any:
    return None if _text(value) is None else str(value).lower()


def _upper(value: Any) -> Any:
    return None if _text(value) is None else str(value).upper()


def _decimal(value: Any) -> Any:
    try:
        number = Decimal(str(value)) if _text(value) is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _integer(value: Any) -> Any:
    number = _decimal(value)
    return None if number is None else int(number)


def _float(value: Any) -> Any:
    number = _decimal(value)
    return None if number is None else float(number)


def _timestamp(value: Any) -> Any:
    number = _decimal(value)
    return None if number is None else int(number * 1000)


def _kind(kind: type) -> Pick:
    return lambda value: value if isinstance(value, kind) else None


#: By the name in ``safe_...``: what a value is taken for; ``None`` = it is not one.
_READERS: Dict[str, Pick] = {
    "string": _text,
    "string_lower": _lower,
    "string_upper": _upper,
    "integer": _integer,
    "float": _float,
    "timestamp": _timestamp,
    "value": lambda value: value,
    "bool": _kind(bool),
    "dict": _kind(dict),
    "list": _kind(list),
}


def member(holder: Any, key: Any) -> Any:
    """A member of a mapping or a list; ``None`` where there is none."""
    try:
        return holder[key]
    except (KeyError, IndexError, TypeError):
        return None


def first(read: Pick, holder: Any, keys: Sequence[Any], default: Any) -> Any:
    """The first member that is what is wanted."""
    for key in keys:
        value = read(member(holder, key))
        if value is not None:
            return value
    return default


def pickers(convert: Callable[[Decimal], Any]) -> Mapping[str, Pick]:
    """ccxt's ``safe_string``, ``safe_string_2`` (two names), ``safe_string_n`` (a list of names), and so on.

    :param convert: what numbers come as.
    """

    def converted(value: Any) -> Any:
        number = _decimal(value)
        return None if number is None else convert(number)

    made: Dict[str, Pick] = {}
    readers: Dict[str, Pick] = {**_READERS, "number": converted}
    for name, read in readers.items():
        made.update(_three(f"safe_{name}", read))
    return made


def _three(name: str, read: Pick) -> Dict[str, Pick]:
    def of_one(dictionary: Any, key: Any, default_value: Any = None) -> Any:
        return first(read, dictionary, [key], default_value)

    def of_two(dictionary: Any, key1: Any, key2: Any, default_value: Any = None) -> Any:
        return first(read, dictionary, [key1, key2], default_value)

    def of_many(dictionary: Any, key_list: Sequence[Any], default_value: Any = None) -> Any:
        return first(read, dictionary, key_list, default_value)

    made: Dict[str, Pick] = {name: of_one, f"{name}_2": of_two, f"{name}_n": of_many}
    for own, function in made.items():
        function.__name__ = own
        function.__doc__ = "A member that may be missing or of another kind, as ccxt's function of this name."
    return made
