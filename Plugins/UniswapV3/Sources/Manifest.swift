// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum UniswapV3Manifest {
  public static let uniswapV3: StaticString = #"""
    {"id":"uniswap_v3","name":"Uniswap v3","version":"0.1.0","kind":"amm","hosts":["node.invalid:443"],
    "extensions":["patchbay.amm/1"],"credentials":[],"config":[{"name":"chain_id","type":"integer","default":1},
    {"name":"factory","type":"string","default":"0x1F98431c8aD98523631AE4a59f267346ea31F984"},{"name":"tokens",
    "type":"array","default":[]},{"name":"pools","type":"array","default":[]},{"name":"poll_ms","type":"integer",
    "default":2000},{"name":"max_age_s","type":"integer","default":120},{"name":"slippage","type":"decimal",
    "default":"0.005"}],"domains":["live"],"verbs":["instruments","subscribe","unsubscribe","resync","quote"],
    "channels":["book","trades","pool"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let node = PermittedAct("node", .post, "/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 10, seconds: 1)
  static let all: [Output.Limit] = [.requests]
}
