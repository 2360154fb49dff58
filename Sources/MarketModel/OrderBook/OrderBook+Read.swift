import Decimals

/// What readers ask a book. All sums are exact; a book that is not ready gives `nil` or nothing.
///
/// `side` names the levels that are walked: a buy takes from `.ask`, a sell from `.bid`.
extension OrderBook {
  /// The highest bid.
  public var bestBid: Level? { isReady && !bids.isEmpty ? bids.touch : nil }

  /// The lowest ask.
  public var bestAsk: Level? { isReady && !asks.isEmpty ? asks.touch : nil }

  /// The exact middle of best bid and best ask; `nil` when a side is empty.
  public var mid: Decimal64? {
    guard let bid = bestBid, let ask = bestAsk else { return nil }
    let sum = Int128(bid.price) + Int128(ask.price)
    if sum % 2 == 0 { return Decimal64(mantissa: Int64(sum / 2), exponent: priceExponent) }
    guard priceExponent > Decimal64.exponentRange.lowerBound, let mantissa = Int64(exactly: sum * 5) else { return nil }
    return Decimal64(mantissa: mantissa, exponent: priceExponent - 1)
  }

  /// Best ask minus best bid; `nil` when a side is empty.
  public var spread: Decimal64? {
    guard let bid = bestBid, let ask = bestAsk else { return nil }
    let (mantissa, overflow) = ask.price.subtractingReportingOverflow(bid.price)
    return overflow ? nil : Decimal64(mantissa: mantissa, exponent: priceExponent)
  }

  /// How many levels a side holds.
  public func depth(_ side: BookSide) -> Int { isReady ? (side == .bid ? bids.count : asks.count) : 0 }

  /// The best `depth` levels, best first. Allocates; hot paths use `withLevels`.
  public func levels(_ side: BookSide, depth: Int = .max) -> [Level] {
    withLevels(side) { Array($0.suffix(max(0, depth)).reversed()) }
  }

  /// Lends all levels of a side, the deepest first and the touch last, for the time of the call.
  public func withLevels<Result>(_ side: BookSide, _ body: (UnsafeBufferPointer<Level>) -> Result) -> Result {
    guard isReady else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
    return body(side == .bid ? bids.levels : asks.levels)
  }

  /// The quantity at a price, 0 when the book holds no such level. O(log levels) away from the touch.
  public func quantity(_ side: BookSide, at price: Int64) -> Int64 {
    guard isReady else { return 0 }
    return side == .bid ? bids.quantity(at: price) : asks.quantity(at: price)
  }

  /// Quantity and notional of the best levels until `quantity` is reached; the last level counts in part. `nil` when
  /// the side does not hold that much, or `quantity` is not positive. O(levels taken).
  public func take(_ side: BookSide, quantity: Int64) -> BookSum? {
    guard quantity > 0 else { return nil }
    return withLevels(side) { levels in
      var sum = BookSum(priceExponent: priceExponent, quantityExponent: quantityExponent)
      for level in levels.reversed() {
        let part = min(level.quantity, quantity &- Int64(truncatingIfNeeded: sum.quantity))
        guard sum.add(price: level.price, quantity: part) else { return nil }
        if sum.quantity == Int128(quantity) { return sum }
      }
      return nil
    }
  }

  /// Quantity and notional of all levels that an order limited to `limit` reaches (at or better than it); empty when it
  /// reaches none, `nil` when the sums do not fit 128 bits or the book is not ready. O(levels reached).
  public func reach(_ side: BookSide, limit: Int64) -> BookSum? {
    guard isReady else { return nil }
    return withLevels(side) { levels in
      var sum = BookSum(priceExponent: priceExponent, quantityExponent: quantityExponent)
      for level in levels.reversed() {
        if side == .ask ? level.price > limit : level.price < limit { break }
        guard sum.add(price: level.price, quantity: level.quantity) else { return nil }
      }
      return sum
    }
  }

  /// Quantity and notional of the best `depth` levels. O(depth).
  public func cumulative(_ side: BookSide, depth: Int) -> BookSum? {
    guard isReady else { return nil }
    return withLevels(side) { levels in
      var sum = BookSum(priceExponent: priceExponent, quantityExponent: quantityExponent)
      for level in levels.suffix(max(0, depth)).reversed() {
        guard sum.add(price: level.price, quantity: level.quantity) else { return nil }
      }
      return sum
    }
  }

  /// The worst price that must be accepted to trade `quantity` at once. `nil` when the side does not hold that much, or
  /// `quantity` is not a positive multiple of the book's unit.
  public func price(_ side: BookSide, forVolume quantity: Decimal64) -> Decimal64? {
    guard let units = quantity.mantissa(at: quantityExponent), let sum = take(side, quantity: units) else { return nil }
    return Decimal64(mantissa: sum.worstPrice, exponent: priceExponent)
  }

  /// The quantity that can be traded at once at `price` or better. A price between two units counts as the one inside.
  public func volume(_ side: BookSide, forPrice price: Decimal64) -> Decimal64? {
    let unit = Decimal64(mantissa: 1, exponent: priceExponent)
    guard let (down, exact) = price.steps(of: unit) else { return nil }
    guard exact || side == .ask || down < .max else { return nil }
    return reach(side, limit: exact || side == .ask ? down : down + 1)?.quantityDecimal
  }

  /// The volume-weighted average price of trading `quantity` at once, at `places` decimal places; `nil` as `price`
  /// does.
  public func averagePrice(
    _ side: BookSide, forVolume quantity: Decimal64, places: Int32, rounding: Rounding = .nearestEven
  ) -> Decimal64? {
    guard let units = quantity.mantissa(at: quantityExponent) else { return nil }
    return take(side, quantity: units)?.average(places: places, rounding: rounding)
  }
}

/// The exact sum of some levels.
public struct BookSum: Equatable, Sendable {
  public let priceExponent: Int32
  public let quantityExponent: Int32
  /// At `quantityExponent`.
  public private(set) var quantity: Int128 = 0
  /// Price times quantity, at `priceExponent + quantityExponent`.
  public private(set) var notional: Int128 = 0
  /// The price of the last level added, at `priceExponent`; 0 when there is none.
  public private(set) var worstPrice: Int64 = 0

  init(priceExponent: Int32, quantityExponent: Int32) {
    self.priceExponent = priceExponent
    self.quantityExponent = quantityExponent
  }

  /// `false` when the notional does not fit 128 bits. The quantity always does: levels are limited in number.
  mutating func add(price: Int64, quantity part: Int64) -> Bool {
    let (sum, overflow) = notional.addingReportingOverflow(Int128(price) * Int128(part))
    if overflow { return false }
    notional = sum
    quantity += Int128(part)
    worstPrice = price
    return true
  }

  /// `nil` when it has more digits than fit.
  public var quantityDecimal: Decimal64? { Decimal64(exactly: quantity, exponent: quantityExponent) }

  /// `nil` when it has more digits than fit.
  public var notionalDecimal: Decimal64? { Decimal64(exactly: notional, exponent: priceExponent + quantityExponent) }

  /// Notional over quantity at `places` decimal places (0 to 18); `nil` when nothing was added or it does not fit.
  public func average(places: Int32, rounding: Rounding) -> Decimal64? {
    wideQuotient(notional, quantity, exponent: priceExponent, places: places, rounding: rounding)
  }
}
