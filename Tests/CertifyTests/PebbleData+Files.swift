extension PebbleFolder {
  static let manifest = """
    {"id": "pebble", "name": "Pebble", "type": "CLOB", "maintainer": {"name": "Patchbay"}, "version": "1.0.0",
     "library": "libpebble.so", "abi": {"revision": 1}, "extensions": [], "markets": {"spot": {"connector": "pebble"}},
     "permissions": {"hosts": ["api.pebble.test:443", "stream.pebble.test:443"], "acts": [
      {"name": "instruments", "class": "public", "method": "GET", "path": "/instruments"},
      {"name": "time", "class": "public", "method": "GET", "path": "/time"},
      {"name": "tickers", "class": "public", "method": "GET", "path": "/tickers"},
      {"name": "feed", "class": "public", "method": "GET", "path": "/public", "operations": ["feed_subscribe"]},
      {"name": "feed_subscribe", "class": "public", "operation": "subscribe"},
      {"name": "token", "class": "read", "method": "POST", "path": "/token", "headers": ["X-Key", "X-Time"]},
      {"name": "stream", "class": "read", "method": "GET", "path": "/private"},
      {"name": "balances", "class": "read", "method": "GET", "path": "/balances", "headers": ["X-Key"]},
      {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/order",
       "headers": ["X-Key", "X-Sign"], "allow": ["time"], "words": {"type": {"limit": "limit", "market": "market",
       "post_only": "limit post_only"}}, "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type",
       "quantity": "form:quantity", "price": "form:price", "client_order": "form:client"}},
      {"name": "cancel", "class": "trade", "verb": "cancel", "method": "DELETE", "path": "/order",
       "headers": ["X-Key", "X-Sign"], "allow": ["time"],
       "bind": {"client_order": "form:client", "venue_order": "form:id"}}]},
     "credentials": [
      {"name": "api_key", "secret": false, "required": true}, {"name": "secret_key", "secret": true, "required": true}]}
    """

  static let certification = """
    {"channels": {"book": "book", "trades": "trades"},
     "config": {"fault": "FAULT"},
     "trading": {"config": {"fault": "FAULT"}, "replies": [
      {"path": "/instruments", "body": ["BTC-USD"]},
      {"method": "POST", "path": "/token", "body": {"token": "t0ken-t0ken-t0ken-t0ken"}}]},
     "signatures": [{"fields": ["header:X-Sign"], "rule": "hex(hmac_sha256(credential('secret_key'), body))"}],
     "vectors": {"alternatives": {"fetch_order_book": {"documentation": "https://docs.pebble.test/book", "requests": [
      {"method": "FRAME", "fields": {"host": "stream.pebble.test", "path": "/public", "json:op": "subscribe",
       "json:symbol": "BTC-USD", "json:channel": "book"}}]}}},
     "payloads": [
      {"has": {"/kind": "order"}, "feed": {"frame": "private"}, "facts": [
       {"fact": "order", "symbol": "/symbol", "venue_order": "/id", "client_order": "/client", "side": "/side",
        "price": "/price", "quantity": "/quantity", "filled": "/filled", "state": "/state"}]},
      {"has": {"/code": null}, "feed": {"reply": {"verb": "cancel", "venue_order": "9"}, "status": 400}, "facts": [
       {"fact": "reply", "outcome": "=refused", "code": "/code",
        "error": {"at": "/code", "map": {"no_order": "unknown_order", "*": "other"}}}]},
      {"name": "request_*", "not_applicable": "a request, not something received"}],
     "not_applicable": {"vectors:fetch_ledger": "Pebble tells no ledger"}}
    """

  /// The signatures were made with the openssl command.
  static let vectors = """
    {"exchange": "pebble", "market": {"id": "BTC-USD", "base": "BTC", "quote": "USD"},
     "credentials": {"apiKey": "FAKE-KEY-0001", "secret": "FAKE-SECRET-0002"}, "clock_ms": 1700000000000, "cases": [
      {"name": "create_limit_buy",
       "args": {"method": "create_order",
        "args": ["BTC/USD", "limit", "buy", 0.012, 30000.5, {"clientOrderId": "pb-1"}]},
       "request": {"method": "POST", "url": "https://api.pebble.test/order", "headers": {"X-Key": "FAKE-KEY-0001",
        "X-Sign": "SIGN1"},
        "body": "symbol=BTC-USD&side=buy&type=limit&quantity=0.012&price=30000.5&client=pb-1&time=1700000000000"},
       "compare": {"fields": {"host": "api.pebble.test", "path": "/order", "header:X-Key": "FAKE-KEY-0001",
        "header:X-Sign": "SIGN1", "form:symbol": "BTC-USD", "form:side": "buy", "form:type": "limit",
        "form:quantity": "0.0120", "form:price": "30000.50", "form:client": "pb-1", "form:time": "1700000000000"},
        "signature_fields": ["header:X-Sign"], "time_fields": ["form:time"], "ignore": [], "optional": []}},
      {"name": "cancel_order", "args": {"method": "cancel_order", "args": ["77", "BTC/USD", {}]},
       "request": {"method": "DELETE", "url": "https://api.pebble.test/order", "headers": {"X-Key": "FAKE-KEY-0001",
        "X-Sign": "SIGN2"}, "body": "id=77&time=1700000000000"},
       "compare": {"fields": {"host": "api.pebble.test", "path": "/order", "header:X-Key": "FAKE-KEY-0001",
        "header:X-Sign": "SIGN2", "form:id": "77", "form:time": "1700000000000"},
        "signature_fields": ["header:X-Sign"], "time_fields": ["form:time"], "ignore": [], "optional": []}},
      {"name": "fetch_order_book", "args": {"method": "fetch_order_book", "args": ["BTC/USD", 20]},
       "request": {"method": "GET", "url": "https://api.pebble.test/book?symbol=BTC-USD", "headers": {}, "body": null},
       "compare": {"fields": {"host": "api.pebble.test", "path": "/book", "query:symbol": "BTC-USD"},
        "signature_fields": [], "time_fields": [], "ignore": [], "optional": []}},
      {"name": "fetch_ledger", "args": {"method": "fetch_ledger", "args": []}, "request": {},
       "compare": {"fields": {}}}]}
    """
    .replacing("SIGN1", with: signature1).replacing("SIGN2", with: signature2)

  static let signature1 = "1bf21ed4271bdf33b08364163a49d67cb3638757986e45890b8c76461579ccc5"
  static let signature2 = "85cab9eb6f4a8337f60da7637bc9b3b7c542b6cc51ecdfd6151d5a13acb9553d"

  static let payloads = [
    (
      "order_partial",
      """
      {"kind": "order", "symbol": "BTC-USD", "id": "v1", "client": "c1", "side": "sell", "price": "30000.13",
       "quantity": "0.5", "filled": "0.2", "state": "partial"}
      """
    ),
    ("cancel_unknown", "{\"code\": \"no_order\"}"),
    ("request_subscribe", "{\"op\": \"subscribe\"}"),
  ]
}
