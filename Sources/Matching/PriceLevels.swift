/// An order resting in the book.
package struct BookOrder: Equatable, Sendable {
  package let id: OrderID
  package let owner: Participant
  /// Unfilled quantity, > 0.
  package var remaining: Int64
}

/// All orders at one price, the oldest first.
package struct PriceLevel: Equatable, Sendable {
  package let price: Int64
  /// Sum of what remains of its orders.
  package var total: Int64
  package var orders: [BookOrder]

  package init(price: Int64, total: Int64, orders: [BookOrder]) {
    self.price = price
    self.total = total
    self.orders = orders
  }
}

/// One side of an order book. Levels stand with the best price last, so that trading at the touch moves nothing else.
/// Finding a price costs O(log n), inserting a level O(n) in its distance from the touch.
package struct PriceLevels: Equatable, Sendable {
  package let side: Side
  /// Worst price first.
  package private(set) var levels: [PriceLevel] = []

  package init(side: Side) { self.side = side }

  package var best: PriceLevel? { levels.last }

  /// Quantity at a price, 0 where there is no level.
  package func total(at price: Int64) -> Int64 {
    let (index, found) = position(of: price)
    return found ? levels[index].total : 0
  }

  /// Whether an incoming order of the other side with this limit would trade here.
  package func isReached(by limit: Int64?) -> Bool {
    guard let best else { return false }
    guard let limit else { return true }
    return side == .buy ? best.price >= limit : best.price <= limit
  }

  /// Adds an order behind all others at its price.
  package mutating func append(_ order: BookOrder, price: Int64) {
    let (index, found) = position(of: price)
    if found {
      levels[index].total += order.remaining
      levels[index].orders.append(order)
    } else {
      levels.insert(PriceLevel(price: price, total: order.remaining, orders: [order]), at: index)
    }
  }

  /// Lowers what remains of an order; at 0 it leaves. Its place in the queue stays. Returns how much was taken off, or
  /// `nil` when there is no such order at this price.
  @discardableResult
  package mutating func reduce(_ id: OrderID, price: Int64, to remaining: Int64) -> Int64? {
    let (index, found) = position(of: price)
    guard found, let place = levels[index].orders.firstIndex(where: { $0.id == id }) else { return nil }
    let taken = levels[index].orders[place].remaining - remaining
    levels[index].total -= taken
    if remaining > 0 {
      levels[index].orders[place].remaining = remaining
    } else {
      levels[index].orders.remove(at: place)
      if levels[index].orders.isEmpty { levels.remove(at: index) }
    }
    return taken
  }

  /// What remains of an order, or `nil` when it is not at this price.
  package func remaining(_ id: OrderID, price: Int64) -> Int64? {
    let (index, found) = position(of: price)
    guard found else { return nil }
    return levels[index].orders.first { $0.id == id }?.remaining
  }

  /// Where a price is, or where its level would be inserted.
  private func position(of price: Int64) -> (index: Int, found: Bool) {
    var (low, high) = (0, levels.count)
    while low < high {
      let middle = (low + high) / 2
      let at = levels[middle].price
      if at == price { return (middle, true) }
      if (at < price) == (side == .buy) { low = middle + 1 } else { high = middle }
    }
    return (low, false)
  }

  /// Whether levels are strictly ordered, none is empty, and totals are the sums of their orders.
  package func checkInvariants() -> Bool {
    for (index, level) in levels.enumerated() {
      if index > 0, (levels[index - 1].price < level.price) != (side == .buy) { return false }
      if index > 0, levels[index - 1].price == level.price { return false }
      if level.orders.isEmpty || level.orders.contains(where: { $0.remaining <= 0 }) { return false }
      if level.orders.reduce(0, { $0 + $1.remaining }) != level.total { return false }
    }
    return true
  }
}
