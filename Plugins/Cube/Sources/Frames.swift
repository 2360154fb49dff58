import CPatchbay
import ConnectorKit

/// A market, and what has come of its snapshot so far.
public final class CubeMarket: Market {
  var (bids, asks): ([pb_level], [pb_level]) = ([], [])
  var nextChunk: UInt64 = 0
  /// Most levels of a snapshot that are kept until it is whole.
  static let most = 200_000

  func forgetChunks() {
    bids.removeAll(keepingCapacity: true)
    asks.removeAll(keepingCapacity: true)
    nextChunk = 0
  }
}

/// Public frames: `MdMessages` of `market_data.proto`.
extension CubeSpot {
  /// `ClientMessage` with a `Config` (2): market by price (1) and trades (3). It says all that is wanted, so that what
  /// is given up is what it does not say.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { feeds.channels[$0.channel].name }
    let (book, trades) = (isUnsubscribe && names.contains("mbp"), isUnsubscribe && names.contains("trades"))
    let config = (book ? "" : "\u{8}\u{1}") + (trades ? "" : "\u{18}\u{1}")
    // Nothing at all is said by a field that is false.
    let text = config.isEmpty ? "\u{8}\u{0}" : config
    return SealedText("\u{12}" + (text.utf8.count == 4 ? "\u{4}" : "\u{2}") + text)
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var (messages, status) = (ProtobufScanner(frame), Status.ok)
    while let field = messages.next() {
      guard field == 1 else { continue }
      let one = read(messages.message(), frame, stream)
      if status != .parse { status = one == .ok ? status : one }
    }
    return messages.isValid ? status : .parse
  }

  /// `MdMessage`: heartbeat 1, trades 3, mbp_snapshot 6, mbp_diff 7, market_id 9, market_status 10.
  private func read(_ message: ProtobufScanner, _ frame: Body, _ stream: pb_id) -> Status {
    var (message, number, kind) = (message, UInt64(0), UInt32(0))
    var data: ProtobufScanner?
    while let field = message.next() {
      switch field {
      case 9: number = message.unsigned()
      case 1, 3, 6, 7, 10: (kind, data) = (field, message.message())
      default: break
      }
    }
    guard message.isValid else { return .parse }
    guard let data else { return .unsupported }
    guard kind != 1 else { return .ok }
    guard let market = market(numbered: number) else { return .unsupported }
    switch kind {
    case 3: return trades(data, market)
    case 6: return snapshot(data, market, frame)
    case 7: return changes(data, market, frame)
    default: return status(data, market)
    }
  }

  // MARK: Books

  /// `MarketByPrice`: levels 1, chunk 2, num_chunks 3; a level has price 1, quantity 2, side 3, where 1 is an ask.
  private func snapshot(_ data: ProtobufScanner, _ market: CubeMarket, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    var (message, chunk, count) = (data, UInt64(0), UInt64(0))
    while let field = message.next() {
      switch field {
      case 2: chunk = message.unsigned()
      case 3: count = message.unsigned()
      default: break
      }
    }
    if chunk == 0 { market.forgetChunks() }
    guard message.isValid, count > 0, chunk == market.nextChunk, chunk < count else {
      market.forgetChunks()
      return misread(market, .book)
    }
    message = data
    while let field = message.next() {
      guard field == 1 else { continue }
      guard let level = Level(message.message()), market.bids.count + market.asks.count < CubeMarket.most else {
        market.forgetChunks()
        return misread(market, .book)
      }
      guard level.quantity > 0 else { continue }
      let one = pb_level(price: level.price, quantity: level.quantity)
      if level.isAsk { market.asks.append(one) } else { market.bids.append(one) }
    }
    guard chunk + 1 == count else {
      market.nextChunk = chunk + 1
      return .ok
    }
    out.beginBook()
    var (bids, asks) = (pb_list(), pb_list())
    for level in market.bids { out.level(price: level.price, quantity: level.quantity, to: &bids) }
    for level in market.asks { out.level(price: level.price, quantity: level.quantity, to: &asks) }
    market.forgetChunks()
    return book(market, isSnapshot: true, last: 0, time: 0, bids: bids, asks: asks, frame: frame)
  }

  /// `MarketByPriceDiff`: diffs 1, each a level with op 4: 1 removes, others set.
  private func changes(_ data: ProtobufScanner, _ market: CubeMarket, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    out.beginBook()
    var isRead = true
    let bids = levels(data, areAsks: false, &isRead)
    let asks = levels(data, areAsks: true, &isRead)
    guard isRead else { return misread(market, .book) }
    return book(market, last: 0, time: 0, bids: bids, asks: asks, frame: frame)
  }

  @inline(__always)
  private func levels(_ data: ProtobufScanner, areAsks: Bool, _ isRead: inout Bool) -> pb_list {
    var (message, list) = (data, pb_list())
    while let field = message.next() {
      guard field == 1 else { continue }
      guard let level = Level(message.message()) else {
        isRead = false
        return list
      }
      if level.isAsk == areAsks {
        out.level(price: level.price, quantity: level.isRemoved ? 0 : level.quantity, to: &list)
      }
    }
    if !message.isValid { isRead = false }
    return list
  }

  private struct Level {
    var (price, quantity) = (Int64(0), Int64(0))
    var (isAsk, isRemoved) = (false, false)

    @inline(__always)
    init?(_ data: ProtobufScanner) {
      var message = data
      var (side, op) = (UInt64(0), UInt64(2))
      while let field = message.next() {
        switch field {
        case 1: price = Int64(exactly: message.unsigned()) ?? -1
        case 2: quantity = Int64(exactly: message.unsigned()) ?? -1
        case 3: side = message.unsigned()
        case 4: op = message.unsigned()
        default: break
        }
      }
      guard message.isValid, price > 0, quantity >= 0, side <= 1, op <= 2 else { return nil }
      (isAsk, isRemoved) = (side == 1, op == 1)
    }
  }

  /// A number that 64 bits do not hold is named.
  public func misfit(_ message: Body, _ market: Market) -> String? {
    var messages = ProtobufScanner(message)
    while let field = messages.next() {
      guard field == 1 else { continue }
      var inner = messages.message()
      while let field = inner.next() {
        guard field == 6 || field == 7 else { continue }
        var data = inner.message()
        while let field = data.next() {
          guard field == 1 else { continue }
          var level = data.message()
          while let field = level.next() {
            guard field <= 2 else { continue }
            let value = level.unsigned()
            if Int64(exactly: value) == nil {
              return "a level's \(field == 1 ? "price" : "quantity") of \(value) does not fit 64 bits"
            }
          }
        }
      }
    }
    return nil
  }

  // MARK: Trades, state

  /// `Trades`: trades 1, each with tradeId 1, price 2, aggressing_side 3 (even ones bought), fill_quantity 5,
  /// transact_time 6, in nanoseconds. Those of one event share their id.
  private func trades(_ data: ProtobufScanner, _ market: CubeMarket) -> Status {
    var (message, status) = (data, Status.ok)
    while let field = message.next() {
      guard field == 1 else { continue }
      var trade = message.message()
      var (id, price, quantity, side, time) = (UInt64(0), Int64(0), Int64(0), UInt64(0), Int64(0))
      while let field = trade.next() {
        switch field {
        case 1: id = trade.unsigned()
        case 2: price = Int64(exactly: trade.unsigned()) ?? -1
        case 3: side = trade.unsigned()
        case 5: quantity = Int64(exactly: trade.unsigned()) ?? -1
        case 6: time = Int64(exactly: trade.unsigned()) ?? 0
        default: break
        }
      }
      guard trade.isValid, price > 0, quantity > 0, side <= 3 else {
        status = misread(market, .trades)
        continue
      }
      guard isWanted(market, .trades) else { continue }
      "\(id)".utf8.withContiguousStorageIfAvailable { text in
        out.trade(
          instrument: market.id, id: JSONText(text[...]), price: price, quantity: quantity,
          taker: side % 2 == 0 ? .buy : .sell, time: time)
      }
    }
    return message.isValid ? status : misread(market, .trades)
  }

  /// `MarketStatus`: market_state 2, where 2 takes cancels alone.
  private func status(_ data: ProtobufScanner, _ market: CubeMarket) -> Status {
    var (message, state) = (data, UInt64(0))
    while let field = message.next() { if field == 2 { state = message.unsigned() } }
    guard message.isValid else { return .parse }
    guard market.rules.state != .unusable else { return .ok }
    update(market) { rules in
      (rules.state, rules.reason) = state == 2 ? (.halted, "the exchange takes cancels alone") : (.trading, "")
    }
    return .ok
  }
}
