import Decimals

/// Which neighbouring valid price stands for one that the venue does not accept.
public enum PriceRounding: Sendable, CaseIterable {
  /// The next lower valid price, on both sides.
  case down
  /// Away from the touch: buys down, sells up. The order never becomes more aggressive.
  case passive
  /// None: such a price is refused.
  case refuse
}

/// A number of an order, as messages name it.
public enum OrderNumber: String, Sendable {
  case price = "the price"
  case stop = "the stop price"
  case quantity = "the quantity"
  case worth = "price times quantity"
}

/// Why an order is refused before anything is sent.
public enum OrderRefusal: Error, Equatable, Sendable {
  /// The instrument does not accept orders in this state.
  case notTrading(Instrument.State)
  /// Only post-only (or only reduce-only) orders are accepted now.
  case onlyWith(OrderFlags)
  /// The venue does not offer this order type here.
  case unsupportedType(OrderType)
  /// The venue does not offer this time in force here.
  case unsupportedTimeInForce(TimeInForce)
  /// The venue does not offer these flags here, or not with this order type.
  case unsupportedFlags(OrderFlags)
  /// A limit order without a price.
  case missingPrice
  /// A stop order without a stop price.
  case missingStop
  /// A price for an order of a type that has none.
  case strayPrice(OrderType)
  /// A stop price for an order of a type that has none.
  case strayStop(OrderType)
  /// An order good till a date without that date.
  case missingExpiry
  /// A date for an order that is not good till one.
  case strayExpiry
  /// The date at which the order is to end has passed.
  case pastExpiry
  /// The price is not a multiple of the tick.
  case offTick(tick: Decimal64)
  /// The price has more significant digits than the venue allows.
  case tooManyDigits(limit: Int)
  /// The quantity is not a multiple of the lot. Given only where rounding was refused.
  case offLot(lot: Decimal64)
  /// The price, after rounding, is below the venue's least, or not positive where it names none.
  case belowMinPrice(Decimal64)
  /// The price, after rounding, is above the venue's greatest.
  case aboveMaxPrice(Decimal64)
  /// The quantity, after rounding, is below the venue's least, or below one lot.
  case belowMinQuantity(Decimal64)
  /// The quantity, after rounding, is above the venue's greatest.
  case aboveMaxQuantity(Decimal64)
  /// Price times quantity, after rounding, is too small.
  case belowMinNotional(Decimal64)
  /// Price times quantity, after rounding, is too large.
  case aboveMaxNotional(Decimal64)
  /// A number is so large or so fine that exact arithmetic cannot hold it.
  case outOfRange(OrderNumber)
}

extension OrderRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notTrading(let state): "the instrument is \(state)"
    case .onlyWith(let flags): "only \(flags == .postOnly ? "post-only" : "reduce-only") orders are accepted now"
    case .unsupportedType(let type): "order type \(type) is not offered"
    case .unsupportedTimeInForce(let time): "time in force \(time) is not offered"
    case .unsupportedFlags(let flags): "\(flags.words.joined(separator: ", ")) is not offered here"
    case .missingPrice: "a limit order needs a price"
    case .missingStop: "a stop order needs a stop price"
    case .strayPrice(let type): "a \(type) order has no price; leave one of the two out"
    case .strayStop(let type): "a \(type) order has no stop price; leave one of the two out"
    case .missingExpiry: "an order good till a date needs that date"
    case .strayExpiry: "only an order good till a date has one; its time in force must be gtd"
    case .pastExpiry: "the date at which the order is to end has passed"
    case .offTick(let tick): "the price is not a multiple of the tick \(tick.plain)"
    case .tooManyDigits(let limit): "the price has more than \(limit) significant digits"
    case .offLot(let lot): "the quantity is not a multiple of the lot \(lot.plain)"
    case .belowMinPrice(let bound): "the price is below \(bound.plain)"
    case .aboveMaxPrice(let bound): "the price is above \(bound.plain)"
    case .belowMinQuantity(let bound): "the quantity is below \(bound.plain)"
    case .aboveMaxQuantity(let bound): "the quantity is above \(bound.plain)"
    case .belowMinNotional(let bound): "price times quantity is below \(bound.plain)"
    case .aboveMaxNotional(let bound): "price times quantity is above \(bound.plain)"
    case .outOfRange(let number): "\(number.rawValue) is too large or too fine for exact arithmetic"
    }
  }
}

/// Quantisation: the nearest number that the venue accepts, in exact arithmetic. Results have the places of the tick
/// or lot (fewer where significant digits are limited), so their `description` is what may be sent: plain digits,
/// never exponent notation, never more places than the rule.
extension Instrument {
  /// A valid price: a multiple of the tick with no more significant digits than allowed. Pure; does not check bounds.
  public func quantize(
    price: Decimal64, side: Side, rounding: PriceRounding = .down
  ) throws(OrderRefusal) -> Decimal64 {
    let step = try priceStep(at: price)
    guard let (below, exact) = price.steps(of: step) else { throw .outOfRange(.price) }
    var count = below
    if !exact {
      switch rounding {
      case .down: break
      case .passive: if side == .sell { count += 1 }
      case .refuse:
        guard let (_, onTick) = price.steps(of: tick) else { throw .outOfRange(.price) }
        if !onTick { throw .offTick(tick: tick) }
        throw .tooManyDigits(limit: rules.priceDigits)
      }
    }
    guard let value = step.multiplied(by: Decimal64(count)), let sendable = value.atPlaces(of: tick) else {
      throw .outOfRange(.price)
    }
    // Zeros behind the point would be digits too.
    return rules.priceDigits > 0 ? value.normalized : sendable
  }

  /// The largest multiple of the lot that is not above `quantity`. Pure; does not check bounds.
  public func quantize(quantity: Decimal64) throws(OrderRefusal) -> Decimal64 {
    guard let down = quantity.roundedDown(toMultipleOf: lot), let sendable = down.atPlaces(of: lot) else {
      throw .outOfRange(.quantity)
    }
    return sendable
  }

  /// The distance of valid prices around `price`: the least common multiple of the tick and the unit of its last
  /// allowed significant digit. That unit is at most 1: integer prices are always allowed.
  private func priceStep(at price: Decimal64) throws(OrderRefusal) -> Decimal64 {
    guard rules.priceDigits > 0, !price.isZero else { return tick }
    var magnitude = price.mantissa.magnitude
    var lead = price.exponent // exponent of the first digit
    while magnitude >= 10 { magnitude /= 10; lead += 1 }
    let unit = min(0, lead - Int32(clamping: rules.priceDigits) + 1)
    let common = min(unit, tick.normalized.exponent)
    guard let ticks = tick.mantissa(at: common), let units = Decimal64(mantissa: 1, exponent: unit).mantissa(at: common)
    else { throw .outOfRange(.price) }
    let (product, overflow) = (ticks / greatestCommonDivisor(ticks, units)).multipliedReportingOverflow(by: units)
    if overflow { throw .outOfRange(.price) }
    return Decimal64(mantissa: product, exponent: common)
  }
}

extension Decimal64 {
  /// The same value with exactly the places that `unit` needs, of which it is a multiple.
  func atPlaces(of unit: Decimal64) -> Decimal64? {
    let exponent = -Int32(unit.decimalPlaces)
    guard let mantissa = mantissa(at: exponent) else { return nil }
    return Decimal64(mantissa: mantissa, exponent: exponent)
  }
}

private func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
