import Decimals

/// What a venue accepts for one instrument. An absent number means that there is no such rule.
public struct TradingRules: Equatable, Sendable {
  /// Price increment.
  public var tick: Decimal64?
  /// Quantity increment, in base.
  public var lot: Decimal64?
  public var minPrice: Decimal64?
  public var maxPrice: Decimal64?
  /// In base.
  public var minQuantity: Decimal64?
  /// In base.
  public var maxQuantity: Decimal64?
  /// Price times quantity, in quote.
  public var minNotional: Decimal64?
  /// Price times quantity, in quote.
  public var maxNotional: Decimal64?
  /// Base units per contract of the venue; 1 for spot.
  public var multiplier: Decimal64
  /// Most significant digits of a price, 0 = no such rule. Integer prices are allowed whatever their digits, as on
  /// Hyperliquid (docs: For developers, API, Tick and lot size).
  public var priceDigits: Int
  public var types: OrderTypes
  public var timesInForce: TimesInForce
  /// The flags that orders may carry.
  public var flags: OrderFlags
  public var maxLeverage: Decimal64?
  /// Default rate of a maker, as a fraction; negative is a rebate.
  public var makerFee: Decimal64?
  /// Default rate of a taker, as a fraction.
  public var takerFee: Decimal64?

  public init(
    tick: Decimal64? = nil, lot: Decimal64? = nil, minPrice: Decimal64? = nil, maxPrice: Decimal64? = nil,
    minQuantity: Decimal64? = nil, maxQuantity: Decimal64? = nil, minNotional: Decimal64? = nil,
    maxNotional: Decimal64? = nil, multiplier: Decimal64 = .one, priceDigits: Int = 0, types: OrderTypes = .limit,
    timesInForce: TimesInForce = .goodTillCancelled, flags: OrderFlags = [], maxLeverage: Decimal64? = nil,
    makerFee: Decimal64? = nil, takerFee: Decimal64? = nil
  ) {
    self.tick = tick
    self.lot = lot
    self.minPrice = minPrice
    self.maxPrice = maxPrice
    self.minQuantity = minQuantity
    self.maxQuantity = maxQuantity
    self.minNotional = minNotional
    self.maxNotional = maxNotional
    self.multiplier = multiplier
    self.priceDigits = priceDigits
    self.types = types
    self.timesInForce = timesInForce
    self.flags = flags
    self.maxLeverage = maxLeverage
    self.makerFee = makerFee
    self.takerFee = takerFee
  }

  /// The first contradiction in these rules, or `nil`.
  func fault(priceExponent: Int32, quantityExponent: Int32) -> InstrumentFault? {
    for (field, step, exponent) in [("tick", tick, priceExponent), ("lot", lot, quantityExponent)] {
      guard let step else { continue }
      if !step.isPositive { return .notPositive(field: field, value: step) }
      if step.mantissa(at: exponent) == nil { return .finerThanExponent(field: field, value: step) }
    }
    if !multiplier.isPositive { return .notPositive(field: "multiplier", value: multiplier) }
    if let maxLeverage, !maxLeverage.isPositive { return .notPositive(field: "max_leverage", value: maxLeverage) }
    let ranges = [
      ("price", minPrice, maxPrice), ("quantity", minQuantity, maxQuantity), ("notional", minNotional, maxNotional),
    ]
    for (field, least, greatest) in ranges {
      if field != "price", let least, least.isNegative { return .negative(field: "min_\(field)", value: least) }
      if let least, let greatest, least > greatest { return .minimumAboveMaximum(field) }
    }
    return nil
  }
}

extension OrderType {
  /// The set that holds this type alone.
  public var asSet: OrderTypes { OrderTypes(rawValue: 1 << UInt64(rawValue)) }
  /// Whether such an order names its price.
  public var hasPrice: Bool { self == .limit || self == .stopLimit || self == .takeLimit }
  /// Whether such an order waits for a stop price.
  public var hasStop: Bool { self != .limit && self != .market }
}

extension TimeInForce {
  /// The set that holds this time in force alone.
  public var asSet: TimesInForce { TimesInForce(rawValue: 1 << UInt64(rawValue)) }
}
