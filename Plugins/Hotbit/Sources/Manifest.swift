// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum HotbitManifest {
  public static let hotbit: StaticString = #"""
    {"id":"hotbit","name":"Hotbit","version":"0.1.0","kind":"spot","hosts":["api.hotbit.io:443","ws.hotbit.io:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"token_fees","type":"string",
    "default":"0"}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","place",
    "cancel","cancel_many","open_orders","balances"],"channels":["book","trades","ticker"],"order_types":["limit"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v2/p1/server.time")
  static let markets = PermittedAct("markets", .get, "/v2/p1/market.list")
  static let place = PermittedAct("place", .post, "/v2/p2/order.put_limit", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/v2/p2/order.cancel", priority: .cancel)
  static let openOrders = PermittedAct("open_orders", .post, "/v2/p2/order.pending")
  static let balances = PermittedAct("balances", .post, "/v2/p2/balance.query")
  static let privateStream = PermittedAct("private_stream", .get, "/v2/")
  static let feed = PermittedAct("feed", .get, "/v2/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 10, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
