// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum DexalotManifest {
  public static let dexalot: StaticString = #"""
    {"id":"dexalot","name":"Dexalot","version":"0.1.0","kind":"spot","hosts":["api.dexalot.com:443"],"extensions":[],
    "credentials":[],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],
    "verbs":["instruments","subscribe","unsubscribe","resync"],"channels":["book","trades"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let pairs = PermittedAct("pairs", .get, "/privapi/trading/pairs")
  static let feed = PermittedAct("feed", .get, "/api/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 200, seconds: 60)
  static let messages = Output.Limit(2, "messages", .stream, 5, seconds: 1)
  static let all: [Output.Limit] = [.requests, .messages]
}
