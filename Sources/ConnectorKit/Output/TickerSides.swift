import CPatchbay

/// The best prices of a ticker. Venues write a side that has no orders as a price or a quantity of zero, or as `null`;
/// such a side is said to be empty (`PB_TICKER_NO_BID`), which is not the same as not given.
extension pb_ticker {
  /// Says what the best bid is, at the instrument's exponents.
  /// - Parameters:
  ///   - price: `nil`, zero or less = there is no bid.
  ///   - quantity: `nil` = the venue does not say it; zero = there is no bid.
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

  /// Says what the last price was; nothing for one that is not above zero.
  @inlinable
  public mutating func setLast(_ price: Int64, _ quantity: Int64? = nil) {
    guard price > 0 else { return }
    last_price = price
    if let quantity { last_quantity = quantity }
    present |= UInt64(PB_TICKER_LAST)
  }

  /// Says what the prices of the last 24 hours were; nothing for those of a market without trades.
  @inlinable
  public mutating func setDay(open: Int64, high: Int64, low: Int64) {
    guard open > 0, high > 0, low > 0 else { return }
    (open_price, high_price, low_price) = (open, high, low)
    present |= UInt64(PB_TICKER_DAY)
  }
}
