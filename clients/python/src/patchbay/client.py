"""The asynchronous client."""

from __future__ import annotations

from ._aliases import with_aliases
from ._several import Several


@with_aliases
class Patchbay(Several):
    """One exchange of a running host, with the methods and structures that ccxt's users know.

    ::

        async with Patchbay("paper", socket="data/api.sock") as exchange:
            order = await exchange.create_market_buy_order("BTC/USDT", 0.01)

    Used in one event loop. Connections are opened when they are needed; ``async with`` or :meth:`close` closes them.

    :param connector: the id of an exchange (``binance``: its spot and its perpetuals) or of one connector
        (``binance_perpetual``). May be left out where the host runs one exchange only. A mapping with these
        parameters in it, in ccxt's way, is taken too; ``options.defaultType`` in it is ``default_type``. What else
        ccxt has there (``apiKey``, ``secret``, ``enableRateLimit``) is ignored, with a warning.
    :param url: where the host listens; ``PATCHBAY_URL`` where left out, else ``http://127.0.0.1:8765``.
    :param socket: path of the host's Unix socket, ``api.sock`` in its data folder, in the place of a URL and a token.
    :param token: a token; ``PATCHBAY_TOKEN`` where left out.
    :param token_file: a file with the token in it, such as ``api.token`` in the host's data folder. It is read again when the
        host does not know the token, which is another after each start of the host.
    :param numbers: ``Decimal``, which is exact, or ``float``, as ccxt has them.
    :param account: which account of the exchange, where the host has several.
    :param default_type: ``spot``, ``swap`` or ``future``: what is meant where a pair (``BTC-USDT``) or a balance may
        be of several.
    :param wait: milliseconds, 0 to 60000, that the host may take to learn the outcome of an order.
    :param confirmed: the word that real money may move; over the Unix socket without a token the host demands it.
    :param auto_subscribe: whether a market that the host does not follow is subscribed to when it is asked for.
    :param timeout: seconds until an answer, besides ``wait``.
    :param attempts: how often a request is sent that may be sent again.
    :param queue_limit: updates of a stream that are kept until they are read.
    :param ssl: as aiohttp has it: a context for a host with a certificate of its own.
    :param shared_memory: whether books are read out of the host's shared memory where this is its machine.
    :param seed: of the chance in the pauses between tries.
    :param sleep: in the place of :func:`asyncio.sleep`, for tests.
    """
