import Catalog
import Decimals
import Matching
import Venue

/// Public data of spot. Sources: "Market data endpoints", "General endpoints", "WebSocket Streams".
extension SpotVenue {
  func registerMarketData() {
    add("GET /api/v3/ping", .open, 1) { _ in .make([]) }
    add("GET /api/v3/time", .open, 1) { [unowned self] _ in .make([("serverTime", .n(milliseconds))]) }
    add("GET /api/v3/exchangeInfo", .open, 20) { [unowned self] call throws(BinanceError) in
      try exchangeInfo(call.parameters)
    }
    add("GET /api/v3/depth", .open, { Self.depthWeight($0.integer("limit") ?? 100) }) {
      [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      let count = try limit(call, usual: 100, most: 5000)
      let book = exchange.markets[market].book
      return .make([
        ("lastUpdateId", .n(book.sequence)), ("bids", side(market, book.bids, count)),
        ("asks", side(market, book.asks, count)),
      ])
    }
    for name in ["trades", "historicalTrades"] {
      add("GET /api/v3/\(name)", .open, 25) { [unowned self] call throws(BinanceError) in
        let market = try market(call.parameters)
        return .list(try someTrades(call, market).map { publicTrade($0) })
      }
    }
    add("GET /api/v3/aggTrades", .open, 4) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      return .list(try someTrades(call, market).map { aggregateTrade($0) })
    }
    add("GET /api/v3/klines", .open, 2) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      return .list(klines(market, minutes: 1, most: try limit(call, usual: 500, most: 1000)))
    }
    registerTickers()
  }

  private func registerTickers() {
    add("GET /api/v3/ticker/24hr", .open, { $0["symbol"] == nil && $0["symbols"] == nil ? 80 : 2 }) {
      [unowned self] call throws(BinanceError) in
      try each(call) { ticker($0) }
    }
    add("GET /api/v3/ticker/price", .open, { $0["symbol"] == nil ? 4 : 2 }) {
      [unowned self] call throws(BinanceError) in
      try each(call) {
        .make([
          ("symbol", .s(exchange.markets[$0].rules.market.symbol)), ("price", .s(price($0, exchange.markets[$0].last))),
        ])
      }
    }
    add("GET /api/v3/ticker/bookTicker", .open, { $0["symbol"] == nil ? 4 : 2 }) {
      [unowned self] call throws(BinanceError) in
      try each(call) { market in
        let best = BestPrices(exchange.markets[market].book)
        return .make([
          ("symbol", .s(exchange.markets[market].rules.market.symbol)), ("bidPrice", .s(price(market, best.bid))),
          ("bidQty", .s(quantity(market, best.bidQuantity))), ("askPrice", .s(price(market, best.ask))),
          ("askQty", .s(quantity(market, best.askQuantity))),
        ])
      }
    }
  }

  private static func depthWeight(_ levels: Int64) -> Int {
    levels <= 100 ? 5 : levels <= 500 ? 25 : levels <= 1000 ? 50 : 250
  }

  // MARK: Lists

  func limit(_ call: Call, usual: Int, most: Int) throws(BinanceError) -> Int {
    guard call.parameters.has("limit") else { return usual }
    guard let limit = call.parameters.integer("limit"), limit > 0 else { throw .malformed("limit") }
    return min(Int(limit), most)
  }

  /// One market as an object, or all, or those of `symbols`, as a list.
  private func each(_ call: Call, _ make: (Int) -> JSONValue) throws(BinanceError) -> JSONValue {
    if call.parameters["symbol"] != nil { return make(try market(call.parameters)) }
    return .list(try symbols(call.parameters).map(make))
  }

  /// `symbols=["BTCUSDT","ETHUSDT"]`, or all.
  private func symbols(_ parameters: Parameters) throws(BinanceError) -> [Int] {
    guard let text = parameters["symbols"] else { return Array(exchange.markets.indices) }
    guard let list = (try? JSONDocument.parse(text: text))?.array else { throw .malformed("symbols") }
    var markets: [Int] = []
    for name in list { markets.append(try market(name.string ?? "")) }
    return markets
  }

  /// By `fromId`, by time, or the newest.
  private func someTrades(_ call: Call, _ market: Int) throws(BinanceError) -> [Trade] {
    let count = try limit(call, usual: 500, most: 1000)
    var trades = exchange.markets[market].trades
    if let id = call.parameters.integer("fromId") { return Array(trades.filter { $0.id >= UInt64(max(0, id)) }.prefix(count)) }
    let start = call.parameters.integer("startTime")
    if let start { trades = trades.filter { $0.time / Self.millisecond >= start } }
    if let end = call.parameters.integer("endTime") { trades = trades.filter { $0.time / Self.millisecond <= end } }
    return Array(start == nil ? trades.suffix(count) : trades.prefix(count))
  }

  private func value(_ trade: Trade) -> Amount {
    exchange.markets[trade.market].rules.value(price: trade.price, quantity: trade.quantity)
  }

  private func publicTrade(_ trade: Trade) -> JSONValue {
    .make([
      ("id", .n(trade.id)), ("price", .s(price(trade.market, trade.price))),
      ("qty", .s(quantity(trade.market, trade.quantity))), ("quoteQty", .s(money(value(trade)))),
      ("time", Self.ms(trade.time)), ("isBuyerMaker", .b(trade.side == .sell)), ("isBestMatch", .b(true)),
    ])
  }

  private func aggregateTrade(_ trade: Trade) -> JSONValue {
    .make([
      ("a", .n(trade.id)), ("p", .s(price(trade.market, trade.price))),
      ("q", .s(quantity(trade.market, trade.quantity))), ("f", .n(trade.id)), ("l", .n(trade.id)),
      ("T", Self.ms(trade.time)), ("m", .b(trade.side == .sell)), ("M", .b(true)),
    ])
  }

  func tradeEvent(_ trade: Trade, isAggregate: Bool) -> JSONValue {
    let symbol = exchange.markets[trade.market].rules.market.symbol
    let identity: [(String, JSONValue)] =
      isAggregate
      ? [("a", .n(trade.id)), ("p", .s(price(trade.market, trade.price)))]
      : [("t", .n(trade.id)), ("p", .s(price(trade.market, trade.price)))]
    return .make(
      [("e", .s(isAggregate ? "aggTrade" : "trade")), ("E", .n(milliseconds)), ("s", .s(symbol))] + identity
        + [("q", .s(quantity(trade.market, trade.quantity)))]
        + (isAggregate ? [("f", .n(trade.id)), ("l", .n(trade.id))] : [])
        + [("T", Self.ms(trade.time)), ("m", .b(trade.side == .sell)), ("M", .b(true))])
  }

  // MARK: Day figures

  /// Candles from the trades that are remembered.
  func klines(_ market: Int, minutes: Int64, most: Int) -> [JSONValue] {
    let span = minutes * 60_000
    var candles: [[Trade]] = []
    for trade in exchange.markets[market].trades {
      let number = trade.time / Self.millisecond / span
      if let last = candles.last?.first, last.time / Self.millisecond / span == number {
        candles[candles.count - 1].append(trade)
      } else {
        candles.append([trade])
      }
    }
    return candles.suffix(most).map { candle in
      let start = candle[0].time / Self.millisecond / span * span
      let prices = candle.map(\.price)
      let volume = candle.reduce(0) { $0 + $1.quantity }
      let quote = candle.reduce(Amount(0)) { $0 + value($1) }
      let bought = candle.filter { $0.side == .buy }
      return .list([
        .n(start), .s(price(market, candle[0].price)), .s(price(market, prices.max() ?? 0)),
        .s(price(market, prices.min() ?? 0)), .s(price(market, candle[candle.count - 1].price)),
        .s(quantity(market, volume)), .n(start + span - 1), .s(money(quote)), .n(candle.count),
        .s(quantity(market, bought.reduce(0) { $0 + $1.quantity })),
        .s(money(bought.reduce(Amount(0)) { $0 + value($1) })), .s("0"),
      ])
    }
  }

  private func day(_ market: Int) -> DayFigures.Summary? { exchange.markets[market].day.summary(at: clock) }

  private func ticker(_ market: Int) -> JSONValue {
    let state = exchange.markets[market]
    let best = BestPrices(state.book)
    let day = day(market)
    let open = day?.open ?? state.last
    let trades = state.trades
    return .make([
      ("symbol", .s(state.rules.market.symbol)), ("priceChange", .s(price(market, state.last - open))),
      ("priceChangePercent", .s(fixed((state.last - open) * 100_000 / max(1, open), -3, places: 3))),
      ("weightedAvgPrice", .s(price(market, state.last))), ("prevClosePrice", .s(price(market, open))),
      ("lastPrice", .s(price(market, state.last))), ("lastQty", .s(quantity(market, trades.last?.quantity ?? 0))),
      ("bidPrice", .s(price(market, best.bid))), ("bidQty", .s(quantity(market, best.bidQuantity))),
      ("askPrice", .s(price(market, best.ask))), ("askQty", .s(quantity(market, best.askQuantity))),
      ("openPrice", .s(price(market, open))), ("highPrice", .s(price(market, day?.high ?? state.last))),
      ("lowPrice", .s(price(market, day?.low ?? state.last))), ("volume", .s(money(day?.base ?? 0))),
      ("quoteVolume", .s(money(day?.quote ?? 0))), ("openTime", .n(milliseconds - 86_400_000)),
      ("closeTime", .n(milliseconds)), ("firstId", .n(trades.first?.id ?? 0)), ("lastId", .n(trades.last?.id ?? 0)),
      ("count", .n(state.tradeCount)),
    ])
  }

  func tickerEvent(_ market: Int) -> JSONValue {
    let state = exchange.markets[market]
    let best = BestPrices(state.book)
    let day = day(market)
    let open = day?.open ?? state.last
    return .make([
      ("e", .s("24hrTicker")), ("E", .n(milliseconds)), ("s", .s(state.rules.market.symbol)),
      ("p", .s(price(market, state.last - open))),
      ("P", .s(fixed((state.last - open) * 100_000 / max(1, open), -3, places: 3))),
      ("w", .s(price(market, state.last))), ("x", .s(price(market, open))), ("c", .s(price(market, state.last))),
      ("Q", .s(quantity(market, state.trades.last?.quantity ?? 0))), ("b", .s(price(market, best.bid))),
      ("B", .s(quantity(market, best.bidQuantity))), ("a", .s(price(market, best.ask))),
      ("A", .s(quantity(market, best.askQuantity))), ("o", .s(price(market, open))),
      ("h", .s(price(market, day?.high ?? state.last))), ("l", .s(price(market, day?.low ?? state.last))),
      ("v", .s(money(day?.base ?? 0))), ("q", .s(money(day?.quote ?? 0))), ("O", .n(milliseconds - 86_400_000)),
      ("C", .n(milliseconds)), ("F", .n(state.trades.first?.id ?? 0)), ("L", .n(state.trades.last?.id ?? 0)),
      ("n", .n(state.tradeCount)),
    ])
  }

  func miniTickerEvent(_ market: Int) -> JSONValue {
    let state = exchange.markets[market]
    let day = day(market)
    return .make([
      ("e", .s("24hrMiniTicker")), ("E", .n(milliseconds)), ("s", .s(state.rules.market.symbol)),
      ("c", .s(price(market, state.last))), ("o", .s(price(market, day?.open ?? state.last))),
      ("h", .s(price(market, day?.high ?? state.last))), ("l", .s(price(market, day?.low ?? state.last))),
      ("v", .s(money(day?.base ?? 0))), ("q", .s(money(day?.quote ?? 0))),
    ])
  }

  // MARK: exchangeInfo

  func exchangeInfo(_ parameters: Parameters) throws(BinanceError) -> JSONValue {
    let chosen = parameters["symbol"] != nil ? [try market(parameters)] : try symbols(parameters)
    func limit(_ type: String, _ interval: String, _ number: Int, _ most: Int) -> JSONValue {
      .make([
        ("rateLimitType", .s(type)), ("interval", .s(interval)), ("intervalNum", .n(number)), ("limit", .n(most)),
      ])
    }
    return .make([
      ("timezone", .s("UTC")), ("serverTime", .n(milliseconds)),
      (
        "rateLimits",
        .list([
          limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weightPerMinute),
          limit("ORDERS", "SECOND", 10, limits.ordersPerTenSeconds), limit("ORDERS", "DAY", 1, limits.ordersPerLong),
          limit("RAW_REQUESTS", "MINUTE", 5, 61_000),
        ])
      ),
      ("exchangeFilters", .list([])), ("symbols", .list(chosen.map { symbolInfo($0) })),
    ])
  }

  private func symbolInfo(_ index: Int) -> JSONValue {
    let market = exchange.markets[index].rules.market
    let words = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
    return .make([
      ("symbol", .s(market.symbol)), ("status", .s(isInMaintenance ? "BREAK" : "TRADING")),
      ("baseAsset", .s(market.base)), ("baseAssetPrecision", .n(8)), ("quoteAsset", .s(market.quote)),
      ("quotePrecision", .n(8)), ("quoteAssetPrecision", .n(8)), ("baseCommissionPrecision", .n(8)),
      ("quoteCommissionPrecision", .n(8)), ("orderTypes", .list(words.map { .s($0) })), ("icebergAllowed", .b(false)),
      ("ocoAllowed", .b(false)), ("otoAllowed", .b(false)), ("quoteOrderQtyMarketAllowed", .b(true)),
      ("allowTrailingStop", .b(false)), ("cancelReplaceAllowed", .b(true)), ("amendAllowed", .b(true)),
      ("isSpotTradingAllowed", .b(true)), ("isMarginTradingAllowed", .b(false)), ("filters", .list(filters(index))),
      ("permissions", .list([])), ("permissionSets", .list([.list([.s("SPOT")])])),
      ("defaultSelfTradePreventionMode", .s("EXPIRE_MAKER")),
      (
        "allowedSelfTradePreventionModes",
        .list(["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"].map { .s($0) })
      ),
    ])
  }

  private func filters(_ index: Int) -> [JSONValue] {
    let rules = exchange.markets[index].rules
    let up = fixed(100_000_000 + rules.band, -8, places: 4)
    let down = fixed(100_000_000 - rules.band, -8, places: 4)
    func quantity(_ value: Int64) -> JSONValue { .s(self.quantity(index, value)) }
    func price(_ value: Int64) -> JSONValue { .s(self.price(index, value)) }
    return [
      .make([
        ("filterType", "PRICE_FILTER"), ("minPrice", price(rules.tick)), ("maxPrice", .s("1000000.00000000")),
        ("tickSize", price(rules.tick)),
      ]),
      .make([
        ("filterType", "LOT_SIZE"), ("minQty", quantity(rules.minQuantity)), ("maxQty", quantity(rules.maxQuantity)),
        ("stepSize", quantity(rules.lot)),
      ]),
      .make([
        ("filterType", "PERCENT_PRICE_BY_SIDE"), ("bidMultiplierUp", .s(up)), ("bidMultiplierDown", .s(down)),
        ("askMultiplierUp", .s(up)), ("askMultiplierDown", .s(down)), ("avgPriceMins", .n(0)),
      ]),
      .make([
        ("filterType", "NOTIONAL"), ("minNotional", .s(money(rules.minNotional))), ("applyMinToMarket", .b(true)),
        ("maxNotional", .s("9000000.00000000")), ("applyMaxToMarket", .b(false)), ("avgPriceMins", .n(0)),
      ]),
      .make([("filterType", "MAX_NUM_ORDERS"), ("maxNumOrders", .n(exchange.style.mostOpenOrders))]),
    ]
  }
}
