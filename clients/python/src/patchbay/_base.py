"""Where the host is, which exchange is meant, and what it offers."""

from __future__ import annotations

import asyncio
import os
import random
import ssl as tls
from collections import defaultdict
from decimal import Decimal
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Set, Type, TypeVar, Union

from ._feed import Fanout, Feed, Known
from ._markets import Markets
from ._numbers import Amount, stepped
from ._shared import SharedBooks
from ._stream import Stream
from ._structures import Structures
from ._transport import Backoff, Transport
from .errors import ArgumentsRequired, BadRequest, BadSymbol, BaseError, ExchangeError, NotSupported

Own = TypeVar("Own", bound="Base")
DEFAULT_URL = "http://127.0.0.1:8765"
#: Rows of a page; the host gives at most so many.
PAGE = 1000
INSTRUMENTS_PAGE = 2000


class Base:
    """See :class:`patchbay.Patchbay`."""

    def __init__(
        self,
        connector: Union[str, Mapping[str, Any], None] = None,
        *,
        url: Optional[str] = None,
        socket: Optional[str] = None,
        token: Optional[str] = None,
        token_file: Optional[str] = None,
        numbers: Union[Type[Decimal], Type[float]] = Decimal,
        account: Optional[str] = None,
        default_type: str = "spot",
        wait: int = 10_000,
        confirmed: bool = False,
        auto_subscribe: bool = True,
        timeout: float = 10.0,
        attempts: int = 4,
        queue_limit: int = 10_000,
        ssl: Union[tls.SSLContext, bool] = True,
        shared_memory: bool = True,
        seed: Optional[int] = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if isinstance(connector, Mapping):
            keywords = {name: value for name, value in locals().items() if name in _FIELDS and name != "connector"}
            self.__init__(**{**keywords, **_fields(connector)})  # type: ignore[misc]
            return
        if numbers not in (Decimal, float):
            raise BadRequest(f"numbers is {numbers!r}; it is Decimal or float")
        if default_type not in ("spot", "swap", "future"):
            raise BadRequest(f"default_type is {default_type!r}; it is spot, swap or future")
        if socket is None and url is None:
            url = os.environ.get("PATCHBAY_URL")
        if token is None and token_file is None and socket is None:
            token = os.environ.get("PATCHBAY_TOKEN")
        #: The id of the exchange or connector, as it was given.
        self.id = connector
        #: The account at the exchange; ``None`` = the only one.
        self.account = account
        self.default_type = default_type
        #: Milliseconds that the host may take to learn the outcome of an order.
        self.wait = wait
        self.confirmed = confirmed
        self.auto_subscribe = auto_subscribe
        self.queue_limit = queue_limit
        self.shared_memory = shared_memory
        self.convert: Callable[[Decimal], Any] = numbers if numbers is float else (lambda number: number)
        chance = random.Random(seed)
        self._sleep = sleep
        self._transport = Transport(
            url or DEFAULT_URL if socket is None else "http://localhost",
            socket=socket,
            token=token,
            token_file=token_file,
            timeout=timeout,
            attempts=attempts,
            backoff=Backoff(0.2, 5.0, chance),
            ssl=ssl,
            sleep=sleep,
        )
        self._stream_backoff = Backoff(0.2, 30.0, chance)
        self._stream: Optional[Stream] = None
        self._loading: "Optional[asyncio.Task[None]]" = None
        self._structures: Optional[Structures] = None
        #: Rows of ``GET /v1/connectors`` of this exchange, when the markets were loaded.
        self._seats: List[Dict[str, Any]] = []
        #: What is followed on the stream, by name.
        self._followed: "Dict[str, asyncio.Task[Any]]" = {}
        self._fanouts: Dict[str, Fanout[Any]] = {}
        self._feeds: Dict[str, Feed[Any]] = {}
        #: Who reads rows of a connector's balances or positions.
        self._readers: Dict[str, List[Feed[Any]]] = {}
        self._jobs: "Set[asyncio.Task[None]]" = set()
        #: Books out of shared memory, once one was watched.
        self._shared: Optional[SharedBooks] = None
        self._opening: Optional[asyncio.Lock] = None
        #: Connectors by order.
        self._places = Known(10_000)
        #: Markets by unified symbol, once they are loaded.
        self.markets: Dict[str, Dict[str, Any]] = {}

    # Life

    async def __aenter__(self: Own) -> Own:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes all connections. Orders stay as they are."""
        stream, self._stream = self._stream, None
        self._followed = {}
        if stream is not None:
            await stream.close()
        await self._transport.close()

    async def request(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, Any]] = None,
        body: Optional[Mapping[str, Any]] = None,
        **options: Any,
    ) -> Any:
        """Any request of docs/api/openapi.yaml, such as ``request("GET", "/v1/registry")``, and its answer as it is."""
        return await self._transport.ask(method, path, query, body, **options)

    # Markets

    async def load_markets(self, reload: bool = False) -> Dict[str, Dict[str, Any]]:
        """Markets by unified symbol. Other methods load them when they need them; ``reload`` asks again."""
        if reload or self._structures is None:
            if self._loading is None or self._loading.done():
                self._loading = asyncio.get_running_loop().create_task(self._load())
            await asyncio.shield(self._loading)
        return self.markets

    async def _load(self) -> None:
        seats = await self._find_seats()
        rows: List[Dict[str, Any]] = []
        for seat in seats:
            rows += await self._instruments(seat["connector"])
        markets = Markets(rows, self.convert, self.default_type)
        self._seats, self.markets = seats, markets.by_symbol
        self._structures = Structures(markets, self.convert)

    async def _find_seats(self) -> List[Dict[str, Any]]:
        seats: List[Dict[str, Any]] = (await self.request("GET", "/v1/connectors"))["connectors"]
        exchanges = sorted({seat["exchange"] for seat in seats})
        wanted = self.id if self.id is not None else exchanges[0] if len(exchanges) == 1 else None
        if wanted is None:
            names = " or ".join(f"Patchbay({name!r})" for name in exchanges)
            raise ArgumentsRequired(f"name an exchange: {names}" if names else "the host runs no exchange")
        chosen = [seat for seat in seats if seat["exchange"] == wanted]
        chosen = chosen or [seat for seat in seats if seat["connector"] == wanted]
        if not chosen:
            names = ", ".join([*exchanges, *(seat["connector"] for seat in seats)])
            raise BadRequest(f"the host runs no connector {wanted!r}; there are {names}")
        return chosen

    async def _instruments(self, connector: str) -> List[Dict[str, Any]]:
        rows: List[Dict[str, Any]] = []
        while True:
            query = {"connector": connector, "limit": INSTRUMENTS_PAGE, "offset": len(rows)}
            page = await self.request("GET", "/v1/instruments", query)
            rows += page["instruments"]
            if not page["instruments"] or len(rows) >= page["total"]:
                return rows

    async def _loaded(self) -> Structures:
        await self.load_markets()
        assert self._structures is not None
        return self._structures

    async def fetch_markets(self, params: Mapping[str, Any] = {}) -> List[Dict[str, Any]]:
        """All markets, as the host has them now."""
        _nothing(params)
        await self.load_markets(True)
        return list(self.markets.values())

    def market(self, symbol: str) -> Dict[str, Any]:
        """A market by its symbol (``BTC/USDT``, ``BTC/USDT:USDT``), its pair (``BTC-USDT``) or the exchange's id.

        Markets have to be loaded; raises :class:`BadSymbol`.
        """
        if self._structures is None:
            raise ExchangeError("the markets are not loaded; call load_markets() before")
        return self._structures.markets.find(symbol)

    async def _market(self, symbol: Optional[str]) -> Dict[str, Any]:
        if not symbol:
            raise ArgumentsRequired("a symbol is needed, such as BTC/USDT")
        return (await self._loaded()).markets.find(symbol)

    def amount_to_precision(self, symbol: str, amount: Amount) -> str:
        """An amount cut off to what the exchange takes, as a text."""
        return self._stepped(symbol, amount, "lot", down=True)

    def price_to_precision(self, symbol: str, price: Amount) -> str:
        """A price to the nearest that the exchange takes, as a text."""
        return self._stepped(symbol, price, "tick", down=False)

    def _stepped(self, symbol: str, value: Amount, rule: str, down: bool) -> str:
        step = self.market(symbol)["info"].get(rule)
        return stepped(value, None if step is None else Decimal(step), rule, down)

    @property
    def has(self) -> Dict[str, bool]:
        """Which of ccxt's methods there are, by their names there: ``has["fetchOrderBook"]``."""
        names = [name for name in dir(type(self)) if name.split("_")[0] in _VERBS]
        return defaultdict(bool, {_camel(name): True for name in names})

    # Connectors

    async def _connectors(self, symbol: Optional[str] = None, trading: bool = True) -> List[str]:
        """Those that are meant: of a symbol its own, else all of this exchange."""
        await self._loaded()
        if symbol:
            return [str((await self._market(symbol))["connector"])]
        names = [str(seat["connector"]) for seat in self._seats if seat["trading"] or not trading]
        if not names:
            seats = ", ".join(str(seat["connector"]) for seat in self._seats)
            raise NotSupported(f"no orders are taken on {seats}; permit.trading in the host's configuration allows it")
        return names

    async def _of_type(self, params: Dict[str, Any]) -> List[str]:
        """Connectors of the type in the parameters, or of the default type; where there is none of it, all."""
        wanted = params.pop("type", self.default_type)
        names = await self._connectors()
        market = {"spot": "spot", "swap": "perp", "future": "perp"}.get(wanted)
        if market is None:
            raise BadRequest(f"type is {wanted!r}; it is spot, swap or future")
        chosen = [s["connector"] for s in self._seats if s["market"] == market and s["connector"] in names]
        return chosen or names

    async def _subscribed(self, market: Mapping[str, Any], ask: Callable[[], Awaitable[Any]]) -> Any:
        """Asks for a market; one that the host does not follow is subscribed to, and asked for again."""
        try:
            return await ask()
        except BadSymbol:
            if not self.auto_subscribe:
                raise
            body = {"connector": market["connector"], "pair": market["pair"]}
            try:
                await self.request("POST", "/v1/subscriptions", None, body)
            except BaseError as error:
                raise BadSymbol(
                    f"{market['symbol']} is not followed by the host, and subscribing failed: {error}"
                ) from error
            return await ask()


def _fields(config: Mapping[str, Any]) -> Dict[str, Any]:
    """ccxt's way to configure: one mapping for all."""
    fields = dict(config)
    options = fields.pop("options", None) or {}
    odd = [name for name in fields if name not in _FIELDS] + [
        f"options.{name}" for name in options if name != "defaultType"
    ]
    if odd:
        raise BadRequest(
            f"{', '.join(sorted(odd))} is not known; there are {', '.join(_FIELDS)} and options.defaultType"
        )
    if "defaultType" in options:
        fields["default_type"] = options["defaultType"]
    return fields


_FIELDS = (
    "connector url socket token token_file numbers account default_type wait confirmed auto_subscribe timeout attempts "
    "queue_limit ssl shared_memory seed sleep"
).split()
_VERBS = ("fetch", "watch", "create", "edit", "cancel", "set", "load")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join("OHLCV" if word == "ohlcv" else word.capitalize() for word in rest)


def _nothing(params: Mapping[str, Any]) -> None:
    if params:
        raise BadRequest(f"params: {', '.join(sorted(params))} is not known here")
