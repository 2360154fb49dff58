import CPatchbay
import ConnectorKit
import Decimals

/// KuCoin Futures: perpetuals that are quoted and settled in USDT. What a contract of the inverse ones is worth in base
/// depends on its price, and what is settled in something else is another account: they are left out. Protocol: KuCoin
/// API (www.kucoin.com/docs-new): "Futures Trading", "WebSocket API / Futures". Frames are read in
/// PerpetualMarkets.swift, orders are written in PerpetualOrders.swift, accounts in PerpetualAccount.swift.
public final class KuCoinPerpetual: KuCoinExchange, ExchangeDialect {
  /// What the contracts of this connector are settled in.
  static let settle = "USDT"
  /// "Add Order": each order says how its position is margined, and is refused where its instrument is switched to the
  /// other mode. Leverage of isolated margin is that of the order which opens or adds to the position.
  let marginMode: MarginMode
  let isolatedLeverage: String

  public var rest: String { "https://api-futures.kucoin.com" }
  public var limits: [Output.Limit] { [.publicPool, .futuresPool, .managementPool, .connections, .messages] }
  public var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      [.postOnly, .reduceOnly, .close, .stopByMark])
  }

  /// "Orderbook - Increment": every message is one change, and its number the last plus one. Everybody may ask for the
  /// whole book.
  public var bookRules: BookPlan { BookPlan(.increment, .rest(Endpoint(.perpBook, on: .publicPool, weight: 3))) }

  private static let channels = [
    FeedPlan.Channel(.book, "/contractMarket/level2"), FeedPlan.Channel(.trades, "/contractMarket/execution"),
    FeedPlan.Channel(.ticker, "/contractMarket/tickerV2"), FeedPlan.Channel(.mark, "/contract/instrument"),
  ]

  public var feeds: FeedPlan { feeds(Endpoint(.bulletPublic, on: .publicPool, weight: 10), Self.channels) }

  public var privateStream: PrivatePlan {
    privateStream(
      Endpoint(.bulletPrivate, on: .futuresPool, weight: 10),
      [
        "/contractMarket/tradeOrders", "/contractMarket/advancedOrders", "/contractAccount/wallet",
        "/contract/positionAll",
      ])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    marginMode = try config.choice("margin_mode", "CROSS", ["CROSS": .cross, "ISOLATED": .isolated])
    isolatedLeverage = try config.choice("isolated_leverage", "1", Self.leverages)
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicPool, weight: 2), at: "data", in: .milliseconds)
    instruments(Endpoint(.contracts, on: .publicPool, weight: 3, deadline: 30_000_000_000), at: "data") {
      Self.rules(&$1)
    }
    tickers(Endpoint(.perpTickers, on: .publicPool, weight: 5, deadline: 30_000_000_000), at: "data", Self.ticker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
    offerPositions()
  }

  private static let leverages: KeyValuePairs = [
    "1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "6": "6", "7": "7", "8": "8", "9": "9", "10": "10", "12": "12",
    "15": "15", "20": "20", "25": "25", "30": "30", "40": "40", "50": "50", "75": "75", "100": "100", "125": "125",
  ]

  /// "Get Klines": at most 200 by older accounts of it, volumes in contracts.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(places: [.time, .open, .high, .low, .close, .contractVolume])
    var plan = CandlePlan(
      Endpoint(.perpCandles, on: .publicPool, weight: 3), at: "data", table, most: 200,
      [1: "1", 5: "5", 15: "15", 30: "30", 60: "60", 120: "120", 240: "240", 480: "480", 720: "720", 1440: "1440"])
    plan.interval = "granularity"
    (plan.since, plan.until, plan.untilShift, plan.questions) = ("from", "to", -1_000_000, 8)
    return plan
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    self.topics(topics, isUnsubscribe: isUnsubscribe, id: id, of: Self.channels)
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// "Get All Symbols": `type` is FFWCSX for perpetuals. Orders and books count contracts of `multiplier` base; Bitcoin
  /// is called XBT.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var (type, isInverse) = ("", false)
    var rules = InstrumentRules(&json, Self.rule, state: Self.states) { _, key, json in
      switch key {
      case "type": type = json.words()
      case "isInverse": isInverse = json.boolean()
      default: return false
      }
      return true
    }
    guard json.isValid else { return rules }
    guard type == "FFWCSX", !isInverse, rules.quote == settle, rules.settle == settle else { return nil }
    rules.kind = .perpetual
    rules.minQuantity = rules.lot
    if rules.base == "XBT" { rules.base = "BTC" }
    return rules
  }

  private static let rule = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrency": .base, "quoteCurrency": .quote, "settleCurrency": .settle, "status": .state,
    "tickSize": .tick, "lotSize": .lot, "multiplier": .contractSize, "maxOrderQty": .maxQuantity,
    "maxPrice": .maxPrice, "maxLeverage": .maxLeverage, "makerFeeRate": .makerFee, "takerFeeRate": .takerFee,
  ])

  private static let states: [String: InstrumentState] = [
    "Open": .trading, "CancelOnly": .halted, "Paused": .halted, "BeingSettled": .halted, "Init": .halted,
    "PrepareSettled": .reduceOnly, "Settled": .closed, "Closed": .closed,
  ]
}
