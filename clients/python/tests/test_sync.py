"""The client without asyncio, and what the package is made of."""

import asyncio
import inspect
import pathlib
import subprocess
import sys
import threading

import pytest

import patchbay
from fake import TOKEN, FakeHost

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture
def far_host():
    """A host whose event loop is another thread's."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    host = FakeHost()
    asyncio.run_coroutine_threadsafe(host.start(), loop).result(5)
    yield host
    asyncio.run_coroutine_threadsafe(host.stop(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_without_asyncio(far_host):
    with patchbay.PatchbaySync("sea", url=far_host.url, token=TOKEN, numbers=float) as exchange:
        assert "BTC/USDT" in exchange.load_markets() and exchange.market("BTC-USDT")["spot"]
        order = exchange.create_limit_buy_order("BTC/USDT", 0.1, 90.5)
        assert (order["price"], order["status"]) == (90.5, "open")
        assert exchange.fetch_balance()["USDT"]["free"] == 900.0
        assert exchange.watch_order_book("BTC/USDT")["bids"][0] == [100.0, 1.0]
        with pytest.raises(patchbay.OrderNotFound):
            exchange.cancel_order("nobody")
        found = []
        threads = [threading.Thread(target=lambda: found.append(exchange.fetch_time())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert len(found) == 8
    with pytest.raises(patchbay.ExchangeError, match="closed"):
        exchange.fetch_time()
    exchange.close()


def test_one_that_is_not_closed_leaves_no_words(far_host, tmp_path):
    script = f"""
import patchbay
first = patchbay.PatchbaySync("sea", url={far_host.url!r}, token={TOKEN!r})
print(len(first.load_markets()), first.fetchTime() > 0)
second = patchbay.PatchbaySync("sea", url={far_host.url!r}, token={TOKEN!r})
second.watch_order_book("BTC/USDT")
del second
"""
    run = subprocess.run([sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, "6 True\n", "")


def test_it_has_every_method_and_is_up_to_date():
    for name, member in inspect.getmembers(patchbay.Patchbay):
        if not name.startswith("_"):
            assert hasattr(patchbay.PatchbaySync, name), name
    assert subprocess.run([sys.executable, ROOT / "tools" / "make_sync.py", "--check"]).returncode == 0


def test_every_public_thing_says_what_it_is():
    for client in (patchbay.Patchbay, patchbay.PatchbaySync):
        for name, member in inspect.getmembers(client, callable):
            if not name.startswith("_"):
                assert inspect.getdoc(member), f"{client.__name__}.{name}"
    for name in patchbay.__all__:
        assert inspect.getdoc(getattr(patchbay, name)), name


def test_types_are_right():
    mypy = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert mypy.returncode == 0, mypy.stdout + mypy.stderr
