import CFeed
import CPatchbay
import Foundation
import MarketModel
import Records
import Testing

@testable import Runtime
@testable import SharedFeed

/// What a lane writes into shared memory, as a reader in C has it.
@Suite struct FeedLaneTests {
  /// The paper exchange with a feed.
  private final class Fed {
    let running: VirtualHost
    let segment: FeedSegment
    let writer: FeedLane
    let feed = UnsafeMutablePointer<pb_feed>.allocate(capacity: 1)
    let folder: String
    private final class Lines { var all: [String] = [] }
    private let lines = Lines()
    var reports: [String] { lines.all }

    init(books: Int = 8, levels: Int = 5) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "feed-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      running = try VirtualHost()
      let shape = FeedShape(
        instances: [FeedShape.Instance(name: "paper", exchange: "paper", lane: 0)], lanes: 1, books: books,
        levels: levels, ringBytes: 1 << 16)
      segment = try FeedSegment(shape, folder: "/dev/shm", link: "\(folder)/feed.shm", generation: 1, mono: 0)
      writer = FeedLane(segment, lane: 0) { [lines] in lines.all.append($0) }
      writer.add(running.seat)
      running.host.lane.add(writer)
      try #require(pb_feed_open(feed, segment.path) == 0)
      running.pass(200_000_000)
    }

    deinit {
      running.host.stop()
      pb_feed_close(feed)
      feed.deallocate()
      segment.end()
      try? FileManager.default.removeItem(atPath: folder)
    }

    func market(_ pair: String) throws -> MarketState {
      try #require(running.seat.session.view.market(pair: pair))
    }

    func place(_ pair: String) throws -> pb_feed_place {
      var place = pb_feed_place()
      try #require(pb_feed_find(feed, "paper", pair, &place) == PB_FEED_READ)
      return place
    }

    func touch(_ place: pb_feed_place) throws -> pb_feed_touch {
      var (place, touch) = (place, pb_feed_touch())
      try #require(pb_feed_read_touch(feed, &place, &touch) == PB_FEED_READ)
      return touch
    }

    func depth(_ place: pb_feed_place) throws -> (head: pb_feed_depth, bids: [Level], asks: [Level]) {
      var (place, depth) = (place, pb_feed_depth())
      var bids = [pb_feed_level](repeating: pb_feed_level(), count: 50)
      var asks = bids
      try #require(pb_feed_read_depth(feed, &place, &depth, &bids, &asks, 50) == PB_FEED_READ)
      func levels(_ from: [pb_feed_level], _ count: UInt32) -> [Level] {
        from.prefix(Int(count)).map { Level(price: $0.price, quantity: $0.quantity) }
      }
      return (depth, levels(bids, depth.bids), levels(asks, depth.asks))
    }

