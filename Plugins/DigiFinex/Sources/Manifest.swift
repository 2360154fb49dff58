// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum DigiFinexManifest {
  public static let digifinex: StaticString = #"""
    {"id":"digifinex","name":"Digifinex","version":"0.1.0","kind":"spot","hosts":["openapi.digifinex.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many","order",
    "open_orders","fills","balances","order_history"],"channels":["book","trades","ticker"],"order_types":["limit",
    "market"],"client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v3/time")
  static let markets = PermittedAct("markets", .get, "/v3/markets")
  static let tickers = PermittedAct("tickers", .get, "/v3/ticker")
  static let candles = PermittedAct("candles", .get, "/v3/kline")
  static let place = PermittedAct("place", .post, "/v3/spot/order/new", priority: .order)
  static let marketBuy = PermittedAct("market_buy", .post, "/v3/spot/order/new", priority: .order)
  static let marketSell = PermittedAct("market_sell", .post, "/v3/spot/order/new", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/v3/spot/order/cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/v3/spot/order")
  static let openOrders = PermittedAct("open_orders", .get, "/v3/spot/order/current")
  static let orderHistory = PermittedAct("order_history", .get, "/v3/spot/order/history")
  static let fills = PermittedAct("fills", .get, "/v3/spot/mytrades")
  static let assets = PermittedAct("assets", .get, "/v3/spot/assets")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/v1/")
  static let feed = PermittedAct("feed", .get, "/ws/v1/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let address = Output.Limit(1, "address", .address, 1200, seconds: 60)
  static let account = Output.Limit(2, "account", .account, 1200, seconds: 60)
  static let messages = Output.Limit(3, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.address, .account, .messages]
}
