// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum AscendEXManifest {
  public static let ascendEx: StaticString = #"""
    {"id":"ascend_ex","name":"AscendEX","version":"0.1.0","kind":"spot","hosts":["ascendex.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true},{"name":"account_group","secret":false,"required":true}],"config":[{"name":"domain",
    "type":"string","default":"live"}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe",
    "resync","tickers","place","cancel","cancel_many","order","open_orders","balances","order_history"],
    "channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let clock = PermittedAct("clock", .get, "/api/pro/v1/exchange-info")
  static let products = PermittedAct("products", .get, "/api/pro/v1/cash/products")
  static let tickers = PermittedAct("tickers", .get, "/api/pro/v1/ticker")
  static let info = PermittedAct("info", .get, "/api/pro/v1/info")
  static let place = PermittedAct("place", .post, "/*/api/pro/v1/cash/order", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/*/api/pro/v1/cash/order", priority: .cancel)
  static let order = PermittedAct("order", .get, "/*/api/pro/v1/cash/order/status")
  static let openOrders = PermittedAct("open_orders", .get, "/*/api/pro/v1/cash/order/open")
  static let orderHistory = PermittedAct("order_history", .get, "/*/api/pro/v1/cash/order/hist/current")
  static let balance = PermittedAct("balance", .get, "/*/api/pro/v1/cash/balance")
  static let feed = PermittedAct("feed", .get, "/api/pro/v1/stream")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicCalls = Output.Limit(1, "public calls", .address, 100, seconds: 60)
  static let calls = Output.Limit(2, "calls", .account, 100, seconds: 60)
  static let messages = Output.Limit(3, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.publicCalls, .calls, .messages]
}
