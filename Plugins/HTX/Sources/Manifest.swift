// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum HTXManifest {
  public static let htx: StaticString = #"""
    {"id":"htx","name":"HTX","version":"0.1.0","kind":"spot","hosts":["api.huobi.pro:443","api-aws.huobi.pro:443",
    "api.hbdm.com:443","api.hbdm.vn:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,
    "required":true},{"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string",
    "default":"live"},{"name":"book","type":"string","default":"incremental","choices":["incremental","pushes"]}],
    "domains":["live","aws"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers","candles",
    "place","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book",
    "trades","ticker"],"order_types":["limit","market","stop_limit","take_limit"],"client_order_id":{"length":64,
    "pattern":"^[A-Za-z0-9_-]{1,64}$"}}
    """#
  public static let htxPerpetual: StaticString = #"""
    {"id":"htx_perpetual","name":"HTX","version":"0.1.0","kind":"perp","hosts":["api.huobi.pro:443",
    "api-aws.huobi.pro:443","api.hbdm.com:443","api.hbdm.vn:443"],"extensions":["patchbay.perp/1"],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"book","type":"string",
    "default":"incremental","choices":["incremental","pushes"]},{"name":"margin_mode","type":"string","default":"cross",
    "choices":["cross","isolated"]},{"name":"trade_sizes","type":"string","default":"reported","choices":["reported",
    "one_side"]}],"domains":["live","aws"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers",
    "candles","place","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history",
    "positions","leverage","position_mode","funding","funding_payments","modes"],"channels":["book","trades","ticker",
    "mark","liquidations"],"order_types":["limit","market","stop_limit","take_limit"],"client_order_id":{"length":18,
    "pattern":"^[0-9]{1,18}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v1/common/timestamp")
  static let symbols = PermittedAct("symbols", .get, "/v1/settings/common/market-symbols")
  static let tickers = PermittedAct("tickers", .get, "/market/tickers")
  static let candles = PermittedAct("candles", .get, "/market/history/kline")
  static let place = PermittedAct("place", .post, "/v1/order/orders/place", priority: .order)
  static let placeTake = PermittedAct("place_take", .post, "/v1/order/orders/place", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/v1/order/batch-orders", priority: .order)
  static let cancel = PermittedAct("cancel", .post, "/v1/order/orders/*/submitcancel", priority: .cancel)
  static let cancelClient = PermittedAct(
    "cancel_client", .post, "/v1/order/orders/submitCancelClientOrder", priority: .cancel)
  static let cancelBatch = PermittedAct("cancel_batch", .post, "/v1/order/orders/batchcancel", priority: .cancel)
  static let accounts = PermittedAct("accounts", .get, "/v1/account/accounts")
  static let balance = PermittedAct("balance", .get, "/v1/account/accounts/*/balance")
  static let order = PermittedAct("order", .get, "/v1/order/orders/*")
  static let orderByClient = PermittedAct("order_by_client", .get, "/v1/order/orders/getClientOrder")
  static let openOrders = PermittedAct("open_orders", .get, "/v1/order/openOrders")
  static let orderHistory = PermittedAct("order_history", .get, "/v1/order/history")
  static let fills = PermittedAct("fills", .get, "/v1/order/matchresults")
  static let feeRates = PermittedAct("fee_rates", .get, "/v2/reference/transact-fee-rate")
  static let privateStream = PermittedAct("private_stream", .get, "/ws/v2")
  static let feed = PermittedAct("feed", .get, "/ws")
  static let bookFeed = PermittedAct("book_feed", .get, "/feed")
  static let swapTime = PermittedAct("swap_time", .get, "/api/v1/timestamp")
  static let swapContracts = PermittedAct("swap_contracts", .get, "/linear-swap-api/v1/swap_contract_info")
  static let swapTickers = PermittedAct("swap_tickers", .get, "/v2/linear-swap-ex/market/detail/batch_merged")
  static let swapCandles = PermittedAct("swap_candles", .get, "/linear-swap-ex/market/history/kline")
  static let swapFundingRates = PermittedAct("swap_funding_rates", .get, "/linear-swap-api/v1/swap_batch_funding_rate")
  static let swapIndex = PermittedAct("swap_index", .get, "/linear-swap-api/v1/swap_index")
  static let swapPlace = PermittedAct("swap_place", .post, "/linear-swap-api/v1/swap_cross_order", priority: .order)
  static let swapPlaceLong = PermittedAct(
    "swap_place_long", .post, "/linear-swap-api/v1/swap_cross_order", priority: .order)
  static let swapPlaceShort = PermittedAct(
    "swap_place_short", .post, "/linear-swap-api/v1/swap_cross_order", priority: .order)
  static let swapPlaceBatch = PermittedAct(
    "swap_place_batch", .post, "/linear-swap-api/v1/swap_cross_batchorder", priority: .order)
  static let swapCancel = PermittedAct("swap_cancel", .post, "/linear-swap-api/v1/swap_cross_cancel", priority: .cancel)
  static let swapStop = PermittedAct(
    "swap_stop", .post, "/linear-swap-api/v1/swap_cross_trigger_order", priority: .order)
  static let swapStopLong = PermittedAct(
    "swap_stop_long", .post, "/linear-swap-api/v1/swap_cross_trigger_order", priority: .order)
  static let swapStopShort = PermittedAct(
    "swap_stop_short", .post, "/linear-swap-api/v1/swap_cross_trigger_order", priority: .order)
  static let swapTake = PermittedAct(
    "swap_take", .post, "/linear-swap-api/v1/swap_cross_trigger_order", priority: .order)
  static let swapTakeLong = PermittedAct(
    "swap_take_long", .post, "/linear-swap-api/v1/swap_cross_trigger_order", priority: .order)
  static let swapTakeShort = PermittedAct(
    "swap_take_short", .post, "/linear-swap-api/v1/swap_cross_trigger_order", priority: .order)
  static let swapCancelTrigger = PermittedAct(
    "swap_cancel_trigger", .post, "/linear-swap-api/v1/swap_cross_trigger_cancel", priority: .cancel)
  static let swapOpenTriggers = PermittedAct(
    "swap_open_triggers", .post, "/linear-swap-api/v1/swap_cross_trigger_openorders")
  static let swapTriggerHistory = PermittedAct(
    "swap_trigger_history", .post, "/linear-swap-api/v1/swap_cross_trigger_hisorders")
  static let swapSetLeverage = PermittedAct(
    "swap_set_leverage", .post, "/linear-swap-api/v1/swap_cross_switch_lever_rate", priority: .order)
  static let swapSetPositionMode = PermittedAct(
    "swap_set_position_mode", .post, "/linear-swap-api/v1/swap_cross_switch_position_mode", priority: .order)
  static let swapAccount = PermittedAct("swap_account", .post, "/linear-swap-api/v1/swap_cross_account_info")
  static let swapPositions = PermittedAct("swap_positions", .post, "/linear-swap-api/v1/swap_cross_position_info")
  static let swapOrder = PermittedAct("swap_order", .post, "/linear-swap-api/v1/swap_cross_order_info")
  static let swapOpenOrders = PermittedAct("swap_open_orders", .post, "/linear-swap-api/v1/swap_cross_openorders")
  static let swapOrderHistory = PermittedAct("swap_order_history", .post, "/linear-swap-api/v3/swap_cross_hisorders")
  static let swapFills = PermittedAct("swap_fills", .post, "/linear-swap-api/v3/swap_cross_matchresults")
  static let isolatedPlace = PermittedAct("isolated_place", .post, "/linear-swap-api/v1/swap_order", priority: .order)
  static let isolatedPlaceLong = PermittedAct(
    "isolated_place_long", .post, "/linear-swap-api/v1/swap_order", priority: .order)
  static let isolatedPlaceShort = PermittedAct(
    "isolated_place_short", .post, "/linear-swap-api/v1/swap_order", priority: .order)
  static let isolatedPlaceBatch = PermittedAct(
    "isolated_place_batch", .post, "/linear-swap-api/v1/swap_batchorder", priority: .order)
  static let isolatedCancel = PermittedAct(
    "isolated_cancel", .post, "/linear-swap-api/v1/swap_cancel", priority: .cancel)
  static let isolatedStop = PermittedAct(
    "isolated_stop", .post, "/linear-swap-api/v1/swap_trigger_order", priority: .order)
  static let isolatedStopLong = PermittedAct(
    "isolated_stop_long", .post, "/linear-swap-api/v1/swap_trigger_order", priority: .order)
  static let isolatedStopShort = PermittedAct(
    "isolated_stop_short", .post, "/linear-swap-api/v1/swap_trigger_order", priority: .order)
  static let isolatedTake = PermittedAct(
    "isolated_take", .post, "/linear-swap-api/v1/swap_trigger_order", priority: .order)
  static let isolatedTakeLong = PermittedAct(
    "isolated_take_long", .post, "/linear-swap-api/v1/swap_trigger_order", priority: .order)
  static let isolatedTakeShort = PermittedAct(
    "isolated_take_short", .post, "/linear-swap-api/v1/swap_trigger_order", priority: .order)
  static let isolatedCancelTrigger = PermittedAct(
    "isolated_cancel_trigger", .post, "/linear-swap-api/v1/swap_trigger_cancel", priority: .cancel)
  static let isolatedOpenTriggers = PermittedAct(
    "isolated_open_triggers", .post, "/linear-swap-api/v1/swap_trigger_openorders")
  static let isolatedTriggerHistory = PermittedAct(
    "isolated_trigger_history", .post, "/linear-swap-api/v1/swap_trigger_hisorders")
  static let isolatedSetLeverage = PermittedAct(
    "isolated_set_leverage", .post, "/linear-swap-api/v1/swap_switch_lever_rate", priority: .order)
  static let isolatedSetPositionMode = PermittedAct(
    "isolated_set_position_mode", .post, "/linear-swap-api/v1/swap_switch_position_mode", priority: .order)
  static let isolatedAccount = PermittedAct("isolated_account", .post, "/linear-swap-api/v1/swap_account_info")
  static let isolatedPositions = PermittedAct("isolated_positions", .post, "/linear-swap-api/v1/swap_position_info")
  static let isolatedOrder = PermittedAct("isolated_order", .post, "/linear-swap-api/v1/swap_order_info")
  static let isolatedOpenOrders = PermittedAct("isolated_open_orders", .post, "/linear-swap-api/v1/swap_openorders")
  static let isolatedOrderHistory = PermittedAct("isolated_order_history", .post, "/linear-swap-api/v3/swap_hisorders")
  static let isolatedFills = PermittedAct("isolated_fills", .post, "/linear-swap-api/v3/swap_matchresults")
  static let swapFees = PermittedAct("swap_fees", .post, "/linear-swap-api/v1/swap_fee")
  static let swapRecords = PermittedAct("swap_records", .post, "/linear-swap-api/v3/swap_financial_record")
  static let swapPrivateStream = PermittedAct("swap_private_stream", .get, "/linear-swap-notification")
  static let swapFeed = PermittedAct("swap_feed", .get, "/linear-swap-ws")
  static let indexFeed = PermittedAct("index_feed", .get, "/ws_index")
  static let swapNotices = PermittedAct("swap_notices", .get, "/linear-swap-notification")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let connections = Output.Limit(1, "connections", .address, 10, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 50, seconds: 1)
  static let bookRequests = Output.Limit(3, "book requests", .stream, 1, milliseconds: 100)
  static let marketData = Output.Limit(4, "market data", .address, 10, seconds: 1)
  static let orders = Output.Limit(
    5, "orders", .account, 100, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let batches = Output.Limit(
    6, "batches", .account, 50, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let cancels = Output.Limit(
    7, "cancels", .account, 100, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let cancelBatches = Output.Limit(
    8, "cancel batches", .account, 50, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let queries = Output.Limit(
    9, "queries", .account, 50, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let openOrders = Output.Limit(
    10, "open orders", .account, 50, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let histories = Output.Limit(
    11, "histories", .account, 20, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let fills = Output.Limit(
    12, "fills", .account, 20, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let accounts = Output.Limit(
    13, "accounts", .account, 100, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let balances = Output.Limit(
    14, "balances", .account, 100, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let fees = Output.Limit(
    15, "fees", .account, 50, seconds: 2, remainingHeader: "x-hb-ratelimit-requests-remain")
  static let swapSubscriptions = Output.Limit(16, "swap subscriptions", .stream, 40, seconds: 1)
  static let swapMarketData = Output.Limit(17, "swap market data", .address, 800, seconds: 1)
  static let swapPublic = Output.Limit(18, "swap public", .address, 240, seconds: 3)
  static let swapTrades = Output.Limit(
    19, "swap trades", .account, 72, seconds: 3, remainingHeader: "ratelimit-remaining")
  static let swapReads = Output.Limit(
    20, "swap reads", .account, 72, seconds: 3, remainingHeader: "ratelimit-remaining")
  static let swapLeverages = Output.Limit(21, "swap leverages", .account, 1, seconds: 3)
  static let spot: [Output.Limit] = [
    .connections, .messages, .bookRequests, .marketData, .orders, .batches, .cancels, .cancelBatches, .queries,
    .openOrders, .histories, .fills, .accounts, .balances, .fees,
  ]
  static let perp: [Output.Limit] = [
    .connections, .swapSubscriptions, .swapMarketData, .swapPublic, .swapTrades, .swapReads, .swapLeverages,
  ]
}
