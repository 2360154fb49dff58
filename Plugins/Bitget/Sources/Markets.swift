import ConnectorKit
import Decimals

/// Instruments, tickers and candles by request. Sources: "Get Symbol Info", "Get Ticker Information", "Get Candlestick
/// Data", "Get History Candlestick Data", "Get All Tickers", "Contract Config"; of v1 "Get Symbols", "Get All Symbols".
extension BitgetConnector {
  private static let spot = FieldTable<RuleField>([
    "symbol": .symbol, "baseCoin": .base, "quoteCoin": .quote, "status": .state, "pricePrecision": .priceDecimals,
    "quantityPrecision": .quantityDecimals, "minTradeAmount": .minQuantity, "maxTradeAmount": .maxQuantity,
    "makerFeeRate": .makerFee, "takerFeeRate": .takerFee,
  ])
  /// "symbol" of v1 has an ending that streams do not know.
  private static let oldSpot = FieldTable<RuleField>([
    "symbolName": .symbol, "symbol": .otherName, "baseCoin": .base, "quoteCoin": .quote, "status": .state,
    "priceScale": .priceDecimals, "quantityScale": .quantityDecimals, "minTradeAmount": .minQuantity,
    "maxTradeAmount": .maxQuantity, "makerFeeRate": .makerFee, "takerFeeRate": .takerFee,
  ])
  private static let contract = FieldTable<RuleField>([
    "symbol": .symbol, "baseCoin": .base, "quoteCoin": .quote, "symbolStatus": .state, "pricePlace": .priceDecimals,
    "volumePlace": .quantityDecimals, "sizeMultiplier": .lot, "minTradeNum": .minQuantity, "maxOrderQty": .maxQuantity,
    "minTradeUSDT": .minNotional, "maxLever": .maxLeverage, "makerFeeRate": .makerFee, "takerFeeRate": .takerFee,
  ])
  private static let states: [String: InstrumentState] = [
    "online": .trading, "gray": .trading, "offline": .closed, "halt": .halted, "normal": .trading, "listed": .halted,
    "maintain": .halted, "limit_open": .reduceOnly, "restrictedAPI": .halted, "off": .closed,
  ]

  func offerMarkets() {
    let (isOld, wait) = (version == .v1, Int64(30_000_000_000))
    if isPerpetual {
      let type = isOld ? (productType == "USDC-FUTURES" ? "cmcbl" : "umcbl") : productType
      instruments(
        Endpoint(isOld ? .oldContracts : .contracts, on: .listings, deadline: wait), ["productType": type], at: "data"
      ) { [unowned(unsafe) self] in contract(&$1) }
      tickers(
        Endpoint(.perpTickers, on: .listings, deadline: wait), ["productType": productType], at: "data", Self.ticker)
    } else {
      instruments(Endpoint(isOld ? .oldSymbols : .symbols, on: .listings, deadline: wait), at: "data") {
        [unowned(unsafe) self] in symbol(&$1)
      }
      tickers(Endpoint(.tickers, on: .listings, deadline: wait), at: "data", Self.ticker)
    }
    candles(candlePlan)
  }

  /// The least value of an order is told in USDT, whatever the quote is.
  private func symbol(_ json: inout JSONScanner) -> InstrumentRules? {
    var least: Decimal64?
    var rules = InstrumentRules(&json, version == .v1 ? Self.oldSpot : Self.spot, state: Self.states) { _, key, json in
      guard key == "minTradeUSDT" else { return false }
      least = json.optionalDecimal()
      return true
    }
    if ["USDT", "USDC", "USD"].contains(rules.quote) { rules.minNotional = least?.isPositive == true ? least : nil }
    return rules
  }

  /// Prices go in steps of `priceEndStep` in the last of `pricePlace` decimals. Contracts that are delivered are left
  /// out. v1 says neither state nor kind.
  private func contract(_ json: inout JSONScanner) -> InstrumentRules? {
    var (step, type, ending) = (Decimal64.one, "perpetual", "")
    var rules = InstrumentRules(&json, Self.contract, state: Self.states) { _, key, json in
      switch key {
      case "priceEndStep": step = json.optionalDecimal() ?? .one
      case "symbolType": type = json.words()
      default: return false
      }
      return true
    }
    guard type == "perpetual" else { return nil }
    if version == .v1, let place = rules.symbol.firstIndex(of: "_") {
      ending = String(rules.symbol[place...])
      rules.symbol = String(rules.symbol[..<place])
      rules.otherNames = [rules.symbol + ending]
    }
    rules.kind = .perpetual
    rules.settle = rules.quote
    if let places = rules.priceDecimals {
      let tick = step.multiplied(by: Decimal64(mantissa: 1, exponent: -places))
      rules.tick = tick?.isPositive == true ? tick : nil
    }
    // Sizes count base; without a step of their own, in their last decimal.
    if rules.lot == nil, let places = rules.quantityDecimals { rules.lot = Decimal64(mantissa: 1, exponent: -places) }
    return rules
  }

  /// Arrays, the oldest first. The recent ones reach back by the interval, a month of those of a minute; before them
  /// stand those of the history, which knows only where its page ends.
  private var candlePlan: CandlePlan {
    let table = FieldTable<CandleField>(
      places: [.time, .open, .high, .low, .close, .baseVolume] + (isPerpetual ? [.quoteVolume] : [nil, .quoteVolume]))
    let (recent, history): (PermittedAct, PermittedAct) =
      isPerpetual ? (.perpCandles, .perpHistoryCandles) : (.candles, .historyCandles)
    let spotWords: KeyValuePairs<Int64, String> = [
      1: "1min", 3: "3min", 5: "5min", 15: "15min", 30: "30min", 60: "1h", 240: "4h", 360: "6Hutc", 720: "12Hutc",
      1440: "1Dutc",
    ]
    let words: KeyValuePairs<Int64, String> = [
      1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1H", 120: "2H", 240: "4H", 360: "6Hutc", 720: "12Hutc",
      1440: "1Dutc",
    ]
    var plan = CandlePlan(
      Endpoint(recent, on: .candles), at: "data", table, most: 200, isPerpetual ? words : spotWords)
    (plan.interval, plan.size, plan.questions) = ("granularity", "limit", 15)
    (plan.since, plan.until) = ("startTime", "endTime")
    (plan.sinceShift, plan.untilShift) = (-1_000_000, -1_000_000)
    plan.older = (Endpoint(history, on: .candles), beyond: 1400)
    if isPerpetual { plan.parameters = [("productType", productType)] }
    return plan
  }
}
