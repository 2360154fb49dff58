// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum FoxbitManifest {
  public static let foxbit: StaticString = #"""
    {"id":"foxbit","name":"Foxbit","version":"0.1.0","kind":"spot","hosts":["api.foxbit.com.br:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true},{"name":"user_id","secret":false,"required":false}],"config":[{"name":"version","type":"string",
    "default":"v3","choices":["v3","v2"]}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe",
    "resync","tickers","candles","place","cancel","cancel_many","order","open_orders","fills","balances","fees",
    "order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market"],
    "client_order_id":{"length":18,"pattern":"^[0-9]{1,18}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let clock = PermittedAct("clock", .get, "/rest/v3/system/time")
  static let markets = PermittedAct("markets", .get, "/rest/v3/markets")
  static let oldInstruments = PermittedAct("old_instruments", .get, "/AP/GetInstruments")
  static let tickers = PermittedAct("tickers", .get, "/rest/v3/markets/ticker/24hr")
  static let candles = PermittedAct("candles", .get, "/rest/v3/markets/*/candlesticks")
  static let book = PermittedAct("book", .get, "/rest/v3/markets/*/orderbook")
  static let place = PermittedAct("place", .post, "/rest/v3/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .put, "/rest/v3/orders/cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/rest/v3/orders/by-order-id/*")
  static let orderByClient = PermittedAct("order_by_client", .get, "/rest/v3/orders/by-client-order-id/*")
  static let orders = PermittedAct("orders", .get, "/rest/v3/orders")
  static let fills = PermittedAct("fills", .get, "/rest/v3/trades")
  static let balances = PermittedAct("balances", .get, "/rest/v3/accounts")
  static let fees = PermittedAct("fees", .get, "/rest/v3/me/fees/trading")
  static let feed = PermittedAct("feed", .get, "/ws/v3/public")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/v3/private")
  static let gateway = PermittedAct("gateway", .get, "/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 5, seconds: 1)
  static let books = Output.Limit(2, "books", .address, 10, seconds: 2)
  static let candles = Output.Limit(3, "candles", .address, 5, seconds: 2)
  static let tickers = Output.Limit(4, "tickers", .address, 2, seconds: 4)
  static let orders = Output.Limit(5, "orders", .account, 30, seconds: 2)
  static let trades = Output.Limit(6, "trades", .account, 5, seconds: 1)
  static let balances = Output.Limit(7, "balances", .account, 15, seconds: 1)
  static let rates = Output.Limit(8, "rates", .account, 1, seconds: 2)
  static let messages = Output.Limit(9, "messages", .stream, 10, seconds: 2)
  static let all: [Output.Limit] = [.calls, .books, .candles, .tickers, .orders, .trades, .balances, .rates, .messages]
}
