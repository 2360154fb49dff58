"""The host's objects (docs/api/openapi.yaml) as ccxt's unified structures. ``info`` keeps the host's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._markets import Markets
from ._names import Named
from ._numbers import Convert, iso8601, milliseconds, nanoseconds

#: The host's states of orders, and what ccxt calls them. ``None``: nobody knows yet whether it lives.
STATES: Dict[str, Optional[str]] = {
    "pending_create": "open",
    "open": "open",
    "partially_filled": "open",
    "pending_cancel": "open",
    "unknown": None,
    "filled": "closed",
    "cancelled": "canceled",
    "expired": "expired",
    "rejected": "rejected",
    "not_sent": "rejected",
    "lost": "rejected",
}
#: States of orders of which nothing lived.
FAILED = ("rejected", "not_sent")


class Structures:
    """Makes structures with one kind of number, of the markets of one exchange."""

    def __init__(self, markets: Markets, convert: Convert) -> None:
        self.markets, self.convert = markets, convert

    def number(self, text: Any) -> Any:
        """A decimal text of the host; ``None`` for what is none."""
        return None if text is None else self.convert(Decimal(text))

    def _exactly(self, value: Optional[Decimal]) -> Any:
        return None if value is None else self.convert(value)

    # Markets

    def levels(self, levels: Sequence[Sequence[Any]], limit: Optional[int] = None) -> List[List[Any]]:
        return [[self.number(price), self.number(quantity)] for price, quantity in levels[:limit]]

    def book(self, symbol: str, bids: Any, asks: Any, time_ns: Any, nonce: Any, info: Any = None) -> Dict[str, Any]:
        timestamp = milliseconds(time_ns)
        made = {
            "symbol": symbol,
            "bids": bids,
            "asks": asks,
            "timestamp": timestamp,
            "datetime": iso8601(timestamp),
            "nonce": nonce or None,
        }
        if info is not None:
            made["info"] = info
        return made

    def trade(self, row: Mapping[str, Any], symbol: str) -> Dict[str, Any]:
        """A public trade."""
        price, amount = Decimal(row["price"]), Decimal(row["quantity"])
        timestamp = milliseconds(row.get("time_ns"))
        return {
            "info": dict(row),
            "id": row["id"] or None,
            "order": None,
            "timestamp": timestamp,
            "datetime": iso8601(timestamp),
            "symbol": symbol,
            "type": None,
            "side": row.get("taker_side"),
            "takerOrMaker": None,
            "price": self.convert(price),
            "amount": self.convert(amount),
            "cost": self.convert(price * amount),
            "fee": {"cost": None, "currency": None},
            "fees": [],
        }

    def ticker(self, row: Mapping[str, Any]) -> Dict[str, Any]:
        def exact(name: str) -> Optional[Decimal]:
            return None if row.get(name) is None else Decimal(row[name])

        last, opened = exact("last"), exact("open")
        base, quote = exact("base_volume"), exact("quote_volume")
        change = last - opened if last is not None and opened is not None else None
        bid, ask = row.get("bid") or (None, None), row.get("ask") or (None, None)
        return {
            "symbol": self.markets.symbol(row["connector"], row["pair"]),
            "timestamp": None,
            "datetime": None,
            "high": self.number(row.get("high")),
            "low": self.number(row.get("low")),
            "bid": self.number(bid[0]),
            "bidVolume": self.number(bid[1]),
            "ask": self.number(ask[0]),
            "askVolume": self.number(ask[1]),
            "vwap": self._exactly(quote / base if base and quote is not None else None),
            "open": self._exactly(opened),
            "close": self._exactly(last),
            "last": self._exactly(last),
            "previousClose": None,
            "change": self._exactly(change),
            "percentage": self._exactly(change / opened * 100 if change is not None and opened else None),
            "average": self._exactly((last + opened) / 2 if last is not None and opened is not None else None),
            "baseVolume": self._exactly(base),
            "quoteVolume": self._exactly(quote),
            "markPrice": self.number(row.get("mark")),
            "indexPrice": self.number(row.get("index")),
            "info": dict(row),
        }

    def funding(self, row: Mapping[str, Any]) -> Dict[str, Any]:
        """A funding rate, of a ticker."""
        following = milliseconds(row.get("funding_next_ns"))
        interval = row.get("funding_interval_ns")
        return {
            "info": dict(row),
            "symbol": self.markets.symbol(row["connector"], row["pair"]),
            "markPrice": self.number(row.get("mark")),
            "indexPrice": self.number(row.get("index")),
            "interestRate": None,
            "estimatedSettlePrice": None,
            "timestamp": None,
            "datetime": None,
            "fundingRate": self.number(row.get("funding_rate")),
            "fundingTimestamp": following,
            "fundingDatetime": iso8601(following),
            "nextFundingRate": None,
            "nextFundingTimestamp": None,
            "nextFundingDatetime": None,
            "previousFundingRate": None,
            "previousFundingTimestamp": None,
            "previousFundingDatetime": None,
            "interval": f"{interval // 3_600_000_000_000}h" if interval else None,
        }

    # Orders

    def order(
        self, row: Mapping[str, Any], known: bool = True, fills: Sequence[Mapping[str, Any]] = ()
    ) -> Dict[str, Any]:
        """An order: one of the interface, or a row of the journal's orders.

        :param known: whether its outcome is known.
        :param fills: rows of the journal's fills of it, for an order that the host has no longer in mind.
        """
        flags = row.get("flags") or []
        flags = flags.split() if isinstance(flags, str) else flags
        amount, filled = _exact(row.get("quantity")), _exact(row.get("filled"))
        average = _exact(row.get("average_price"))
        cost = filled * average if filled is not None and average is not None else None
        fees = [{"cost": self.number(fee["amount"]), "currency": fee["asset"]} for fee in row.get("fees") or []]
        latest = max((nanoseconds(fill.get("time")) for fill in fills), default=0)
        if fills and average is None:
            cost = sum((Decimal(fill["price"]) * Decimal(fill["quantity"]) for fill in fills), Decimal(0))
            quantity = sum((Decimal(fill["quantity"]) for fill in fills), Decimal(0))
            average = cost / quantity if quantity else None
        if fills and not fees:
            fees = self._fees(fills)
        if cost is None and filled == 0:
            cost = Decimal(0)
        created, changed, expiry = (
            milliseconds(row.get(f"{name}_ns") or nanoseconds(row.get(name))) for name in ("created", "changed", "expiry")
        )
        kind, stop = str(row.get("type") or ""), self.number(row.get("stop"))
        force = row.get("time_in_force")
        return {
            "info": dict(row),
            "id": row["exchange_client_order_id"],
            "clientOrderId": row.get("client_order_id"),
            "timestamp": created,
            "datetime": iso8601(created),
            "lastTradeTimestamp": milliseconds(latest),
            "lastUpdateTimestamp": changed,
            "symbol": self.markets.symbol(row["connector"], row["pair"]),
            "type": "market" if kind.endswith("market") else "limit",
            "timeInForce": force.upper() if force else None,
            "expiry": expiry,
            "postOnly": "post_only" in flags,
            "reduceOnly": "reduce_only" in flags or "close" in flags,
            "side": row["side"],
            "price": self.number(row.get("price")) or self._exactly(average),
            "triggerPrice": stop,
            "stopPrice": stop,
            "stopLossPrice": stop if kind.startswith("stop") else None,
            "takeProfitPrice": stop if kind.startswith("take") else None,
            "amount": self._exactly(amount),
            "cost": self._exactly(cost),
            "average": self._exactly(average),
            "filled": self._exactly(filled),
            "remaining": self._exactly(amount - filled if amount is not None and filled is not None else None),
            "status": STATES.get(str(row["state"])),
            "fee": fees[0] if len(fees) == 1 else None,
            "fees": fees,
            "trades": [],
            "known": known,
            "reason": row.get("reason") or None,
        }

    def _fees(self, fills: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
        sums: Dict[str, Decimal] = {}
        for fill in fills:
            if fill.get("fee") is not None:
                sums[fill["fee_asset"]] = sums.get(fill["fee_asset"], Decimal(0)) + Decimal(fill["fee"])
        return [{"cost": self.convert(cost), "currency": asset} for asset, cost in sorted(sums.items())]

    def fill(self, row: Mapping[str, Any]) -> Dict[str, Any]:
        """A fill of an own order, as the stream has it."""
        price, amount = Decimal(row["price"]), Decimal(row["quantity"])
        timestamp = milliseconds(row.get("time_ns"))
        fee = {"cost": self.number(row.get("fee")), "currency": row.get("fee_asset") or None}
        return {
            "info": dict(row),
            "id": row["trade_id"],
            "order": row["exchange_client_order_id"],
            "timestamp": timestamp,
            "datetime": iso8601(timestamp),
            "symbol": self.markets.symbol(row["connector"], row["pair"]),
            "type": None,
            "side": row["side"],
            "takerOrMaker": row.get("liquidity") or None,
            "price": self.convert(price),
            "amount": self.convert(amount),
            "cost": self.convert(price * amount),
            "fee": fee,
            "fees": [fee] if fee["cost"] is not None else [],
        }

    # Accounts

    def balance(self, rows: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
        made = Named({"info": [dict(row) for row in rows], "timestamp": None, "datetime": None})
        sums: Dict[str, List[Decimal]] = {}
        for row in rows:
            sums.setdefault(row["asset"], []).extend([Decimal(row["available"]), Decimal(row["total"])])
        free, used, total = Named(), Named(), Named()
        for asset, parts in sorted(sums.items()):
            available, whole = sum(parts[0::2], Decimal(0)), sum(parts[1::2], Decimal(0))
            entry = {"free": available, "used": whole - available, "total": whole}
            made[asset] = {name: self.convert(value) for name, value in entry.items()}
            free[asset], used[asset], total[asset] = made[asset].values()
        made.update(free=free, used=used, total=total)
        return made

    def position(self, row: Mapping[str, Any]) -> Dict[str, Any]:
        quantity, leg = Decimal(row["quantity"]), row.get("leg", "net")
        entry, mark = _exact(row.get("entry")), _exact(row.get("mark"))
        size = abs(quantity)
        notional = size * mark if mark is not None else None
        leverage, margin = _exact(row.get("leverage")), _exact(row.get("margin"))
        unrealized = _exact(row.get("unrealized"))
        if margin is None and leverage and notional is not None:
            margin = notional / leverage
        side = leg if leg in ("long", "short") else "short" if quantity < 0 else "long" if quantity else None
        share = unrealized / margin * 100 if unrealized is not None and margin else None
        return {
            "info": dict(row),
            "id": None,
            "symbol": self.markets.symbol(row["connector"], row["pair"]),
            "timestamp": None,
            "datetime": None,
            "lastUpdateTimestamp": None,
            "isolated": None,
            "hedged": leg in ("long", "short"),
            "side": side,
            "contracts": self.convert(size),
            "contractSize": self.convert(Decimal(1)),
            "entryPrice": self._exactly(entry),
            "markPrice": self._exactly(mark),
            "lastPrice": None,
            "notional": self._exactly(notional),
            "leverage": self._exactly(leverage),
            "collateral": None,
            "initialMargin": self._exactly(margin),
            "initialMarginPercentage": self._exactly(1 / leverage if leverage else None),
            "maintenanceMargin": None,
            "maintenanceMarginPercentage": None,
            "unrealizedPnl": self._exactly(unrealized),
            "realizedPnl": self.number(row.get("realized")),
            "liquidationPrice": self.number(row.get("liquidation")),
            "marginMode": None,
            "marginRatio": None,
            "percentage": self._exactly(share),
            "stopLossPrice": None,
            "takeProfitPrice": None,
        }


def _exact(text: Any) -> Optional[Decimal]:
    return None if text is None else Decimal(text)


def journal_order(row: Mapping[str, Any]) -> Dict[str, Any]:
    """A row of the journal's orders with the interface's names."""
    named = dict(row)
    named["exchange_client_order_id"] = row["client_order_id"]
    named["exchange_order_id"] = row.get("venue_order_id")
    named["client_order_id"] = row.get("own_client_order_id")
    return named


def journal_fill(row: Mapping[str, Any], connector: str) -> Dict[str, Any]:
    """A row of the journal's fills as the stream has fills."""
    named = dict(row)
    named["connector"] = connector
    named["exchange_client_order_id"] = row["client_order_id"]
    named["client_order_id"] = row.get("own_client_order_id")
    named["time_ns"] = nanoseconds(row.get("time"))
    return named
