// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum HitBTCManifest {
  public static let hitbtc: StaticString = #"""
    {"id":"hitbtc","name":"HitBTC","version":"0.1.0","kind":"spot","hosts":["api.hitbtc.com:443",
    "api.demo.hitbtc.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},
    {"name":"version","type":"string","default":"v3","choices":["v3","v2"]}],"domains":["live","demo"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many","order",
    "open_orders","fills","balances","fees","order_history"],"channels":["book","trades","ticker"],
    "order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let symbols = PermittedAct("symbols", .get, "/api/3/public/symbol")
  static let oldSymbols = PermittedAct("old_symbols", .get, "/api/2/public/symbol")
  static let tickers = PermittedAct("tickers", .get, "/api/3/public/ticker")
  static let clock = PermittedAct("clock", .get, "/api/3/public/ticker/BTCUSDT")
  static let candles = PermittedAct("candles", .get, "/api/3/public/candles/*")
  static let place = PermittedAct("place", .post, "/api/3/spot/order", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/3/spot/order/*", priority: .cancel)
  static let openOrders = PermittedAct("open_orders", .get, "/api/3/spot/order")
  static let orderHistory = PermittedAct("order_history", .get, "/api/3/spot/history/order")
  static let fills = PermittedAct("fills", .get, "/api/3/spot/history/trade")
  static let balance = PermittedAct("balance", .get, "/api/3/spot/balance")
  static let fees = PermittedAct("fees", .get, "/api/3/spot/fee")
  static let privateStream = PermittedAct("private_stream", .get, "/api/3/ws/trading")
  static let feed = PermittedAct("feed", .get, "/api/3/ws/public")
  static let oldFeed = PermittedAct("old_feed", .get, "/api/2/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicCalls = Output.Limit(1, "public calls", .address, 30, seconds: 1)
  static let orders = Output.Limit(2, "orders", .account, 100, seconds: 1)
  static let calls = Output.Limit(3, "calls", .account, 10, seconds: 1)
  static let messages = Output.Limit(4, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.publicCalls, .orders, .calls, .messages]
}
