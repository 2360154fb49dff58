import Decimals
import JSONTree
import Matching

/// Public REST. Sources: "Get system time", "Get instruments", "GET / Tickers", "GET / Ticker", "GET / Order book",
/// "GET / Trades".
extension OKXVenue {
  func registerPublic() {
    add("GET /api/v5/public/time", .open, 10) { [unowned self] _ in
      Answer(data: [.make([("ts", .s(String(milliseconds)))])])
    }
    add("GET /api/v5/public/instruments", .open, 20) { [unowned self] call throws(OKXError) in
      try checkType(call, isNeeded: true)
      return Answer(data: try chosen(call).map { instrument($0) })
    }
    add("GET /api/v5/market/tickers", .open, 20) { [unowned self] call throws(OKXError) in
      try checkType(call, isNeeded: true)
      return Answer(data: try chosen(call).map { ticker($0) })
    }
    add("GET /api/v5/market/ticker", .open, 20) { [unowned self] call throws(OKXError) in
      Answer(data: [ticker(try market(call.parameters))])
    }
    add("GET /api/v5/market/books", .open, 40) { [unowned self] call throws(OKXError) in
      let market = try market(call.parameters)
      let depth = call.parameters["sz"] == nil ? 1 : call.parameters.integer("sz") ?? 0
      guard (1...Int64(OKXBook.depth)).contains(depth) else { throw .malformed("sz") }
      let book = published[market]
      return Answer(data: [
        .make([
          ("asks", levels(market, book.asks.prefix(Int(depth)))),
          ("bids", levels(market, book.bids.prefix(Int(depth)))), ("ts", .s(String(milliseconds))),
          ("seqId", .n(book.sequence)),
        ])
      ])
    }
    add("GET /api/v5/market/trades", .open, 100) { [unowned self] call throws(OKXError) in
      let market = try market(call.parameters)
      let count = call.parameters["limit"] == nil ? 100 : call.parameters.integer("limit") ?? 0
      guard (1...500).contains(count) else { throw .malformed("limit") }
      return Answer(data: exchange.markets[market].trades.suffix(Int(count)).reversed().map { written($0) })
    }
  }

  /// The instruments of the type and the name that are asked for.
  private func chosen(_ call: Call) throws(OKXError) -> [Int] {
    guard isOfType(call) else { return [] }
    return call.parameters["instId"] == nil ? Array(exchange.markets.indices) : [try market(call.parameters)]
  }

  private func instrument(_ index: Int) -> JSONValue {
    let rules = exchange.markets[index].rules
    let market = rules.market
    let most = JSONValue.s(size(index, rules.maxQuantity))
    let members: [(String, JSONValue)] = [
      ("instType", .s(instrumentType)), ("instId", .s(market.symbol)), ("instIdCode", .n(firstCode + index)),
      ("uly", contract(Self.index(market))), ("instFamily", contract(Self.index(market))),
      ("baseCcy", isPerpetual ? "" : .s(market.base)), ("quoteCcy", isPerpetual ? "" : .s(market.quote)),
      ("settleCcy", contract(market.quote)), ("ctVal", contract(market.contractSize.plain)), ("ctMult", contract("1")),
      ("ctValCcy", contract(market.base)), ("ctType", contract("linear")),
      ("lever", contract(String(market.maxLeverage))), ("optType", ""), ("stk", ""), ("alias", ""),
      ("category", "1"), ("listTime", "1548133413000"), ("expTime", ""),
      ("tickSz", .s(market.tick.plain)), ("lotSz", .s(size(index, rules.lot))),
      ("minSz", .s(size(index, rules.minQuantity))), ("maxLmtSz", most), ("maxMktSz", most), ("ruleType", "normal"),
      ("groupId", "1"), ("state", .s(isInMaintenance ? "suspend" : "live")),
    ]
    return .make(members)
  }

  /// What only perpetuals have.
  private func contract(_ text: String) -> JSONValue { isPerpetual ? .s(text) : "" }

  // MARK: What the channels of the same names push

  /// Empty texts say "none".
  func ticker(_ index: Int) -> JSONValue {
    let state = exchange.markets[index]
    let best = BestPrices(state.book)
    let day = state.day.summary(at: clock)
    func side(_ price: Int64, _ quantity: Int64) -> (JSONValue, JSONValue) {
      price > 0 ? (.s(self.price(index, price)), .s(size(index, quantity))) : ("", "")
    }
    let (ask, bid) = (side(best.ask, best.askQuantity), side(best.bid, best.bidQuantity))
    // Base and quote, or contracts and base.
    let base = amount(day?.base ?? 0)
    let contracts = Decimal64(base).map {
      Decimal64(mantissa: $0.mantissa, exponent: $0.exponent - contractExponent(index))
    }
    let members: [(String, JSONValue)] = [
      ("instType", .s(instrumentType)), ("instId", .s(state.rules.market.symbol)),
      ("last", .s(price(index, state.last))),
      ("lastSz", .s(size(index, state.trades.last?.quantity ?? 0))), ("askPx", ask.0), ("askSz", ask.1),
      ("bidPx", bid.0), ("bidSz", bid.1), ("open24h", .s(price(index, day?.open ?? state.last))),
      ("high24h", .s(price(index, day?.high ?? state.last))), ("low24h", .s(price(index, day?.low ?? state.last))),
      ("vol24h", .s(contracts?.plain ?? "0")), ("volCcy24h", .s(isPerpetual ? base : amount(day?.quote ?? 0))),
      ("sodUtc0", .s(price(index, day?.open ?? state.last))), ("sodUtc8", .s(price(index, day?.open ?? state.last))),
      ("ts", .s(String(milliseconds))),
    ]
    return .make(members)
  }

  /// `["411.8", "10", "0", "4"]`: price, size, a field of the past, and how many orders.
  func levels(_ market: Int, _ levels: some Sequence<OKXBook.Level>) -> JSONValue {
    .list(
      levels.map {
        .list([.s(price(market, $0.price)), .s(size(market, $0.quantity)), "0", .s(String($0.orders))])
      })
  }

  func written(_ trade: Trade) -> JSONValue {
    .make([
      ("instId", .s(exchange.markets[trade.market].rules.market.symbol)), ("tradeId", .s(String(trade.id))),
      ("px", .s(price(trade.market, trade.price))), ("sz", .s(size(trade.market, trade.quantity))),
      ("side", .s(Self.word(trade.side))), ("ts", Self.ms(trade.time)), ("count", "1"),
    ])
  }
}
