"""Where the host is, which exchange is meant, and what it offers."""

from __future__ import annotations

import asyncio
import os
import random
import ssl as tls
import sys
import warnings
from decimal import Decimal
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Set, Tuple, Type, TypeVar, Union

from ._compatible import Compatible
from ._feed import Fanout, Feed, Known
from ._markets import Markets
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
#: How often instruments are asked for where none is known yet, and seconds between.
MARKET_TRIES, MARKET_PAUSE = 50, 0.1


class Base(Compatible):
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
        **ccxts: Any,
    ) -> None:
        if isinstance(connector, Mapping):
            keywords = {name: value for name, value in locals().items() if name in _FIELDS and name != "connector"}
            self.__init__(**{**keywords, **ccxts, **connector})  # type: ignore[misc]
            return
        default_type = _without(ccxts) or default_type
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
        #: Rows of instruments by connector; of one whose instruments are not known yet there are none.
        self._rows_of: Dict[str, List[Dict[str, Any]]] = {}
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
        #: The newest candles as they were returned, by symbol and time frame.
        self._candles: Dict[Tuple[str, str], Dict[int, List[Any]]] = {}
        #: Connectors by order.
        self._places = Known(10_000)
        #: Markets by unified symbol, once they are loaded.
        self.markets: Dict[str, Dict[str, Any]] = {}
        self._equip(self.convert)

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

    async def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Dict[str, Dict[str, Any]]:
        """Markets by unified symbol. Other methods load them when they need them; ``reload`` asks again.

        A host that has only just started knows no instruments yet: they are waited for, five seconds at most. Those of
        a connector that has none by then are asked for again by the next call.
        """
        _nothing(params)
        if reload or not self._is_complete:
            if self._loading is None or self._loading.done():
                self._loading = asyncio.get_running_loop().create_task(self._load(reload))
            await asyncio.shield(self._loading)
        return self.markets

    @property
    def _is_complete(self) -> bool:
        """Whether the instruments of every connector are known."""
        return self._structures is not None and all(self._rows_of.values())

    async def _load(self, reload: bool) -> None:
        anew = reload or self._structures is None
        seats = await self._find_seats() if anew else self._seats
        rows = {} if anew else dict(self._rows_of)
        for attempt in range(MARKET_TRIES):
            if attempt:
                await self._sleep(MARKET_PAUSE)
            for name in (str(seat["connector"]) for seat in seats):
                rows[name] = rows.get(name) or await self._instruments(name)
            if any(rows.values()):
                break
        if not anew and rows == self._rows_of:
            return
        markets = Markets((row for part in rows.values() for row in part), self.convert, self.default_type)
        self._seats, self._rows_of, self.markets = seats, rows, markets.by_symbol
        if self._structures is None:
            self._structures = Structures(markets, self.convert)
        # Who is at work with them goes on with what is known now.
        self._structures.markets = markets

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

    def _known_markets(self) -> Dict[str, Dict[str, Any]]:
        return self.markets

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
        try:
            return (await self._loaded()).markets.find(symbol)
        except BadSymbol:
            # It may have come since; what is loaded may be old.
            await self.load_markets(True)
            return (await self._loaded()).markets.find(symbol)

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


def _without(ccxts: Dict[str, Any]) -> Optional[str]:
    """Says what of ccxt's configuration has no meaning here, and gives what it has the type by default for."""
    odd = sorted(name for name in ccxts if name not in _IGNORED)
    if odd:
        raise BadRequest(f"{', '.join(odd)} is not known; there are {', '.join(_FIELDS)}")
    options = ccxts.get("options") or {}
    unused = [name for name in _IGNORED if name in ccxts and name != "options"]
    unused += [f"options.{name}" for name in options if name != "defaultType"]
    if unused:
        warnings.warn(
            f"Patchbay ignores {', '.join(unused)}: the host has the keys (`patchbay keys add`), and paces and configures "
            "what goes to the exchange; take them out of the script",
            stacklevel=_outside(),
        )
    kind = options.get("defaultType")
    return None if kind is None else str(kind)


def _outside() -> int:
    """How many calls up, from a warning, the caller of the client's class is."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{__package__}."):
        frame, level = frame.f_back, level + 1
    return level


#: Of ccxt's configuration, what is the host's here.
_IGNORED = (
    "apiKey secret password uid walletAddress privateKey enableRateLimit rateLimit verbose aiohttp_proxy "
    "httpProxy httpsProxy adjustForTimeDifference options"
).split()
_FIELDS = (
    "connector url socket token token_file numbers account default_type wait confirmed auto_subscribe timeout attempts "
    "queue_limit ssl shared_memory seed sleep"
).split()


def _nothing(params: Mapping[str, Any]) -> None:
    if params:
        raise BadRequest(f"params: {', '.join(sorted(params))} is not known here")
