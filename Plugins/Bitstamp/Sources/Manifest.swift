// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitstampManifest {
  public static let bitstamp: StaticString = #"""
    {"id":"bitstamp","name":"Bitstamp","version":"0.1.0","kind":"spot","hosts":["www.bitstamp.net:443",
    "ws.bitstamp.net:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},
    {"name":"book","type":"string","default":"full","choices":["full","top"]}],"domains":["live"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many","order",
    "open_orders","fills","balances","fees"],"channels":["book","trades"],"order_types":["limit","market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let markets = PermittedAct("markets", .get, "/api/v2/markets/")
  static let tickers = PermittedAct("tickers", .get, "/api/v2/ticker/")
  static let clock = PermittedAct("clock", .get, "/api/v2/ticker/btcusd/")
  static let orderBook = PermittedAct("order_book", .get, "/api/v2/order_book/*/")
  static let candles = PermittedAct("candles", .get, "/api/v2/ohlc/*/")
  static let buy = PermittedAct("buy", .post, "/api/v2/buy/*/", priority: .order)
  static let buyPostOnly = PermittedAct("buy_post_only", .post, "/api/v2/buy/*/", priority: .order)
  static let buyNow = PermittedAct("buy_now", .post, "/api/v2/buy/*/", priority: .order)
  static let buyWhole = PermittedAct("buy_whole", .post, "/api/v2/buy/*/", priority: .order)
  static let buyUntil = PermittedAct("buy_until", .post, "/api/v2/buy/*/", priority: .order)
  static let buyMarket = PermittedAct("buy_market", .post, "/api/v2/buy/market/*/", priority: .order)
  static let buyInstant = PermittedAct("buy_instant", .post, "/api/v2/buy/instant/*/", priority: .order)
  static let sell = PermittedAct("sell", .post, "/api/v2/sell/*/", priority: .order)
  static let sellPostOnly = PermittedAct("sell_post_only", .post, "/api/v2/sell/*/", priority: .order)
  static let sellNow = PermittedAct("sell_now", .post, "/api/v2/sell/*/", priority: .order)
  static let sellWhole = PermittedAct("sell_whole", .post, "/api/v2/sell/*/", priority: .order)
  static let sellUntil = PermittedAct("sell_until", .post, "/api/v2/sell/*/", priority: .order)
  static let sellMarket = PermittedAct("sell_market", .post, "/api/v2/sell/market/*/", priority: .order)
  static let sellInstant = PermittedAct("sell_instant", .post, "/api/v2/sell/instant/*/", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v2/cancel_order/", priority: .cancel)
  static let orderStatus = PermittedAct("order_status", .post, "/api/v2/order_status/")
  static let openOrders = PermittedAct("open_orders", .post, "/api/v2/open_orders/all/")
  static let userTransactions = PermittedAct("user_transactions", .post, "/api/v2/user_transactions/")
  static let marketTransactions = PermittedAct("market_transactions", .post, "/api/v2/user_transactions/*/")
  static let balances = PermittedAct("balances", .post, "/api/v2/account_balances/")
  static let fees = PermittedAct("fees", .post, "/api/v2/fees/trading/")
  static let websocketsToken = PermittedAct("websockets_token", .post, "/api/v2/websockets_token/")
  static let privateStream = PermittedAct("private_stream", .get, "/")
  static let feed = PermittedAct("feed", .get, "/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 10000, seconds: 600)
  static let burst = Output.Limit(2, "burst", .address, 400, seconds: 1)
  static let messages = Output.Limit(3, "messages", .stream, 50, seconds: 1)
  static let all: [Output.Limit] = [.requests, .burst, .messages]
}
