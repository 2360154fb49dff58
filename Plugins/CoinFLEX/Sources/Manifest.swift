// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum CoinFLEXManifest {
  public static let coinflex: StaticString = #"""
    {"id":"coinflex","name":"CoinFLEX","version":"0.1.0","kind":"spot","hosts":["v2api.coinflex.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","place","cancel","cancel_many","order","open_orders",
    "balances"],"channels":["book","trades","ticker"],"order_types":["limit","market"],"client_order_id":{"length":18,
    "pattern":"^[1-9][0-9]{0,17}$"}}
    """#
  public static let coinflexPerpetual: StaticString = #"""
    {"id":"coinflex_perpetual","name":"CoinFLEX","version":"0.1.0","kind":"perp","hosts":["v2api.coinflex.com:443"],
    "extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","place","cancel",
    "cancel_many","order","open_orders","balances","positions"],"channels":["book","trades","ticker","mark"],
    "order_types":["limit","market"],"client_order_id":{"length":18,"pattern":"^[1-9][0-9]{0,17}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let markets = PermittedAct("markets", .get, "/v2/all/markets")
  static let ticker = PermittedAct("ticker", .get, "/v2/ticker")
  static let place = PermittedAct("place", .post, "/v2/orders/place", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/v2/orders/cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/v2.1/orders")
  static let openOrders = PermittedAct("open_orders", .get, "/v2/orders")
  static let balances = PermittedAct("balances", .get, "/v2/balances")
  static let positions = PermittedAct("positions", .get, "/v2/positions")
  static let privateStream = PermittedAct("private_stream", .get, "/v2/websocket")
  static let feed = PermittedAct("feed", .get, "/v2/websocket")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let orders = Output.Limit(1, "orders", .account, 10, seconds: 1)
  static let calls = Output.Limit(2, "calls", .address, 100, seconds: 60)
  static let messages = Output.Limit(3, "messages", .stream, 10, seconds: 1)
  static let all: [Output.Limit] = [.orders, .calls, .messages]
}
