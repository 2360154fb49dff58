import CFeed
import CPatchbay
import MarketModel
import Records
import Runtime

/// Writes what happens on one lane into a segment. Inside the path of a message its taps append the facts to the ring,
/// and say of a book that was lost that it is; the rest (touch, best levels, the sign of life, waking readers) is done
/// once after each turn of the lane, however many messages came in it. Nothing of it allocates or takes a lock but what
/// gives places to markets, ten times a second at most and only where subscriptions have changed.
public final class FeedLane: LaneChore {
  /// A market that has a place.
  struct Slot {
    unowned(unsafe) var market: MarketState
    let book: UnsafeMutablePointer<pb_feed_book>
    let place: Int
    /// Which of the lane's seats it is of.
    let seat: Int
    let instrument: UInt64
    /// Differs when the book has changed.
    var mark: UInt64 = .max
    var trades: UInt64 = 0
    var isDirty = false
    /// The levels that stand in the segment are those of a ready book, and no words beside them.
    var isShownReady = false
    var isWanted = true
  }

  private let segment: FeedSegment
  private let lane: UnsafeMutablePointer<pb_feed_lane>
  private let ring: UnsafeMutablePointer<feed_ring>
  private let report: (String) -> Void
  /// Readers that wait for a socket.
  public let bells = LaneBells()
  private var seats: [(session: Session, pairs: () -> [String], tap: FeedTap)] = []
  @exclusivity(unchecked) private let slots: UnsafeMutablePointer<Slot?>
  private let capacity: Int
  /// The slots that have changed since the last turn.
  @exclusivity(unchecked) private let dirty: UnsafeMutablePointer<Int>
  @exclusivity(unchecked) private var dirtyCount = 0
  /// What readers are to be woken for.
  @exclusivity(unchecked) private var bits: UInt32 = 0
  /// Those that were not woken yet, because they were too many at once.
  private var left: UInt32 = 0
  /// Those for which no bell was rung yet, because the list of bells was being changed.
  private var unrung: UInt32 = 0
  private var scanDue = Int64.min
  private var isFull = false
  /// Markets of places by their object: keeps them alive as long as a slot points to them.
  private var kept: [Int: MarketState] = [:]

  private static let scanInterval: Int64 = 100_000_000
  /// Readers that are woken in one turn.
  private static let wakes: Int32 = 32

