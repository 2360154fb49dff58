// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BitgetManifest {
  public static let bitget: StaticString = #"""
    {"id":"bitget","name":"Bitget","version":"0.1.0","kind":"spot","hosts":["api.bitget.com:443","ws.bitget.com:443",
    "wspap.bitget.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true},{"name":"passphrase","secret":true,"required":true}],
    "config":[{"name":"domain","type":"string","default":"live"},{"name":"version","type":"string","default":"v2",
    "choices":["v1","v2","v3"]}],"domains":["live","demo"],"verbs":["clock","instruments","subscribe","unsubscribe",
    "resync","refresh","tickers","candles","place","cancel","cancel_many","order","open_orders","fills","balances",
    "fees","order_history"],"channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit",
    "stop_market","take_limit","take_market"],"client_order_id":{"length":32,"pattern":"^[0-9A-Za-z_:#+-]{1,32}$"}}
    """#
  public static let bitgetPerpetual: StaticString = #"""
    {"id":"bitget_perpetual","name":"Bitget","version":"0.1.0","kind":"perp","hosts":["api.bitget.com:443",
    "ws.bitget.com:443","wspap.bitget.com:443"],"extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key",
    "secret":false,"required":true},{"name":"secret_key","secret":true,"required":true},{"name":"passphrase",
    "secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"version",
    "type":"string","default":"v2","choices":["v1","v2","v3"]},{"name":"product_type","type":"string",
    "default":"USDT-FUTURES","choices":["USDT-FUTURES","USDC-FUTURES"]},{"name":"margin_mode","type":"string",
    "default":"crossed","choices":["crossed","isolated"]}],"domains":["live","demo"],"verbs":["clock","instruments",
    "subscribe","unsubscribe","resync","refresh","tickers","candles","place","cancel","cancel_many","order",
    "open_orders","fills","balances","fees","order_history","positions","leverage","margin_mode","position_mode",
    "funding","funding_payments","modes"],"channels":["book","trades","ticker","mark"],"order_types":["limit","market",
    "stop_limit","stop_market","take_limit","take_market"],"client_order_id":{"length":32,
    "pattern":"^[0-9A-Za-z_:#+-]{1,32}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v2/public/time")
  static let symbols = PermittedAct("symbols", .get, "/api/v2/spot/public/symbols")
  static let contracts = PermittedAct("contracts", .get, "/api/v2/mix/market/contracts")
  static let oldSymbols = PermittedAct("old_symbols", .get, "/api/spot/v1/public/products")
  static let oldContracts = PermittedAct("old_contracts", .get, "/api/mix/v1/market/contracts")
  static let tickers = PermittedAct("tickers", .get, "/api/v2/spot/market/tickers")
  static let perpTickers = PermittedAct("perp_tickers", .get, "/api/v2/mix/market/tickers")
  static let perpTicker = PermittedAct("perp_ticker", .get, "/api/v2/mix/market/ticker")
  static let candles = PermittedAct("candles", .get, "/api/v2/spot/market/candles")
  static let historyCandles = PermittedAct("history_candles", .get, "/api/v2/spot/market/history-candles")
  static let perpCandles = PermittedAct("perp_candles", .get, "/api/v2/mix/market/candles")
  static let perpHistoryCandles = PermittedAct("perp_history_candles", .get, "/api/v2/mix/market/history-candles")
  static let fundingRate = PermittedAct("funding_rate", .get, "/api/v2/mix/market/current-fund-rate")
  static let place = PermittedAct("place", .post, "/api/v2/spot/trade/place-order", priority: .order)
  static let placeValue = PermittedAct("place_value", .post, "/api/v2/spot/trade/place-order", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v2/spot/trade/batch-orders", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/api/v2/spot/trade/cancel-order", priority: .cancel)
  static let cancelBatch = PermittedAct(
    "cancel_batch", .post, "/api/v2/spot/trade/batch-cancel-order", priority: .cancel)
  static let perpPlace = PermittedAct("perp_place", .post, "/api/v2/mix/order/place-order", priority: .order)
  static let perpOpen = PermittedAct("perp_open", .post, "/api/v2/mix/order/place-order", priority: .order)
  static let perpCloseLong = PermittedAct("perp_close_long", .post, "/api/v2/mix/order/place-order", priority: .order)
  static let perpCloseShort = PermittedAct("perp_close_short", .post, "/api/v2/mix/order/place-order", priority: .order)
  static let perpPlaceBatch = PermittedAct(
    "perp_place_batch", .post, "/api/v2/mix/order/batch-place-order", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .post, "/api/v2/mix/order/cancel-order", priority: .cancel)
  static let perpCancelBatch = PermittedAct(
    "perp_cancel_batch", .post, "/api/v2/mix/order/batch-cancel-orders", priority: .cancel)
  static let planLimit = PermittedAct("plan_limit", .post, "/api/v2/spot/trade/place-plan-order", priority: .order)
  static let planLimitTake = PermittedAct(
    "plan_limit_take", .post, "/api/v2/spot/trade/place-plan-order", priority: .order)
  static let planMarket = PermittedAct("plan_market", .post, "/api/v2/spot/trade/place-plan-order", priority: .order)
  static let planMarketTake = PermittedAct(
    "plan_market_take", .post, "/api/v2/spot/trade/place-plan-order", priority: .order)
  static let cancelPlan = PermittedAct("cancel_plan", .post, "/api/v2/spot/trade/cancel-plan-order", priority: .cancel)
  static let perpPlanLimit = PermittedAct(
    "perp_plan_limit", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitTake = PermittedAct(
    "perp_plan_limit_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitOpen = PermittedAct(
    "perp_plan_limit_open", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitOpenTake = PermittedAct(
    "perp_plan_limit_open_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitCloseLong = PermittedAct(
    "perp_plan_limit_close_long", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitCloseLongTake = PermittedAct(
    "perp_plan_limit_close_long_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitCloseShort = PermittedAct(
    "perp_plan_limit_close_short", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanLimitCloseShortTake = PermittedAct(
    "perp_plan_limit_close_short_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarket = PermittedAct(
    "perp_plan_market", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketTake = PermittedAct(
    "perp_plan_market_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketOpen = PermittedAct(
    "perp_plan_market_open", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketOpenTake = PermittedAct(
    "perp_plan_market_open_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketCloseLong = PermittedAct(
    "perp_plan_market_close_long", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketCloseLongTake = PermittedAct(
    "perp_plan_market_close_long_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketCloseShort = PermittedAct(
    "perp_plan_market_close_short", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpPlanMarketCloseShortTake = PermittedAct(
    "perp_plan_market_close_short_take", .post, "/api/v2/mix/order/place-plan-order", priority: .order)
  static let perpCancelPlan = PermittedAct(
    "perp_cancel_plan", .post, "/api/v2/mix/order/cancel-plan-order", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .post, "/api/v2/mix/account/set-leverage", priority: .order)
  static let setMarginMode = PermittedAct(
    "set_margin_mode", .post, "/api/v2/mix/account/set-margin-mode", priority: .order)
  static let setPositionMode = PermittedAct(
    "set_position_mode", .post, "/api/v2/mix/account/set-position-mode", priority: .order)
  static let order = PermittedAct("order", .get, "/api/v2/spot/trade/orderInfo")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v2/spot/trade/unfilled-orders")
  static let orderHistory = PermittedAct("order_history", .get, "/api/v2/spot/trade/history-orders")
  static let fills = PermittedAct("fills", .get, "/api/v2/spot/trade/fills")
  static let openPlans = PermittedAct("open_plans", .get, "/api/v2/spot/trade/current-plan-order")
  static let planOrders = PermittedAct("plan_orders", .get, "/api/v2/spot/trade/plan-sub-order")
  static let planHistory = PermittedAct("plan_history", .get, "/api/v2/spot/trade/history-plan-order")
  static let perpOrder = PermittedAct("perp_order", .get, "/api/v2/mix/order/detail")
  static let perpOpenOrders = PermittedAct("perp_open_orders", .get, "/api/v2/mix/order/orders-pending")
  static let perpOrderHistory = PermittedAct("perp_order_history", .get, "/api/v2/mix/order/orders-history")
  static let perpFills = PermittedAct("perp_fills", .get, "/api/v2/mix/order/fills")
  static let perpOpenPlans = PermittedAct("perp_open_plans", .get, "/api/v2/mix/order/orders-plan-pending")
  static let perpPlanOrders = PermittedAct("perp_plan_orders", .get, "/api/v2/mix/order/plan-sub-order")
  static let perpPlanHistory = PermittedAct("perp_plan_history", .get, "/api/v2/mix/order/orders-plan-history")
  static let balances = PermittedAct("balances", .get, "/api/v2/spot/account/assets")
  static let perpBalances = PermittedAct("perp_balances", .get, "/api/v2/mix/account/accounts")
  static let fee = PermittedAct("fee", .get, "/api/v2/common/trade-rate")
  static let positions = PermittedAct("positions", .get, "/api/v2/mix/position/all-position")
  static let bills = PermittedAct("bills", .get, "/api/v2/mix/account/bill")
  static let account = PermittedAct("account", .get, "/api/v2/mix/account/account")
  static let privateStream = PermittedAct("private_stream", .get, "/v2/ws/private")
  static let feed = PermittedAct("feed", .get, "/v2/ws/public")
  static let feedV3 = PermittedAct("feed_v3", .get, "/v3/ws/public")
  static let spotFeedV1 = PermittedAct("spot_feed_v1", .get, "/spot/v1/stream")
  static let perpFeedV1 = PermittedAct("perp_feed_v1", .get, "/mix/v1/stream")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let connections = Output.Limit(1, "connections", .address, 300, seconds: 300)
  static let subscriptions = Output.Limit(2, "subscriptions", .stream, 240, seconds: 3600)
  static let time = Output.Limit(3, "time", .address, 20, seconds: 1)
  static let listings = Output.Limit(4, "listings", .address, 20, seconds: 1)
  static let candles = Output.Limit(5, "candles", .address, 20, seconds: 1)
  static let marks = Output.Limit(6, "marks", .address, 20, seconds: 1)
  static let orders = Output.Limit(7, "orders", .account, 10, seconds: 1)
  static let batches = Output.Limit(8, "batches", .account, 5, seconds: 1)
  static let cancels = Output.Limit(9, "cancels", .account, 10, seconds: 1)
  static let queries = Output.Limit(10, "queries", .account, 10, seconds: 1)
  static let histories = Output.Limit(11, "histories", .account, 10, seconds: 1)
  static let fills = Output.Limit(12, "fills", .account, 10, seconds: 1)
  static let plans = Output.Limit(13, "plans", .account, 10, seconds: 1)
  static let planQueries = Output.Limit(14, "plan queries", .account, 10, seconds: 1)
  static let balances = Output.Limit(15, "balances", .account, 10, seconds: 1)
  static let fees = Output.Limit(16, "fees", .account, 10, seconds: 1)
  static let positions = Output.Limit(17, "positions", .account, 5, seconds: 1)
  static let bills = Output.Limit(18, "bills", .account, 10, seconds: 1)
  static let modes = Output.Limit(19, "modes", .account, 5, seconds: 1)
  static let all: [Output.Limit] = [
    .connections, .subscriptions, .time, .listings, .candles, .marks, .orders, .batches, .cancels, .queries, .histories,
    .fills, .plans, .planQueries, .balances, .fees, .positions, .bills, .modes,
  ]
}
