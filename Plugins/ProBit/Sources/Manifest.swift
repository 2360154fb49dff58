// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum ProBitManifest {
  public static let probit: StaticString = #"""
    {"id":"probit","name":"Probit Global","version":"0.1.0","kind":"spot","hosts":["api.probit.com:443",
    "accounts.probit.com:443"],"extensions":[],"credentials":[{"name":"client_id","secret":false,"required":true},
    {"name":"client_secret","secret":true,"required":true}],"config":[{"name":"domain","type":"string",
    "default":"live"}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers",
    "place","cancel","cancel_many","order","open_orders","fills","balances","order_history"],"channels":["book",
    "trades","ticker"],"order_types":["limit","market"],"client_order_id":{"length":32,
    "pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
  public static let probitKorea: StaticString = #"""
    {"id":"probit_korea","name":"Probit Korea","version":"0.1.0","kind":"spot","hosts":["api.probit.kr:443",
    "accounts.probit.kr:443"],"extensions":[],"credentials":[{"name":"client_id","secret":false,"required":true},
    {"name":"client_secret","secret":true,"required":true}],"config":[{"name":"domain","type":"string",
    "default":"live"}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers",
    "place","cancel","cancel_many","order","open_orders","fills","balances","order_history"],"channels":["book",
    "trades","ticker"],"order_types":["limit","market"],"client_order_id":{"length":32,
    "pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/exchange/v1/time")
  static let markets = PermittedAct("markets", .get, "/api/exchange/v1/market")
  static let tickers = PermittedAct("tickers", .get, "/api/exchange/v1/ticker")
  static let token = PermittedAct("token", .post, "/token")
  static let place = PermittedAct("place", .post, "/api/exchange/v1/new_order", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/exchange/v1/cancel_order", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/exchange/v1/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/exchange/v1/open_order")
  static let orderHistory = PermittedAct("order_history", .get, "/api/exchange/v1/order_history")
  static let fills = PermittedAct("fills", .get, "/api/exchange/v1/trade_history")
  static let balance = PermittedAct("balance", .get, "/api/exchange/v1/balance")
  static let privateStream = PermittedAct("private_stream", .get, "/api/exchange/v1/ws")
  static let feed = PermittedAct("feed", .get, "/api/exchange/v1/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 20, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
  static let probitKorea: [Output.Limit] = [.calls, .messages]
}
