import Decimals

/// A level of a recorded book, exact, with the texts that it was sent with.
public struct TrueLevel: Equatable, Sendable {
  /// Exponent of `price`: fine enough for every recorded price.
  public static let priceExponent: Int32 = -12
  /// Exponent of `quantity`.
  public static let quantityExponent: Int32 = -8

  /// Wide: books hold bids of billionths and asks of billions.
  public let price: Int128
  public let quantity: Int64
  let priceText: String
  let quantityText: String

  /// `nil` when a text is no number, or finer than the exponents.
  init?(_ priceText: String, _ quantityText: String) {
    guard let price = Decimal64(priceText),
      let factor = powerOfTen(price.exponent - TrueLevel.priceExponent),
      let quantity = Decimal64(quantityText)?.mantissa(at: TrueLevel.quantityExponent)
    else { return nil }
    (self.price, self.quantity) = (Int128(price.mantissa) * Int128(factor), quantity)
    (self.priceText, self.quantityText) = (priceText, quantityText)
  }

  /// The same price without quantity: the level is gone.
  var removed: TrueLevel { TrueLevel(priceText, zero(quantityText)) ?? self }

  /// A quantity of nothing with as many places.
  private func zero(_ text: String) -> String {
    guard let point = text.firstIndex(of: ".") else { return "0" }
    return "0." + String(repeating: "0", count: text.distance(from: point, to: text.endIndex) - 1)
  }
}

/// The book of a symbol as the recording says it: levels with absolute quantities, zero takes one away. Made for being
/// plainly right; shares nothing with the books of connectors and hosts.
public struct TrueBook: Equatable, Sendable {
  /// Best first.
  public private(set) var bids: [TrueLevel] = []
  public private(set) var asks: [TrueLevel] = []
  /// Levels beyond so many a side are forgotten; `nil` = none are.
  let depth: Int?

  init(depth: Int? = nil) { self.depth = depth }

  mutating func apply(bids newBids: [TrueLevel], asks newAsks: [TrueLevel]) {
    for level in newBids { TrueBook.set(level, in: &bids) { $0 > $1 } }
    for level in newAsks { TrueBook.set(level, in: &asks) { $0 < $1 } }
    guard let depth else { return }
    if bids.count > depth { bids.removeLast(bids.count - depth) }
    if asks.count > depth { asks.removeLast(asks.count - depth) }
  }

  private static func set(_ level: TrueLevel, in side: inout [TrueLevel], _ isBetter: (Int128, Int128) -> Bool) {
    var (low, high) = (0, side.count)
    while low < high {
      let middle = (low + high) / 2
      if isBetter(side[middle].price, level.price) { low = middle + 1 } else { high = middle }
    }
    let isThere = low < side.count && side[low].price == level.price
    if level.quantity == 0 {
      if isThere { side.remove(at: low) }
    } else if isThere {
      side[low] = level
    } else {
      side.insert(level, at: low)
    }
  }

  /// What turns this book into `other`: first what goes, then what comes or changes.
  func changes(to other: TrueBook) -> (bids: [TrueLevel], asks: [TrueLevel]) {
    (TrueBook.changes(bids, other.bids), TrueBook.changes(asks, other.asks))
  }

  private static func changes(_ from: [TrueLevel], _ to: [TrueLevel]) -> [TrueLevel] {
    let wanted = Dictionary(to.map { ($0.price, $0.quantity) }) { first, _ in first }
    let there = Dictionary(from.map { ($0.price, $0.quantity) }) { first, _ in first }
    return from.filter { wanted[$0.price] == nil }.map(\.removed) + to.filter { there[$0.price] != $0.quantity }
  }
}
