import CPatchbay
import ConnectorKit
import Decimals

/// HitBTC, spot. Protocol: HitBTC API v3 (api.hitbtc.com). Frames are read in Frames.swift, orders are written and read
/// in Orders.swift, the account stands in Account.swift.
public final class HitBTCSpot: ExchangeConnector, ExchangeDialect {
  let domain: Domain
  /// Market data by version 2, as recordings until 2021 have them.
  let isOld: Bool

  /// "Endpoints".
  struct Domain {
    let host: String

    static let all: KeyValuePairs = [
      "live": Domain(host: "api.hitbtc.com"), "demo": Domain(host: "api.demo.hitbtc.com"),
    ]
  }

  public var rest: String { "https://\(domain.host)" }
  public var limits: [Output.Limit] { Output.Limit.all }

  public var offer: OrderOffer {
    OrderOffer(OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "Subscribe to full order book": a snapshot, and updates that count on by one.
  public var bookRules: BookPlan { BookPlan(.increment, .stream()) }

  public var feeds: FeedPlan {
    var plan = FeedPlan(
      ["wss://\(domain.host)/api/\(isOld ? "2/ws" : "3/ws/public")"],
      isOld
        ? [.book: "Orderbook", .trades: "Trades", .ticker: "Ticker"]
        : [.book: "orderbook/full", .trades: "trades", .ticker: "ticker/1s"])
    plan.topicsPerMessage = isOld ? 1 : 50
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public var privateStream: PrivatePlan {
    guard !isOld else {
      return PrivatePlan(
        .refused("version v2 is for recordings of market data"), address: "", subscribeAct: "", channels: [])
    }
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("wss://\(domain.host)/api/3/ws/trading"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["spot_subscribe"])
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    isOld = try config.choice("version", "v3", ["v3": false, "v2": true])
    try super.init(config: config, out: out)
    attach(self)
    // No request says the time: the ticker of a busy market does, as of its last change.
    clock(Endpoint(.clock, on: .publicCalls), at: "timestamp", in: .iso)
    instruments(
      Endpoint(isOld ? .oldSymbols : .symbols, on: .publicCalls, deadline: 30_000_000_000), at: ""
    ) { [unowned(unsafe) self] in rules($0, &$1) }
    tickers(
      Endpoint(.tickers, on: .publicCalls, deadline: 30_000_000_000), at: "", Self.restTicker, isKeyed: true)
    offerCandles()
    offerOrders()
    offerAccount()
  }

  /// "Candles": those that begin between `from` and `till`, both included.
  private func offerCandles() {
    let table: FieldTable<CandleField> = [
      "timestamp": .isoTime, "open": .open, "max": .high, "min": .low, "close": .close, "volume": .baseVolume,
      "volume_quote": .quoteVolume,
    ]
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicCalls), at: "", table, most: 1000,
      [1: "M1", 3: "M3", 5: "M5", 15: "M15", 30: "M30", 60: "H1", 240: "H4", 1440: "D1"])
    (plan.symbol, plan.interval, plan.size, plan.timeForm) = ("", "period", "limit", .iso)
    (plan.since, plan.until, plan.untilShift) = ("from", "till", -1_000_000)
    plan.parameters = [("sort", "ASC")]
    candles(plan)
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  private static let names = FieldTable<RuleField>([
    "base_currency": .base, "quote_currency": .quote, "status": .state, "tick_size": .tick,
    "quantity_increment": .lot, "make_rate": .makerFee, "take_rate": .takerFee,
  ])
  /// As of version 2.
  private static let oldNames = FieldTable<RuleField>([
    "id": .symbol, "baseCurrency": .base, "quoteCurrency": .quote, "tickSize": .tick, "quantityIncrement": .lot,
    "provideLiquidityRate": .makerFee, "takeLiquidityRate": .takerFee,
  ])

  /// "Symbols": an object, with each under its name; futures stand among them. In version 2 a list.
  private func rules(_ name: JSONText, _ json: inout JSONScanner) -> InstrumentRules? {
    var type = "spot"
    var rules = InstrumentRules(
      &json, isOld ? Self.oldNames : Self.names, state: ["working": .trading]
    ) { _, key, json in
      guard key == "type" else { return false }
      type = json.words()
      return true
    }
    if !isOld { rules.symbol = name.text }
    rules.minQuantity = rules.lot
    return type == "spot" ? rules : nil
  }
}
