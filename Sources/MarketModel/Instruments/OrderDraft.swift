import Decimals

/// An order as a trading program wants it, before the venue's rules were applied.
public struct OrderDraft: Equatable, Sendable {
  public var side: Side
  public var type: OrderType
  /// `nil`: the venue's default; nothing is checked.
  public var timeInForce: TimeInForce?
  public var flags: OrderFlags
  /// In base; in quote with `OrderFlags.byValue`.
  public var quantity: Decimal64
  public var price: Decimal64?
  public var stop: Decimal64?
  /// Of an order good till a date: when it ends, in nanoseconds of the venue's clock; else 0.
  public var expiry: Int64

  public init(
    side: Side, type: OrderType, quantity: Decimal64, price: Decimal64? = nil, stop: Decimal64? = nil,
    timeInForce: TimeInForce? = nil, flags: OrderFlags = [], expiry: Int64 = 0
  ) {
    self.expiry = expiry
    self.side = side
    self.type = type
    self.timeInForce = timeInForce
    self.flags = flags
    self.quantity = quantity
    self.price = price
    self.stop = stop
  }
}

extension OrderDraft {
  /// What the order may be worth at most, in quote; `nil` where neither a price nor a book says it, and beyond the
  /// range of decimals. A limit is the most that a buyer pays, but the least that a seller gets: an offer below the
  /// best bid is worth the bid.
  /// - Parameter touch: the best price of the other side, where there is a book.
  public func worth(touch: Decimal64?) -> Decimal64? {
    if flags.contains(.byValue) { return quantity }
    guard var judged = price ?? stop ?? touch else { return nil }
    if side == .sell, stop == nil, let touch, touch > judged { judged = touch }
    return quantity.multiplied(by: judged)
  }
}

extension Instrument {
  /// The draft with its numbers brought to what the venue accepts, or the first rule that it breaks. Nothing needs to
  /// be sent to learn that. Pure.
  /// - Parameters:
  ///   - rounding: for the price. A stop price is rounded down, or refused with `.refuse`.
  ///   - reference: the price by which the notional of a market order is judged, such as the touch; without it, it is
  ///     not.
  ///   - now: the venue's clock, by which an order's end is judged; without it, it is not.
  public func prepare(
    _ draft: OrderDraft, rounding: PriceRounding = .down, reference: Decimal64? = nil, now: Int64? = nil
  ) throws(OrderRefusal) -> OrderDraft {
    try checkOffered(draft)
    try checkExpiry(draft, now)
    var order = draft
    order.price = try preparedPrice(draft, rounding)
    order.stop = try preparedStop(draft, rounding)
    if draft.flags.contains(.byValue) {
      // A value in quote has no lot; the venue cuts it to what it can fill.
      guard draft.quantity.isPositive else { throw .belowMinNotional(rules.minNotional ?? .zero) }
      try checkNotional(draft.quantity)
      return order
    }
    order.quantity = try preparedQuantity(draft.quantity, rounding)
    if let price = order.price ?? reference {
      guard let notional = price.multiplied(by: order.quantity) else { throw .outOfRange(.worth) }
      try checkNotional(notional)
    }
    return order
  }

  private func checkOffered(_ draft: OrderDraft) throws(OrderRefusal) {
    switch state {
    case .trading: break
    case .postOnly: if !draft.flags.contains(.postOnly) { throw .onlyWith(.postOnly) }
    case .reduceOnly: if draft.flags.isDisjoint(with: [.reduceOnly, .close]) { throw .onlyWith(.reduceOnly) }
    case .halted, .closed, .unusable: throw .notTrading(state)
    }
    guard rules.types.contains(draft.type.asSet) else { throw .unsupportedType(draft.type) }
    if let time = draft.timeInForce, !rules.timesInForce.contains(time.asSet) { throw .unsupportedTimeInForce(time) }
    let unknown = draft.flags.subtracting(rules.flags)
    if !unknown.isEmpty { throw .unsupportedFlags(unknown) }
    if draft.flags.contains(.postOnly), !draft.type.hasPrice { throw .unsupportedFlags(.postOnly) }
    if draft.flags.contains(.byValue), draft.type.hasPrice { throw .unsupportedFlags(.byValue) }
    // What would be left out is not what was meant.
    if draft.price != nil, !draft.type.hasPrice { throw .strayPrice(draft.type) }
    if draft.stop != nil, !draft.type.hasStop { throw .strayStop(draft.type) }
  }

  private func checkExpiry(_ draft: OrderDraft, _ now: Int64?) throws(OrderRefusal) {
    guard draft.timeInForce == .goodTillDate else {
      if draft.expiry != 0 { throw .strayExpiry }
      return
    }
    guard draft.expiry > 0 else { throw .missingExpiry }
    if let now, draft.expiry <= now { throw .pastExpiry }
  }

  private func preparedPrice(_ draft: OrderDraft, _ rounding: PriceRounding) throws(OrderRefusal) -> Decimal64? {
    guard draft.type.hasPrice else { return nil }
    guard let wanted = draft.price else { throw .missingPrice }
    return try bounded(try quantize(price: wanted, side: draft.side, rounding: rounding))
  }

  private func preparedStop(_ draft: OrderDraft, _ rounding: PriceRounding) throws(OrderRefusal) -> Decimal64? {
    guard draft.type.hasStop else { return nil }
    guard let wanted = draft.stop else { throw .missingStop }
    do throws(OrderRefusal) {
      return try bounded(try quantize(price: wanted, side: draft.side, rounding: rounding == .refuse ? .refuse : .down))
    } catch {
      throw error == .outOfRange(.price) ? .outOfRange(.stop) : error
    }
  }

  private func bounded(_ price: Decimal64) throws(OrderRefusal) -> Decimal64 {
    if let least = rules.minPrice {
      if price < least { throw .belowMinPrice(least) }
    } else if !price.isPositive {
      throw .belowMinPrice(tick)
    }
    if let greatest = rules.maxPrice, price > greatest { throw .aboveMaxPrice(greatest) }
    return price
  }

  private func preparedQuantity(_ wanted: Decimal64, _ rounding: PriceRounding) throws(OrderRefusal) -> Decimal64 {
    let quantity = try quantize(quantity: wanted)
    if rounding == .refuse, quantity != wanted { throw .offLot(lot: lot) }
    let least = max(rules.minQuantity ?? lot, lot)
    if quantity < least { throw .belowMinQuantity(least) }
    if let greatest = rules.maxQuantity, quantity > greatest { throw .aboveMaxQuantity(greatest) }
    return quantity
  }

  private func checkNotional(_ notional: Decimal64) throws(OrderRefusal) {
    if let least = rules.minNotional, notional < least { throw .belowMinNotional(least) }
    if let greatest = rules.maxNotional, notional > greatest { throw .aboveMaxNotional(greatest) }
  }
}
