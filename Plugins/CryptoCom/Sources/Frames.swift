import CPatchbay
import ConnectorKit

/// What stands around the data of a frame.
struct CryptoComHead {
  var method = JSONText()
  var id = JSONText()
  var code = JSONText()
  var text = JSONText()
  /// Of data: the channel without its instrument, the channel as it was subscribed to, the instrument.
  var channel = JSONText()
  var symbol = JSONText()
  var data: JSONMark?

  /// `{"id": -1, "method": "subscribe", "code": 0, "result": {"instrument_name": "BTC_USDT", "subscription":
  /// "trade.BTC_USDT", "channel": "trade", "data": [{...}]}}`, and answers `{"id": 1, "method": "subscribe", "code":
  /// 0}`, `{"id": 1, "method": "subscribe", "code": 40004, "message": "..."}`.
  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "method": method = json.string()
    case "id": id = json.scalar()
    case "code": code = json.scalar()
    case "message": text = json.scalar()
    case "result":
      guard json.peek() == UInt8(ascii: "{") else { return false }
      json.members { key, json in
        switch key {
        case "channel": channel = json.scalar()
        case "instrument_name": symbol = json.scalar()
        case "data":
          data = json.mark
          return false
        default: return false
        }
        return true
      }
    default: return false
    }
    return true
  }

  var isFine: Bool { code.isEmpty || code == "0" }
  var answer: Acknowledgement { isFine ? .confirmed : .refused(code: code.text, text: text.text) }
}

/// Public frames. Sources: "book.{instrument_name}.{depth}", "trade.{instrument_name}", "ticker.{instrument_name}",
/// "Heartbeats".
extension CryptoComSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let channels = feeds.channels
    let names = topics.map { topic in
      let (market, name) = (markets[topic.market], channels[topic.channel].name)
      return name == "book" ? "\"book.\(market.symbol).\(market.depth)\"" : "\"\(name).\(market.symbol)\""
    }
    let list = names.joined(separator: ",")
    if isUnsubscribe {
      return SealedText("{\"id\":\(id),\"method\":\"unsubscribe\",\"params\":{\"channels\":[\(list)]}}")
    }
    // Every ten milliseconds, where there is something new.
    let kind = "\"book_subscription_type\":\"SNAPSHOT_AND_UPDATE\",\"book_update_frequency\":10"
    return SealedText("{\"id\":\(id),\"method\":\"subscribe\",\"params\":{\"channels\":[\(list)],\(kind)}}")
  }

  /// Books of another depth than the last one's come in a message of their own.
  public func group(_ topic: Topic) -> Int { feeds.channels[topic.channel].name == "book" ? 1 : 0 }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var head = CryptoComHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let data = head.data else { return said(head, stream) }
    guard head.isFine else { return .parse }
    guard let market = market(named: head.symbol) else { return .unsupported }
    var list = data.scanner()
    switch head.channel {
    case "book", "book.update": return books(&list, market, isSnapshot: head.channel == "book", frame)
    // The newest first.
    case "trade": return trades(&list, Self.trade, stream, of: market, isNewestFirst: true)
    case "ticker":
      var status = Status.ok
      list.elements { json in
        var entry = json.entry()
        if json.isValid, ticker(&entry, Self.ticker, stream, of: market) == .parse { status = .parse }
      }
      return list.isValid ? status : misread(market, .ticker)
    default: return .unsupported
    }
  }

  /// A frame without data.
  private func said(_ head: CryptoComHead, _ stream: pb_id) -> Status {
    switch head.method {
    case "public/heartbeat": return heartbeat(head, on: stream)
    case "subscribe", "unsubscribe", "ERROR":
      acknowledged(head.id, head.answer)
      return .ok
    default: return .unsupported
    }
  }

  /// "Heartbeats": whoever does not answer with the same id within five seconds is cut off.
  func heartbeat(_ head: CryptoComHead, on stream: pb_id) -> Status {
    guard let id = UInt64(head.id.text) else { return .unsupported }
    answerHeartbeat(#"{"id":\#(id),"method":"public/respond-heartbeat"}"#, act: "feed_heartbeat", on: stream)
    return .ok
  }

  // MARK: Books

  private func books(_ list: inout JSONScanner, _ market: Market, isSnapshot: Bool, _ frame: Body) -> Status {
    var status = Status.ok
    list.enterArray()
    while list.nextElement() {
      let entry = book(&list, market, isSnapshot: isSnapshot, frame)
      if entry != .ok { status = entry }
    }
    return list.isValid ? status : misread(market, .book)
  }

  /// `{"asks": [["30082.5", "0.1689", "1"]], "bids": [...], "t": 1, "tt": 1, "u": 54, "cs": 1}`, or of an update
  /// `{"update": {"asks": [...], "bids": [...]}, "t": 1, "tt": 1, "u": 55, "pu": 54, "cs": 1}`. Until 2022 `s` stood
  /// for `u`, if anything did.
  private func book(_ json: inout JSONScanner, _ market: Market, isSnapshot: Bool, _ frame: Body) -> Status {
    guard market.wantsBook else {
      json.skip()
      return .ok
    }
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, previous, time) = (UInt64(0), UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      case "update":
        json.members { key, json in
          switch key {
          case "bids": bids = out.levels(&json, market)
          case "asks": asks = out.levels(&json, market)
          default: return false
          }
          return true
        }
      case "t": time = json.milliseconds()
      case "u", "s": number = json.unsigned()
      case "pu": previous = json.unsigned()
      default: return false
      }
      return true
    }
    guard json.isValid, bids != nil || asks != nil, !isSnapshot || bids != nil && asks != nil else {
      return misread(market, .book)
    }
    return book(
      market, isSnapshot: isSnapshot, last: number, previous: previous, time: time, bids: bids ?? pb_list(),
      asks: asks ?? pb_list(), frame: frame)
  }

  // MARK: Trades and tickers

  /// "trade.{instrument_name}": the side is the taker's. Ids rise.
  private static let trade = FieldTable<TradeField>(["d": .number, "p": .price, "q": .quantity, "s": .side, "t": .time])

  /// "ticker.{instrument_name}", "public/get-tickers". `c` is a fraction today and was a difference until 2022.
  static let ticker = FieldTable<TickerField>([
    "i": .symbol, "a": .last, "b": .bid, "bs": .bidQuantity, "k": .ask, "ks": .askQuantity, "h": .high, "l": .low,
    "v": .baseVolume, "vv": .quoteVolume, "t": .time,
  ])
}
