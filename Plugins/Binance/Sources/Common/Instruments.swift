import CPatchbay
import ConnectorKit
import Decimals

/// exchangeInfo: instruments, trading rules, rate limits. Sources: "Exchange information", "Filters", "ENUM
/// definitions" of the spot and of the futures documentation.
extension BinanceConnector {
  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "baseAsset": .base, "quoteAsset": .quote, "marginAsset": .settle, "status": .state,
    "contractStatus": .state,
  ])
  private static let filters: KeyValuePairs<StaticString, FieldTable<RuleField>> = [
    "PRICE_FILTER": FieldTable(["tickSize": .tick, "minPrice": .minPrice, "maxPrice": .maxPrice]),
    "LOT_SIZE": FieldTable(["stepSize": .lot, "minQty": .minQuantity, "maxQty": .maxQuantity]),
    "MIN_NOTIONAL": FieldTable(["minNotional": .minNotional, "notional": .minNotional]),
    "NOTIONAL": FieldTable(["minNotional": .minNotional, "maxNotional": .maxNotional]),
  ]

  /// One entry of `symbols`.
  func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    let start = json.mark
    // A perpetual says that it is one; a spot pair only says when it is none.
    var isOffered = !Self.isPerpetual
    var (price, quantity) = (Int64(0), Int64(0))
    var rules = InstrumentRules(&json, Self.names, state: ["TRADING": .trading]) { rules, key, json in
      switch key {
      case "isSpotTradingAllowed", "contractType": isOffered = Self.offers(key, &json)
      case "pricePrecision": price = json.integer()
      case "quantityPrecision": quantity = json.integer()
      case "orderTypes": rules.types = orderTypes(&json)
      case "filters": json.elements { Self.readFilter(&$0, &rules) }
      default: return false
      }
      return true
    }
    rules.priceDecimals = Self.places(rules.tick, price, largest: rules.maxPrice)
    rules.quantityDecimals = Self.places(rules.lot, quantity, largest: rules.maxQuantity)
    (rules.makerFee, rules.takerFee) = venue.fees
    rules.kind = Self.isPerpetual ? .perpetual : .spot
    if !json.isValid || !isOffered || !rules.isWhole { return unread(start, &json) }
    return rules
  }

  /// An entry that cannot be read, or is of another market. One that names its instrument says at least that it is
  /// listed; what it was known by goes on to be known.
  private func unread(_ start: JSONMark, _ json: inout JSONScanner) -> InstrumentRules? {
    var rules = InstrumentRules()
    var isOffered = !Self.isPerpetual
    json = start.scanner()
    json.members { key, json in
      // What cannot be read spoils nothing but itself.
      var value = json.passed().scanner()
      switch key {
      case "symbol": rules.symbol = value.string().text
      case "baseAsset": rules.base = value.string().text
      case "quoteAsset": rules.quote = value.string().text
      case "marginAsset": rules.settle = value.string().text
      case "isSpotTradingAllowed", "contractType": isOffered = Self.offers(key, &value)
      default: break
      }
      return true
    }
    let known = market(named: rules.symbol)
    guard isOffered else {
      rules = known?.rules ?? rules
      (rules.state, rules.reason) = (.closed, "the exchange no longer offers it on this market")
      return known == nil ? nil : rules
    }
    (rules.priceDecimals, rules.quantityDecimals) = (8, 8)
    rules.kind = Self.isPerpetual ? .perpetual : .spot
    (rules.state, rules.reason) = (.unusable, "its entry in the exchange's list cannot be read")
    guard known == nil, rules.isWhole else {
      json.fail()
      return rules
    }
    out.log(.warning, "\(rules.symbol): its entry of exchangeInfo cannot be read")
    return rules
  }

  /// Whether an entry is of the kind that the connector is for: dated futures and margin-only pairs are left out.
  private static func offers(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    if key == "isSpotTradingAllowed" { return json.boolean() }
    let type = json.string()
    return type == "PERPETUAL" || type == "TRADIFI_PERPETUAL"
  }

  private func orderTypes(_ json: inout JSONScanner) -> [OrderType] {
    var types: [OrderType] = []
    json.elements { json in
      let word = json.string()
      // A trailing stop has no price of its own.
      guard word != "TRAILING_STOP_MARKET", let type = vocabulary.type(word.text) else { return }
      if !types.contains(type) { types.append(type) }
    }
    return types
  }

  /// Filters are objects of different shapes; the type may stand anywhere in one.
  private static func readFilter(_ json: inout JSONScanner, _ rules: inout InstrumentRules) {
    let filter = json.passed()
    guard json.isValid else { return }
    var object = filter.scanner()
    var fields = filter.scanner()
    var type = object.find("filterType")?.scanner()
    guard let name = type?.string(), let table = filters.first(where: { name == $0.key })?.value else { return }
    rules.read(&fields, table)
    if !fields.isValid { json.fail() }
  }

  /// Prices and quantities stand at the exponents of tick and lot as the venue writes them, eight places on most spot
  /// symbols: so the digits of a frame become mantissas without a division. A futures symbol may be written with more
  /// places than its tick. Where a thousand of the largest orders would not fit into 63 bits then, as with a lot of 1
  /// and orders of billions, there are fewer, but never fewer than the step has.
  private static func places(_ step: Decimal64?, _ precision: Int64, largest: Decimal64?) -> Int32 {
    guard let step else { return 8 }
    var places = max(0, -step.exponent, (1...18).contains(precision) ? Int32(precision) : 0)
    let thousand = largest?.multiplied(by: Decimal64(1000))
    while places > Int32(step.decimalPlaces), largest != nil, thousand?.mantissa(at: -places) == nil { places -= 1 }
    return min(places, 18)
  }

  // MARK: Limits

  /// `{"rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}]}`
  func readLimits(_ body: Body) {
    var json = JSONScanner(body)
    guard var list = json.find("rateLimits")?.scanner() else { return }
    var limits: [Output.Limit] = []
    _ = list.eachEntry { if let limit = limit(&$1) { limits.append(limit) } }
    if !limits.isEmpty { out.limits(limits) }
    if let weight = limits.first(where: { $0.bucket == venue.weight.bucket }) { weightDeclared(weight.capacity) }
  }

  private static let units: [String: Int64] = ["SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400]

  private func limit(_ json: inout JSONScanner) -> Output.Limit? {
    var (type, unit, number, capacity) = ("", "", Int64(1), UInt64(0))
    json.members { key, json in
      switch key {
      case "rateLimitType": type = json.string().text
      case "interval": unit = json.string().text
      case "intervalNum": number = json.integer()
      case "limit": capacity = json.unsigned()
      default: return false
      }
      return true
    }
    guard json.isValid, (1..<1000).contains(number), let seconds = Self.units[unit],
      let amount = UInt32(exactly: capacity), amount > 0
    else { return nil }
    let letter = unit.prefix(1).lowercased()
    let length = "\(number)\(letter)"
    var known: Output.Limit?
    var header = ""
    switch type {
    case "REQUEST_WEIGHT": (known, header) = (venue.weight, "x-mbx-used-weight-" + length)
    case "RAW_REQUESTS": known = venue.requests
    case "ORDERS":
      header = "x-mbx-order-count-" + length
      known = venue.limits.first { $0.usedHeader.hasPrefix("x-mbx-order") && $0.usedHeader.hasSuffix(letter) }
    default: break
    }
    guard var limit = known else { return nil }
    (limit.capacity, limit.interval, limit.usedHeader) = (amount, seconds * number * 1_000_000_000, header)
    return limit
  }
}
