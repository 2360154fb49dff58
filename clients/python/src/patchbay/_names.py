"""The one rule by which a written name finds what is called so: the same to the letter first, then without regard to case.

Exchanges write names as they like (``USDT``, ``usdt``, ``TSLAx``), and people as they are used to.
"""

from __future__ import annotations

import difflib
from typing import Any, Dict, Iterable, Optional

from .errors import BadSymbol


def found(name: Any, names: Iterable[str]) -> Optional[str]:
    """The name that is meant; ``None`` where there is none, or where it may be several."""
    names = list(names)
    if name in names:
        return str(name)
    folded = str(name).casefold()
    alike = [one for one in names if one.casefold() == folded]
    return alike[0] if len(alike) == 1 else None


def named(name: str, names: Iterable[str], kind: str) -> str:
    """The name that is meant; raises :class:`BadSymbol` with the nearest, or with those that it may be."""
    names = list(names)
    one = found(name, names)
    if one is not None:
        return one
    folded = name.casefold()
    if alike := [one for one in names if one.casefold() == folded]:
        raise BadSymbol(f"the {kind} {name!r} may be {' or '.join(sorted(alike))}; write it as one of them stands")
    near = difflib.get_close_matches(name, names, 1)
    raise BadSymbol(f"there is no {kind} {name!r}" + (f"; did you mean {near[0]}?" if near else ""))


class Named(Dict[str, Any]):
    """A dictionary by names, found by the rule: ``balance["USDT"]`` is there where the exchange writes ``usdt``."""

    def __missing__(self, name: str) -> Any:
        one = found(name, self)
        if one is None:
            raise KeyError(name)
        return self[one]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or isinstance(name, str) and found(name, self) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """What stands under a name, or ``default``."""
        return self[name] if name in self else default
