// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BlocktaneManifest {
  public static let blocktane: StaticString = #"""
    {"id":"blocktane","name":"Blocktane","version":"0.1.0","kind":"spot","hosts":["trade.blocktane.io:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","place","cancel","cancel_many","order","open_orders",
    "fills","balances","order_history"],"channels":["book","trades"],"order_types":["limit","market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v2/xt/public/timestamp")
  static let markets = PermittedAct("markets", .get, "/api/v2/xt/public/markets")
  static let tickers = PermittedAct("tickers", .get, "/api/v2/xt/public/markets/tickers")
  static let place = PermittedAct("place", .post, "/api/v2/xt/market/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v2/xt/market/orders/*/cancel", priority: .cancel)
  static let cancelClient = PermittedAct("cancel_client", .post, "/api/v2/xt/market/orders/*/cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v2/xt/market/orders/*")
  static let orderByClient = PermittedAct("order_by_client", .get, "/api/v2/xt/market/orders/*")
  static let orders = PermittedAct("orders", .get, "/api/v2/xt/market/orders")
  static let fills = PermittedAct("fills", .get, "/api/v2/xt/market/trades")
  static let balances = PermittedAct("balances", .get, "/api/v2/xt/account/balances")
  static let privateStream = PermittedAct("private_stream", .get, "/api/v2/ws/private/")
  static let feed = PermittedAct("feed", .get, "/api/v2/ws/public/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 30, seconds: 12)
  static let messages = Output.Limit(2, "messages", .stream, 50, seconds: 12)
  static let all: [Output.Limit] = [.calls, .messages]
}
