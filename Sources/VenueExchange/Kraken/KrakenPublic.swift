import Decimals
import JSONTree
import Matching

/// Public REST. Sources: "Get Server Time", "Get System Status", "Get Asset Info", "Get Tradable Asset Pairs", "Get
/// Ticker Information", "Get Order Book", "Get Recent Trades", "Get OHLC Data".
extension KrakenVenue {
  private func add(_ name: String, _ run: @escaping (Parameters) throws(KrakenError) -> JSONValue) {
    publicEndpoints[name] = run
  }

  func registerPublic() {
    add("Time") { [unowned self] _ in
      .make([("unixtime", .n(clock / Self.second)), ("rfc1123", .s(rfc3339(clock)))])
    }
    add("SystemStatus") { [unowned self] _ in
      .make([("status", .s(isInMaintenance ? "maintenance" : "online")), ("timestamp", .s(rfc3339(clock)))])
    }
    add("Assets") { [unowned self] _ in
      .make(
        exchange.assets.map { asset in
          (
            KrakenNames.asset(asset),
            .make([
              ("aclass", "currency"), ("altname", .s(KrakenNames.short(asset))), ("decimals", .n(8)),
              ("display_decimals", .n(5)), ("status", "enabled"),
            ])
          )
        })
    }
    add("AssetPairs") { [unowned self] parameters throws(KrakenError) in
      let markets = try chosen(parameters)
      return .make(markets.map { (KrakenNames.pair(exchange.markets[$0].rules.market), pairInfo($0)) })
    }
    add("Ticker") { [unowned self] parameters throws(KrakenError) in
      let markets = try chosen(parameters)
      return .make(markets.map { (KrakenNames.pair(exchange.markets[$0].rules.market), ticker($0)) })
    }
    add("Depth") { [unowned self] parameters throws(KrakenError) in
      let market = try market(parameters["pair"])
      let count = try count(parameters, usual: 100, most: 500)
      func side(_ levels: PriceLevels) -> JSONValue {
        .list(
          levels.levels.suffix(count).reversed().map {
            .list([.s(price(market, $0.price)), .s(volume(market, $0.total)), .n(clock / Self.second)])
          })
      }
      let book = exchange.markets[market].book
      let sides = JSONValue.make([("asks", side(book.asks)), ("bids", side(book.bids))])
      return .make([(KrakenNames.pair(exchange.markets[market].rules.market), sides)])
    }
    add("Trades") { [unowned self] parameters throws(KrakenError) in try recentTrades(parameters) }
    add("OHLC") { [unowned self] parameters throws(KrakenError) in try candles(parameters) }
  }

  /// Those of `pair`, separated by commas, or all.
  private func chosen(_ parameters: Parameters) throws(KrakenError) -> [Int] {
    guard let text = parameters["pair"] else { return Array(exchange.markets.indices) }
    var markets: [Int] = []
    for name in text.split(separator: ",") { markets.append(try market(String(name))) }
    return markets
  }

  private func count(_ parameters: Parameters, usual: Int, most: Int) throws(KrakenError) -> Int {
    guard parameters["count"] != nil else { return usual }
    guard let count = parameters.integer("count"), count > 0 else { throw .invalid("count") }
    return min(Int(count), most)
  }

  // MARK: Texts

  func price(_ market: Int, _ mantissa: Int64) -> String {
    let exponent = exchange.markets[market].rules.priceExponent
    return fixed(mantissa, exponent, places: Int(-exponent))
  }

  func volume(_ market: Int, _ mantissa: Int64) -> String {
    fixed(mantissa, exchange.markets[market].rules.quantityExponent, places: 8)
  }

  /// Seconds with four places, as times of orders and trades are written.
  func seconds(_ nanoseconds: Int64) -> JSONValue { .n(fixed(Int128(nanoseconds / 1000), places: 6)) }

  // MARK: Entries

