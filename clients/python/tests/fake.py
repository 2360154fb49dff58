"""A host of docs/api, small: two connectors of one exchange, orders that fill when a test says so, streams that break.

It answers what the documents say and refuses what they do not list, so that what passes here passes at a host.
"""

import asyncio
import json
import re
from collections import defaultdict
from datetime import datetime, timezone

from aiohttp import WSMsgType, web

TOKEN = "a-token"
START = 1_790_000_000_000_000_000
ORDER_FIELDS = set(
    "client_order_id connector account pair side type quantity price stop time_in_force post_only reduce_only by_value stop_by_mark "
    "position leg wait_ms confirmed".split()
)
CHANNEL_FIELDS = {
    "book": {"connector", "pair", "mode", "depth", "interval_ms"},
    "trades": {"connector", "pair", "interval_ms"},
    "ticker": {"connector", "pair", "interval_ms"},
    **{name: {"connector"} for name in ("orders", "fills", "balances", "positions")},
}


def instrument(connector, pair, kind, **fields):
    base, quote = pair.split("-")
    row = {
        "connector": connector, "pair": pair, "symbol": pair.replace("-", ""), "kind": kind, "state": "trading",
        "reason": "", "base": base, "quote": quote, "settle": quote if kind != "spot" else "", "inverse": False,
        "subscribed": True, "expiry_ns": None, "tick": "0.01", "lot": "0.0001", "min_price": "0.01",
        "max_price": None, "min_quantity": "0.0001", "max_quantity": "100", "min_notional": "5",
        "max_notional": None, "multiplier": "1", "max_leverage": None, "maker_fee": "0.001", "taker_fee": "0.001",
    }
    return {**row, **fields}


def moment(time_ns):
    text = datetime.fromtimestamp(time_ns // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{time_ns % 10**9:09d}Z"


class Refusal(Exception):
    def __init__(self, status, code, message="no", **more):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, **more}}


