// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum LoopringManifest {
  public static let loopring: StaticString = #"""
    {"id":"loopring","name":"Loopring","version":"0.1.0","kind":"spot","hosts":["api3.loopring.io:443",
    "ws.api3.loopring.io:443"],"extensions":[],"credentials":[{"name":"account_id","secret":false,"required":true},
    {"name":"api_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","open_orders","balances"],
    "channels":["book","trades","ticker"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v3/timestamp")
  static let tokens = PermittedAct("tokens", .get, "/api/v3/exchange/tokens")
  static let markets = PermittedAct("markets", .get, "/api/v3/mix/markets")
  static let depth = PermittedAct("depth", .get, "/api/v3/depth")
  static let streamKey = PermittedAct("stream_key", .get, "/v3/ws/key")
  static let balances = PermittedAct("balances", .get, "/api/v3/user/balances")
  static let orders = PermittedAct("orders", .get, "/api/v3/orders")
  static let privateStream = PermittedAct("private_stream", .get, "/v3/ws")
  static let feed = PermittedAct("feed", .get, "/v3/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 5, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
