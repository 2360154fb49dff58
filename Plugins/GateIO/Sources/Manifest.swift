// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum GateIOManifest {
  public static let gateIo: StaticString = #"""
    {"id":"gate_io","name":"Gate.io","version":"0.1.0","kind":"spot","hosts":["api.gateio.ws:443","fx-ws.gateio.ws:443",
    "api-testnet.gateapi.io:443","ws-testnet.gate.com:443"],"extensions":[],"credentials":[{"name":"api_key",
    "secret":false,"required":true},{"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain",
    "type":"string","default":"live"}],"domains":["live","testnet"],"verbs":["clock","instruments","subscribe",
    "unsubscribe","resync","refresh","tickers","candles","place","amend","cancel","cancel_many","order","open_orders",
    "fills","balances","fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market",
    "stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":30,
    "pattern":"^t-[0-9A-Za-z]{1,28}$"}}
    """#
  public static let gateIoPerpetual: StaticString = #"""
    {"id":"gate_io_perpetual","name":"Gate.io","version":"0.1.0","kind":"perp","hosts":["api.gateio.ws:443",
    "fx-ws.gateio.ws:443","api-testnet.gateapi.io:443","ws-testnet.gate.com:443"],"extensions":["patchbay.perp/1"],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","testnet"],
    "verbs":["clock","instruments","subscribe","unsubscribe","resync","refresh","tickers","candles","place","amend",
    "cancel","cancel_many","order","open_orders","fills","balances","fees","order_history","positions","leverage",
    "margin_mode","position_mode","funding","funding_payments","modes"],"channels":["book","trades","ticker","mark",
    "liquidations"],"order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":30,"pattern":"^t-[0-9A-Za-z]{1,28}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v4/spot/time")
  static let pairs = PermittedAct("pairs", .get, "/api/v4/spot/currency_pairs")
  static let tickers = PermittedAct("tickers", .get, "/api/v4/spot/tickers")
  static let candles = PermittedAct("candles", .get, "/api/v4/spot/candlesticks")
  static let book = PermittedAct("book", .get, "/api/v4/spot/order_book")
  static let place = PermittedAct("place", .post, "/api/v4/spot/orders", priority: .order)
  static let placeStop = PermittedAct("place_stop", .post, "/api/v4/spot/price_orders", priority: .order)
  static let placeTake = PermittedAct("place_take", .post, "/api/v4/spot/price_orders", priority: .order)
  static let cancelTrigger = PermittedAct("cancel_trigger", .delete, "/api/v4/spot/price_orders/*", priority: .cancel)
  static let triggerOrder = PermittedAct("trigger_order", .get, "/api/v4/spot/price_orders/*")
  static let triggerOrders = PermittedAct("trigger_orders", .get, "/api/v4/spot/price_orders")
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v4/spot/batch_orders", priority: .order)
  static let marketBuy = PermittedAct("market_buy", .post, "/api/v4/spot/orders", priority: .order)
  static let marketSell = PermittedAct("market_sell", .post, "/api/v4/spot/orders", priority: .order)
  static let amend = PermittedAct("amend", .patch, "/api/v4/spot/orders/*", priority: .order)
  static let amendBatch = PermittedAct("amend_batch", .post, "/api/v4/spot/amend_batch_orders", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v4/spot/orders/*", priority: .cancel)
  static let cancelBatch = PermittedAct("cancel_batch", .post, "/api/v4/spot/cancel_batch_orders", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v4/spot/orders/*")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v4/spot/open_orders")
  static let orders = PermittedAct("orders", .get, "/api/v4/spot/orders")
  static let fills = PermittedAct("fills", .get, "/api/v4/spot/my_trades")
  static let accounts = PermittedAct("accounts", .get, "/api/v4/spot/accounts")
  static let fee = PermittedAct("fee", .get, "/api/v4/wallet/fee")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/v4/")
  static let testPrivateStream = PermittedAct("test_private_stream", .get, "/v4/ws/spot")
  static let feed = PermittedAct("feed", .get, "/ws/v4/")
  static let testFeed = PermittedAct("test_feed", .get, "/v4/ws/spot")
  static let contracts = PermittedAct("contracts", .get, "/api/v4/futures/usdt/contracts")
  static let contract = PermittedAct("contract", .get, "/api/v4/futures/usdt/contracts/*")
  static let futuresTickers = PermittedAct("futures_tickers", .get, "/api/v4/futures/usdt/tickers")
  static let futuresCandles = PermittedAct("futures_candles", .get, "/api/v4/futures/usdt/candlesticks")
  static let futuresBook = PermittedAct("futures_book", .get, "/api/v4/futures/usdt/order_book")
  static let futuresPlace = PermittedAct("futures_place", .post, "/api/v4/futures/usdt/orders", priority: .order)
  static let futuresPlaceStop = PermittedAct(
    "futures_place_stop", .post, "/api/v4/futures/usdt/price_orders", priority: .order)
  static let futuresPlaceTake = PermittedAct(
    "futures_place_take", .post, "/api/v4/futures/usdt/price_orders", priority: .order)
  static let futuresCancelTrigger = PermittedAct(
    "futures_cancel_trigger", .delete, "/api/v4/futures/usdt/price_orders/*", priority: .cancel)
  static let futuresTriggerOrder = PermittedAct("futures_trigger_order", .get, "/api/v4/futures/usdt/price_orders/*")
  static let futuresTriggerOrders = PermittedAct("futures_trigger_orders", .get, "/api/v4/futures/usdt/price_orders")
  static let futuresPlaceBatch = PermittedAct(
    "futures_place_batch", .post, "/api/v4/futures/usdt/batch_orders", priority: .order)
  static let futuresAmend = PermittedAct("futures_amend", .put, "/api/v4/futures/usdt/orders/*", priority: .order)
  static let futuresCancel = PermittedAct("futures_cancel", .delete, "/api/v4/futures/usdt/orders/*", priority: .cancel)
  static let futuresCancelBatch = PermittedAct(
    "futures_cancel_batch", .post, "/api/v4/futures/usdt/batch_cancel_orders", priority: .cancel)
  static let leverage = PermittedAct("leverage", .post, "/api/v4/futures/usdt/positions/*/leverage", priority: .order)
  static let dualLeverage = PermittedAct(
    "dual_leverage", .post, "/api/v4/futures/usdt/dual_comp/positions/*/leverage", priority: .order)
  static let marginMode = PermittedAct(
    "margin_mode", .post, "/api/v4/futures/usdt/positions/cross_mode", priority: .order)
  static let dualMode = PermittedAct("dual_mode", .post, "/api/v4/futures/usdt/dual_mode", priority: .order)
  static let futuresOrder = PermittedAct("futures_order", .get, "/api/v4/futures/usdt/orders/*")
  static let futuresOrderList = PermittedAct("futures_order_list", .get, "/api/v4/futures/usdt/orders")
  static let futuresOrderHistory = PermittedAct("futures_order_history", .get, "/api/v4/futures/usdt/orders_timerange")
  static let futuresFills = PermittedAct("futures_fills", .get, "/api/v4/futures/usdt/my_trades_timerange")
  static let futuresAccount = PermittedAct("futures_account", .get, "/api/v4/futures/usdt/accounts")
  static let accountBook = PermittedAct("account_book", .get, "/api/v4/futures/usdt/account_book")
  static let positions = PermittedAct("positions", .get, "/api/v4/futures/usdt/positions")
  static let futuresPrivateStream = PermittedAct("futures_private_stream", .get, "/v4/ws/usdt")
  static let testFuturesPrivateStream = PermittedAct("test_futures_private_stream", .get, "/v4/ws/futures/usdt")
  static let futuresFeed = PermittedAct("futures_feed", .get, "/v4/ws/usdt")
  static let testFuturesFeed = PermittedAct("test_futures_feed", .get, "/v4/ws/futures/usdt")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let time = Output.Limit(
    1, "time", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let pairs = Output.Limit(
    2, "pairs", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let tickers = Output.Limit(
    3, "tickers", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let books = Output.Limit(
    4, "books", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let orders = Output.Limit(
    5, "orders", .account, 10, seconds: 1, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let cancels = Output.Limit(
    6, "cancels", .account, 200, seconds: 1, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let queries = Output.Limit(7, "queries", .account, 200, seconds: 10)
  static let histories = Output.Limit(8, "histories", .account, 200, seconds: 10)
  static let fills = Output.Limit(
    9, "fills", .account, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let balances = Output.Limit(
    10, "balances", .account, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let fees = Output.Limit(11, "fees", .account, 80, seconds: 10)
  static let contracts = Output.Limit(
    12, "contracts", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let futuresTickers = Output.Limit(
    13, "futures tickers", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let futuresBooks = Output.Limit(
    14, "futures books", .address, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let futuresOrders = Output.Limit(
    15, "futures orders", .account, 100, seconds: 1, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let futuresCancels = Output.Limit(
    16, "futures cancels", .account, 200, seconds: 1, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let futuresQueries = Output.Limit(17, "futures queries", .account, 200, seconds: 10)
  static let futuresHistories = Output.Limit(18, "futures histories", .account, 200, seconds: 10)
  static let futuresFills = Output.Limit(
    19, "futures fills", .account, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let futuresBalances = Output.Limit(
    20, "futures balances", .account, 200, seconds: 10, remainingHeader: "x-gate-ratelimit-requests-remain")
  static let positions = Output.Limit(21, "positions", .account, 200, seconds: 10)
  static let spot: [Output.Limit] = [
    .time, .pairs, .tickers, .books, .orders, .cancels, .queries, .histories, .fills, .balances, .fees,
  ]
  static let perp: [Output.Limit] = [
    .time, .fees, .contracts, .futuresTickers, .futuresBooks, .futuresOrders, .futuresCancels, .futuresQueries,
    .futuresHistories, .futuresFills, .futuresBalances, .positions,
  ]
}
