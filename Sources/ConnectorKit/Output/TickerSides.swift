import CPatchbay

/// The best prices of a ticker. Venues write a side that has no orders as a price or a quantity of zero, or as `null`;
/// such a side is said to be empty (`PB_TICKER_NO_BID`), which is not the same as not told.
extension pb_ticker {
  /// Says what the best bid is, at the instrument's exponents.
  /// - Parameters:
  ///   - price: `nil`, zero or less = there is no bid.
  ///   - quantity: `nil` = the venue does not tell it; zero = there is no bid.
  @inlinable
  public mutating func setBid(_ price: Int64?, _ quantity: Int64?) {
    guard let price, price > 0, quantity != 0 else { return present |= UInt64(PB_TICKER_NO_BID) }
    (bid_price, bid_quantity) = (price, quantity ?? 0)
    present |= UInt64(PB_TICKER_BID)
  }

  /// As `setBid`, of the best ask.
  @inlinable
  public mutating func setAsk(_ price: Int64?, _ quantity: Int64?) {
    guard let price, price > 0, quantity != 0 else { return present |= UInt64(PB_TICKER_NO_ASK) }
    (ask_price, ask_quantity) = (price, quantity ?? 0)
    present |= UInt64(PB_TICKER_ASK)
  }
}
