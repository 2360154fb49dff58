// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum PhemexManifest {
  public static let phemex: StaticString = #"""
    {"id":"phemex","name":"Phemex","version":"0.1.0","kind":"spot","hosts":["api.phemex.com:443","ws.phemex.com:443",
    "testnet-api.phemex.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"}],
    "domains":["live","testnet"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles",
    "place","amend","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],
    "channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market","take_limit",
    "take_market"],"client_order_id":{"length":40,"pattern":"^[0-9A-Za-z_-]{1,40}$"}}
    """#
  public static let phemexPerpetual: StaticString = #"""
    {"id":"phemex_perpetual","name":"Phemex","version":"0.1.0","kind":"perp","hosts":["api.phemex.com:443",
    "ws.phemex.com:443","testnet-api.phemex.com:443"],"extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key",
    "secret":false,"required":true},{"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain",
    "type":"string","default":"live"},{"name":"settle","type":"string","default":"USDT","choices":["USDT","USDC"]},
    {"name":"margin_mode","type":"string","default":"cross","choices":["cross","isolated"]}],"domains":["live",
    "testnet"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles","place","amend",
    "cancel","cancel_many","order","open_orders","fills","balances","fees","order_history","positions","leverage",
    "position_mode","funding","funding_payments","modes"],"channels":["book","trades","ticker","mark"],
    "order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":40,"pattern":"^[0-9A-Za-z_-]{1,40}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/public/time")
  static let products = PermittedAct("products", .get, "/public/products")
  static let spotTickers = PermittedAct("spot_tickers", .get, "/v1/md/spot/ticker/24hr/all")
  static let tickers = PermittedAct("tickers", .get, "/md/v2/ticker/24hr/all")
  static let candles = PermittedAct("candles", .get, "/exchange/public/md/v2/kline")
  static let perpCandles = PermittedAct("perp_candles", .get, "/exchange/public/md/v2/kline/list")
  static let fundingRates = PermittedAct("funding_rates", .get, "/contract-biz/public/real-funding-rates")
  static let place = PermittedAct("place", .post, "/spot/orders", priority: .order)
  static let placeTrigger = PermittedAct("place_trigger", .post, "/spot/orders", priority: .order)
  static let amend = PermittedAct("amend", .put, "/spot/orders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/spot/orders", priority: .cancel)
  static let perpPlace = PermittedAct("perp_place", .post, "/g-orders", priority: .order)
  static let perpPlaceTrigger = PermittedAct("perp_place_trigger", .post, "/g-orders", priority: .order)
  static let perpAmend = PermittedAct("perp_amend", .put, "/g-orders/replace", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .delete, "/g-orders/cancel", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .put, "/g-positions/leverage", priority: .order)
  static let setCrossLeverage = PermittedAct("set_cross_leverage", .put, "/g-positions/leverage", priority: .order)
  static let setPositionMode = PermittedAct(
    "set_position_mode", .put, "/g-positions/switch-pos-mode-sync", priority: .order)
  static let order = PermittedAct("order", .get, "/api-data/spots/orders/by-order-id")
  static let activeOrder = PermittedAct("active_order", .get, "/spot/orders/active")
  static let openOrders = PermittedAct("open_orders", .get, "/spot/orders")
  static let orderHistory = PermittedAct("order_history", .get, "/api-data/spots/orders")
  static let fills = PermittedAct("fills", .get, "/exchange/spot/order/trades")
  static let wallets = PermittedAct("wallets", .get, "/spot/wallets")
  static let feeRates = PermittedAct("fee_rates", .get, "/api-data/spots/fee-rate")
  static let perpOrder = PermittedAct("perp_order", .get, "/api-data/g-futures/orders/by-order-id")
  static let perpOpenOrders = PermittedAct("perp_open_orders", .get, "/g-orders/activeList")
  static let perpOrderHistory = PermittedAct("perp_order_history", .get, "/api-data/g-futures/orders")
  static let perpFills = PermittedAct("perp_fills", .get, "/api-data/g-futures/trades")
  static let perpAccount = PermittedAct("perp_account", .get, "/g-accounts/accountPositions")
  static let perpFeeRates = PermittedAct("perp_fee_rates", .get, "/api-data/futures/fee-rate")
  static let fundingFees = PermittedAct("funding_fees", .get, "/api-data/g-futures/funding-fees")
  static let privateStream = PermittedAct("private_stream", .get, "/")
  static let testPrivateStream = PermittedAct("test_private_stream", .get, "/ws")
  static let feed = PermittedAct("feed", .get, "/")
  static let testFeed = PermittedAct("test_feed", .get, "/ws")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let connections = Output.Limit(1, "connections", .address, 5, seconds: 5)
  static let messages = Output.Limit(2, "messages", .stream, 20, seconds: 1)
  static let publicCalls = Output.Limit(3, "public calls", .address, 1000, seconds: 60)
  static let spotOrders = Output.Limit(4, "spot orders", .account, 500, seconds: 60)
  static let contracts = Output.Limit(5, "contracts", .account, 500, seconds: 60)
  static let others = Output.Limit(6, "others", .account, 100, seconds: 60)
  static let all: [Output.Limit] = [.connections, .messages, .publicCalls, .spotOrders, .contracts, .others]
}
