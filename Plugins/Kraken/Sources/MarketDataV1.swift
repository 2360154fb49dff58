import CPatchbay
import ConnectorKit

/// Frames of the public socket, version 1, which recordings speak. Source: Kraken API Center, "Spot WebSocket v1":
/// `[channelID, payload, "book-1000", "XBT/USD"]`, with two payloads when asks and bids change at once, and
/// `{"event": "..."}`. Numbers are strings; the checksum is over their digits as sent, which may be more than the
/// pair's decimals.
extension KrakenSpot {
  func frameV1(_ stream: pb_id, _ payload: Body) -> Status {
    var json = JSONScanner(payload)
    if json.peek() == UInt8(ascii: "{") { return eventV1(payload) }
    // Market and channel stand last, and the payload cannot be read without them.
    guard let tail = Tail(payload) else { return .parse }
    let number = symbols.find(tail.pair)
    guard number >= 0 else { return json.isWhole ? .unsupported : .parse }
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
    let (channel, pair): (JSONText, JSONText)

    init?(_ bytes: Body) {
      func quote(before end: Int) -> Int? { bytes[..<end].lastIndex(of: UInt8(ascii: "\"")) }
      guard let end = quote(before: bytes.count), let start = quote(before: end), let last = quote(before: start),
        let first = quote(before: last)
      else { return nil }
      (channel, pair) = (JSONText(bytes[(first + 1)..<last]), JSONText(bytes[(start + 1)..<end]))
    }

    /// Whether the scanner stands before these two, and nothing follows them.
    func isNext(_ json: inout JSONScanner) -> Bool {
      json.string().isSame(as: channel) && json.nextElement() && json.string().isSame(as: pair) && !json.nextElement()
    }

    /// 1000 of `book-1000`.
    var depth: Int? {
      let depth = channel.hasPrefix("book-") ? channel.after(first: UInt8(ascii: "-"))?.fixed(0) : nil
      return depth.flatMap { depth in Venue.depths.first { $0 == depth } }
    }
  }

  /// Snapshot: `{"as": [["price", "volume", "seconds"]], "bs": [...]}`. Update: `{"a": [["price", "volume", "seconds",
  /// "r"]]}`, `{"b": [...]}`, the last with `"c": "checksum"`; "r" marks a level that comes back into the depth. A
  /// snapshot comes without a checksum.
  private func bookV1(_ json: inout JSONScanner, _ market: Market, _ depth: Int, _ tail: Tail) -> Status {
    var (book, isBegun, time) = (CheckedMessage(), false, Int64(0))
    while json.nextElement() {
      guard json.peek() == UInt8(ascii: "{") else {
        if !tail.isNext(&json) { json.fail() }
        break
      }
      json.enterObject()
      while let key = json.nextKey() {
        if !isBegun {
          market.depth = depth
          (book, isBegun) = (begin(market.number, isSnapshot: key == "as" || key == "bs"), true)
        }
        switch key {
        case "a", "b", "as", "bs":
          guard book.isSnapshot == (key.count == 2) else {
            json.fail()
            break
          }
          levels(&json, &book, isBid: key[0] == UInt8(ascii: "b")) { place, json in
            if place == 2 { time = max(time, json.seconds()) } else { json.skip() }
          }
        case "c": book.checksum = json.unsigned()
        default: json.skip()
        }
      }
    }
    book.time = time
    return json.isComplete() && isBegun ? end(book, provesSnapshot: false) : misread(market, .book)
  }

  /// systemStatus, subscriptionStatus, heartbeat, pong, error.
  private func eventV1(_ payload: Body) -> Status {
    guard let head = FrameHead(payload, Self.head) else { return .parse }
    switch head.kind {
    case "heartbeat": return .ok
    case "systemStatus": return logStatus(head.code.text)
    case "pong", "subscriptionStatus", "error": return answered(head)
    default: return .unsupported
    }
  }
}
