// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BittrexManifest {
  public static let bittrex: StaticString = #"""
    {"id":"bittrex","name":"Bittrex","version":"0.1.0","kind":"spot","hosts":["api.bittrex.com:443",
    "socket-v3.bittrex.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","refresh","tickers","place",
    "cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book","trades",
    "ticker"],"order_types":["limit","market"],"client_order_id":{"length":36,"pattern":"^[A-Za-z0-9-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v3/ping")
  static let markets = PermittedAct("markets", .get, "/v3/markets")
  static let tickers = PermittedAct("tickers", .get, "/v3/markets/tickers")
  static let orderBook = PermittedAct("order_book", .get, "/v3/markets/*/orderbook")
  static let negotiate = PermittedAct("negotiate", .get, "/signalr/negotiate")
  static let place = PermittedAct("place", .post, "/v3/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/v3/orders/*", priority: .cancel)
  static let order = PermittedAct("order", .get, "/v3/orders/*")
  static let openOrders = PermittedAct("open_orders", .get, "/v3/orders/open")
  static let closedOrders = PermittedAct("closed_orders", .get, "/v3/orders/closed")
  static let fills = PermittedAct("fills", .get, "/v3/executions")
  static let balances = PermittedAct("balances", .get, "/v3/balances")
  static let fees = PermittedAct("fees", .get, "/v3/account/fees/trading")
  static let feed = PermittedAct("feed", .get, "/signalr/connect")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let calls = Output.Limit(1, "calls", .address, 60, seconds: 60)
  static let messages = Output.Limit(2, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.calls, .messages]
}
