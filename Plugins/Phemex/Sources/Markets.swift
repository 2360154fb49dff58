import ConnectorKit
import Decimals

/// Products, tickers and candles by request. Sources: "Query Product Information", "Query 24 Hours Ticker for All
/// Symbols", "Query Kline".
extension PhemexConnector {
  private static let spot = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrency": .base, "quoteCurrency": .quote, "status": .state, "defaultMakerFee": .makerFee,
    "defaultTakerFee": .takerFee,
  ])
  private static let contract = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrency": .base, "quoteCurrency": .quote, "settleCurrency": .settle, "status": .state,
    "tickSize": .tick, "lotSize": .lot, "qtyStepSize": .lot, "maxLeverage": .maxLeverage, "maxOrderQty": .maxQuantity,
    "maxOrderQtyRq": .maxQuantity, "minOrderValueRv": .minNotional, "minPriceRp": .minPrice, "maxPriceRp": .maxPrice,
  ])
  private static let states: [String: InstrumentState] = ["Listed": .trading, "Delisted": .closed]

  func offerMarkets() {
    instruments(
      Endpoint(.products, on: .publicCalls, deadline: 30_000_000_000),
      at: isPerpetual ? "data/perpProductsV2" : "data/products", and: isPerpetual ? ["data/products"] : [],
      whole: { [unowned(unsafe) self] in readCurrencies($0) }
    ) { [unowned(unsafe) self] _, json in isPerpetual ? Self.contract(&json) : Self.pair(&json) }
    tickers(
      Endpoint(isPerpetual ? .tickers : .spotTickers, on: .publicCalls, deadline: 30_000_000_000), at: "result",
      isPerpetual ? Self.contractTicker : Self.ticker)
    candles(candlePlan)
  }

  private static let contractTicker = FieldTable<TickerField>([
    "symbol": .symbol, "closeRp": .last, "lastRp": .last, "openRp": .open, "highRp": .high, "lowRp": .low,
    "volumeRq": .baseVolume, "turnoverRv": .quoteVolume, "timestamp": .nanoseconds,
  ])

  /// `[{"currency": "USD", "code": 2, "valueScale": 4}]`: lists of history name a currency by its code.
  private func readCurrencies(_ body: Body) {
    var json = JSONScanner(body)
    guard var list = json.find("data/currencies")?.scanner() else { return }
    (currencies, namesByCode) = ([:], [:])
    _ = list.eachEntry { _, json in
      var (name, code, scale) = ("", "", Int64(-1))
      json.members { key, json in
        switch key {
        case "currency": name = json.words()
        case "code": code = json.words()
        case "valueScale": scale = json.integer()
        default: return false
        }
        return true
      }
      guard json.isValid, !name.isEmpty, Self.scales.contains(scale) else { return }
      currencies[name] = Currency(scale: Int32(scale))
      if !code.isEmpty { namesByCode[code] = name }
    }
  }

  private static let scales: ClosedRange<Int64> = 0...18

  /// An amount of a currency as it is; 8 is the scale of all but USD.
  func amount(_ scaled: Decimal64?, of currency: String) -> Decimal64? {
    scaled?.multiplied(by: Decimal64(mantissa: 1, exponent: -(currencies[currency]?.scale ?? 8)))
  }

  /// A pair of spot. Steps and bounds stand as text with their currency, `200,000 GRT`, and the steps scaled too, by
  /// which the scale of quantities is known; that of prices is 8 where it is not said.
  private static func pair(_ json: inout JSONScanner) -> InstrumentRules? {
    var (type, priceScale, scaledLot) = ("", Int64(8), Decimal64?.none)
    var rules = InstrumentRules(&json, Self.spot, state: states) { rules, key, json in
      switch key {
      case "type": type = json.words()
      case "priceScale": priceScale = json.integer()
      case "baseTickSize": rules.lot = Self.number(&json)
      case "baseTickSizeEv": scaledLot = json.optionalDecimal()
      case "quoteTickSize": rules.tick = Self.number(&json)
      case "minOrderValue": rules.minNotional = Self.number(&json)
      case "maxOrderValue": rules.maxNotional = Self.number(&json)
      case "maxBaseOrderSize": rules.maxQuantity = Self.number(&json)
      default: return false
      }
      return true
    }
    guard type == "Spot" else { return nil }
    var quantityScale: Int64 = 8
    if let lot = rules.lot, let scaledLot {
      quantityScale =
        scales.first { lot.multiplied(by: Decimal64(mantissa: 1, exponent: Int32($0))) == scaledLot } ?? -1
    }
    guard scales.contains(priceScale), scales.contains(quantityScale) else {
      json.fail()
      return rules
    }
    // Every whole number has its place.
    (rules.priceScale, rules.priceDecimals) = (Int32(priceScale), Int32(priceScale))
    (rules.quantityScale, rules.quantityDecimals) = (Int32(quantityScale), Int32(quantityScale))
    return rules
  }

  /// A perpetual: with margin in what it is quoted in, counted in base ("PerpetualV2"), or counted in contracts of base
  /// and priced in whole numbers ("Perpetual"), which is to be read and not traded here. One whose margin is not what
  /// it is quoted in is left out: what a contract of it is worth in base depends on its price.
  private static func contract(_ json: inout JSONScanner) -> InstrumentRules? {
    var (type, priceScale, underlying, size) = ("", Int64(0), "", Decimal64?.none)
    var rules = InstrumentRules(&json, Self.contract, state: states) { _, key, json in
      switch key {
      case "type": type = json.words()
      case "priceScale": priceScale = json.integer()
      case "contractUnderlyingAssets": underlying = json.words()
      case "contractSize": size = Self.number(&json)
      default: return false
      }
      return true
    }
    guard json.isValid else { return rules }
    guard type == "PerpetualV2" || type == "Perpetual", rules.settle == rules.quote else { return nil }
    rules.kind = .perpetual
    if rules.base.isEmpty { rules.base = underlying }
    rules.base.removeAll { $0 == " " }
    guard type == "Perpetual" else { return rules }
    guard let size, size.isPositive, scales.contains(priceScale) else {
      json.fail()
      return rules
    }
    rules.contractSize = size
    (rules.priceScale, rules.priceDecimals) = (Int32(priceScale), Int32(priceScale))
    rules.types = []
    return rules
  }

  /// `0.01 GRT`, `200,000 GRT`, `1 USD`, or a number alone.
  private static func number(_ json: inout JSONScanner) -> Decimal64? {
    let digits = json.words().prefix { $0 != " " }.filter { $0 != "," }
    let value = Decimal64(String(digits))
    return value?.isPositive == true ? value : nil
  }

  /// `[timestamp, interval, last close, open, high, low, close, volume, turnover]`. Of spot the newest thousand alone.
  private var candlePlan: CandlePlan {
    let table = FieldTable<CandleField>(
      places: [.seconds, nil, nil, .open, .high, .low, .close, .contractVolume])
    var plan = CandlePlan(
      Endpoint(isPerpetual ? .perpCandles : .candles, on: .publicCalls, weight: 10), at: "data/rows", table, most: 1000,
      [
        1: "60", 5: "300", 15: "900", 30: "1800", 60: "3600", 240: "14400", 1440: "86400", 10080: "604800",
      ])
    plan.interval = "resolution"
    guard isPerpetual else {
      (plan.isNewestAlone, plan.parameters) = (true, [("limit", "1000")])
      return plan
    }
    (plan.since, plan.until, plan.timeForm) = ("from", "to", .seconds)
    return plan
  }
}
