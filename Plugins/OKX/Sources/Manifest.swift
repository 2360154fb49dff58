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
    "resync","refresh","tickers","candles","place","amend","cancel","cancel_many","order","open_orders","fills",
    "balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market",
    "stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":32,
    "pattern":"^[A-Za-z0-9]{1,32}$"}}
    """#
  public static let okxPerpetual: StaticString = #"""
    {"id":"okx_perpetual","name":"OKX","version":"0.1.0","kind":"perp","hosts":["www.okx.com:443","ws.okx.com:8443",
    "eea.okx.com:443","wseea.okx.com:8443","us.okx.com:443","wsus.okx.com:8443","wspap.okx.com:8443"],
    "extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true},{"name":"passphrase","secret":true,"required":true}],
    "config":[{"name":"domain","type":"string","default":"live"},{"name":"margin_mode","type":"string",
    "default":"cross","choices":["cross","isolated"]}],"domains":["live","eea","us","demo"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","refresh","tickers","candles","place","amend","cancel",
    "cancel_many","order","open_orders","fills","balances","fees","order_history","positions","leverage",
    "position_mode","funding","funding_payments","modes"],"channels":["book","trades","ticker","mark","liquidations"],
    "order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":32,"pattern":"^[A-Za-z0-9]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v5/public/time")
  static let instruments = PermittedAct("instruments", .get, "/api/v5/public/instruments")
  static let tickers = PermittedAct("tickers", .get, "/api/v5/market/tickers")
  static let candles = PermittedAct("candles", .get, "/api/v5/market/candles")
  static let historyCandles = PermittedAct("history_candles", .get, "/api/v5/market/history-candles")
  static let books = PermittedAct("books", .get, "/api/v5/market/books")
  static let fundingRate = PermittedAct("funding_rate", .get, "/api/v5/public/funding-rate")
  static let markPrice = PermittedAct("mark_price", .get, "/api/v5/public/mark-price")
  static let indexTickers = PermittedAct("index_tickers", .get, "/api/v5/market/index-tickers")
  static let place = PermittedAct("place", .post, "/api/v5/trade/order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v5/trade/batch-orders", priority: .order)
  static let amend = PermittedAct("amend", .post, "/api/v5/trade/amend-order", priority: .order)
  static let amendBatch = PermittedAct("amend_batch", .post, "/api/v5/trade/amend-batch-orders", priority: .order)
  static let perpPlace = PermittedAct("perp_place", .post, "/api/v5/trade/order", priority: .order)
  static let perpPlaceBatch = PermittedAct("perp_place_batch", .post, "/api/v5/trade/batch-orders", priority: .order)
  static let perpAmend = PermittedAct("perp_amend", .post, "/api/v5/trade/amend-order", priority: .order)
  static let perpAmendBatch = PermittedAct(
    "perp_amend_batch", .post, "/api/v5/trade/amend-batch-orders", priority: .order)
  static let placeStopLimit = PermittedAct("place_stop_limit", .post, "/api/v5/trade/order-algo", priority: .order)
  static let placeStopMarket = PermittedAct("place_stop_market", .post, "/api/v5/trade/order-algo", priority: .order)
  static let placeTakeLimit = PermittedAct("place_take_limit", .post, "/api/v5/trade/order-algo", priority: .order)
  static let placeTakeMarket = PermittedAct("place_take_market", .post, "/api/v5/trade/order-algo", priority: .order)
  static let perpPlaceStopLimit = PermittedAct(
    "perp_place_stop_limit", .post, "/api/v5/trade/order-algo", priority: .order)
  static let perpPlaceStopMarket = PermittedAct(
    "perp_place_stop_market", .post, "/api/v5/trade/order-algo", priority: .order)
  static let perpPlaceTakeLimit = PermittedAct(
    "perp_place_take_limit", .post, "/api/v5/trade/order-algo", priority: .order)
  static let perpPlaceTakeMarket = PermittedAct(
    "perp_place_take_market", .post, "/api/v5/trade/order-algo", priority: .order)
  static let perpAmendAlgo = PermittedAct("perp_amend_algo", .post, "/api/v5/trade/amend-algos", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v5/trade/cancel-order", priority: .cancel)
  static let cancelBatch = PermittedAct("cancel_batch", .post, "/api/v5/trade/cancel-batch-orders", priority: .cancel)
  static let cancelAlgos = PermittedAct("cancel_algos", .post, "/api/v5/trade/cancel-algos", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .post, "/api/v5/account/set-leverage", priority: .order)
  static let setPositionMode = PermittedAct(
    "set_position_mode", .post, "/api/v5/account/set-position-mode", priority: .order)
  static let order = PermittedAct("order", .get, "/api/v5/trade/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v5/trade/orders-pending")
  static let orderHistory = PermittedAct("order_history", .get, "/api/v5/trade/orders-history")
  static let fills = PermittedAct("fills", .get, "/api/v5/trade/fills-history")
  static let balance = PermittedAct("balance", .get, "/api/v5/account/balance")
  static let tradeFee = PermittedAct("trade_fee", .get, "/api/v5/account/trade-fee")
  static let algo = PermittedAct("algo", .get, "/api/v5/trade/order-algo")
  static let openAlgos = PermittedAct("open_algos", .get, "/api/v5/trade/orders-algo-pending")
  static let algoHistory = PermittedAct("algo_history", .get, "/api/v5/trade/orders-algo-history")
  static let positions = PermittedAct("positions", .get, "/api/v5/account/positions")
  static let bills = PermittedAct("bills", .get, "/api/v5/account/bills-archive")
  static let leverageInfo = PermittedAct("leverage_info", .get, "/api/v5/account/leverage-info")
  static let accountConfig = PermittedAct("account_config", .get, "/api/v5/account/config")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/v5/private")
  static let businessStream = PermittedAct("business_stream", .get, "/ws/v5/business")
  static let feed = PermittedAct("feed", .get, "/ws/v5/public")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let connections = Output.Limit(1, "connections", .address, 3, seconds: 1)
  static let subscriptions = Output.Limit(2, "subscriptions", .stream, 480, seconds: 3600)
  static let instruments = Output.Limit(3, "instruments", .address, 20, seconds: 2)
  static let tickers = Output.Limit(4, "tickers", .address, 20, seconds: 2)
  static let books = Output.Limit(5, "books", .address, 40, seconds: 2)
  static let time = Output.Limit(6, "time", .address, 10, seconds: 2)
  static let orders = Output.Limit(7, "orders", .account, 60, seconds: 2)
  static let cancels = Output.Limit(8, "cancels", .account, 60, seconds: 2)
  static let amends = Output.Limit(9, "amends", .account, 60, seconds: 2)
  static let queries = Output.Limit(10, "queries", .account, 60, seconds: 2)
  static let histories = Output.Limit(11, "histories", .account, 40, seconds: 2)
  static let fills = Output.Limit(12, "fills", .account, 10, seconds: 2)
  static let balances = Output.Limit(13, "balances", .account, 10, seconds: 2)
  static let fees = Output.Limit(14, "fees", .account, 5, seconds: 2)
  static let algos = Output.Limit(15, "algos", .account, 20, seconds: 2)
  static let algoCancels = Output.Limit(16, "algo cancels", .account, 20, seconds: 2)
  static let algoQueries = Output.Limit(17, "algo queries", .account, 20, seconds: 2)
  static let positions = Output.Limit(18, "positions", .account, 10, seconds: 2)
  static let bills = Output.Limit(19, "bills", .account, 5, seconds: 2)
  static let leverages = Output.Limit(20, "leverages", .account, 20, seconds: 2)
  static let modes = Output.Limit(21, "modes", .account, 5, seconds: 2)
  static let fundingRates = Output.Limit(22, "funding rates", .address, 10, seconds: 2)
  static let markPrices = Output.Limit(23, "mark prices", .address, 10, seconds: 2)
  static let indexTickers = Output.Limit(24, "index tickers", .address, 20, seconds: 2)
  static let candles = Output.Limit(25, "candles", .address, 40, seconds: 2)
  static let historyCandles = Output.Limit(26, "history candles", .address, 20, seconds: 2)
  static let all: [Output.Limit] = [
    .connections, .subscriptions, .instruments, .tickers, .books, .time, .orders, .cancels, .amends, .queries,
    .histories, .fills, .balances, .fees, .algos, .algoCancels, .algoQueries, .positions, .bills, .leverages, .modes,
    .fundingRates, .markPrices, .indexTickers, .candles, .historyCandles,
  ]
}
