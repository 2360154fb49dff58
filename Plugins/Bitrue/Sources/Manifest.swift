// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitrueManifest {
  public static let bitrue: StaticString = #"""
    {"id":"bitrue","name":"Bitrue","version":"0.1.0","kind":"spot","hosts":["openapi.bitrue.com:443",
    "www.bitrue.com:443","open.bitrue.com:443","ws.bitrue.com:443","wsapi.bitrue.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live","choices":["live","www"]}],
    "domains":["live","www"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles",
    "place","cancel","cancel_many","order","open_orders","fills","balances","order_history"],"channels":["book",
    "trades","ticker"],"order_types":["limit","market"],"client_order_id":{"length":32,
    "pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v1/time")
  static let exchangeInfo = PermittedAct("exchange_info", .get, "/api/v1/exchangeInfo")
  static let tickers = PermittedAct("tickers", .get, "/api/v1/ticker/24hr")
  static let candles = PermittedAct("candles", .get, "/api/v1/market/kline")
  static let place = PermittedAct("place", .post, "/api/v1/order", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v1/order", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v1/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v1/openOrders")
  static let allOrders = PermittedAct("all_orders", .get, "/api/v1/allOrders")
  static let myTrades = PermittedAct("my_trades", .get, "/api/v2/myTrades")
  static let account = PermittedAct("account", .get, "/api/v1/account")
  static let listenKey = PermittedAct("listen_key", .post, "/poseidon/api/v1/listenKey")
  static let privateStream = PermittedAct("private_stream", .get, "/stream")
  static let feed = PermittedAct("feed", .get, "/market/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let general = Output.Limit(1, "general", .address, 1200, seconds: 60)
  static let ordersAddress = Output.Limit(2, "orders address", .address, 100, seconds: 60)
  static let orders = Output.Limit(3, "orders", .account, 100, seconds: 60)
  static let all: [Output.Limit] = [.general, .ordersAddress, .orders]
}
