import CPatchbay
import ConnectorKit

/// Instruments, prices of all, and what subscribes. Sources: AlphaPoint APEX API, "GetInstruments", "Summary",
/// "SubscribeLevel1", "SubscribeLevel2", "SubscribeTrades".
extension AlphaPointExchange {
  private static let rules = FieldTable<RuleField>([
    "InstrumentId": .symbol, "Product1Symbol": .base, "Product2Symbol": .quote, "SessionStatus": .state,
    "PriceIncrement": .tick, "QuantityIncrement": .lot, "MinimumQuantity": .minQuantity,
  ])
  private static let sessions: [String: InstrumentState] = [
    "Running": .trading, "Paused": .halted, "Stopped": .halted, "Starting": .halted,
  ]
  /// "Summary". Names are those of products: `BTC_CAD`.
  private static let summary = FieldTable<TickerField>([
    "trading_pairs": .symbol, "last_price": .last, "lowest_ask": .ask, "highest_bid": .bid,
  ])

  public final func offerInstruments() {
    instruments(
      Endpoint(venue.acts.instruments, on: venue.requests, deadline: 30_000_000_000), ["omsId": "\(Self.oms)"], at: ""
    ) { [unowned(unsafe) self] in instrument(&$1) }
  }

  func offerPrices() {
    tickers(Endpoint(venue.acts.summary, on: venue.requests, deadline: 30_000_000_000), at: "", Self.summary)
    candles(candlePlan)
  }

  /// "GetTickerHistory": arrays of `[time, high, low, open, close, volume, bid, ask, instrument]`, the interval in
  /// seconds. How many are given at most is not said.
  private var candlePlan: CandlePlan {
    let table = FieldTable<CandleField>(places: [.time, .high, .low, .open, .close, .baseVolume])
    var plan = CandlePlan(
      Endpoint(venue.acts.candles, on: venue.requests), at: "", table, most: 1000,
      [
        1: "60", 5: "300", 15: "900", 30: "1800", 60: "3600", 120: "7200", 240: "14400", 360: "21600", 720: "43200",
        1440: "86400",
      ])
    (plan.symbol, plan.interval, plan.timeForm) = ("InstrumentId", "Interval", .iso)
    (plan.since, plan.until, plan.untilShift) = ("FromDate", "ToDate", -1_000_000)
    plan.parameters = [("OMSId", "\(Self.oms)")]
    return plan
  }

  private func instrument(_ json: inout JSONScanner) -> InstrumentRules {
    var (base, quote, symbol, isDisabled) = ("", "", "", false)
    var rules = InstrumentRules(&json, Self.rules, state: Self.sessions) { _, key, json in
      switch key {
      case "Symbol": symbol = json.words()
      case "Product1": base = json.words()
      case "Product2": quote = json.words()
      case "IsDisable": isDisabled = json.scalar() == "true"
      default: return false
      }
      return true
    }
    // It stands in requests as a number.
    guard json.isValid, rules.symbol.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
      json.fail()
      return rules
    }
    if isDisabled { (rules.state, rules.reason) = (.halted, "the exchange has disabled it") }
    complete(&rules, symbol: symbol)
    if !base.isEmpty { products[base] = rules.base }
    if !quote.isEmpty { products[quote] = rules.quote }
    return rules
  }

  public func levels(_ wanted: Int) -> Int { Self.depth }

  func procedure(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    let channel = feeds.channels[topic.channel]
    var payload = "{\"OMSId\":\(Self.oms),\"InstrumentId\":\(markets[topic.market].symbol)"
    if !isUnsubscribe, channel.carries == .book { payload += ",\"Depth\":\(Self.depth)" }
    if !isUnsubscribe, channel.carries == .trades { payload += ",\"IncludeLastCount\":100" }
    let name = isUnsubscribe ? "Uns" + channel.name.dropFirst() : channel.name
    return SealedText(ProcedureFrame.call(name, id: id, payload + "}"))
  }
}
