"""One WebSocket to the host, and what is subscribed to on it. It connects again by itself and subscribes again."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Awaitable, Callable, Dict, List, Mapping, NoReturn, Optional

import aiohttp

from ._transport import Backoff, Transport
from .errors import AuthenticationError, BadResponse, BaseError, ExchangeNotAvailable, NetworkError, from_answer

#: Requests that are sent at once, and seconds between further ones; the host takes 100 at once and 20 a second.
AT_ONCE, BETWEEN = 80, 0.06
#: Tries to connect after which who waits for a stream is given an error. They go on.
PATIENCE = 6


class Subscription:
    """Something that is followed. What a kind of it does stands in its subclass."""

    def __init__(self, wish: Mapping[str, Any]) -> None:
        #: The request's fields besides ``op`` and ``id``.
        self.wish = dict(wish)
        #: The host's number of it on this connection.
        self.number: Optional[int] = None
        self.request: Optional[str] = None
        #: Whether it was there on an earlier connection.
        self.was_there = False
        self.catching: "Optional[asyncio.Task[None]]" = None
        self.confirmed: "asyncio.Future[None]" = asyncio.get_running_loop().create_future()

    def begin(self) -> None:
        """The host has confirmed it; messages follow."""

    async def catch_up(self) -> None:
        """Fetches what came while there was no connection. Called after each confirmation."""

    def take(self, message: Mapping[str, Any]) -> None:
        """A message of it."""

    def lost(self, reason: str) -> None:
        """The connection is gone; it will be subscribed to again."""

    def fail(self, error: BaseError) -> None:
        """Who waits for it is given an error."""


class Stream:
    """Keeps one connection for all subscriptions, as long as there are any."""

    def __init__(self, transport: Transport, backoff: Backoff, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._transport, self._backoff, self._sleep = transport, backoff, sleep
        self._subscriptions: List[Subscription] = []
        self._numbers: Dict[int, Subscription] = {}
        self._requests: Dict[str, Subscription] = {}
        self._next = 1
        self._sent = 0
        self._socket: Optional[aiohttp.ClientWebSocketResponse] = None
        self._outgoing: "asyncio.Queue[Dict[str, Any]]" = asyncio.Queue()
        self._runner: "Optional[asyncio.Task[None]]" = None
        self._helpers: "set[asyncio.Task[None]]" = set()
        #: A cancellation alone may get lost in a try to connect that fails in the same moment.
        self._is_closed = False
        #: How often it was connected.
        self.connections = 0

    # What callers want

    async def add(self, subscription: Subscription) -> None:
        """Subscribes, and returns when the host has confirmed it; raises what the host says against it."""
        self._subscriptions.append(subscription)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.get_running_loop().create_task(self._run())
        elif self._socket is not None:
            self._ask(subscription)
        try:
            await asyncio.shield(subscription.confirmed)
        except BaseException:
            self.remove(subscription)
            raise

    def remove(self, subscription: Subscription) -> None:
        """Follows it no longer."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
        self._drop(subscription)

    def follows(self, subscription: Subscription) -> bool:
        """Whether it is followed, on this connection or on the next."""
        return subscription in self._subscriptions

    def again(self, subscription: Subscription) -> None:
        """Subscribes anew, since what came of it does not fit together."""
        self._drop(subscription)
        if self._socket is not None and subscription in self._subscriptions:
            self._ask(subscription)

    async def close(self) -> None:
        self._is_closed = True
        tasks = [task for task in (self._runner, *self._helpers) if task is not None]
        self._runner = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for subscription in self._subscriptions:
            error = ExchangeNotAvailable("this client was closed")
            self._refuse(subscription, error)
            subscription.fail(error)
        self._subscriptions = []

    # The connection

    async def _run(self) -> None:
        attempt = 0
        while self._subscriptions and not self._is_closed:
            error: BaseError
            before, present = self.connections, list(self._subscriptions)
            try:
                await self._serve()
            except asyncio.CancelledError:
                raise
            except BaseError as fault:
                error = fault
            except Exception as fault:  # A defect here must not end all streams without a word.
                error = NetworkError(f"the stream broke: {fault!r}")
                error.__cause__ = fault
            attempt = 0 if self.connections > before else attempt + 1
            self._lose(error, attempt, present)
            if self._subscriptions and not self._is_closed:
                await self._sleep(self._backoff.delay(attempt))

    async def _serve(self) -> NoReturn:
        socket = await self._transport.stream()
        writer: "Optional[asyncio.Task[None]]" = None
        try:
            hello = await asyncio.wait_for(socket.receive(), self._transport.timeout)
            if hello.type is aiohttp.WSMsgType.TEXT and json.loads(hello.data).get("api") != "v1":
                raise BadResponse(f"{self._transport.place} speaks another version of the interface: {hello.data:.200}")
            self._take(hello, socket)
            self._outgoing = asyncio.Queue()
            self._sent = 0
            self._socket = socket
            self.connections += 1
            writer = asyncio.get_running_loop().create_task(self._write(socket, self._outgoing))
            for subscription in self._subscriptions:
                self._ask(subscription)
            while True:
                self._take(await socket.receive(), socket)
        except asyncio.TimeoutError as error:
            raise NetworkError(f"{self._transport.place} does not greet") from error
        finally:
            self._socket = None
            if writer is not None:
                writer.cancel()
            await socket.close()

    async def _write(self, socket: aiohttp.ClientWebSocketResponse, outgoing: "asyncio.Queue[Dict[str, Any]]") -> None:
        try:
            while True:
                message = await outgoing.get()
                self._sent += 1
                if self._sent > AT_ONCE:
                    await self._sleep(BETWEEN)
                await socket.send_json(message)
        except (ConnectionError, aiohttp.ClientError):
            await socket.close()  # Whoever reads sees it.

    def _take(self, frame: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> None:
        if frame.type is not aiohttp.WSMsgType.TEXT:
            reason = frame.extra if isinstance(frame.extra, str) and frame.extra else repr(frame.type.name)
            raise NetworkError(f"the stream ended ({socket.close_code}): {reason}")
        try:
            message = json.loads(frame.data)
            kind = message["type"]
        except (ValueError, TypeError, KeyError) as error:
            raise BadResponse(f"a message of the stream cannot be read: {frame.data:.200}") from error
        if kind == "subscribed":
            self._confirm(message)
        elif kind == "error":
            self._error(message)
        elif isinstance(message.get("subscription"), int):
            subscription = self._numbers.get(message["subscription"])
            if subscription is not None:
                subscription.take(message)

    # Subscriptions

    def _ask(self, subscription: Subscription) -> None:
        name = str(self._next)
        self._next += 1
        self._requests[name] = subscription
        subscription.request = name
        self._outgoing.put_nowait({"op": "subscribe", "id": name, **subscription.wish})

    def _confirm(self, message: Mapping[str, Any]) -> None:
        subscription = self._requests.pop(str(message.get("id")), None)
        number = message.get("subscription")
        if not isinstance(number, int):
            raise BadResponse("the host confirms a subscription without a number")
        if subscription is None:
            # It was given up while it was asked for.
            self._outgoing.put_nowait({"op": "unsubscribe", "id": "0", "subscription": number})
            return
        subscription.request, subscription.number = None, number
        self._numbers[number] = subscription
        subscription.begin()
        if subscription.catching is not None:
            # What it still fetches, the new one fetches too.
            subscription.catching.cancel()
        task = asyncio.get_running_loop().create_task(self._catch_up(subscription))
        subscription.catching = task
        self._helpers.add(task)
        task.add_done_callback(self._helpers.discard)

    async def _catch_up(self, subscription: Subscription) -> None:
        attempt = 0
        while True:
            try:
                await subscription.catch_up()
                return self._settle(subscription)
            except BaseError as error:
                subscription.fail(error)
                self._settle(subscription)
                if not isinstance(error, NetworkError):
                    return
            await self._sleep(self._backoff.delay(attempt))
            attempt += 1

    @staticmethod
    def _settle(subscription: Subscription) -> None:
        """It is there, or it was and will be again."""
        subscription.was_there = True
        if not subscription.confirmed.done():
            subscription.confirmed.set_result(None)

    def _error(self, message: Mapping[str, Any]) -> None:
        error = from_answer(None, message)
        number, name = message.get("subscription"), message.get("id")
        subscription = self._numbers.get(number) if isinstance(number, int) else self._requests.get(str(name))
        if subscription is None:
            return
        # The host has ended it.
        if subscription.number is not None:
            self._numbers.pop(subscription.number, None)
            subscription.number = None
        self.remove(subscription)
        self._refuse(subscription, error)
        subscription.fail(error)

    def _drop(self, subscription: Subscription) -> None:
        if subscription.request is not None:
            self._requests.pop(subscription.request, None)
            subscription.request = None
        if subscription.number is not None:
            self._numbers.pop(subscription.number, None)
            if self._socket is not None:
                self._outgoing.put_nowait({"op": "unsubscribe", "id": "0", "subscription": subscription.number})
            subscription.number = None

    @staticmethod
    def _refuse(subscription: Subscription, error: BaseError) -> None:
        if not subscription.confirmed.done():
            subscription.confirmed.set_exception(error)
            subscription.confirmed.exception()  # Somebody may no longer be waiting for it.

    def _lose(self, error: BaseError, attempt: int, present: List[Subscription]) -> None:
        """The connection is gone, or there was none. Those that came meanwhile, and were not tried, wait for the next."""
        self._numbers, self._requests = {}, {}
        final = isinstance(error, (AuthenticationError, BadResponse))
        for subscription in list(self._subscriptions):
            was_on, was_tried = subscription.number is not None, subscription.request is not None
            subscription.number = subscription.request = None
            if not (subscription.was_there or was_on):
                if not was_tried and subscription not in present:
                    continue
                self._subscriptions.remove(subscription)
                self._refuse(subscription, error)
            elif final:
                self._subscriptions.remove(subscription)
                subscription.fail(error)
            elif was_on:
                self._settle(subscription)
                subscription.lost(str(error))
            elif attempt % PATIENCE == PATIENCE - 1:
                subscription.fail(ExchangeNotAvailable(f"still no stream: {error}"))
