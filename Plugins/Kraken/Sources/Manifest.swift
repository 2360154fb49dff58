// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum KrakenManifest {
  public static let kraken: StaticString = #"""
    {"id":"kraken","name":"Kraken","version":"0.1.0","kind":"spot","hosts":["api.kraken.com:443","ws.kraken.com:443",
    "ws-auth.kraken.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},
    {"name":"version","type":"string","default":"v2","choices":["v1","v2"]},{"name":"tier","type":"string",
    "default":"starter","choices":["starter","intermediate","pro"]},{"name":"nonce","type":"string","default":"ms",
    "choices":["ms","us","ns"]}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync",
    "tickers","candles","place","amend","cancel","cancel_many","order","open_orders","fills","balances","fees",
    "order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market",
    "take_limit","take_market"],"client_order_id":{"length":18,"pattern":"^[A-Za-z0-9_.-]{1,18}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/0/public/Time")
  static let assetPairs = PermittedAct("asset_pairs", .get, "/0/public/AssetPairs")
  static let ticker = PermittedAct("ticker", .get, "/0/public/Ticker")
  static let candles = PermittedAct("candles", .get, "/0/public/OHLC")
  static let socketToken = PermittedAct("socket_token", .post, "/0/private/GetWebSocketsToken")
  static let queryOrders = PermittedAct("query_orders", .post, "/0/private/QueryOrders")
  static let openOrders = PermittedAct("open_orders", .post, "/0/private/OpenOrders")
  static let closedOrders = PermittedAct("closed_orders", .post, "/0/private/ClosedOrders")
  static let tradesHistory = PermittedAct("trades_history", .post, "/0/private/TradesHistory")
  static let balances = PermittedAct("balances", .post, "/0/private/BalanceEx")
  static let tradeVolume = PermittedAct("trade_volume", .post, "/0/private/TradeVolume")
  static let addOrder = PermittedAct("add_order", .post, "/0/private/AddOrder", priority: .order)
  static let addOrderBatch = PermittedAct("add_order_batch", .post, "/0/private/AddOrderBatch", priority: .order)
  static let amendOrder = PermittedAct("amend_order", .post, "/0/private/AmendOrder", priority: .order)
  static let cancelOrder = PermittedAct("cancel_order", .post, "/0/private/CancelOrder", priority: .cancel)
  static let cancelOrderBatch = PermittedAct(
    "cancel_order_batch", .post, "/0/private/CancelOrderBatch", priority: .cancel)
  static let feed = PermittedAct("feed", .get, "/v2")
  static let feedV1 = PermittedAct("feed_v1", .get, "/")
  static let privateFeed = PermittedAct("private_feed", .get, "/v2")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicCalls = Output.Limit(1, "public calls", .address, 1, seconds: 1)
  static let calls = Output.Limit(2, "calls", .account, 15, seconds: 45, tokens: true)
  static let connections = Output.Limit(3, "connections", .address, 150, seconds: 600)
  static let all: [Output.Limit] = [.publicCalls, .calls, .connections]
}
