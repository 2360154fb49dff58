import CPatchbay
import ConnectorKit

/// What stands in a public frame.
private struct Push {
  var (type, pair) = (JSONText(), JSONText())
  var data: JSONMark?

  @inline(__always)
  mutating func read(_ frame: Body) -> Bool {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "type": type = json.string()
      case "pair": pair = json.string()
      case "data": data = json.passed()
      default: return false
      }
      return true
    }
    return json.isComplete()
  }
}

/// Public frames. Source: "Websocket API".
extension DexalotSpot {
  /// `{"data": "AVAX/USDC", "pair": "AVAX/USDC", "type": "subscribe", "decimal": 3}`: books are shown by so many
  /// decimals of the price, here all that the pair has.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    let market = markets[topic.market]
    let (name, type) = (jsonQuoted(market.symbol), isUnsubscribe ? "unsubscribe" : "subscribe")
    return "{\"data\":\(name),\"pair\":\(name),\"type\":\"\(type)\",\"decimal\":\(-market.priceExponent)}"
  }

  /// `{"data": {...}, "pair": "AVAX/USDC", "type": "orderBooks", "decimal": 3}`, `{"data": [...], "type": "lastTrade",
  /// "pair": "AVAX/USDC", "cap": 50}`, and at the beginning `{"data": "2024-08-28T01:00:05.000Z", "type":
  /// "APP_VERSION"}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var push = Push()
    guard push.read(frame) else { return .parse }
    switch push.type {
    case "orderBooks":
      guard let market = market(named: push.pair) as? DexalotMarket else { return .unsupported }
      guard let data = push.data, book(data, market) else { return misread(market, .book) }
      return .ok
    case "lastTrade":
      guard let market = market(named: push.pair) as? DexalotMarket else { return .unsupported }
      guard let data = push.data else { return misread(market, .trades) }
      // A list that comes first on a stream is of trades that were before.
      let isFirst = market.tradesStream != stream
      market.tradesStream = stream
      var json = data.scanner()
      return trades(&json, Self.trade, stream, of: market, isSnapshot: isFirst && Self.hasSeveral(data))
    case "APP_VERSION": return .ok
    default: return .unsupported
    }
  }

  /// `{"execId": "97836000", "price": "22.479", "quantity": "0.87", "takerSide": 1, "ts": "2025-11-28T00:00:00.350Z"}`
  private static let trade = FieldTable<TradeField>([
    "execId": .number, "price": .price, "quantity": .quantity, "takerSide": .side, "ts": .isoTime,
  ])

  private static func hasSeveral(_ data: JSONMark) -> Bool {
    var json = data.scanner()
    var count = 0
    json.enterArray()
    while count < 2, json.nextElement() {
      json.skip()
      count += 1
    }
    return count > 1
  }

  // MARK: Books

  /// `{"buyBook": [{"prices": "22479000,22476000", "quantities": "22020000000000000000,81180000000000000000",
  /// "quoteTotals": "0", "baseTotals": "..."}], "sellBook": [...]}`: the best come first.
  private func book(_ data: JSONMark, _ market: DexalotMarket) -> Bool {
    var json = data.scanner()
    var (bids, asks) = (pb_list(), pb_list())
    var (hasBids, hasAsks) = (false, false)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "buyBook":
        if hasBids { json.fail() }
        (hasBids, bids) = (true, side(&json, market))
      case "sellBook":
        if hasAsks { json.fail() }
        (hasAsks, asks) = (true, side(&json, market))
      default: return false
      }
      return true
    }
    guard json.isValid, hasBids, hasAsks else { return false }
    snapshot(market, last: 0, time: 0, bids: bids, asks: asks, isInBand: true)
    return true
  }

  /// One object with all levels; a side without orders has none, or empty texts.
  private func side(_ json: inout JSONScanner, _ market: DexalotMarket) -> pb_list {
    var list = pb_list()
    json.enterArray()
    while json.nextElement() {
      var (prices, quantities) = (JSONText(), JSONText())
      json.members { key, json in
        switch key {
        case "prices": prices = json.string()
        case "quantities": quantities = json.string()
        default: return false
        }
        return true
      }
      guard json.isValid else { break }
      if !levels(prices, quantities, market, &list) { json.fail() }
    }
    return list
  }

  private func levels(
    _ prices: JSONText, _ quantities: JSONText, _ market: DexalotMarket, _ list: inout pb_list
  ) -> Bool {
    var (left, right) = (
      WholeNumbers(prices.bytes, dropping: market.pricePlaces),
      WholeNumbers(quantities.bytes, dropping: market.quantityPlaces)
    )
    while !left.isAtEnd {
      guard let price = left.next(), let quantity = right.next() else { return false }
      // A level of nothing is none.
      if price > 0, quantity > 0 { out.level(price: price, quantity: quantity, to: &list) }
    }
    return right.isAtEnd
  }
}

/// Whole numbers with commas between them, such as `22479000,22476000`, each brought to fewer places.
struct WholeNumbers {
  private let text: UnsafeBufferPointer<UInt8>
  private let places: Int
  private var position = 0
  private(set) var isAtEnd: Bool

  /// - Parameter places: how many digits fall away, all of them zeros; below zero, so many are added.
  init(_ text: UnsafeBufferPointer<UInt8>, dropping places: Int) {
    (self.text, self.places) = (text, places)
    isAtEnd = text.isEmpty
  }

  /// The next number; nil where none stands there, it has other digits than fit, or is too large.
  mutating func next() -> Int64? {
    guard !isAtEnd else { return nil }
    var end = position
    while end < text.count, text[end] != UInt8(ascii: ",") { end += 1 }
    defer {
      // Behind a comma a number is owed.
      isAtEnd = end == text.count
      position = end + 1
    }
    guard end > position else { return nil }
    var value: Int64 = 0
    let kept = places > 0 ? end - places : end
    for index in position..<end {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      guard index < kept else {
        if digit != 0 { return nil }
        continue
      }
      guard let next = Self.appending(Int64(digit), to: value) else { return nil }
      value = next
    }
    for _ in 0..<max(0, -places) {
      guard let next = Self.appending(0, to: value) else { return nil }
      value = next
    }
    return value
  }

  private static func appending(_ digit: Int64, to value: Int64) -> Int64? {
    let (product, isLarge) = value.multipliedReportingOverflow(by: 10)
    let (sum, isLarger) = product.addingReportingOverflow(digit)
    return isLarge || isLarger ? nil : sum
  }
}
