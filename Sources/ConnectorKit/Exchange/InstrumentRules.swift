import CPatchbay
import Decimals

public enum RuleField: Sendable {
  /// The symbol of the streams, the name of requests, and any other name.
  case symbol, name, otherName
  case base, quote, settle, state, tick, lot, minQuantity, maxQuantity, minNotional, maxNotional
  case minPrice, maxPrice, priceDecimals, quantityDecimals, contractSize, maxLeverage, makerFee, takerFee, ignored
}

public enum InstrumentState: UInt32, Sendable { case trading = 1, halted, postOnly, reduceOnly, closed, unusable }

public enum InstrumentKind: UInt32, Sendable { case spot = 1, perpetual, future, pool }

/// What a connector offers for each of its instruments.
public struct OrderOffer: Sendable {
  public var types: [OrderType]
  public var forces: [TimeInForce]
  public var flags: OrderFlags
  /// Types that can be post-only, where that is offered.
  public var postOnly: [OrderType] = [.limit]

  public init(_ types: [OrderType], _ forces: [TimeInForce], _ flags: OrderFlags) {
    self.types = types
    self.forces = forces
    self.flags = flags
  }
}

/// An instrument's names and trading rules as the exchange states them. Zero and absent both mean "no such rule".
public struct InstrumentRules: Sendable, Equatable {
  /// As the streams name it.
  public var symbol = ""
  /// As requests name it, where that differs.
  public var name = ""
  /// Further names by which answers call it.
  public var otherNames: [String] = []
  public var base = ""
  public var quote = ""
  public var settle = ""
  public var kind = InstrumentKind.spot
  public var state = InstrumentState.trading
  /// Why it cannot be traded, for people.
  public var reason = ""
  public var tick: Decimal64?
  public var lot: Decimal64?
  /// How many decimals prices and quantities have; the steps where those are not stated.
  public var priceDecimals: Int32?
  public var quantityDecimals: Int32?
  /// Most significant digits that a price of an order may have; 0 = no such rule.
  public var priceDigits: UInt32 = 0
  public var minPrice: Decimal64?
  public var maxPrice: Decimal64?
  public var minQuantity: Decimal64?
  public var maxQuantity: Decimal64?
  public var minNotional: Decimal64?
  public var maxNotional: Decimal64?
  /// Base units in one of what the exchange counts: 1, or of perpetuals that are traded in contracts, the contract's
  /// size. As they are read, `lot`, `minQuantity` and `maxQuantity` count what the exchange counts; the layer
  /// multiplies them out. Without a `lot` whole contracts are traded.
  public var contractSize = Decimal64.one
  /// Prices and quantities that the exchange writes as whole numbers: times ten to these powers. The steps and bounds
  /// here are read as they are; what streams and orders say is brought to scale by the layer.
  public var priceScale: Int32 = 0
  public var quantityScale: Int32 = 0
  public var maxLeverage: Decimal64?
  public var makerFee: Decimal64?
  public var takerFee: Decimal64?
  /// Profit and loss are in the base asset, and a contract is worth so much quote: its quantities count contracts.
  public var isInverse = false
  /// The exchange's book may be crossed, and the host uncrosses it: what is newer stays.
  public var mayCross = false
  /// When it expires, in nanoseconds since the epoch; 0 = never.
  public var expiry: Int64 = 0
  /// What is offered of it alone; `nil` = what the exchange offers.
  public var types: [OrderType]?

  public init() {}

  /// Reads one entry of the exchange's list. `other` reads what the table does not name, and says whether it did.
  public init(
    _ json: inout JSONScanner, _ table: FieldTable<RuleField>, state words: [String: InstrumentState],
    other: (inout InstrumentRules, JSONText, inout JSONScanner) -> Bool = { _, _, _ in false }
  ) {
    json.fields(table) { field, json in
      read(field, &json, words)
      return true
    } other: { key, json in
      other(&self, key, &json)
    }
  }

  /// Takes from an object what it says of the rules, such as from one of a list of filters.
  public mutating func read(_ json: inout JSONScanner, _ table: FieldTable<RuleField>) {
    json.fields(table) { field, json in
      read(field, &json, [:])
      return true
    }
  }

