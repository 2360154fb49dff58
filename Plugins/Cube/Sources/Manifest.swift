// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum CubeManifest {
  public static let cube: StaticString = #"""
    {"id":"cube","name":"Cube","version":"0.1.0","kind":"spot","hosts":["api.cube.exchange:443",
    "staging.cube.exchange:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true},{"name":"subaccount_id","secret":false,"required":true}],
    "config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","staging"],"verbs":["instruments",
    "subscribe","unsubscribe","resync","tickers","order","open_orders","fills","balances","order_history"],
    "channels":["book","trades"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let markets = PermittedAct("markets", .get, "/ir/v0/markets")
  static let tickers = PermittedAct("tickers", .get, "/md/v0/parsed/tickers")
  static let openOrders = PermittedAct("open_orders", .get, "/os/v0/orders")
  static let positions = PermittedAct("positions", .get, "/ir/v0/users/subaccount/*/positions")
  static let fills = PermittedAct("fills", .get, "/ir/v0/users/subaccount/*/fills")
  static let history = PermittedAct("history", .get, "/ir/v0/users/subaccount/*/orders")
  static let feed = PermittedAct("feed", .get, "/md/book/*")
  static let privateStream = PermittedAct("private_stream", .get, "/os")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 10, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
