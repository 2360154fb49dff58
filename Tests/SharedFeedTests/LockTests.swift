import CFeed
import Testing

@testable import SharedFeed

/// The sequence locks: a reader has a whole change or none.
@Suite struct LockTests {
  private static let levels = 20

  /// A change in which every number follows from one.
  private static func touch(_ number: Int64) -> pb_feed_touch {
    var touch = pb_feed_touch()
    touch.state = UInt32(PB_FEED_BOOK_READY)
    (touch.bid_price, touch.bid_quantity, touch.ask_price, touch.ask_quantity) = (number, -number, number + 1, number)
    (touch.sequence, touch.mono_ns, touch.venue_ns) = (UInt64(number), number, number)
    return touch
  }

  private static func isWhole(_ touch: pb_feed_touch) -> Bool {
    let number = touch.bid_price
    return touch.bid_quantity == -number && touch.ask_price == number + 1 && touch.ask_quantity == number
      && touch.sequence == UInt64(number) && touch.mono_ns == number && touch.venue_ns == number
  }

  private static let touchAt = MemoryLayout<pb_feed_book>.offset(of: \pb_feed_book.touch) ?? 0
  private static let touchBytes = MemoryLayout<pb_feed_touch>.offset(of: \pb_feed_touch.reserved) ?? 0
  private static let depthAt = MemoryLayout<pb_feed_book>.offset(of: \pb_feed_book.depth) ?? 0

  /// Writes a change of the touch and of all levels.
  private static func write(_ number: Int64, _ book: UnsafeMutablePointer<pb_feed_book>) {
    var touch = touch(number)
    feed_put(UnsafeMutableRawPointer(book) + touchAt, &touch, touchBytes)
    let place = UnsafeMutableRawPointer(book) + depthAt
    let lock = place.assumingMemoryBound(to: UInt64.self)
    let before = feed_begin(lock)
    var depth = pb_feed_depth()
    (depth.sequence, depth.bids, depth.asks) = (UInt64(number), UInt32(levels), UInt32(levels))
    withUnsafeBytes(of: depth) { feed_copy(place + 8, $0.baseAddress.map { $0 + 8 }, $0.count - 8) }
    let all = [pb_feed_level](repeating: pb_feed_level(price: number, quantity: number), count: 2 * levels)
    feed_put_levels(UnsafeMutableRawPointer(book + 1).assumingMemoryBound(to: pb_feed_level.self), all, all.count)
    feed_end(lock, before)
  }

  @Test func noReadIsTornWhileAWriterHammers() throws {
    let pair = try Pair(levels: Self.levels)
    pair.name(3, "A-B")
    var place = try pair.find("A-B")
    let segment = pair.segment
    let changes: Int64 = 200_000
    Self.write(1, segment.book(3))
    let writer = Worker { for number in 2...changes { Self.write(number, segment.book(3)) } }
    var (touch, depth) = (pb_feed_touch(), pb_feed_depth())
    var bids = [pb_feed_level](repeating: pb_feed_level(), count: Self.levels)
    var asks = bids
    var (reads, torn, busy) = (0, 0, 0)
    var last: (touch: UInt64, depth: UInt64) = (0, 0)
    while last.depth < UInt64(changes) {
      if pb_feed_read_touch(pair.feed, &place, &touch) == PB_FEED_READ {
        if !Self.isWhole(touch) || touch.sequence < last.touch { torn += 1 }
        last.touch = touch.sequence
      } else {
        busy += 1
      }
      if pb_feed_read_depth(pair.feed, &place, &depth, &bids, &asks, UInt32(Self.levels)) == PB_FEED_READ {
        let number = Int64(depth.sequence)
        let isWhole = depth.bids == UInt32(Self.levels) && (bids + asks).allSatisfy {
          $0.price == number && $0.quantity == number
        }
        if !isWhole || depth.sequence < last.depth { torn += 1 }
        last.depth = depth.sequence
        reads += 1
      } else {
        busy += 1
      }
    }
    writer.join()
    #expect(torn == 0 && reads > 0, "\(reads) reads, \(busy) given up")
  }

  /// The check above would see it.
  @Test func aPlantedTearIsFound() throws {
    let pair = try Pair(levels: Self.levels)
    pair.name(0, "A-B")
    var place = try pair.find("A-B")
    Self.write(7, pair.segment.book(0))
    var touch = pb_feed_touch()
    #expect(pb_feed_read_touch(pair.feed, &place, &touch) == PB_FEED_READ && Self.isWhole(touch))
    // Half of a change, without the lock.
    var half = Self.touch(8)
    feed_copy(UnsafeMutableRawPointer(pair.segment.book(0)) + Self.touchAt + 8, &half.state, 24)
    // The state's word and the two numbers behind it are new, the others old.
    #expect(pb_feed_read_touch(pair.feed, &place, &touch) == PB_FEED_READ && !Self.isWhole(touch))
  }

  /// A host that dies inside a change leaves a lock that nobody opens: a reader gives up, and does not hang.
  @Test func aLockThatIsLeftShutIsGivenUp() throws {
    let pair = try Pair()
    pair.name(0, "A-B")
    var place = try pair.find("A-B")
    Self.write(7, pair.segment.book(0))
    var (touch, depth) = (pb_feed_touch(), pb_feed_depth())
    var levels = [pb_feed_level](repeating: pb_feed_level(), count: 20)
    var more = levels
    let book = pair.segment.book(0)
    let before = (feed_begin(&book.pointee.touch.lock), feed_begin(&book.pointee.depth.lock))
    #expect(pb_feed_read_touch(pair.feed, &place, &touch) == PB_FEED_BUSY)
    #expect(pb_feed_read_depth(pair.feed, &place, &depth, &levels, &more, 20) == PB_FEED_BUSY)
    feed_end(&book.pointee.touch.lock, before.0)
    feed_end(&book.pointee.depth.lock, before.1)
    #expect(pb_feed_read_touch(pair.feed, &place, &touch) == PB_FEED_READ)
  }

  @Test func aPlaceThatChangesHandsSaysSo() throws {
    let pair = try Pair()
    for index in 0..<8 { pair.name(index, "P\(index)-Q") }
    var places = try (0..<8).map { try pair.find("P\($0)-Q") }
    for index in 0..<8 { Self.write(Int64(index), pair.segment.book(index)) }
    var touch = pb_feed_touch()
    for index in 0..<8 {
      #expect(pb_feed_read_touch(pair.feed, &places[index], &touch) == PB_FEED_READ && touch.bid_price == Int64(index))
    }
    pair.name(5, "NEW-Q")
    #expect(pb_feed_read_touch(pair.feed, &places[5], &touch) == PB_FEED_MOVED)
    #expect(pb_feed_read_touch(pair.feed, &places[4], &touch) == PB_FEED_READ)
    var place = pb_feed_place()
    #expect(pb_feed_find(pair.feed, "sea", "P5-Q", &place) == PB_FEED_MOVED)
    #expect(pb_feed_find(pair.feed, "lake", "NEW-Q", &place) == PB_FEED_MOVED)
    #expect(pb_feed_find(pair.feed, "sea", "NEW-Q", &place) == PB_FEED_READ && place.price_exp == -2)
  }
}
