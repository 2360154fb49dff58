import CPatchbay
import ConnectorKit
import Decimals

/// Crypto.com Exchange, spot. Protocol: Exchange API v1 (exchange-developer.crypto.com): methods called by HTTP, whose
/// bodies have the form of JSON-RPC, a stream of the market and one of the account. Frames are read in Frames.swift,
/// orders are written and read in Orders.swift, Triggers.swift has those that wait for a price, Signing.swift what is
/// sent around all of them, Account.swift the account.
public final class CryptoComSpot: ExchangeConnector, ExchangeDialect {
  let domain: Domain
  /// Market data as they were until 2022, for recordings; nobody trades by it.
  let isOld: Bool
  /// Orders that wait for a price.
  var waiting = WaitingOrders()
  /// Subscriptions to reports of these, one for each stream of an account, the newest last.
  var triggerTopics: [pb_id] = []

  /// "REST API Root Endpoint", "Websocket Root Endpoints".
  struct Domain {
    let rest: String
    let stream: String

    static let all: KeyValuePairs = [
      "live": Domain(rest: "https://api.crypto.com", stream: "wss://stream.crypto.com"),
      "uat": Domain(rest: "https://uat-api.3ona.co", stream: "wss://uat-stream.3ona.co"),
    ]
  }

  public var rest: String { domain.rest }
  public var limits: [Output.Limit] { Output.Limit.all }

  public var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  /// "book.{instrument_name}.{depth}": the first message is the book, and each update names the number of the one
  /// before; one without changes keeps the channel alive. A new book comes with a new subscription.
  public var bookRules: BookPlan { BookPlan(.previous, isOld ? .pushes : .stream()) }

  /// Until 2022 every book had 150 levels.
  public func levels(_ wanted: Int) -> Int { isOld ? 150 : (1...10).contains(wanted) ? 10 : 50 }

  /// "Common Issues": limits of a stream are counted by the calendar's second, of which little may be left when it
  /// opens: nothing is said for one.
  private static let silence: Int64 = 1_000_000_000
  /// "Heartbeats": every 30 seconds.
  private static let idle: Int64 = 75_000_000_000

  public var feeds: FeedPlan {
    var plan = FeedPlan(
      [isOld ? "\(domain.stream)/v2/market" : "\(domain.stream)/exchange/v1/market"],
      [.book: "book", .trades: "trade", .ticker: "ticker"])
    (plan.greetingTime, plan.idle) = (Self.silence, Self.idle)
    plan.topicsPerConnection = 200
    plan.topicsPerMessage = 50
    plan.messageCharges = [Output.Limit.marketMessages.charge]
    return plan
  }

  /// "user.order", "user.trade" without an instrument are of all of them.
  public var privateStream: PrivatePlan {
    guard !isOld else {
      return PrivatePlan(
        .refused("version v2 is for recordings of market data"), address: "", subscribeAct: "", channels: [])
    }
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("\(domain.stream)/exchange/v1/user"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["user.order", "user.trade", "user.balance", Self.triggers])
    (plan.greetingTime, plan.idle) = (Self.silence, Self.idle)
    plan.subscribeCharges = [Output.Limit.userMessages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    isOld = try config.choice("version", "v1", ["v1": false, "v2": true])
    try super.init(config: config, out: out)
    attach(self)
    // No method says the time: the ticker of a busy market does, as of its last change.
    clock(
      Endpoint(.tickers, on: .publicCalls), ["instrument_name": "BTC_USDT"], at: "result/data/0/t", in: .milliseconds)
    offerInstruments()
    tickers(Endpoint(.tickers, on: .publicCalls, deadline: 30_000_000_000), at: "result/data", Self.ticker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "public/get-candlestick": oldest first, of the time from `start_ts` on and before `end_ts`.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "t": .time, "o": .open, "h": .high, "l": .low, "c": .close, "v": .baseVolume,
    ]
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicCalls), at: "result/data", table, most: 300,
      [
        1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 240: "4h", 720: "12h", 1440: "1D",
      ])
    (plan.symbol, plan.interval, plan.size) = ("instrument_name", "timeframe", "count")
    (plan.since, plan.until) = ("start_ts", "end_ts")
    return plan
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "base_ccy": .base, "quote_ccy": .quote, "tradable": .state, "price_tick_size": .tick,
    "qty_tick_size": .lot, "quantity_decimals": .quantityDecimals,
  ])
  /// As of 2021.
  private static let oldNames = FieldTable<RuleField>([
    "instrument_name": .symbol, "base_currency": .base, "quote_currency": .quote, "price_decimals": .priceDecimals,
    "quantity_decimals": .quantityDecimals,
  ])

  /// "public/get-instruments": currency pairs stand among perpetuals, futures, warrants and bets on events.
  private func offerInstruments() {
    guard !isOld else {
      return instruments(Endpoint(.oldInstruments, on: .publicCalls), at: "result/instruments") { _, json in
        var rules = InstrumentRules(&json, Self.oldNames, state: [:])
        (rules.tick, rules.lot) = (Self.step(rules.priceDecimals), Self.step(rules.quantityDecimals))
        return rules
      }
    }
    instruments(
      Endpoint(.instruments, on: .publicCalls, deadline: 30_000_000_000), at: "result/data"
    ) { _, json in
      var type = ""
      var rules = InstrumentRules(&json, Self.names, state: ["true": .trading]) { _, key, json in
        guard key == "inst_type" else { return false }
        type = json.words()
        return true
      }
      if rules.minQuantity == nil { rules.minQuantity = rules.lot }
      return type == "CCY_PAIR" ? rules : nil
    }
  }

  private static func step(_ decimals: Int32?) -> Decimal64? {
    decimals.map { Decimal64(mantissa: 1, exponent: -$0) }
  }
}
