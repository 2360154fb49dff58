import Testing

@testable import Matching

/// The same rules written in the most obvious way: search all orders for the best one, again and again.
struct NaiveBook {
  struct Resting: Equatable {
    let id: OrderID
    let owner: Participant
    let side: Side
    let price: Int64
    var remaining: Int64
  }

  /// In the order of their time priority.
  var orders: [Resting] = []

  mutating func match(_ taker: inout Taker) -> Match {
    var best: Int?
    for (index, order) in orders.enumerated() where order.side == taker.side.opposite {
      if let limit = taker.limit, taker.side == .buy ? order.price > limit : order.price < limit { continue }
      guard let current = best else { best = index; continue }
      if taker.side == .buy ? order.price < orders[current].price : order.price > orders[current].price { best = index }
    }
    guard taker.remaining > 0, let best else { return .exhausted }
    let order = orders[best]
    guard order.owner != taker.owner else { return .selfTrade }
    let quantity = min(order.remaining, taker.remaining)
    taker.remaining -= quantity
    if order.remaining == quantity { orders.remove(at: best) } else { orders[best].remaining -= quantity }
    return .execution(Execution(price: order.price, quantity: quantity, maker: order.id, makerOwner: order.owner))
  }

  /// What a side shows: price and quantity, the best first.
  func depth(_ side: Side) -> [[Int64]] {
    var totals: [Int64: Int64] = [:]
    for order in orders where order.side == side { totals[order.price, default: 0] += order.remaining }
    return totals.sorted { side == .buy ? $0.key > $1.key : $0.key < $1.key }.map { [$0.key, $0.value] }
  }
}

@Suite struct MatchingEngineTests {
  @Test(arguments: 1...20) func agreesWithTheNaiveBook(seed: Int) {
    var random = Random(seed: UInt64(seed))
    var engine = MatchingEngine(lot: 1)
    var naive = NaiveBook()
    var shadow: [[Int64: Int64]] = [[:], [:]]
    for id in 1...600 as ClosedRange<OrderID> {
      switch random.below(10) {
      case 0..<7:
        let side: Side = random.below(2) == 0 ? .buy : .sell
        let owner = Int(random.below(4))
        let limit: Int64? = random.below(8) == 0 ? nil : 100 + random.below(21) - 10
        var first = Taker(owner: owner, side: side, limit: limit, remaining: 1 + random.below(30))
        var second = first
        let walk = engine.walk(first)
        var total: Int64 = 0
        while true {
          let (a, b) = (engine.match(&first), naive.match(&second))
          #expect(a == b)
          guard case .execution(let execution) = a else {
            if a == .exhausted, let limit, first.remaining > 0 {
              engine.rest(id, owner: owner, side: side, price: limit, quantity: first.remaining)
              naive.orders.append(.init(id: id, owner: owner, side: side, price: limit, remaining: first.remaining))
            }
            break
          }
          total += execution.quantity
        }
        #expect(walk.quantity == total)
        #expect(walk.isWhole == (first.remaining == 0))
      case 7, 8:
        guard !naive.orders.isEmpty else { continue }
        let index = Int(random.below(Int64(naive.orders.count)))
        #expect(engine.cancel(naive.orders[index].id) == naive.orders[index].remaining)
        naive.orders.remove(at: index)
      default:
        guard !naive.orders.isEmpty else { continue }
        let index = Int(random.below(Int64(naive.orders.count)))
        let remaining = 1 + random.below(naive.orders[index].remaining)
        #expect(engine.reduce(naive.orders[index].id, to: remaining) == naive.orders[index].remaining - remaining)
        naive.orders[index].remaining = remaining
      }
      #expect(engine.checkInvariants())
      for side in [Side.buy, .sell] {
        #expect(engine.levels(side).levels.reversed().map { [$0.price, $0.total] } == naive.depth(side))
      }
      // A reader that only follows the changes has the same book.
      for change in engine.changes {
        shadow[Int(change.side.rawValue) - 1][change.price] = engine.levels(change.side).total(at: change.price)
      }
      engine.forgetChanges()
      for side in [Side.buy, .sell] {
        let seen = shadow[Int(side.rawValue) - 1].filter { $0.value > 0 }.count
        #expect(seen == engine.levels(side).levels.count)
      }
    }
  }

  @Test func budgetBuysWholeLotsAndNeverMore() {
    var engine = MatchingEngine(lot: 10)
    engine.rest(1, owner: 1, side: .sell, price: 100, quantity: 30)
    engine.rest(2, owner: 1, side: .sell, price: 101, quantity: 50)
    let taker = Taker(owner: 2, side: .buy, limit: nil, remaining: .max)
    #expect(engine.walk(taker, budget: 3000) == Walk(quantity: 30, value: 3000, isWhole: true))
    #expect(engine.walk(taker, budget: 4020) == Walk(quantity: 40, value: 4010, isWhole: true))
    #expect(engine.walk(taker, budget: 999) == Walk(quantity: 0, value: 0, isWhole: true))
    #expect(engine.walk(taker, budget: 9500) == Walk(quantity: 80, value: 8050, isWhole: false))
  }

  @Test func stopsAtTheOwnersOwnOrder() {
    var engine = MatchingEngine(lot: 1)
    engine.rest(1, owner: 1, side: .buy, price: 100, quantity: 5)
    engine.rest(2, owner: 2, side: .buy, price: 99, quantity: 5)
    var taker = Taker(owner: 2, side: .sell, limit: 98, remaining: 20)
    #expect(engine.walk(taker) == Walk(quantity: 5, value: 500, isWhole: false))
    #expect(engine.match(&taker) == .execution(Execution(price: 100, quantity: 5, maker: 1, makerOwner: 1)))
    #expect(engine.match(&taker) == .selfTrade)
    #expect(engine.remaining(2) == 5)
  }

  @Test func refusesWhatItDoesNotHave() {
    var engine = MatchingEngine(lot: 1)
    engine.rest(1, owner: 1, side: .buy, price: 100, quantity: 5)
    #expect(engine.cancel(7) == nil)
    #expect(engine.reduce(1, to: 6) == nil)
    #expect(engine.reduce(1, to: -1) == nil)
    #expect(engine.reduce(1, to: 5) == 0)
    #expect(engine.sequence == 1)
    #expect(engine.cancel(1) == 5)
    #expect(engine.cancel(1) == nil)
    #expect(engine.bids.best == nil)
  }
}
