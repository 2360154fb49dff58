/// What a conditional order waits for.
package struct Trigger: Equatable, Sendable {
  /// Which price is compared.
  package enum Source: Sendable { case last, mark }

  /// Mantissa at the instrument's exponent.
  package var price: Int64
  /// A stop goes when the price runs away from its owner, a take-profit when it comes to meet them.
  package var isStop: Bool
  package var source: Source

  package init(price: Int64, isStop: Bool, source: Source = .last) {
    (self.price, self.isStop, self.source) = (price, isStop, source)
  }

  /// Whether an order of this side goes at a price.
  package func isReached(_ side: Side, at price: Int64) -> Bool {
    isStop == (side == .buy) ? price >= self.price : price <= self.price
  }
}

/// Conditional orders: they wait beside the book until a price is reached, and are placed then.
extension ExchangeEngine {
  package func isReached(_ trigger: Trigger, _ side: Side, _ market: Int) -> Bool {
    trigger.isReached(side, at: trigger.source == .last ? markets[market].lastPrice : markets[market].mark)
  }

  /// Lets the conditional orders go whose trigger was reached, the oldest first. An order that goes may move the price,
  /// so that others go; each goes once, so that it ends.
  package func triggerConditionals(at now: Int64) {
    for market in markets.indices {
      while let id = markets[market].untriggered.first(where: { isReached($0, market) }) {
        stopWaiting(id, market)
        triggered(id, now)
      }
    }
  }

  private func isReached(_ id: OrderID, _ market: Int) -> Bool {
    guard let order = orders[id], let trigger = order.trigger else { return false }
    return isReached(trigger, order.side, market)
  }

  package func stopWaiting(_ id: OrderID, _ market: Int) {
    if let place = markets[market].untriggered.firstIndex(of: id) { markets[market].untriggered.remove(at: place) }
  }
}
