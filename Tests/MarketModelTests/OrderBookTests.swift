import Decimals
import MarketModel
import SeededNumbers
import Testing

@Suite struct OrderBookRules {
  private func book(_ change: (inout OrderBook.Options) -> Void = { _ in }) -> OrderBook {
    var options = OrderBook.Options()
    options.checksInvariants = true
    change(&options)
    return OrderBook(priceExponent: -2, quantityExponent: -3, options: options)
  }

  private func filled() throws -> OrderBook {
    let book = book()
    try book.snapshot(
      bids: levels((9990, 500), (10000, 1000), (9980, 2000)), asks: levels((10010, 250), (10030, 4000), (10020, 750)),
      sequence: 100, time: 1)
    return book
  }

  @Test func startsEmptyAndBecomesReady() throws {
    let book = book()
    #expect(book.state == .empty && book.bestBid == nil && book.mid == nil && book.depth(.bid) == 0)
    #expect(throws: BookFault.notReady) { try book.update(bids: levels((1, 1))) }
    #expect(book.state == .empty && book.counters.ignored == 1)
    try book.snapshot(bids: [], asks: [])
    #expect(book.state == .ready && book.bestAsk == nil && book.spread == nil)
  }

  @Test func refusesTheImpossibleInSnapshots() throws {
    let cases: [(BookFault, [Level], [Level])] = [
      (.nonPositivePrice(side: .bid, price: 0), levels((0, 1)), []),
      (.negativeQuantity(side: .ask, price: 5), [], levels((5, -1))),
      (.zeroQuantity(side: .bid, price: 5), levels((5, 0)), []),
      (.duplicatePrice(side: .ask, price: 7), [], levels((7, 1), (9, 1), (7, 2))),
      (.crossed(bid: 8, ask: 8), levels((8, 1)), levels((8, 1))),
    ]
    for (fault, bids, asks) in cases {
      let book = try filled()
      #expect(throws: fault) { try book.snapshot(bids: bids, asks: asks) }
      #expect(book.state == .notReady(.rejected(fault)) && book.counters.rejected == 1)
      #expect(book.bestBid == nil && book.levels(.ask).isEmpty && book.checkInvariants())
      try book.snapshot(bids: levels((8, 1)), asks: levels((9, 1)))
      #expect(book.state == .ready && book.depth(.bid) == 1)
    }
  }

  @Test func refusesTheImpossibleInUpdates() throws {
    let cases: [(BookFault, [Level], UInt64, UInt64)] = [
      (.nonPositivePrice(side: .bid, price: -3), levels((-3, 1)), 0, 0),
      (.negativeQuantity(side: .bid, price: 5), levels((5, -1)), 0, 0),
      (.crossed(bid: 10010, ask: 10010), levels((10010, 1)), 0, 0),
      (.sequenceBackwards(applied: 100, got: 99), [], 98, 99),
      (.sequenceBackwards(applied: 105, got: 104), [], 105, 104),
    ]
    for (fault, bids, first, last) in cases {
      let book = try filled()
      #expect(throws: fault) { try book.update(bids: bids, first: first, last: last) }
      #expect(book.state == .notReady(.rejected(fault)))
      #expect(throws: BookFault.notReady) { try book.update(bids: levels((1, 1))) }
      #expect(book.state == .notReady(.rejected(fault)) && book.counters.ignored == 1)
    }
  }

