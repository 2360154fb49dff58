import MarketModel
import SeededNumbers
import Testing

/// What a book must hold, kept the slow and obvious way.
private struct ModelBook {
  var bids: [Int64: Int64] = [:]
  var asks: [Int64: Int64] = [:]
  var unknownRemovals: UInt64 = 0

  mutating func set(_ side: BookSide, _ level: Level) {
    var levels = side == .bid ? bids : asks
    if level.quantity == 0 {
      if levels.removeValue(forKey: level.price) == nil { unknownRemovals += 1 }
    } else {
      levels[level.price] = level.quantity
    }
    if side == .bid { bids = levels } else { asks = levels }
  }

  mutating func trim(depth: Int) {
    for price in bids.keys.sorted(by: >).dropFirst(depth) { bids[price] = nil }
    for price in asks.keys.sorted().dropFirst(depth) { asks[price] = nil }
  }

  var bidLevels: [Level] { bids.sorted { $0.key > $1.key }.map { Level(price: $0.key, quantity: $0.value) } }
  var askLevels: [Level] { asks.sorted { $0.key < $1.key }.map { Level(price: $0.key, quantity: $0.value) } }
}

@Suite struct OrderBookProperties {
  /// Where the random prices of one run lie.
  enum Shape: CaseIterable { case nearTouch, uniform, deepEnd }

  /// Bids lie below `center`, asks above; the center wanders so that both ends of the storage grow and shrink.
  @Test(arguments: Shape.allCases, [UInt64(1), 2, 3])
  func agreesWithDictionaries(shape: Shape, seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var options = OrderBook.Options()
    options.checksInvariants = true
    options.initialCapacity = 1
    let book = OrderBook(priceExponent: -2, quantityExponent: -3, options: options)
    var model = ModelBook()
    var center: Int64 = 1_000_000
    try reset(book, &model, center, &random)
    for step in 0..<8000 {
      if step % 500 == 499 {
        center += Int64.random(in: -300...300, using: &random)
        try reset(book, &model, center, &random)
      }
      var changes: [BookSide: [Level]] = [.bid: [], .ask: []]
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let side: BookSide = Bool.random(using: &random) ? .bid : .ask
        let offset = distance(shape, &random)
        let price = side == .bid ? center - offset : center + offset
        let level = Level(price: price, quantity: max(0, Int64.random(in: -4...6, using: &random)))
        changes[side]?.append(level)
        model.set(side, level)
      }
      try book.update(bids: changes[.bid] ?? [], asks: changes[.ask] ?? [], time: Int64(step))
      if step % 37 == 0 {
        let depth = Int.random(in: 20...120, using: &random)
        book.trim(depth: depth)
        model.trim(depth: depth)
      }
      if step % 10 == 0 { expectSame(book, model) }
    }
    expectSame(book, model)
    #expect(book.counters.updates == 8000 && book.counters.rejected == 0)
    #expect(book.counters.unknownRemovals == model.unknownRemovals)
  }

  private func distance(_ shape: Shape, _ random: inout SplitMix) -> Int64 {
    switch shape {
    case .nearTouch: Int64.random(in: 1...Int64.random(in: 2...30, using: &random), using: &random)
    case .uniform: Int64.random(in: 1...300, using: &random)
    case .deepEnd: 301 - Int64.random(in: 1...Int64.random(in: 2...40, using: &random), using: &random)
    }
  }

  /// A snapshot of both sides in random, rising or falling order.
  private func reset(
    _ book: OrderBook, _ model: inout ModelBook, _ center: Int64, _ random: inout SplitMix
  ) throws {
    model.bids = [:]
    model.asks = [:]
    for offset in Int64(1)...200 where offset % 3 != 0 {
      model.bids[center - offset] = Int64.random(in: 1...1000, using: &random)
      model.asks[center + offset] = Int64.random(in: 1...1000, using: &random)
    }
    var (bids, asks) = (model.bidLevels, model.askLevels)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: bids.shuffle(using: &random); asks.shuffle(using: &random)
    case 1: bids.reverse(); asks.reverse()
    default: break
    }
    try book.snapshot(bids: bids, asks: asks)
    expectSame(book, model)
  }

  private func expectSame(_ book: OrderBook, _ model: ModelBook) {
    let (bids, asks) = (model.bidLevels, model.askLevels)
    #expect(book.levels(.bid) == bids)
    #expect(book.levels(.ask) == asks)
    #expect(book.bestBid == bids.first && book.bestAsk == asks.first)
    #expect(book.checkInvariants())
  }

  /// Newer wins: checked against a book where each level knows when it came.
  @Test(arguments: [UInt64(5), 6])
  func uncrossesByAge(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var options = OrderBook.Options()
    options.mayCross = true
    options.checksInvariants = true
    let book = OrderBook(priceExponent: 0, quantityExponent: 0, options: options)
    var model = ModelBook()
    try book.snapshot(bids: [], asks: [])
    for _ in 0..<5000 {
      let side: BookSide = Bool.random(using: &random) ? .bid : .ask
      let price = Int64.random(in: 1...60, using: &random)
      let level = Level(price: price, quantity: Int64.random(in: 0...3, using: &random))
      model.set(side, level)
      if level.quantity > 0 {
        if side == .bid { model.asks = model.asks.filter { $0.key > price } }
        if side == .ask { model.bids = model.bids.filter { $0.key < price } }
      }
      try book.update(bids: side == .bid ? [level] : [], asks: side == .ask ? [level] : [])
      #expect(book.levels(.bid) == model.bidLevels && book.levels(.ask) == model.askLevels)
    }
    #expect(book.counters.uncrossed > 100)
  }

  /// Whatever comes in, a book is either sound or not ready; it never traps and never shows a crossed side.
  @Test(arguments: [UInt64(8), 9])
  func survivesNonsense(seed: UInt64) {
    var random = SplitMix(state: seed)
    for allows in [false, true] {
      var options = OrderBook.Options()
      options.maximumLevels = 40
      options.allowsNonPositivePrices = allows
      options.mayCross = allows
      options.checksInvariants = true
      let book = OrderBook(priceExponent: 0, quantityExponent: 0, options: options)
      for _ in 0..<5000 {
        let (bids, asks) = (nonsense(&random), nonsense(&random))
        do throws(BookFault) {
          if Int.random(in: 0..<3, using: &random) == 0 {
            try book.snapshot(bids: bids, asks: asks)
          } else {
            try book.update(bids: bids, asks: asks, last: random.next() % 50)
          }
          #expect(book.state == .ready)
        } catch {
          #expect(error != .invariantBroken)
          #expect(book.state != .ready && book.bestBid == nil && book.levels(.ask).isEmpty)
        }
        #expect(book.checkInvariants())
      }
    }
  }

  private func nonsense(_ random: inout SplitMix) -> [Level] {
    (0..<Int.random(in: 0...5, using: &random)).map { _ in
      switch Int.random(in: 0..<40, using: &random) {
      case 0: Level(price: Int64(bitPattern: random.next()), quantity: Int64(bitPattern: random.next()))
      case 1: Level(price: .min, quantity: .max)
      case 2: Level(price: .max, quantity: .max)
      default:
        Level(price: Int64.random(in: 1...90, using: &random), quantity: Int64.random(in: 0...4, using: &random))
      }
    }
  }
}
