import CPatchbay

public enum TradeField: Sendable {
  case symbol, price, quantity, side
  /// A quantity below zero: the taker sold.
  case signedQuantity
  /// The side of the order that rested, where the exchange names that one.
  case makerSide
  /// Whether the buyer's order rested: then the taker sold.
  case buyerRested
  /// An id, and one that counts: then a snapshot of recent trades repeats none.
  case id, number
  /// Time in milliseconds, in seconds, in micro- and in nanoseconds, and as RFC 3339 has it.
  case time, seconds, microseconds, nanoseconds, isoTime
}

/// One public trade as it was read.
struct PublicTrade {
  /// Number of its market: -1 for one that was never listed, nil where the entry names none.
  var market: Int?
  var id = JSONText()
  var number: UInt64 = 0
  var (price, quantity, time) = (Int64(0), Int64(0), Int64(0))
  var side = Side.none
}

extension ExchangeConnector {
  /// Reads a list of trades and reports those that are wanted, each entry by itself: one that cannot be read spoils no
  /// other.
  /// - Parameters:
  ///   - market: of all of them; nil where each names its own.
  ///   - isSnapshot: they are the most recent ones in any order, of which those that are new are reported.
  ///   - isNewestFirst: they are new, and come in another order than they happened.
  /// - Returns: `.parse` when one could not be read.
  public final func trades(
    _ json: inout JSONScanner, _ table: FieldTable<TradeField>, _ stream: pb_id, of market: Market? = nil,
    isSnapshot: Bool = false, isNewestFirst: Bool = false
  ) -> Status {
    unsorted.removeAll(keepingCapacity: true)
    var status = Status.ok
    json.enterArray()
    while json.nextElement() {
      var entry = json.entry()
      guard json.isValid else { break }
      let trade = read(&entry, table, market, stream)
      guard entry.isValid else {
        status = misread(trade.market, .trades, stream)
        continue
      }
      if isSnapshot || isNewestFirst { unsorted.append(trade) } else { report(trade, isBackfill: false) }
    }
    unsorted.sort { $0.number < $1.number }
    for trade in unsorted { report(trade, isBackfill: isSnapshot) }
    return json.isValid ? status : misread(market?.number, .trades, stream)
  }

  /// Reads one trade and reports it, where it is wanted.
  /// - Parameters:
  ///   - market: that it is of; nil where the trade names it.
  ///   - isBackfill: it happened before the subscription.
  /// - Returns: `.parse` when it could not be read.
  public final func trade(
    _ json: inout JSONScanner, _ table: FieldTable<TradeField>, _ stream: pb_id, of market: Market? = nil,
    isBackfill: Bool = false
  ) -> Status {
    let trade = read(&json, table, market, stream)
    guard json.isValid else { return misread(trade.market, .trades, stream) }
    report(trade, isBackfill: isBackfill)
    return .ok
  }

  /// An entry that may be of this market could not be read.
  final func misread(_ number: Int?, _ channels: Channels, _ stream: pb_id) -> Status {
    guard let number, number >= 0 else { return misread(stream: stream, channels) }
    return misread(markets[number], channels)
  }

  private func read(
    _ json: inout JSONScanner, _ table: FieldTable<TradeField>, _ known: Market?, _ stream: pb_id
  ) -> PublicTrade {
    var trade = PublicTrade()
    trade.market = known?.number
    var (price, quantity): (JSONMark?, JSONMark?)
    var isSigned = false
    json.fields(table) { field, json in
      switch field {
      case .symbol:
        guard known == nil else { return false }
        trade.market = self.market(json.string(), on: stream)
      case .price: price = json.passed()
      case .quantity: quantity = json.passed()
      case .signedQuantity:
        quantity = json.passed()
        isSigned = true
      case .side: trade.side = vocabulary.side(json.scalar())
      case .makerSide: trade.side = vocabulary.side(json.scalar()).other
      case .buyerRested: trade.side = json.boolean() ? .sell : .buy
      case .id: trade.id = json.scalar()
      case .number:
        var number = json.mark.scanner()
        trade.id = json.scalar()
        trade.number = number.unsigned()
        if !number.isValid { json.fail() }
      case .time: trade.time = json.milliseconds()
      case .seconds: trade.time = json.seconds()
      case .microseconds: trade.time = json.microseconds()
      case .nanoseconds: trade.time = json.nanoseconds()
      case .isoTime: trade.time = json.timestamp()
      }
      return true
    }
    guard let number = trade.market else {
      json.fail()
      return trade
    }
    guard json.isValid, number >= 0 else { return trade }
    let market = markets[number]
    trade.price = json.fixed(at: price, market.writtenExponent)
    let counted = json.fixed(at: quantity, market.contractExponent)
    if isSigned { trade.side = counted < 0 ? .sell : .buy }
    trade.quantity = market.base(isSigned && counted < 0 ? 0 &- counted : counted) ?? 0
    if trade.side == .none || trade.price <= 0 || trade.quantity <= 0 { json.fail() }
    return trade
  }

  private func report(_ trade: PublicTrade, isBackfill: Bool) {
    guard let number = trade.market, number >= 0 else { return }
    let market = markets[number]
    guard isWanted(market, .trades), !isBackfill || trade.number == 0 || trade.number > market.lastTrade else { return }
    market.lastTrade = max(market.lastTrade, trade.number)
    out.trade(
      instrument: market.id, id: trade.id, price: trade.price, quantity: trade.quantity, taker: trade.side,
      time: trade.time, backfill: isBackfill)
  }
}

extension JSONScanner {
  /// Goes past the value at hand; gives where it stands.
  @inlinable
  public mutating func passed() -> JSONMark {
    let start = mark
    skip()
    return start
  }

  /// A number that was passed, at an exponent. Fails where there is none.
  public mutating func fixed(at mark: JSONMark?, _ exponent: Int32) -> Int64 {
    guard var number = mark?.scanner() else {
      fail()
      return 0
    }
    let value = number.fixed(exponent)
    if !number.isValid { fail() }
    return value
  }
}
