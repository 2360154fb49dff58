// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum OKXManifest {
  public static let okx: StaticString = #"""
    {"id":"okx","name":"OKX","version":"0.1.0","kind":"spot","hosts":["www.okx.com:443","ws.okx.com:8443",
    "eea.okx.com:443","wseea.okx.com:8443","us.okx.com:443","wsus.okx.com:8443","wspap.okx.com:8443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true},{"name":"passphrase","secret":true,"required":true}],"config":[{"name":"domain","type":"string",
    "default":"live"}],"domains":["live","eea","us","demo"],"verbs":["clock","instruments","subscribe","unsubscribe",
    "resync","tickers","place","amend","cancel","cancel_many","order","open_orders","fills","balances","fees",
    "order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v5/public/time")
  static let instruments = PermittedAct("instruments", .get, "/api/v5/public/instruments")
  static let tickers = PermittedAct("tickers", .get, "/api/v5/market/tickers")
  static let books = PermittedAct("books", .get, "/api/v5/market/books")
  static let place = PermittedAct("place", .post, "/api/v5/trade/order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v5/trade/batch-orders", priority: .order)
  static let amend = PermittedAct("amend", .post, "/api/v5/trade/amend-order", priority: .order)
  static let amendBatch = PermittedAct("amend_batch", .post, "/api/v5/trade/amend-batch-orders", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v5/trade/cancel-order", priority: .cancel)
  static let cancelBatch = PermittedAct("cancel_batch", .post, "/api/v5/trade/cancel-batch-orders", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v5/trade/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v5/trade/orders-pending")
  static let orderHistory = PermittedAct("order_history", .get, "/api/v5/trade/orders-history")
  static let fills = PermittedAct("fills", .get, "/api/v5/trade/fills-history")
  static let balance = PermittedAct("balance", .get, "/api/v5/account/balance")
  static let tradeFee = PermittedAct("trade_fee", .get, "/api/v5/account/trade-fee")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/v5/private")
  static let feed = PermittedAct("feed", .get, "/ws/v5/public")
}
