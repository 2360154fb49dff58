// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum CoinbaseManifest {
  public static let coinbase: StaticString = #"""
    {"id":"coinbase","name":"Coinbase","version":"0.1.0","kind":"spot","hosts":["api.coinbase.com:443",
    "api-sandbox.coinbase.com:443","advanced-trade-ws.coinbase.com:443","advanced-trade-ws-user.coinbase.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","sandbox"],
    "verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles","place","amend","cancel",
    "cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book","trades",
    "ticker"],"order_types":["limit","market","stop_limit","take_limit"],"client_order_id":{"length":36,
    "pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v3/brokerage/time")
  static let products = PermittedAct("products", .get, "/api/v3/brokerage/market/products")
  static let candles = PermittedAct("candles", .get, "/api/v3/brokerage/market/products/*/candles")
  static let place = PermittedAct("place", .post, "/api/v3/brokerage/orders", priority: .order)
  static let placeStop = PermittedAct("place_stop", .post, "/api/v3/brokerage/orders", priority: .order)
  static let placeTake = PermittedAct("place_take", .post, "/api/v3/brokerage/orders", priority: .order)
  static let amend = PermittedAct("amend", .post, "/api/v3/brokerage/orders/edit", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v3/brokerage/orders/batch_cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v3/brokerage/orders/historical/*")
  static let orders = PermittedAct("orders", .get, "/api/v3/brokerage/orders/historical/batch")
  static let fills = PermittedAct("fills", .get, "/api/v3/brokerage/orders/historical/fills")
  static let accounts = PermittedAct("accounts", .get, "/api/v3/brokerage/accounts")
  static let fees = PermittedAct("fees", .get, "/api/v3/brokerage/transaction_summary")
  static let privateStream = PermittedAct("private_stream", .get, "/")
  static let feed = PermittedAct("feed", .get, "/")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let connections = Output.Limit(1, "connections", .address, 8, seconds: 1)
  static let messages = Output.Limit(2, "messages", .address, 8, seconds: 1)
  static let publicRequests = Output.Limit(3, "public requests", .address, 10, seconds: 1)
  static let requests = Output.Limit(4, "requests", .account, 30, seconds: 1)
  static let all: [Output.Limit] = [.connections, .messages, .publicRequests, .requests]
}
