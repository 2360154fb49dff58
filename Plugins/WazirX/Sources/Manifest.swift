// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum WazirXManifest {
  public static let wazirx: StaticString = #"""
    {"id":"wazirx","name":"WazirX","version":"0.1.0","kind":"spot","hosts":["api.wazirx.com:443",
    "stream.wazirx.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[],"domains":["live"],"verbs":["clock","instruments",
    "subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many","order","open_orders","fills",
    "balances","order_history"],"channels":["book","trades"],"order_types":["limit","stop_limit"],
    "client_order_id":{"length":36,"pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/sapi/v1/time")
  static let exchangeInfo = PermittedAct("exchange_info", .get, "/sapi/v1/exchangeInfo")
  static let tickers = PermittedAct("tickers", .get, "/sapi/v1/tickers/24hr")
  static let candles = PermittedAct("candles", .get, "/sapi/v1/klines")
  static let place = PermittedAct("place", .post, "/sapi/v1/order", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/sapi/v1/order", priority: .cancel)
  static let order = PermittedAct("order", .get, "/sapi/v1/order")
  static let openOrders = PermittedAct("open_orders", .get, "/sapi/v1/openOrders")
  static let allOrders = PermittedAct("all_orders", .get, "/sapi/v1/allOrders")
  static let myTrades = PermittedAct("my_trades", .get, "/sapi/v1/myTrades")
  static let funds = PermittedAct("funds", .get, "/sapi/v1/funds")
  static let token = PermittedAct("token", .post, "/sapi/v1/create_auth_token")
  static let feed = PermittedAct("feed", .get, "/stream")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let times = Output.Limit(1, "times", .address, 1, seconds: 1)
  static let lists = Output.Limit(2, "lists", .address, 1, seconds: 1)
  static let orders = Output.Limit(3, "orders", .account, 10, seconds: 1)
  static let cancels = Output.Limit(4, "cancels", .account, 10, seconds: 1)
  static let questions = Output.Limit(5, "questions", .account, 2, seconds: 1)
  static let openOrders = Output.Limit(6, "open orders", .account, 1, seconds: 1)
  static let histories = Output.Limit(7, "histories", .account, 1, seconds: 1)
  static let trades = Output.Limit(8, "trades", .account, 2, seconds: 1)
  static let balances = Output.Limit(9, "balances", .account, 1, seconds: 1)
  static let tokens = Output.Limit(10, "tokens", .account, 1, seconds: 1)
  static let messages = Output.Limit(11, "messages", .stream, 5, seconds: 1)
  static let all: [Output.Limit] = [
    .times, .lists, .orders, .cancels, .questions, .openOrders, .histories, .trades, .balances, .tokens, .messages,
  ]
}
