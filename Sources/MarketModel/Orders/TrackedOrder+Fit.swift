import Decimals

/// Whether what is said of an order fits it. Reads and compares only: it is on the path of every fill.
extension TrackedOrder {
  /// The order may have had this limit and this quantity, or is about to: fills and reports within them fit.
  mutating func allow(price: Decimal64?, quantity: Decimal64?) {
    if let price, price.isPositive {
      // Without a limit of its own any price fits.
      if let known = loosestPrice { loosestPrice = draft.side == .buy ? max(known, price) : min(known, price) }
    }
    if let quantity, quantity.isPositive { largestQuantity = max(largestQuantity ?? quantity, quantity) }
  }

  /// In what a fill contradicts the order; `nil` when it fits. A fill that is known already fits.
  func misfit(of fill: Fill, side: Side?, _ reference: OrderReference) -> OrderMisfit? {
    if let misfit = misfit(of: reference, side: side) { return misfit }
    guard fill.price.isPositive, isWithinLimit(fill.price) else { return .price(fill.price) }
    guard let largestQuantity, !draft.flags.contains(.byValue) else { return nil }
    if let sum = filledByFills.adding(fill.quantity), sum <= largestQuantity { return nil }
    return fillsByTrade[fill.trade] == nil ? .quantity(fill.quantity) : nil
  }

  /// In what a report contradicts the order; `nil` when it fits.
  func misfit(of report: OrderReport, side: Side?, _ reference: OrderReference) -> OrderMisfit? {
    if let misfit = misfit(of: reference, side: side) { return misfit }
    if let average = report.average, !isWithinLimit(average, report.price) { return .price(average) }
    guard let filled = report.filled, let largestQuantity, !draft.flags.contains(.byValue) else { return nil }
    let most = max(largestQuantity, report.quantity ?? .zero)
    return filled <= most && !filled.isNegative ? nil : .quantity(filled)
  }

  private func misfit(of reference: OrderReference, side: Side?) -> OrderMisfit? {
    if reference.account != account { return .account(reference.account) }
    if reference.instrument != instrument { return .instrument(reference.instrument) }
    if let side, side != draft.side { return .side(side) }
    return nil
  }

  /// - Parameter told: a limit that the venue tells with the price.
  private func isWithinLimit(_ price: Decimal64, _ told: Decimal64? = nil) -> Bool {
    guard let loosestPrice else { return true }
    if draft.side == .buy { return price <= loosestPrice || told.map { $0.isPositive && price <= $0 } ?? false }
    return price >= loosestPrice || told.map { $0.isPositive && price >= $0 } ?? false
  }
}
