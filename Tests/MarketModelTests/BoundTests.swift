import Decimals
import Testing

@testable import MarketModel

/// What a connector, or a venue through it, could make grow.
@Suite struct BoundTests {
  private func levels(_ count: Int) -> [Level] { (1...count).map { Level(price: Int64($0), quantity: 1) } }

  private func fill(_ book: OrderBook, _ count: Int) throws(BookFault) {
    let (bids, asks) = (levels(count), [Level]())
    try bids.withUnsafeBufferPointer { bids throws(BookFault) in
      try asks.withUnsafeBufferPointer { asks throws(BookFault) in
        try book.apply(snapshot: bids, asks: asks, sequence: 0, time: 0)
      }
    }
  }

  @Test func booksShareTheRoomForTheirLevels() throws {
    let room = LevelRoom(levels: 2000)
    func book() -> OrderBook { OrderBook(priceExponent: 0, quantityExponent: 0, room: room) }
    let (first, second) = (book(), book())
    #expect(room.left == 2000, "what every book begins with is its own")
    try fill(first, 1000)
    #expect(first.isReady && room.left == 2000 - (1500 - 256))
    #expect(throws: BookFault.noRoom(side: .bid)) { try fill(second, 1000) }
    #expect(second.state == .notReady(.rejected(.noRoom(side: .bid))) && first.isReady)
    try fill(second, 256)
    #expect(second.isReady)
  }

  @Test func updatesNeedRoomAsWell() throws {
    let room = LevelRoom(levels: 100)
    let book = OrderBook(priceExponent: 0, quantityExponent: 0, room: room)
    try fill(book, 1)
    var refused: BookFault?
    for price in Int64(2)...400 where refused == nil {
      let update = [Level(price: price, quantity: 1)]
      do throws(BookFault) {
        try update.withUnsafeBufferPointer { bids throws(BookFault) in
          try book.apply(
            update: bids, asks: UnsafeBufferPointer(start: nil, count: 0), firstSequence: 0, lastSequence: 0, time: 0)
        }
      } catch {
        refused = error
      }
    }
    #expect(refused == .noRoom(side: .bid) && !book.isReady)
  }

  @Test func whatABookTookComesBackWithItsEnd() throws {
    let room = LevelRoom(levels: 2000)
    do {
      let book = OrderBook(priceExponent: 0, quantityExponent: 0, room: room)
      try fill(book, 1000)
      #expect(room.left < 2000)
    }
    #expect(room.left == 2000)
  }

  // MARK: Orders

  private func tracker(fills: Int = 1 << 20) -> OrderTracker {
    var tracker = OrderTracker(fillLimit: fills)
    for id in UInt64(1)...2 {
      tracker.track(
        TrackedOrder(
          id: OrderID(id), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-\(id)",
          draft: OrderDraft(side: .buy, type: .limit, quantity: 10, price: 100), createCommand: CommandID(id),
          time: 0))
    }
    return tracker
  }

  private func reference(_ id: UInt64, venue: String = "") -> OrderReference {
    OrderReference(account: AccountID(1), instrument: InstrumentID(1), order: OrderID(id), venueOrderID: venue)
  }

