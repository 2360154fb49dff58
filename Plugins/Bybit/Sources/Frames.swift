import CPatchbay
import ConnectorKit

/// What stands around the data of a frame, and what answers carry: of public streams in words with underscores, of
/// private ones in either spelling.
struct FrameHead {
  /// `orderbook.200.BTCUSDT`, `order.spot`.
  var topic = JSONText()
  var type = JSONText()
  var time: Int64 = 0
  /// When the matching engine made it.
  var engineTime: Int64 = 0
  var data: JSONMark?
  var operation = JSONText()
  var (request, code, text) = (JSONText(), JSONText(), JSONText())
  var isFine = true

  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "topic": topic = json.string()
    case "type": type = json.string()
    case "ts": time = json.milliseconds()
    case "cts": engineTime = json.milliseconds()
    case "data":
      data = json.mark
      return false
    case "op": operation = json.string()
    case "req_id": request = json.scalar()
    case "success": isFine = json.scalar() == "true"
    case "retCode": code = json.scalar()
    case "ret_msg", "retMsg": text = json.scalar()
    default: return false
    }
    return true
  }

  /// Data beside a refusal cannot be believed.
  var isBelievable: Bool { isFine && (code.isEmpty || code == "0") }

  var isSnapshot: Bool { type == "snapshot" }

  /// What an answer says. Public streams give no code; a topic that is subscribed already brings no snapshot.
  var answer: Acknowledgement {
    if isBelievable { return .confirmed }
    let words = text.text
    return words.contains(fragment: "already subscribed") ? .repeated : .refused(code: code.text, text: words)
  }
}

/// Public frames. Sources: Bybit API v5, "Connect: How to Subscribe to Topics", "Orderbook", "Trade", "Ticker".
extension BybitExchange {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let channels = feeds.channels
    let args = topics.flatMap { arguments(channels[$0.channel].name, markets[$0.market]) }
    let op = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText(
      "{\"req_id\":\"\(id)\",\"op\":\"\(op)\",\"args\":[\(args.map { "\"\($0)\"" }.joined(separator: ","))]}")
  }

  /// `{"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1, "data": [...]}`, and answers
  /// `{"success": true, "ret_msg": "", "conn_id": "...", "req_id": "1", "op": "subscribe"}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (head, levels, status) = (FrameHead(), BookLevels?.none, Status?.none)
    json.enterObject()
    while let key = json.nextKey() {
      if key == "data", !head.topic.isEmpty {
        switch reading(head) {
        case .book(let market, let depth):
          levels = readLevels(&json, market, depth)
          continue
        case .trades(let market):
          status = trades(&json, Self.trade, stream, of: market)
          continue
        case .never(let status): return status
        case .later: break
        }
      }
      if !head.read(key, &json) { json.skip() }
    }
    guard json.isComplete() else { return unread(levels, frame) }
    guard head.topic.isEmpty || head.isBelievable else { return .parse }
    if let levels { return book(levels, head, frame) }
    if let status { return status }
    guard let data = head.data, !head.topic.isEmpty else { return answer(head) }
    guard let name = head.topic.after(first: UInt8(ascii: ".")) else { return .unsupported }
    switch head.topic.before(first: UInt8(ascii: ".")) {
    case "orderbook":
      guard let symbol = name.after(first: UInt8(ascii: ".")) else { return .unsupported }
      let number = symbols.find(symbol)
      guard number >= 0 else { return .unsupported }
      return otherBook(data, head, Depth(name), markets[number], frame)
    case "publicTrade":
      let number = symbols.find(name)
      guard number >= 0 else { return .unsupported }
      var list = data.scanner()
      return trades(&list, Self.trade, stream, of: markets[number])
    case "tickers":
      var entry = data.scanner()
      let number = symbols.find(name)
      guard number >= 0 else { return .ok }
      let status = ticker(
        &entry, Self.ticker, stream, of: markets[number], isChange: !head.isSnapshot, time: head.time)
      return status == .ok ? moreOfTicker(data, stream, head.time) : status
    case "allLiquidation":
      var list = data.scanner()
      return liquidations(&list, Self.liquidation, stream)
    default: return .unsupported
    }
  }

  /// What is done with data whose topic stands before them.
  private enum Reading {
    /// They are read where they stand.
    case book(Market, Depth)
    case trades(Market)
    /// They are read when all of the frame is known.
    case later
    /// Nobody wants them: not even their end is looked for.
    case never(Status)
  }

  @inline(__always)
  private func reading(_ head: FrameHead) -> Reading {
    guard let name = head.topic.after(first: UInt8(ascii: ".")) else { return .later }
    if head.topic.hasPrefix("orderbook.") {
      let number = name.after(first: UInt8(ascii: ".")).map { symbols.find($0) } ?? -1
      guard number >= 0 else { return .never(.unsupported) }
      let (market, depth) = (markets[number], Depth(name))
      if depth.levels == market.depth { return market.wantsBook ? .book(market, depth) : .never(.ok) }
      // Of another depth are the best prices of a ticker, and a snapshot, which says what a recording's client asked.
      return depth.levels <= 1 || head.isSnapshot || head.type.isEmpty ? .later : .never(.ok)
    }
    if head.topic.hasPrefix("allLiquidation.") { return .later }
    let (isTrade, isTicker) = (head.topic.hasPrefix("publicTrade."), head.topic.hasPrefix("tickers."))
    guard isTrade || isTicker else { return .never(.unsupported) }
    let number = symbols.find(name)
    guard number >= 0 else { return .never(isTrade ? .unsupported : .ok) }
    let market = markets[number]
    if isTrade { return isWanted(market, .trades) ? .trades(market) : .never(.ok) }
    return isWanted(market, .ticker) || isWanted(market, .mark) ? .later : .never(.ok)
  }

  /// An answer names its message. A pong is none: `{"success": true, "ret_msg": "pong", "op": "ping"}`.
  private func answer(_ head: FrameHead) -> Status {
    switch head.operation {
    case "subscribe", "unsubscribe":
      acknowledged(head.request, head.answer)
      return .ok
    case "ping", "pong": return .ok
    default: return .unsupported
    }
  }

  /// "Trade".
  private static let trade = FieldTable<TradeField>([
    "i": .id, "p": .price, "v": .quantity, "S": .side, "T": .time,
  ])

  /// "All Liquidation": the side is that of the position.
  private static let liquidation = FieldTable<LiquidationField>([
    "s": .symbol, "S": .positionSide, "p": .price, "v": .quantity, "T": .time,
  ])

  /// "Ticker", "Get Tickers". The volumes count base and quote.
  static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "lastPrice": .last, "bid1Price": .bid, "bid1Size": .bidQuantity, "ask1Price": .ask,
    "ask1Size": .askQuantity, "prevPrice24h": .open, "highPrice24h": .high, "lowPrice24h": .low,
    "volume24h": .baseVolume, "turnover24h": .quoteVolume,
  ])
}
