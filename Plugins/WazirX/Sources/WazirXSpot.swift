import CPatchbay
import ConnectorKit

/// WazirX, spot. Protocol: "Public Rest API for WazirX" (docs.wazirx.com). The exchange stood still from July 2024 to
/// October 2025; its documentation is what it was before, with the client's order ids in it. Frames are read in
/// Frames.swift, orders are written and read in Orders.swift.
public final class WazirXSpot: ExchangeConnector, ExchangeDialect {
  private static let socket = "wss://stream.wazirx.com/stream"

  public var rest: String { "https://api.wazirx.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "New Order": the exchange has no market orders, no times in force and nothing post-only.
  public var offer: OrderOffer { OrderOffer([.limit, .stopLimit], [.goodTilCancelled], []) }

  /// "Partial Book Depth Streams": every message is the whole book of the best 20 levels.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  /// Five messages a second; a connection on which nothing is said for half an hour is cut. Of tickers there is one
  /// stream, of all markets together, which is not subscribed.
  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.socket], [.book: "depth", .trades: "trades"])
    (plan.greetingTime, plan.ping) = (10_000_000_000, Self.ping)
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  private static let ping = FeedPlan.Ping(#"{"event":"ping"}"#, act: "ping", every: 30_000_000_000)

  /// "Create Auth Token": the key stands in the subscription and is good for a quarter of an hour, in which it is used.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .token(Endpoint(.token, .form, on: .tokens), pointer: "/auth_key"), address: SealedText(Self.socket),
      subscribeAct: "subscribe", channels: ["account"])
    (plan.greetingTime, plan.ping) = (10_000_000_000, Self.ping)
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .times), at: "serverTime", in: .milliseconds)
    instruments(
      Endpoint(.exchangeInfo, on: .lists, deadline: 30_000_000_000), at: "symbols"
    ) { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .lists, deadline: 30_000_000_000), at: "", Self.dayTicker)
    candles(Self.candles)
    offerOrders()
    balances(Endpoint(.funds, on: .balances), at: "") {
      var report = BalanceReport(&$1, Self.funds)
      report.asset = report.asset.uppercased()
      return report
    }
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let ruleNames = FieldTable<RuleField>([
    "symbol": .symbol, "status": .state, "baseAsset": .base, "quoteAsset": .quote,
    "baseAssetPrecision": .quantityDecimals, "quoteAssetPrecision": .priceDecimals,
  ])
  private static let filter = FieldTable<RuleField>(["minPrice": .minPrice, "tickSize": .tick])

  /// "Exchange Info": names are small. The step of quantities is what the base's precision says.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var isSpot = true
    var rules = InstrumentRules(&json, ruleNames, state: ["trading": .trading]) { rules, key, json in
      switch key {
      case "isSpotTradingAllowed": isSpot = json.boolean()
      case "filters": json.elements { rules.read(&$0, filter) }
      default: return false
      }
      return true
    }
    guard json.isValid, isSpot else { return nil }
    (rules.base, rules.quote) = (rules.base.uppercased(), rules.quote.uppercased())
    return rules
  }

  /// "24hr Tickers Price Change Statistics".
  private static let dayTicker = FieldTable<TickerField>([
    "symbol": .symbol, "lastPrice": .last, "bidPrice": .bid, "askPrice": .ask, "openPrice": .open, "highPrice": .high,
    "lowPrice": .low, "volume": .baseVolume, "at": .time,
  ])

  /// "Kline/Candlestick Data": `[begin, open, high, low, close, volume]`; times are seconds.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(places: [.seconds, .open, .high, .low, .close, .baseVolume])
    var plan = CandlePlan(
      Endpoint(.candles, on: .lists), at: "", table, most: 2000,
      [
        1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 240: "4h", 360: "6h", 720: "12h", 1440: "1d",
        10080: "1w",
      ])
    (plan.size, plan.timeForm) = ("limit", .seconds)
    (plan.since, plan.until, plan.untilShift) = ("startTime", "endTime", -1_000_000_000)
    return plan
  }

  /// "Fund Details".
  private static let funds = FieldTable<BalanceField>(["asset": .asset, "free": .free, "locked": .held])
}
