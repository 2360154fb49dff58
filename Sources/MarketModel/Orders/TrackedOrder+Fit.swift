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

  /// The order was to have this limit and this quantity, or the venue has confirmed that it has.
  mutating func order(price: Decimal64?, quantity: Decimal64?) {
    allow(price: price, quantity: quantity)
    if let quantity, quantity.isPositive { largestOrdered = max(largestOrdered ?? quantity, quantity) }
  }

  /// Whether a report may say that the order is larger, or its limit looser, than it ever was to be. Somebody may have
  /// changed it at the venue; but the word of one message is not enough for that: the venue is asked, and its answer
  /// counts.
  func mayWiden(_ weight: Weight) -> Bool { weight == .settled || weight == .answer && isDoubted }

  /// Whether it was ever to have this quantity. Where the venue makes a new order of an amended one, what it shows
  /// lacks what was filled meanwhile and is not known yet: of such an order it cannot be said.
  func isOrdered(quantity: Decimal64) -> Bool {
    quantity == draft.quantity || !parts.isEmpty && !amendedTo.isEmpty
      || amendedTo.contains { $0.quantity == quantity }
  }

  /// Whether it was ever to have this limit.
  func isOrdered(price: Decimal64) -> Bool { price == draft.price || amendedTo.contains { $0.price == price } }

  /// What in a report is looser than the order ever was to be.
  func widening(by report: OrderReport) -> OrderMisfit? {
    // One that an order was before, and that has ended, says nothing of what it is.
    guard report.part == nil || report.claim.isAlive || report.claim == .filled else { return nil }
    if let limit = report.price, limit.isPositive, !isWithinLimit(limit) { return .widerLimit(limit) }
    guard let quantity = report.quantity, let largestQuantity, let largestOrdered, !draft.flags.contains(.byValue)
    else { return nil }
    return quantity > (report.part == nil ? largestQuantity : largestOrdered) ? .widerQuantity(quantity) : nil
  }

  /// In what a fill contradicts the order; `nil` when it fits. A fill that is known already fits.
  func misfit(of fill: Fill, side: Side?, _ reference: OrderReference) -> OrderMisfit? {
    if let misfit = misfit(of: reference, side: side) { return misfit }
    if fill.quantity.isNegative { return .negativeQuantity(fill.quantity) }
    guard fill.price.isPositive, isWithinLimit(fill.price) else { return .price(fill.price) }
    guard let largestQuantity, !draft.flags.contains(.byValue) else { return nil }
    if let sum = filledByFills.adding(fill.quantity), sum <= largestQuantity { return nil }
    return fillsByTrade[fill.trade] == nil ? .quantity(fill.quantity) : nil
  }

  /// In what a report contradicts the order; `nil` when it fits.
  func misfit(of report: OrderReport, side: Side?, _ reference: OrderReference, _ weight: Weight) -> OrderMisfit? {
    if let misfit = misfit(of: reference, side: side) { return misfit }
    if !mayWiden(weight) {
      if let misfit = widening(by: report) { return misfit }
      if report.claim == .filled, report.filled?.isZero == true, !filled.isPositive { return .nothingFilled }
    }
    if let average = report.average, !isWithinLimit(average: average, report) { return .price(average) }
    if let filled = report.filled, filled.isNegative { return .negativeQuantity(filled) }
    guard let largestQuantity, !draft.flags.contains(.byValue) else { return nil }
    let carried = report.part.map { parts.carried(before: $0) } ?? .zero
    if let told = report.part?.carried, told.isNegative || told > largestQuantity { return .quantity(told) }
    guard let filled = report.filled else { return nil }
    let most = max(largestQuantity.subtracting(carried) ?? .zero, report.quantity ?? .zero)
    return filled <= most ? nil : .quantity(filled)
  }

  private func misfit(of reference: OrderReference, side: Side?) -> OrderMisfit? {
    if reference.account != account { return .account(reference.account) }
    if reference.instrument != instrument { return .instrument(reference.instrument) }
    if let side, side != draft.side { return .side(side) }
    return nil
  }

  /// Venues make an average of a sum that they have rounded, which for small fills is far from what was paid, and round
  /// it once more. It is beyond the limit when neither explains it.
  private func isWithinLimit(average: Decimal64, _ report: OrderReport) -> Bool {
    if isWithinLimit(average, report.price) { return true }
    guard let loosestPrice else { return true }
    let limits = [loosestPrice] + [report.price].compactMap { $0 }.filter(\.isPositive)
    guard let limit = draft.side == .buy ? limits.max() : limits.min(),
      let excess = average.subtracting(limit)?.absolute
    else { return false }
    // A number that is written short is not for that a rough one.
    let lastPlace = Decimal64(mantissa: 1, exponent: average.exponent)
    let rounding = min(lastPlace, limit.multiplied(by: Decimal64(mantissa: 1, exponent: -4)) ?? .zero)
    guard excess > rounding else { return true }
    guard let filled = report.filled, filled.isPositive, let more = excess.subtracting(rounding),
      let paid = more.multiplied(by: filled)
    else { return false }
    return paid <= Self.roundedSum
  }

  /// By so much of the quote asset a sum may be rounded, and more: five places are the fewest that venues keep.
  private static let roundedSum = Decimal64(mantissa: 1, exponent: -5)

  /// - Parameter told: a limit that the venue says with the price.
  private func isWithinLimit(_ price: Decimal64, _ told: Decimal64? = nil) -> Bool {
    guard let loosestPrice else { return true }
    if draft.side == .buy { return price <= loosestPrice || told.map { $0.isPositive && price <= $0 } ?? false }
    return price >= loosestPrice || told.map { $0.isPositive && price >= $0 } ?? false
  }
}