  private func pairInfo(_ index: Int) -> JSONValue {
    let rules = exchange.markets[index].rules
    let market = rules.market
    func fees(_ rate: Int64) -> JSONValue { .list([.list([.n(0), .n(fixed(Int128(rate), places: 6))])]) }
    return .make([
      ("altname", .s(KrakenNames.short(market))), ("wsname", .s(KrakenNames.socket(market))),
      ("aclass_base", "currency"), ("base", .s(KrakenNames.asset(market.base))), ("aclass_quote", "currency"),
      ("quote", .s(KrakenNames.asset(market.quote))), ("lot", "unit"), ("cost_decimals", .n(5)),
      ("pair_decimals", .n(-rules.priceExponent)), ("lot_decimals", .n(8)), ("lot_multiplier", .n(1)),
      ("leverage_buy", .list([])), ("leverage_sell", .list([])), ("fees", fees(rules.takerFee)),
      ("fees_maker", fees(rules.makerFee)), ("fee_volume_currency", "ZUSD"), ("margin_call", .n(80)),
      ("margin_stop", .n(40)), ("ordermin", .s(market.minQuantity.plain)), ("costmin", .s(market.minNotional.plain)),
      ("tick_size", .s(market.tick.plain)), ("status", "online"),
    ])
  }

  private func ticker(_ index: Int) -> JSONValue {
    let state = exchange.markets[index]
    let best = BestPrices(state.book)
    let day = state.day.summary(at: clock)
    func twice(_ text: String) -> JSONValue { .list([.s(text), .s(text)]) }
    let volume = money(day?.base ?? 0)
    return .make([
      ("a", .list([.s(price(index, best.ask)), .s("1"), .s(self.volume(index, best.askQuantity))])),
      ("b", .list([.s(price(index, best.bid)), .s("1"), .s(self.volume(index, best.bidQuantity))])),
      ("c", .list([.s(price(index, state.last)), .s(self.volume(index, state.trades.last?.quantity ?? 0))])),
      ("v", twice(volume)), ("p", twice(price(index, state.last))),
      ("t", .list([.n(state.tradeCount), .n(state.tradeCount)])), ("l", twice(price(index, day?.low ?? state.last))),
      ("h", twice(price(index, day?.high ?? state.last))), ("o", .s(price(index, day?.open ?? state.last))),
    ])
  }

  private func recentTrades(_ parameters: Parameters) throws(KrakenError) -> JSONValue {
    let market = try market(parameters["pair"])
    let count = try count(parameters, usual: 1000, most: 1000)
    var trades = exchange.markets[market].trades
    if let text = parameters["since"], let since = Decimal64(text) {
      // Nanoseconds, or seconds where the number is small.
      let isShort = since < Decimal64(100_000_000_000)
      let nanoseconds = since.mantissa(at: isShort ? -9 : 0) ?? 0
      trades = Array(trades.filter { $0.time > nanoseconds }.prefix(count))
    } else {
      trades = trades.suffix(count)
    }
    let rows = trades.map { trade in
      JSONValue.list([
        .s(price(market, trade.price)), .s(volume(market, trade.quantity)), seconds(trade.time),
        .s(trade.side == .buy ? "b" : "s"), .s(trade.byMarket ? "m" : "l"), .s(""), .n(trade.id),
      ])
    }
    return .make([
      (KrakenNames.pair(exchange.markets[market].rules.market), .list(rows)),
      ("last", .s(String(trades.last?.time ?? clock))),
    ])
  }

  private func candles(_ parameters: Parameters) throws(KrakenError) -> JSONValue {
    let market = try market(parameters["pair"])
    let minutes = parameters["interval"] == nil ? 1 : parameters.integer("interval") ?? 0
    guard [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600].contains(minutes) else { throw .invalid("interval") }
    let span = 60 * minutes * Self.second
    var candles: [[Trade]] = []
    for trade in exchange.markets[market].trades {
      if let first = candles.last?.first, first.time / span == trade.time / span {
        candles[candles.count - 1].append(trade)
      } else {
        candles.append([trade])
      }
    }
    let rows = candles.map { candle in
      let prices = candle.map(\.price)
      return JSONValue.list([
        .n(candle[0].time / span * span / Self.second), .s(price(market, candle[0].price)),
        .s(price(market, prices.max() ?? 0)), .s(price(market, prices.min() ?? 0)),
        .s(price(market, candle[candle.count - 1].price)), .s(price(market, candle[0].price)),
        .s(volume(market, candle.reduce(0) { $0 + $1.quantity })), .n(candle.count),
      ])
    }
    return .make([
      (KrakenNames.pair(exchange.markets[market].rules.market), .list(rows)), ("last", .n(clock / Self.second)),
    ])
  }
}
