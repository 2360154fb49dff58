// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum UniswapV3Manifest {
  public static let uniswapV3: StaticString = #"""
    {"id":"uniswap_v3","name":"Uniswap v3","version":"0.1.0","kind":"amm","hosts":["node.invalid:443"],
    "extensions":["patchbay.amm/1"],"credentials":[{"name":"address","secret":false,"required":true},
    {"name":"wallet_key","secret":true,"required":true}],"config":[{"name":"chain_id","type":"integer","default":1},
    {"name":"factory","type":"string","default":"0x1F98431c8aD98523631AE4a59f267346ea31F984"},{"name":"router",
    "type":"string","default":"0xE592427A0AEce92De3Edee1F18E0157C05861564"},{"name":"tokens","type":"array",
    "default":[]},{"name":"pools","type":"array","default":[]},{"name":"poll_ms","type":"integer","default":2000},
    {"name":"max_age_s","type":"integer","default":120},{"name":"slippage","type":"decimal","default":"0.005"},
    {"name":"confirmations","type":"integer","default":3},{"name":"deadline_s","type":"integer","default":120},
    {"name":"max_gas_gwei","type":"integer","default":200},{"name":"native","type":"string","default":"ETH"}],
    "domains":["live"],"verbs":["instruments","subscribe","unsubscribe","resync","quote","place","amend","cancel",
    "order","open_orders","balances","approve"],"channels":["book","trades","pool"],"order_types":["limit","market"],
    "client_order_id":{"length":36,"pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let node = PermittedAct("node", .post, "/")
  static let swap = PermittedAct("swap", .post, "/", priority: .order)
  static let reswap = PermittedAct("reswap", .post, "/", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/", priority: .cancel)
  static let approve = PermittedAct("approve", .post, "/", priority: .order)
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 10, seconds: 1)
  static let all: [Output.Limit] = [.requests]
}
