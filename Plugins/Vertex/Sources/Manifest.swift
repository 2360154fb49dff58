// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum VertexManifest {
  public static let vertex: StaticString = #"""
    {"id":"vertex","name":"Vertex","version":"0.1.0","kind":"spot","hosts":["gateway.prod.vertexprotocol.com:443"],
    "extensions":[],"credentials":[],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],
    "verbs":["instruments","subscribe","unsubscribe","resync"],"channels":["book","trades","ticker"],"order_types":[]}
    """#
  public static let vertexPerpetual: StaticString = #"""
    {"id":"vertex_perpetual","name":"Vertex","version":"0.1.0","kind":"perp",
    "hosts":["gateway.prod.vertexprotocol.com:443"],"extensions":[],"credentials":[],"config":[{"name":"domain",
    "type":"string","default":"live"}],"domains":["live"],"verbs":["instruments","subscribe","unsubscribe","resync"],
    "channels":["book","trades","ticker"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let symbols = PermittedAct("symbols", .get, "/v1/symbols")
  static let query = PermittedAct("query", .get, "/v1/query")
  static let feed = PermittedAct("feed", .get, "/v1/subscribe")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 600, seconds: 10)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
