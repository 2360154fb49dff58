"""Balances, positions, leverage, and the kill switch."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._base import Base, _nothing
from ._numbers import Amount, plain
from .errors import ArgumentsRequired, BadRequest, ExchangeError


class Accounts(Base):
    """See :class:`patchbay.Patchbay`."""

    async def _account_rows(self, path: str, name: str, connectors: Sequence[str]) -> List[Dict[str, Any]]:
        """Rows of the account that is meant."""
        rows: List[Dict[str, Any]] = []
        for connector in connectors:
            rows += (await self.request("GET", path, {"connector": connector}))[name]
        return self._own_account(rows)

    def _own_account(self, rows: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        accounts = sorted({row["account"] for row in rows})
        if self.account is None and len(accounts) > 1:
            raise ArgumentsRequired(
                f"there are the accounts {', '.join(accounts)}; name one: Patchbay(..., account=...)"
            )
        return [row for row in rows if self.account is None or row["account"] == self.account]

    async def fetch_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """What the account holds, of spot or (``params["type"]`` ``swap``) of perpetuals."""
        left = dict(params)
        connectors = await self._of_type(left)
        _nothing(left)
        rows = await self._account_rows("/v1/balances", "balances", connectors)
        return (await self._loaded()).balance(rows)

    async def fetch_positions(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """Open positions in perpetuals and futures. ``contracts`` is the size in base."""
        _nothing(params)
        structures = await self._loaded()
        names = None if symbols is None else {(await self._market(symbol))["symbol"] for symbol in symbols}
        rows = await self._account_rows("/v1/positions", "positions", await self._connectors())
        positions = [structures.position(await self._completed(row)) for row in rows if Decimal(row["quantity"])]
        return [p for p in positions if names is None or p["symbol"] in names]

    async def _completed(self, row: Dict[str, Any]) -> Dict[str, Any]:
        """A position with its mark price and its leverage, which some exchanges tell elsewhere."""
        place = {"connector": row["connector"], "pair": row["pair"]}
        more: Dict[str, Any] = {}
        try:
            if row.get("mark") is None:
                more["mark"] = (await self.request("GET", "/v1/tickers", place))["tickers"][0].get("mark")
            if row.get("leverage") is None:
                query = {**place, "account": row["account"]}
                more["leverage"] = (await self.request("GET", "/v1/leverage", query))["leverage"]
        except ExchangeError:
            pass  # The market is not followed, or the connector has no leverage: they stay unknown.
        return {**row, **more}

    async def fetch_position(self, symbol: str, params: Mapping[str, Any] = {}) -> Optional[Dict[str, Any]]:
        """The position in one market; ``None`` where there is none. Of two legs the first."""
        found = await self.fetch_positions([symbol], params)
        return found[0] if found else None

    def _account_query(self, market: Mapping[str, Any]) -> Dict[str, Any]:
        return self._of_account({"connector": market["connector"], "pair": market["pair"]})

    def _of_account(self, query: Dict[str, Any]) -> Dict[str, Any]:
        """A query of the account that is meant, where one is."""
        return query if self.account is None else {**query, "account": self.account}

    def _account_body(self, fields: Dict[str, Any]) -> Dict[str, Any]:
        return {**fields, "confirmed": True} if self.confirmed else fields

    async def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """The leverage of a perpetual; ``None`` where it is not known."""
        _nothing(params)
        structures, market = await self._loaded(), await self._market(symbol)
        answer = await self.request("GET", "/v1/leverage", self._account_query(market))
        leverage = structures.number(answer["leverage"])
        return {
            "info": answer,
            "symbol": market["symbol"],
            "marginMode": None,
            "longLeverage": leverage,
            "shortLeverage": leverage,
        }

    async def set_leverage(
        self, leverage: Amount, symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """Sets the leverage of a perpetual, and returns the host's answer."""
        _nothing(params)
        market = await self._market(symbol)
        body = self._account_body({**self._account_query(market), "leverage": plain(leverage, "leverage")})
        answer: Dict[str, Any] = await self.request("PUT", "/v1/leverage", None, body)
        return answer

    async def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Whether a perpetual's position is ``cross`` or ``isolated``; ``None`` where it is not known."""
        _nothing(params)
        market = await self._market(symbol)
        answer = await self.request("GET", "/v1/margin-mode", self._account_query(market))
        return {"info": answer, "symbol": market["symbol"], "marginMode": answer["mode"]}

    async def set_margin_mode(
        self, marginMode: str, symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """Sets whether a perpetual's position is ``cross`` or ``isolated``, and returns the host's answer.

        Without a symbol that of all, where the exchange has one mode for all instruments.
        """
        _nothing(params)
        mode = str(marginMode).lower()
        if mode not in ("cross", "isolated"):
            raise BadRequest(f"marginMode is {marginMode!r}; it is cross or isolated")
        fields = self._account_query(await self._market(symbol)) if symbol else await self._mode_fields(None)
        body = self._account_body({**fields, "mode": mode})
        answer: Dict[str, Any] = await self.request("PUT", "/v1/margin-mode", None, body)
        return answer

    async def fetch_position_mode(self, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """``hedged`` is ``None`` where it is not known."""
        _nothing(params)
        query = await self._mode_fields(symbol)
        answer = await self.request("GET", "/v1/position-mode", query)
        return {"info": answer, "hedged": None if answer["mode"] is None else answer["mode"] == "hedge"}

    async def set_position_mode(
        self, hedged: bool, symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """Sets whether long and short positions are kept apart, and returns the host's answer."""
        _nothing(params)
        body = self._account_body({**await self._mode_fields(symbol), "mode": "hedge" if hedged else "one_way"})
        answer: Dict[str, Any] = await self.request("PUT", "/v1/position-mode", None, body)
        return answer

    async def _mode_fields(self, symbol: Optional[str]) -> Dict[str, Any]:
        await self._loaded()
        if symbol:
            connector = (await self._market(symbol))["connector"]
        else:
            perpetual = [seat["connector"] for seat in self._seats if seat["market"] == "perp"]
            if len(perpetual) != 1:
                raise ArgumentsRequired("name a symbol of a perpetual")
            connector = perpetual[0]
        return self._of_account({"connector": connector})

    # The kill switch

    async def halt(self, reason: str = "", cancel: bool = False) -> Dict[str, Any]:
        """Stops new orders on this exchange at once; ``cancel`` also cancels what is open."""
        body: Dict[str, Any] = {"reason": reason} if reason else {}
        rows: List[Any] = []
        for connector in await self._connectors():
            answer = await self.request("POST", "/v1/halt", None, {**body, "connector": connector, "cancel": cancel})
            rows += answer["connectors"]
        return {"connectors": rows}

    async def disable(self, connector: str, cancel: bool = False) -> Dict[str, Any]:
        """Takes a connector out of use while the host runs; ``cancel`` cancels its open orders first.

        Needs a token of scope admin, or the Unix socket.

        :raises OperationRejected: orders are open.
        """
        body = {"connector": connector, "cancel": cancel}
        answer: Dict[str, Any] = await self.request("POST", "/v1/connectors/disable", None, body, patience=10)
        return answer

    async def enable(self, connector: str) -> Dict[str, Any]:
        """Takes a connector that was disabled into use again."""
        answer: Dict[str, Any] = await self.request("POST", "/v1/connectors/enable", None, {"connector": connector})
        return answer

    async def resume(self) -> Dict[str, Any]:
        """Takes orders again; needs a token of scope admin, or the Unix socket."""
        rows: List[Any] = []
        for connector in await self._connectors():
            rows += (await self.request("POST", "/v1/resume", None, {"connector": connector}))["connectors"]
        return {"connectors": rows}