  /// - Parameters:
  ///   - number: the lane's, from 0.
  ///   - report: is given what is not published, a line.
  public init(_ segment: FeedSegment, lane number: Int, report: @escaping (String) -> Void) {
    self.segment = segment
    self.report = report
    lane = segment.lane(number)
    ring = .allocate(capacity: 1)
    ring.initialize(to: segment.ring(number))
    capacity = segment.shape.books
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: nil, count: capacity)
    dirty = .allocate(capacity: capacity)
  }

  deinit {
    ring.deallocate()
    slots.deinitialize(count: capacity)
    slots.deallocate()
    dirty.deallocate()
  }

  /// Publishes a seat from now on; on the lane's thread, or before it runs.
  public func add(_ seat: Host.Seat) { add(seat.session) { [unowned seat] in seat.pairs } }

  /// Publishes a session from now on.
  /// - Parameter pairs: what is subscribed to, `BASE-QUOTE`; asked ten times a second.
  public func add(_ session: Session, pairs: @escaping () -> [String]) {
    guard let instance = segment.shape.instances.firstIndex(where: { $0.name == session.name }) else { return }
    let tap = FeedTap(self, instance: UInt32(instance))
    seats.append((session, pairs, tap))
    session.tap = tap
  }

  // MARK: Inside the path of a message

  @inline(__always)
  func append(_ record: RecordReader, _ instance: UInt32, _ times: Times) {
    feed_append(ring, record.base, record.rec.size, instance, times.mono, times.wall)
    bits |= PB_FEED_BIT_RECORD
  }

  /// A market has changed: it is published after the turn. A book that is not ready loses its touch at once, so that
  /// nobody trades on it meanwhile.
  @inline(__always)
  func changed(_ index: Int, _ mono: Int64) {
    if slots[index]?.market.book.isReady == false { touch(index, mono) }
    note(index)
  }

  /// Brings the touch of a market up to date.
  private func touch(_ index: Int, _ mono: Int64) {
    guard let slot = slots[index] else { return }
    let book = slot.market.book
    let place = (UnsafeMutableRawPointer(slot.book) + Self.touchAt).assumingMemoryBound(to: pb_feed_touch.self)
    if book.isReady {
      let bid = book.bestBid.map { pb_feed_level(price: $0.price, quantity: $0.quantity) } ?? pb_feed_level()
      let ask = book.bestAsk.map { pb_feed_level(price: $0.price, quantity: $0.quantity) } ?? pb_feed_level()
      feed_put_touch(place, UInt32(PB_FEED_BOOK_READY), 0, bid, ask, book.sequence, mono, book.time)
    } else {
      let (state, reason) = book.state.feedWords
      feed_put_touch(place, state, reason, pb_feed_level(), pb_feed_level(), 0, mono, 0)
    }
  }

  func trade(_ index: Int, _ record: RecordReader, _ mono: Int64) {
    guard let slot = slots[index] else { return }
    let fact = record.head(as: pb_trade.self)
    var trade = pb_feed_trade()
    (trade.price, trade.quantity, trade.venue_ns, trade.mono_ns) = (fact.price, fact.quantity, fact.venue_ns, mono)
    (trade.side, trade.flags) = (fact.side, fact.flags)
    slots[index]?.trades &+= 1
    trade.total = slot.trades &+ 1
    let id = record.bytes(fact.trade)
    trade.id_length = UInt32(min(id.count, 48))
    withUnsafeMutableBytes(of: &trade.id) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: id.prefix(48))) }
    feed_put(UnsafeMutableRawPointer(slot.book) + Self.tradeAt, &trade, Self.tradeBytes)
    bits |= PB_FEED_BIT_TRADE
  }

  @inline(__always)
  private func note(_ index: Int) {
    if slots[index]?.isDirty == true { return }
    slots[index]?.isDirty = true
    dirty[dirtyCount] = index
    dirtyCount &+= 1
  }

  private static let touchAt = MemoryLayout<pb_feed_book>.offset(of: \pb_feed_book.touch) ?? 0
  private static let touchBytes = MemoryLayout<pb_feed_touch>.offset(of: \pb_feed_touch.reserved) ?? 0
  private static let tradeAt = MemoryLayout<pb_feed_book>.offset(of: \pb_feed_book.trade) ?? 0
  private static let tradeBytes = MemoryLayout<pb_feed_trade>.offset(of: \pb_feed_trade.reserved2) ?? 0
  private static let wordsAt = MemoryLayout<pb_feed_depth>.offset(of: \pb_feed_depth.words) ?? 0
  private static let depthAt = MemoryLayout<pb_feed_book>.offset(of: \pb_feed_book.depth) ?? 0

  // MARK: After a turn

  public func run(_ times: Times) -> Int64? {
    feed_beat(lane, times.mono)
    if times.mono >= scanDue {
      scanDue = times.mono.addingSaturated(Self.scanInterval)
      scan(times.mono)
    }
    for place in 0..<dirtyCount {
      let index = dirty[place]
      slots[index]?.isDirty = false
      publish(index, times.mono)
    }
    dirtyCount = 0
    if bits != 0 {
      feed_announce(segment.head)
      left |= bits
      unrung |= bits
      bits = 0
    }
    if unrung != 0 { unrung = bells.ring(unrung) }
    guard left | unrung != 0 else { return scanDue }
    // A crowd of readers is woken in several turns, so that it does not hold the lane up.
    if left != 0, feed_wake(segment.head, left, Self.wakes) < Self.wakes { left = 0 }
    return left | unrung == 0 ? scanDue : times.mono
  }

  private func publish(_ index: Int, _ mono: Int64) {
    guard let slot = slots[index] else { return }
    let book = slot.market.book
    slots[index]?.mark = Self.mark(book)
    slots[index]?.isShownReady = book.isReady
    touch(index, mono)
    var depth = pb_feed_depth()
    depth.mono_ns = mono
    if book.isReady {
      depth.state = UInt32(PB_FEED_BOOK_READY)
      (depth.sequence, depth.venue_ns) = (book.sequence, book.time)
      depth.bids = UInt32(min(book.depth(.bid), segment.shape.levels))
      depth.asks = UInt32(min(book.depth(.ask), segment.shape.levels))
    } else {
      (depth.state, depth.reason) = book.state.feedWords
      book.state.words(priceExponent: book.priceExponent).withUTF8Prefix(127) { text in
        withUnsafeMutableBytes(of: &depth.words) { $0.copyMemory(from: text) }
      }
    }
    let place = UnsafeMutableRawPointer(slot.book) + Self.depthAt
    let lock = place.assumingMemoryBound(to: UInt64.self)
    let before = feed_begin(lock)
    // The words stay empty from one ready book to the next.
    let whole = slot.isShownReady && book.isReady ? Self.wordsAt : MemoryLayout<pb_feed_depth>.size
    withUnsafeBytes(of: &depth) { feed_copy(place + 8, $0.baseAddress.map { $0 + 8 }, whole - 8) }
    put(book, .bid, Int(depth.bids), slot.book, 0)
    put(book, .ask, Int(depth.asks), slot.book, segment.shape.levels)
    feed_end(lock, before)
    bits |= slot.book.pointee.bit
  }

  /// Writes the best levels of a side behind a place.
  private func put(
    _ book: OrderBook, _ side: BookSide, _ count: Int, _ place: UnsafeMutablePointer<pb_feed_book>, _ offset: Int
  ) {
    let target = UnsafeMutableRawPointer(place + 1).assumingMemoryBound(to: pb_feed_level.self) + offset
    book.withLevels(side) { levels in
      guard let start = levels.baseAddress, count > 0 else { return }
      feed_put_levels(target, start + (levels.count - count), count)
    }
  }

  private static func mark(_ book: OrderBook) -> UInt64 {
    book.counters.snapshots &+ book.counters.updates &+ book.counters.invalidations &+ book.counters.rejected
  }

  // MARK: Places

  /// Gives places to what is subscribed to, takes them from what is not any more, and finds books that were declared
  /// not ready by nobody's record.
  private func scan(_ mono: Int64) {
    for index in 0..<capacity { slots[index]?.isWanted = false }
    for (number, entry) in seats.enumerated() {
      for pair in entry.pairs() {
        guard let market = entry.session.view.market(pair: pair) else { continue }
        if let index = entry.tap.slot(market.instrument.id.rawValue), slots[index]?.market === market {
          slots[index]?.isWanted = true
          if slots[index]?.mark != Self.mark(market.book) { changed(index, mono) }
        } else {
          open(market, pair, number, mono)
        }
      }
    }
    for index in 0..<capacity where slots[index]?.isWanted == false { close(index, mono) }
  }

  private func open(_ market: MarketState, _ pair: String, _ seat: Int, _ mono: Int64) {
    guard let index = (0..<capacity).first(where: { slots[$0] == nil }), let place = segment.takePlace() else {
      let words = "is not in the feed in shared memory: all \(capacity) places are taken; see feed.books"
      if !isFull { report("\(pair) \(words)") }
      isFull = true
      return
    }
    let instrument = market.instrument
    var identity = pb_feed_book()
    (identity.instrument, identity.instance, identity.in_use) = (instrument.id.rawValue, seats[seat].tap.instance, 1)
    (identity.price_exp, identity.quantity_exp) = (market.book.priceExponent, market.book.quantityExponent)
    identity.bit = 1 << UInt32(place % 30)
    FeedSegment.write(pair, to: &identity.pair)
    FeedSegment.write(instrument.symbol, to: &identity.symbol)
    let book = segment.book(place)
    write(identity, to: book)
    slots[index] = Slot(market: market, book: book, place: place, seat: seat, instrument: instrument.id.rawValue)
    kept[index] = market
    seats[seat].tap.set(instrument.id.rawValue, index)
    changed(index, mono)
  }

  private func close(_ index: Int, _ mono: Int64) {
    guard let slot = slots[index] else { return }
    let book = slot.book
    write(pb_feed_book(), to: book)
    segment.giveBack(slot.place)
    seats[slot.seat].tap.set(slot.instrument, nil)
    bits |= 1 << UInt32(slot.place % 30)
    if slot.isDirty, let place = (0..<dirtyCount).first(where: { dirty[$0] == index }) {
      dirtyCount -= 1
      dirty[place] = dirty[dirtyCount]
    }
    slots[index] = nil
    kept[index] = nil
    isFull = false
  }

  /// Changes whose a place is. Everything of the market before is gone with it.
  private func write(_ identity: pb_feed_book, to book: UnsafeMutablePointer<pb_feed_book>) {
    let place = UnsafeMutableRawPointer(book)
    let before = feed_begin(place.assumingMemoryBound(to: UInt64.self))
    var empty = pb_feed_book()
    feed_put(place + Self.touchAt, &empty.touch, Self.touchBytes)
    feed_put(place + Self.tradeAt, &empty.trade, Self.tradeBytes)
    feed_put(place + Self.depthAt, &empty.depth, MemoryLayout<pb_feed_depth>.size)
    withUnsafeBytes(of: identity) { feed_copy(place + 8, $0.baseAddress.map { $0 + 8 }, Self.touchAt - 8) }
    feed_end(place.assumingMemoryBound(to: UInt64.self), before)
  }
}

