import CPatchbay
import ConnectorKit
import Decimals

/// Bitstamp, spot. Protocol: "Bitstamp Public API (v2)" (www.bitstamp.net/api) and "Websocket API v2"
/// (www.bitstamp.net/websocket/v2). Frames are read in Frames.swift, orders are written and read in Orders.swift, lists
/// of them in Lists.swift, the account's stream stands in Private.swift.
public final class BitstampSpot: ExchangeConnector, ExchangeDialect {
  static let host = "www.bitstamp.net"
  static let socket = "wss://ws.bitstamp.net/"
  /// The best hundred of each side, pushed whole, instead of all levels and their changes.
  let isTopOnly: Bool

  public let rest = "https://\(host)"
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Open limit buy order", "Open market buy order", "Open instant buy order". Stops and other subtypes are for
  /// derivatives.
  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill, .goodTilDate], [.postOnly, .byValue])
  }

  /// "Live full order book": changes with the time of each in microseconds, which rises, and nothing that shows a lost
  /// one. The book is asked for when changes come, and those that it holds already are left out.
  public var bookRules: BookPlan {
    isTopOnly
      ? BookPlan(.rising, .pushes) : BookPlan(.rising, .rest(Self.market(.orderBook)), waitsUntilLive: true)
  }

  /// A connection carries 1,024 channels; it is closed without a word when one more is asked for.
  public var feeds: FeedPlan {
    var plan = FeedPlan(
      [Self.socket], [.book: isTopOnly ? "order_book" : "diff_order_book", .trades: "live_trades"])
    (plan.topicsPerConnection, plan.topicsPerMessage) = (1000, 1)
    plan.messageCharges = [Output.Limit.messages.charge]
    (plan.ping, plan.idle) = (Self.heartbeat, Self.silence)
    return plan
  }

  /// "Heartbeat": it is answered.
  static let heartbeat = FeedPlan.Ping("{\"event\":\"bts:heartbeat\"}", act: "heartbeat", every: 20_000_000_000)
  static let silence: Int64 = 60_000_000_000

  /// "Websockets token": valid for a minute, in which all channels are asked for.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .token(Self.account(.websocketsToken), pointer: "/token"), address: SealedText(Self.socket),
      streamAct: "private_stream", subscribeAct: "private_subscribe", channels: [])
    plan.subscribeCharges = [Output.Limit.messages.charge]
    (plan.ping, plan.idle, plan.answerTime) = (Self.heartbeat, Self.silence, 60_000_000_000)
    return plan
  }

  /// The names of private channels end with the number of the account, which comes with the token.
  public var accountQuestion: AccountQuestion? {
    AccountQuestion(Self.account(.websocketsToken), before: [], isForStream: true)
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    isTopOnly = try config.choice("book", "full", ["full": false, "top": true])
    try super.init(config: config, out: out)
    attach(self)
    // No request says the time: the ticker of a busy market does, as of its last change.
    clock(Self.market(.clock), at: "timestamp", in: .seconds)
    instruments(Self.market(.markets), at: "") { Self.rules(&$1) }
    tickers(Self.market(.tickers), at: "", Self.ticker)
    candles(Self.candles)
    offerOrders()
    offerLists()
  }

  /// "Request limits": 400 in a second, 10,000 in ten minutes.
  private static let charges = [Output.Limit.requests.charge, Output.Limit.burst.charge]

  static func market(_ act: PermittedAct) -> Endpoint { Endpoint(act, charges: charges, deadline: 30_000_000_000) }
  /// Without parameters a request has no body, and must not name the type of one.
  static func account(_ act: PermittedAct, _ parameters: Endpoint.Parameters = .query) -> Endpoint {
    Endpoint(act, parameters, charges: charges)
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  /// "Markets"; by its older names "Trading pairs info".
  private static let rule = FieldTable<RuleField>([
    "market_symbol": .symbol, "url_symbol": .symbol, "trading": .state, "base_decimals": .quantityDecimals,
    "counter_decimals": .priceDecimals, "minimum_order_value": .minNotional, "maximum_order_value": .maxNotional,
    "minimum_order_amount": .minQuantity, "maximum_order_amount": .maxQuantity,
  ])
  private static let states: [String: InstrumentState] = [
    "Enabled": .trading, "ENABLED": .trading, "Disabled": .halted, "DISABLED": .halted,
  ]

  /// `{"name": "BTC/USD", "market_symbol": "btcusd", "base_decimals": 8, "counter_decimals": 0, "minimum_order_value":
  /// "10", "trading": "Enabled", "instant_and_market_orders": "Enabled", "market_type": "SPOT"}`; in the older list
  /// `"minimum_order": "20.0 USD"`. Answers of accounts call it by its name, `BTC/USD`, and histories `btc_usd`.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var (name, type, takesMarketOrders) = ("", "SPOT", true)
    var rules = InstrumentRules(&json, rule, state: states) { rules, key, json in
      switch key {
      case "name": name = json.words()
      case "market_type": type = json.words()
      case "instant_and_market_orders": takesMarketOrders = json.words().uppercased() == "ENABLED"
      case "minimum_order":
        let least = Decimal64(json.words().prefix { $0 != " " })
        if least == nil { json.fail() }
        rules.minNotional = least?.isPositive == true ? least : nil
      default: return false
      }
      return true
    }
    guard type == "SPOT", !name.hasSuffix("-PERP") else { return nil }
    let sides = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if sides.count == 2 { (rules.base, rules.quote) = (sides[0], sides[1]) }
    rules.otherNames = [name, name.lowercased().replacing("/", with: "_")]
    if !takesMarketOrders { rules.types = [.limit] }
    return rules
  }

  /// "All currency pair tickers". `open` is the day's first price; that of 24 hours ago stands beside it.
  private static let ticker = FieldTable<TickerField>([
    "pair": .symbol, "last": .last, "bid": .bid, "ask": .ask, "high": .high, "low": .low, "open_24": .open,
    "volume": .baseVolume,
  ])

  /// "OHLC data": those that begin between `start` and `end`, both included.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "timestamp": .seconds, "open": .open, "high": .high, "low": .low, "close": .close, "volume": .baseVolume,
    ]
    var plan = CandlePlan(
      market(.candles), at: "data/ohlc", table, most: 1000,
      [
        1: "60", 3: "180", 5: "300", 15: "900", 30: "1800", 60: "3600", 120: "7200", 240: "14400", 360: "21600",
        720: "43200", 1440: "86400", 4320: "259200",
      ])
    (plan.symbol, plan.interval, plan.size, plan.timeForm) = ("", "step", "limit", .seconds)
    (plan.since, plan.until, plan.untilShift) = ("start", "end", -1_000_000_000)
    return plan
  }
}
