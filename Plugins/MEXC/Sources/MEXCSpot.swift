import CPatchbay
import ConnectorKit
import Decimals

/// MEXC spot. Protocol: MEXC API, "Spot V3" (www.mexc.com/api-docs/spot-v3): "General Info", "Market Data Endpoints",
/// "Spot Account/Trade", "Websocket Market Streams", "Websocket User Data Streams"; the frames' schema is
/// mexcdevelop/websocket-proto. Frames are read in Frames.swift, orders are written in Orders.swift, accounts and their
/// stream in Private.swift.
public final class MEXCSpot: ExchangeConnector, ExchangeDialect {
  static let socket = "wss://wbs-api.mexc.com/ws"
  public let rest = "https://api.mexc.com"
  /// How often books and trades are sent: every 10 or 100 ms.
  let interval: String

  /// "New Order": types say how long they last. There are no stops.
  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  /// "How to properly maintain a local copy of the order book": `fromVersion` is the last `toVersion` plus 1.
  public var bookRules: BookPlan { BookPlan(.span, .rest(Endpoint(.depth, on: .requests))) }

  /// "Websocket Market Streams": 30 subscriptions a connection; one without a message for a minute is cut. Several
  /// subscriptions in a message have one answer, which refuses them together: each goes alone.
  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.socket], [
      .book: "spot@public.aggre.depth.v3.api.pb", .trades: "spot@public.aggre.deals.v3.api.pb",
      .ticker: "spot@public.aggre.bookTicker.v3.api.pb",
    ])
    plan.topicsPerConnection = 30
    plan.topicsPerMessage = 1
    plan.ping = Self.ping
    plan.idle = Self.silence
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  private static let ping = FeedPlan.Ping("{\"method\":\"PING\"}", act: "ping", every: 20_000_000_000)
  private static let silence: Int64 = 60_000_000_000

  /// "Listen Key": valid for an hour; to be prolonged every 30 minutes.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .listenKey(
        obtain: Endpoint(.listenKey, on: .account), pointer: "/listenKey",
        keep: Endpoint(.keepListenKey, on: .account), every: 1_800_000_000_000, parameter: "listenKey"),
      address: "\(Self.socket)?listenKey=\(Seal.slot(1))", streamAct: "private_stream", subscribeAct: "subscribe",
      channels: [
        "spot@private.orders.v3.api.pb", "spot@private.deals.v3.api.pb", "spot@private.account.v3.api.pb",
      ])
    plan.ping = Self.ping
    plan.idle = Self.silence
    return plan
  }

  public var limits: [Output.Limit] { Output.Limit.all }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    interval = try config.choice("interval", "100ms", ["10ms": "10ms", "100ms": "100ms"])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .requests), at: "serverTime", in: .milliseconds)
    instruments(Self.market(.instruments, weight: 10), at: "symbols") { [unowned(unsafe) self] in rules(&$1) }
    tickers(Self.market(.tickers, weight: 40), at: "", Self.ticker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Kline/Candlestick Data": arrays, from the oldest on.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(
      places: [.time, .open, .high, .low, .close, .baseVolume, nil, .quoteVolume])
    var plan = CandlePlan(
      market(.candles, weight: 1), at: "", table, most: 500,
      [1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "60m", 240: "4h", 1440: "1d"])
    (plan.since, plan.until, plan.untilShift, plan.size) = ("startTime", "endTime", -1_000_000, "limit")
    return plan
  }

  private static func market(_ act: PermittedAct, weight: UInt32) -> Endpoint {
    Endpoint(act, charges: [Charge(Output.Limit.requests.bucket, weight)], deadline: 30_000_000_000)
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  /// "Exchange Information": the smallest step of an order's size; sizes of levels have the asset's precision.
  private static let rules = FieldTable<RuleField>([
    "symbol": .symbol, "status": .state, "baseAsset": .base, "quoteAsset": .quote, "quotePrecision": .priceDecimals,
    "baseSizePrecision": .lot, "baseAssetPrecision": .quantityDecimals, "quoteAmountPrecision": .minNotional,
    "maxQuoteAmount": .maxNotional, "makerCommission": .makerFee, "takerCommission": .takerFee,
  ])
  /// 1 online, 2 paused, 3 offline.
  private static let states: [String: InstrumentState] = [
    "1": .trading, "ENABLED": .trading, "2": .halted, "3": .closed,
  ]

  private func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var (mayTrade, types) = (true, [String]())
    var rules = InstrumentRules(&json, Self.rules, state: Self.states) { _, key, json in
      switch key {
      case "isSpotTradingAllowed": mayTrade = json.scalar() != "false"
      case "orderTypes": json.elements { types.append($0.string().text) }
      default: return false
      }
      return true
    }
    if !mayTrade, rules.state == .trading {
      (rules.state, rules.reason) = (.halted, "the exchange takes no orders for it by API")
    }
    if !types.isEmpty, !types.contains("MARKET") { rules.types = [.limit] }
    return rules
  }

  /// "24hr Ticker Price Change Statistics". The quantities of the best prices are empty there.
  private static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "lastPrice": .last, "bidPrice": .bid, "askPrice": .ask, "openPrice": .open, "highPrice": .high,
    "lowPrice": .low, "volume": .baseVolume, "quoteVolume": .quoteVolume, "closeTime": .time,
  ])
}
