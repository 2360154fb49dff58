import CPatchbay
import ConnectorKit
import Decimals

/// KuCoin spot, by the endpoints for high frequency, to which all accounts were moved. Protocol: KuCoin API
/// (www.kucoin.com/docs-new): "Spot Trading", "Account Info", "WebSocket API". Frames and books are read in
/// SpotMarkets.swift, orders are written in SpotOrders.swift, SpotStops.swift and SpotAmend.swift, accounts in
/// SpotAccount.swift.
public final class KuCoinSpot: KuCoinExchange, ExchangeDialect {
  public var rest: String { "https://api.kucoin.com" }
  public var limits: [Output.Limit] { [.publicPool, .spotPool, .managementPool, .connections, .messages] }
  public var offer: OrderOffer {
    OrderOffer(OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  /// Stop orders that have not become others.
  var stops = WaitingOrders()

  /// "Orderbook - Increment": the first update behind snapshot S has sequenceStart <= S + 1 and sequenceEnd > S.
  public var bookRules: BookPlan { BookPlan(.span, .rest(Endpoint(.partBook, on: .publicPool, weight: 4))) }

  private static let channels = [
    FeedPlan.Channel(.book, "/market/level2"), FeedPlan.Channel(.trades, "/market/match"),
    FeedPlan.Channel(.ticker, "/market/ticker"),
  ]

  public var feeds: FeedPlan { feeds(Endpoint(.bulletPublic, on: .publicPool, weight: 10), Self.channels) }

  public var privateStream: PrivatePlan {
    privateStream(
      Endpoint(.bulletPrivate, on: .spotPool, weight: 10),
      ["/spotMarket/tradeOrdersV2", "/spotMarket/advancedOrders", "/account/balance"])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicPool, weight: 3), at: "data", in: .milliseconds)
    instruments(Endpoint(.symbols, on: .publicPool, weight: 4, deadline: 30_000_000_000), at: "data") {
      Self.rules(&$1)
    }
    tickers(
      Endpoint(.allTickers, on: .publicPool, weight: 15, deadline: 30_000_000_000), at: "data/ticker", Self.allTickers)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Get Klines": at most 1,500, from the newest on.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(places: [.seconds, .open, .close, .high, .low, .baseVolume, .quoteVolume])
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicPool, weight: 3), at: "data", table, most: 1500,
      [
        1: "1min", 3: "3min", 5: "5min", 15: "15min", 30: "30min", 60: "1hour", 120: "2hour", 240: "4hour",
        360: "6hour", 480: "8hour", 720: "12hour", 1440: "1day",
      ])
    (plan.interval, plan.timeForm) = ("type", .seconds)
    (plan.since, plan.until, plan.untilShift) = ("startAt", "endAt", -1_000_000_000)
    return plan
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    self.topics(topics, isUnsubscribe: isUnsubscribe, id: id, of: Self.channels)
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// "Get All Symbols". Books hold orders of times when the step was finer, with up to eight decimals, or four more
  /// than the step has.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, Self.rule, state: ["true": .trading, "false": .halted])
    rules.quantityDecimals = rules.lot.map { max(8, Int32($0.decimalPlaces) + 4) }
    return rules
  }

  /// Whether a symbol can be traded is a word of JSON.
  private static let rule = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrency": .base, "quoteCurrency": .quote, "enableTrading": .state,
    "priceIncrement": .tick, "baseIncrement": .lot, "baseMinSize": .minQuantity, "baseMaxSize": .maxQuantity,
    "minFunds": .minNotional,
  ])

  /// "Get All Tickers". What counts base and quote are the volumes; `changePrice` is over 24 hours.
  private static let allTickers = FieldTable<TickerField>([
    "symbol": .symbol, "buy": .bid, "bestBidSize": .bidQuantity, "sell": .ask, "bestAskSize": .askQuantity,
    "last": .last, "changePrice": .change, "high": .high, "low": .low, "vol": .baseVolume, "volValue": .quoteVolume,
  ])
}
