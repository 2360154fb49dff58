// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum XRPLManifest {
  public static let xrpl: StaticString = #"""
    {"id":"xrpl","name":"XRPL","version":"0.1.0","kind":"spot","hosts":["xrplcluster.com:443","s1.ripple.com:443",
    "s2.ripple.com:443","s.altnet.rippletest.net:51233","testnet.xrpl-labs.com:443","s.devnet.rippletest.net:51233"],
    "extensions":[],"credentials":[],"config":[{"name":"domain","type":"string","default":"live"},{"name":"tokens",
    "type":"array","default":[]},{"name":"markets","type":"array","default":[]}],"domains":["live","testnet","devnet"],
    "verbs":["instruments","subscribe","unsubscribe","resync"],"channels":["book","trades"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let feed = PermittedAct("feed", .get, "/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let messages = Output.Limit(1, "messages", .stream, 60, seconds: 1)
  static let all: [Output.Limit] = [.messages]
}