  @Test func limitsItsLevels() throws {
    let book = book { $0.maximumLevels = 3 }
    try book.snapshot(bids: levels((1, 1), (2, 1), (3, 1)), asks: [])
    try book.update(bids: levels((2, 0), (4, 1)))
    #expect(book.levels(.bid).map(\.price) == [4, 3, 1])
    #expect(throws: BookFault.tooManyLevels(side: .bid, limit: 3)) { try book.update(bids: levels((5, 1))) }
    #expect(throws: BookFault.tooManyLevels(side: .ask, limit: 3)) {
      try book.snapshot(bids: [], asks: levels((1, 1), (2, 1), (3, 1), (4, 1)))
    }
  }

  @Test func keepsSequenceTimeAndCounters() throws {
    let book = try filled()
    try book.update(bids: levels((9990, 0), (1, 0)), asks: levels((10015, 3)), first: 99, last: 101, time: 7)
    try book.update(asks: levels((10015, 4)), first: 101, last: 101, time: 8)
    try book.update(bids: levels((9000, 1)), time: 9)
    #expect(book.sequence == 101 && book.time == 9)
    #expect(book.counters.snapshots == 1 && book.counters.updates == 3 && book.counters.levels == 11)
    #expect(book.counters.unknownRemovals == 1)
    #expect(book.quantity(.ask, at: 10015) == 4 && book.quantity(.bid, at: 9990) == 0)
  }

  @Test func aVenueThatRestartsCountsFromTheStart() throws {
    let book = try filled()
    try book.snapshot(bids: levels((1, 1)), asks: [], sequence: 2)
    #expect(book.sequence == 2 && book.isReady)
  }

  @Test func invalidationHidesTheBookAndKeepsItsFirstReason() throws {
    let book = try filled()
    book.invalidate(reason: .sequenceGap)
    book.invalidate(reason: .streamClosed)
    #expect(book.state == .notReady(.sequenceGap) && book.counters.invalidations == 2)
    #expect(book.bestAsk == nil && book.levels(.bid).isEmpty && book.take(.ask, quantity: 1) == nil)
    #expect(book.reach(.ask, limit: .max) == nil && book.cumulative(.bid, depth: 1) == nil)
  }

  @Test func trimsDeepLevelsOnly() throws {
    let book = try filled()
    book.trim(depth: 0)
    #expect(book.depth(.bid) == 3)
    book.trim(depth: 2)
    #expect(book.levels(.bid).map(\.price) == [10000, 9990] && book.levels(.ask).map(\.price) == [10010, 10020])
    try book.update(bids: levels((9985, 5)))
    #expect(book.levels(.bid).map(\.price) == [10000, 9990, 9985])
  }

  @Test func snapshotsThatMayCrossTradeTheirOverlap() throws {
    let book = book { $0.mayCross = true }
    try book.snapshot(bids: levels((105, 4), (103, 2), (100, 9)), asks: levels((101, 3), (102, 1), (104, 1), (106, 8)))
    // 4 at 105 take 3 at 101 and 1 at 102; 103 and 104 do not cross.
    #expect(book.levels(.bid) == levels((103, 2), (100, 9)) && book.levels(.ask) == levels((104, 1), (106, 8)))
    #expect(book.counters.uncrossed == 3)
  }

  @Test func withinOneUpdateAsksAreNewer() throws {
    let book = book { $0.mayCross = true }
    try book.snapshot(bids: levels((100, 1)), asks: levels((110, 1), (120, 1)))
    try book.update(bids: levels((115, 2)), asks: levels((112, 3)))
    #expect(book.levels(.bid) == levels((100, 1)) && book.levels(.ask) == levels((112, 3), (120, 1)))
  }

  @Test func negativePricesWhereAllowed() throws {
    let book = book { $0.allowsNonPositivePrices = true }
    try book.snapshot(bids: levels((-5, 1), (.min, 1)), asks: levels((0, 1), (.max, 2)))
    #expect(book.levels(.bid) == levels((-5, 1), (.min, 1)) && book.levels(.ask) == levels((0, 1), (.max, 2)))
    #expect(book.mid?.description == "-0.025")
    try book.update(bids: levels((-1, 1)), asks: levels((0, 0)))
    #expect(book.bestAsk?.price == .max && book.spread == nil)
  }
}

@Suite struct OrderBookReads {
  private func book() throws -> OrderBook {
    let book = OrderBook(priceExponent: -2, quantityExponent: -3)
    try book.snapshot(
      bids: levels((10000, 1000), (9990, 500), (9980, 2000)), asks: levels((10011, 250), (10020, 750), (10030, 4000)))
    return book
  }

  @Test func touch() throws {
    let book = try book()
    #expect(book.mid?.description == "100.055" && book.spread?.description == "0.11")
    #expect(book.levels(.ask, depth: 2) == levels((10011, 250), (10020, 750)))
  }

  @Test(arguments: [
    ("0.25", "100.11"), ("0.251", "100.20"), ("1", "100.20"), ("1.001", "100.30"), ("5", "100.30"),
    ("5.001", nil), ("0", nil), ("-1", nil), ("0.0001", nil),
  ])
  func priceForVolume(volume: String, expected: String?) throws {
    #expect(try book().price(.ask, forVolume: decimal(volume))?.description == expected)
  }

