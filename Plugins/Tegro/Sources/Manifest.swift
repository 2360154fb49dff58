// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum TegroManifest {
  public static let tegro: StaticString = #"""
    {"id":"tegro","name":"Tegro","version":"0.1.0","kind":"spot","hosts":["api.tegro.com:443",
    "api.testnet.tegro.com:443"],"extensions":[],"credentials":[],"config":[{"name":"domain","type":"string",
    "default":"live"}],"domains":["live","testnet"],"verbs":["instruments","subscribe","unsubscribe","resync"],
    "channels":["book","trades"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let markets = PermittedAct("markets", .get, "/api/v1/exchange/8453/market/list")
  static let testMarkets = PermittedAct("test_markets", .get, "/api/v1/exchange/80002/market/list")
  static let depth = PermittedAct("depth", .get, "/api/v1/orderbook/depth")
  static let feed = PermittedAct("feed", .get, "/api/v1/events/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 10, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
