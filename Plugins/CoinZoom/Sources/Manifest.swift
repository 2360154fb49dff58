// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum CoinZoomManifest {
  public static let coinzoom: StaticString = #"""
    {"id":"coinzoom","name":"CoinZoom","version":"0.1.0","kind":"spot","hosts":["api.coinzoom.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true},{"name":"username","secret":false,"required":true}],"config":[{"name":"domain","type":"string",
    "default":"live"}],"domains":["live"],"verbs":["instruments","subscribe","unsubscribe","resync","place","cancel",
    "cancel_many","open_orders","balances"],"channels":["book","trades"],"order_types":["limit"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let instruments = PermittedAct("instruments", .get, "/api/v1/public/instruments")
  static let place = PermittedAct("place", .post, "/api/v1/public/orders/new", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v1/public/orders/cancel", priority: .cancel)
  static let openOrders = PermittedAct("open_orders", .post, "/api/v1/public/orders/list")
  static let balances = PermittedAct("balances", .get, "/api/v1/public/ledger/list")
  static let privateStream = PermittedAct("private_stream", .get, "/api/v1/public/market/data/stream")
  static let feed = PermittedAct("feed", .get, "/api/v1/public/market/data/stream")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let orders = Output.Limit(1, "orders", .account, 12, seconds: 1)
  static let calls = Output.Limit(2, "calls", .address, 120, seconds: 60)
  static let messages = Output.Limit(3, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.orders, .calls, .messages]
}
