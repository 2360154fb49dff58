import CPatchbay
import ConnectorKit

/// Public frames. Sources: AlphaPoint APEX API, "SubscribeLevel2", "SubscribeTrades", "SubscribeLevel1": replies and
/// events have one form.
extension AlphaPointExchange {
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = ProcedureFrame(frame) else { return .parse }
    let body = head.body(embedded)
    switch head.name {
    // An error says nothing of a market, whatever stands in it.
    case "Level2UpdateEvent" where head.isError, "TradeDataUpdateEvent" where head.isError,
      "Level1UpdateEvent" where head.isError:
      return .parse
    case "Level2UpdateEvent": return book(body, nil, frame)
    case "TradeDataUpdateEvent": return trades(body, isBackfill: false)
    case "Level1UpdateEvent": return level1(body, stream)
    case "SubscribeLevel2", "SubscribeTrades", "SubscribeLevel1":
      return subscribed(head, body, frame, stream)
    case "UnsubscribeLevel2", "UnsubscribeTrades", "UnsubscribeLevel1":
      acknowledged(
        head.id, channel: "S" + head.name.text.dropFirst(3), isUnsubscribe: true, refusal(head, body) ?? .confirmed)
    case "Ping": break
    default: return .unsupported
    }
    return .ok
  }

  /// The reply to a subscription brings what there is.
  private func subscribed(_ head: ProcedureFrame, _ body: Body, _ frame: Body, _ stream: pb_id) -> Status {
    let refused = refusal(head, body)
    let topic = acknowledged(
      head.id, channel: head.name.text, isUnsubscribe: false, refused ?? .confirmed)
    guard refused == nil else { return .ok }
    let market = topic.map { markets[$0.market] }
    switch head.name {
    case "SubscribeLevel2": return book(body, market, frame, isSnapshot: true)
    case "SubscribeTrades": return trades(body, isBackfill: true)
    default: return level1(body, stream)
    }
  }

  private func level1(_ body: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(body)
    guard ticker(&json, Self.level1, stream) == .ok, json.isValid else { return .parse }
    return .ok
  }

  /// "SubscribeLevel1". Its session is the day since midnight, while the volumes are of 24 hours: only these are taken.
  /// `BidQty` and `AskQty` stand as zero beside prices that are there, so that they say nothing.
  private static let level1 = FieldTable<TickerField>([
    "InstrumentId": .symbol, "BestBid": .bid, "BestOffer": .ask, "LastTradedPx": .last,
    "LastTradedQty": .lastQuantity, "Rolling24HrVolume": .baseVolume, "Rolling24HrNotional": .quoteVolume,
    "TimeStamp": .time,
  ])

  // MARK: Trades

  /// `[[id, instrument, quantity, price, order, order, milliseconds, direction, taker's side, block trade, client id]]`
  private func trades(_ body: Body, isBackfill: Bool) -> Status {
    var json = JSONScanner(body)
    var touched: Market?
    json.elements { json in
      json.enterArray()
      let id = json.column()
      let name = json.column()
      guard name.isName else { return json.fail() }
      guard let market = market(named: name) else {
        while json.nextElement() { json.skip() }
        return
      }
      touched = market
      let trade = TradeRow(&json, market)
      guard json.isValid, trade.side != .none, trade.price > 0, trade.quantity > 0 else { return json.fail() }
      guard isWanted(market, .trades) else { return }
      out.trade(
        instrument: market.id, id: id, price: trade.price, quantity: trade.quantity, taker: trade.side,
        time: trade.time, backfill: isBackfill)
    }
    guard json.isComplete() else { return touched.map { misread($0, .trades) } ?? .parse }
    return .ok
  }

  /// What of a trade stands behind its instrument.
  private struct TradeRow {
    let quantity: Int64
    let price: Int64
    let time: Int64
    let side: Side

    @inline(__always)
    init(_ json: inout JSONScanner, _ market: Market) {
      quantity = json.nextElement() ? json.fixed(market.quantityExponent) : 0
      price = json.nextElement() ? json.fixed(market.priceExponent) : 0
      json.skipColumns(2)
      time = json.nextElement() ? json.milliseconds() : 0
      json.skipColumns(1)
      side = json.nextElement() ? json.side() : .none
      while json.nextElement() { json.skip() }
    }
  }

  // MARK: Books

  /// The rows of a book, of one instrument: `[[number, accounts, milliseconds, action, last price, orders, price,
  /// instrument, quantity, side]]`; the action is 0 new, 1 update, 2 delete.
  /// - Parameter market: of a reply; that of an event stands in its rows.
  func book(_ body: Body, _ asked: Market?, _ frame: Body, isSnapshot: Bool = false) -> Status {
    var json = JSONScanner(body)
    var known = asked
    switch firstRow(json.mark) {
    case .none: break
    case .unreadable: return asked.map { misread($0, .book) } ?? .parse
    case .row(let market): known = market ?? asked
    }
    guard let market = known else { return json.isWhole ? .ok : .parse }
    guard market.wantsBook else { return .ok }
    let rows = BookRows(&json, market, out)
    guard json.isComplete(), rows.isWhole else { return misread(market, .book) }
    // Within a message numbers follow on one another as they do between two: behind a hole none can be joined.
    let first = rows.hasHole ? rows.last : rows.first
    return book(
      market, isSnapshot: isSnapshot, first: first, last: rows.last, time: rows.time, bids: rows.bids,
      asks: rows.asks, frame: frame)
  }

  /// What the first of some rows says of whom they are.
  private enum FirstRow {
    /// There is no row.
    case none
    /// `nil`: of an instrument that is not known.
    case row(Market?)
    /// It names no instrument, or there are no rows at all: any book may be meant.
    case unreadable
  }

  private func firstRow(_ rows: JSONMark) -> FirstRow {
    var json = rows.scanner()
    json.enterArray()
    guard json.nextElement() else { return json.isValid ? .none : .unreadable }
    json.enterArray()
    for _ in 0..<7 {
      guard json.nextElement() else { return .unreadable }
      json.skip()
    }
    let name = json.column()
    guard json.isValid, name.isName else { return .unreadable }
    return .row(market(named: name))
  }

  private struct BookRows {
    private(set) var first = UInt64.max
    private(set) var last: UInt64 = 0
    private(set) var time: Int64 = 0
    private(set) var (bids, asks) = (pb_list(), pb_list())
    /// Rows read, each twice.
    private var count: UInt64 = 0
    private var isOfOther = false

    var isWhole: Bool { !isOfOther }
    var hasHole: Bool { count > 0 && last &- first >= count / 2 }

    @inline(__always)
    init(_ json: inout JSONScanner, _ market: Market, _ out: Output) {
      out.beginBook()
      let (prices, quantities) = (market.priceExponent, market.quantityExponent)
      let sides = out.sides(&json) { json in
        json.enterArray()
        let number = json.nextElement() ? json.unsigned() : 0
        json.skipColumns(1)
        let time = json.nextElement() ? json.milliseconds() : 0
        let action = json.nextElement() ? json.integer() : -1
        json.skipColumns(2)
        let price = json.nextElement() ? json.fixed(prices) : 0
        let instrument = json.column()
        let quantity = json.nextElement() ? json.fixed(quantities) : -1
        let side = json.nextElement() ? json.side() : .none
        while json.nextElement() { json.skip() }
        if !(0...2).contains(action) || price <= 0 || quantity < 0 { json.fail() }
        note(number, time)
        if !instrument.equals(market.symbol) { isOfOther = true }
        return (side, price, action == 2 ? 0 : quantity)
      }
      (bids, asks) = sides
      if count == 0 { first = 0 }
    }

    @inline(__always)
    private mutating func note(_ number: UInt64, _ time: Int64) {
      first = min(first, number)
      last = max(last, number)
      self.time = max(self.time, time)
      count &+= 1
    }
  }

  func rowMisfit(_ message: Body, _ market: Market) -> String? {
    let misfit = LevelMisfit(market, LevelMisfit.Shape(price: 6, quantity: 8))
    return misfit.words(ProcedureFrame(message)?.body(embedded) ?? message)
  }

  // MARK: By request

  func nameBook(_ market: Market, _ call: inout Call) {
    call.set("omsId", Int64(Self.oms))
    call.set("InstrumentId", market.symbol)
    call.set("Depth", Int64(Self.depth))
  }

  /// "GetL2Snapshot": the same rows.
  func bookOfRows(_ body: Body, _ market: Market) -> Status {
    var json = JSONScanner(body)
    let rows = BookRows(&json, market, out)
    guard json.isComplete(), rows.isWhole else { return .parse }
    snapshot(market, last: rows.last, time: rows.time, bids: rows.bids, asks: rows.asks, isInBand: false)
    return .ok
  }
}

extension JSONScanner {
  /// The text of the next element of a row; empty where there is none.
  @inline(__always)
  fileprivate mutating func column() -> JSONText { nextElement() ? scalar() : JSONText() }

  /// Steps over so many elements of a row.
  @inline(__always)
  fileprivate mutating func skipColumns(_ count: Int) {
    for _ in 0..<count { if nextElement() { skip() } }
  }

  /// 0 is buy, 1 is sell.
  @inline(__always)
  fileprivate mutating func side() -> Side {
    switch integer() {
    case 0: .buy
    case 1: .sell
    default: .none
    }
  }
}

extension JSONText {
  /// Whether it names something: exchanges that have nothing to say write `null` or leave it out.
  @inline(__always)
  fileprivate var isName: Bool { !isEmpty && self != "null" && self != "true" && self != "false" }

  /// Byte by byte; without an allocation.
  @inline(__always)
  fileprivate func equals(_ text: String) -> Bool { !isEscaped && bytes.elementsEqual(text.utf8) }
}
