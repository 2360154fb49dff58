// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitComManifest {
  public static let bitComPerpetual: StaticString = #"""
    {"id":"bit_com_perpetual","name":"Bit.com","version":"0.1.0","kind":"perp","hosts":["api.bit.com:443",
    "ws.bit.com:443"],"extensions":[],"credentials":[],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync"],"channels":["book","trades",
    "ticker","mark"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/linear/v1/system/time")
  static let instruments = PermittedAct("instruments", .get, "/linear/v1/instruments")
  static let feed = PermittedAct("feed", .get, "/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 5, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
