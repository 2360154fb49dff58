"""ccxt's methods that are made of others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._base import PAGE, _nothing
from ._numbers import Amount, iso8601, milliseconds, nanoseconds
from ._public import since_and_limit
from ._trading import Trading
from ._transport import path_of
from ._watching import Watching
from .errors import ArgumentsRequired, NotSupported


class More(Watching, Trading):
    """See :class:`patchbay.Patchbay`."""

    # What ccxt has a second name for.
    fetch_open_order = fetch_closed_order = Trading.fetch_order
    #: A book has one level for each price.
    fetch_l2_order_book = Watching.fetch_order_book
    fetch_bids_asks = Watching.fetch_tickers
    #: Funding rates have the ``interval``.
    fetch_funding_interval = Watching.fetch_funding_rate
    fetch_funding_intervals = Watching.fetch_funding_rates

    # Placing

    async def create_trigger_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        triggerPrice: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that waits for a price."""
        return await self._triggered(symbol, type, side, amount, price, "triggerPrice", triggerPrice, params)

    create_stop_order = create_trigger_order

    async def create_stop_limit_order(
        self,
        symbol: str,
        side: str,
        amount: Amount,
        price: Amount,
        triggerPrice: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_trigger_order` of a limit order."""
        return await self._triggered(symbol, "limit", side, amount, price, "triggerPrice", triggerPrice, params)

    async def create_stop_market_order(
        self, symbol: str, side: str, amount: Amount, triggerPrice: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_trigger_order` of a market order."""
        return await self._triggered(symbol, "market", side, amount, None, "triggerPrice", triggerPrice, params)

    async def create_stop_loss_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        stopLossPrice: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that ends a loss: to sell below the market, to buy above it."""
        return await self._triggered(symbol, type, side, amount, price, "stopLossPrice", stopLossPrice, params)

    async def create_take_profit_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        takeProfitPrice: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that takes a profit: to sell above the market, to buy below it."""
        return await self._triggered(symbol, type, side, amount, price, "takeProfitPrice", takeProfitPrice, params)

    async def _triggered(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount],
        name: str,
        trigger: Optional[Amount],
        params: Mapping[str, Any],
    ) -> Dict[str, Any]:
        if trigger is None and params.get(name) is None:
            raise ArgumentsRequired(f"a {name} is needed")
        named = {} if trigger is None else {name: trigger}
        return await self.create_order(symbol, type, side, amount, price, {**params, **named})

    async def create_post_only_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that never takes."""
        return await self.create_order(symbol, type, side, amount, price, {**params, "postOnly": True})

    async def create_reduce_only_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that only closes a position."""
        return await self.create_order(symbol, type, side, amount, price, {**params, "reduceOnly": True})

    async def create_market_order_with_cost(
        self, symbol: str, side: str, cost: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order for so much of the quote asset."""
        return await self.create_order(symbol, "market", side, None, None, {**params, "cost": cost})

    async def create_market_sell_order_with_cost(
        self, symbol: str, cost: Amount, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to sell for so much of the quote asset."""
        return await self.create_market_order_with_cost(symbol, "sell", cost, params)

    async def edit_limit_order(
        self, id: str, symbol: str, side: str, amount: Amount, price: Optional[Amount] = None,
        params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`edit_order` of a limit order."""
        return await self.edit_order(id, symbol, "limit", side, amount, price, params)

    # Orders

    async def fetch_order_status(self, id: str, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> Any:
        """``status`` of :meth:`fetch_order`."""
        return (await self.fetch_order(id, symbol, params))["status"]

    async def fetch_order_with_client_order_id(
        self, clientOrderId: str, symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`fetch_order` by the ``clientOrderId``."""
        return await self.fetch_order(clientOrderId, symbol, params)

    async def cancel_order_with_client_order_id(
        self, clientOrderId: str, symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Any]:
        """:meth:`cancel_order` by the ``clientOrderId``."""
        return await self.cancel_order(clientOrderId, symbol, params)

    async def edit_order_with_client_order_id(
        self,
        clientOrderId: str,
        symbol: str,
        type: Optional[str] = None,
        side: Optional[str] = None,
        amount: Optional[Amount] = None,
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`edit_order` by the ``clientOrderId``."""
        return await self.edit_order(clientOrderId, symbol, type, side, amount, price, params)

    async def cancel_orders_with_client_order_id(
        self, clientOrderIds: Sequence[str], symbol: Optional[str] = None, params: Mapping[str, Any] = {}
    ) -> List[Dict[str, Any]]:
        """:meth:`cancel_orders` by the ``clientOrderId``."""
        return await self.cancel_orders(clientOrderIds, symbol, params)

    async def fetch_orders_by_status(
        self,
        status: str,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders of one ``status``; as :meth:`fetch_orders`."""
        _nothing(params)
        return await self._ordered(symbol, since, limit, (status,))

    async def fetch_canceled_and_closed_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that have ended; as :meth:`fetch_orders`."""
        _nothing(params)
        return await self._ordered(symbol, since, limit, ("closed", "canceled", "expired", "rejected"))

    # Markets

    async def fetch_order_books(
        self, symbols: Optional[Sequence[str]] = None, limit: Optional[int] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_order_book` of several, by symbol."""
        if not symbols:
            raise ArgumentsRequired("name the symbols")
        books = [await self.fetch_order_book(symbol, limit, params) for symbol in symbols]
        return {str(book["symbol"]): book for book in books}

    async def fetch_last_prices(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """The price of the last trade, by symbol."""
        return {
            symbol: {"symbol": symbol, "timestamp": None, "datetime": None, "price": ticker["last"], "side": None,
                     "info": ticker["info"]}
            for symbol, ticker in (await self.fetch_tickers(symbols, params)).items()
        }

    async def fetch_mark_price(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """:meth:`fetch_ticker` of a perpetual, with ``markPrice``."""
        if not (await self._market(symbol))["contract"]:
            raise NotSupported(f"{symbol} is no perpetual, which alone have a mark price")
        return await self.fetch_ticker(symbol, params)

    async def fetch_mark_prices(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_tickers` of those that have a mark price."""
        found = await self.fetch_tickers(symbols, params)
        return {symbol: ticker for symbol, ticker in found.items() if ticker["markPrice"] is not None}

    async def fetch_currencies(self, params: Mapping[str, Any] = {}) -> Dict[str, Dict[str, Any]]:
        """The assets of all markets, by name."""
        await self.load_markets(params=params)
        return self.currencies

    # Accounts

    async def fetch_partial_balance(self, part: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """``free``, ``used`` or ``total`` of :meth:`fetch_balance`, by asset."""
        found: Dict[str, Any] = (await self.fetch_balance(params))[part]
        return found

    async def fetch_free_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """What can be used, by asset."""
        return await self.fetch_partial_balance("free", params)

    async def fetch_used_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """What orders and positions hold, by asset."""
        return await self.fetch_partial_balance("used", params)

    async def fetch_total_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """All that there is, by asset."""
        return await self.fetch_partial_balance("total", params)

    async def fetch_positions_for_symbol(self, symbol: str, params: Mapping[str, Any] = {}) -> List[Dict[str, Any]]:
        """:meth:`fetch_positions` of one market."""
        return await self.fetch_positions([symbol], params)

    async def fetch_leverages(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_leverage` of several, by symbol; without symbols of all perpetuals that the host follows."""
        found = [await self.fetch_leverage(symbol, params) for symbol in await self._perpetuals(symbols)]
        return {str(row["symbol"]): row for row in found}

    async def fetch_margin_modes(
        self, symbols: Optional[Sequence[str]] = None, params: Mapping[str, Any] = {}
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_margin_mode` of several, by symbol; without symbols of all perpetuals that the host follows."""
        found = [await self.fetch_margin_mode(symbol, params) for symbol in await self._perpetuals(symbols)]
        return {str(row["symbol"]): row for row in found}

    async def _perpetuals(self, symbols: Optional[Sequence[str]]) -> Sequence[str]:
        """Those that are named, or else all that the host follows."""
        return [row["symbol"] for row in (await self.fetch_funding_rates()).values()] if symbols is None else symbols

    async def fetch_trading_fee(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """The account's rates in one market, as fractions; ``None`` where neither exchange nor configuration says."""
        _nothing(params)
        market = await self._market(symbol)
        rows = (await self.request("GET", "/v1/fees", self._account_query(market)))["fees"]
        return self._fee(self._own_account(rows)[0], market["symbol"])

    async def fetch_trading_fees(self, params: Mapping[str, Any] = {}) -> Dict[str, Dict[str, Any]]:
        """The account's rates in every market that the host follows, by symbol."""
        _nothing(params)
        structures = await self._loaded()
        rows: List[Dict[str, Any]] = []
        for connector in await self._connectors(trading=False):
            rows += (await self.request("GET", "/v1/fees", self._of_account({"connector": connector})))["fees"]
        fees = [self._fee(row, structures.markets.symbol(row["connector"], row["pair"]))
                for row in self._own_account(rows)]
        return {fee["symbol"]: fee for fee in fees}

    def _fee(self, row: Mapping[str, Any], symbol: str) -> Dict[str, Any]:
        assert self._structures is not None
        number = self._structures.number
        return {
            "info": dict(row),
            "symbol": symbol,
            "maker": number(row["maker"]),
            "taker": number(row["taker"]),
            "percentage": True,
            "tierBased": None,
        }

    async def fetch_funding_history(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Funding that was paid (below zero) or received, oldest first, out of the journal; the latest 1000 at most."""
        _nothing(params)
        structures, connectors = await self._loaded(), await self._connectors(symbol)
        query = self._of_account({"limit": PAGE, "since_ns": None if since is None else since * 1_000_000})
        if symbol:
            query["pair"] = (await self._market(symbol))["pair"]
        perpetual = [s for s in self._seats if s["connector"] in connectors and s["market"] == "perp"]
        rows: List[Dict[str, Any]] = []
        for exchange, connector in sorted({str(s["exchange"]): str(s["connector"]) for s in perpetual}.items()):
            answer = await self.request("GET", path_of("history", "funding"), {**query, "exchange": exchange})
            rows += [{**row, "connector": connector} for row in answer["rows"]]
        rows = self._own_account(rows)
        made = []
        for row in rows:
            timestamp = milliseconds(nanoseconds(row["time"]))
            made.append({
                "info": row,
                "symbol": structures.markets.symbol(row["connector"], row["pair"]),
                "code": row["asset"],
                "timestamp": timestamp,
                "datetime": iso8601(timestamp),
                "id": row["payment_id"],
                "amount": structures.number(Decimal(row["amount"])),
                "rate": structures.number(row.get("rate")),
            })
        return since_and_limit(made, since, limit)
