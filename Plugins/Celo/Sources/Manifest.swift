// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum CeloManifest {
  public static let celo: StaticString = #"""
    {"id":"celo","name":"Celo","version":"0.1.0","kind":"amm","hosts":["node.invalid:443"],
    "extensions":["patchbay.amm/1"],"credentials":[{"name":"address","secret":false,"required":true},
    {"name":"wallet_key","secret":true,"required":true}],"config":[{"name":"chain_id","type":"integer","default":42220},
    {"name":"factory","type":"string","default":"0xAfE208a311B21f13EF87E33A90049fC17A7acDEc"},{"name":"router",
    "type":"string","default":"0x5615CDAb10dc425a742d643d949a7F474C01abc4"},{"name":"broker","type":"string",
    "default":"0x777A8255cA72412f0d706dc03C9D1987306B4CaD"},{"name":"manager","type":"string",
    "default":"0x22d9db95E6Ae61c104A7B6F6C78D7993B94ec901"},{"name":"native_token","type":"string",
    "default":"0x471EcE3750Da237f93B8E339c536989b8978a438"},{"name":"tokens","type":"array","default":[]},
    {"name":"pools","type":"array","default":[]},{"name":"poll_ms","type":"integer","default":2000},{"name":"max_age_s",
    "type":"integer","default":120},{"name":"slippage","type":"decimal","default":"0.005"},{"name":"confirmations",
    "type":"integer","default":3},{"name":"deadline_s","type":"integer","default":120},{"name":"max_gas_gwei",
    "type":"integer","default":1000},{"name":"native","type":"string","default":"CELO"}],"domains":["live"],
    "verbs":["instruments","subscribe","unsubscribe","resync","quote","place","amend","cancel","order","open_orders",
    "balances","approve"],"channels":["book","trades","pool"],"order_types":["limit","market"],
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