extension BookState {
  /// PB_FEED_BOOK_ and PB_FEED_REASON_.
  fileprivate var feedWords: (state: UInt32, reason: UInt32) {
    switch self {
    case .empty: (UInt32(PB_FEED_BOOK_EMPTY), 0)
    case .ready: (UInt32(PB_FEED_BOOK_READY), 0)
    case .notReady(let reason): (UInt32(PB_FEED_BOOK_NOT_READY), UInt32(reason.feedReason))
    }
  }

  /// As the interface for programs says it.
  fileprivate func words(priceExponent: Int32) -> String {
    if case .notReady(let reason) = self { return reason.words(priceExponent: priceExponent) }
    return description
  }
}

extension NotReadyReason {
  fileprivate var feedReason: Int {
    switch self {
    case .sequenceGap: PB_FEED_REASON_SEQUENCE
    case .checksumMismatch: PB_FEED_REASON_CHECKSUM
    case .streamClosed: PB_FEED_REASON_CLOSED
    case .queueOverflow: PB_FEED_REASON_OVERFLOW
    case .malformedUpdate: PB_FEED_REASON_MALFORMED
    case .resyncRequested: PB_FEED_REASON_RESYNC
    case .crossed: PB_FEED_REASON_CROSSED
    case .instrumentUnusable: PB_FEED_REASON_UNUSABLE
    case .unsubscribed: PB_FEED_REASON_UNSUBSCRIBED
    case .rejected: PB_FEED_REASON_REFUSED
    }
  }
}

extension String {
  /// Lends at most so many bytes of the text, cut off at a whole character.
  fileprivate func withUTF8Prefix(_ most: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var text = self
    while text.utf8.count > most { text.removeLast() }
    text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }
}
