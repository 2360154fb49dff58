import Decimals
import JSONTree
import Matching

/// Perpetuals: positions, leverage, modes, marks and funding. Sources: "Get positions", "Positions channel", "Set
/// leverage", "Get leverage", "Set position mode", "Get bills details (last 3 months)", "Get funding rate", "Get mark
/// price", "Get index tickers" and the channels of these names.
extension OKXVenue {
  func registerPerpetual() {
    add("GET /api/v5/account/positions", .signed, 10) { [unowned self] call throws(OKXError) in
      guard isOfType(call) else { return Answer(data: []) }
      let market = call.parameters["instId"] == nil ? nil : try market(call.parameters)
      return Answer(data: positions(call.account).filter { market == nil || $0.market == market }.map { position($0) })
    }
    add("GET /api/v5/account/leverage-info", .signed, 20) { [unowned self] call throws(OKXError) in
      let market = try market(call.parameters)
      guard call.parameters["mgnMode"] != nil else { throw .missing("mgnMode") }
      return Answer(data: [leverage(call.account, market)])
    }
    add("POST /api/v5/account/set-leverage", .signed, 20) { [unowned self] call throws(OKXError) in
      try setLeverage(Parameters(call.items.first), call.account)
    }
    add("POST /api/v5/account/set-position-mode", .signed, 5) { [unowned self] call throws(OKXError) in
      try setPositionMode(Parameters(call.items.first), call.account)
    }
    for (name, limit) in [("bills", 5), ("bills-archive", 5)] {
      add("GET /api/v5/account/\(name)", .signed, limit) { [unowned self] call throws(OKXError) in try bills(call) }
    }
    add("GET /api/v5/public/funding-rate", .open, 10) { [unowned self] call throws(OKXError) in
      Answer(data: [fundingRate(try market(call.parameters))])
    }
    add("GET /api/v5/public/mark-price", .open, 10) { [unowned self] call throws(OKXError) in
      let market = call.parameters["instId"] == nil ? nil : try market(call.parameters)
      return Answer(data: (market.map { [$0] } ?? Array(exchange.markets.indices)).map { markPrice($0) })
    }
    add("GET /api/v5/market/index-tickers", .open, 20) { [unowned self] call throws(OKXError) in
      guard let name = call.parameters["instId"] else { throw .missing("instId") }
      guard let market = market(index: name) else { throw .noInstrument }
      return Answer(data: [indexTicker(market)])
    }
  }

  func market(index name: String) -> Int? { exchange.markets.firstIndex { Self.index($0.rules.market) == name } }
  static func index(_ market: VenueMarket) -> String { "\(market.base)-\(market.quote)" }

  // MARK: Positions

  struct Place {
    let account: Participant
    let market: Int
    let side: PositionSide
  }

  /// Those that are not empty.
  func positions(_ account: Participant) -> [Place] {
    exchange.markets.indices.flatMap { market in
      PositionSide.allCases.filter { exchange.position(account, market, $0).quantity != 0 }
        .map { Place(account: account, market: market, side: $0) }
    }
  }

  /// In hedge mode `pos` has no sign.
  func position(_ place: Place) -> JSONValue {
    let position = exchange.position(place.account, place.market, place.side)
    let state = exchange.markets[place.market]
    let margin = exchange.parts(of: place.account, place.market, position)
    let value = exchange.markValue(place.market, Amount(position.quantity))
    let quantity = place.side == .both ? position.quantity : abs(position.quantity)
    let isOpen = position.quantity != 0
    let entry = isOpen ? Decimal64(money: position.cost * unit / state.rules.amount(position.quantity)).plain : ""
    let id = 1_753_324_800_000 + place.market * PositionSide.allCases.count + place.side.rawValue
    return .make([
      ("instType", .s(instrumentType)), ("instId", .s(state.rules.market.symbol)), ("mgnMode", "cross"),
      ("posId", .s(String(id))), ("posSide", .s(Self.word(place.side))), ("pos", .s(size(place.market, quantity))),
      ("availPos", .s(size(place.market, quantity))), ("avgPx", .s(entry)),
      ("upl", .s(isOpen ? amount(value - position.cost) : "")), ("realizedPnl", .s(amount(position.realized))),
      ("lever", .s(String(exchange.leverage(place.account, place.market)))), ("liqPx", ""),
      ("markPx", .s(price(place.market, state.funding.mark))), ("imr", .s(amount(margin.initial))),
      ("mmr", .s(amount(margin.maintenance))), ("margin", ""), ("ccy", .s(state.rules.market.quote)),
      ("last", .s(price(place.market, state.last))), ("adl", "1"), ("cTime", Self.ms(position.updated)),
      ("uTime", Self.ms(position.updated)),
    ])
  }

