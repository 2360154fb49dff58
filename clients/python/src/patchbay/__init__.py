"""Trade through a Patchbay host with the names and structures that ccxt's users know.

:class:`Patchbay` is asynchronous, :class:`PatchbaySync` is not; both have the same methods. They need aiohttp, which is
loaded when one of them is first named: :mod:`patchbay.feed` does without.
"""

from typing import TYPE_CHECKING, Any

from ._helpers import (
    DECIMAL_PLACES,
    NO_PADDING,
    PAD_WITH_ZERO,
    ROUND,
    ROUND_UP,
    SIGNIFICANT_DIGITS,
    TICK_SIZE,
    TRUNCATE,
    decimal_to_precision,
)
from ._helpers import ROUND_DOWN_MODE as ROUND_DOWN
from .errors import *  # noqa: F401,F403
from .errors import __all__ as _errors

if TYPE_CHECKING:
    from .client import Patchbay
    from .sync import PatchbaySync

__version__ = "0.1.0"
__all__ = [
    "Patchbay", "PatchbaySync", *_errors, "decimal_to_precision", "TRUNCATE", "ROUND", "ROUND_UP", "ROUND_DOWN",
    "DECIMAL_PLACES", "SIGNIFICANT_DIGITS", "TICK_SIZE", "NO_PADDING", "PAD_WITH_ZERO",
]


def __getattr__(name: str) -> Any:
    if name == "Patchbay":
        from .client import Patchbay

        return Patchbay
    if name == "PatchbaySync":
        from .sync import PatchbaySync

        return PatchbaySync
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