class FakeHost:
    def __init__(self):
        self.instruments = [
            instrument("sea", "BTC-USDT", "spot"),
            instrument("sea", "ETH-USDT", "spot"),
            instrument("sea", "NEW-USDT", "spot", subscribed=False),
            instrument("sea_perpetual", "BTC-USDT", "perp", max_leverage="50"),
            instrument("sea_perpetual", "ETH-USD", "perp", settle="ETH", inverse=True),
            instrument("sea_perpetual", "SOL-USDT", "future", expiry_ns=1798185600 * 10**9),
        ]
        self.now, self.token = START, TOKEN
        self.orders, self.ids, self.fills = {}, {}, []
        self.books = defaultdict(lambda: {"bids": [["100", "1"], ["99", "2"]], "asks": [["101", "1"], ["102", "2"]]})
        self.missing = {}
        self.trades = defaultdict(list)
        self.positions, self.balances = [], []
        self.balance("sea", "USDT", "1000", "900")
        self.balance("sea", "BTC", "1", "1")
        self.leverage = "10"
        #: What was asked, and what goes wrong with the next requests: a refusal, a cut before or after, "never", or an answer.
        self.asked, self.troubles = [], []
        self.streams, self.connections = [], 0
        self.fill_at_once = True
        self.known = True
        #: Best bids have no quantity.
        self.unsized = False
        self.forgotten = set()
        self.requests_of_streams = []
        #: Trades that the candles have in them.
        self.counted = 0

    # Life

    async def start(self, path=None):
        app = web.Application(middlewares=[self.middleware])
        app.router.add_route("GET", "/v1/stream", self.stream)
        app.router.add_route("*", "/{rest:.*}", self.route)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        if path is not None:
            await web.UnixSite(self.runner, path).start()
        else:
            site = web.TCPSite(self.runner, "127.0.0.1", 0)
            await site.start()
            self.port = site._server.sockets[0].getsockname()[1]
            self.url = f"http://127.0.0.1:{self.port}"
        self.is_unix = path is not None

    async def stop(self):
        await self.drop_streams()
        await self.runner.cleanup()

    async def drop_streams(self):
        """As a network that breaks: no closing handshake."""
        streams, self.streams = self.streams, []
        for stream in streams:
            if stream.socket._req.transport is not None:
                stream.socket._req.transport.abort()
        await asyncio.sleep(0)

    @web.middleware
    async def middleware(self, request, handler):
        if not self.is_unix and request.headers.get("Authorization") != f"Bearer {self.token}":
            error = {"error": {"code": "unauthorized", "message": "no token is named", "remedy": "send one"}}
            return web.json_response(error, status=401)
        try:
            return await handler(request)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    async def route(self, request):
        body = await request.json() if request.can_read_body else None
        method, path, query = request.method, request.path, dict(request.query)
        self.asked.append((method, path, query, body))
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, web.Response):
            return trouble
        if trouble == "never":
            await asyncio.Event().wait()
        if trouble == "cut before":
            request.transport.abort()
            return web.Response()
        if isinstance(trouble, Refusal):
            raise trouble
        status, answer = self.answer(method, path, query, body)
        if trouble == "cut after":
            request.transport.abort()
            return web.Response()
        return web.json_response(answer, status=status)

    # Requests

    def answer(self, method, path, query, body):
        parts = path.strip("/").split("/")[1:]
        name = f"{method} {parts[0]}" + (" *" if len(parts) > 1 else "")
        known = getattr(self, "on_" + re.sub(r"[^a-z]+", "_", name.lower()), None)
        if known is None:
            raise Refusal(404, "not_found", f"there is no {path}")
        return known(query, body, *parts[1:]) if len(parts) > 1 else known(query, body)

    @staticmethod
    def only(given, names, needed=()):
        for name in given:
            if name not in names:
                raise Refusal(400, "unknown_field", f'there is no field "{name}"', field=name)
        for name in needed:
            if name not in given:
                raise Refusal(400, "missing_field", f'"{name}" is needed', field=name)

    def on_get_host(self, query, body):
        return 200, {"api": "v1", "instance": "0", "time_ns": self.now, "scopes": ["read", "trade"]}

    def on_get_connectors(self, query, body):
        seats = [("sea", "sea", "spot"), ("sea_perpetual", "sea", "perp"), ("lake", "lake", "spot")]
        rows = [
            {"connector": name, "exchange": exchange, "market": market, "ready": True, "trading": name != "lake",
             "missing": [], "pairs": []}
            for name, exchange, market in seats
        ]
        return 200, {"connectors": rows, "not_loaded": []}

    def on_get_instruments(self, query, body):
        self.only(query, {"connector", "pair", "limit", "offset"})
        rows = [row for row in self.instruments if row["connector"] == query["connector"]]
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 1000))
        return 200, {"instruments": rows[offset : offset + limit], "total": len(rows)}

    def followed(self, query):
        for row in self.instruments:
            if (row["connector"], row["pair"]) == (query["connector"], query["pair"]) and row["subscribed"]:
                return row
        raise Refusal(404, "unknown_pair", f"{query['pair']} is not subscribed to", field="pair")

    def on_post_subscriptions(self, query, body):
        for row in self.instruments:
            if (row["connector"], row["pair"]) == (body["connector"], body["pair"]):
                row["subscribed"] = True
        return 200, {**body, "channels": ["book", "trades"]}

    def on_get_book(self, query, body):
        self.only(query, {"connector", "pair", "depth"}, ["pair"])
        row = self.followed(query)
        missing, depth = self.missing.get(row["pair"]), int(query.get("depth", 10))
        book = self.books[row["connector"], row["pair"]]
        sides = {side: [] if missing else book[side][:depth] for side in ("bids", "asks")}
        return 200, {
            "connector": row["connector"], "pair": row["pair"], "symbol": row["symbol"], "ready": not missing,
            "missing": missing, "sequence": 7, "time_ns": self.now, **sides,
        }

    def on_get_trades(self, query, body):
        self.only(query, {"connector", "pair", "limit"}, ["pair"])
        row = self.followed(query)
        trades = self.trades[row["connector"], row["pair"]]
        return 200, {
            "connector": row["connector"], "pair": row["pair"], "symbol": row["symbol"], "total": len(trades),
            "missed": 0, "trades": trades[-int(query.get("limit", 20)) :],
        }

    def ticker(self, row):
        book = self.books[row["connector"], row["pair"]]
        is_perp = row["kind"] == "perp"
        bid = [book["bids"][0][0], None] if self.unsized else book["bids"][0]
        return {
            "connector": row["connector"], "pair": row["pair"], "symbol": row["symbol"], "bid": bid,
            "ask": book["asks"][0], "last": "100.5", "last_from": "trade", "open": "100", "high": "110", "low": "90",
            "base_volume": "20", "quote_volume": "2010", "mark": "100.4" if is_perp else None,
            "index": "100.3" if is_perp else None, "funding_rate": "0.0001" if is_perp else None,
            "funding_next_ns": START + 10**9 if is_perp else None,
            "funding_interval_ns": 28_800 * 10**9 if is_perp else None,
        }

    def on_get_tickers(self, query, body):
        self.only(query, {"connector", "pair"})
        if "pair" in query:
            return 200, {"tickers": [self.ticker(self.followed(query))]}
        rows = [r for r in self.instruments if r["connector"] == query["connector"] and r["subscribed"]]
        return 200, {"tickers": [self.ticker(row) for row in rows]}

    def on_get_candles(self, query, body):
        self.only(query, {"connector", "pair", "interval", "limit", "since_ns", "source"}, ["pair"])
        candles = [
            {"start_ns": START + minute * 60 * 10**9, "open": "1", "high": "3", "low": "0.5", "close": "2",
             "volume": "10", "quote_volume": None, "trades": 4, "missed": 0, "closed": minute < 4}
            for minute in range(5)
        ]
        # The last one grows by what was traded, one question late.
        counted, self.counted = self.counted, len(self.trades[query["connector"], query["pair"]])
        candles[-1]["volume"] = str(10 + counted)
        limit, since = int(query.get("limit", 100)), int(query.get("since_ns", 0))
        chosen = [candle for candle in candles if candle["start_ns"] >= since]
        chosen = chosen[:limit] if since else chosen[-limit:]
        if query.get("source") != "trades":
            chosen[-1]["volume"] = None
        told = {"source": query.get("source", "history"), "from_ns": START, "partial": False, "candles": chosen}
        return 200, {**query, **told}

    # Orders

    def on_post_orders(self, query, body):
        self.only(body, ORDER_FIELDS, ["pair", "side", "quantity"])
        for name in ("quantity", "price", "stop"):
            if name in body and not re.fullmatch(r"(?=.*[1-9])[0-9]+(\.[0-9]+)?", str(body[name])):
                raise Refusal(400, "bad_field", f'"{name}" is a plain decimal as a text', field=name)
        own = body.get("client_order_id")
        digest = json.dumps({k: v for k, v in body.items() if k not in ("wait_ms", "confirmed")}, sort_keys=True)
        if own in self.ids:
            if self.ids[own][0] != digest:
                raise Refusal(409, "client_order_id_in_use", f"{own} stands for another order already")
            return 200, {"order": self.orders[self.ids[own][1]], "known": True, "rounded": []}
        return 201, self.place(body, own, digest)

    def place(self, body, own, digest):
        if float(body["quantity"]) > 100:
            raise Refusal(422, "refused", "nothing was sent: the quantity is above 100")
        if float(body["quantity"]) > 50:
            raise Refusal(422, "insufficient_funds", "nothing was sent: the order needs 6000 USDT, 900 are available")
        number = len(self.orders) + 1
        market = "p" if body["connector"].endswith("perpetual") else "s"
        sent = f"0{market}{number:08d}"
        order = {
            "order": str(1000 + number), "connector": body["connector"], "account": "main", "client_order_id": own,
            "exchange_client_order_id": sent, "exchange_order_id": str(number), "pair": body["pair"],
            "symbol": body["pair"].replace("-", ""), "side": body["side"], "type": body["type"],
            "time_in_force": body.get("time_in_force", "gtc"),
            "flags": [name for name in ("post_only", "reduce_only", "by_value", "stop_by_mark") if body.get(name)],
            "price": body.get("price"), "stop": body.get("stop"), "quantity": body["quantity"], "value": None,
            "filled": "0", "average_price": None, "fees": [], "state": "open", "reason": "", "waits": None,
        }
        self.orders[sent] = order
        if own:
            self.ids[own] = (digest, sent)
        self.now += 1
        order["changed"] = self.now
        order["created"] = moment(self.now)  # Kept for the journal; a member that nobody knows is no harm.
        if body.get("post_only") and body.get("price") == "1000":
            order.update(state="rejected", reason="the post-only order would trade at once")
        elif not self.known:
            order["state"] = "unknown"
        elif body["type"] == "market" and self.fill_at_once:
            self.fill(sent)
        else:
            self.tell_order(order, "created")
        return {"order": dict(order), "known": self.known, "rounded": []}

    def fill(self, sent, quantity=None, trade=None):
        """Fills an order, and says so on the streams."""
        order = self.orders[sent]
        quantity = quantity or order["quantity"]
        order["filled"] = str(float(order["filled"]) + float(quantity)) if order["filled"] != "0" else quantity
        is_whole = float(order["filled"]) >= float(order["quantity"])
        order["state"] = "filled" if is_whole else "partially_filled"
        order["average_price"] = order["price"] or "101"
        self.now += 1_000_000
        fill = {
            "connector": order["connector"], "account": "main", "order": order["order"],
            "client_order_id": order["client_order_id"], "exchange_client_order_id": sent, "pair": order["pair"],
            "side": order["side"], "trade_id": trade or str(len(self.fills) + 1), "price": order["average_price"],
            "quantity": quantity, "fee": "0.01", "fee_asset": "USDT", "liquidity": "taker", "time_ns": self.now,
        }
        order["fees"] = [{"asset": "USDT", "amount": "0.01"}]
        self.fills.append(fill)
        self.tell(order["connector"], "fills", {"type": "fill", "fill": fill})
        self.tell_order(order, "filled", fill=fill)
        if is_whole:
            self.tell_order(order, "completed")

    def tell_order(self, order, event, **more):
        order["changed"] = self.now
        message = {"type": "order", "event": event, "order": dict(order), "reason": "", **more}
        self.tell(order["connector"], "orders", message)

    def on_post_orders_batch(self, body):
        self.only(body, {"orders"}, ["orders"])
        results = []
        for wish in body["orders"]:
            try:
                results.append(self.on_post_orders({}, wish)[1])
            except Refusal as refusal:
                results.append(refusal.body)
        return 200, {"results": results}

    # ``/v1/orders/batch`` and ``/v1/orders/{order}`` differ by the method only.
    def on_post_orders_(self, query, body, word):
        return self.on_post_orders_batch(body)

    def find(self, word):
        for sent, order in self.orders.items():
            if word in (sent, order["order"], order["client_order_id"]):
                return order
        raise Refusal(404, "unknown_order", f"there is no order {word}")

    def on_get_orders(self, query, body):
        self.only(query, {"connector", "pair", "state"})
        ends = ("filled", "cancelled", "rejected")
        rows = [
            order
            for sent, order in self.orders.items()
            if order["connector"] == query.get("connector", order["connector"])
            and order["pair"] == query.get("pair", order["pair"])
            and (query.get("state") == "all" or order["state"] not in ends)
            and sent not in self.forgotten
        ]
        return 200, {"orders": rows}

    def on_get_orders_(self, query, body, word):
        order = self.find(word)
        if order["exchange_client_order_id"] in self.forgotten:
            # Out of the journal, which has neither an average nor fees.
            order = {k: v for k, v in order.items() if k not in ("average_price", "fees", "waits")}
            order["client_order_id"] = None
        return 200, order

    def on_patch_orders_(self, query, body, word):
        self.only(body, {"price", "quantity", "wait_ms", "confirmed"})
        order = self.find(word)
        if order["state"] not in ("open", "partially_filled"):
            raise Refusal(422, "refused", f"nothing was sent: order {order['order']} has ended: {order['state']}")
        order.update({name: body[name] for name in ("price", "quantity") if name in body})
        self.tell_order(order, "amended")
        return 200, {"order": order, "known": self.known, "rounded": []}

    def cancel(self, order):
        order["state"] = "cancelled"
        self.tell_order(order, "cancelled")

    def on_delete_orders_(self, query, body, word):
        self.only(query, {"connector", "wait_ms"})
        order = self.find(word)
        if order["state"] not in ("open", "partially_filled"):
            raise Refusal(422, "order_ended", f"nothing was sent: order {order['order']} has ended: {order['state']}")
        self.cancel(order)
        return 200, {"orders": [order], "known": True}

    def on_delete_orders(self, query, body):
        rows = self.on_get_orders({k: v for k, v in query.items() if k == "connector"}, None)[1]["orders"]
        for order in rows:
            self.cancel(order)
        return 200, {"orders": rows, "known": True}

    # History

    def on_get_history_(self, query, body, table):
        self.only(query, {"exchange", "account", "pair", "order", "since_ns", "until_ns", "limit"})
        tables = {"orders": self.history_orders, "fills": self.history_fills, "funding": self.history_funding}
        rows = tables[table]()
        since, until = int(query.get("since_ns", 0)), int(query.get("until_ns", 2**62))
        rows = [
            row
            for time, row in rows
            if since <= time < until
            and query.get("pair", row["pair"]) == row["pair"]
            and query.get("order", row.get("client_order_id")) == row.get("client_order_id")
            and query.get("exchange", "sea") == row["exchange"]
        ]
        return 200, {"rows": rows[-int(query.get("limit", 100)) :]}

    def history_orders(self):
        for sent, order in self.orders.items():
            created = datetime.strptime(order["created"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
            time = int(created.timestamp()) * 10**9 + int(order["created"][20:29])
            yield time, {
                "created": order["created"], "exchange": "sea", "account": "main", "pair": order["pair"],
                "instrument": order["symbol"], "client_order_id": sent, "venue_order_id": order["exchange_order_id"],
                "side": order["side"], "type": order["type"], "time_in_force": order["time_in_force"],
                "flags": " ".join(order["flags"]), "leg": "net", "price": order["price"], "stop": order["stop"],
                "quantity": order["quantity"], "value": None, "filled": order["filled"] + ("" if "." in order["filled"] else ".000"),
                "state": order["state"], "reason": order["reason"], "changed": moment(order["changed"]),
                "connector": order["connector"], "adopted": False,
            }

    def history_fills(self):
        for fill in self.fills:
            yield fill["time_ns"], {
                "time": moment(fill["time_ns"]), "exchange": "sea", "account": "main", "pair": fill["pair"],
                "instrument": fill["pair"].replace("-", ""), "client_order_id": fill["exchange_client_order_id"],
                "venue_order_id": "1", "trade_id": fill["trade_id"], "side": fill["side"], "price": fill["price"],
                "quantity": fill["quantity"], "fee": fill["fee"], "fee_asset": fill["fee_asset"],
                "fee_estimated": False, "liquidity": fill["liquidity"], "received": moment(fill["time_ns"]),
                "kind": "own",
            }

    def history_funding(self):
        yield START, {
            "time": moment(START), "exchange": "sea", "account": "main", "pair": "BTC-USDT", "instrument": "BTCUSDT",
            "payment_id": "9", "rate": "0.0001", "amount": "-0.5", "asset": "USDT",
        }

    # Accounts

    def balance(self, connector, asset, total, available):
        row = {"connector": connector, "account": "main", "asset": asset, "total": total, "available": available}
        self.balances = [r for r in self.balances if (r["connector"], r["asset"]) != (connector, asset)] + [row]
        self.tell_rows("balances", connector, [row])

    def position(self, quantity):
        row = {
            "connector": "sea_perpetual", "account": "main", "pair": "BTC-USDT", "leg": "net", "quantity": quantity,
            "entry": "100", "mark": "101", "liquidation": "50", "unrealized": "1", "realized": "0", "leverage": "10",
            "margin": None,
        }
        self.positions = [row] if quantity != "0" else []
        self.tell_rows("positions", "sea_perpetual", [row])

    def tell_rows(self, channel, connector, rows):
        if hasattr(self, "streams"):
            self.tell(connector, channel, {"type": channel, "kind": "update", channel: rows})

    def on_get_balances(self, query, body):
        return 200, {"balances": [row for row in self.balances if row["connector"] == query["connector"]]}

    def on_get_positions(self, query, body):
        return 200, {"positions": [row for row in self.positions if row["connector"] == query["connector"]]}

    def on_get_fees(self, query, body):
        self.only(query, {"connector", "pair", "account"})
        rates = ("0.0002", "0.0005") if query["connector"] == "sea_perpetual" else ("0.001", "0.001")
        rows = [
            {"connector": row["connector"], "pair": row["pair"], "account": "main", "maker": rates[0],
             "taker": rates[1], "from": "exchange"}
            for row in self.instruments
            if row["connector"] == query["connector"] and query.get("pair", row["pair"]) == row["pair"]
        ]
        return 200, {"fees": rows}

    def on_get_leverage(self, query, body):
        return 200, {**query, "account": "main", "leverage": self.leverage}

    def on_put_leverage(self, query, body):
        self.leverage = body["leverage"]
        return 200, {"connector": body["connector"], "account": "main", "pair": body["pair"], "leverage": self.leverage}

    def on_get_margin_mode(self, query, body):
        return 200, {**query, "account": "main", "mode": None}

    def on_put_margin_mode(self, query, body):
        return 200, {"connector": body["connector"], "account": "main", "pair": body.get("pair"), "mode": body["mode"]}

    def on_get_position_mode(self, query, body):
        return 200, {**query, "account": "main", "mode": "one_way"}

    def on_put_position_mode(self, query, body):
        return 200, {"connector": body["connector"], "account": "main", "mode": body["mode"]}

    def on_post_connectors_(self, query, body, verb):
        if not body.get("cancel", True):
            raise Refusal(409, "open_orders", "2 orders are open")
        return 200, {"connectors": [{"connector": body["connector"], "enabled": verb == "enable"}]}

    def on_post_halt(self, query, body):
        return 200, {"connectors": [{"connector": body["connector"], "halted": True, "reason": None, "open_orders": 0}]}

    # Streams

    async def stream(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        stream = FakeStream(self, socket)
        self.streams.append(stream)
        self.connections += 1
        stream.send({"type": "hello", "api": "v1", "scopes": ["read", "trade"]})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                stream.take(json.loads(message.data))
        if stream in self.streams:
            self.streams.remove(stream)
        return socket

    def tell(self, connector, channel, message):
        for stream in self.streams:
            for number, wish in stream.wishes.items():
                if wish["channel"] == channel and wish["connector"] == connector:
                    stream.send({**message, "subscription": number})

    def trade(self, price, quantity="1", connector="sea", pair="BTC-USDT", send=True, **more):
        trades = self.trades[connector, pair]
        row = {"id": str(len(trades) + 1), "price": price, "quantity": quantity, "taker_side": "buy", "time_ns": self.now}
        trades.append({**row, **more})
        if send:
            message = {"type": "trades", "connector": connector, "pair": pair, "total": len(trades), "missed": 0}
            for stream in self.streams:
                for number, wish in stream.wishes.items():
                    if (wish["channel"], wish["connector"], wish.get("pair")) == ("trades", connector, pair):
                        stream.send({**message, "subscription": number, "trades": [trades[-1]]})

    def say_book(self, kind, bids=(), asks=(), skip=0, **more):
        """A message of each book that is subscribed to."""
        for stream in self.streams:
            for number, wish in stream.wishes.items():
                if wish["channel"] == "book":
                    stream.sequences[number] += 1 + skip
                    stream.send(
                        {"type": "book", "subscription": number, "kind": kind, "sequence": stream.sequences[number],
                         "connector": wish["connector"], "pair": wish["pair"], "exchange_sequence": 8,
                         "time_ns": self.now, "bids": list(bids), "asks": list(asks), **more}
                    )


class FakeStream:
    def __init__(self, host, socket):
        self.host, self.socket = host, socket
        self.wishes, self.sequences, self.next = {}, defaultdict(int), 1
        self.tasks = set()

    def send(self, message):
        if self.socket.closed or self.socket._req.transport is None:
            return
        task = asyncio.ensure_future(self.deliver(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def deliver(self, message):
        try:
            await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))
        except ConnectionError:
            pass

    def take(self, message):
        self.host.requests_of_streams.append(message)
        op, name = message.pop("op"), message.pop("id", None)
        if op == "unsubscribe":
            self.wishes.pop(message["subscription"], None)
            return self.send({"type": "unsubscribed", "id": name, "subscription": message["subscription"]})
        channel = message.get("channel")
        odd = set(message) - {"channel"} - CHANNEL_FIELDS.get(channel, set())
        if odd:
            return self.send({"type": "error", "id": name, "error": {"code": "unknown_field", "message": f"no {odd}"}})
        if message.get("pair") == "ETH-USDT" and channel == "trades":
            error = {"code": "not_ready", "message": "its trades are not known yet", "remedy": "ask again"}
            return self.send({"type": "error", "id": name, "error": error})
        number, self.next = self.next, self.next + 1
        self.wishes[number] = message
        self.send({"type": "subscribed", "id": name, "subscription": number, "channel": channel})
        getattr(self, "begin_" + channel, lambda *_: None)(number, message)

    def begin_book(self, number, wish):
        host = self.host
        missing = host.missing.get(wish["pair"])
        self.sequences[number] = 1
        book = {"bids": [], "asks": []} if missing else host.books[wish["connector"], wish["pair"]]
        self.send(
            {"type": "book", "subscription": number, "kind": "gap" if missing else "snapshot", "sequence": 1,
             "connector": wish["connector"], "pair": wish["pair"], "exchange_sequence": 7, "time_ns": host.now,
             "bids": book["bids"], "asks": book["asks"], **({"reason": missing} if missing else {})}
        )

    def begin_ticker(self, number, wish):
        row = next(r for r in self.host.instruments if (r["connector"], r["pair"]) == (wish["connector"], wish["pair"]))
        self.send({"type": "ticker", "subscription": number, "ticker": self.host.ticker(row)})

    def begin_orders(self, number, wish):
        rows = self.host.on_get_orders({"connector": wish["connector"]}, None)[1]["orders"]
        self.send({"type": "orders", "subscription": number, "orders": rows})

    def begin_balances(self, number, wish):
        self.begin_rows(number, wish, "balances", self.host.balances)

    def begin_positions(self, number, wish):
        self.begin_rows(number, wish, "positions", self.host.positions)

    def begin_rows(self, number, wish, channel, rows):
        rows = [row for row in rows if row["connector"] == wish["connector"]]
        self.send({"type": channel, "subscription": number, "kind": "snapshot", channel: rows})
