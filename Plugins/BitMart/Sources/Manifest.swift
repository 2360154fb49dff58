// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitMartManifest {
  public static let bitmart: StaticString = #"""
    {"id":"bitmart","name":"Bitmart","version":"0.1.0","kind":"spot","hosts":["api-cloud.bitmart.com:443",
    "ws-manager-compress.bitmart.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,
    "required":true},{"name":"secret_key","secret":true,"required":true},{"name":"memo","secret":true,"required":true}],
    "config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],"verbs":["clock","instruments",
    "subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many","order","open_orders","fills",
    "balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/system/time")
  static let symbols = PermittedAct("symbols", .get, "/spot/v1/symbols/details")
  static let tickers = PermittedAct("tickers", .get, "/spot/quotation/v3/tickers")
  static let candles = PermittedAct("candles", .get, "/spot/quotation/v3/lite-klines")
  static let place = PermittedAct("place", .post, "/spot/v2/submit_order", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/spot/v3/cancel_order", priority: .cancel)
  static let order = PermittedAct("order", .post, "/spot/v4/query/order")
  static let clientOrder = PermittedAct("client_order", .post, "/spot/v4/query/client-order")
  static let openOrders = PermittedAct("open_orders", .post, "/spot/v4/query/open-orders")
  static let history = PermittedAct("history", .post, "/spot/v4/query/history-orders")
  static let fills = PermittedAct("fills", .post, "/spot/v4/query/trades")
  static let wallet = PermittedAct("wallet", .get, "/spot/v1/wallet")
  static let fees = PermittedAct("fees", .get, "/spot/v1/trade_fee")
  static let privateStream = PermittedAct("private_stream", .get, "/user")
  static let feed = PermittedAct("feed", .get, "/api")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicCalls = Output.Limit(1, "public calls", .address, 10, seconds: 2)
  static let orders = Output.Limit(2, "orders", .account, 40, seconds: 2)
  static let cancels = Output.Limit(3, "cancels", .account, 40, seconds: 2)
  static let questions = Output.Limit(4, "questions", .account, 50, seconds: 2)
  static let lists = Output.Limit(5, "lists", .account, 12, seconds: 2)
  static let accountCalls = Output.Limit(6, "account calls", .account, 12, seconds: 2)
  static let feeCalls = Output.Limit(7, "fee calls", .account, 2, seconds: 2)
  static let messages = Output.Limit(8, "messages", .stream, 90, seconds: 10)
  static let all: [Output.Limit] = [
    .publicCalls, .orders, .cancels, .questions, .lists, .accountCalls, .feeCalls, .messages,
  ]
}
