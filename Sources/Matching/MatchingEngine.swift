/// An incoming order while it is being matched.
package struct Taker: Equatable, Sendable {
  package let owner: Participant
  package let side: Side
  /// Worst price it accepts; `nil` for a market order.
  package let limit: Int64?
  /// What is left to fill.
  package var remaining: Int64

  package init(owner: Participant, side: Side, limit: Int64?, remaining: Int64) {
    self.owner = owner
    self.side = side
    self.limit = limit
    self.remaining = remaining
  }
}

/// What an incoming order would get.
package struct Walk: Equatable, Sendable {
  package var quantity: Int64 = 0
  /// Sum of price mantissa times quantity mantissa.
  package var value: Int128 = 0
  /// Whether it would get all it asks for.
  package var isWhole = false

  package init(quantity: Int64 = 0, value: Int128 = 0, isWhole: Bool = false) {
    self.quantity = quantity
    self.value = value
    self.isWhole = isWhole
  }
}

/// One execution between a resting and an incoming order, at the resting order's price.
package struct Execution: Equatable, Sendable {
  package let price: Int64
  package let quantity: Int64
  package let maker: OrderID
  package let makerOwner: Participant

  package init(price: Int64, quantity: Int64, maker: OrderID, makerOwner: Participant) {
    self.price = price
    self.quantity = quantity
    self.maker = maker
    self.makerOwner = makerOwner
  }
}

/// What the next resting order means for an incoming one.
package enum Match: Equatable, Sendable {
  case execution(Execution)
  /// The next resting order has the same owner: the incoming order must stop here.
  case selfTrade
  /// Nothing more to trade with, or nothing left to trade.
  case exhausted
}

/// The price of one level whose quantity changed.
package struct LevelChange: Equatable, Sendable {
  package let side: Side
  package let price: Int64
}

/// A limit order book with price-time priority: the best price trades first, at one price the oldest order.
///
/// The caller drives an incoming order one execution at a time (`match`) and then lets the rest stand (`rest`) or go;
/// so it can settle money, and trim other orders, between two executions. An order never trades with its own owner: the
/// incoming one stops ("expire newest"). Prices and quantities are mantissas at the instrument's exponents, quantities
/// whole lots.
package struct MatchingEngine: Sendable {
  package let lot: Int64
  package private(set) var bids = PriceLevels(side: .buy)
  package private(set) var asks = PriceLevels(side: .sell)
  private var places: [OrderID: LevelChange] = [:]
  /// How many times a level has changed so far.
  package private(set) var sequence: UInt64 = 0
  /// The levels that changed since `forgetChanges`, one entry per change.
  package private(set) var changes: [LevelChange] = []

  package init(lot: Int64) { self.lot = lot }

  package func levels(_ side: Side) -> PriceLevels { side == .buy ? bids : asks }

  package func contains(_ id: OrderID) -> Bool { places[id] != nil }

  /// Quantity of an order that rests, or `nil`.
  package func remaining(_ id: OrderID) -> Int64? {
    guard let place = places[id] else { return nil }
    return levels(place.side).remaining(id, price: place.price)
  }

  /// Whether an order of this side would trade at once.
  package func wouldTake(_ side: Side, limit: Int64?) -> Bool {
    side == .buy ? asks.isReached(by: limit) : bids.isReached(by: limit)
  }

  /// Executes the incoming order against the first resting order, if they meet.
  package mutating func match(_ taker: inout Taker) -> Match {
    guard taker.remaining > 0, wouldTake(taker.side, limit: taker.limit),
      let (price, head) = first(taker.side.opposite)
    else { return .exhausted }
    guard head.owner != taker.owner else { return .selfTrade }
    let quantity = min(taker.remaining, head.remaining)
    taker.remaining -= quantity
    _ = reduce(head.id, to: head.remaining - quantity)
    return .execution(Execution(price: price, quantity: quantity, maker: head.id, makerOwner: head.owner))
  }

  /// The order that trades first on a side.
  package func first(_ side: Side) -> (price: Int64, order: BookOrder)? {
    guard let level = side == .buy ? bids.best : asks.best, let order = level.orders.first else { return nil }
    return (level.price, order)
  }

  /// Lets an order stand behind all others at its price. The caller has matched it before.
  package mutating func rest(_ id: OrderID, owner: Participant, side: Side, price: Int64, quantity: Int64) {
    guard quantity > 0, places[id] == nil else { return }
    let order = BookOrder(id: id, owner: owner, remaining: quantity)
    if side == .buy { bids.append(order, price: price) } else { asks.append(order, price: price) }
    places[id] = LevelChange(side: side, price: price)
    note(LevelChange(side: side, price: price))
  }

  /// Lowers what remains of a resting order without losing its priority; at 0 it leaves. Returns how much was taken
  /// off, or `nil` when it does not rest here or does not have so much.
  package mutating func reduce(_ id: OrderID, to remaining: Int64) -> Int64? {
    guard let place = places[id], remaining >= 0 else { return nil }
    let now = levels(place.side).remaining(id, price: place.price) ?? 0
    guard remaining <= now else { return nil }
    if remaining == now { return 0 }
    let taken = place.side == .buy
      ? bids.reduce(id, price: place.price, to: remaining) : asks.reduce(id, price: place.price, to: remaining)
    if remaining == 0 { places[id] = nil }
    note(place)
    return taken
  }

  /// Takes an order out; returns what remained of it, or `nil` when it does not rest here.
  package mutating func cancel(_ id: OrderID) -> Int64? { reduce(id, to: 0) }

  /// What an incoming order would get now, up to the first resting order of its own owner. With a `budget`, as price
  /// mantissa times quantity mantissa, it stops before it would spend or receive more, after whole lots.
  package func walk(_ taker: Taker, budget: Int128? = nil) -> Walk {
    var result = Walk()
    for level in levels(taker.side.opposite).levels.reversed() {
      if let limit = taker.limit, taker.side == .buy ? level.price > limit : level.price < limit { return result }
      for order in level.orders {
        var part = taker.remaining - result.quantity
        if let budget {
          let lots = (budget - result.value) / (Int128(level.price) * Int128(lot))
          part = min(part, Int64(clamping: lots * Int128(lot)))
        }
        result.isWhole = part <= order.remaining
        part = min(part, order.remaining)
        if part > 0, order.owner == taker.owner {
          result.isWhole = false
          return result
        }
        result.quantity += part
        result.value += Int128(level.price) * Int128(part)
        if result.isWhole { return result }
      }
    }
    return result
  }

  package mutating func forgetChanges() { changes.removeAll(keepingCapacity: true) }

  private mutating func note(_ change: LevelChange) {
    sequence += 1
    changes.append(change)
  }

  /// Whether both sides are well formed, the book is not crossed, and the index of orders is exact.
  package func checkInvariants() -> Bool {
    guard bids.checkInvariants(), asks.checkInvariants() else { return false }
    if let bid = bids.best, let ask = asks.best, bid.price >= ask.price { return false }
    var count = 0
    for side in [bids, asks] {
      for level in side.levels {
        count += level.orders.count
        let place = LevelChange(side: side.side, price: level.price)
        if level.orders.contains(where: { places[$0.id] != place }) { return false }
      }
    }
    return count == places.count
  }
}
