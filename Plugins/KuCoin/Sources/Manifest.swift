// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum KuCoinManifest {
  public static let kucoin: StaticString = #"""
    {"id":"kucoin","name":"KuCoin","version":"0.1.0","kind":"spot","hosts":["api.kucoin.com:443",
    "api-futures.kucoin.com:443","*.kucoin.com:443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,
    "required":true},{"name":"secret_key","secret":true,"required":true},{"name":"passphrase","secret":true,
    "required":true}],"config":[{"name":"key_version","type":"string","default":"2","choices":["1","2","3"]}],
    "domains":["live"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","refresh","tickers","candles",
    "place","amend","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],
    "channels":["book","trades","ticker"],"order_types":["limit","market","stop_limit","stop_market","take_limit",
    "take_market"],"client_order_id":{"length":40,"pattern":"^[A-Za-z0-9_-]{1,40}$"}}
    """#
  public static let kucoinPerpetual: StaticString = #"""
    {"id":"kucoin_perpetual","name":"KuCoin","version":"0.1.0","kind":"perp","hosts":["api.kucoin.com:443",
    "api-futures.kucoin.com:443","*.kucoin.com:443"],"extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key",
    "secret":false,"required":true},{"name":"secret_key","secret":true,"required":true},{"name":"passphrase",
    "secret":true,"required":true}],"config":[{"name":"key_version","type":"string","default":"2","choices":["1","2",
    "3"]},{"name":"margin_mode","type":"string","default":"CROSS","choices":["CROSS","ISOLATED"]},
    {"name":"isolated_leverage","type":"string","default":"1","choices":["1","2","3","4","5","6","7","8","9","10","12",
    "15","20","25","30","40","50","75","100","125"]}],"domains":["live"],"verbs":["clock","instruments","subscribe",
    "unsubscribe","resync","refresh","tickers","candles","place","cancel","cancel_many","order","open_orders","fills",
    "balances","fees","order_history","positions","leverage","margin_mode","position_mode","funding","funding_payments",
    "modes"],"channels":["book","trades","ticker","mark"],"order_types":["limit","market","stop_limit","stop_market",
    "take_limit","take_market"],"client_order_id":{"length":40,"pattern":"^[A-Za-z0-9_-]{1,40}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v1/timestamp")
  static let symbols = PermittedAct("symbols", .get, "/api/v2/symbols")
  static let allTickers = PermittedAct("all_tickers", .get, "/api/v1/market/allTickers")
  static let candles = PermittedAct("candles", .get, "/api/v1/market/candles")
  static let partBook = PermittedAct("part_book", .get, "/api/v1/market/orderbook/level2_100")
  static let bulletPublic = PermittedAct("bullet_public", .post, "/api/v1/bullet-public")
  static let fullBook = PermittedAct("full_book", .get, "/api/v3/market/orderbook/level2")
  static let bulletPrivate = PermittedAct("bullet_private", .post, "/api/v1/bullet-private")
  static let place = PermittedAct("place", .post, "/api/v1/hf/orders", priority: .order)
  static let placeBatch = PermittedAct("place_batch", .post, "/api/v1/hf/orders/multi", priority: .order)
  static let placeStop = PermittedAct("place_stop", .post, "/api/v1/stop-order", priority: .order)
  static let placeTake = PermittedAct("place_take", .post, "/api/v1/stop-order", priority: .order)
  static let amend = PermittedAct("amend", .post, "/api/v1/hf/orders/alter", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v1/hf/orders/*", priority: .cancel)
  static let cancelByClient = PermittedAct(
    "cancel_by_client", .delete, "/api/v1/hf/orders/client-order/*", priority: .cancel)
  static let cancelStop = PermittedAct("cancel_stop", .delete, "/api/v1/stop-order/*", priority: .cancel)
  static let cancelStopByClient = PermittedAct(
    "cancel_stop_by_client", .delete, "/api/v1/stop-order/cancelOrderByClientOid", priority: .cancel)
  static let order = PermittedAct("order", .get, "/api/v1/hf/orders/*")
  static let orderByClient = PermittedAct("order_by_client", .get, "/api/v1/hf/orders/client-order/*")
  static let stopOrders = PermittedAct("stop_orders", .get, "/api/v1/stop-order")
  static let stopOrderByClient = PermittedAct("stop_order_by_client", .get, "/api/v1/stop-order/queryOrderByClientOid")
  static let stopOrder = PermittedAct("stop_order", .get, "/api/v1/stop-order/*")
  static let openSymbols = PermittedAct("open_symbols", .get, "/api/v1/hf/orders/active/symbols")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v1/hf/orders/active")
  static let closedOrders = PermittedAct("closed_orders", .get, "/api/v1/hf/orders/done")
  static let fills = PermittedAct("fills", .get, "/api/v1/hf/fills")
  static let accounts = PermittedAct("accounts", .get, "/api/v1/accounts")
  static let tradeFees = PermittedAct("trade_fees", .get, "/api/v1/trade-fees")
  static let contracts = PermittedAct("contracts", .get, "/api/v1/contracts/active")
  static let perpTickers = PermittedAct("perp_tickers", .get, "/api/v1/allTickers")
  static let perpCandles = PermittedAct("perp_candles", .get, "/api/v1/kline/query")
  static let perpBook = PermittedAct("perp_book", .get, "/api/v1/level2/snapshot")
  static let perpPlace = PermittedAct("perp_place", .post, "/api/v1/orders", priority: .order)
  static let perpPlaceStop = PermittedAct("perp_place_stop", .post, "/api/v1/orders", priority: .order)
  static let perpPlaceTake = PermittedAct("perp_place_take", .post, "/api/v1/orders", priority: .order)
  static let perpPlaceBatch = PermittedAct("perp_place_batch", .post, "/api/v1/orders/multi", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .delete, "/api/v1/orders/*", priority: .cancel)
  static let perpCancelByClient = PermittedAct(
    "perp_cancel_by_client", .delete, "/api/v1/orders/client-order/*", priority: .cancel)
  static let perpCancelBatch = PermittedAct(
    "perp_cancel_batch", .delete, "/api/v1/orders/multi-cancel", priority: .cancel)
  static let setLeverage = PermittedAct("set_leverage", .post, "/api/v2/changeCrossUserLeverage", priority: .order)
  static let setMarginMode = PermittedAct(
    "set_margin_mode", .post, "/api/v2/position/changeMarginMode", priority: .order)
  static let setPositionMode = PermittedAct(
    "set_position_mode", .post, "/api/v2/position/switchPositionMode", priority: .order)
  static let perpOrder = PermittedAct("perp_order", .get, "/api/v1/orders/*")
  static let perpOrderByClient = PermittedAct("perp_order_by_client", .get, "/api/v1/orders/byClientOid")
  static let perpOrders = PermittedAct("perp_orders", .get, "/api/v1/orders")
  static let perpStopOrders = PermittedAct("perp_stop_orders", .get, "/api/v1/stopOrders")
  static let perpFills = PermittedAct("perp_fills", .get, "/api/v1/fills")
  static let perpAccount = PermittedAct("perp_account", .get, "/api/v1/account-overview")
  static let positions = PermittedAct("positions", .get, "/api/v1/positions")
  static let fundingHistory = PermittedAct("funding_history", .get, "/api/v1/funding-history")
  static let leverage = PermittedAct("leverage", .get, "/api/v2/getCrossUserLeverage")
  static let marginMode = PermittedAct("margin_mode", .get, "/api/v2/position/getMarginMode")
  static let positionMode = PermittedAct("position_mode", .get, "/api/v2/position/getPositionMode")
  static let privateStream = PermittedAct("private_stream", .get, "/")
  static let privateEndpoint = PermittedAct("private_endpoint", .get, "/endpoint")
  static let feed = PermittedAct("feed", .get, "/")
  static let feedEndpoint = PermittedAct("feed_endpoint", .get, "/endpoint")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let publicPool = Output.Limit(
    1, "public pool", .address, 2000, seconds: 30, remainingHeader: "gw-ratelimit-remaining")
  static let spotPool = Output.Limit(
    2, "spot pool", .account, 4000, seconds: 30, remainingHeader: "gw-ratelimit-remaining")
  static let futuresPool = Output.Limit(
    3, "futures pool", .account, 2000, seconds: 30, remainingHeader: "gw-ratelimit-remaining")
  static let managementPool = Output.Limit(
    4, "management pool", .account, 2000, seconds: 30, remainingHeader: "gw-ratelimit-remaining")
  static let connections = Output.Limit(5, "connections", .address, 30, seconds: 60)
  static let messages = Output.Limit(6, "messages", .stream, 100, seconds: 10)
  static let all: [Output.Limit] = [.publicPool, .spotPool, .futuresPool, .managementPool, .connections, .messages]
}