    func words(_ depth: pb_feed_depth) -> String {
      withUnsafeBytes(of: depth.words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Has the session take a record, as its connector emits it, outside of a turn of the lane.
    func take<Body>(_ body: Body) {
      withUnsafeBytes(of: body) { bytes in
        if let base = bytes.baseAddress { running.seat.session.receive(RecordReader(checked: base)) }
      }
    }

    func gap(_ market: MarketState, _ reason: Int) -> pb_gap {
      var gap = pb_gap()
      let size = MemoryLayout<pb_gap>.size
      gap.rec = pb_rec(size: UInt32(size), kind: UInt16(PB_EV_GAP), head: UInt16(size), seq: 1)
      (gap.instrument, gap.reason) = (market.instrument.id.rawValue, UInt32(reason))
      return gap
    }
  }

  /// An update of a book with a bid and an ask behind its fixed part.
  private struct Update {
    var book = pb_book()
    var bid: pb_level
    var ask: pb_level

    init(_ market: MarketState, bid: Int64, ask: Int64) {
      self.bid = pb_level(price: bid, quantity: 7)
      self.ask = pb_level(price: ask, quantity: 7)
      let head = MemoryLayout<pb_book>.size
      book.rec = pb_rec(size: UInt32(head + 32), kind: UInt16(PB_EV_BOOK), head: UInt16(head), seq: 1)
      book.instrument = market.instrument.id.rawValue
      book.bids = pb_list(offset: UInt32(head), count: 1)
      book.asks = pb_list(offset: UInt32(head + 16), count: 1)
    }
  }

  /// Who waits for a socket is rung for what it follows, once for all that it has not looked at, and never waited for.
  @Test func bellsRingForWhatIsFollowed() throws {
    let fed = try Fed()
    func pair() throws -> (host: Int32, reader: Int32) {
      var ends: [Int32] = [0, 0]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      return (ends[0], ends[1])
    }
    func bytes(_ reader: Int32) -> Int {
      var bytes = [UInt8](repeating: 0, count: 65_536)
      return recv(reader, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    }
    let (follower, other) = (try pair(), try pair())
    defer { for end in [follower.host, follower.reader, other.host, other.reader] { close(end) } }
    let bit = try fed.place("BTC-USDT").book.pointee.bit
    fed.writer.bells.set([
      LaneBells.Bell(descriptor: follower.host, bits: bit), LaneBells.Bell(descriptor: other.host, bits: 0),
    ])
    fed.running.pass(2_000_000_000)
    #expect(bytes(follower.reader) > 0)
    #expect(bytes(other.reader) < 0, "it follows nothing")
    // One that never looks holds nobody up.
    fed.running.pass(600_000_000_000)
    #expect(bytes(follower.reader) > 0)
    fed.writer.bells.set([])
    fed.running.pass(2_000_000_000)
    while bytes(follower.reader) > 0 {}
    fed.running.pass(2_000_000_000)
    #expect(bytes(follower.reader) < 0, "it is off the list")
  }

  @Test func booksAreThoseOfTheHost() throws {
    let fed = try Fed()
    for pair in ["BTC-USDT", "ETH-USDT"] {
      let (market, place) = (try fed.market(pair), try fed.place(pair))
      let book = market.book
      #expect(place.price_exp == book.priceExponent && place.quantity_exp == book.quantityExponent)
      for _ in 0..<50 {
        fed.running.pass(200_000_000)
        let (touch, depth) = (try fed.touch(place), try fed.depth(place))
        #expect(touch.state == UInt32(PB_FEED_BOOK_READY) && depth.head.state == UInt32(PB_FEED_BOOK_READY))
        #expect(Level(price: touch.bid_price, quantity: touch.bid_quantity) == book.bestBid)
        #expect(Level(price: touch.ask_price, quantity: touch.ask_quantity) == book.bestAsk)
        #expect(depth.bids == book.levels(.bid, depth: 5) && depth.asks == book.levels(.ask, depth: 5))
        #expect(touch.sequence == book.sequence && depth.head.sequence == book.sequence)
        #expect(touch.venue_ns == book.time && depth.head.venue_ns == book.time)
      }
      #expect(try fed.depth(place).bids.count == 5)
    }
    #expect(pb_feed_is_alive(fed.feed, 0, fed.running.clock.nanoseconds, 1_000_000) == 1)
  }

  @Test func theLastTradeIsTheTapes() throws {
    let fed = try Fed()
    var place = try fed.place("BTC-USDT")
    let market = try fed.market("BTC-USDT")
    let before = market.tape.total
    var trade = pb_feed_trade()
    fed.running.pass(30_000_000_000)
    try #require(pb_feed_read_trade(fed.feed, &place, &trade) == PB_FEED_READ && market.tape.total > before)
    let last = try #require(market.tape.last)
    #expect(trade.price == last.price && trade.quantity == last.quantity && trade.venue_ns == last.time)
    #expect(trade.side == UInt32(last.takerSide?.rawValue ?? 0))
    let id = withUnsafeBytes(of: trade.id) { String(decoding: $0.prefix(Int(trade.id_length)), as: UTF8.self) }
    #expect(id == last.id.text && !id.isEmpty)
  }

  /// The touch within the call, the levels with the next turn.
  @Test func aBookThatIsLostSaysSoAtOnce() throws {
    let fed = try Fed()
    let (market, place) = (try fed.market("BTC-USDT"), try fed.place("BTC-USDT"))
    fed.take(fed.gap(market, PB_GAP_CHECKSUM))
    var touch = try fed.touch(place)
    #expect(touch.state == UInt32(PB_FEED_BOOK_NOT_READY) && touch.reason == UInt32(PB_FEED_REASON_CHECKSUM))
    #expect(touch.bid_price == 0 && touch.bid_quantity == 0 && touch.ask_quantity == 0)
    let news = pb_feed_news(fed.feed)
    _ = fed.writer.run(fed.running.clock.now())
    let depth = try fed.depth(place)
    #expect(depth.head.state == UInt32(PB_FEED_BOOK_NOT_READY) && depth.bids.isEmpty && depth.asks.isEmpty)
    #expect(fed.words(depth.head) == "the venue's checksum differs" && pb_feed_news(fed.feed) != news)
    // What no record says is found by looking.
    let other = try fed.place("ETH-USDT")
    try fed.market("ETH-USDT").book.invalidate(reason: .streamClosed)
    fed.running.pass(150_000_000)
    touch = try fed.touch(other)
    #expect(touch.state == UInt32(PB_FEED_BOOK_NOT_READY) && touch.reason == UInt32(PB_FEED_REASON_CLOSED))
  }

  @Test func whatTheHostRefusesIsAGapInTheRing() throws {
    let fed = try Fed()
    let (market, place) = (try fed.market("BTC-USDT"), try fed.place("BTC-USDT"))
    let (bid, ask) = (try #require(market.book.bestBid).price, try #require(market.book.bestAsk).price)
    var (cursor, entry) = (pb_feed_cursor(), pb_feed_entry())
    pb_feed_begin(fed.feed, 0, &cursor)
    var record = [UInt64](repeating: 0, count: 512)
    func kind() -> Int { record.withUnsafeBytes { Int($0.load(as: pb_rec.self).kind) } }
    fed.take(Update(market, bid: bid - 1, ask: ask + 1))
    #expect(pb_feed_next(fed.feed, &cursor, &entry, &record, 4096) == PB_FEED_READ && kind() == PB_EV_BOOK)
    #expect(entry.bytes == 40 + UInt32(MemoryLayout<pb_book>.size) + 32 && entry.instance == 0)
    #expect(record.withUnsafeBytes { $0.load(as: pb_book.self).instrument } == market.instrument.id.rawValue)
    fed.take(Update(market, bid: ask + 5, ask: ask + 1))
    #expect(pb_feed_next(fed.feed, &cursor, &entry, &record, 4096) == PB_FEED_READ && kind() == PB_EV_GAP)
    #expect(record.withUnsafeBytes { $0.load(as: pb_gap.self).instrument } == market.instrument.id.rawValue)
    // A book that is refused is asked for at once, and this exchange answers within the call.
    var kinds: [Int] = []
    while pb_feed_next(fed.feed, &cursor, &entry, &record, 4096) == PB_FEED_READ { kinds.append(kind()) }
    #expect(kinds.contains(PB_EV_BOOK) && cursor.missed == 0)
    #expect(try fed.touch(place).state == UInt32(PB_FEED_BOOK_NOT_READY) && market.book.isReady, "until the turn ends")
    fed.running.pass(1_000_000)
    #expect(try fed.touch(place).state == UInt32(PB_FEED_BOOK_READY) && market.book.isReady)
    // The next time it has to wait.
    let crossed = try #require(market.book.bestAsk).price + 5
    fed.take(Update(market, bid: crossed, ask: crossed - 4))
    let touch = try fed.touch(place)
    #expect(touch.state == UInt32(PB_FEED_BOOK_NOT_READY) && touch.reason == UInt32(PB_FEED_REASON_REFUSED))
  }

  @Test func aConnectorThatGivesUpLeavesNoBook() throws {
    let fed = try Fed()
    let place = try fed.place("BTC-USDT")
    fed.running.seat.session.giveUp()
    #expect(try fed.market("BTC-USDT").book.state == .notReady(.streamClosed), "nobody reads a book that stands still")
    fed.running.pass(150_000_000)
    #expect(try fed.touch(place).state == UInt32(PB_FEED_BOOK_NOT_READY))
  }

  @Test func placesComeAndGoWithSubscriptions() throws {
    let fed = try Fed(books: 2)
    var place = try fed.place("ETH-USDT")
    try fed.running.seat.unsubscribe("ETH-USDT", fed.running.seat.offered) { _ in }
    fed.running.pass(150_000_000)
    var (touch, found) = (pb_feed_touch(), pb_feed_place())
    #expect(pb_feed_read_touch(fed.feed, &place, &touch) == PB_FEED_MOVED)
    #expect(pb_feed_find(fed.feed, "paper", "ETH-USDT", &found) == PB_FEED_MOVED)
    try fed.running.seat.subscribe("ETH-USDT", .book) { _ in }
    fed.running.pass(150_000_000)
    #expect(try fed.touch(fed.place("ETH-USDT")).state == UInt32(PB_FEED_BOOK_READY))
    #expect(pb_feed_read_touch(fed.feed, &place, &touch) == PB_FEED_MOVED, "who held the old place looks again")
    #expect(fed.reports.isEmpty)
  }

  @Test func whatHasNoPlaceIsToldOnce() throws {
    let fed = try Fed(books: 1)
    fed.running.pass(1_000_000_000)
    #expect(fed.reports.count == 1 && fed.reports.first?.hasPrefix("ETH-USDT is not in the feed") == true)
    #expect(try fed.touch(fed.place("BTC-USDT")).state == UInt32(PB_FEED_BOOK_READY))
    try fed.running.seat.unsubscribe("BTC-USDT", fed.running.seat.offered) { _ in }
    fed.running.pass(300_000_000)
    #expect(try fed.touch(fed.place("ETH-USDT")).state == UInt32(PB_FEED_BOOK_READY), "it comes as soon as one is free")
  }
}
