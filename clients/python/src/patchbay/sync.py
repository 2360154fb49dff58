"""The client for programs that do not use asyncio. Written by tools/make_sync.py; change that."""

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

    def cancel_all_orders(self, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> List[Dict[str, Any]]:
        """Cancels all open orders of the host on this exchange, or those of a symbol; never those of others."""
        return self._wait(self._client.cancel_all_orders(symbol, params))

    def cancel_order(
        self,
        id: Optional[str],
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Cancels an order, and returns it when it has ended, or after ``wait`` milliseconds (``known`` false)."""
        return self._wait(self._client.cancel_order(id, symbol, params))

    def cancel_order_with_client_order_id(
        self,
        clientOrderId: str,
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`cancel_order` by the ``clientOrderId``."""
        return self._wait(self._client.cancel_order_with_client_order_id(clientOrderId, symbol, params))

    def cancel_orders(
        self,
        ids: Sequence[str],
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Cancels several orders. One that is not there any more is left out; another error is raised at the end."""
        return self._wait(self._client.cancel_orders(ids, symbol, params))

    def cancel_orders_with_client_order_id(
        self,
        clientOrderIds: Sequence[str],
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`cancel_orders` by the ``clientOrderId``."""
        return self._wait(self._client.cancel_orders_with_client_order_id(clientOrderIds, symbol, params))

    def create_limit_buy_order(
        self,
        symbol: str,
        amount: Amount,
        price: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a limit order to buy."""
        return self._wait(self._client.create_limit_buy_order(symbol, amount, price, params))

    def create_limit_order(
        self,
        symbol: str,
        side: str,
        amount: Amount,
        price: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a limit order."""
        return self._wait(self._client.create_limit_order(symbol, side, amount, price, params))

    def create_limit_sell_order(
        self,
        symbol: str,
        amount: Amount,
        price: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a limit order to sell."""
        return self._wait(self._client.create_limit_sell_order(symbol, amount, price, params))

    def create_market_buy_order(self, symbol: str, amount: Amount, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to buy."""
        return self._wait(self._client.create_market_buy_order(symbol, amount, params))

    def create_market_buy_order_with_cost(
        self,
        symbol: str,
        cost: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to buy for so much of the quote asset."""
        return self._wait(self._client.create_market_buy_order_with_cost(symbol, cost, params))

    def create_market_order(
        self,
        symbol: str,
        side: str,
        amount: Amount,
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order. The price is for ccxt's sake, and not used."""
        return self._wait(self._client.create_market_order(symbol, side, amount, price, params))

    def create_market_order_with_cost(
        self,
        symbol: str,
        side: str,
        cost: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order for so much of the quote asset."""
        return self._wait(self._client.create_market_order_with_cost(symbol, side, cost, params))

    def create_market_sell_order(self, symbol: str, amount: Amount, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to sell."""
        return self._wait(self._client.create_market_sell_order(symbol, amount, params))

    def create_market_sell_order_with_cost(
        self,
        symbol: str,
        cost: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of a market order to sell for so much of the quote asset."""
        return self._wait(self._client.create_market_sell_order_with_cost(symbol, cost, params))

    def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Places an order, and returns it when its outcome is known, or after ``wait`` milliseconds."""
        return self._wait(self._client.create_order(symbol, type, side, amount, price, params))

    def create_orders(
        self,
        orders: Sequence[Mapping[str, Any]],
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Places several orders, each judged by itself, and returns them in their order."""
        return self._wait(self._client.create_orders(orders, params))

    def create_post_only_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that never takes."""
        return self._wait(self._client.create_post_only_order(symbol, type, side, amount, price, params))

    def create_reduce_only_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Optional[Amount],
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_order` of an order that only closes a position."""
        return self._wait(self._client.create_reduce_only_order(symbol, type, side, amount, price, params))

    def create_stop_limit_order(
        self,
        symbol: str,
        side: str,
        amount: Amount,
        price: Amount,
        triggerPrice: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_trigger_order` of a limit order."""
        return self._wait(self._client.create_stop_limit_order(symbol, side, amount, price, triggerPrice, params))

    def create_stop_loss_order(
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
        return self._wait(self._client.create_stop_loss_order(symbol, type, side, amount, price, stopLossPrice, params))

    def create_stop_market_order(
        self,
        symbol: str,
        side: str,
        amount: Amount,
        triggerPrice: Amount,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`create_trigger_order` of a market order."""
        return self._wait(self._client.create_stop_market_order(symbol, side, amount, triggerPrice, params))

    def create_take_profit_order(
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
        return self._wait(self._client.create_take_profit_order(symbol, type, side, amount, price, takeProfitPrice, params))

    def create_trigger_order(
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
        return self._wait(self._client.create_trigger_order(symbol, type, side, amount, price, triggerPrice, params))

    def disable(self, connector: str, cancel: bool = False) -> Dict[str, Any]:
        """Takes a connector out of use while the host runs; ``cancel`` cancels its open orders first."""
        return self._wait(self._client.disable(connector, cancel))

    def edit_limit_order(
        self,
        id: str,
        symbol: str,
        side: str,
        amount: Amount,
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`edit_order` of a limit order."""
        return self._wait(self._client.edit_limit_order(id, symbol, side, amount, price, params))

    def edit_order(
        self,
        id: Optional[str],
        symbol: str,
        type: Optional[str] = None,
        side: Optional[str] = None,
        amount: Optional[Amount] = None,
        price: Optional[Amount] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Changes the price or the amount of an open order; the amount is that of its whole life."""
        return self._wait(self._client.edit_order(id, symbol, type, side, amount, price, params))

    def edit_order_with_client_order_id(
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
        return self._wait(self._client.edit_order_with_client_order_id(clientOrderId, symbol, type, side, amount, price, params))

    def enable(self, connector: str) -> Dict[str, Any]:
        """Takes a connector that was disabled into use again."""
        return self._wait(self._client.enable(connector))

    def fetch_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """What the account holds, of spot or (``params["type"]`` ``swap``) of perpetuals."""
        return self._wait(self._client.fetch_balance(params))

    def fetch_canceled_and_closed_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that have ended; as :meth:`fetch_orders`."""
        return self._wait(self._client.fetch_canceled_and_closed_orders(symbol, since, limit, params))

    def fetch_canceled_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that were cancelled or expired; as :meth:`fetch_orders`."""
        return self._wait(self._client.fetch_canceled_orders(symbol, since, limit, params))

    def fetch_closed_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that were filled; as :meth:`fetch_orders`."""
        return self._wait(self._client.fetch_closed_orders(symbol, since, limit, params))

    def fetch_currencies(self, params: Mapping[str, Any] = {}) -> Dict[str, Dict[str, Any]]:
        """The assets of all markets, by name."""
        return self._wait(self._client.fetch_currencies(params))

    def fetch_free_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """What can be used, by asset."""
        return self._wait(self._client.fetch_free_balance(params))

    def fetch_funding_history(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Funding that was paid (below zero) or received, oldest first, out of the journal; the latest 1000 at most."""
        return self._wait(self._client.fetch_funding_history(symbol, since, limit, params))

    def fetch_funding_rate(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Mark, index and funding of a perpetual."""
        return self._wait(self._client.fetch_funding_rate(symbol, params))

    def fetch_funding_rates(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """The same of several; without symbols of all perpetuals that the host follows."""
        return self._wait(self._client.fetch_funding_rates(symbols, params))

    def fetch_last_prices(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """The price of the last trade, by symbol."""
        return self._wait(self._client.fetch_last_prices(symbols, params))

    def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """The leverage of a perpetual; ``None`` where it is not known."""
        return self._wait(self._client.fetch_leverage(symbol, params))

    def fetch_leverages(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_leverage` of several, by symbol; without symbols of all perpetuals that the host follows."""
        return self._wait(self._client.fetch_leverages(symbols, params))

    def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Whether a perpetual's position is ``cross`` or ``isolated``; ``None`` where it is not known."""
        return self._wait(self._client.fetch_margin_mode(symbol, params))

    def fetch_margin_modes(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_margin_mode` of several, by symbol; without symbols of all perpetuals that the host follows."""
        return self._wait(self._client.fetch_margin_modes(symbols, params))

    def fetch_mark_price(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """:meth:`fetch_ticker` of a perpetual, with ``markPrice``."""
        return self._wait(self._client.fetch_mark_price(symbol, params))

    def fetch_mark_prices(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_tickers` of those that have a mark price."""
        return self._wait(self._client.fetch_mark_prices(symbols, params))

    def fetch_markets(self, params: Mapping[str, Any] = {}) -> List[Dict[str, Any]]:
        """All markets, as the host has them now."""
        return self._wait(self._client.fetch_markets(params))

    def fetch_my_trades(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Fills of own orders, oldest first, out of the journal; the latest ``limit`` (100), or those ``since``."""
        return self._wait(self._client.fetch_my_trades(symbol, since, limit, params))

    def fetch_ohlcv(
        self,
        symbol: str,
        timeframe: str = '1m',
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[List[Any]]:
        """Candles ``[time, open, high, low, close, volume]``, oldest first: the exchange's own, or of trades."""
        return self._wait(self._client.fetch_ohlcv(symbol, timeframe, since, limit, params))

    def fetch_open_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders that have not ended, also those whose outcome is not known (``status`` is ``None`` then)."""
        return self._wait(self._client.fetch_open_orders(symbol, since, limit, params))

    def fetch_order(
        self,
        id: Optional[str],
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """An order by its ``id`` or its ``clientOrderId``, also long after it ended."""
        return self._wait(self._client.fetch_order(id, symbol, params))

    def fetch_order_book(
        self,
        symbol: str,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """The best ``limit`` levels a side (1 to 5000, 100 where left out), best first, as ``[price, amount]``."""
        return self._wait(self._client.fetch_order_book(symbol, limit, params))

    def fetch_order_books(
        self,
        symbols: Optional[Sequence[str]] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """:meth:`fetch_order_book` of several, by symbol."""
        return self._wait(self._client.fetch_order_books(symbols, limit, params))

    def fetch_order_status(self, id: str, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> Any:
        """``status`` of :meth:`fetch_order`."""
        return self._wait(self._client.fetch_order_status(id, symbol, params))

    def fetch_order_trades(
        self,
        id: Optional[str],
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Fills of one order. Those that the journal does not have yet are waited for, for a second at most."""
        return self._wait(self._client.fetch_order_trades(id, symbol, params))

    def fetch_order_with_client_order_id(
        self,
        clientOrderId: str,
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`fetch_order` by the ``clientOrderId``."""
        return self._wait(self._client.fetch_order_with_client_order_id(clientOrderId, symbol, params))

    def fetch_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders, ended or not, oldest first, out of the journal; the latest ``limit`` (100), or those ``since``."""
        return self._wait(self._client.fetch_orders(symbol, since, limit, params))

    def fetch_orders_by_status(
        self,
        status: str,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Orders of one ``status``; as :meth:`fetch_orders`."""
        return self._wait(self._client.fetch_orders_by_status(status, symbol, since, limit, params))

    def fetch_partial_balance(self, part: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """``free``, ``used`` or ``total`` of :meth:`fetch_balance`, by asset."""
        return self._wait(self._client.fetch_partial_balance(part, params))

    def fetch_position(self, symbol: str, params: Mapping[str, Any] = {}) -> Optional[Dict[str, Any]]:
        """The position in one market; ``None`` where there is none. Of two legs the first."""
        return self._wait(self._client.fetch_position(symbol, params))

    def fetch_position_mode(self, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """``hedged`` is ``None`` where it is not known."""
        return self._wait(self._client.fetch_position_mode(symbol, params))

    def fetch_positions(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Open positions in perpetuals and futures. ``contracts`` is the size in base."""
        return self._wait(self._client.fetch_positions(symbols, params))

    def fetch_positions_for_symbol(self, symbol: str, params: Mapping[str, Any] = {}) -> List[Dict[str, Any]]:
        """:meth:`fetch_positions` of one market."""
        return self._wait(self._client.fetch_positions_for_symbol(symbol, params))

    def fetch_rate(self, base: str, quote: str) -> Any:
        """What one unit of an asset is worth in another, through the mid prices of all spot books of the host."""
        return self._wait(self._client.fetch_rate(base, quote))

    def fetch_status(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """``status`` is ``ok`` when every connector is ready, else ``maintenance``; ``info`` has them."""
        return self._wait(self._client.fetch_status(params))

    def fetch_ticker(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """The prices of a market."""
        return self._wait(self._client.fetch_ticker(symbol, params))

    def fetch_tickers(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """Prices by symbol; without symbols those of all markets that the host follows."""
        return self._wait(self._client.fetch_tickers(symbols, params))

    def fetch_time(self, params: Mapping[str, Any] = {}) -> int:
        """The host's clock in milliseconds."""
        return self._wait(self._client.fetch_time(params))

    def fetch_total_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """All that there is, by asset."""
        return self._wait(self._client.fetch_total_balance(params))

    def fetch_trades(
        self,
        symbol: str,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """The latest public trades that the host has seen, oldest first; at most 256."""
        return self._wait(self._client.fetch_trades(symbol, since, limit, params))

    def fetch_trading_fee(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """The account's rates in one market, as fractions; ``None`` where neither exchange nor configuration says."""
        return self._wait(self._client.fetch_trading_fee(symbol, params))

    def fetch_trading_fees(self, params: Mapping[str, Any] = {}) -> Dict[str, Dict[str, Any]]:
        """The account's rates in every market that the host follows, by symbol."""
        return self._wait(self._client.fetch_trading_fees(params))

    def fetch_used_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """What orders and positions hold, by asset."""
        return self._wait(self._client.fetch_used_balance(params))

    def halt(self, reason: str = '', cancel: bool = False) -> Dict[str, Any]:
        """Stops new orders on this exchange at once; ``cancel`` also cancels what is open."""
        return self._wait(self._client.halt(reason, cancel))

    def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Dict[str, Dict[str, Any]]:
        """Markets by unified symbol. Other methods load them when they need them; ``reload`` asks again."""
        return self._wait(self._client.load_markets(reload, params))

    def request(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, Any]] = None,
        body: Optional[Mapping[str, Any]] = None,
        **options: Any,
    ) -> Any:
        """Any request of docs/api/openapi.yaml, such as ``request("GET", "/v1/registry")``, and its answer as it is."""
        return self._wait(self._client.request(method, path, query, body, **options))

    def resume(self) -> Dict[str, Any]:
        """Takes orders again; needs a token of scope admin, or the Unix socket."""
        return self._wait(self._client.resume())

    def set_leverage(
        self,
        leverage: Amount,
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Sets the leverage of a perpetual, and returns the host's answer."""
        return self._wait(self._client.set_leverage(leverage, symbol, params))

    def set_margin_mode(
        self,
        marginMode: str,
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Sets whether a perpetual's position is ``cross`` or ``isolated``, and returns the host's answer."""
        return self._wait(self._client.set_margin_mode(marginMode, symbol, params))

    def set_position_mode(
        self,
        hedged: bool,
        symbol: Optional[str] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Sets whether long and short positions are kept apart, and returns the host's answer."""
        return self._wait(self._client.set_position_mode(hedged, symbol, params))

    def un_watch_ohlcv(self, symbol: str, timeframe: str = '1m', params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_ohlcv` began, of one time frame."""
        return self._wait(self._client.un_watch_ohlcv(symbol, timeframe, params))

    def un_watch_ohlcv_for_symbols(
        self,
        symbolsAndTimeframes: Sequence[Sequence[str]],
        params: Mapping[str, Any] = {},
    ) -> None:
        """Ends what :meth:`watch_ohlcv_for_symbols` began."""
        return self._wait(self._client.un_watch_ohlcv_for_symbols(symbolsAndTimeframes, params))

    def un_watch_order_book(self, symbol: str) -> None:
        """Ends what :meth:`watch_order_book` began."""
        return self._wait(self._client.un_watch_order_book(symbol))

    def un_watch_order_book_for_symbols(self, symbols: Sequence[str], params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_order_book_for_symbols` began."""
        return self._wait(self._client.un_watch_order_book_for_symbols(symbols, params))

    def un_watch_ticker(self, symbol: str) -> None:
        """Ends what :meth:`watch_ticker` and :meth:`watch_tickers` began of a symbol."""
        return self._wait(self._client.un_watch_ticker(symbol))

    def un_watch_tickers(self, symbols: Sequence[str], params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_tickers` began."""
        return self._wait(self._client.un_watch_tickers(symbols, params))

    def un_watch_trades(self, symbol: str) -> None:
        """Ends what :meth:`watch_trades` began."""
        return self._wait(self._client.un_watch_trades(symbol))

    def un_watch_trades_for_symbols(self, symbols: Sequence[str], params: Mapping[str, Any] = {}) -> None:
        """Ends what :meth:`watch_trades_for_symbols` began."""
        return self._wait(self._client.un_watch_trades_for_symbols(symbols, params))

    def watch_balance(self, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Waits for a change of what the account holds, and returns all of it. The first call returns at once."""
        return self._wait(self._client.watch_balance(params))

    def watch_my_trades(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for fills of own orders, and returns those that came since the last call, oldest first."""
        return self._wait(self._client.watch_my_trades(symbol, since, limit, params))

    def watch_my_trades_for_symbols(
        self,
        symbols: Sequence[str],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`watch_my_trades` of whichever of several markets has fills next."""
        return self._wait(self._client.watch_my_trades_for_symbols(symbols, since, limit, params))

    def watch_ohlcv(
        self,
        symbol: str,
        timeframe: str = '1m',
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[List[Any]]:
        """Waits for a trade, and returns the candles that it changed, oldest first; the first call returns the newest."""
        return self._wait(self._client.watch_ohlcv(symbol, timeframe, since, limit, params))

    def watch_ohlcv_for_symbols(
        self,
        symbolsAndTimeframes: Sequence[Sequence[str]],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, List[List[Any]]]]:
        """:meth:`watch_ohlcv` of whichever market trades next, by symbol and time frame."""
        return self._wait(self._client.watch_ohlcv_for_symbols(symbolsAndTimeframes, since, limit, params))

    def watch_order_book(
        self,
        symbol: str,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """Waits for the next change of a book, and returns its best ``limit`` levels a side (100 where left out)."""
        return self._wait(self._client.watch_order_book(symbol, limit, params))

    def watch_order_book_for_symbols(
        self,
        symbols: Sequence[str],
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Any]:
        """:meth:`watch_order_book` of whichever of several books changes next; ``symbol`` says which."""
        return self._wait(self._client.watch_order_book_for_symbols(symbols, limit, params))

    def watch_orders(
        self,
        symbol: Optional[str] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for changes of own orders, and returns the orders as they stood then, oldest change first."""
        return self._wait(self._client.watch_orders(symbol, since, limit, params))

    def watch_orders_for_symbols(
        self,
        symbols: Sequence[str],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`watch_orders` of whichever of several markets has news next."""
        return self._wait(self._client.watch_orders_for_symbols(symbols, since, limit, params))

    def watch_position(self, symbol: Optional[str] = None, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """:meth:`watch_positions` of one market."""
        return self._wait(self._client.watch_position(symbol, params))

    def watch_positions(
        self,
        symbols: Optional[Sequence[str]] = None,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for changes of positions, and returns those that changed; a closed one has 0 ``contracts``."""
        return self._wait(self._client.watch_positions(symbols, since, limit, params))

    def watch_ticker(self, symbol: str, params: Mapping[str, Any] = {}) -> Dict[str, Any]:
        """Waits for the next change of a market's prices."""
        return self._wait(self._client.watch_ticker(symbol, params))

    def watch_tickers(
        self,
        symbols: Optional[Sequence[str]] = None,
        params: Mapping[str, Any] = {},
    ) -> Dict[str, Dict[str, Any]]:
        """Waits for the next change of some markets' prices, and returns those that changed, by symbol."""
        return self._wait(self._client.watch_tickers(symbols, params))

    def watch_trades(
        self,
        symbol: str,
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """Waits for public trades, and returns those that came since the last call, oldest first."""
        return self._wait(self._client.watch_trades(symbol, since, limit, params))

    def watch_trades_for_symbols(
        self,
        symbols: Sequence[str],
        since: Optional[int] = None,
        limit: Optional[int] = None,
        params: Mapping[str, Any] = {},
    ) -> List[Dict[str, Any]]:
        """:meth:`watch_trades` of whichever of several markets trades next: trades of one of them."""
        return self._wait(self._client.watch_trades_for_symbols(symbols, since, limit, params))

    create_stop_order = create_trigger_order
    fetch_bids_asks = fetch_tickers
    fetch_closed_order = fetch_order
    fetch_funding_interval = fetch_funding_rate
    fetch_funding_intervals = fetch_funding_rates
    fetch_l2_order_book = fetch_order_book
    fetch_open_order = fetch_order
    watch_bids_asks = watch_tickers
