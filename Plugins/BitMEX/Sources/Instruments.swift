import ConnectorKit
import Decimals

/// Instruments. Source: "Instrument: Get all active instruments", "What Are the Typ Values for Instrument Endpoint".
///
/// Everything is traded in contracts. What one is worth is fixed
/// - in base where a contract is linear (`XBTUSDT`, `ETHU21`) or spot: quantities are base, exactly;
/// - in quote where it is inverse (`XBTUSD`: one dollar, settled in bitcoin);
/// - in the asset of settlement for each unit of the price where it is a quanto (`ETHUSD`: settled in bitcoin).
///
/// No quantity in base says what the latter two are worth. Theirs count contracts, exactly, with `multiplier` 1; books,
/// trades, prices, fills and positions are reported, and orders are not offered, since what bounds orders counts base.
extension BitMEXExchange {
  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "underlying": .base, "quoteCurrency": .quote, "state": .state, "tickSize": .tick,
    "lotSize": .lot, "maxOrderQty": .maxQuantity, "maxPrice": .maxPrice, "makerFee": .makerFee, "takerFee": .takerFee,
  ])

  /// CFI codes. Spreads, whose prices may be below zero, options and indices are left out.
  private static let kinds: [String: InstrumentKind] = [
    "IFXXXP": .spot, "FFWCSX": .perpetual, "FFWCSF": .perpetual, "FFSCSX": .perpetual, "FFCCSX": .future,
    "FFICSX": .future,
  ]

  /// What a contract is, in the exchange's words.
  private struct Terms {
    var (type, settle) = ("", "")
    /// Smallest units of the settlement asset for each contract and unit of price; negative where it is inverse.
    var multiplier: Decimal64?
    /// Contracts for each unit of base.
    var perUnit: Decimal64?
    var initialMargin: Decimal64?
    var (isQuanto, isInverse) = (false, false)
    var expiry: Int64 = 0

    mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
      switch key {
      case "typ": type = json.words()
      case "settlCurrency": settle = json.words()
      case "multiplier": multiplier = json.optionalDecimal()
      case "underlyingToPositionMultiplier": perUnit = json.optionalDecimal()
      case "initMargin": initialMargin = json.optionalDecimal()
      case "isQuanto": isQuanto = json.scalar() == "true"
      case "isInverse": isInverse = json.scalar() == "true"
      case "expiry": if !json.skipNull() { expiry = RFC3339.nanoseconds(json.string().bytes) ?? 0 }
      default: return false
      }
      return true
    }
  }

  func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var terms = Terms()
    var rules = InstrumentRules(&json, Self.names, state: ["Open": .trading]) { terms.read($1, &$2) }
    guard json.isValid else { return rules }
    guard let kind = Self.kinds[terms.type], (kind != .spot) == Self.isContracts else { return nil }
    rules.kind = kind
    rules.base = Currencies.asset(rules.base)
    rules.quote = Currencies.asset(rules.quote)
    rules.minQuantity = rules.lot
    guard kind != .spot else {
      guard let size = Self.size(terms.perUnit) else {
        json.fail()
        return rules
      }
      rules.contractSize = size
      return rules
    }
    rules.settle = currencies.find(terms.settle)?.asset ?? terms.settle
    rules.expiry = terms.expiry
    // The least margin is one part in so many.
    rules.maxLeverage = terms.initialMargin.flatMap { margin in
      margin.isPositive ? Decimal64.one.quotient(dividingBy: margin, places: 2) : nil
    }
    guard !terms.isInverse, !terms.isQuanto, rules.settle == rules.quote else {
      rules.isInverse = terms.isInverse
      guard rules.state == .trading else { return rules }
      rules.state = .halted
      rules.reason =
        "\(terms.isInverse ? "an inverse contract" : "a quanto"): quantities count contracts; orders are not offered"
      return rules
    }
    guard let size = Self.size(terms.perUnit) ?? size(terms) else {
      json.fail()
      return rules
    }
    rules.contractSize = size
    return rules
  }

  /// Base units in a contract, by how many contracts are one unit: exact, or `nil`.
  private static func size(_ perUnit: Decimal64?) -> Decimal64? {
    guard let perUnit, perUnit.isPositive, let size = Decimal64.one.quotient(dividingBy: perUnit, places: 18),
      size.multiplied(by: perUnit) == .one
    else { return nil }
    return size.normalized
  }

  /// The same by what the contract is worth in smallest units of what it is quoted and settled in.
  private func size(_ terms: Terms) -> Decimal64? {
    guard let units = terms.multiplier, units.isPositive else { return nil }
    return currencies.find(terms.settle)?.amount(units)?.normalized
  }
}
