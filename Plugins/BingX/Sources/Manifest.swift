// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BingXManifest {
  public static let bingX: StaticString = #"""
    {"id":"bing_x","name":"BingX","version":"0.1.0","kind":"spot","hosts":["open-api.bingx.com:443",
    "open-api-ws.bingx.com:443","open-api-swap.bingx.com:443"],"extensions":[],"credentials":[{"name":"api_key",
    "secret":false,"required":true},{"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain",
    "type":"string","default":"live"},{"name":"book","type":"string","default":"incremental","choices":["incremental",
    "pushes"]}],"domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers",
    "candles","place","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],
    "channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market","take_limit",
    "take_market"],"client_order_id":{"length":40,"pattern":"^[A-Za-z0-9_]{1,40}$"}}
    """#
  public static let bingXPerpetual: StaticString = #"""
    {"id":"bing_x_perpetual","name":"BingX","version":"0.1.0","kind":"perp","hosts":["open-api.bingx.com:443",
    "open-api-ws.bingx.com:443","open-api-swap.bingx.com:443"],"extensions":["patchbay.perp/1"],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live"],"verbs":["clock",
    "instruments","subscribe","unsubscribe","resync","tickers","candles","place","amend","cancel","cancel_many","order",
    "open_orders","fills","balances","fees","order_history","positions","leverage","margin_mode","position_mode",
    "funding","funding_payments","modes"],"channels":["book","trades","ticker","mark"],"order_types":["limit","market",
    "stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":40,
    "pattern":"^[a-z0-9_]{1,40}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/openApi/spot/v1/server/time")
  static let symbols = PermittedAct("symbols", .get, "/openApi/spot/v1/common/symbols")
  static let tickers = PermittedAct("tickers", .get, "/openApi/spot/v1/ticker/24hr")
  static let candles = PermittedAct("candles", .get, "/openApi/spot/v2/market/kline")
  static let place = PermittedAct("place", .post, "/openApi/spot/v1/trade/order", priority: .order)
  static let placeTrigger = PermittedAct("place_trigger", .post, "/openApi/spot/v1/trade/order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/openApi/spot/v1/trade/batchOrders", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/openApi/spot/v1/trade/cancel", priority: .cancel)
  static let order = PermittedAct("order", .get, "/openApi/spot/v1/trade/query")
  static let openOrders = PermittedAct("open_orders", .get, "/openApi/spot/v1/trade/openOrders")
  static let orderHistory = PermittedAct("order_history", .get, "/openApi/spot/v1/trade/historyOrders")
  static let fills = PermittedAct("fills", .get, "/openApi/spot/v1/trade/myTrades")
  static let balance = PermittedAct("balance", .get, "/openApi/spot/v1/account/balance")
  static let commissionRate = PermittedAct("commission_rate", .get, "/openApi/spot/v1/user/commissionRate")
  static let perpTime = PermittedAct("perp_time", .get, "/openApi/swap/v2/server/time")
  static let contracts = PermittedAct("contracts", .get, "/openApi/swap/v2/quote/contracts")
  static let perpTickers = PermittedAct("perp_tickers", .get, "/openApi/swap/v2/quote/ticker")
  static let perpCandles = PermittedAct("perp_candles", .get, "/openApi/swap/v3/quote/klines")
  static let premiumIndex = PermittedAct("premium_index", .get, "/openApi/swap/v2/quote/premiumIndex")
  static let perpPlace = PermittedAct("perp_place", .post, "/openApi/swap/v2/trade/order", priority: .order)
  static let perpPlaceTrigger = PermittedAct(
    "perp_place_trigger", .post, "/openApi/swap/v2/trade/order", priority: .order)
  static let perpPlaceBatch = PermittedAct(
    "perp_place_batch", .post, "/openApi/swap/v2/trade/batchOrders", priority: .order)
  static let perpAmend = PermittedAct("perp_amend", .post, "/openApi/swap/v1/trade/amend", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .delete, "/openApi/swap/v2/trade/order", priority: .cancel)
  static let perpCancelBatch = PermittedAct(
    "perp_cancel_batch", .delete, "/openApi/swap/v2/trade/batchOrders", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .post, "/openApi/swap/v2/trade/leverage", priority: .order)
  static let setMarginType = PermittedAct(
    "set_margin_type", .post, "/openApi/swap/v2/trade/marginType", priority: .order)
  static let setPositionMode = PermittedAct(
    "set_position_mode", .post, "/openApi/swap/v1/positionSide/dual", priority: .order)
  static let perpOrder = PermittedAct("perp_order", .get, "/openApi/swap/v2/trade/order")
  static let perpOpenOrders = PermittedAct("perp_open_orders", .get, "/openApi/swap/v2/trade/openOrders")
  static let perpOrderHistory = PermittedAct("perp_order_history", .get, "/openApi/swap/v2/trade/allOrders")
  static let perpFills = PermittedAct("perp_fills", .get, "/openApi/swap/v2/trade/fillHistory")
  static let perpBalance = PermittedAct("perp_balance", .get, "/openApi/swap/v3/user/balance")
  static let positions = PermittedAct("positions", .get, "/openApi/swap/v2/user/positions")
  static let income = PermittedAct("income", .get, "/openApi/swap/v2/user/income")
  static let perpFees = PermittedAct("perp_fees", .get, "/openApi/swap/v2/user/commissionRate")
  static let leverage = PermittedAct("leverage", .get, "/openApi/swap/v2/trade/leverage")
  static let marginType = PermittedAct("margin_type", .get, "/openApi/swap/v2/trade/marginType")
  static let positionMode = PermittedAct("position_mode", .get, "/openApi/swap/v1/positionSide/dual")
  static let perpPrivateStream = PermittedAct("perp_private_stream", .get, "/swap-market")
  static let perpFeed = PermittedAct("perp_feed", .get, "/swap-market")
  static let listenKey = PermittedAct("listen_key", .post, "/openApi/user/auth/userDataStream")
  static let keepListenKey = PermittedAct("keep_listen_key", .put, "/openApi/user/auth/userDataStream")
  static let privateStream = PermittedAct("private_stream", .get, "/market")
  static let feed = PermittedAct("feed", .get, "/market")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let subscriptions = Output.Limit(1, "subscriptions", .address, 10, seconds: 1)
  static let market = Output.Limit(2, "market", .address, 500, seconds: 10)
  static let marketMinute = Output.Limit(3, "market minute", .address, 1000, seconds: 60)
  static let orders = Output.Limit(4, "orders", .account, 5, seconds: 1)
  static let batches = Output.Limit(5, "batches", .account, 2, seconds: 1)
  static let cancels = Output.Limit(6, "cancels", .account, 5, seconds: 1)
  static let queries = Output.Limit(7, "queries", .account, 10, seconds: 1)
  static let openOrders = Output.Limit(8, "open orders", .account, 10, seconds: 1)
  static let histories = Output.Limit(9, "histories", .account, 10, seconds: 1)
  static let fills = Output.Limit(10, "fills", .account, 5, seconds: 1)
  static let balances = Output.Limit(11, "balances", .account, 5, seconds: 1)
  static let fees = Output.Limit(12, "fees", .account, 2, seconds: 1)
  static let listenKeys = Output.Limit(13, "listen keys", .account, 2, seconds: 1)
  static let perpOrders = Output.Limit(14, "perp orders", .account, 10, seconds: 1)
  static let perpBatches = Output.Limit(15, "perp batches", .account, 5, seconds: 1)
  static let perpAmends = Output.Limit(16, "perp amends", .account, 5, seconds: 1)
  static let perpCancels = Output.Limit(17, "perp cancels", .account, 5, seconds: 1)
  static let perpQueries = Output.Limit(18, "perp queries", .account, 5, seconds: 1)
  static let perpModes = Output.Limit(19, "perp modes", .account, 2, seconds: 1)
  static let spot: [Output.Limit] = [
    .subscriptions, .market, .marketMinute, .orders, .batches, .cancels, .queries, .openOrders, .histories, .fills,
    .balances, .fees, .listenKeys,
  ]
  static let perp: [Output.Limit] = [
    .subscriptions, .market, .marketMinute, .listenKeys, .perpOrders, .perpBatches, .perpAmends, .perpCancels,
    .perpQueries, .perpModes,
  ]
}
