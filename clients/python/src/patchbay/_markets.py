"""Markets, by their names in ccxt's form and in Patchbay's."""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Mapping, Optional

from ._numbers import Convert, iso8601, milliseconds
from .errors import BadSymbol

#: Kinds of instruments and the types that they are in ccxt.
TYPES = {"spot": "spot", "perp": "swap", "future": "future", "pool": "spot"}


def symbol_of(row: Mapping[str, Any]) -> str:
    """The unified symbol: ``BTC/USDT``, ``BTC/USDT:USDT`` of a perpetual, ``BTC/USDT:USDT-261225`` of a future."""
    symbol = f"{row['base']}/{row['quote']}"
    if row["kind"] in ("perp", "future"):
        symbol += f":{row.get('settle') or row['quote']}"
    day = iso8601(milliseconds(row.get("expiry_ns")))
    if row["kind"] == "future" and day:
        symbol += f"-{day[2:4]}{day[5:7]}{day[8:10]}"
    return symbol


def market_of(row: Mapping[str, Any], convert: Convert) -> Dict[str, Any]:
    """ccxt's structure of a market, and besides ``connector`` and ``pair``, which are Patchbay's names of it."""

    def number(name: str) -> Any:
        text = row.get(name)
        return None if text is None else convert(Decimal(text))

    kind = TYPES[row["kind"]]
    contract = kind in ("swap", "future")
    inverse = bool(row.get("inverse"))
    expiry = milliseconds(row.get("expiry_ns"))
    settle = (row.get("settle") or row["quote"]) if contract else None
    return {
        "id": row["symbol"],
        "lowercaseId": row["symbol"].lower(),
        "symbol": symbol_of(row),
        "base": row["base"],
        "quote": row["quote"],
        "settle": settle,
        "baseId": row["base"],
        "quoteId": row["quote"],
        "settleId": settle,
        "type": kind,
        "spot": kind == "spot",
        "margin": False,
        "swap": kind == "swap",
        "future": kind == "future",
        "option": False,
        "index": False,
        "active": row["state"] in ("trading", "post-only"),
        "contract": contract,
        "linear": (not inverse) if contract else None,
        "inverse": inverse if contract else None,
        "subType": ("inverse" if inverse else "linear") if contract else None,
        "taker": number("taker_fee"),
        "maker": number("maker_fee"),
        "percentage": True,
        "tierBased": False,
        "feeSide": None,
        "marginModes": {"cross": None, "isolated": None},
        # Quantities are in base here, of contracts too; the host counts in the exchange's contracts.
        "contractSize": convert(Decimal(1)) if contract else None,
        "expiry": expiry,
        "expiryDatetime": iso8601(expiry),
        "strike": None,
        "optionType": None,
        "precision": {"amount": number("lot"), "price": number("tick"), "base": None, "quote": None},
        "limits": {
            "leverage": {"min": None, "max": number("max_leverage")},
            "amount": {"min": number("min_quantity"), "max": number("max_quantity")},
            "price": {"min": number("min_price"), "max": number("max_price")},
            "cost": {"min": number("min_notional"), "max": number("max_notional")},
            "market": {"min": None, "max": None},
        },
        "created": None,
        "connector": row["connector"],
        "pair": row["pair"],
        "info": dict(row),
    }


class Markets:
    """What one exchange offers."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], convert: Convert, default_type: str) -> None:
        self.by_symbol: Dict[str, Dict[str, Any]] = {}
        self._by_pair: Dict[str, List[Dict[str, Any]]] = {}
        self._by_id: Dict[str, List[Dict[str, Any]]] = {}
        self._by_place: Dict[str, Dict[str, Any]] = {}
        self._default_type = default_type
        for row in rows:
            market = market_of(row, convert)
            # Two instruments of the same assets, such as two pools: the second is called as the connector calls it.
            if market["symbol"] in self.by_symbol:
                market["symbol"] = f"{market['symbol']}@{market['pair']}"
            self.by_symbol.setdefault(market["symbol"], market)
            self._by_pair.setdefault(market["pair"], []).append(market)
            self._by_id.setdefault(market["id"], []).append(market)
            self._by_place[f"{market['connector']}/{market['pair']}"] = market

    def find(self, name: str) -> Dict[str, Any]:
        """A market by its unified symbol, its pair (``BTC-USDT``) or the exchange's own id of it.

        As it is written first, then without regard to case: some exchanges write ``btc/usdt``. A pair that spot and
        perpetuals have is that of the default type.
        """
        if name in self.by_symbol:
            return self.by_symbol[name]
        for table in (self._by_pair, self._by_id):
            if found := table.get(name):
                return self._chosen(name, found)
        folded = name.casefold()
        for table in ({symbol: [market] for symbol, market in self.by_symbol.items()}, self._by_pair, self._by_id):
            if alike := [market for key, found in table.items() if key.casefold() == folded for market in found]:
                return self._chosen(name, alike)
        near = difflib.get_close_matches(name, [*self.by_symbol, *self._by_pair], 1)
        raise BadSymbol(f"there is no market {name!r}" + (f"; did you mean {near[0]}?" if near else ""))

    def _chosen(self, name: str, found: List[Dict[str, Any]]) -> Dict[str, Any]:
        """The one of the default type, or the only one."""
        chosen = [market for market in found if market["type"] == self._default_type] or found
        if len(chosen) == 1:
            return chosen[0]
        names = " or ".join(market["symbol"] for market in chosen)
        raise BadSymbol(f"{name} may be {names}; write it as one of them stands")

    def at(self, connector: Any, pair: Any) -> Optional[Dict[str, Any]]:
        """The market of a connector's pair; ``None`` where it is not known."""
        return self._by_place.get(f"{connector}/{pair}")

    def symbol(self, connector: Any, pair: Any) -> str:
        """The unified symbol of a connector's pair; the pair itself where it is not known."""
        market = self.at(connector, pair)
        return str(market["symbol"] if market else pair)

    def candidates(self, pair: Any, exchange_symbol: Any) -> List[Dict[str, Any]]:
        """Markets that a row of the journal may mean, which names no connector."""
        found = self._by_pair.get(str(pair), [])
        return [market for market in found if market["id"] == exchange_symbol] or list(found)
