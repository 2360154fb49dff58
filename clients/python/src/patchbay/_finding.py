"""Orders and fills, out of the host's memory and its journal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._base import _nothing
from ._history import History
from ._numbers import nanoseconds
from ._orders import id_of
from ._public import since_and_limit
from ._structures import STATES, journal_fill, journal_order
from ._transport import order_path
from .errors import OrderNotFound

MILLISECOND = 1_000_000
#: Nanoseconds by which an exchange's clock may be behind the host's.
OVERLAP = 300_000_000_000
#: How often the journal is asked for fills that it has to have, and seconds between: it is written a moment later.
TRIES, PAUSE = 20, 0.05


class Finding(History):
    """See :class:`patchbay.Patchbay`."""

    async def fetch_order(
        self, id: Optional[str], symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """An order by its ``id`` or its ``clientOrderId``, also long after it ended.

        :param params: ``clientOrderId`` in the place of an ``id`` that is ``None``.
        """
        left = dict(params)
        id = id_of(id, left)
        _nothing(left)
        connectors = await self._connectors(symbol)
        query = {"connector": connectors[0]} if len(connectors) == 1 else None
        row = await self.request("GET", order_path(id), query)
        structures = await self._loaded()
        if row["connector"] not in connectors:
            raise OrderNotFound(f"order {id} is on {row['connector']}, not on {', '.join(connectors)}")
        # When it was placed, the journal knows.
        sent = {"order": row["exchange_client_order_id"]}
        kept = await self._rows("orders", sent, None, lambda kept: kept["connector"] == row["connector"])
        row.update({name: kept[-1].get(name) for name in ("created", "changed") if kept})
        fills: List[Dict[str, Any]] = []
        if row.get("average_price") is None and structures.order(row)["filled"]:
            fills = await self._rows("fills", sent, None, lambda _: True)
        return structures.order(row, known=row["state"] not in ("pending_create", "unknown"), fills=fills)

    async def _live(self, symbol: Optional[str], state: str) -> List[Dict[str, Any]]:
        """Rows of the orders that the host has in mind."""
        pair = (await self._market(symbol))["pair"] if symbol else None
        rows: List[Dict[str, Any]] = []
        for connector in await self._connectors(symbol):
            query = {"connector": connector, "pair": pair, "state": state}
            rows += (await self.request("GET", "/v1/orders", query))["orders"]
        return rows

    async def fetch_open_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that have not ended, also those whose outcome is not known (``status`` is ``None`` then)."""
        _nothing(params)
        structures = await self._loaded()
        orders = [structures.order(row, row["state"] != "unknown") for row in await self._live(symbol, "open")]
        return since_and_limit(orders, since, limit)

    async def fetch_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders, ended or not, oldest first, out of the journal; the latest ``limit`` (100), or those ``since``."""
        _nothing(params)
        return await self._ordered(symbol, since, limit, None)

    async def fetch_closed_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that were filled; as :meth:`fetch_orders`."""
        _nothing(params)
        return await self._ordered(symbol, since, limit, ("closed",))

    async def fetch_canceled_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that were cancelled or expired; as :meth:`fetch_orders`."""
        _nothing(params)
        return await self._ordered(symbol, since, limit, ("canceled", "expired"))

    async def _ordered(
        self, symbol: Optional[str], since: Optional[int], limit: Optional[int], statuses: Optional[Sequence[str]]
    ) -> List[Dict[str, Any]]:
        structures, connectors = await self._loaded(), await self._connectors(symbol)
        query: Dict[str, Any] = {"since_ns": None if since is None else since * MILLISECOND}
        if symbol:
            query["pair"] = (await self._market(symbol))["pair"]

        def fits(row: Mapping[str, Any]) -> bool:
            return row["connector"] in connectors and (statuses is None or STATES.get(row["state"]) in statuses)

        rows: List[Dict[str, Any]] = []
        for exchange in sorted({str(seat["exchange"]) for seat in self._seats}):
            wanted = None if since is not None else limit or 100
            rows += await self._rows("orders", {**query, "exchange": exchange}, wanted, fits)
        rows = rows[:limit] if since is not None and limit else rows
        fills = await self._fills_of(rows, query)
        live = {row["exchange_client_order_id"]: row for row in await self._live(symbol, "all")}
        orders = []
        for row in map(journal_order, rows):
            name = row["exchange_client_order_id"]
            row["client_order_id"] = live.get(name, row).get("client_order_id")
            orders.append(structures.order(row, row["state"] != "unknown", fills.get(name, ())))
        return orders

    async def _fills_of(
        self, rows: Sequence[Mapping[str, Any]], query: Mapping[str, Any]
    ) -> Dict[str, List[Dict[str, Any]]]:
        """Fills of orders, by order. A fill is never older than its order, but for the clocks' difference."""
        by_order: Dict[str, List[Dict[str, Any]]] = {}
        filled = [row for row in rows if row.get("filled") and Decimal(row["filled"])]
        if not filled:
            return by_order
        names = {row["client_order_id"] for row in filled}
        begin = min(nanoseconds(row["created"]) for row in filled) - OVERLAP
        query = {**query, "since_ns": max(0, begin)}
        for fill in await self._rows("fills", query, None, lambda row: row["client_order_id"] in names):
            by_order.setdefault(fill["client_order_id"], []).append(fill)
        return by_order

    async def fetch_my_trades(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Fills of own orders, oldest first, out of the journal; the latest ``limit`` (100), or those ``since``."""
        _nothing(params)
        structures = await self._loaded()
        query: Dict[str, Any] = {"since_ns": None if since is None else since * MILLISECOND}
        if symbol:
            query["pair"] = (await self._market(symbol))["pair"]
        connectors = await self._connectors(symbol)
        if since is not None:
            rows = await self._fills(query, connectors)
            return since_and_limit([structures.fill(row) for row in rows], since, limit)
        wanted = limit or 100
        rows = []
        # Rows of the same pair on another connector are among those that are asked for.
        for asked in (wanted, 8 * wanted, None):
            rows = await self._fills(query, connectors, asked)
            if len(rows) >= wanted or (asked is not None and len(connectors) == len(self._seats)):
                break
        return since_and_limit([structures.fill(row) for row in rows], None, wanted)

    async def fetch_order_trades(
        self, id: Optional[str], symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """Fills of one order. Those that the journal does not have yet are waited for, for a second at most."""
        order = await self.fetch_order(id, symbol, params)
        structures = await self._loaded()
        trades: List[Dict[str, Any]] = []
        for attempt in range(TRIES):
            if attempt:
                await self._sleep(PAUSE)
            rows = await self._rows("fills", {"order": order["id"]}, None, lambda _: True)
            trades = [structures.fill(journal_fill(row, order["info"]["connector"])) for row in rows]
            if sum(Decimal(row["quantity"]) for row in rows) >= Decimal(order["info"].get("filled") or 0):
                break
        return trades