  private mutating func read(_ field: RuleField, _ json: inout JSONScanner, _ words: [String: InstrumentState]) {
    switch field {
    case .symbol: symbol = json.words()
    case .name: name = json.words()
    case .otherName: otherNames.append(json.words())
    case .base: base = json.string().text
    case .quote: quote = json.string().text
    case .settle: settle = json.string().text
    case .state: setState(json.scalar().text, words)
    case .tick: tick = positive(&json)
    case .lot: lot = positive(&json)
    case .minPrice: minPrice = positive(&json)
    case .maxPrice: maxPrice = positive(&json)
    case .minQuantity: minQuantity = limit(&json)
    case .maxQuantity: maxQuantity = limit(&json)
    case .minNotional: minNotional = limit(&json)
    case .maxNotional: maxNotional = limit(&json)
    case .priceDecimals: priceDecimals = places(&json)
    case .quantityDecimals: quantityDecimals = places(&json)
    case .contractSize: contractSize = positive(&json) ?? .one
    case .maxLeverage: maxLeverage = positive(&json)
    case .makerFee: makerFee = json.optionalDecimal()
    case .takerFee: takerFee = json.optionalDecimal()
    case .ignored: json.skip()
    }
  }

  /// What a word of the exchange means; one that is missing is a halt.
  public mutating func setState(_ word: String, _ words: [String: InstrumentState]) {
    state = words[word] ?? .halted
    reason = state == .trading ? "" : "the exchange says \(word)"
  }

  /// A bound of an order's size. One that has more digits than fit is cut to them: what is a little beyond it, the
  /// exchange refuses.
  private func limit(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.optionalWideDecimal()?.narrowed?.value
    return value?.isPositive == true ? value : nil
  }

  private func positive(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.optionalDecimal()
    return value?.isPositive == true ? value : nil
  }

  private func places(_ json: inout JSONScanner) -> Int32 {
    let places = json.integer()
    guard (0...18).contains(places) else {
      json.fail()
      return 0
    }
    return Int32(places)
  }

  /// Whether what every instrument needs is there and the symbol can stand in a request.
  public var isWhole: Bool {
    !symbol.isEmpty && !base.isEmpty && !quote.isEmpty && base != quote && (tick != nil || priceDecimals != nil)
      && (lot != nil || quantityDecimals != nil)
      && symbol.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  public var priceExponent: Int32 { Self.exponent(tick, priceDecimals) }
  public var quantityExponent: Int32 { Self.exponent(lot, quantityDecimals) }

  private static func exponent(_ step: Decimal64?, _ decimals: Int32?) -> Int32 {
    min(step.map { -Int32($0.decimalPlaces) } ?? 0, decimals.map { -$0 } ?? 0)
  }

  func record(_ market: Market, _ offer: OrderOffer) -> pb_instrument {
    var record = pb_instrument()
    record.instrument = market.id
    record.kind = kind.rawValue
    record.state = (market.listing.state ?? state).rawValue
    record.price_exp = market.priceExponent
    record.quantity_exp = market.quantityExponent
    record.order_types = (types ?? offer.types).reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    record.time_in_force = offer.forces.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    record.order_flags = UInt64(offer.flags.rawValue)
    record.price_digits = priceDigits
    if isInverse { record.flags |= UInt32(PB_INSTRUMENT_FLAG_INVERSE) }
    if mayCross { record.flags |= UInt32(PB_INSTRUMENT_FLAG_MAY_CROSS) }
    record.expiry_ns = expiry
    record.tick = pb_dec(tick ?? Decimal64(mantissa: 1, exponent: priceExponent))
    record.lot = pb_dec(lot ?? Decimal64(mantissa: 1, exponent: quantityExponent))
    record.min_price = pb_dec(minPrice)
    record.max_price = pb_dec(maxPrice)
    record.min_quantity = pb_dec(minQuantity)
    record.max_quantity = pb_dec(maxQuantity)
    record.min_notional = pb_dec(minNotional)
    record.max_notional = pb_dec(maxNotional)
    record.multiplier = pb_dec(contractSize)
    record.max_leverage = pb_dec(maxLeverage)
    record.maker_fee = pb_dec(makerFee)
    record.taker_fee = pb_dec(takerFee)
    return record
  }
}
