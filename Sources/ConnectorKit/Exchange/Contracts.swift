import CPatchbay
import Decimals

/// Quantities of exchanges that count contracts, and numbers of those that write whole ones. What the host sees is
/// base, both ways and exactly: steps and bounds of orders are multiplied out when instruments are read, levels, trades
/// and tickers while they are read, reports of orders, fills and positions before they are published, and a command's
/// quantity is divided before it is sent.
///
/// On the hot path a contract of 0.01 or 100 costs nothing: it is another exponent to read at (`contractExponent`). Any
/// other one costs a multiplication (`contractFactor`).
extension Market {
  public final var contractSize: Decimal64 { rules.contractSize }

  /// A quantity read at `contractExponent`, in base at `quantityExponent`; `nil` where that is too much.
  @inlinable
  @inline(__always)
  public final func base(_ counted: Int64) -> Int64? {
    guard contractFactor != 1 else { return counted }
    let (product, overflow) = counted.multipliedReportingOverflow(by: contractFactor)
    return overflow ? nil : product
  }

  /// A quantity as the exchange counts it, in base; `nil` for none, and for one that has too many digits.
  public final func base(_ counted: Decimal64?) -> Decimal64? { counted?.multiplied(by: rules.counted) }

  /// A price as the exchange writes it, in quote; `nil` for none, and for one that has too many digits.
  public final func price(_ written: Decimal64?) -> Decimal64? {
    written?.multiplied(by: Decimal64(mantissa: 1, exponent: -rules.priceScale))
  }

  /// A command's price as the exchange writes it.
  public final func written(_ price: Decimal64?) -> Decimal64? {
    price?.multiplied(by: Decimal64(mantissa: 1, exponent: rules.priceScale))
  }

  /// A command's quantity as the exchange counts it; refused where that is not exact.
  public final func contracts(_ quantity: Decimal64?) throws(CommandRefusal) -> Decimal64? {
    guard let quantity, rules.counted != .one else { return quantity }
    let size = rules.counted
    guard let counted = quantity.quotient(dividingBy: size, places: max(0, -contractExponent)),
      counted.multiplied(by: size) == quantity
    else {
      throw CommandRefusal(
        .invalidOrder, "\(quantity.plain) is no multiple of what \(symbol) is traded in, contracts of \(size.plain)")
    }
    return counted
  }
}

extension InstrumentRules {
  /// Base units in one of what the exchange writes.
  var counted: Decimal64 {
    guard quantityScale != 0 else { return contractSize }
    return contractSize.multiplied(by: Decimal64(mantissa: 1, exponent: -quantityScale)) ?? contractSize
  }

  /// Puts what counts contracts into base; `false` where that has too many digits.
  mutating func multiplyOut() -> Bool {
    let size = contractSize.normalized
    guard size != .one else {
      if kind == .perpetual, lot == nil, quantityDecimals == nil { lot = .one }
      return true
    }
    let step = lot ?? Decimal64(mantissa: 1, exponent: -(quantityDecimals ?? 0))
    guard size.isPositive, let base = step.multiplied(by: size) else { return false }
    for bound in [minQuantity, maxQuantity] where bound != nil && bound?.multiplied(by: size) == nil { return false }
    minQuantity = minQuantity?.multiplied(by: size)
    maxQuantity = maxQuantity?.multiplied(by: size)
    lot = base
    // Fine enough for a step in base and for one in contracts.
    let places = Int32(step.decimalPlaces).subtractingReportingOverflow(size.exponent).partialValue
    quantityDecimals = max(Int32(base.decimalPlaces), places)
    return true
  }
}

extension JSONScanner {
  /// A quantity of the exchange, in base at the market's `quantityExponent`. Fails when digits would be lost.
  @inlinable
  @inline(__always)
  public mutating func quantity(_ market: Market) -> Int64 {
    guard let value = market.base(fixed(market.contractExponent)) else {
      fail()
      return 0
    }
    return value
  }

  /// As `quantity`; `null` and the empty string, by which exchanges say "none", are `nil`.
  public mutating func optionalQuantity(_ market: Market) -> Int64? {
    guard let counted = optionalFixed(market.contractExponent) else { return nil }
    let value = market.base(counted)
    if value == nil { fail() }
    return value
  }
}

extension Output {
  /// Reads an array of levels, `[["price", "quantity", ...], ...]`, of a market's book, and appends them.
  @inlinable
  public func levels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    guard market.contractFactor != 1 else {
      return levels(&json, price: market.writtenExponent, quantity: market.contractExponent)
    }
    var list = pb_list()
    json.enterArray()
    while json.nextElement() {
      let read = json.level(price: market.writtenExponent, quantity: market.contractExponent)
      guard let quantity = market.base(read.quantity) else {
        json.fail()
        break
      }
      level(price: read.price, quantity: quantity, to: &list)
    }
    return list
  }
}
