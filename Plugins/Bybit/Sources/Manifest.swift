// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BybitManifest {
  public static let bybit: StaticString = #"""
    {"id":"bybit","name":"Bybit","version":"0.1.0","kind":"spot","hosts":["api.bybit.com:443","stream.bybit.com:443",
    "api.bybit.eu:443","stream.bybit.eu:443","api.bybit.nl:443","stream.bybit.nl:443","api.bybit.tr:443",
    "stream.bybit.tr:443","api.bybit.kz:443","stream.bybit.kz:443","api.bybitgeorgia.ge:443",
    "stream.bybitgeorgia.ge:443","api.bybit.id:443","stream.bybit.id:443","api.manepa.jp:443","stream.manepa.jp:443",
    "api-testnet.bybit.com:443","stream-testnet.bybit.com:443","api-demo.bybit.com:443","stream-demo.bybit.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","eu","nl","tr",
    "kz","ge","id","jp","testnet","demo"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers",
    "candles","place","amend","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],
    "channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market","take_limit",
    "take_market"],"client_order_id":{"length":36,"pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
  public static let bybitPerpetual: StaticString = #"""
    {"id":"bybit_perpetual","name":"Bybit","version":"0.1.0","kind":"perp","hosts":["api.bybit.com:443",
    "stream.bybit.com:443","api.bybit.eu:443","stream.bybit.eu:443","api.bybit.nl:443","stream.bybit.nl:443",
    "api.bybit.tr:443","stream.bybit.tr:443","api.bybit.kz:443","stream.bybit.kz:443","api.bybitgeorgia.ge:443",
    "stream.bybitgeorgia.ge:443","api.bybit.id:443","stream.bybit.id:443","api.manepa.jp:443","stream.manepa.jp:443",
    "api-testnet.bybit.com:443","stream-testnet.bybit.com:443","api-demo.bybit.com:443","stream-demo.bybit.com:443"],
    "extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"}],"domains":["live","eu","nl","tr",
    "kz","ge","id","jp","testnet","demo"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","tickers",
    "candles","place","amend","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history",
    "positions","leverage","margin_mode","position_mode","funding","funding_payments","modes"],"channels":["book",
    "trades","ticker","mark","liquidations"],"order_types":["limit","market","stop_limit","stop_market","take_limit",
    "take_market"],"client_order_id":{"length":36,"pattern":"^[A-Za-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v5/market/time")
  static let instruments = PermittedAct("instruments", .get, "/v5/market/instruments-info")
  static let tickers = PermittedAct("tickers", .get, "/v5/market/tickers")
  static let candles = PermittedAct("candles", .get, "/v5/market/kline")
  static let spotPlace = PermittedAct("spot_place", .post, "/v5/order/create", priority: .order)
  static let spotStop = PermittedAct("spot_stop", .post, "/v5/order/create", priority: .order)
  static let spotTake = PermittedAct("spot_take", .post, "/v5/order/create", priority: .order)
  static let spotPlaceBatch = PermittedAct("spot_place_batch", .post, "/v5/order/create-batch", priority: .order)
  static let spotAmend = PermittedAct("spot_amend", .post, "/v5/order/amend", priority: .order)
  static let spotAmendBatch = PermittedAct("spot_amend_batch", .post, "/v5/order/amend-batch", priority: .order)
  static let spotCancel = PermittedAct("spot_cancel", .post, "/v5/order/cancel", priority: .cancel)
  static let spotCancelStop = PermittedAct("spot_cancel_stop", .post, "/v5/order/cancel", priority: .cancel)
  static let spotCancelBatch = PermittedAct("spot_cancel_batch", .post, "/v5/order/cancel-batch", priority: .cancel)
  static let perpPlace = PermittedAct("perp_place", .post, "/v5/order/create", priority: .order)
  static let perpPlaceBatch = PermittedAct("perp_place_batch", .post, "/v5/order/create-batch", priority: .order)
  static let perpAmend = PermittedAct("perp_amend", .post, "/v5/order/amend", priority: .order)
  static let perpAmendBatch = PermittedAct("perp_amend_batch", .post, "/v5/order/amend-batch", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .post, "/v5/order/cancel", priority: .cancel)
  static let perpCancelBatch = PermittedAct("perp_cancel_batch", .post, "/v5/order/cancel-batch", priority: .cancel)
  static let perpStop = PermittedAct("perp_stop", .post, "/v5/order/create", priority: .order)
  static let perpTake = PermittedAct("perp_take", .post, "/v5/order/create", priority: .order)
  static let setLeverage = PermittedAct("set_leverage", .post, "/v5/position/set-leverage", priority: .order)
  static let setMarginMode = PermittedAct("set_margin_mode", .post, "/v5/account/set-margin-mode", priority: .order)
  static let switchMode = PermittedAct("switch_mode", .post, "/v5/position/switch-mode", priority: .order)
  static let switchModeOfAll = PermittedAct("switch_mode_of_all", .post, "/v5/position/switch-mode", priority: .order)
  static let positions = PermittedAct("positions", .get, "/v5/position/list")
  static let transactions = PermittedAct("transactions", .get, "/v5/account/transaction-log")
  static let accountInfo = PermittedAct("account_info", .get, "/v5/account/info")
  static let orders = PermittedAct("orders", .get, "/v5/order/realtime")
  static let orderHistory = PermittedAct("order_history", .get, "/v5/order/history")
  static let executions = PermittedAct("executions", .get, "/v5/execution/list")
  static let wallet = PermittedAct("wallet", .get, "/v5/account/wallet-balance")
  static let feeRates = PermittedAct("fee_rates", .get, "/v5/account/fee-rate")
  static let perpFeed = PermittedAct("perp_feed", .get, "/v5/public/linear")
  static let privateStream = PermittedAct("private_stream", .get, "/v5/private")
  static let spotFeed = PermittedAct("spot_feed", .get, "/v5/public/spot")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let connections = Output.Limit(1, "connections", .address, 500, seconds: 300)
  static let requests = Output.Limit(2, "requests", .address, 600, seconds: 5)
  static let spotOrders = Output.Limit(
    3, "spot orders", .account, 20, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let spotAmends = Output.Limit(
    4, "spot amends", .account, 20, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let spotCancels = Output.Limit(
    5, "spot cancels", .account, 20, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let queries = Output.Limit(6, "queries", .account, 50, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let histories = Output.Limit(7, "histories", .account, 50, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let executions = Output.Limit(
    8, "executions", .account, 50, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let wallets = Output.Limit(9, "wallets", .account, 50, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let feeRates = Output.Limit(10, "fee rates", .account, 5, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let perpOrders = Output.Limit(
    11, "perp orders", .account, 10, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let perpAmends = Output.Limit(
    12, "perp amends", .account, 10, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let perpCancels = Output.Limit(
    13, "perp cancels", .account, 10, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let positions = Output.Limit(14, "positions", .account, 50, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let leverages = Output.Limit(15, "leverages", .account, 10, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let modes = Output.Limit(16, "modes", .account, 10, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let transactions = Output.Limit(
    17, "transactions", .account, 25, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let accountInfo = Output.Limit(
    18, "account info", .account, 50, seconds: 1, remainingHeader: "x-bapi-limit-status")
  static let spot: [Output.Limit] = [
    .connections, .requests, .spotOrders, .spotAmends, .spotCancels, .queries, .histories, .executions, .wallets,
    .feeRates,
  ]
  static let perp: [Output.Limit] = [
    .connections, .requests, .queries, .histories, .executions, .wallets, .feeRates, .perpOrders, .perpAmends,
    .perpCancels, .positions, .leverages, .modes, .transactions, .accountInfo,
  ]
}
