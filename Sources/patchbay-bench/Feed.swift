import CBench

/// Messages to measure on: each in memory of its own, followed by the slack that connectors are promised.
struct Feed {
  let name: String
  let messages: [UnsafeBufferPointer<UInt8>]
  /// Whether the exchange compresses each frame.
  let isCompressed: Bool

  init(name: String, messages: [[UInt8]], isCompressed: Bool = false) {
    (self.name, self.isCompressed) = (name, isCompressed)
    let slack = 64
    let total = messages.reduce(0) { $0 + $1.count + slack }
    let block = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, total))
    block.initialize(repeating: 0, count: max(1, total))
    var place = block
    self.messages = messages.map { message in
      place.update(from: message, count: message.count)
      defer { place += message.count + slack }
      return UnsafeBufferPointer(start: place, count: message.count)
    }
  }

  /// A message as the references read it; they inflate it each time, as the host does.
  func text(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let message = messages[index]
    var text: UnsafePointer<UInt8>?
    guard isCompressed else { return message }
    let count = cbench_inflate(message.baseAddress, message.count, &text)
    return count > 0 ? UnsafeBufferPointer(start: text, count: count) : message
  }

  /// Gives the memory back; the feed is of no use after it.
  func free() { messages.first?.baseAddress.map { UnsafePointer<UInt8>($0) }?.deallocate() }

  var bytes: Int { messages.reduce(0) { $0 + $1.count } }
}

/// Depth updates as Binance words them, for a machine without recordings: around one price, as far from it as recorded
/// updates are.
struct GeneratedDepth {
  private var random: UInt64
  private let levels: Int
  private var price: Int64 = 6_000_000
  private var count = 0

  init(levels: Int, seed: UInt64) {
    self.levels = levels
    random = seed
  }

  /// The symbol of an instrument, by its place in the list.
  static func symbol(_ place: Int) -> String { place == 0 ? "BTCUSDT" : "T\(place)USDT" }

  /// An exchange's list of so many instruments.
  static func instruments(_ count: Int) -> [UInt8] {
    let entries = (0..<count).map { place in
      """
      {"symbol":"\(symbol(place))","status":"TRADING","baseAsset":"\(symbol(place).dropLast(4))","quoteAsset":"USDT",\
      "isSpotTradingAllowed":true,\
      "orderTypes":["LIMIT","MARKET"],"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01000000",\
      "maxPrice":"1000000.00000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE","minQty":"0.00001000",\
      "maxQty":"9000.00000000","stepSize":"0.00001000"}]}
      """
    }
    return Array("{\"symbols\":[\(entries.joined(separator: ","))]}".utf8)
  }

  /// A snapshot of a thousand levels a side around the first price, up to update 1000.
  var snapshot: [UInt8] {
    let sides = [-1, 1].map { (side: Int64) in
      (1...1000).map { "[\"\(text(price + side * Int64($0) * 10))\",\"1.50000000\"]" }.joined(separator: ",")
    }
    return Array("{\"lastUpdateId\":1000,\"bids\":[\(sides[0])],\"asks\":[\(sides[1])]}".utf8)
  }

  mutating func messages(_ count: Int) -> [[UInt8]] { (0..<count).map { _ in next(symbol: "BTCUSDT") } }

  /// The next update.
  mutating func next(symbol: String) -> [UInt8] {
    let id = 1001 + count * 3
    let time = 1_700_000_000_000 + count * 100
    count += 1
    let bids = side(-1).joined(separator: ",")
    let asks = side(1).joined(separator: ",")
    return Array(
      """
      {"stream":"\(symbol.lowercased())@depth@100ms","data":{"e":"depthUpdate","E":\(time),"s":"\(symbol)",\
      "U":\(id),"u":\(id + 2),"b":[\(bids)],"a":[\(asks)]}}
      """.utf8)
  }

  /// Levels lie as far from the touch as in recorded traffic: half of them among the first five, nine in ten among the
  /// first fifty, the rest down to two hundred. One in four is removed.
  private mutating func side(_ sign: Int64) -> [String] {
    (0..<(levels / 2)).map { _ in
      let steps: UInt64 =
        switch next() % 100 {
        case ..<50: 1 + next() % 5
        case ..<75: 6 + next() % 7
        case ..<95: 13 + next() % 38
        default: 51 + next() % 150
        }
      let quantity = next() % 4 == 0 ? "0.00000000" : "\(next() % 9).\(10_000_000 + next() % 89_999_999)"
      return "[\"\(text(price + sign * Int64(steps) * 10))\",\"\(quantity)\"]"
    }
  }

  private func text(_ cents: Int64) -> String {
    let fraction = String(cents % 100)
    return "\(cents / 100).\(fraction.count == 1 ? "0" : "")\(fraction)000000"
  }

  private mutating func next() -> UInt64 {
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return random >> 33
  }
}
