"""The same things under ccxt's other names, and what ccxt has and Patchbay does not."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Type, TypeVar

from .errors import NotSupported

Class = TypeVar("Class")
#: Methods that ccxt has for requests over a WebSocket; here all of them go the host's way.
_WS = (
    "cancel_all_orders cancel_order cancel_orders create_limit_buy_order create_limit_order create_limit_sell_order "
    "create_market_buy_order create_market_buy_order_with_cost create_market_order create_market_order_with_cost "
    "create_market_sell_order create_market_sell_order_with_cost create_order create_orders create_post_only_order "
    "create_reduce_only_order create_stop_limit_order create_stop_loss_order create_stop_market_order "
    "create_stop_order create_take_profit_order create_trigger_order edit_order fetch_balance fetch_closed_orders "
    "fetch_currencies fetch_markets fetch_my_trades fetch_ohlcv fetch_open_orders fetch_order fetch_order_book "
    "fetch_orders fetch_position fetch_positions fetch_positions_for_symbol fetch_ticker fetch_tickers fetch_trades "
    "fetch_trading_fees"
).split()

#: What ccxt has a method for and Patchbay does not offer, by the reason. README.md has the same list.
NOT_OFFERED: Dict[str, List[str]] = {
    "the host moves no money in or out of an exchange, or between its accounts": (
        "withdraw deposit transfer create_deposit_address fetch_deposit fetch_deposit_address fetch_deposit_addresses "
        "fetch_deposit_addresses_by_network fetch_deposit_withdraw_fee fetch_deposit_withdraw_fees fetch_deposits "
        "fetch_deposits_withdrawals fetch_transaction_fee fetch_transaction_fees fetch_transactions fetch_transfer "
        "fetch_transfers fetch_withdraw_addresses fetch_withdrawal fetch_withdrawals fetch_withdrawal_whitelist "
        "fetch_ledger fetch_ledger_entry fetch_accounts fetch_deposits_ws fetch_withdrawals_ws"
    ).split(),
    "the host does not borrow": (
        "borrow_margin borrow_cross_margin borrow_isolated_margin repay_margin repay_cross_margin repay_isolated_margin "
        "fetch_borrow_interest fetch_borrow_rate fetch_borrow_rates fetch_borrow_rate_history "
        "fetch_borrow_rate_histories fetch_borrow_rates_per_symbol fetch_cross_borrow_rate fetch_cross_borrow_rates "
        "fetch_isolated_borrow_rate fetch_isolated_borrow_rates"
    ).split(),
    "the host does not convert assets outside of a market": (
        "create_convert_trade fetch_convert_currencies fetch_convert_quote fetch_convert_trade "
        "fetch_convert_trade_history"
    ).split(),
    "the host trades no options": (
        "fetch_greeks fetch_option fetch_option_chain fetch_underlying_assets fetch_volatility_history"
    ).split(),
    "the host keeps what it has seen itself; statistics and history of an exchange's markets are not among it": (
        "fetch_funding_rate_history fetch_open_interest fetch_open_interests fetch_open_interest_history "
        "fetch_long_short_ratio fetch_long_short_ratio_history fetch_mark_ohlcv fetch_index_ohlcv "
        "fetch_premium_index_ohlcv fetch_settlement_history fetch_my_settlement_history fetch_liquidations "
        "fetch_my_liquidations watch_liquidations watch_liquidations_for_symbols watch_my_liquidations "
        "watch_my_liquidations_for_symbols fetch_l3_order_book"
    ).split(),
    "the connectors do not read it": (
        "fetch_leverage_tiers fetch_market_leverage_tiers fetch_margin_adjustment_history fetch_position_history "
        "fetch_positions_history fetch_positions_risk fetch_isolated_positions fetch_adl_rank "
        "fetch_position_adl_rank fetch_positions_adl_rank fetch_trading_limits"
    ).split(),
    "margin is moved by the exchange's own page": "add_margin reduce_margin set_margin".split(),
    "an order has one trigger; place the second order yourself": [
        "create_order_with_take_profit_and_stop_loss",
        "create_order_with_take_profit_and_stop_loss_ws",
    ],
    "the exchanges' trailing orders are not part of the contract": (
        "create_trailing_amount_order create_trailing_percent_order create_trailing_amount_order_ws "
        "create_trailing_percent_order_ws"
    ).split(),
    "close a position by a reduce-only market order": "close_position close_all_positions".split(),
    "keys and sessions are the host's": "sign_in authenticate".split(),
    "the host keeps orders alive and looks after them": ["cancel_all_orders_after"],
    "what is one's own is followed until the client is closed": (
        "un_watch_orders un_watch_my_trades un_watch_positions"
    ).split(),
    "each change is judged by itself; call edit_order": ["edit_orders"],
    "ask fetch_status": ["watch_status"],
    "a test network is another host's `endpoint.domain`": ["set_sandbox_mode", "enable_demo_trading"],
}


def camel(name: str) -> str:
    """ccxt's other spelling of a name: ``fetch_order_book`` is ``fetchOrderBook``, ``fetch_ohlcv`` ``fetchOHLCV``."""
    first, *rest = name.split("_")
    capitals = {"ohlcv": "OHLCV", "adl": "ADL"}
    return first + "".join(capitals.get(word, word[:1].upper() + word[1:]) for word in rest)


def refusing(name: str, reason: str) -> Callable[..., Any]:
    """What stands in the place of a method that is not there."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotSupported(f"{name} is not offered: {reason}")

    refuse.__name__ = name
    refuse.__doc__ = f"Not offered: {reason}."
    refuse.is_refusal = True  # type: ignore[attr-defined]
    return refuse


def is_offered(cls: type, name: str) -> bool:
    """Whether a class has a method that does something."""
    found = getattr(cls, name, None)
    return callable(found) and not getattr(found, "is_refusal", False)


def with_aliases(cls: Type[Class]) -> Type[Class]:
    """Gives a client's class the other names of what it has, and refusals for what it has not."""
    for stem in _WS:
        setattr(cls, f"{stem}_ws", getattr(cls, stem))
    for reason, names in NOT_OFFERED.items():
        for name in names:
            setattr(cls, name, refusing(name, reason))
    for name in dir(cls):
        if not name.startswith("_") and camel(name) != name:
            setattr(cls, camel(name), cls.__dict__.get(name) or _static(cls, name))
    return cls


def _static(cls: type, name: str) -> Any:
    """A member as it stands in the class that has it, so that static ones stay so."""
    return next(base.__dict__[name] for base in cls.__mro__ if name in base.__dict__)
