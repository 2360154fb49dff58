// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum CryptoComManifest {
  public static let cryptoCom: StaticString = #"""
    {"id":"crypto_com","name":"Crypto.com","version":"0.1.0","kind":"spot","hosts":["api.crypto.com:443",
    "stream.crypto.com:443","uat-api.3ona.co:443","uat-stream.3ona.co:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"version","type":"string",
    "default":"v1","choices":["v1","v2"]}],"domains":["live","uat"],"verbs":["clock","instruments","subscribe",
    "unsubscribe","resync","tickers","candles","place","amend","cancel","cancel_many","order","open_orders","fills",
    "balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market",
    "stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":36,
    "pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let instruments = PermittedAct("instruments", .get, "/exchange/v1/public/get-instruments")
  static let oldInstruments = PermittedAct("old_instruments", .get, "/v2/public/get-instruments")
  static let tickers = PermittedAct("tickers", .get, "/exchange/v1/public/get-tickers")
  static let candles = PermittedAct("candles", .get, "/exchange/v1/public/get-candlestick")
  static let place = PermittedAct("place", .post, "/exchange/v1/private/create-order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/exchange/v1/private/create-order-list", priority: .order)
  static let placeTrigger = PermittedAct(
    "place_trigger", .post, "/exchange/v1/private/advanced/create-order", priority: .order)
  static let amend = PermittedAct("amend", .post, "/exchange/v1/private/amend-order", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/exchange/v1/private/cancel-order", priority: .cancel)
  static let cancelBatch = PermittedAct(
    "cancel_batch", .post, "/exchange/v1/private/cancel-order-list", priority: .cancel)
  static let cancelTrigger = PermittedAct(
    "cancel_trigger", .post, "/exchange/v1/private/advanced/cancel-order", priority: .cancel)
  static let order = PermittedAct("order", .post, "/exchange/v1/private/get-order-detail")
  static let openOrders = PermittedAct("open_orders", .post, "/exchange/v1/private/get-open-orders")
  static let orderHistory = PermittedAct("order_history", .post, "/exchange/v1/private/get-order-history")
  static let trigger = PermittedAct("trigger", .post, "/exchange/v1/private/advanced/get-order-detail")
  static let openTriggers = PermittedAct("open_triggers", .post, "/exchange/v1/private/advanced/get-open-orders")
  static let fills = PermittedAct("fills", .post, "/exchange/v1/private/get-trades")
  static let balance = PermittedAct("balance", .post, "/exchange/v1/private/user-balance")
  static let fees = PermittedAct("fees", .post, "/exchange/v1/private/get-fee-rate")
  static let instrumentFees = PermittedAct("instrument_fees", .post, "/exchange/v1/private/get-instrument-fee-rate")
  static let privateStream = PermittedAct("private_stream", .get, "/exchange/v1/user")
  static let feed = PermittedAct("feed", .get, "/exchange/v1/market")
  static let oldFeed = PermittedAct("old_feed", .get, "/v2/market")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicCalls = Output.Limit(1, "public calls", .address, 100, seconds: 1)
  static let orders = Output.Limit(2, "orders", .account, 15, seconds: 1)
  static let cancels = Output.Limit(3, "cancels", .account, 15, seconds: 1)
  static let questions = Output.Limit(4, "questions", .account, 30, seconds: 1)
  static let trades = Output.Limit(5, "trades", .account, 1, seconds: 1)
  static let histories = Output.Limit(6, "histories", .account, 1, seconds: 1)
  static let otherCalls = Output.Limit(7, "other calls", .account, 3, seconds: 1)
  static let marketMessages = Output.Limit(8, "market messages", .stream, 100, seconds: 1)
  static let userMessages = Output.Limit(9, "user messages", .stream, 150, seconds: 1)
  static let all: [Output.Limit] = [
    .publicCalls, .orders, .cancels, .questions, .trades, .histories, .otherCalls, .marketMessages, .userMessages,
  ]
}
