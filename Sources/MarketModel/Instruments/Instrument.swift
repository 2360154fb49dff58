import Decimals

/// What is traded: the identity of an instrument, the exponents its books use, and its rules.
public struct Instrument: Equatable, Sendable {
  public var id: InstrumentID
  public var kind: Kind
  public var state: State
  /// As the venue writes it.
  public var symbol: String
  public var base: String
  public var quote: String
  /// Perpetuals and futures: the asset of profit and loss; else empty.
  public var settle: String
  /// Exponent of prices in books, trades and tickers.
  public var priceExponent: Int32
  /// Exponent of quantities in books, trades and tickers.
  public var quantityExponent: Int32
  /// Dated futures: when it expires, in nanoseconds of wall time; 0 = never.
  public var expiry: Int64
  /// Profit and loss are in the base asset.
  public var isInverse: Bool
  /// The venue's book may be crossed; the host uncrosses it.
  public var mayCross: Bool
  public var rules: TradingRules
  /// Why it cannot be traded, when `state` says so.
  public var reason: String

  public init(
    id: InstrumentID, kind: Kind, state: State = .trading, symbol: String, base: String, quote: String,
    settle: String = "", priceExponent: Int32, quantityExponent: Int32, expiry: Int64 = 0, isInverse: Bool = false,
    mayCross: Bool = false, rules: TradingRules, reason: String = ""
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.symbol = symbol
    self.base = base
    self.quote = quote
    self.settle = settle
    self.priceExponent = priceExponent
    self.quantityExponent = quantityExponent
    self.expiry = expiry
    self.isInverse = isInverse
    self.mayCross = mayCross
    self.rules = rules
    self.reason = reason
  }

  /// The pair as people write it, `BASE-QUOTE`.
  public var pair: String { "\(base)-\(quote)" }

  /// Whether orders of some kind are accepted now.
  public var isTradable: Bool { state == .trading || state == .postOnly || state == .reduceOnly }

  /// The price unit of an order: the tick, or the unit of the exponent where the venue names none.
  public var tick: Decimal64 { rules.tick ?? Decimal64(mantissa: 1, exponent: priceExponent) }

  /// The quantity unit of an order: the lot, or the unit of the exponent where the venue names none.
  public var lot: Decimal64 { rules.lot ?? Decimal64(mantissa: 1, exponent: quantityExponent) }

  /// The first reason why this instrument cannot be used as it is described, or `nil`.
  public var fault: InstrumentFault? {
    if symbol.isEmpty { return .missingName("symbol") }
    if base.isEmpty { return .missingName("base") }
    if quote.isEmpty { return .missingName("quote") }
    // Halves of the exponent range: notionals and averages must stay inside it.
    if !(-32...32).contains(priceExponent) { return .exponentOutOfRange(priceExponent) }
    if !(-32...32).contains(quantityExponent) { return .exponentOutOfRange(quantityExponent) }
    return rules.fault(priceExponent: priceExponent, quantityExponent: quantityExponent)
  }
}

/// Why a described instrument is refused. A refused one does not disturb the others.
public enum InstrumentFault: Error, Equatable, Sendable {
  /// The named text is empty.
  case missingName(String)
  /// A price or quantity exponent is not in -32...32.
  case exponentOutOfRange(Int32)
  /// The named increment is not positive.
  case notPositive(field: String, value: Decimal64)
  /// The named number is negative.
  case negative(field: String, value: Decimal64)
  /// The named increment has more places than the instrument's exponent can hold.
  case finerThanExponent(field: String, value: Decimal64)
  /// The named minimum is above its maximum.
  case minimumAboveMaximum(String)
  /// A known instrument came again with another kind, symbol or exponent; such a change needs a new id.
  case identityChanged(InstrumentID)
  /// There are as many as can be kept.
  case tooMany(limit: Int)
}

extension InstrumentFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingName(let field): "instrument without \(field)"
    case .exponentOutOfRange(let exponent): "exponent \(exponent) is not in -32...32"
    case .notPositive(let field, let value): "\(field) \(value) is not positive"
    case .negative(let field, let value): "\(field) \(value) is negative"
    case .finerThanExponent(let field, let value): "\(field) \(value) has more places than the instrument's exponent"
    case .minimumAboveMaximum(let field): "the least \(field) is above the greatest"
    case .identityChanged(let id): "instrument \(id.rawValue) changed its kind, symbol or exponents: it needs a new id"
    case .tooMany(let limit): "there are \(limit) instruments already, and more are not kept"
    }
  }
}

extension Instrument.State {
  /// Whether some kind of order is accepted.
  public var isTraded: Bool {
    switch self {
    case .trading, .postOnly, .reduceOnly: true
    case .halted, .closed, .unusable: false
    }
  }
}
