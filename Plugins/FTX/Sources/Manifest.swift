// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum FTXManifest {
  public static let ftx: StaticString = #"""
    {"id":"ftx","name":"FTX","version":"0.1.0","kind":"spot","hosts":["ftx.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","place","cancel","cancel_many","order","open_orders",
    "fills","balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market"],
    "client_order_id":{"length":64,"pattern":"^[A-Za-z0-9_-]{1,64}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let clock = PermittedAct("clock", .get, "/api/time")
  static let markets = PermittedAct("markets", .get, "/api/markets")
  static let place = PermittedAct("place", .post, "/api/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/orders/*", priority: .cancel)
  static let cancelClient = PermittedAct("cancel_client", .delete, "/api/orders/by_client_id/*", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/orders/*")
  static let orderByClient = PermittedAct("order_by_client", .get, "/api/orders/by_client_id/*")
  static let openOrders = PermittedAct("open_orders", .get, "/api/orders")
  static let orderHistory = PermittedAct("order_history", .get, "/api/orders/history")
  static let fills = PermittedAct("fills", .get, "/api/fills")
  static let balances = PermittedAct("balances", .get, "/api/wallet/balances")
  static let account = PermittedAct("account", .get, "/api/account")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/")
  static let feed = PermittedAct("feed", .get, "/ws/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let orders = Output.Limit(1, "orders", .account, 2, milliseconds: 200)
  static let calls = Output.Limit(2, "calls", .address, 30, seconds: 1)
  static let messages = Output.Limit(3, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.orders, .calls, .messages]
}
