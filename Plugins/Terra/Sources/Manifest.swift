// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum TerraManifest {
  public static let terra: StaticString = #"""
    {"id":"terra","name":"Terra","version":"0.1.0","kind":"amm","hosts":["localhost:5000"],"extensions":[],
    "credentials":[],"config":[{"name":"amount","type":"decimal","default":"1"},{"name":"poll_ms","type":"integer",
    "default":1000}],"domains":["live"],"verbs":["instruments","subscribe","unsubscribe"],"channels":["ticker"],
    "order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let price = PermittedAct("price", .post, "/terra/price")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 20, seconds: 1)
  static let all: [Output.Limit] = [.requests]
}
