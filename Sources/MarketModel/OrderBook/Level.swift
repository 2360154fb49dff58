/// A price level. Both numbers stand at the instrument's exponents: `price * 10^priceExponent`, `quantity *
/// 10^quantityExponent`. Two bare 64-bit integers in this order, so that memory holding a connector's levels can be
/// rebound.
@frozen
public struct Level: Equatable, Sendable, BitwiseCopyable {
  public var price: Int64
  /// In base. Zero in an update removes the level.
  public var quantity: Int64

  @inlinable
  public init(price: Int64, quantity: Int64) {
    self.price = price
    self.quantity = quantity
  }
}

/// One side of an order book.
public enum BookSide: UInt8, Sendable, CaseIterable {
  case bid
  case ask
}

/// Why a book refused a snapshot or an update. But for `notReady`, the book is not ready afterwards, for this reason.
public enum BookFault: Error, Equatable, Sendable {
  /// An update came while the book waits for a snapshot; it was ignored and changed nothing.
  case notReady
  /// A price is zero or negative and the instrument does not allow that.
  case nonPositivePrice(side: BookSide, price: Int64)
  /// A quantity is below zero.
  case negativeQuantity(side: BookSide, price: Int64)
  /// A snapshot holds a level without quantity.
  case zeroQuantity(side: BookSide, price: Int64)
  /// A snapshot holds a price twice on one side.
  case duplicatePrice(side: BookSide, price: Int64)
  /// The last sequence number lies before the first, or before what was applied already.
  case sequenceBackwards(applied: UInt64, got: UInt64)
  /// The best bid is not below the best ask and the venue's book may not cross.
  case crossed(bid: Int64, ask: Int64)
  /// A side would hold more levels than the book's limit.
  case tooManyLevels(side: BookSide, limit: Int)
  /// All books of the connector together hold as many levels as they may.
  case noRoom(side: BookSide)
  /// The book found its own order broken: a defect of Patchbay.
  case invariantBroken
}

/// Why a book that was in use cannot be read now.
public enum NotReadyReason: Equatable, Sendable {
  /// A sequence number is missing.
  case sequenceGap
  /// The venue's checksum differs from the book.
  case checksumMismatch
  /// The stream that feeds it was cut.
  case streamClosed
  /// Too many updates came before the snapshot.
  case queueOverflow
  /// An update could not be read.
  case malformedUpdate
  /// A resync was asked for.
  case resyncRequested
  /// The connector found its rebuilt book impossible.
  case crossed
  /// The instrument's numbers do not fit, or it is gone.
  case instrumentUnusable
  /// Nobody wants it any more.
  case unsubscribed
  /// The book itself refused what it was given.
  case rejected(BookFault)
}

/// Whether a book may be read.
public enum BookState: Equatable, Sendable {
  /// No snapshot has come yet.
  case empty
  /// In step with the venue.
  case ready
  /// Waits for the next snapshot; reads give nothing.
  case notReady(NotReadyReason)
}

/// What one book has lived through. Counts never go down.
public struct BookCounters: Equatable, Sendable {
  /// Snapshots applied.
  public var snapshots: UInt64 = 0
  /// Updates applied.
  public var updates: UInt64 = 0
  /// Levels in applied snapshots and updates.
  public var levels: UInt64 = 0
  /// Levels removed by an update that the book did not hold; usual where a venue's book is deeper than ours.
  public var unknownRemovals: UInt64 = 0
  /// Levels removed because a newer one crossed them.
  public var uncrossed: UInt64 = 0
  /// Snapshots and updates refused.
  public var rejected: UInt64 = 0
  /// Updates that came while the book was not ready.
  public var ignored: UInt64 = 0
  /// Times the book was declared not ready from outside.
  public var invalidations: UInt64 = 0
}
