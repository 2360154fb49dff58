"""Placing, changing and cancelling orders."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._base import _nothing
from ._finding import Finding
from ._numbers import Amount, plain
from ._orders import id_of, wait_of, wish_of
from ._structures import FAILED, STATES
from ._transport import order_path
from .errors import BaseError, InvalidOrder, NetworkError, OrderNotFound, from_answer

#: Orders of one request of a batch; the host takes at most so many.
BATCH = 50


class Trading(Finding):
    """See :class:`patchbay.Patchbay`."""

    # Placing

    async def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Places an order, and returns it when its outcome is known, or after ``wait`` milliseconds.

        An order whose outcome is not known by then is returned with ``known`` false, and is no failure: the host goes
        on asking for it, and :meth:`fetch_order` and :meth:`watch_orders` have what becomes of it.

        The request carries a client order id (``params["clientOrderId"]``, or one that is made here), and is sent
        again with the same when the connection is cut off, so that it never makes two orders. Where that too fails,
        the :class:`NetworkError` has the id in ``client_order_id``.

        :param type: ``limit`` or ``market``; with a trigger in ``params`` a stop or take-profit order.
        :param amount: in base, also of contracts. ``params["cost"]`` in its place is a value in quote.
        :param params: ``clientOrderId``, ``timeInForce`` (GTC, IOC, FOK, GTD, PO), ``expiry`` (of GTD, in
            milliseconds since 1970), ``postOnly``, ``triggerPrice``, ``triggerDirection``, ``triggerPriceType``, ``stopLossPrice``,
            ``takeProfitPrice``, ``cost``, ``account``, ``wait``; of contracts ``reduceOnly``, ``positionSide``,
            ``hedged``, ``position`` (open or close). Any other is refused.
        :raises InvalidOrder: the host's checks or the exchange refused it; nothing of it lives. ``error.order`` is the
            order where there was one.
        """
        market = await self._market(symbol)
        wish = self._wish(market, type, side, amount, price, params)
        try:
            placed = await self.request(
                "POST", "/v1/orders", None, wish, patience=wish["wait_ms"] / 1000, refused=InvalidOrder
            )
        except BaseError as error:
            error.client_order_id = wish["client_order_id"]
            if error.code == "outcome_unknown":
                return self._unknown(wish, error)
            if isinstance(error, NetworkError) and error.code is None:
                error.args = (
                    f"{error}; whether order {wish['client_order_id']} was placed is not known: fetch it by "
                    "this id, or place it again with the same id, which makes no second one",
                )
            raise
        return self._placed(placed)

    def _wish(
        self,
        market: Mapping[str, Any],
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount],
        params: Mapping[str, Any],
    ) -> Dict[str, Any]:
        wish = wish_of(market, type, side, amount, price, params, self.wait)
        if self.account is not None:
            wish.setdefault("account", self.account)
        if self.confirmed:
            wish.setdefault("confirmed", True)
        return wish

    def _placed(self, placed: Mapping[str, Any]) -> Dict[str, Any]:
        """An order of an answer; raises where nothing of it lives."""
        assert self._structures is not None
        order = self._structures.order(placed["order"], known=bool(placed["known"]))
        order["rounded"] = list(placed.get("rounded") or [])
        state = placed["order"]["state"]
        if state in FAILED and placed["known"]:
            reason = placed["order"].get("reason") or f"the order is {state}"
            error = InvalidOrder(f"{'the exchange refused it' if state == 'rejected' else 'it was not sent'}: {reason}")
            error.order, error.client_order_id, error.code = order, order["clientOrderId"], state
            raise error
        return order

    def _unknown(self, wish: Mapping[str, Any], error: BaseError) -> Dict[str, Any]:
        """The host ended while it placed the order, and knows no more of it than its id."""
        assert self._structures is not None
        row = {
            **{name: wish.get(name) for name in ("connector", "pair", "side", "type", "quantity", "price", "stop")},
            "client_order_id": wish["client_order_id"],
            "exchange_client_order_id": wish["client_order_id"],
            "state": "unknown",
            "filled": None,
            "reason": str(error),
        }
        return {**self._structures.order(row, known=False), "rounded": []}

    async def create_orders(
        self, orders: Sequence[Mapping[str, Any]], params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """Places several orders, each judged by itself, and returns them in their order.

        Each is a mapping with ``symbol``, ``type``, ``side``, ``amount``, ``price`` and ``params``. One that failed is
        in its place with ``status`` rejected and the error in ``error``.
        """
        wishes = []
        for order in orders:
            market = await self._market(order.get("symbol"))
            both = {**params, **(order.get("params") or {})}
            kind, side = order.get("type", "limit"), order.get("side", "")
            wishes.append(self._wish(market, kind, side, order.get("amount"), order.get("price"), both))
        made: List[Dict[str, Any]] = []
        for begin in range(0, len(wishes), BATCH):
            part = wishes[begin : begin + BATCH]
            patience = max(wish["wait_ms"] for wish in part) / 1000
            answer = await self.request("POST", "/v1/orders/batch", None, {"orders": part}, patience=patience)
            made += [self._result(wish, result) for wish, result in zip(part, answer["results"])]
        return made

    def _result(self, wish: Mapping[str, Any], result: Mapping[str, Any]) -> Dict[str, Any]:
        """An order or an error of a batch."""
        if "order" in result:
            try:
                return self._placed(result)
            except InvalidOrder as failed:
                return {**(failed.order or {}), "error": failed}
        error = from_answer(None, result, InvalidOrder)
        error.client_order_id = wish["client_order_id"]
        order = self._unknown(wish, error)
        if error.code == "outcome_unknown":
            return order
        return {**order, "id": None, "status": "rejected", "known": True, "error": error}

    async def create_limit_order(
        self, symbol: str, side: str, amount: Amount, price: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a limit order."""
        return await self.create_order(symbol, "limit", side, amount, price, params)

    async def create_market_order(
        self, symbol: str, side: str, amount: Amount, price: Optional[Amount] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order. The price is for ccxt's sake, and not used."""
        return await self.create_order(symbol, "market", side, amount, None, params)

    async def create_limit_buy_order(
        self, symbol: str, amount: Amount, price: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a limit order to buy."""
        return await self.create_order(symbol, "limit", "buy", amount, price, params)

    async def create_limit_sell_order(
        self, symbol: str, amount: Amount, price: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a limit order to sell."""
        return await self.create_order(symbol, "limit", "sell", amount, price, params)

    async def create_market_buy_order(
        self, symbol: str, amount: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to buy."""
        return await self.create_order(symbol, "market", "buy", amount, None, params)

    async def create_market_sell_order(
        self, symbol: str, amount: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to sell."""
        return await self.create_order(symbol, "market", "sell", amount, None, params)

    async def create_market_buy_order_with_cost(
        self, symbol: str, cost: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to buy for so much of the quote asset."""
        return await self.create_order(symbol, "market", "buy", None, None, {**params, "cost": cost})

    # Changing

    async def edit_order(
        self,
        id: Optional[str],
        symbol: str,
        type: Optional[str] = None,
        side: Optional[str] = None,
        amount: Optional[Amount] = None,
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Changes the price or the amount of an open order; the amount is that of its whole life.

        ``type`` and ``side`` are for ccxt's sake, and not changed. ``known`` is false where the exchange has not
        answered in time. The request is not sent again when it is cut off: fetch the order to see what it did.
        """
        left = dict(params)
        id = id_of(id, left)
        body: Dict[str, Any] = {"wait_ms": wait_of(left, self.wait)}
        _nothing(left)
        if amount is not None:
            body["quantity"] = plain(amount, "amount")
        if price is not None:
            body["price"] = plain(price, "price")
        if self.confirmed:
            body["confirmed"] = True
        market = await self._market(symbol)
        changed = await self._ended(
            id,
            market["connector"],
            self.request(
                "PATCH",
                order_path(id),
                {"connector": market["connector"]},
                body,
                repeat=False,
                patience=body["wait_ms"] / 1000,
                refused=InvalidOrder,
            ),
        )
        structures = await self._loaded()
        order = structures.order(changed["order"], known=bool(changed["known"]))
        return {**order, "rounded": list(changed.get("rounded") or [])}

    async def _ended(self, id: Any, connector: Optional[str], change: Any) -> Any:
        """Says of an order that has ended already that it is not there, as ccxt does, in the host's words."""
        try:
            return await change
        except InvalidOrder as error:
            if error.code != "refused":
                raise
            try:
                row = await self.request("GET", order_path(id), {"connector": connector})
            except BaseError:
                raise error from None
            if STATES.get(row["state"], "open") in ("open", None):
                raise
            ended = OrderNotFound(str(error))
            ended.status, ended.code = error.status, error.code
            ended.order = (await self._loaded()).order(row)
            raise ended from error

    async def cancel_order(
        self, id: Optional[str], symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """Cancels an order, and returns it when it has ended, or after ``wait`` milliseconds (``known`` false).

        :raises OrderNotFound: there is none, or it has ended already; then ``error.order`` is the order.
        """
        left = dict(params)
        id = id_of(id, left)
        wait = wait_of(left, self.wait)
        _nothing(left)
        connector = (await self._market(symbol))["connector"] if symbol else None
        structures = await self._loaded()
        answer = await self._ended(
            id,
            connector,
            self.request(
                "DELETE",
                order_path(id),
                {"connector": connector, "wait_ms": wait},
                patience=wait / 1000,
                refused=InvalidOrder,
            ),
        )
        return structures.order(answer["orders"][0], known=bool(answer["known"]))

    async def cancel_orders(
        self, ids: Sequence[str], symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """Cancels several orders. One that is not there any more is left out; another error is raised at the end."""
        results = await asyncio.gather(*(self.cancel_order(id, symbol, params) for id in ids), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, OrderNotFound):
                raise result
        return [result for result in results if isinstance(result, dict)]

    async def cancel_all_orders(
        self, symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """Cancels all open orders of the host on this exchange, or those of a symbol; never those of others."""
        if symbol:
            open_orders = await self.fetch_open_orders(symbol)
            return await self.cancel_orders([order["id"] for order in open_orders], symbol, params)
        left = dict(params)
        wait = wait_of(left, self.wait)
        _nothing(left)
        structures = await self._loaded()
        answers = await asyncio.gather(
            *(
                self.request("DELETE", "/v1/orders", {"connector": connector, "wait_ms": wait}, patience=wait / 1000)
                for connector in await self._connectors()
            )
        )
        return [structures.order(row, bool(answer["known"])) for answer in answers for row in answer["orders"]]
