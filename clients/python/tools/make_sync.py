"""Writes src/patchbay/sync.py, which has the methods of the asynchronous client: make_sync.py [--check].

With --check it writes nothing, and ends with 1 where the file is not what it would write.
"""

import inspect
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE = ROOT / "src" / "patchbay" / "sync.py"
sys.path.insert(0, str(ROOT / "src"))

HEAD = '''"""The client for programs that do not use asyncio. Written by tools/make_sync.py; change that."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._aliases import with_aliases
from ._numbers import Amount
from ._threads import Threaded


@with_aliases
class PatchbaySync(Threaded):
    """As :class:`patchbay.Patchbay`, but each call waits for its answer.

    ::

        with PatchbaySync("paper", socket="data/api.sock") as exchange:
            order = exchange.create_market_buy_order("BTC/USDT", 0.01)

    Takes the same parameters. May be used by several threads. Its connections are served by a thread of its own, which
    ends with :meth:`close`, with the ``with`` block, or with the program.
    """
'''


def parameter(item):
    text = item.name
    if item.kind is item.VAR_KEYWORD:
        return f"**{text}: {item.annotation}"
    if item.annotation is not item.empty:
        text += f": {item.annotation}"
    if item.default is not item.empty:
        text += f" = {item.default!r}"
    return text


def method(name, function):
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1:]
    head = f"    def {name}(self, {', '.join(map(parameter, parameters))}) -> {signature.return_annotation}:"
    head = head.replace("(self, )", "(self)")
    if len(head) > 120:
        inner = ",\n".join("        " + text for text in ["self", *map(parameter, parameters)])
        head = f"    def {name}(\n{inner},\n    ) -> {signature.return_annotation}:"
    given = ", ".join(f"**{p.name}" if p.kind is p.VAR_KEYWORD else p.name for p in parameters)
    lines = [head]
    first = inspect.getdoc(function).splitlines()[0]
    lines.append(f'        """{first}"""')
    lines.append(f"        return self._wait(self._client.{name}({given}))")
    return "\n".join(lines)


def text():
    import patchbay.client

    parts, second_names = [HEAD], ""
    for name, function in inspect.getmembers(patchbay.client.Patchbay, inspect.iscoroutinefunction):
        if name.startswith("_") or name == "close":
            continue
        if function.__name__ == name:
            parts.append(method(name, function) + "\n")
        elif any(name in base.__dict__ for base in patchbay.client.Patchbay.__mro__[1:]):
            second_names += f"    {name} = {function.__name__}\n"
        # Those that only the decorator gave, such as camelCase, it gives this class as well.
    return "\n".join(parts + [second_names])


def main():
    made = text()
    if "--check" not in sys.argv:
        FILE.write_text(made)
    elif FILE.read_text() != made:
        print(f"{FILE} is not what tools/make_sync.py writes; run it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