  @Test func fillsOfAllOrdersAreBounded() throws {
    var tracker = tracker(fills: 3)
    func tell(_ id: UInt64, _ trade: String) -> [OrderChange] {
      tracker.receive(Fill(trade: trade, price: 100, quantity: 1), of: reference(id), now: 0)
    }
    for (id, trade) in [(UInt64(1), "a"), (1, "b"), (2, "c")] { #expect(tell(id, trade)[0].newFill != nil) }
    let change = try #require(tell(2, "d").first)
    #expect(change.newFill == nil && change.anomalies == [.misfit(.tooManyFills)] && change.after == .unknown)
    #expect(tell(1, "a")[0].anomalies.isEmpty, "one that is known already is no new one")
    #expect(tracker[OrderID(1)]?.fillCount == 2 && tracker[OrderID(2)]?.fillCount == 1)
    // Orders that are forgotten make room.
    _ = tracker.receive(OrderReport(.cancelled), of: reference(1), now: 0)
    #expect(tracker.removeEnded(unchangedSince: 1).map(\.id) == [OrderID(1)])
    #expect(tell(2, "e")[0].newFill != nil)
  }

  @Test func oneOrderHasOnlySoManyIdsOfTheVenue() throws {
    var tracker = tracker()
    for index in 0..<10_000 {
      _ = tracker.receive(OrderReport(.open), of: reference(1, venue: "v\(index)"), now: 0)
    }
    let order = try #require(tracker[OrderID(1)])
    #expect(order.venueOrderIDs.count == TrackedOrder.idLimit && order.venueOrderIDs.last == "v9999")
    func isKnown(_ id: String) -> Bool {
      let reference = OrderReference(account: AccountID(1), instrument: InstrumentID(1), venueOrderID: id)
      return tracker.receive(OrderReport(.open), of: reference, now: 0).count == 1
    }
    #expect(isKnown("v9999") && !isKnown("v1"), "the oldest is forgotten")
  }

  // MARK: Limits

  @Test func idleBucketsAreLookedForOnceASecond() throws {
    let second: Int64 = 1_000_000_000
    var limiter = RateLimiter(settings: RateLimiterSettings(bucketLimit: 3))
    let limit = RateLimit(bucket: 1, scope: .account, kind: .window, capacity: 10, intervalNanoseconds: 1000)
    try limiter.declare(limit, group: HostGroup(1), now: 0)
    func enter(_ account: UInt64, _ now: Int64) throws(LimitRefusal) {
      let caller = LimitCaller(group: HostGroup(1), address: 0, account: AccountID(account))
      limiter.leave(try limiter.enter([LimitCharge(bucket: 1, weight: 1)], caller: caller, now: now))
    }
    // The address's door, the account's, and its bucket.
    try enter(1, 0)
    try enter(2, second)
    #expect(throws: LimitRefusal.tooManyBuckets(limit: 3)) { try enter(3, second + 1) }
    try enter(3, 2 * second)
  }

  @Test func closingAStreamForgetsItsBucketsAlone() throws {
    var limiter = RateLimiter(settings: RateLimiterSettings(marginPercent: 0))
    let limit = RateLimit(bucket: 1, scope: .stream, kind: .window, capacity: 1, intervalNanoseconds: 1_000_000_000)
    try limiter.declare(limit, group: HostGroup(1), now: 0)
    func take(_ stream: UInt64, _ pass: UInt64) throws -> Bool {
      let caller = LimitCaller(group: HostGroup(1), address: 0, stream: stream)
      let toll = try limiter.enter([LimitCharge(bucket: 1, weight: 1)], caller: caller, now: 0)
      guard limiter.room(for: toll, isTrade: true, pass: pass, now: 0) == .now else { return false }
      limiter.start(toll)
      limiter.finish(toll, as: .unanswered, now: 0)
      return true
    }
    #expect(try take(1, 1) && take(2, 2))
    limiter.close(stream: 1)
    #expect(try take(1, 3), "a new stream of this number begins anew")
    #expect(try !take(2, 4), "and the other one does not")
  }

  // MARK: Instruments

  @Test func manyInstrumentsOfOnePairStayInOrder() throws {
    var table = InstrumentTable()
    // In an order that is neither rising nor falling.
    for index in 0..<4096 {
      let place = index * 2731 % 4096
      try table.insert(instrument(id: UInt64(place) + 1, symbol: "S\(10_000 + place)", base: "A", quote: "B"))
    }
    #expect(table.instrument(pair: "A-B")?.symbol == "S10000")
    #expect(table.conflicts.first?.symbols == (0..<4096).map { "S\(10_000 + $0)" })
    for place in 0..<4095 { #expect(table.remove(InstrumentID(UInt64(place) + 1)) != nil) }
    #expect(table.instrument(pair: "A-B")?.symbol == "S14095" && table.conflicts.isEmpty)
    table.remove(InstrumentID(4096))
    #expect(table.instrument(pair: "A-B") == nil && table.count == 0)
  }
}
