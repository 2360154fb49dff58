"""An asynchronous client on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Coroutine, Dict, Mapping, TypeVar, Union

from ._numbers import Amount
from .client import Patchbay
from .errors import ExchangeError

Result = TypeVar("Result")
Own = TypeVar("Own", bound="Threaded")


class Threaded:
    """See :class:`patchbay.PatchbaySync`."""

    def __init__(self, connector: Union[str, Mapping[str, Any], None] = None, **options: Any) -> None:
        self._client = Patchbay(connector, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="patchbay", daemon=True)
        self._thread.start()

    def _wait(self, job: Coroutine[Any, Any, Result]) -> Result:
        if self._loop.is_closed() or not self._thread.is_alive():
            job.close()
            raise ExchangeError("this client was closed")
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
        if not self._loop.is_closed():
            self._wait(self._client.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

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

    @property
    def has(self) -> Dict[str, bool]:
        """Which of ccxt's methods there are, by their names there."""
        return self._client.has

    def market(self, symbol: str) -> Dict[str, Any]:
        """A market by its symbol, its pair or the exchange's id; markets have to be loaded."""
        return self._client.market(symbol)

    def amount_to_precision(self, symbol: str, amount: Amount) -> str:
        """An amount cut off to what the exchange takes, as a text."""
        return self._client.amount_to_precision(symbol, amount)

    def price_to_precision(self, symbol: str, price: Amount) -> str:
        """A price to the nearest that the exchange takes, as a text."""
        return self._client.price_to_precision(symbol, price)
