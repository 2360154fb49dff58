"""Trade through a Patchbay host with the names and structures that ccxt's users know.

:class:`Patchbay` is asynchronous, :class:`PatchbaySync` is not; both have the same methods. They need aiohttp, which is
loaded when one of them is first named: :mod:`patchbay.feed` does without.
"""

from typing import TYPE_CHECKING, Any

from .errors import *  # noqa: F401,F403
from .errors import __all__ as _errors

if TYPE_CHECKING:
    from .client import Patchbay
    from .sync import PatchbaySync

__version__ = "0.1.0"
__all__ = ["Patchbay", "PatchbaySync", *_errors]


def __getattr__(name: str) -> Any:
    if name == "Patchbay":
        from .client import Patchbay

        return Patchbay
    if name == "PatchbaySync":
        from .sync import PatchbaySync

        return PatchbaySync
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
