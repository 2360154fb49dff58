// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum EveManifest {
  public static let eve: StaticString = #"""
    {"id":"eve","name":"Eve Exchange","version":"0.1.0","kind":"spot","hosts":["apieve.cdnhop.net:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true},{"name":"user_id","secret":false,"required":true},{"name":"account_id","secret":false,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],
    "verbs":["instruments","subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many",
    "order","open_orders","fills","balances","fees","order_history"],"channels":["book","trades","ticker"],
    "order_types":["limit","market","stop_limit","stop_market"],"client_order_id":{"length":18,
    "pattern":"^[0-9]{1,18}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let instruments = PermittedAct("instruments", .get, "/AP/GetInstruments")
  static let summary = PermittedAct("summary", .get, "/AP/summary")
  static let candles = PermittedAct("candles", .get, "/AP/GetTickerHistory")
  static let snapshot = PermittedAct("snapshot", .get, "/AP/GetL2Snapshot")
  static let send = PermittedAct("send", .post, "/AP/SendOrder", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/AP/CancelOrder", priority: .cancel)
  static let status = PermittedAct("status", .get, "/AP/GetOrderStatus")
  static let openOrders = PermittedAct("open_orders", .get, "/AP/GetOpenOrders")
  static let orderHistory = PermittedAct("order_history", .get, "/AP/GetOrdersHistory")
  static let trades = PermittedAct("trades", .get, "/AP/GetTradesHistory")
  static let positions = PermittedAct("positions", .get, "/AP/GetAccountPositions")
  static let orderFee = PermittedAct("order_fee", .get, "/AP/GetOrderFee")
  static let gateway = PermittedAct("gateway", .get, "/WSGateway")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 600, seconds: 60)
  static let calls = Output.Limit(2, "calls", .address, 500, seconds: 60)
  static let all: [Output.Limit] = [.requests, .calls]
}
