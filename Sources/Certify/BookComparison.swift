import Decimals
import JSONTree
import MarketModel
import Runtime

/// The first level by which a side of a book differs from what it should be.
struct LevelDifference: Equatable {
  let side: BookSide
  /// From 0, the best first.
  let place: Int
  /// Price and quantity; nil = there is no such level.
  let expected: [String]?
  let got: [String]?

  static func text(_ level: [String]?) -> String { level?.joined(separator: " x ") ?? "no level" }
}

/// Compares books with what an expected file says of them. Quantities there are as the exchange counts them: in
/// contracts, where those are traded.
struct BookComparison {
  let manifest: CertificationManifest

  /// - Parameters:
  ///   - levels: of the side, the best first.
  ///   - wanted: a list of `[price, quantity]`, the best first.
  func first(
    _ levels: [Level], _ side: BookSide, of instrument: Instrument, _ wanted: JSONValue?, depth: Int
  ) -> LevelDifference? {
    let expected = (wanted?.array ?? []).prefix(depth).map { level in
      [price(level[0]?.scalar, instrument)?.plain ?? "?", base(level[1]?.scalar, instrument)?.plain ?? "?"]
    }
    return Self.first(levels.prefix(depth).map { Self.text($0, instrument) }, expected, side)
  }

  static func text(_ level: Level, _ instrument: Instrument) -> [String] {
    [
      Decimal64(mantissa: level.price, exponent: instrument.priceExponent).plain,
      Decimal64(mantissa: level.quantity, exponent: instrument.quantityExponent).plain,
    ]
  }

  static func first(_ got: [[String]], _ expected: [[String]], _ side: BookSide) -> LevelDifference? {
    guard got != expected else { return nil }
    let place = zip(got, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(got.count, expected.count)
    return LevelDifference(
      side: side, place: place, expected: place < expected.count ? expected[place] : nil,
      got: place < got.count ? got[place] : nil)
  }

  func base(_ counted: String?, _ instrument: Instrument) -> Decimal64? {
    counted.flatMap { Decimal64($0) }?.multiplied(by: instrument.rules.multiplier)?
      .multiplied(by: manifest.factors(of: instrument.symbol).quantity)
  }

  func price(_ written: String?, _ instrument: Instrument) -> Decimal64? {
    written.flatMap { Decimal64($0) }?.multiplied(by: manifest.factors(of: instrument.symbol).price)
  }
}
