import Decimals
import MarketModel
import Runtime

/// The best levels of a book, copied out: may be read anywhere.
public struct BookCopy: Sendable {
  /// `nil` = it is ready; else why it is not, for people, and there are no levels.
  public let missing: String?
  /// Best first. Prices and quantities stand at the exponents below.
  public let bids: [Level]
  public let asks: [Level]
  public let priceExponent: Int32
  public let quantityExponent: Int32
  /// The venue's, or 0.
  public let sequence: UInt64
  /// The venue's time of the last change, in nanoseconds since 1970, or 0.
  public let time: Int64

  /// On the market's lane. O(depth).
  package init(_ market: MarketState, depth: Int) {
    let book = market.book
    missing = book.isReady ? nil : book.state.words(priceExponent: market.instrument.priceExponent)
    bids = book.levels(.bid, depth: depth)
    asks = book.levels(.ask, depth: depth)
    priceExponent = book.priceExponent
    quantityExponent = book.quantityExponent
    sequence = book.sequence
    time = book.time
  }

  public func price(_ level: Level) -> Decimal64 { Decimal64(mantissa: level.price, exponent: priceExponent) }
  public func quantity(_ level: Level) -> Decimal64 { Decimal64(mantissa: level.quantity, exponent: quantityExponent) }
}

extension BookState {
  func words(priceExponent: Int32) -> String {
    if case .notReady(let reason) = self { return reason.words(priceExponent: priceExponent) }
    return description
  }
}
