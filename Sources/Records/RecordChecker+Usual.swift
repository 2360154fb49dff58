import CPatchbay

extension RecordChecker {
  /// The hot path: accepts the book, trade and ticker as nearly every connector writes them, with this revision's fixed
  /// part and their parts packed behind it. False says nothing: the general check then decides.
  @inline(__always)
  func isUsualFact(_ record: UnsafeRawPointer, kind: UInt16, size: Int, head: Int) -> Bool {
    switch kind {
    case UInt16(PB_EV_BOOK): isUsualBook(record, size: size, head: head)
    case UInt16(PB_EV_TRADE): isUsualTrade(record, size: size, head: head)
    case UInt16(PB_EV_TICKER): isUsualTicker(record, size: size, head: head)
    default: false
    }
  }

  /// Two lists that fill the variable part, in either order: then they cannot overlap and leave no gap.
  @inline(__always)
  private func isUsualBook(_ record: UnsafeRawPointer, size: Int, head: Int) -> Bool {
    guard head == MemoryLayout<pb_book>.size else { return false }
    let book = record.load(as: pb_book.self)
    let bids = book.bids, asks = book.asks
    let bidBytes = Int(bids.count) * MemoryLayout<pb_level>.stride
    let askBytes = Int(asks.count) * MemoryLayout<pb_level>.stride
    guard bidBytes + askBytes == size - head, isMoment(book.venue_ns) else { return false }
    let bidsFirst = bids.offset == (bidBytes == 0 ? 0 : head) && asks.offset == (askBytes == 0 ? 0 : head + bidBytes)
    let asksFirst = asks.offset == (askBytes == 0 ? 0 : head) && bids.offset == (bidBytes == 0 ? 0 : head + askBytes)
    return bidsFirst || asksFirst
  }

  @inline(__always)
  private func isUsualTrade(_ record: UnsafeRawPointer, size: Int, head: Int) -> Bool {
    guard head == MemoryLayout<pb_trade>.size else { return false }
    let fact = record.load(as: pb_trade.self), trade = fact.trade
    let length = Int(trade.length), gap = size - head - length
    guard trade.offset == (length == 0 ? 0 : head), gap >= 0, isMoment(fact.venue_ns) else { return false }
    return isText(record + head, length) && isZero(record, from: head + length, to: size)
  }

  @inline(__always)
  private func isUsualTicker(_ record: UnsafeRawPointer, size: Int, head: Int) -> Bool {
    guard head == MemoryLayout<pb_ticker>.size, size == head else { return false }
    let ticker = record.load(as: pb_ticker.self)
    return isMoment(ticker.venue_ns) && isExponent(ticker.base_volume.exponent)
      && isExponent(ticker.quote_volume.exponent)
  }
}
