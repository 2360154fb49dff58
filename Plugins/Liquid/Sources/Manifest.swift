// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum LiquidManifest {
  public static let liquid: StaticString = #"""
    {"id":"liquid","name":"Liquid","version":"0.1.0","kind":"spot","hosts":["api.liquid.com:443","tap.liquid.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],
    "verbs":["instruments","subscribe","unsubscribe","resync","tickers","place","cancel","cancel_many","order",
    "open_orders","balances","order_history"],"channels":["book","trades"],"order_types":["limit","market"],
    "client_order_id":{"length":36,"pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let products = PermittedAct("products", .get, "/products")
  static let place = PermittedAct("place", .post, "/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .put, "/orders/*/cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/orders/*")
  static let orders = PermittedAct("orders", .get, "/orders")
  static let accounts = PermittedAct("accounts", .get, "/accounts")
  static let privateStream = PermittedAct("private_stream", .get, "/app/LiquidTapClient")
  static let feed = PermittedAct("feed", .get, "/app/LiquidTapClient")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 300, seconds: 300)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