  @Test(arguments: [
    (BookSide.ask, "100.10", "0.000"), (.ask, "100.11", "0.250"), (.ask, "100.2050", "1.000"),
    (.ask, "999999", "5.000"), (.bid, "100.01", "0.000"), (.bid, "100", "1.000"), (.bid, "99.895", "1.500"),
    (.bid, "99.905", "1.000"), (.bid, "0", "3.500"),
  ])
  func volumeForPrice(side: BookSide, price: String, expected: String) throws {
    #expect(try book().volume(side, forPrice: decimal(price))?.description == expected)
  }

  @Test func averagePrice() throws {
    let book = try book()
    // 0.25 at 100.11 and 0.05 at 100.20: 30.0375 / 0.3 = 100.125
    let volume = try decimal("0.3")
    #expect(book.averagePrice(.ask, forVolume: volume, places: 4)?.description == "100.1250")
    #expect(book.averagePrice(.ask, forVolume: volume, places: 2)?.description == "100.12")
    let up = book.averagePrice(.ask, forVolume: volume, places: 2, rounding: .awayFromZero)
    #expect(up?.description == "100.13")
    let down = book.averagePrice(.ask, forVolume: volume, places: 0, rounding: .towardZero)
    #expect(down?.description == "100")
    // 1 at 100 and 0.2 at 99.90: 119.98 / 1.2 = 99.98333...
    #expect(book.averagePrice(.bid, forVolume: try decimal("1.2"), places: 8)?.description == "99.98333333")
    #expect(book.averagePrice(.bid, forVolume: try decimal("3.501"), places: 8) == nil)
  }

  @Test func sums() throws {
    let sum = try #require(try book().cumulative(.bid, depth: 2))
    #expect(sum.quantityDecimal?.description == "1.500" && sum.notionalDecimal?.description == "149.95000")
    #expect(sum.worstPrice == 9990)
    #expect(try book().cumulative(.bid, depth: 99)?.quantity == 3500)
    #expect(try book().reach(.ask, limit: 0)?.average(places: 2, rounding: .nearestEven) == nil)
  }

  @Test func sumsThatDoNotFitAreAbsentNotWrong() throws {
    let book = OrderBook(priceExponent: 0, quantityExponent: 0)
    try book.snapshot(bids: [], asks: levels((.max, .max), (.max - 1, .max), (.max - 2, .max)))
    #expect(book.cumulative(.ask, depth: 1)?.average(places: 0, rounding: .nearestEven) == Decimal64(.max - 2))
    #expect(book.cumulative(.ask, depth: 1)?.notionalDecimal == nil)
    #expect(book.cumulative(.ask, depth: 3) == nil)
  }

  @Test(arguments: Rounding.allCases, [UInt64(3), 4])
  func roundingAgreesWithWideIntegers(rounding: Rounding, seed: UInt64) throws {
    var random = SplitMix(state: seed)
    for _ in 0..<2000 {
      let book = OrderBook(priceExponent: -4, quantityExponent: -2)
      let asks = (1...3).map { band in
        Level(price: Int64(band) * 1000 + Int64(random.next() % 900), quantity: 1 + Int64(random.next() % 50))
      }
      try book.snapshot(bids: [], asks: asks)
      let sum = try #require(book.cumulative(.ask, depth: 3))
      let places = Int32(random.next() % 9)
      let average = try #require(sum.average(places: places, rounding: rounding))
      // At ten places: the value is sum.notional * 10^6 / quantity; one unit of the result is 10^(10 - places).
      let (numerator, quantity) = (sum.notional * 1_000_000, sum.quantity)
      let unit = (0..<(10 - places)).reduce(Int128(1)) { value, _ in value * 10 } * quantity
      let (floor, rest) = numerator.quotientAndRemainder(dividingBy: unit)
      let up =
        switch rounding {
        case .towardZero: false
        case .awayFromZero: rest > 0
        case .nearestEven: rest * 2 > unit || rest * 2 == unit && floor % 2 == 1
        }
      #expect(Int128(average.mantissa) == floor + (up ? 1 : 0) && average.exponent == -places)
    }
  }
}
