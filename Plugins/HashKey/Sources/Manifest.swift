// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum HashKeyManifest {
  public static let hashkey: StaticString = #"""
    {"id":"hashkey","name":"Hashkey Global","version":"0.1.0","kind":"spot","hosts":["api-glb.hashkey.com:443",
    "api-glb.sim.hashkeydev.com:443","stream-glb.hashkey.com:443","stream-glb.sim.hashkeydev.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live","choices":["live","sandbox"]}],
    "domains":["live","sandbox"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles",
    "place","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book",
    "trades","ticker"],"order_types":["limit","market"],"client_order_id":{"length":32,
    "pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
  public static let hashkeyPerpetual: StaticString = #"""
    {"id":"hashkey_perpetual","name":"Hashkey Global","version":"0.1.0","kind":"perp",
    "hosts":["api-glb.hashkey.com:443","api-glb.sim.hashkeydev.com:443","stream-glb.hashkey.com:443",
    "stream-glb.sim.hashkeydev.com:443"],"extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key",
    "secret":false,"required":true},{"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain",
    "type":"string","default":"live","choices":["live","sandbox"]}],"domains":["live","sandbox"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","candles","place","cancel","cancel_many","order",
    "open_orders","fills","balances","fees","order_history","positions","leverage","margin_mode","funding",
    "funding_payments","modes"],"channels":["book","trades","ticker"],"order_types":["limit","market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9_-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v1/time")
  static let exchangeInfo = PermittedAct("exchange_info", .get, "/api/v1/exchangeInfo")
  static let tickers = PermittedAct("tickers", .get, "/quote/v1/ticker/24hr")
  static let candles = PermittedAct("candles", .get, "/quote/v1/klines")
  static let fundingRate = PermittedAct("funding_rate", .get, "/api/v1/futures/fundingRate")
  static let markPrice = PermittedAct("mark_price", .get, "/quote/v1/markPrice")
  static let indexPrice = PermittedAct("index_price", .get, "/quote/v1/index")
  static let place = PermittedAct("place", .post, "/api/v1.1/spot/order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v1/spot/batchOrders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v1/spot/order", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v1/spot/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v1/spot/openOrders")
  static let tradeOrders = PermittedAct("trade_orders", .get, "/api/v1/spot/tradeOrders")
  static let trades = PermittedAct("trades", .get, "/api/v1/account/trades")
  static let account = PermittedAct("account", .get, "/api/v1/account")
  static let vipInfo = PermittedAct("vip_info", .get, "/api/v1/account/vipInfo")
  static let perpPlace = PermittedAct("perp_place", .post, "/api/v1/futures/order", priority: .order)
  static let perpPlaceLeg = PermittedAct("perp_place_leg", .post, "/api/v1/futures/order", priority: .order)
  static let perpPlaceBatch = PermittedAct("perp_place_batch", .post, "/api/v1/futures/batchOrders", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .delete, "/api/v1/futures/order", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .post, "/api/v1/futures/leverage", priority: .order)
  static let setMarginType = PermittedAct("set_margin_type", .post, "/api/v1/futures/marginType", priority: .order)
  static let perpOrder = PermittedAct("perp_order", .get, "/api/v1/futures/order")
  static let perpOpenOrders = PermittedAct("perp_open_orders", .get, "/api/v1/futures/openOrders")
  static let perpHistoryOrders = PermittedAct("perp_history_orders", .get, "/api/v1/futures/historyOrders")
  static let perpTrades = PermittedAct("perp_trades", .get, "/api/v1/futures/userTrades")
  static let perpBalance = PermittedAct("perp_balance", .get, "/api/v1/futures/balance")
  static let perpCommission = PermittedAct("perp_commission", .get, "/api/v1/futures/commissionRate")
  static let positions = PermittedAct("positions", .get, "/api/v1/futures/positions")
  static let leverage = PermittedAct("leverage", .get, "/api/v1/futures/leverage")
  static let balanceFlow = PermittedAct("balance_flow", .get, "/api/v1/account/balanceFlow")
  static let listenKey = PermittedAct("listen_key", .post, "/api/v1/userDataStream")
  static let keepListenKey = PermittedAct("keep_listen_key", .put, "/api/v1/userDataStream")
  static let feed = PermittedAct("feed", .get, "/quote/ws/v1")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let requests = Output.Limit(1, "requests", .address, 60, seconds: 6)
  static let all: [Output.Limit] = [.requests]
}
