import CPatchbay
import ConnectorKit

/// Frames of the public socket, version 1, which recordings speak. Source: Kraken API Center, "Spot WebSocket v1":
/// `[channelID, payload, "book-1000", "XBT/USD"]`, with two payloads when asks and bids change at once, and
/// `{"event": "..."}`. Numbers are strings; the checksum is over their digits as sent, which may be more than the
/// pair's decimals.
extension KrakenSpot {
  func frameV1(_ stream: pb_id, _ payload: Body) -> Status {
    var json = JSONScanner(payload)
    if json.peek() == UInt8(ascii: "{") { return eventV1(&json, stream) }
    // Market and channel stand last, and the payload cannot be read without them.
    guard let tail = Tail(payload) else { return .parse }
    let number = symbols.find(tail.pair)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    _ = json.unsigned()
    if let depth = tail.depth { return bookV1(&json, market, depth, tail) }
    // Nothing else was subscribed to, so what is neither may have been a change of the book.
    let channel: Channels = tail.channel == "trade" ? .trades : tail.channel == "ticker" ? .ticker : .book
    guard channel != .book, json.nextElement() else { return misread(market, channel) }
    var data = json.passed().scanner()
    guard json.nextElement(), tail.isNext(&json), json.isComplete() else { return misread(market, channel) }
    return channel == .trades
      ? trades(&data, Self.tradeV1, stream, of: market) : ticker(&data, Self.tickerV1, stream, of: market)
  }

  /// `["price", "volume", "seconds", "b" or "s", "m" or "l", ""]`: without an id.
  private static let tradeV1 = FieldTable<TradeField>(places: [.price, .quantity, .seconds, .side])

  /// "a": [price, whole lots, volume], "c": [price, volume]; all others are of today and of 24 hours.
  private static let tickerV1 = FieldTable<TickerField>(arrays: [
    "a": [.ask, nil, .askQuantity], "b": [.bid, nil, .bidQuantity], "c": [.last, .lastQuantity],
    "v": [nil, .baseVolume], "o": [nil, .open], "h": [nil, .high], "l": [nil, .low],
  ])
  /// Of REST ("Get Ticker Information"), where "o" is one number, today's opening, which says nothing of 24 hours ago.
  static let restTicker = FieldTable<TickerField>(arrays: [
    "a": [.ask, nil, .askQuantity], "b": [.bid, nil, .bidQuantity], "c": [.last, .lastQuantity],
    "v": [nil, .baseVolume],
  ])

  /// The last two strings of a data frame, found from its end. What is read on the way must be these.
  private struct Tail {
    let channel: JSONText
    let pair: JSONText

    init?(_ bytes: Body) {
      var end = bytes.count
      func back(over byte: Unicode.Scalar) -> Bool {
        while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
        guard end > 0, bytes[end - 1] == UInt8(ascii: byte) else { return false }
        end -= 1
        return true
      }
      func string() -> JSONText? {
        guard back(over: "\"") else { return nil }
        let last = end
        while end > 0, bytes[end - 1] != UInt8(ascii: "\"") { end -= 1 }
        let first = end
        return back(over: "\"") ? JSONText(bytes[first..<last]) : nil
      }
      guard back(over: "]"), let pair = string(), back(over: ","), let channel = string() else { return nil }
      (self.pair, self.channel) = (pair, channel)
    }

    /// Whether the scanner stands before these two, and nothing follows them.
    func isNext(_ json: inout JSONScanner) -> Bool {
      func isSame(_ text: JSONText, _ other: JSONText) -> Bool {
        text.bytes.baseAddress == other.bytes.baseAddress && text.count == other.count
      }
      return isSame(json.string(), channel) && json.nextElement() && isSame(json.string(), pair) && !json.nextElement()
    }

    /// 1000 of `book-1000`.
    var depth: Int? {
      switch channel {
      case "book-10": 10
      case "book-25": 25
      case "book-100": 100
      case "book-500": 500
      case "book-1000": 1000
      default: nil
      }
    }
  }

  // MARK: Book

  /// Snapshot: `{"as": [["price", "volume", "seconds"]], "bs": [...]}`. Update: `{"a": [["price", "volume", "seconds",
  /// "r"]]}`, `{"b": [...]}`, the last with `"c": "checksum"`; "r" marks a level that comes back into the depth.
  private func bookV1(_ json: inout JSONScanner, _ market: Market, _ depth: Int, _ tail: Tail) -> Status {
    var (bids, asks, time, checksum) = (pb_list(), pb_list(), Int64(0), UInt64.max)
    var (isBegun, isSnapshot, isRead) = (false, false, false)
    while json.nextElement() {
      guard json.peek() == UInt8(ascii: "{") else {
        if !tail.isNext(&json) { json.fail() }
        break
      }
      json.enterObject()
      while let key = json.nextKey() {
        if !isBegun {
          isBegun = true
          market.depth = depth
          isSnapshot = key == "as" || key == "bs"
          isRead = begin(market, isSnapshot: isSnapshot)
        }
        switch key {
        case "a": readLevels(&json, market, isRead, isBid: false, isSnapshot, &asks, &time)
        case "b": readLevels(&json, market, isRead, isBid: true, isSnapshot, &bids, &time)
        case "c": checksum = json.unsigned()
        case "as" where isSnapshot: readLevels(&json, market, isRead, isBid: false, isSnapshot, &asks, &time)
        case "bs" where isSnapshot: readLevels(&json, market, isRead, isBid: true, isSnapshot, &bids, &time)
        case "as", "bs": json.fail()
        default: json.skip()
        }
      }
    }
    guard json.isComplete(), isBegun else { return misread(market, .book) }
    guard isRead else { return .ok }
    // A snapshot comes without a checksum.
    guard isSnapshot || checksum <= UInt64(UInt32.max) else { return misread(market, .book) }
    return end(
      market, isSnapshot: isSnapshot, checksum: isSnapshot ? nil : UInt32(truncatingIfNeeded: checksum), time: time,
      bids: bids, asks: asks)
  }

  @inline(__always)
  private func readLevels(
    _ json: inout JSONScanner, _ market: Market, _ isRead: Bool, isBid: Bool, _ isSnapshot: Bool,
    _ list: inout pb_list, _ time: inout Int64
  ) {
    guard isRead else { return json.skip() }
    guard list.count == 0 else { return json.fail() }
    levels(&json, market, isBid: isBid, isSnapshot: isSnapshot, into: &list) { place, json in
      if place == 2 { time = max(time, json.seconds()) } else { json.skip() }
    }
  }

  // MARK: Events

  /// systemStatus, subscriptionStatus, heartbeat, pong, error.
  private func eventV1(_ json: inout JSONScanner, _ stream: pb_id) -> Status {
    var answer = SocketAnswer()
    json.members { answer.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    switch answer.method {
    case "heartbeat", "pong": break
    case "systemStatus": logStatus(answer.status.text)
    case "subscriptionStatus": answered(answer)
    case "error": out.log(.warning, "stream \(stream): \(answer.error.isEmpty ? "no words" : answer.error)")
    default: return .unsupported
    }
    return .ok
  }
}
