import Decimals

/// A spot market's mid price.
package struct RateStep: Sendable {
  package var connector: String
  package var pair: String
  package var base: String
  package var quote: String
  /// Of one base in quote.
  package var price: Decimal64
  /// It is gone from quote to base.
  package var isInverted = false

  package init(connector: String, pair: String, base: String, quote: String, price: Decimal64) {
    (self.connector, self.pair, self.base, self.quote, self.price) = (connector, pair, base, quote, price)
  }
}

/// What one asset is worth in another, by way of others. Pure.
package enum Rates {
  package static let longest = 4

  /// The fewest steps from one asset to another; of several ways the first by connector and pair; `nil` = none.
  package static func path(from: String, to: String, _ markets: [RateStep]) -> [RateStep]? {
    let markets = markets.sorted { ($0.connector, $0.pair) < ($1.connector, $1.pair) }
    var paths: [(asset: String, steps: [RateStep])] = [(from, [])]
    var seen: Set<String> = [from]
    for _ in 0...longest {
      if let found = paths.first(where: { $0.asset == to }) { return found.steps }
      var next: [(asset: String, steps: [RateStep])] = []
      for path in paths {
        for market in markets {
          var step = market
          step.isInverted = market.quote == path.asset
          guard step.isInverted || market.base == path.asset else { continue }
          let asset = step.isInverted ? market.base : market.quote
          if seen.insert(asset).inserted { next.append((asset, path.steps + [step])) }
        }
      }
      paths = next
    }
    return nil
  }

  /// The product of the steps, cut off after 18 significant digits at each; `nil` when it does not fit.
  package static func rate(_ steps: [RateStep]) -> Decimal64? {
    var rate = Decimal64.one
    for step in steps {
      guard let next = step.isInverted ? quotient(rate, step.price) : product(rate, step.price) else { return nil }
      rate = next
    }
    return rate
  }

  private static func product(_ left: Decimal64, _ right: Decimal64) -> Decimal64? {
    cut(Int128(left.mantissa) * Int128(right.mantissa), Int(left.exponent) + Int(right.exponent))
  }

  private static func quotient(_ left: Decimal64, _ right: Decimal64) -> Decimal64? {
    guard right.mantissa != 0 else { return nil }
    // Both have at most 19 digits, and 2^127 has 39.
    var (dividend, exponent) = (Int128(left.mantissa), Int(left.exponent) - Int(right.exponent))
    while dividend != 0, dividend.magnitude < 10_000_000_000_000_000_000_000_000_000_000_000_000 {
      dividend *= 10
      exponent -= 1
    }
    return cut(dividend / Int128(right.mantissa), exponent)
  }

  private static func cut(_ value: Int128, _ exponent: Int) -> Decimal64? {
    var (value, exponent) = (value, exponent)
    while value.magnitude >= 1_000_000_000_000_000_000 || value != 0 && value % 10 == 0 && exponent < 0 {
      value /= 10
      exponent += 1
    }
    return Int32(exactly: exponent).flatMap { Decimal64(exactly: value, exponent: $0) }
  }
}
