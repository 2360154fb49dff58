import Decimals

/// The order book of one instrument.
///
/// Each side is one sorted block of levels with the touch at its end (`LevelStore`), so that the usual update, near
/// the touch, costs the same on a book of ten levels and of ten thousand. Prices and quantities are integers at the
/// instrument's exponents.
///
/// A book is `empty` until its first snapshot and `ready` while it is in step with the venue. A snapshot or update
/// that cannot be true makes it not ready at once, with the reason, and clears it: nobody reads a half-built, crossed
/// or stale book. Then only a snapshot makes it ready again. Reads of a book that is not ready give nothing (`nil`, no
/// levels).
///
/// A crossed book is refused, unless the instrument may cross. Then the newer level wins: what an update brings
/// removes what it crosses on the other side, and within one update, which has no order of its own, asks count as
/// newer than bids. Inside a snapshot all levels are of one age: crossing quantities cancel each other out, as if they
/// had traded.
///
/// Not thread-safe: a book belongs to one lane. In steady state nothing is allocated; memory grows geometrically up to
/// the limit, and an unsorted snapshot may allocate while it is sorted.
public final class OrderBook {
  public struct Options: Sendable {
    /// Most levels per side; more make the book not ready.
    public var maximumLevels = 65_536
    /// Levels per side that there is room for from the start.
    public var initialCapacity = 256
    /// The venue's book may be crossed; the book uncrosses it.
    public var mayCross = false
    /// Zero and negative prices are valid.
    public var allowsNonPositivePrices = false
    /// Checks all invariants after each mutation, in O(levels). On in debug builds.
    public var checksInvariants = Options.isDebugBuild

    public init() {}

    private static var isDebugBuild: Bool {
      #if DEBUG
        true
      #else
        false
      #endif
    }
  }

  public let priceExponent: Int32
  public let quantityExponent: Int32
  public let options: Options

  // Exclusive access is the lane's: the run-time checks would cost more than an update of one level.
  @exclusivity(unchecked) var bids: LevelStore
  @exclusivity(unchecked) var asks: LevelStore

  @exclusivity(unchecked) public internal(set) var state = BookState.empty
  @exclusivity(unchecked) public internal(set) var counters = BookCounters()
  /// The venue's sequence of the last event applied, 0 where there is none.
  @exclusivity(unchecked) public internal(set) var sequence: UInt64 = 0
  /// The `time` given with the last applied snapshot or update, in nanoseconds.
  @exclusivity(unchecked) public internal(set) var time: Int64 = 0

  /// - Parameter room: what this book may take together with others; `nil` = whatever it needs up to its limit.
  public init(
    priceExponent: Int32, quantityExponent: Int32, options: Options = Options(), room: LevelRoom? = nil
  ) {
    self.priceExponent = priceExponent
    self.quantityExponent = quantityExponent
    self.options = options
    let limit = max(1, options.maximumLevels)
    bids = LevelStore(side: .bid, capacity: min(options.initialCapacity, limit), limit: limit, room: room)
    asks = LevelStore(side: .ask, capacity: min(options.initialCapacity, limit), limit: limit, room: room)
  }

  public var isReady: Bool { state == .ready }

  /// Takes the book out of use until the next snapshot. The first reason stands: a book that is not ready stays so for
  /// it.
  public func invalidate(reason: NotReadyReason) {
    counters.invalidations += 1
    if case .notReady = state { return }
    stop(reason)
  }

  /// It is subscribed to anew: why it was out of use before is over. A book that is in use stays so.
  public func awaitSnapshot() {
    if case .notReady = state { state = .empty }
  }

  /// Puts a book of the same instrument that was built aside in the place of this one. O(1).
  /// - Parameter newer: ready; afterwards it holds what this one held.
  public func adopt(_ newer: OrderBook) {
    swap(&bids, &newer.bids)
    swap(&asks, &newer.asks)
    swap(&state, &newer.state)
    (sequence, time) = (newer.sequence, newer.time)
    counters.snapshots &+= 1
    counters.levels &+= newer.counters.levels
  }

  /// Keeps the best `depth` levels per side; 0 keeps all. O(1).
  public func trim(depth: Int) {
    guard depth > 0 else { return }
    bids.trim(depth: depth)
    asks.trim(depth: depth)
  }

  /// Whether both sides are strictly sorted, hold no empty level and do not cross. O(levels).
  public func checkInvariants() -> Bool {
    guard bids.isSound, asks.isSound else { return false }
    guard state == .ready else { return bids.isEmpty && asks.isEmpty }
    return crossing == nil
  }

  /// The touch, when the best bid is not below the best ask.
  var crossing: (bid: Int64, ask: Int64)? {
    guard !bids.isEmpty, !asks.isEmpty, bids.touch.price >= asks.touch.price else { return nil }
    return (bids.touch.price, asks.touch.price)
  }

  func stop(_ reason: NotReadyReason) {
    bids.removeAll()
    asks.removeAll()
    state = .notReady(reason)
  }
}
