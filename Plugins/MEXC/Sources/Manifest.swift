// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum MEXCManifest {
  public static let mexc: StaticString = #"""
    {"id":"mexc","name":"MEXC","version":"0.1.0","kind":"spot","hosts":["api.mexc.com:443","wbs-api.mexc.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"interval","type":"string",
    "default":"100ms","choices":["10ms","100ms"]}],"domains":["live"],"verbs":["clock","instruments","subscribe",
    "unsubscribe","resync","refresh","tickers","candles","place","cancel","cancel_many","order","open_orders","fills",
    "balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v3/time")
  static let instruments = PermittedAct("instruments", .get, "/api/v3/exchangeInfo")
  static let tickers = PermittedAct("tickers", .get, "/api/v3/ticker/24hr")
  static let candles = PermittedAct("candles", .get, "/api/v3/klines")
  static let depth = PermittedAct("depth", .get, "/api/v3/depth")
  static let place = PermittedAct("place", .post, "/api/v3/order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v3/batchOrders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v3/order", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v3/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v3/openOrders")
  static let orderHistory = PermittedAct("order_history", .get, "/api/v3/allOrders")
  static let fills = PermittedAct("fills", .get, "/api/v3/myTrades")
  static let account = PermittedAct("account", .get, "/api/v3/account")
  static let tradeFee = PermittedAct("trade_fee", .get, "/api/v3/tradeFee")
  static let listenKey = PermittedAct("listen_key", .post, "/api/v3/userDataStream")
  static let keepListenKey = PermittedAct("keep_listen_key", .put, "/api/v3/userDataStream")
  static let privateStream = PermittedAct("private_stream", .get, "/ws")
  static let feed = PermittedAct("feed", .get, "/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 500, seconds: 10)
  static let account = Output.Limit(2, "account", .account, 500, seconds: 10)
  static let batches = Output.Limit(3, "batches", .account, 2, seconds: 1)
  static let messages = Output.Limit(4, "messages", .stream, 100, seconds: 1)
  static let all: [Output.Limit] = [.requests, .account, .batches, .messages]
}
