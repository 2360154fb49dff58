"""From ccxt's arguments of orders to what the host takes."""

from __future__ import annotations

import secrets
from typing import Any, Dict, Mapping, Optional

from ._numbers import Amount, plain
from .errors import ArgumentsRequired, BadRequest

#: Names of parameters, in ccxt's way and in Patchbay's. Any other is refused, so that a misspelt one is not lost.
PARAMETERS = (
    "clientOrderId, timeInForce, expiry, postOnly, reduceOnly, hedged, positionSide, position, leg, triggerPrice, stopPrice, "
    "stopLossPrice, takeProfitPrice, triggerDirection, triggerPriceType, cost, account, wait, confirmed"
)
TYPES = ("limit", "market", "stop_limit", "stop_market", "take_limit", "take_market")
MOST_WAIT = 60_000


def new_id() -> str:
    """A client order id that nobody else makes."""
    return "py-" + secrets.token_hex(12)


def wait_of(params: Dict[str, Any], usual: int) -> int:
    """Takes ``wait`` out of the parameters: milliseconds that the host may take to learn the outcome."""
    wait: Any = params.pop("wait", usual)
    if isinstance(wait, bool) or not isinstance(wait, int) or not 0 <= wait <= MOST_WAIT:
        raise BadRequest(f"wait is {wait!r}; it is milliseconds from 0 to {MOST_WAIT}")
    return int(wait)


def id_of(id: Any, params: Dict[str, Any]) -> Any:
    """The name of an order: its ``id``, or ``clientOrderId`` of the parameters, which it is taken out of."""
    named = params.pop("clientOrderId", None)
    return named if id is None or id == "" else id


def wish_of(
    market: Mapping[str, Any],
    type: str,
    side: str,
    amount: Optional[Amount],
    price: Optional[Amount],
    params: Mapping[str, Any],
    usual_wait: int,
) -> Dict[str, Any]:
    """The body of a request to place an order."""
    left = dict(params)
    side = str(side).lower()
    if side not in ("buy", "sell"):
        raise BadRequest(f"side is {side!r}; it is buy or sell")
    wish: Dict[str, Any] = {
        "client_order_id": left.pop("clientOrderId", None) or new_id(),
        "connector": market["connector"],
        "pair": market["pair"],
        "side": side,
    }
    cost = left.pop("cost", None)
    trigger, kind = _trigger(left, side)
    wish["type"] = _type(type, kind, trigger)
    if trigger is not None:
        wish["stop"] = plain(trigger, "the trigger price")
    _source(wish, left, trigger)
    if wish["type"].endswith("limit"):
        if price is None:
            raise ArgumentsRequired(f"a {type} order needs a price")
        wish["price"] = plain(price, "price")
    if cost is not None:
        wish["quantity"], wish["by_value"] = plain(cost, "cost"), True
    elif amount is None:
        raise ArgumentsRequired("an order needs an amount")
    else:
        wish["quantity"] = plain(amount, "amount")
    _force(wish, left)
    if market["contract"]:
        _position(wish, left)
    elif left.pop("reduceOnly", False):
        raise BadRequest("reduceOnly is for contracts; leave it out")
    for name in ("account", "confirmed"):
        if left.get(name) is not None:
            wish[name] = left[name]
        left.pop(name, None)
    wish["wait_ms"] = wait_of(left, usual_wait)
    if left:
        raise BadRequest(f"params: {', '.join(sorted(left))} is not known; there are {PARAMETERS}")
    return wish


def _trigger(left: Dict[str, Any], side: str) -> Any:
    """The trigger price and whether it is a stop or a take-profit."""
    given = [(name, left.pop(name)) for name in list(left) if name in _TRIGGERS and left[name] is not None]
    for name in _TRIGGERS:
        left.pop(name, None)
    direction = left.pop("triggerDirection", None)
    if not given:
        return None, None
    if len(given) > 1:
        raise BadRequest(f"an order has one trigger; leave all but one out of {', '.join(n for n, _ in given)}")
    name, price = given[0]
    if name == "takeProfitPrice":
        return price, "take"
    if direction is not None and name != "stopLossPrice":
        if direction not in _UP + _DOWN:
            raise BadRequest(f"triggerDirection is {direction!r}; it is ascending or descending")
        return price, "stop" if (direction in _UP) == (side == "buy") else "take"
    return price, "stop"


def _source(wish: Dict[str, Any], left: Dict[str, Any], trigger: Any) -> None:
    """Which price reaches the trigger."""
    source = left.pop("triggerPriceType", None)
    if source not in (None, "last", "mark"):
        raise BadRequest(f"triggerPriceType is {source!r}; it is last or mark")
    if source is not None and trigger is None:
        raise ArgumentsRequired("triggerPriceType is of a trigger; give triggerPrice too, or leave it out")
    if source == "mark":
        wish["stop_by_mark"] = True


_TRIGGERS = ("triggerPrice", "stopPrice", "stopLossPrice", "takeProfitPrice")
_UP, _DOWN = ("ascending", "above", "up"), ("descending", "below", "down")


def _type(type: str, kind: Optional[str], trigger: Any) -> str:
    word = str(type).lower()
    if word not in TYPES:
        raise BadRequest(f"type is {type!r}; it is one of {', '.join(TYPES)}")
    if trigger is None:
        if word not in ("limit", "market"):
            raise ArgumentsRequired(f"a {word} order needs a triggerPrice in params")
        return word
    return word if word not in ("limit", "market") else f"{kind}_{word}"


def _force(wish: Dict[str, Any], left: Dict[str, Any]) -> None:
    force = str(left.pop("timeInForce", None) or "").lower()
    post_only = left.pop("postOnly", None) or force == "po"
    if force and force not in ("gtc", "ioc", "fok", "gtd", "po"):
        raise BadRequest(f"timeInForce is {force.upper()!r}; it is GTC, IOC, FOK, GTD or PO")
    expiry = left.pop("expiry", None)
    if expiry is not None:
        if isinstance(expiry, bool) or not isinstance(expiry, int) or not 0 < expiry < 1 << 42:
            raise BadRequest(f"expiry is {expiry!r}; it is a moment in milliseconds since 1970")
        if force not in ("", "gtd"):
            raise BadRequest(f"an order with an expiry is GTD, not {force.upper()}")
        wish["expiry_ns"], force = expiry * 1_000_000, "gtd"
    elif force == "gtd":
        raise ArgumentsRequired("a GTD order needs an expiry in params, in milliseconds since 1970")
    if force and force != "po":
        wish["time_in_force"] = force
    if post_only:
        wish["post_only"] = True


def _position(wish: Dict[str, Any], left: Dict[str, Any]) -> None:
    """Whether it opens or closes, and which leg of a hedged position is meant."""
    reduce_only = bool(left.pop("reduceOnly", False))
    position = left.pop("position", None) or ("close" if reduce_only else "open")
    if position not in ("open", "close"):
        raise BadRequest(f"position is {position!r}; it is open or close")
    wish["position"] = position
    leg = str(left.pop("leg", None) or left.pop("positionSide", None) or "").lower()
    left.pop("positionSide", None)
    if left.pop("hedged", False) and not leg:
        leg = "long" if (wish["side"] == "buy") == (position == "open") else "short"
    if leg in ("long", "short"):
        wish["leg"] = leg
    elif leg not in ("", "net", "both"):
        raise BadRequest(f"positionSide is {leg!r}; it is long, short or both")
