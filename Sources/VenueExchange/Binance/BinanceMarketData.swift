import Decimals
import JSONTree
import Matching
import Venue

/// What public requests weigh, which is all that differs between spot and futures.
struct MarketDataWeights {
  var info: Int
  /// Of a depth snapshot, by levels: up to so many cost so much.
  var depth: [(levels: Int64, weight: Int)]
  var trades: Int
  var aggregateTrades: Int
  var klines: Int
  /// Of one symbol, and of all.
  var dayTicker: (one: Int, all: Int)
  var priceTicker: (one: Int, all: Int)

  static let spot = MarketDataWeights(
    info: 20, depth: [(100, 5), (500, 25), (1000, 50), (5000, 250)], trades: 25, aggregateTrades: 4, klines: 2,
    dayTicker: (2, 80), priceTicker: (2, 4))
  static let futures = MarketDataWeights(
    info: 1, depth: [(50, 2), (100, 5), (500, 10), (1000, 20)], trades: 5, aggregateTrades: 20, klines: 5,
    dayTicker: (1, 40), priceTicker: (1, 2))

  func depth(_ levels: Int64) -> Int { depth.first { levels <= $0.levels }?.weight ?? depth.last?.weight ?? 1 }
}

/// Public data. Sources: "Market data endpoints", "General endpoints", "WebSocket Streams" of the spot documentation,
/// and the pages of the same names of the futures documentation.
extension BinanceVenue {
  /// - Parameter prefix: `/api/v3` or `/fapi/v1`.
  func registerMarketData(_ prefix: String, _ weights: MarketDataWeights, mostLevels: Int) {
    add("GET \(prefix)/ping", .open, 1) { _ in .make([]) }
    add("GET \(prefix)/time", .open, 1) { [unowned self] _ in .make([("serverTime", .n(milliseconds))]) }
    add("GET \(prefix)/exchangeInfo", .open, weights.info) { [unowned self] call throws(BinanceError) in
      try exchangeInfo(call.parameters)
    }
    add("GET \(prefix)/depth", .open, { weights.depth($0.integer("limit") ?? 100) }) {
      [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      let count = try limit(call, usual: exchange.style.isPerpetual ? 500 : 100, most: mostLevels)
      let book = exchange.markets[market].book
      let times: [(String, JSONValue)] =
        exchange.style.isPerpetual ? [("E", .n(milliseconds)), ("T", .n(milliseconds))] : []
      return .make(
        [("lastUpdateId", .n(book.sequence))] + times + [
          ("bids", side(market, book.bids, count)),
          ("asks", side(market, book.asks, count)),
        ])
    }
    for name in ["trades", "historicalTrades"] {
      add("GET \(prefix)/\(name)", .open, weights.trades) { [unowned self] call throws(BinanceError) in
        let market = try market(call.parameters)
        return .list(try someTrades(call, market).map { publicTrade($0) })
      }
    }
    add("GET \(prefix)/aggTrades", .open, weights.aggregateTrades) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      return .list(try someTrades(call, market).map { aggregateTrade($0) })
    }
    add("GET \(prefix)/klines", .open, weights.klines) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      return .list(klines(market, minutes: 1, most: try limit(call, usual: 500, most: 1000)))
    }
    registerTickers(prefix, weights)
  }

  private func registerTickers(_ prefix: String, _ weights: MarketDataWeights) {
    add(
      "GET \(prefix)/ticker/24hr", .open,
      { $0["symbol"] == nil && $0["symbols"] == nil ? weights.dayTicker.all : weights.dayTicker.one }
    ) {
      [unowned self] call throws(BinanceError) in
      try each(call) { ticker($0) }
    }
    add(
      "GET \(prefix)/ticker/price", .open, { $0["symbol"] == nil ? weights.priceTicker.all : weights.priceTicker.one }
    ) {
      [unowned self] call throws(BinanceError) in
      try each(call) {
        .make([
          ("symbol", .s(exchange.markets[$0].rules.market.symbol)), ("price", .s(price($0, exchange.markets[$0].last))),
        ])
      }
    }
    add(
      "GET \(prefix)/ticker/bookTicker", .open,
      { $0["symbol"] == nil ? weights.priceTicker.all : weights.priceTicker.one }
    ) {
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

  // MARK: Lists

  func limit(_ call: Call, usual: Int, most: Int) throws(BinanceError) -> Int {
    guard call.parameters.has("limit") else { return usual }
    guard let limit = call.parameters.integer("limit"), limit > 0 else { throw .malformed("limit") }
    return min(Int(limit), most)
  }

  /// One market as an object, or all, or those of `symbols`, as a list.
  func each(_ call: Call, _ make: (Int) -> JSONValue) throws(BinanceError) -> JSONValue {
    if call.parameters["symbol"] != nil { return make(try market(call.parameters)) }
    return .list(try symbols(call.parameters).map(make))
  }

  /// `symbols=["BTCUSDT","ETHUSDT"]`, or all.
  func symbols(_ parameters: Parameters) throws(BinanceError) -> [Int] {
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
    if let id = call.parameters.integer("fromId") {
      return Array(trades.filter { $0.id >= UInt64(max(0, id)) }.prefix(count))
    }
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
        + [("T", Self.ms(trade.time)), ("m", .b(trade.side == .sell))]
        + (exchange.style.isPerpetual ? (isAggregate ? [] : [("X", "MARKET")]) : [("M", .b(true))]))
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
}
