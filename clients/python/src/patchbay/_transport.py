"""Requests to the host: over TCP or a Unix socket, repeated where that has no second effect."""

from __future__ import annotations

import asyncio
import json
import random
import ssl as tls
from typing import Any, Awaitable, Callable, Dict, Mapping, Optional, Type, Union
from urllib.parse import quote, urlsplit

import aiohttp

from .errors import (
    ArgumentsRequired,
    AuthenticationError,
    BadRequest,
    BadResponse,
    BaseError,
    ExchangeError,
    ExchangeNotAvailable,
    NetworkError,
    RequestTimeout,
    from_answer,
)

#: Bytes of an answer that are read at most.
LONGEST_ANSWER = 64 << 20
#: Bytes of a message of a stream: a book of 5000 levels a side has less than 1 MB.
LONGEST_MESSAGE = 16 << 20
#: Requests of one client that are under way at once; the host takes 64.
AT_ONCE = 32


class Backoff:
    """How long to wait before the next try: doubling from ``first`` to ``most`` seconds, less up to half by chance."""

    def __init__(self, first: float, most: float, chance: random.Random) -> None:
        self.first, self.most, self.chance = first, most, chance

    def delay(self, attempt: int) -> float:
        """``attempt`` counts from 0."""
        whole = min(self.most, self.first * 2.0 ** min(attempt, 32))
        return whole * (1 - self.chance.random() / 2)


