"""What needs no host: numbers, errors, markets, books, queues."""

import asyncio
import pathlib
import random
import re
from decimal import Decimal

import pytest

import patchbay

from patchbay import errors
from patchbay._book import Hole, LocalBook
from patchbay._feed import Feed, Fanout, Known
from patchbay._markets import Markets
from patchbay._names import Named, found, named
from patchbay._numbers import iso8601, milliseconds, nanoseconds, plain
from patchbay._orders import wish_of
from patchbay._transport import Backoff
from fake import instrument

DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / "docs" / "api" / "openapi.yaml"


@pytest.mark.parametrize(
    "value, text",
    [
        (0.1, "0.1"), (1e-8, "0.00000001"), (1e21, "1000000000000000000000"), ("1.50", "1.5"), (5, "5"),
        (Decimal("1E+3"), "1000"), (0.1 + 0.2, "0.30000000000000004"), ("1e-3", "0.001"),
    ],
)
def test_numbers_are_written_out(value, text):
    assert plain(value, "amount") == text


@pytest.mark.parametrize("value", [0, -1, "x", "", float("nan"), float("inf"), None, True, [1], "1e-60", Decimal("NaN")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(errors.BadRequest, match="price"):
        plain(value, "price")


def test_steps():
    cut, tick = patchbay.decimal_to_precision, patchbay.TICK_SIZE
    assert cut("1.23999", patchbay.TRUNCATE, Decimal("0.001"), tick) == "1.239"
    assert cut("1.2395", patchbay.ROUND, "0.001", tick) == "1.24" and cut("-0.4", patchbay.ROUND, 1, tick) == "0"
    assert cut(27, patchbay.ROUND, 5, tick) == "25" and cut("1.5", patchbay.ROUND, "0.25", tick, 6) == "1.50"
    assert cut("123456.789", patchbay.TRUNCATE, 3, patchbay.SIGNIFICANT_DIGITS) == "123000"
    assert cut(0.00012345, patchbay.ROUND, 2, patchbay.SIGNIFICANT_DIGITS) == "0.00012"
    assert cut("2.345", patchbay.ROUND, 2) == "2.35" and cut("2.5", patchbay.ROUND, 3, 2, 6) == "2.500"
    assert cut("1e40", patchbay.TRUNCATE, 8) == "1" + "0" * 40 and cut(155, patchbay.ROUND, -1) == "160"
    for wrong in [("x", 1, 2), (1, 9, 2), (1, 1, 2.5), (1, 1, None), (1, 1, 0, tick), (1, 1, -1, tick)]:
        with pytest.raises(errors.BadRequest):
            cut(*wrong)


def test_members_that_may_be_missing():
    exchange = patchbay.Patchbay("sea", numbers=float)
    row = {"a": "1.5", "b": None, "c": "", "d": True, "e": [1], "f": "aBc", "g": 1790000000.25, "h": "much", "i": {}}
    assert exchange.safe_string(row, "a") == "1.5" and exchange.safe_string(row, "b", "x") == "x"
    assert exchange.safe_string_2(row, "c", "f") == "aBc" and exchange.safeStringN(row, ["z", "f"]) == "aBc"
    assert exchange.safe_string_lower(row, "f") == "abc" and exchange.safeStringUpper(row, "f") == "ABC"
    assert exchange.safe_integer(row, "a") == 1 and exchange.safe_integer(row, "h", 7) == 7
    assert exchange.safe_float(row, "a") == 1.5 and isinstance(exchange.safe_number(row, "a"), float)
    assert patchbay.Patchbay("sea").safe_number(row, "a") == Decimal("1.5")
    assert exchange.safe_timestamp(row, "g") == 1790000000250
    assert exchange.safe_bool(row, "d") is True and exchange.safe_bool(row, "a") is None
    assert exchange.safe_list(row, "e") == [1] and exchange.safe_dict(row, "i") == {} and exchange.safe_dict(row, "e") is None
    assert exchange.safe_value([5], 0) == 5 and exchange.safe_value(None, 0) is None and exchange.safe_value([5], 3) is None


def test_times_as_ccxt_has_them():
    exchange = patchbay.Patchbay
    assert exchange.iso8601(1795958424082) == "2026-11-29T13:20:24.082Z" == exchange.iso8601("1795958424082")
    assert exchange.iso8601(None) is exchange.iso8601(-1) is exchange.iso8601("soon") is None
    for text in ("2026-11-29T13:20:24.082Z", "2026-11-29 13:20:24.082", "2026-11-29T14:20:24.082531+01:00"):
        assert exchange.parse8601(text) == 1795958424082, text
    assert exchange.parse8601("yesterday") is exchange.parse8601(None) is exchange.parse8601("2026-13-29T13:20:24Z") is None
    assert abs(exchange.milliseconds() - 1000 * exchange.seconds()) < 2000
    assert exchange.ymd(1795958424082) == "2026-11-29" and exchange.ymdhms(1795958424082) == "2026-11-29 13:20:24"
    assert exchange.parse_timeframe("4h") == 14400
    with pytest.raises(errors.BadRequest):
        exchange.parse_timeframe("soon")


def test_moments():
    assert nanoseconds("2026-11-29T13:20:24.082531804Z") == 1795958424082531804
    assert nanoseconds("2026-11-29T13:20:24Z") == 1795958424000000000
    assert nanoseconds(None) == nanoseconds("yesterday") == 0
    assert iso8601(1795958424082) == "2026-11-29T13:20:24.082Z"
    assert milliseconds(0) is None and iso8601(None) is None and iso8601(10**18) is None


def test_every_code_of_the_document_has_a_class():
    text = DOCUMENT.read_text()
    described = text[text.index("responses:\n    Error:") : text.index("content:", text.index("responses:\n    Error:"))]
    codes = set(re.findall(r"`([a-z_]+)`", described))
    assert len(codes) > 25
    by_itself = {"refused", "outcome_unknown"}
    assert codes - by_itself <= set(errors.CODES), codes - by_itself - set(errors.CODES)


def test_errors_keep_the_words():
    body = {"error": {"code": "bad_field", "message": "too long", "field": "pair", "remedy": "make it short", "x": 1}}
    error = errors.from_answer(400, body)
    assert type(error) is errors.BadRequest
    assert str(error) == "too long (field: pair); make it short"
    assert (error.code, error.status, error.field, error.remedy) == ("bad_field", 400, "pair", "make it short")
    refused = {"error": {"code": "refused", "message": "no"}}
    assert type(errors.from_answer(422, refused)) is errors.ExchangeError
    assert type(errors.from_answer(422, refused, errors.InvalidOrder)) is errors.InvalidOrder


@pytest.mark.parametrize(
    "status, kind",
    [(400, "BadRequest"), (401, "AuthenticationError"), (429, "RateLimitExceeded"), (503, "ExchangeNotAvailable"),
     (418, "ExchangeError")],
)
def test_codes_of_newer_hosts(status, kind):
    assert type(errors.from_answer(status, {"error": {"code": "brand_new", "message": "m"}})).__name__ == kind


@pytest.mark.parametrize("body", [None, [], "x", {}, {"error": "x"}, {"error": {"code": 5}}])
def test_answers_of_others_are_no_errors_of_a_host(body):
    assert type(errors.from_answer(500, body)) is errors.BadResponse


def test_symbols():
    rows = [
        instrument("a", "BTC-USDT", "spot"),
        instrument("b", "BTC-USDT", "perp"),
        instrument("b", "ETH-USD", "perp", settle="ETH", inverse=True),
        instrument("b", "SOL-USDT", "future", expiry_ns=1798185600 * 10**9),
        instrument("p", "X-Y", "pool"),
        instrument("p", "X-Y.30", "pool", quote="Y", symbol="0x1"),
    ]
    markets = Markets(rows, lambda number: number, "spot")
    assert list(markets.by_symbol) == [
        "BTC/USDT", "BTC/USDT:USDT", "ETH/USD:ETH", "SOL/USDT:USDT-261225", "X/Y", "X/Y@X-Y.30",
    ]
    assert markets.find("BTC-USDT")["connector"] == "a"
    assert markets.find("BTC/USDT:USDT")["connector"] == "b"
    assert markets.find("btc-usdt")["connector"] == "a" and markets.find("btc/usdt:usdt")["connector"] == "b"
    assert markets.find("ETH-USD")["inverse"] and markets.find("0x1")["symbol"] == "X/Y@X-Y.30"
    assert Markets(rows, lambda number: number, "swap").find("BTC-USDT")["connector"] == "b"
    assert Markets(rows, lambda number: number, "swap").find("BTC/USDT")["connector"] == "a"
    with pytest.raises(errors.BadSymbol, match="BTC/USDT"):
        markets.find("BTC/USDD")


MARKET = {"connector": "sea", "pair": "BTC-USDT", "contract": False}
PERPETUAL = {"connector": "sea_perpetual", "pair": "BTC-USDT", "contract": True}


def wish(market=MARKET, type="limit", side="buy", amount="1", price="2", **params):
    made = wish_of(market, type, side, amount, price, params, 10_000)
    made.pop("client_order_id")
    return {k: v for k, v in made.items() if k not in ("connector", "pair", "wait_ms")}


def test_names_are_found_to_the_letter_and_then_without_case():
    assert named("usdt", ["usdt", "USDT"], "asset") == "usdt" and named("Usdt", ["btc", "usdt"], "asset") == "usdt"
    with pytest.raises(patchbay.BadSymbol, match="USDT or usdt"):
        named("Usdt", ["usdt", "USDT"], "asset")
    with pytest.raises(patchbay.BadSymbol, match="did you mean USDT"):
        named("USTD", ["USDT", "BTC"], "asset")
    assert found("Usdt", ["usdt", "USDT"]) is None
    held = Named(usdt={"free": 1})
    assert held["USDT"]["free"] == held.get("Usdt")["free"] == 1 and "USDT" in held and "BTC" not in held
    assert held.get("BTC") is None and list(held) == ["usdt"]
    with pytest.raises(KeyError):
        held["BTC"]


def test_wishes():
    limit = {"side": "buy", "type": "limit", "quantity": "1", "price": "2"}
    assert wish() == limit
    assert wish(type="market") == {"side": "buy", "type": "market", "quantity": "1"}
    assert wish(postOnly=True) == wish(timeInForce="PO") == {**limit, "post_only": True}
    assert wish(timeInForce="IOC") == {**limit, "time_in_force": "ioc"}
    dated = {**limit, "time_in_force": "gtd", "expiry_ns": 1790000000000000000}
    assert wish(timeInForce="GTD", expiry=1790000000000) == wish(expiry=1790000000000) == dated
    assert wish(triggerPrice=1, triggerPriceType="mark")["stop_by_mark"] is True
    assert "stop_by_mark" not in wish(triggerPrice=1, triggerPriceType="last")
    for bad in ({"triggerPriceType": "mark"}, {"triggerPrice": 1, "triggerPriceType": "index"}):
        with pytest.raises((errors.BadRequest, errors.ArgumentsRequired)):
            wish(**bad)
    assert wish(type="market", cost=50) == {"side": "buy", "type": "market", "quantity": "50", "by_value": True}
    assert wish(stopLossPrice=3)["type"] == "stop_limit" and wish(stopLossPrice=3)["stop"] == "3"
    assert wish(type="market", takeProfitPrice=3)["type"] == "take_market"
    assert wish(triggerPrice=3)["type"] == wish(stopPrice="3")["type"] == "stop_limit"
    assert wish(triggerPrice=3, triggerDirection="descending")["type"] == "take_limit"
    assert wish(side="sell", triggerPrice=3, triggerDirection="descending")["type"] == "stop_limit"
    assert wish(type="stop_limit", triggerPrice=3)["type"] == "stop_limit"


def test_wishes_of_contracts():
    assert wish(PERPETUAL)["position"] == "open" and "leg" not in wish(PERPETUAL)
    assert wish(PERPETUAL, reduceOnly=True)["position"] == "close"
    assert wish(PERPETUAL, positionSide="LONG")["leg"] == "long"
    assert wish(PERPETUAL, hedged=True)["leg"] == "long"
    assert wish(PERPETUAL, side="sell", hedged=True)["leg"] == "short"
    assert wish(PERPETUAL, side="sell", hedged=True, reduceOnly=True)["leg"] == "long"


@pytest.mark.parametrize(
    "given, kind, words",
    [
        ({"side": "bye"}, "BadRequest", "side"),
        ({"type": "limmit"}, "BadRequest", "type"),
        ({"price": None}, "ArgumentsRequired", "price"),
        ({"amount": None}, "ArgumentsRequired", "amount"),
        ({"amount": -1}, "BadRequest", "amount"),
        ({"postOny": True}, "BadRequest", "postOny"),
        ({"reduceOnly": True}, "BadRequest", "reduceOnly"),
        ({"timeInForce": "DAY"}, "BadRequest", "timeInForce"),
        ({"timeInForce": "GTD"}, "ArgumentsRequired", "expiry"),
        ({"timeInForce": "IOC", "expiry": 1790000000000}, "BadRequest", "is GTD, not IOC"),
        ({"expiry": 1790000000000000000}, "BadRequest", "milliseconds"),
        ({"expiry": True}, "BadRequest", "milliseconds"),
        ({"expiry": "2026-11-29"}, "BadRequest", "milliseconds"),
        ({"type": "stop_limit"}, "ArgumentsRequired", "triggerPrice"),
        ({"triggerPrice": 1, "stopLossPrice": 2}, "BadRequest", "one trigger"),
        ({"triggerPrice": 1, "triggerDirection": "sideways"}, "BadRequest", "triggerDirection"),
        ({"wait": 99999}, "BadRequest", "wait"),
        ({"market": PERPETUAL, "positionSide": "middle"}, "BadRequest", "positionSide"),
    ],
)
def test_wishes_that_are_wrong(given, kind, words):
    with pytest.raises(errors.BaseError, match=words) as caught:
        wish(**given)
    assert type(caught.value).__name__ == kind


def test_ids_differ():
    ids = {wish_of(MARKET, "limit", "buy", 1, 1, {}, 0)["client_order_id"] for _ in range(100)}
    assert len(ids) == 100 and all(re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", name) for name in ids)


def test_pauses_grow_and_differ():
    backoff = Backoff(0.2, 5.0, random.Random(3))
    delays = [backoff.delay(attempt) for attempt in range(8)]
    for attempt, delay in enumerate(delays):
        whole = min(5.0, 0.2 * 2**attempt)
        assert whole / 2 <= delay <= whole
    assert [Backoff(0.2, 5.0, random.Random(3)).delay(a) for a in range(1)] == delays[:1]
    assert backoff.delay(10**6) <= 5


# Books


def book_message(sequence, kind, bids=(), asks=(), **more):
    return {"sequence": sequence, "kind": kind, "bids": bids, "asks": asks, "exchange_sequence": 5, "time_ns": 9, **more}


def test_a_book_is_the_hosts_book():
    random_ = random.Random(11)
    truth = {"bids": {}, "asks": {}}
    book = LocalBook()
    book.begin()
    book.take(book_message(1, "snapshot"))
    for sequence in range(2, 400):
        change = {"bids": [], "asks": []}
        for _ in range(random_.randrange(4)):
            side = random_.choice(["bids", "asks"])
            price = Decimal(random_.randrange(1, 60)) / 10 + (0 if side == "bids" else 100)
            quantity = random_.choice([0, 0, random_.randrange(1, 9)])
            text = f"{price}" + random_.choice(["", "0"] if "." in f"{price}" else [""])
            change[side].append([text, str(quantity)])
            if quantity:
                truth[side][price] = quantity
            else:
                truth[side].pop(price, None)
        assert book.take(book_message(sequence, "delta", **change)) is None
        assert book.bids(None) == sorted(truth["bids"].items(), reverse=True)
        assert book.asks(5) == sorted(truth["asks"].items())[:5]


@pytest.mark.parametrize(
    "message",
    [
        book_message(3, "delta"), book_message(1, "delta"), book_message(2, "other"), book_message(None, "delta"),
        book_message(2, "delta", [["x", "1"]]), book_message(2, "delta", [["1"]]), book_message(2, "delta", None),
        {"sequence": 2, "kind": "delta"},
    ],
)
def test_holes(message):
    book = LocalBook()
    book.begin()
    book.take(book_message(1, "snapshot", [["1", "1"]]))
    with pytest.raises(Hole):
        book.take(message)


def test_a_gap_empties_a_book():
    book = LocalBook()
    book.begin()
    book.take(book_message(1, "snapshot", [["1", "1"]]))
    assert book.take(book_message(2, "gap", reason="the stream was closed")) == "the stream was closed"
    assert not book.ready and book.bids(None) == []
    with pytest.raises(Hole):
        book.take(book_message(3, "delta", [["1", "1"]]))


# Queues


async def test_a_feed_gives_everything_once():
    feed = Feed(10)
    for item in "abc":
        feed.put(item)
    assert await feed.take() == ["a", "b", "c"]
    waiting = [asyncio.ensure_future(feed.take()) for _ in range(2)]
    await asyncio.sleep(0)
    feed.put("d")
    assert await asyncio.gather(*waiting) == [["d"], ["d"]]


async def test_a_cancelled_reader_takes_nothing():
    feed = Feed(10)
    for when in ("before", "after"):
        reader = asyncio.ensure_future(feed.take())
        await asyncio.sleep(0)
        if when == "after":
            feed.put("a")
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    assert await feed.take() == ["a"]


async def test_what_is_not_read_is_bounded_and_counted():
    feed = Feed(3)
    for item in range(5):
        feed.put(item)
    with pytest.raises(errors.MissedUpdates, match="2 updates"):
        await feed.take()
    assert await feed.take() == [2, 3, 4]
    for item in range(3):
        feed.put(item)
        assert await feed.take() == [item], "what was read may be forgotten"


async def test_states_are_replaced_and_faults_are_raised_once():
    feed = Feed(1, latest=True)
    feed.put(1)
    feed.put(2)
    assert await feed.take() == [2]
    feed.put(3)
    feed.fail(errors.BookUnavailable("gone"))
    feed.put(4)
    with pytest.raises(errors.BookUnavailable):
        await feed.take()
    assert await feed.take() == [4]
    reader = asyncio.ensure_future(feed.take())
    await asyncio.sleep(0)
    feed.fail(errors.BookUnavailable("gone"))
    with pytest.raises(errors.BookUnavailable):
        await reader


async def test_a_fault_comes_before_items():
    feed = Feed(10)
    feed.put(1)
    feed.fail(errors.NetworkError("gone"))
    with pytest.raises(errors.NetworkError):
        await feed.take()
    assert await feed.take() == [1]


async def test_readers_of_one_symbol_and_of_all():
    fanout = Fanout(10)
    one, every = fanout.feed("A"), fanout.feed(None)
    for symbol in "ABA":
        fanout.put(symbol, symbol)
    assert await one.take() == ["A", "A"] and await every.take() == ["A", "B", "A"]


def test_what_is_known_is_bounded():
    known = Known(2)
    assert known.add(1) and known.add(2) and not known.add(1) and known.add(3)
    assert 2 not in known and 1 in known and len(known) == 2
    assert known.add(1, "other") and known.get(1) == "other"
