import CPatchbay
import ConnectorKit

/// What a frame says: data of a channel, or an answer.
struct BitMartHead {
  var table = JSONText()
  var data: JSONMark?
  var event = JSONText()
  /// Of an answer: `spot/depth50:BTC_USDT`.
  var topic = JSONText()
  private(set) var code = JSONText()
  private(set) var text = JSONText()

  /// `{"table": "spot/depth50", "data": [{...}]}`, `{"event": "subscribe", "topic": "spot/depth50:BTC_USDT"}`,
  /// `{"event": "spot/depth50:BTC_USDT", "errorMessage": "...", "errorCode": "90001"}`, `{"event": "login"}`.
  @inline(__always)
  mutating func read(_ frame: Body) -> Bool {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "table":
        table = json.string()
      case "data": data = json.passed()
      case "event": event = json.string()
      case "topic": topic = json.scalar()
      case "errorCode": code = json.scalar()
      case "errorMessage": text = json.scalar()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return false }
    // In answers of before, and in refusals.
    if topic.isEmpty { topic = data == nil && !table.isEmpty ? table : code.isEmpty ? topic : event }
    return true
  }

  var isRefused: Bool { !code.isEmpty }
  var answer: Acknowledgement {
    isRefused ? .refused(code: code.text, text: text.isEmpty ? "refused without words" : text.text) : .confirmed
  }

  /// The answer to a `ping`.
  static func isPong(_ frame: Body) -> Bool { frame.elementsEqual("pong".utf8) }
}

/// Public frames. Sources: "Subscribe", "Depth-All Channel", "Trade Channel", "Ticker Channel".
extension BitMartSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let list = topics.map { "\"\(feeds.channels[$0.channel].name):\(markets[$0.market].symbol)\"" }
    return SealedText(
      "{\"op\":\"\(isUnsubscribe ? "un" : "")subscribe\",\"args\":[\(list.joined(separator: ","))]}")
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if BitMartHead.isPong(frame) { return .ok }
    var head = BitMartHead()
    guard head.read(frame) else { return .parse }
    guard let data = head.data else { return answered(head, stream) }
    guard !head.isRefused else { return .parse }
    var list = data.scanner()
    switch head.table {
    case "spot/depth50": return books(&list, stream)
    case "spot/trade": return trades(&list, Self.trade, stream)
    case "spot/ticker": return tickers(&list, Self.ticker, stream)
    default: return .unsupported
    }
  }

  private func answered(_ head: BitMartHead, _ stream: pb_id) -> Status {
    guard !head.event.isEmpty else { return .unsupported }
    let colon = UInt8(ascii: ":")
    if let name = head.topic.after(first: colon), let market = market(named: name) {
      acknowledged(
        market.number, channel: head.topic.before(first: colon).text, isUnsubscribe: head.event == "unsubscribe",
        head.answer)
    } else if case .refused(let code, let text) = head.answer {
      refused(stream, code: code, text: text)
    }
    return .ok
  }

  /// `[{"asks": [["161.96", "7.37567"]], "bids": [...], "symbol": "ETH_USDT", "ms_t": 1542337219120}]`
  private func books(_ list: inout JSONScanner, _ stream: pb_id) -> Status {
    var status = Status.ok
    list.enterArray()
    while list.nextElement() {
      let entry = list.passed()
      guard list.isValid else { break }
      let name = entry.text("symbol")
      guard let market = market(named: name) else {
        status = name.isEmpty ? misread(stream: stream, .book) : .unsupported
        continue
      }
      guard market.wantsBook else { continue }
      var json = entry.scanner()
      if book(&json, market) == .parse { status = .parse }
    }
    return list.isValid ? status : misread(stream: stream, .book)
  }

  @inline(__always)
  private func book(_ json: inout JSONScanner, _ market: Market) -> Status {
    var (bids, asks): (pb_list?, pb_list?)
    var time: Int64 = 0
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids":
        if bids != nil { json.fail() }
        bids = out.levels(&json, market)
      case "asks":
        if asks != nil { json.fail() }
        asks = out.levels(&json, market)
      case "ms_t": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else { return misread(market, .book) }
    snapshot(market, last: 0, time: time, bids: bids, asks: asks, isInBand: true)
    return .ok
  }

  /// The side is the taker's. Trades have no ids.
  private static let trade = FieldTable<TradeField>([
    "symbol": .symbol, "price": .price, "size": .quantity, "side": .side, "ms_t": .time,
  ])

  private static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "last_price": .last, "bid_px": .bid, "bid_sz": .bidQuantity, "ask_px": .ask,
    "ask_sz": .askQuantity, "open_24h": .open, "high_24h": .high, "low_24h": .low, "base_volume_24h": .baseVolume,
    "quote_volume_24h": .quoteVolume, "ms_t": .time,
  ])
}