class Transport:
    """The way to one host. Used in one event loop; sockets are opened when they are needed."""

    def __init__(
        self,
        url: str,
        *,
        socket: Optional[str],
        token: Optional[str],
        token_file: Optional[str],
        timeout: float,
        attempts: int,
        backoff: Backoff,
        ssl: Union[tls.SSLContext, bool],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise BadRequest(f"url is {url!r}; write it as http://127.0.0.1:8765")
        self.url = url.rstrip("/")
        self.socket, self.timeout, self.attempts = socket, timeout, attempts
        self.token, self._token_file = token, token_file
        if token_file is not None and token is None:
            try:
                self.token = _text_of(token_file)
            except (OSError, UnicodeDecodeError) as error:
                raise BadRequest(f"token_file {token_file}: {error}") from error
        self.backoff, self.ssl, self.sleep = backoff, ssl, sleep
        self._session: Optional[aiohttp.ClientSession] = None
        self._places: Optional[asyncio.Semaphore] = None

    @property
    def place(self) -> str:
        """Where the host is, for people."""
        return self.socket if self.socket is not None else self.url

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector: aiohttp.BaseConnector
            # The host closes what is idle for 60 seconds.
            if self.socket is not None:
                connector = aiohttp.UnixConnector(path=self.socket, limit=0, keepalive_timeout=30)
            else:
                connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ssl=self.ssl)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
            self._places = asyncio.Semaphore(AT_ONCE)
        return self._session

    def _authorization(self) -> Dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _renewed(self) -> bool:
        """Whether the file has another token now: a host makes a new one at each start."""
        try:
            token = _text_of(self._token_file) if self._token_file is not None else self.token
        except (OSError, UnicodeDecodeError):
            return False
        is_new = token != self.token
        self.token = token
        return is_new

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, Any]] = None,
        body: Optional[Mapping[str, Any]] = None,
        *,
        repeat: bool = True,
        patience: float = 0.0,
        refused: Type[BaseError] = ExchangeError,
    ) -> Any:
        """What the host answers, or an error of :mod:`patchbay.errors`.

        :param repeat: whether it may be sent again when it was cut off; where not, it is only sent again when it
            cannot have been carried out.
        :param patience: seconds that the host may take for it besides the usual.
        :param refused: the class of what the host refuses.
        """
        attempt = 0
        while True:
            pause: Optional[float] = None
            try:
                status, headers, answer = await self._once(method, path, query, body, patience)
            except ExchangeNotAvailable as error:
                # Nothing was sent.
                fault: BaseError = error
                again = True
            except NetworkError as error:
                fault, again = error, repeat
            else:
                if status < 400 or (status == 503 and path == "/readyz"):
                    return answer
                if status == 401 and self._renewed():
                    continue
                fault = from_answer(status, answer, refused)
                again = fault.code in ("too_many_requests", "lane_silent") or (repeat and fault.code == "busy")
                pause = _seconds(headers.get("Retry-After"))
            attempt += 1
            if not again or attempt >= self.attempts:
                raise fault
            await self.sleep(self.backoff.delay(attempt - 1) if pause is None else pause)

    async def _once(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, Any]],
        body: Optional[Mapping[str, Any]],
        patience: float,
    ) -> Any:
        session = self._opened()
        assert self._places is not None
        limit = aiohttp.ClientTimeout(total=self.timeout + patience)
        parameters = {name: _parameter(value) for name, value in (query or {}).items() if value is not None}
        data = None if body is None else json.dumps(body).encode()
        headers = self._authorization()
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with self._places:
            try:
                async with session.request(
                    method,
                    self.url + path,
                    params=parameters,
                    data=data,
                    headers=headers,
                    timeout=limit,
                    allow_redirects=False,
                ) as response:
                    raw = await _read(response)
                    return response.status, response.headers, _decoded(raw, response.status, self.place)
            except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
                raise AuthenticationError(f"{self.place}: {error}") from error
            except aiohttp.ClientConnectorError as error:
                raise ExchangeNotAvailable(
                    f"no host answers at {self.place}: {error}; start it with `patchbay run`"
                ) from error
            except (asyncio.TimeoutError, aiohttp.ServerTimeoutError) as error:
                raise RequestTimeout(
                    f"{method} {path}: no answer from {self.place} in {self.timeout + patience:g} s"
                ) from error
            except (aiohttp.ClientError, OSError) as error:
                raise NetworkError(f"{method} {path}: the connection to {self.place} failed: {error!r}") from error

    async def stream(self) -> aiohttp.ClientWebSocketResponse:
        """Opens a stream; raises :class:`AuthenticationError` or :class:`NetworkError`."""
        session = self._opened()
        try:
            return await asyncio.wait_for(
                session.ws_connect(
                    self.url + "/v1/stream", headers=self._authorization(), heartbeat=20, max_msg_size=LONGEST_MESSAGE
                ),
                self.timeout,
            )
        except aiohttp.WSServerHandshakeError as error:
            # The answer's body is not at hand here; an ordinary request to the same place has the host's words.
            await self.ask("GET", "/v1/host")
            raise ExchangeNotAvailable(f"{self.place} opens no stream: HTTP {error.status}") from error
        except asyncio.TimeoutError as error:
            raise RequestTimeout(f"{self.place} opened no stream in {self.timeout:g} s") from error
        except aiohttp.ClientConnectorError as error:
            raise ExchangeNotAvailable(
                f"no host answers at {self.place}: {error}; start it with `patchbay run`"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(f"{self.place} opens no stream: {error!r}") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for part in response.content.iter_chunked(1 << 16):
        parts += part
        if len(parts) > LONGEST_ANSWER:
            raise BadResponse(f"an answer is longer than {LONGEST_ANSWER} bytes")
    return bytes(parts)


def _decoded(raw: bytes, status: int, place: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        pass
    # What the host cannot even read it refuses without a word of its own; what stands before it may be out of order.
    if status in (400, 408, 411, 413, 414, 431, 501, 505):
        raise BadRequest(f"{place} (HTTP {status}) does not take the request: {_REFUSALS.get(status, 'it is not HTTP')}")
    if status >= 500:
        raise NetworkError(f"what answers at {place} (HTTP {status}) is out of order, or no Patchbay host")
    raise BadResponse(f"what answers at {place} (HTTP {status}) is not a Patchbay host of API version 1")


_REFUSALS = {
    408: "it did not come in time",
    413: "it is too long",
    414: "its path and parameters are too long",
    431: "its path, parameters and headers are too long",
}


def _text_of(file: str) -> str:
    with open(file, encoding="ascii") as opened:
        return opened.read().strip()


def _parameter(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _seconds(text: Optional[str]) -> Optional[float]:
    return min(60.0, float(text)) if text is not None and text.isdigit() else None


def order_path(id: Any) -> str:
    """The path of an order."""
    if id is None or isinstance(id, bool) or not isinstance(id, (str, int)) or str(id) == "":
        raise ArgumentsRequired(f"the id of an order is needed, as a text, not {id!r}")
    return path_of("orders", str(id))


def path_of(*words: str) -> str:
    """A path whose words may hold anything."""
    return "/v1/" + "/".join(quote(word, safe="") for word in words)