  // MARK: Settings

  private func leverage(_ account: Participant, _ market: Int) -> JSONValue {
    .make([
      ("instId", .s(exchange.markets[market].rules.market.symbol)), ("mgnMode", "cross"), ("posSide", "net"),
      ("lever", .s(String(exchange.leverage(account, market)))),
    ])
  }

  private func setLeverage(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> Answer {
    let market = try market(parameters)
    guard parameters["mgnMode"] == "cross" else { throw .malformed("mgnMode") }
    guard let leverage = parameters.integer("lever") else { throw .malformed("lever") }
    do throws(Refusal) {
      try exchange.setLeverage(account, market, leverage)
    } catch {
      guard error == .funds else {
        throw OKXError(59102, "Leverage exceeds the maximum limit. Please lower the leverage.")
      }
      throw OKXError(
        59108, "Your account leverage is too low and has insufficient margins. Please increase the leverage.")
    }
    return Answer(data: [self.leverage(account, market)])
  }

  private func setPositionMode(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> Answer {
    guard let mode = parameters["posMode"] else { throw .missing("posMode") }
    guard ["net_mode", "long_short_mode"].contains(mode) else { throw .malformed("posMode") }
    let isHedged = mode == "long_short_mode"
    let isIdle = exchange.state(account).live.isEmpty && positions(account).isEmpty
      && !algos.contains { $0.request.account == account && $0.state == .live }
    guard isIdle || exchange.state(account).isHedged == isHedged else {
      throw OKXError(59000, "Settings failed. Close any open positions or orders before modifying settings.")
    }
    exchange.change(account) { $0.isHedged = isHedged }
    return Answer(data: [.make([("posMode", .s(mode))])])
  }

  /// Funding is of type 8; trades of accounts stand among their fills.
  private func bills(_ call: Call) throws(OKXError) -> Answer {
    guard isOfType(call), [nil, "8"].contains(call.parameters["type"]) else { return Answer(data: []) }
    let page = try Page(call.parameters, begin: "begin", end: "end")
    let some = exchange.state(call.account).payments.reversed().lazy.filter {
      page.holds($0.id, at: $0.time / Self.millisecond)
    }
    return Answer(
      data: some.prefix(page.limit).map { payment in
        let rules = exchange.markets[payment.market].rules
        return .make([
          ("billId", .s(String(payment.id))), ("instId", .s(rules.market.symbol)), ("instType", .s(instrumentType)),
          ("type", "8"), ("subType", payment.amount < 0 ? "173" : "174"), ("ccy", .s(rules.market.quote)),
          ("balChg", .s(amount(payment.amount))), ("pnl", .s(amount(payment.amount))), ("fee", "0"),
          ("mgnMode", "cross"), ("ts", Self.ms(payment.time)),
        ])
      })
  }

  // MARK: Marks

  func fundingRate(_ market: Int) -> JSONValue {
    let state = exchange.markets[market]
    return .make([
      ("instType", .s(instrumentType)), ("instId", .s(state.rules.market.symbol)), ("method", "current_period"),
      ("fundingRate", .s(Decimal64(mantissa: state.funding.rate, exponent: -8).plain)), ("nextFundingRate", ""),
      ("fundingTime", Self.ms(state.funding.next)),
      ("nextFundingTime", Self.ms(state.funding.next + exchange.fundingInterval)),
      ("ts", .s(String(milliseconds))),
    ])
  }

  func markPrice(_ market: Int) -> JSONValue {
    let state = exchange.markets[market]
    return .make([
      ("instType", .s(instrumentType)), ("instId", .s(state.rules.market.symbol)),
      ("markPx", .s(price(market, state.funding.mark))), ("ts", .s(String(milliseconds))),
    ])
  }

  func indexTicker(_ market: Int) -> JSONValue {
    let state = exchange.markets[market]
    return .make([
      ("instId", .s(Self.index(state.rules.market))), ("idxPx", .s(price(market, state.funding.index))),
      ("ts", .s(String(milliseconds))),
    ])
  }
}
