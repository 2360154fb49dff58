"""An asynchronous client on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any, Coroutine, Dict, Mapping, TypeVar, Union

from ._compatible import Compatible
from .client import Patchbay
from .errors import ExchangeClosedByUser

Result = TypeVar("Result")
Own = TypeVar("Own", bound="Threaded")
#: Seconds that the end of a client that was not closed may take.
PATIENCE = 5


class Threaded(Compatible):
    """See :class:`patchbay.PatchbaySync`."""

    def __init__(self, connector: Union[str, Mapping[str, Any], None] = None, **options: Any) -> None:
        self._client = Patchbay(connector, **options)
        self._equip(self._client.convert)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="patchbay", daemon=True)
        self._thread.start()
        # Who forgets it, or ends the program, has closed it.
        self._end = weakref.finalize(self, _close, self._client, self._loop, self._thread)

    def _wait(self, job: Coroutine[Any, Any, Result]) -> Result:
        if not self._end.alive or not self._thread.is_alive():
            job.close()
            raise ExchangeClosedByUser("this client was closed")
        future = asyncio.run_coroutine_threadsafe(job, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections and ends the thread. Orders stay as they are."""
        self._end()

    @property
    def id(self) -> Any:
        """The id of the exchange or connector, as it was given."""
        return self._client.id

    @property
    def markets(self) -> Dict[str, Dict[str, Any]]:
        """Markets by unified symbol, once they are loaded."""
        return self._client.markets

    @property
    def timeframes(self) -> Dict[str, str]:
        """The lengths of candles."""
        return self._client.timeframes

    def _known_markets(self) -> Dict[str, Dict[str, Any]]:
        return self._client.markets

    def market(self, symbol: str) -> Dict[str, Any]:
        """A market by its symbol, its pair or the exchange's id; markets have to be loaded."""
        return self._client.market(symbol)


def _close(client: Patchbay, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """Ends a client that may be no longer, from whichever thread it is dropped in."""
    if not thread.is_alive():
        return loop.close()
    if threading.current_thread() is thread:
        loop.create_task(client.close()).add_done_callback(lambda _: loop.stop())
        return
    try:
        asyncio.run_coroutine_threadsafe(client.close(), loop).result(PATIENCE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        if not thread.is_alive():
            loop.close()
