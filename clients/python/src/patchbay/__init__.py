"""Trade through a Patchbay host with the names and structures that ccxt's users know.

:class:`Patchbay` is asynchronous, :class:`PatchbaySync` is not; both have the same methods.
"""

from .client import Patchbay
from .errors import *  # noqa: F401,F403
from .errors import __all__ as _errors
from .sync import PatchbaySync

__version__ = "0.1.0"
__all__ = ["Patchbay", "PatchbaySync", *_errors]
