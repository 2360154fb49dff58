import CPatchbay
import ConnectorKit
import Decimals

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
    let market = pair(number)
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    _ = json.unsigned()
    switch tail.channel.first {
    case UInt8(ascii: "b"):
      guard let depth = tail.depth else { return misread(market, .book) }
      return bookV1(&json, market, depth, tail)
    case UInt8(ascii: "t") where tail.isChannel("trade"): return tradesV1(&json, market, tail)
    case UInt8(ascii: "t") where tail.isChannel("ticker"): return tickerV1(&json, market, tail)
    // Nothing else was subscribed to, so this may have been a change of the book.
    default: return misread(market, .book)
    }
  }

  /// The last two strings of a data frame, found from its end.
  private struct Tail {
    let channel: UnsafeBufferPointer<UInt8>
    let pair: UnsafeBufferPointer<UInt8>

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
      var end = bytes.count
      Tail.skipSpace(bytes, &end)
      guard end > 0, bytes[end - 1] == UInt8(ascii: "]") else { return nil }
      end -= 1
      guard let pair = Tail.string(bytes, &end) else { return nil }
      Tail.skipSpace(bytes, &end)
      guard end > 0, bytes[end - 1] == UInt8(ascii: ",") else { return nil }
      end -= 1
      guard let channel = Tail.string(bytes, &end) else { return nil }
      self.pair = pair
      self.channel = channel
    }

    private static func skipSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ end: inout Int) {
      while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
    }

    private static func string(_ bytes: UnsafeBufferPointer<UInt8>, _ end: inout Int) -> UnsafeBufferPointer<UInt8>? {
      skipSpace(bytes, &end)
      guard end > 1, bytes[end - 1] == UInt8(ascii: "\"") else { return nil }
      var start = end - 1
      while start > 0, bytes[start - 1] != UInt8(ascii: "\"") { start -= 1 }
      guard start > 0 else { return nil }
      defer { end = start - 1 }
      return UnsafeBufferPointer(rebasing: bytes[start..<(end - 1)])
    }

    func isChannel(_ name: StaticString) -> Bool {
      channel.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// Whether a string that was read on the way is this one, in the same place.
    func isPair(_ text: JSONText) -> Bool { text.bytes.baseAddress == pair.baseAddress && text.count == pair.count }
    func isChannel(_ text: JSONText) -> Bool {
      text.bytes.baseAddress == channel.baseAddress && text.count == channel.count
    }

    /// 1000 of `book-1000`.
    var depth: Int? {
      guard channel.count > 5, isPrefixBook else { return nil }
      var value = 0
      for byte in channel.dropFirst(5) {
        let digit = Int(byte) - 48
        guard digit >= 0, digit <= 9, value < 100_000 else { return nil }
        value = value * 10 + digit
      }
      return Venue.depths.contains(value) ? value : nil
    }

    private var isPrefixBook: Bool {
      channel[0] == UInt8(ascii: "b") && channel[1] == UInt8(ascii: "o") && channel[2] == UInt8(ascii: "o")
        && channel[3] == UInt8(ascii: "k") && channel[4] == UInt8(ascii: "-")
    }
  }

  /// Reads what stands behind the payloads; fails when it is not the tail that the frame was taken for.
  private func readTail(_ json: inout JSONScanner, _ tail: Tail) {
    guard tail.isChannel(json.string()), json.nextElement(), tail.isPair(json.string()), !json.nextElement() else {
      return json.fail()
    }
  }

  // MARK: Book

  private struct BookV1 {
    var bids = pb_list()
    var asks = pb_list()
    var checksum: UInt64 = .max
    var time: Int64 = 0
    var isSnapshot = false
    /// Levels are wanted.
    var isRead = false
  }

  /// Snapshot: `{"as": [["price", "volume", "seconds"]], "bs": [...]}`. Update: `{"a": [["price", "volume", "seconds",
  /// "r"]]}`, `{"b": [...]}`, the last with `"c": "checksum"`; "r" marks a level that comes back into the depth.
  private func bookV1(_ json: inout JSONScanner, _ market: KrakenMarket, _ depth: Int, _ tail: Tail) -> Status {
    var event = BookV1()
    var isBegun = false
    while json.nextElement() {
      guard json.peek() == UInt8(ascii: "{") else {
        readTail(&json, tail)
        break
      }
      json.enterObject()
      while let key = json.nextKey() {
        if !isBegun {
          isBegun = true
          market.depth = depth
          event.isSnapshot = key == "as" || key == "bs"
          event.isRead = begin(market, isSnapshot: event.isSnapshot)
          if event.isRead, event.isSnapshot { (market.pricePlaces, market.quantityPlaces) = (-1, -1) }
        }
        switch key {
        case "as", "bs":
          guard event.isSnapshot else { json.fail(); break }
          _ = readLevels(&json, market, event, pb_list(), isBid: key == "bs", &event.time)
        case "a": event.asks = readLevels(&json, market, event, event.asks, isBid: false, &event.time)
        case "b": event.bids = readLevels(&json, market, event, event.bids, isBid: true, &event.time)
        case "c": event.checksum = json.unsigned()
        default: json.skip()
        }
      }
    }
    guard json.isComplete(), isBegun else { return misread(market, .book) }
    guard event.isRead else { return .ok }
    // A snapshot comes without a checksum.
    guard event.isSnapshot || event.checksum <= UInt64(UInt32.max) else { return misread(market, .book) }
    return end(
      market, isSnapshot: event.isSnapshot,
      checksum: event.isSnapshot ? nil : UInt32(truncatingIfNeeded: event.checksum), time: event.time,
      bids: event.bids, asks: event.asks)
  }

  @inline(__always)
  private func readLevels(
    _ json: inout JSONScanner, _ market: KrakenMarket, _ event: BookV1, _ given: pb_list, isBid: Bool,
    _ time: inout Int64
  ) -> pb_list {
    var list = given
    guard event.isRead else { json.skip(); return list }
    guard list.count == 0 else { json.fail(); return list }
    var places = (market.pricePlaces, market.quantityPlaces)
    json.enterArray()
    while json.nextElement() {
      json.enterArray()
      guard json.nextElement() else { json.fail(); break }
      let priceText = json.string().bytes
      guard json.nextElement() else { json.fail(); break }
      let quantityText = json.string().bytes
      if json.nextElement() {
        time = max(time, json.seconds())
        while json.nextElement() { json.skip() }
      }
      guard let price = value(priceText, market.priceExponent, &places.0), price > 0,
        let quantity = value(quantityText, market.quantityExponent, &places.1)
      else { json.fail(); break }
      var text = ChecksumText()
      if quantity > 0 {
        text.append(significantDigitsOf: priceText)
        text.append(significantDigitsOf: quantityText)
        guard !text.isTooLong else { json.fail(); break }
      }
      level(
        market, price: price, quantity: quantity, text: text, isBid: isBid, isSnapshot: event.isSnapshot, into: &list)
    }
    if market.pricePlaces < 0 { (market.pricePlaces, market.quantityPlaces) = places }
    return list
  }

  /// A number of a level at an exponent; nil when digits would be lost. It must have as many decimals as the book's
  /// first ones (`places`, -1 before them): the checksum is over digits without their point, so only that makes it one
  /// over values.
  @inline(__always)
  private func value(_ text: UnsafeBufferPointer<UInt8>, _ exponent: Int32, _ places: inout Int32) -> Int64? {
    var mantissa: Int64 = 0
    var index = 0
    var point = -1
    // Eighteen digits surely fit.
    guard text.count > 0, text.count <= 19 else { return nil }
    while index < text.count {
      let digit = text[index] &- 48
      if digit <= 9 {
        mantissa = mantissa &* 10 &+ Int64(digit)
      } else {
        guard text[index] == UInt8(ascii: "."), point < 0, index > 0, index + 1 < text.count else { return nil }
        point = index
      }
      index += 1
    }
    let given = point < 0 ? 0 : Int32(truncatingIfNeeded: text.count - 1 - point)
    if places < 0 { places = given }
    guard given == places else { return nil }
    if given == -exponent { return mantissa }
    return Decimal64(mantissa: mantissa, exponent: -given).mantissa(at: exponent)
  }

  // MARK: Trades and ticker

  /// `[["price", "volume", "seconds", "b" or "s", "m" or "l", ""], ...]`: without ids.
  private func tradesV1(_ json: inout JSONScanner, _ market: Market, _ tail: Tail) -> Status {
    guard json.nextElement() else { return misread(market, .trades) }
    json.enterArray()
    while json.nextElement() {
      json.enterArray()
      guard json.nextElement() else { return misread(market, .trades) }
      let price = json.fixed(market.priceExponent)
      guard json.nextElement() else { return misread(market, .trades) }
      let quantity = json.fixed(market.quantityExponent)
      guard json.nextElement() else { return misread(market, .trades) }
      let time = json.seconds()
      guard json.nextElement() else { return misread(market, .trades) }
      let taker = side(json.string())
      while json.nextElement() { json.skip() }
      guard json.isValid, taker != .none else { return misread(market, .trades) }
      guard isWanted(market, .trades) else { continue }
      out.trade(instrument: market.id, id: JSONText(), price: price, quantity: quantity, taker: taker, time: time)
    }
    guard json.nextElement() else { return misread(market, .trades) }
    readTail(&json, tail)
    return json.isComplete() ? .ok : misread(market, .trades)
  }

  private func tickerV1(_ json: inout JSONScanner, _ market: Market, _ tail: Tail) -> Status {
    guard json.nextElement() else { return misread(market, .ticker) }
    let ticker = readTickerArrays(&json, market, hasOpen: true)
    guard json.nextElement() else { return misread(market, .ticker) }
    readTail(&json, tail)
    guard json.isComplete() else { return misread(market, .ticker) }
    if isWanted(market, .ticker) { out.ticker(ticker) }
    return .ok
  }

  // MARK: Events

  /// systemStatus, subscriptionStatus, heartbeat, pong, error.
  private func eventV1(_ json: inout JSONScanner, _ stream: pb_id) -> Status {
    var event = JSONText()
    var status = JSONText()
    var pair = JSONText()
    var error = ""
    var request: UInt64 = 0
    var depth: UInt64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "event": event = json.string()
      case "status": status = json.string()
      case "pair": pair = json.string()
      case "errorMessage": error = json.string().text
      case "reqid": request = json.unsigned()
      case "subscription":
        json.enterObject()
        while let key = json.nextKey() { if key == "depth" { depth = json.unsigned() } else { json.skip() } }
      default: json.skip()
      }
    }
    guard json.isComplete() else { return .parse }
    switch event {
    case "heartbeat", "pong": return .ok
    case "systemStatus": logStatus(status.text)
    case "subscriptionStatus":
      if error.isEmpty, status == "error" { error = "rejected" }
      answered(request, symbol: pair, depth: Int(clamping: depth), error: error)
    case "error": out.log(.warning, "stream \(stream): \(error.isEmpty ? "an error without words" : error)")
    default: return .unsupported
    }
    return .ok
  }
}
