// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum DYDXManifest {
  public static let dydxPerpetual: StaticString = #"""
    {"id":"dydx_perpetual","name":"dYdX","version":"0.1.0","kind":"perp","hosts":["indexer.dydx.trade:443",
    "indexer.v4testnet.dydx.exchange:443","api.dydx.exchange:443"],"extensions":["patchbay.perp/1"],
    "credentials":[{"name":"address","secret":false,"required":true},{"name":"subaccount","secret":false,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"version","type":"string",
    "default":"v4"}],"domains":["live","testnet"],"verbs":["clock","instruments","subscribe","unsubscribe","resync",
    "candles","order","open_orders","fills","balances","order_history","positions","funding","funding_payments"],
    "channels":["book","trades","mark"],"order_types":[]}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v4/time")
  static let markets = PermittedAct("markets", .get, "/v4/perpetualMarkets")
  static let candles = PermittedAct("candles", .get, "/v4/candles/perpetualMarkets/*")
  static let order = PermittedAct("order", .get, "/v4/orders/*")
  static let orders = PermittedAct("orders", .get, "/v4/orders")
  static let fills = PermittedAct("fills", .get, "/v4/fills")
  static let positions = PermittedAct("positions", .get, "/v4/perpetualPositions")
  static let assetPositions = PermittedAct("asset_positions", .get, "/v4/assetPositions")
  static let fundingPayments = PermittedAct("funding_payments", .get, "/v4/fundingPayments")
  static let feed = PermittedAct("feed", .get, "/v4/ws")
  static let timeV3 = PermittedAct("time_v3", .get, "/v3/time")
  static let marketsV3 = PermittedAct("markets_v3", .get, "/v3/markets")
  static let feedV3 = PermittedAct("feed_v3", .get, "/v3/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 100, seconds: 10)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
