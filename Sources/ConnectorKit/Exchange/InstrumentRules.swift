import CPatchbay
import Decimals

public enum RuleField: Sendable {
  case symbol, base, quote, settle, state, tick, lot, minQuantity, maxQuantity, minNotional, maxNotional
  case priceDecimals, quantityDecimals, contractSize, makerFee, takerFee, ignored
}

public enum InstrumentState: UInt32, Sendable { case trading = 1, halted, postOnly, reduceOnly, closed, unusable }

public enum InstrumentKind: UInt32, Sendable { case spot = 1, perpetual, future, pool }

/// What a connector offers for each of its instruments.
public struct OrderOffer: Sendable {
  public var types: [OrderType]
  public var forces: [TimeInForce]
  public var flags: OrderFlags

  public init(_ types: [OrderType], _ forces: [TimeInForce], _ flags: OrderFlags) {
    self.types = types
    self.forces = forces
    self.flags = flags
  }
}

/// An instrument's names and trading rules as the exchange states them. Zero and absent both mean "no such rule".
public struct InstrumentRules: Sendable, Equatable {
  public var symbol = ""
  public var base = ""
  public var quote = ""
  public var settle = ""
  public var kind = InstrumentKind.spot
  public var state = InstrumentState.trading
  /// Why it cannot be traded, for people.
  public var reason = ""
  public var tick: Decimal64?
  public var lot: Decimal64?
  public var minQuantity: Decimal64?
  public var maxQuantity: Decimal64?
  public var minNotional: Decimal64?
  public var maxNotional: Decimal64?
  /// Base units per contract; 1 for spot.
  public var contractSize = Decimal64.one
  public var makerFee: Decimal64?
  public var takerFee: Decimal64?

  public init() {}

  /// Reads one entry of the exchange's list. Numbers of decimals become steps: 2 is 0.01.
  public init(_ json: inout JSONScanner, _ table: FieldTable<RuleField>, state words: [String: InstrumentState]) {
    json.members { key, json in
      guard let field = table[key] else { return false }
      read(field, &json, words)
      return true
    }
  }

  private mutating func read(_ field: RuleField, _ json: inout JSONScanner, _ words: [String: InstrumentState]) {
    switch field {
    case .symbol: symbol = json.string().text
    case .base: base = json.string().text
    case .quote: quote = json.string().text
    case .settle: settle = json.string().text
    case .state:
      let word = json.scalar().text
      state = words[word] ?? .halted
      reason = state == .trading ? "" : "the exchange says \(word)"
    case .tick: tick = positive(&json)
    case .lot: lot = positive(&json)
    case .minQuantity: minQuantity = positive(&json)
    case .maxQuantity: maxQuantity = positive(&json)
    case .minNotional: minNotional = positive(&json)
    case .maxNotional: maxNotional = positive(&json)
    case .priceDecimals: tick = step(&json)
    case .quantityDecimals: lot = step(&json)
    case .contractSize: contractSize = positive(&json) ?? .one
    case .makerFee: makerFee = json.optionalDecimal()
    case .takerFee: takerFee = json.optionalDecimal()
    case .ignored: json.skip()
    }
  }

  private func positive(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.optionalDecimal()
    return value?.isPositive == true ? value : nil
  }

  private func step(_ json: inout JSONScanner) -> Decimal64? {
    let places = json.integer()
    guard (0...18).contains(places) else {
      json.fail()
      return nil
    }
    return Decimal64(mantissa: 1, exponent: -Int32(places))
  }

  /// Whether what every instrument needs is there and the symbol can stand in a request.
  public var isWhole: Bool {
    !symbol.isEmpty && !base.isEmpty && !quote.isEmpty && base != quote && tick != nil && lot != nil
      && symbol.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  public var priceExponent: Int32 { tick.map { -Int32($0.decimalPlaces) } ?? 0 }
  public var quantityExponent: Int32 { lot.map { -Int32($0.decimalPlaces) } ?? 0 }

  func record(id: pb_id, _ offer: OrderOffer) -> pb_instrument {
    var record = pb_instrument()
    record.instrument = id
    record.kind = kind.rawValue
    record.state = state.rawValue
    record.price_exp = priceExponent
    record.quantity_exp = quantityExponent
    record.order_types = offer.types.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    record.time_in_force = offer.forces.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    record.order_flags = UInt64(offer.flags.rawValue)
    record.tick = pb_dec(tick)
    record.lot = pb_dec(lot)
    record.min_quantity = pb_dec(minQuantity)
    record.max_quantity = pb_dec(maxQuantity)
    record.min_notional = pb_dec(minNotional)
    record.max_notional = pb_dec(maxNotional)
    record.multiplier = pb_dec(contractSize)
    record.maker_fee = pb_dec(makerFee)
    record.taker_fee = pb_dec(takerFee)
    return record
  }
}
