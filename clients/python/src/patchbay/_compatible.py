"""What ccxt's users expect at hand without a request, of both clients."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from . import _helpers
from ._aliases import camel, is_offered
from ._names import Named, named
from ._numbers import Amount, exact
from .errors import BadSymbol

_VERBS = ("fetch", "watch", "un", "create", "edit", "cancel", "set", "load")


class Compatible:
    """See :class:`patchbay.Patchbay`."""

    #: Milliseconds between requests that nobody has to keep: the host takes 200 a second of one client, and paces what
    #: it sends to an exchange itself.
    rateLimit = 5
    #: For ccxt's sake; the host paces what goes to the exchange, always.
    enableRateLimit = True
    #: What amounts and prices are cut to: steps.
    precisionMode = _helpers.TICK_SIZE
    #: For ccxt's sake; nothing reads it.
    options: Dict[str, Any] = {}

    decimal_to_precision = staticmethod(_helpers.decimal_to_precision)
    number_to_string = staticmethod(_helpers.number_to_string)
    milliseconds = staticmethod(_helpers.milliseconds)
    microseconds = staticmethod(_helpers.microseconds)
    seconds = staticmethod(_helpers.seconds)
    iso8601 = staticmethod(_helpers.moment_of)
    parse8601 = staticmethod(_helpers.parse8601)
    parse_date = staticmethod(_helpers.parse_date)
    parse_timeframe = staticmethod(_helpers.parse_timeframe)
    ymd = staticmethod(_helpers.ymd)
    ymdhms = staticmethod(_helpers.ymdhms)

    # The clients have these.
    def _known_markets(self) -> Dict[str, Dict[str, Any]]:
        raise NotImplementedError

    def market(self, symbol: str) -> Dict[str, Any]:
        """A market by its symbol (``BTC/USDT``, ``BTC/USDT:USDT``), its pair (``BTC-USDT``) or the exchange's id.

        Markets have to be loaded; raises :class:`BadSymbol`.
        """
        raise NotImplementedError

    def _equip(self, convert: Callable[[Decimal], Any]) -> None:
        """Gives the client ``safe_string`` and its like."""
        for name, pick in _helpers.pickers(convert).items():
            setattr(self, name, pick)
            setattr(self, camel(name), pick)

    # Markets that are loaded

    @property
    def symbols(self) -> List[str]:
        """The unified symbols of the markets that are loaded, in their order."""
        return sorted(self._known_markets())

    @property
    def ids(self) -> List[str]:
        """The exchange's own names of the markets that are loaded, in their order."""
        return sorted(self.markets_by_id)

    @property
    def markets_by_id(self) -> Dict[str, List[Dict[str, Any]]]:
        """The markets by the exchange's own names, of which spot and perpetuals may have the same."""
        found: Dict[str, List[Dict[str, Any]]] = {}
        for market in self._known_markets().values():
            found.setdefault(market["id"], []).append(market)
        return found

    @property
    def currencies(self) -> Dict[str, Dict[str, Any]]:
        """The assets of the markets that are loaded. What an asset can be moved by, the host does not know."""
        codes = {str(market[side]) for market in self._known_markets().values() for side in ("base", "quote", "settle")
                 if market[side]}
        return Named({code: _currency(code) for code in sorted(codes)})

    def currency(self, code: str) -> Dict[str, Any]:
        """An asset of the markets that are loaded, however its case is written; raises :class:`BadSymbol`."""
        known = self.currencies
        return known[named(code, known, "asset")]

    def market_id(self, symbol: str) -> str:
        """The exchange's own name of a market."""
        return str(self.market(symbol)["id"])

    def market_ids(self, symbols: Optional[Sequence[str]] = None) -> Optional[List[str]]:
        """The exchange's own names of markets."""
        return None if symbols is None else [self.market_id(symbol) for symbol in symbols]

    def market_symbols(self, symbols: Optional[Sequence[str]] = None) -> Optional[List[str]]:
        """The unified symbols of markets, however they are named."""
        return None if symbols is None else [str(self.market(symbol)["symbol"]) for symbol in symbols]

    def safe_symbol(self, id: Optional[str], *_: Any) -> Optional[str]:
        """The unified symbol of a market; what was given where there is none."""
        try:
            return None if id is None else str(self.market(id)["symbol"])
        except BadSymbol:
            return id

    def safe_market(self, id: Optional[str], *_: Any) -> Optional[Dict[str, Any]]:
        """A market however it is named; ``None`` where there is none."""
        try:
            return None if id is None else self.market(id)
        except BadSymbol:
            return None

    def safe_currency_code(self, code: Optional[str], *_: Any) -> Optional[str]:
        """An asset's name as the exchange writes it; in upper case where no market that is loaded has it."""
        if code is None:
            return None
        try:
            return named(code, self.currencies, "asset")
        except BadSymbol:
            return code.upper()

    # Numbers as the exchange takes them

    def amount_to_precision(self, symbol: str, amount: Amount) -> str:
        """An amount cut off to what the exchange takes, as a text."""
        return self._stepped(symbol, amount, "lot", _helpers.TRUNCATE)

    def price_to_precision(self, symbol: str, price: Amount) -> str:
        """A price to the nearest that the exchange takes, as a text."""
        return self._stepped(symbol, price, "tick", _helpers.ROUND)

    def cost_to_precision(self, symbol: str, cost: Amount) -> str:
        """A value in quote cut off to the decimals of a price, as a text."""
        return self._stepped(symbol, cost, "tick", _helpers.TRUNCATE)

    def fee_to_precision(self, symbol: str, fee: Amount) -> str:
        """A fee to the decimals of a price, as a text."""
        return self._stepped(symbol, fee, "tick", _helpers.ROUND)

    @staticmethod
    def currency_to_precision(code: str, fee: Amount, networkCode: Optional[str] = None) -> str:
        """An amount of an asset with all its digits, as a text: the host knows no precision of assets."""
        return str(_helpers.number_to_string(exact(fee, "the amount")))

    def _stepped(self, symbol: str, value: Amount, rule: str, mode: int) -> str:
        step = self.market(symbol)["info"].get(rule)
        if step is None or not Decimal(step):
            return str(_helpers.number_to_string(value))
        return _helpers.decimal_to_precision(value, mode, step, _helpers.TICK_SIZE)

    # What there is

    @property
    def has(self) -> Dict[str, bool]:
        """Which of ccxt's methods there are, by their names there: ``has["fetchOrderBook"]``."""
        kind = type(self)
        names = [name for name in dir(kind) if name.split("_")[0] in _VERBS and camel(name) != name]
        made = {camel(name): is_offered(kind, name) for name in names}
        loaded = self._known_markets().values()
        for name in ("spot", "swap", "future"):
            made[name] = any(market[name] for market in loaded)
        made.update(margin=False, option=False, sandbox=False, publicAPI=True, privateAPI=True, ws=True, CORS=False)
        return defaultdict(bool, made)

    @staticmethod
    def check_required_credentials(error: bool = True) -> bool:
        """True: the keys are the host's."""
        return True


def _currency(code: str) -> Dict[str, Any]:
    nothing: Mapping[str, Any] = {"min": None, "max": None}
    return {
        "info": {},
        "id": code,
        "code": code,
        "name": None,
        "type": None,
        "active": None,
        "deposit": None,
        "withdraw": None,
        "fee": None,
        "precision": None,
        "limits": {"amount": dict(nothing), "withdraw": dict(nothing), "deposit": dict(nothing)},
        "networks": {},
    }
