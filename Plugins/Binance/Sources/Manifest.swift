// Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

import ConnectorKit

/// What the library says of its connectors: see `descriptor_json` in patchbay.h.
public enum BinanceManifest {
  public static let binance: StaticString = #"""
    {"id":"binance","name":"Binance","version":"0.2.0","kind":"spot","hosts":["api.binance.com:443",
    "stream.binance.com:443","stream.binance.com:9443","ws-api.binance.com:443","fapi.binance.com:443",
    "fstream.binance.com:443","data-api.binance.vision:443","data-stream.binance.vision:443",
    "data-stream.binance.vision:9443","testnet.binance.vision:443","stream.testnet.binance.vision:443",
    "stream.testnet.binance.vision:9443","ws-api.testnet.binance.vision:443","testnet.binancefuture.com:443",
    "fstream.binancefuture.com:443","demo-api.binance.com:443","demo-stream.binance.com:443",
    "demo-ws-api.binance.com:443","demo-fapi.binance.com:443","demo-fstream.binance.com:443"],"extensions":[],
    "credentials":[{"name":"api_key","secret":false,"required":true},{"name":"secret_key","secret":true,
    "required":true}],"config":[{"name":"domain","type":"string","default":"live"},{"name":"trades","type":"string",
    "default":"aggregate","choices":["aggregate","single"]}],"domains":["live","data","testnet","demo"],
    "verbs":["clock","instruments","subscribe","unsubscribe","resync","refresh","tickers","candles","place","amend",
    "cancel","cancel_many","order","open_orders","fills","balances","fees","order_history"],"channels":["book","trades",
    "ticker"],"order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":36,"pattern":"^[\\.A-Z\\:/a-z0-9_-]{1,36}$"}}
    """#
  public static let binancePerpetual: StaticString = #"""
    {"id":"binance_perpetual","name":"Binance","version":"0.2.0","kind":"perp","hosts":["api.binance.com:443",
    "stream.binance.com:443","stream.binance.com:9443","ws-api.binance.com:443","fapi.binance.com:443",
    "fstream.binance.com:443","data-api.binance.vision:443","data-stream.binance.vision:443",
    "data-stream.binance.vision:9443","testnet.binance.vision:443","stream.testnet.binance.vision:443",
    "stream.testnet.binance.vision:9443","ws-api.testnet.binance.vision:443","testnet.binancefuture.com:443",
    "fstream.binancefuture.com:443","demo-api.binance.com:443","demo-stream.binance.com:443",
    "demo-ws-api.binance.com:443","demo-fapi.binance.com:443","demo-fstream.binance.com:443"],
    "extensions":["patchbay.perp/1"],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},
    {"name":"trades","type":"string","default":"aggregate","choices":["aggregate"]}],"domains":["live","testnet",
    "demo"],"verbs":["clock","instruments","subscribe","unsubscribe","resync","refresh","tickers","candles","place",
    "amend","cancel","cancel_many","order","open_orders","fills","balances","fees","order_history","positions",
    "leverage","margin_mode","position_mode","funding","funding_payments","modes"],"channels":["book","trades","ticker",
    "mark","liquidations"],"order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":36,"pattern":"^[\\.A-Z\\:/a-z0-9_-]{1,36}$"}}
    """#
  public static let binanceUs: StaticString = #"""
    {"id":"binance_us","name":"Binance US","version":"0.2.0","kind":"spot","hosts":["api.binance.us:443",
    "stream.binance.us:9443"],"extensions":[],"credentials":[{"name":"api_key","secret":false,"required":true},
    {"name":"secret_key","secret":true,"required":true}],"config":[{"name":"domain","type":"string","default":"live"},
    {"name":"trades","type":"string","default":"aggregate"}],"domains":["live"],"verbs":["clock","instruments",
    "subscribe","unsubscribe","resync","refresh","tickers","candles","place","amend","cancel","cancel_many","order",
    "open_orders","fills","balances","fees","order_history"],"channels":["book","trades","ticker"],
    "order_types":["limit","market","stop_limit","stop_market","take_limit","take_market"],
    "client_order_id":{"length":36,"pattern":"^[\\.A-Z\\:/a-z0-9_-]{1,36}$"}}
    """#
}

/// The requests that the manifest permits.
extension PermittedAct {
  static let time = PermittedAct("time", .get, "/api/v3/time")
  static let exchangeInfo = PermittedAct("exchange_info", .get, "/api/v3/exchangeInfo")
  static let depth = PermittedAct("depth", .get, "/api/v3/depth")
  static let trades = PermittedAct("trades", .get, "/api/v3/trades")
  static let tickerDay = PermittedAct("ticker_day", .get, "/api/v3/ticker/24hr")
  static let klines = PermittedAct("klines", .get, "/api/v3/klines")
  static let tickerPrice = PermittedAct("ticker_price", .get, "/api/v3/ticker/price")
  static let tickerBook = PermittedAct("ticker_book", .get, "/api/v3/ticker/bookTicker")
  static let place = PermittedAct("place", .post, "/api/v3/order", priority: .order)
  static let cancel = PermittedAct("cancel", .delete, "/api/v3/order", priority: .cancel)
  static let amend = PermittedAct("amend", .put, "/api/v3/order/amend/keepPriority", priority: .order)
  static let replace = PermittedAct("replace", .post, "/api/v3/order/cancelReplace", priority: .order)
  static let order = PermittedAct("order", .get, "/api/v3/order")
  static let openOrders = PermittedAct("open_orders", .get, "/api/v3/openOrders")
  static let allOrders = PermittedAct("all_orders", .get, "/api/v3/allOrders")
  static let fills = PermittedAct("fills", .get, "/api/v3/myTrades")
  static let account = PermittedAct("account", .get, "/api/v3/account")
  static let commission = PermittedAct("commission", .get, "/api/v3/account/commission")
  static let tradeFee = PermittedAct("trade_fee", .get, "/sapi/v1/asset/tradeFee")
  static let userStream = PermittedAct("user_stream", .get, "/ws-api/v3")
  static let perpTime = PermittedAct("perp_time", .get, "/fapi/v1/time")
  static let perpExchangeInfo = PermittedAct("perp_exchange_info", .get, "/fapi/v1/exchangeInfo")
  static let perpDepth = PermittedAct("perp_depth", .get, "/fapi/v1/depth")
  static let perpTrades = PermittedAct("perp_trades", .get, "/fapi/v1/trades")
  static let perpTickerDay = PermittedAct("perp_ticker_day", .get, "/fapi/v1/ticker/24hr")
  static let perpKlines = PermittedAct("perp_klines", .get, "/fapi/v1/klines")
  static let perpTickerPrice = PermittedAct("perp_ticker_price", .get, "/fapi/v1/ticker/price")
  static let perpTickerBook = PermittedAct("perp_ticker_book", .get, "/fapi/v1/ticker/bookTicker")
  static let perpFunding = PermittedAct("perp_funding", .get, "/fapi/v1/premiumIndex")
  static let perpPlace = PermittedAct("perp_place", .post, "/fapi/v1/order", priority: .order)
  static let perpAmend = PermittedAct("perp_amend", .put, "/fapi/v1/order", priority: .order)
  static let perpCancel = PermittedAct("perp_cancel", .delete, "/fapi/v1/order", priority: .cancel)
  static let perpPlaceBatch = PermittedAct("perp_place_batch", .post, "/fapi/v1/batchOrders", priority: .order)
  static let perpAmendBatch = PermittedAct("perp_amend_batch", .put, "/fapi/v1/batchOrders", priority: .order)
  static let perpCancelBatch = PermittedAct("perp_cancel_batch", .delete, "/fapi/v1/batchOrders", priority: .cancel)
  static let perpPlaceAlgo = PermittedAct("perp_place_algo", .post, "/fapi/v1/algoOrder", priority: .order)
  static let perpCancelAlgo = PermittedAct("perp_cancel_algo", .delete, "/fapi/v1/algoOrder", priority: .cancel)
  static let perpLeverage = PermittedAct("perp_leverage", .post, "/fapi/v1/leverage", priority: .order)
  static let perpMarginMode = PermittedAct("perp_margin_mode", .post, "/fapi/v1/marginType", priority: .order)
  static let perpPositionMode = PermittedAct(
    "perp_position_mode", .post, "/fapi/v1/positionSide/dual", priority: .order)
  static let perpOrder = PermittedAct("perp_order", .get, "/fapi/v1/order")
  static let perpOrderAlgo = PermittedAct("perp_order_algo", .get, "/fapi/v1/algoOrder")
  static let perpOpenOrders = PermittedAct("perp_open_orders", .get, "/fapi/v1/openOrders")
  static let perpOpenOrdersAlgo = PermittedAct("perp_open_orders_algo", .get, "/fapi/v1/openAlgoOrders")
  static let perpAllOrders = PermittedAct("perp_all_orders", .get, "/fapi/v1/allOrders")
  static let perpAllOrdersAlgo = PermittedAct("perp_all_orders_algo", .get, "/fapi/v1/allAlgoOrders")
  static let perpFills = PermittedAct("perp_fills", .get, "/fapi/v1/userTrades")
  static let perpAccount = PermittedAct("perp_account", .get, "/fapi/v3/account")
  static let perpCommission = PermittedAct("perp_commission", .get, "/fapi/v1/commissionRate")
  static let perpPositions = PermittedAct("perp_positions", .get, "/fapi/v3/positionRisk")
  static let perpPositionModeRead = PermittedAct("perp_position_mode_read", .get, "/fapi/v1/positionSide/dual")
  static let perpSymbolConfig = PermittedAct("perp_symbol_config", .get, "/fapi/v1/symbolConfig")
  static let perpIncome = PermittedAct("perp_income", .get, "/fapi/v1/income")
  static let perpUserStreamStart = PermittedAct("perp_user_stream_start", .post, "/fapi/v1/listenKey")
  static let perpUserStreamKeep = PermittedAct("perp_user_stream_keep", .put, "/fapi/v1/listenKey")
  static let feed = PermittedAct("feed", .get, "/stream")
  static let perpFeed = PermittedAct("perp_feed", .get, "/public/stream")
  static let perpFeedMarket = PermittedAct("perp_feed_market", .get, "/market/stream")
  static let binanceUsTradeFee = PermittedAct("trade_fee", .get, "/sapi/v1/asset/query/trading-fee")
  static let userStreamStart = PermittedAct("user_stream_start", .post, "/api/v3/userDataStream")
  static let userStreamKeep = PermittedAct("user_stream_keep", .put, "/api/v3/userDataStream")
}

/// The exchange's limits, as the manifest states them.
extension Output.Limit {
  static let weight = Output.Limit(1, "weight", .address, 6000, seconds: 60, usedHeader: "x-mbx-used-weight-1m")
  static let rawRequests = Output.Limit(2, "raw requests", .address, 61000, seconds: 300)
  static let orders10s = Output.Limit(3, "orders 10s", .account, 100, seconds: 10, usedHeader: "x-mbx-order-count-10s")
  static let ordersDay = Output.Limit(
    4, "orders day", .account, 200000, seconds: 86400, usedHeader: "x-mbx-order-count-1d")
  static let messages = Output.Limit(5, "messages", .stream, 5, seconds: 1)
  static let connections = Output.Limit(6, "connections", .address, 300, seconds: 300)
  static let perpWeight = Output.Limit(
    7, "perp weight", .address, 2400, seconds: 60, usedHeader: "x-mbx-used-weight-1m")
  static let perpOrders10s = Output.Limit(
    8, "perp orders 10s", .account, 300, seconds: 10, usedHeader: "x-mbx-order-count-10s")
  static let perpOrdersMinute = Output.Limit(
    9, "perp orders minute", .account, 1200, seconds: 60, usedHeader: "x-mbx-order-count-1m")
  static let perpMessages = Output.Limit(10, "perp messages", .stream, 10, seconds: 1)
  static let binanceUsWeight = Output.Limit(
    1, "weight", .address, 1200, seconds: 60, usedHeader: "x-mbx-used-weight-1m")
  static let binanceUsRawRequests = Output.Limit(2, "raw requests", .address, 5000, seconds: 300)
  static let spot: [Output.Limit] = [.weight, .rawRequests, .orders10s, .ordersDay, .messages, .connections]
  static let perp: [Output.Limit] = [.connections, .perpWeight, .perpOrders10s, .perpOrdersMinute, .perpMessages]
  static let binanceUs: [Output.Limit] = [
    .binanceUsWeight, .binanceUsRawRequests, .orders10s, .ordersDay, .messages, .connections,
  ]
}
