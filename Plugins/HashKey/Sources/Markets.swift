import ConnectorKit
import Decimals

/// Instruments, tickers and candles by request. Sources: "Exchange Information", "Get 24hr Ticker Price Change", "Get
/// Kline".
extension HashKeyConnector {
  func offerMarkets() {
    instruments(Self.market(.exchangeInfo, weight: 5), at: isPerpetual ? "contracts" : "symbols") {
      [unowned(unsafe) self] in isPerpetual ? Self.contract(&$1) : Self.rules(&$1)
    }
    tickers(Self.market(.tickers), at: "", ticker)
    candles(candlePlan)
  }

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "status": .state, "baseAsset": .base, "quoteAsset": .quote, "underlying": .base,
    "marginToken": .settle,
  ])
  private static let filter = FieldTable<RuleField>([
    "minPrice": .minPrice, "maxPrice": .maxPrice, "tickSize": .tick, "minQty": .minQuantity, "maxQty": .maxQuantity,
    "stepSize": .lot, "minNotional": .minNotional,
  ])
  private static let states: [String: InstrumentState] = ["TRADING": .trading, "HALT": .halted, "BREAK": .halted]

  /// `{"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": [{"filterType":
  /// "PRICE_FILTER", "tickSize": "0.01"}, {"filterType": "TRADE_AMOUNT", "minAmount": "1"}, ...]}`: of two filters for
  /// the value of an order the stricter one counts.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var least: Decimal64?
    var rules = InstrumentRules(&json, names, state: states) { rules, key, json in
      guard key == "filters" else { return false }
      json.elements { json in
        let mark = json.mark
        rules.read(&json, filter)
        var amounts = mark.scanner()
        amounts.members { key, json in
          switch key {
          case "minAmount": least = json.optionalDecimal()
          case "maxAmount":
            let most = json.optionalDecimal()
            rules.maxNotional = most?.isPositive == true ? most : nil
          default: return false
          }
          return true
        }
      }
      return true
    }
    if let least, least.isPositive, least > rules.minNotional ?? .zero { rules.minNotional = least }
    return rules
  }

  /// `{"symbol": "BTCUSDT-PERPETUAL", "underlying": "BTC", "quoteAsset": "USDT", "marginToken": "USDT", "inverse":
  /// false, "contractMultiplier": "0.001", "riskLimits": [{"initialMargin": "0.10"}], ...}`. Filters count base, orders
  /// and streams contracts. Inverse ones are left out.
  private static func contract(_ json: inout JSONScanner) -> InstrumentRules? {
    var (isInverse, hasSize, leastMargin) = (false, false, Decimal64?.none)
    var rules = InstrumentRules(&json, names, state: states) { rules, key, json in
      switch key {
      case "filters": json.elements { rules.read(&$0, filter) }
      case "inverse": isInverse = json.words() == "true"
      case "contractMultiplier":
        let size = json.optionalDecimal()
        hasSize = size?.isPositive == true
        rules.contractSize = size ?? .one
      case "riskLimits":
        guard !json.skipNull() else { return true }
        json.elements { json in
          json.member("initialMargin") { json in
            guard let margin = json.optionalDecimal(), margin.isPositive else { return }
            leastMargin = min(leastMargin ?? margin, margin)
          }
        }
      default: return false
      }
      return true
    }
    guard !isInverse else { return nil }
    // Without its size nothing of a contract can be counted.
    if !hasSize { json.fail() }
    guard json.isValid else { return rules }
    rules.kind = .perpetual
    // An entry whose underlying comes first, or is not there, has its own name for its base.
    let ending = "\(rules.quote)-PERPETUAL"
    if rules.base == rules.symbol, rules.base.hasSuffix(ending) {
      rules.base = String(rules.base.dropLast(ending.utf8.count))
    }
    if rules.settle.isEmpty { rules.settle = rules.quote }
    rules.maxLeverage = leastMargin.flatMap { Decimal64.one.quotient(dividingBy: $0, places: 0) }
    let size = rules.contractSize
    func counted(_ base: Decimal64?) -> Decimal64? { base?.quotient(dividingBy: size, places: 9) }
    // Whole contracts are traded, however fine the step in base is.
    rules.lot = counted(rules.lot).map { max($0, .one) }
    (rules.minQuantity, rules.maxQuantity) = (counted(rules.minQuantity), counted(rules.maxQuantity))
    return rules
  }

  /// Arrays, at most a thousand.
  private var candlePlan: CandlePlan {
    let table = FieldTable<CandleField>(
      places: [
        .time, .open, .high, .low, .close, isPerpetual ? .contractVolume : .baseVolume, nil, .quoteVolume, .trades,
      ])
    var plan = CandlePlan(
      Self.market(.candles), at: "", table, most: 1000,
      [
        1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 240: "4h", 360: "6h", 480: "8h",
        720: "12h", 1440: "1d",
      ])
    (plan.since, plan.until, plan.untilShift, plan.size) = ("startTime", "endTime", -1_000_000, "limit")
    return plan
  }
}
