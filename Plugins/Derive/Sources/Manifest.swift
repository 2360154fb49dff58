// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum DeriveManifest {
  public static let derive: StaticString = #"""
    {"id":"derive","name":"Derive","version":"0.1.0","kind":"spot","hosts":["api.derive.xyz:443",
    "testnet.api.derive.xyz:443"],"extensions":[],"credentials":[{"name":"wallet_address","secret":false,
    "required":true},{"name":"session_key","secret":true,"required":true},{"name":"subaccount_id","secret":false,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"max_fee","type":"string"}],
    "domains":["live","testnet"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles",
    "place","amend","cancel","cancel_many","order","open_orders","fills","balances","order_history"],"channels":["book",
    "trades","ticker"],"order_types":["limit","market","stop_limit","take_limit"],"client_order_id":{"length":64,
    "pattern":"^[A-Za-z0-9_-]{1,64}$"}}
    """#
  public static let derivePerpetual: StaticString = #"""
    {"id":"derive_perpetual","name":"Derive","version":"0.1.0","kind":"perp","hosts":["api.derive.xyz:443",
    "testnet.api.derive.xyz:443"],"extensions":["patchbay.perp/1"],"credentials":[{"name":"wallet_address",
    "secret":false,"required":true},{"name":"session_key","secret":true,"required":true},{"name":"subaccount_id",
    "secret":false,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"max_fee",
    "type":"string"}],"domains":["live","testnet"],"verbs":["clock","instruments","subscribe","unsubscribe","resync",
    "tickers","candles","place","amend","cancel","cancel_many","order","open_orders","fills","balances","order_history",
    "positions","funding","funding_payments"],"channels":["book","trades","ticker","mark"],"order_types":["limit",
    "market","stop_limit","take_limit"],"client_order_id":{"length":64,"pattern":"^[A-Za-z0-9_-]{1,64}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .post, "/v3/public/get_time")
  static let instruments = PermittedAct("instruments", .post, "/v3/public/get_all_instruments")
  static let tickers = PermittedAct("tickers", .post, "/v3/public/get_tickers")
  static let candles = PermittedAct("candles", .post, "/v3/public/get_tradingview_chart_data")
  static let ticker = PermittedAct("ticker", .post, "/v3/public/get_ticker")
  static let place = PermittedAct("place", .post, "/v3/private/order", priority: .order)
  static let placeUntil = PermittedAct("place_until", .post, "/v3/private/order", priority: .order)
  static let placeStop = PermittedAct("place_stop", .post, "/v3/private/order", priority: .order)
  static let placeTake = PermittedAct("place_take", .post, "/v3/private/order", priority: .order)
  static let replace = PermittedAct("replace", .post, "/v3/private/replace", priority: .order)
  static let replaceUntil = PermittedAct("replace_until", .post, "/v3/private/replace", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/v3/private/cancel", priority: .cancel)
  static let cancelByLabel = PermittedAct("cancel_by_label", .post, "/v3/private/cancel_by_label", priority: .cancel)
  static let cancelTrigger = PermittedAct(
    "cancel_trigger", .post, "/v3/private/cancel_trigger_order", priority: .cancel)
  static let order = PermittedAct("order", .post, "/v3/private/get_order")
  static let openOrders = PermittedAct("open_orders", .post, "/v3/private/get_open_orders")
  static let triggerOrders = PermittedAct("trigger_orders", .post, "/v3/private/get_trigger_orders")
  static let orderHistory = PermittedAct("order_history", .post, "/v3/private/get_order_history")
  static let fills = PermittedAct("fills", .post, "/v3/private/get_trade_history")
  static let subaccount = PermittedAct("subaccount", .post, "/v3/private/get_subaccount")
  static let positions = PermittedAct("positions", .post, "/v3/private/get_positions")
  static let fundingHistory = PermittedAct("funding_history", .post, "/v3/private/get_funding_history")
  static let privateStream = PermittedAct("private_stream", .get, "/v3/ws")
  static let feed = PermittedAct("feed", .get, "/v3/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicCalls = Output.Limit(1, "public calls", .address, 25, seconds: 5)
  static let matching = Output.Limit(2, "matching", .account, 5, seconds: 5)
  static let calls = Output.Limit(3, "calls", .account, 25, seconds: 5)
  static let messages = Output.Limit(4, "messages", .stream, 25, seconds: 5)
  static let all: [Output.Limit] = [.publicCalls, .matching, .calls, .messages]
}
