// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BTCMarketsManifest {
  public static let btcMarkets: StaticString = #"""
    {"id":"btc_markets","name":"BTC Markets","version":"0.1.0","kind":"spot","hosts":["api.btcmarkets.net:443",
    "socket.btcmarkets.net:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles","place",
    "cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book","trades",
    "ticker"],"order_types":["limit","market","stop_limit","stop_market","take_market"],"client_order_id":{"length":32,
    "pattern":"^[A-Za-z0-9-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v3/time")
  static let markets = PermittedAct("markets", .get, "/v3/markets")
  static let tickers = PermittedAct("tickers", .get, "/v3/markets/tickers")
  static let candles = PermittedAct("candles", .get, "/v3/markets/*/candles")
  static let place = PermittedAct("place", .post, "/v3/orders", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/v3/batchorders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/v3/orders/*", priority: .cancel)
  static let order = PermittedAct("order", .get, "/v3/orders/*")
  static let orders = PermittedAct("orders", .get, "/v3/orders")
  static let trades = PermittedAct("trades", .get, "/v3/trades")
  static let balances = PermittedAct("balances", .get, "/v3/accounts/me/balances")
  static let fees = PermittedAct("fees", .get, "/v3/accounts/me/trading-fees")
  static let privateStream = PermittedAct("private_stream", .get, "/v2")
  static let feed = PermittedAct("feed", .get, "/v2")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicRequests = Output.Limit(1, "public requests", .address, 50, seconds: 10)
  static let requests = Output.Limit(2, "requests", .account, 50, seconds: 10)
  static let orders = Output.Limit(3, "orders", .account, 30, seconds: 10)
  static let batches = Output.Limit(4, "batches", .account, 5, seconds: 10)
  static let connections = Output.Limit(5, "connections", .address, 3, seconds: 10)
  static let all: [Output.Limit] = [.publicRequests, .requests, .orders, .batches, .connections]
}
