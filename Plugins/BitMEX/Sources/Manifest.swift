// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitMEXManifest {
  public static let bitmex: StaticString = #"""
    {"id":"bitmex","name":"Bitmex","version":"0.1.0","kind":"spot","hosts":["www.bitmex.com:443",
    "testnet.bitmex.com:443","ws.bitmex.com:443","ws.testnet.bitmex.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","testnet"],
    "verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles","place","amend","cancel",
    "cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book","trades",
    "ticker"],"order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":36,"pattern":"^[0-9A-Za-z_./+=-]{1,36}$"}}
    """#
  public static let bitmexPerpetual: StaticString = #"""
    {"id":"bitmex_perpetual","name":"Bitmex","version":"0.1.0","kind":"perp","hosts":["www.bitmex.com:443",
    "testnet.bitmex.com:443","ws.bitmex.com:443","ws.testnet.bitmex.com:443"],"extensions":["patchbay.perp/1"],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","testnet"],
    "verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles","place","amend","cancel",
    "cancel_many","order","open_orders","fills","balances","fees","order_history","positions","leverage","margin_mode",
    "funding","funding_payments","modes"],"channels":["book","trades","ticker","mark","liquidations"],
    "order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":36,"pattern":"^[0-9A-Za-z_./+=-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v1")
  static let instruments = PermittedAct("instruments", .get, "/api/v1/instrument/active")
  static let indices = PermittedAct("indices", .get, "/api/v1/instrument/activeAndIndices")
  static let candles = PermittedAct("candles", .get, "/api/v1/trade/bucketed")
  static let assets = PermittedAct("assets", .get, "/api/v1/wallet/assets")
  static let place = PermittedAct("place", .post, "/api/v1/order", priority: .order)
  static let amend = PermittedAct("amend", .put, "/api/v1/order", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v1/order", priority: .cancel)
  static let cancelSet = PermittedAct("cancel_set", .delete, "/api/v1/order", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .post, "/api/v1/position/leverage", priority: .order)
  static let setMarginMode = PermittedAct("set_margin_mode", .post, "/api/v1/position/isolate", priority: .order)
  static let orders = PermittedAct("orders", .get, "/api/v1/order")
  static let fills = PermittedAct("fills", .get, "/api/v1/execution/tradeHistory")
  static let positions = PermittedAct("positions", .get, "/api/v1/position")
  static let margin = PermittedAct("margin", .get, "/api/v1/user/margin")
  static let fees = PermittedAct("fees", .get, "/api/v1/user/commission")
  static let privateStream = PermittedAct("private_stream", .get, "/realtime")
  static let feed = PermittedAct("feed", .get, "/realtime")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicRequests = Output.Limit(1, "public requests", .address, 30, seconds: 60)
  static let requests = Output.Limit(
    2, "requests", .account, 120, seconds: 60, remainingHeader: "x-ratelimit-remaining")
  static let orders = Output.Limit(3, "orders", .account, 10, seconds: 1, remainingHeader: "x-ratelimit-remaining-1s")
  static let connections = Output.Limit(4, "connections", .address, 60, seconds: 3600)
  static let messages = Output.Limit(5, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.publicRequests, .requests, .orders, .connections, .messages]
}
