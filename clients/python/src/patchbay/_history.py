"""The journal of the host, page by page."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from ._base import PAGE, Base
from ._numbers import nanoseconds
from ._structures import journal_fill
from ._transport import path_of
from .errors import BaseError

#: Pages that one question may take.
MOST_PAGES = 20


class History(Base):
    """See :class:`patchbay.Patchbay`."""

    async def _rows(
        self, table: str, query: Mapping[str, Any], wanted: Optional[int], fits: Callable[[Mapping[str, Any]], bool]
    ) -> List[Dict[str, Any]]:
        """The latest rows that fit, oldest first; at most ``wanted``, and of at most 20 pages.

        The host gives the latest rows before a moment, so pages are asked for from the newest back.
        """
        size = PAGE if wanted is None else min(PAGE, 4 * wanted)
        column = "created" if table == "orders" else "time"
        found: List[Dict[str, Any]] = []
        edge: Optional[Dict[str, Any]] = None
        page_query = dict(query)
        for _ in range(MOST_PAGES):
            answer = await self.request("GET", path_of("history", table), {**page_query, "limit": size})
            rows: List[Dict[str, Any]] = answer["rows"]
            # The moment of the page's edge is asked for again, since more rows may have it.
            last = next((place for place, row in enumerate(rows) if row == edge), len(rows)) if edge else len(rows)
            fresh = [row for row in rows[:last] if fits(row)]
            found = fresh + found
            if len(rows) < size or (wanted is not None and len(found) >= wanted) or last == 0:
                break
            edge = rows[0]
            page_query["until_ns"] = nanoseconds(edge[column]) + 1
        return found if wanted is None else found[-wanted:]

    async def _fills(
        self, query: Mapping[str, Any], connectors: Sequence[str], wanted: Optional[int] = None
    ) -> List[Dict[str, Any]]:
        """Fills of own orders on some connectors, with the names that the stream has for them."""
        exchanges = {str(seat["exchange"]) for seat in self._seats if seat["connector"] in connectors}
        rows: List[Dict[str, Any]] = []
        for exchange in sorted(exchanges):
            rows += await self._rows("fills", {**query, "exchange": exchange}, wanted, lambda row: row["kind"] == "own")
        found = []
        for row in rows:
            connector = await self._connector_of(row)
            if connector in connectors:
                found.append(journal_fill(row, connector))
        return found

    async def _connector_of(self, row: Mapping[str, Any]) -> str:
        """Rows of fills do not say whether spot or the perpetual of the same pair is meant; their order does."""
        structures = await self._loaded()
        candidates = structures.markets.candidates(row["pair"], row["instrument"])
        if len(candidates) == 1:
            return str(candidates[0]["connector"])
        name = str(row["client_order_id"])
        known = self._places.get(name)
        if known is None:
            try:
                known = str((await self.request("GET", path_of("orders", name)))["connector"])
            except BaseError:
                return ""
            self._places.add(name, known)
        return str(known)
