// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitfinexManifest {
  public static let bitfinex: StaticString = #"""
    {"id":"bitfinex","name":"Bitfinex","version":"0.1.0","kind":"spot","hosts":["api-pub.bitfinex.com:443",
    "api.bitfinex.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},
    {"name":"nonce","type":"string","default":"us","choices":["us","ms"]}],"domains":["live"],"verbs":["instruments",
    "subscribe","unsubscribe","resync","tickers","candles","place","amend","cancel","cancel_many","order","open_orders",
    "fills","balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market",
    "stop_limit","stop_market"],"client_order_id":{"length":13,"pattern":"^[0-9]{1,13}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let pairs = PermittedAct("pairs", .get, "/v2/conf/pub:info:pair")
  static let tickers = PermittedAct("tickers", .get, "/v2/tickers")
  static let candles = PermittedAct("candles", .get, "/v2/candles/*/hist")
  static let openOrders = PermittedAct("open_orders", .post, "/v2/auth/r/orders")
  static let openOrdersOf = PermittedAct("open_orders_of", .post, "/v2/auth/r/orders/*")
  static let orderHistory = PermittedAct("order_history", .post, "/v2/auth/r/orders/hist")
  static let orderHistoryOf = PermittedAct("order_history_of", .post, "/v2/auth/r/orders/*/hist")
  static let fills = PermittedAct("fills", .post, "/v2/auth/r/trades/hist")
  static let fillsOf = PermittedAct("fills_of", .post, "/v2/auth/r/trades/*/hist")
  static let wallets = PermittedAct("wallets", .post, "/v2/auth/r/wallets")
  static let summary = PermittedAct("summary", .post, "/v2/auth/r/summary")
  static let submit = PermittedAct("submit", .post, "/v2/auth/w/order/submit", priority: .order)
  static let multi = PermittedAct("multi", .post, "/v2/auth/w/order/multi", priority: .order)
  static let update = PermittedAct("update", .post, "/v2/auth/w/order/update", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/v2/auth/w/order/cancel", priority: .cancel)
  static let cancelMulti = PermittedAct("cancel_multi", .post, "/v2/auth/w/order/cancel/multi", priority: .cancel)
  static let feed = PermittedAct("feed", .get, "/ws/2")
  static let privateFeed = PermittedAct("private_feed", .get, "/ws/2")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let pairs = Output.Limit(1, "pairs", .address, 90, seconds: 60)
  static let tickers = Output.Limit(2, "tickers", .address, 30, seconds: 60)
  static let candles = Output.Limit(3, "candles", .address, 30, seconds: 60)
  static let orders = Output.Limit(4, "orders", .account, 90, seconds: 60)
  static let updates = Output.Limit(5, "updates", .account, 90, seconds: 60)
  static let cancels = Output.Limit(6, "cancels", .account, 90, seconds: 60)
  static let batches = Output.Limit(7, "batches", .account, 90, seconds: 60)
  static let openOrders = Output.Limit(8, "open orders", .account, 90, seconds: 60)
  static let orderHistory = Output.Limit(9, "order history", .account, 90, seconds: 60)
  static let fills = Output.Limit(10, "fills", .account, 90, seconds: 60)
  static let balances = Output.Limit(11, "balances", .account, 90, seconds: 60)
  static let fees = Output.Limit(12, "fees", .account, 90, seconds: 60)
  static let connections = Output.Limit(13, "connections", .address, 20, seconds: 60)
  static let accountConnections = Output.Limit(14, "account connections", .address, 5, seconds: 15)
  static let all: [Output.Limit] = [
    .pairs, .tickers, .candles, .orders, .updates, .cancels, .batches, .openOrders, .orderHistory, .fills, .balances,
    .fees, .connections, .accountConnections,
  ]
}
