// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BeaxyManifest {
  public static let beaxy: StaticString = #"""
    {"id":"beaxy","name":"Beaxy","version":"0.1.0","kind":"spot","hosts":["tradewith.beaxy.com:443",
    "services.beaxy.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live"],"verbs":["instruments","subscribe","unsubscribe","resync","tickers","place","cancel",
    "cancel_many","order","open_orders","balances","order_history"],"channels":["book","trades"],"order_types":["limit",
    "market"],"client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let symbols = PermittedAct("symbols", .get, "/api/v2/symbols")
  static let rates = PermittedAct("rates", .get, "/api/v2/symbols/rates")
  static let token = PermittedAct("token", .post, "/api/v2/auth")
  static let place = PermittedAct("place", .post, "/api/v2/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v2/orders/open/*", priority: .cancel)
  static let openOrders = PermittedAct("open_orders", .get, "/api/v2/orders/open")
  static let closedOrders = PermittedAct("closed_orders", .get, "/api/v2/orders/closed")
  static let order = PermittedAct("order", .get, "/api/v2/orders/*")
  static let wallets = PermittedAct("wallets", .get, "/api/v2/wallets")
  static let ordersStream = PermittedAct("orders_stream", .get, "/ws/v2/orders")
  static let walletsStream = PermittedAct("wallets_stream", .get, "/ws/v2/wallets")
  static let bookFeed = PermittedAct("book_feed", .get, "/ws/v2/book/*")
  static let tradeFeed = PermittedAct("trade_feed", .get, "/ws/v2/trades/*")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 5, seconds: 1)
  static let connections = Output.Limit(2, "connections", .address, 5, seconds: 1)
  static let all: [Output.Limit] = [.calls, .connections]
}
