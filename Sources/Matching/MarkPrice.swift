/// The mark price of a perpetual: its index, moved by a smoothed share of the distance at which the book stands.
package struct MarkPrice: Equatable, Sendable {
  /// The most that the book counts as away from the index, in 10^-8.
  private static let bound: Int64 = 1_000_000

  package var index: Int64
  package var mark: Int64
  /// Smoothed distance of the book's middle from the index, in 10^-8 of the index.
  package private(set) var premium: Int64 = 0

  package init(index: Int64) {
    self.index = index
    mark = index
  }

  /// Takes the index from its reference, and moves a thirty-second of the way to the book's middle. The mark is a
  /// multiple of the tick, and at least one.
  /// - Returns: the distance of the book's middle from the index, in 10^-8; `nil` where a side of the book is empty.
  package mutating func follow(_ reference: Int64, _ book: MatchingEngine, tick: Int64) -> Int64? {
    index = reference
    var sample: Int64?
    if let bid = book.bids.best?.price, let ask = book.asks.best?.price {
      let twice = Int128(bid) + Int128(ask) - 2 * Int128(index)
      let distance = clamped(Int64(clamping: twice * unit / (2 * Int128(index))), Self.bound)
      premium += (distance - premium) / 32
      sample = distance
    }
    let exact = Int128(index) * (unit + Int128(premium)) / unit
    mark = max(tick, Int64(clamping: exact / Int128(tick) * Int128(tick)))
    return sample
  }
}
