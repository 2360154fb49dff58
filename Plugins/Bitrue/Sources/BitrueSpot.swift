import CPatchbay
import ConnectorKit
import Decimals

/// Bitrue, spot. Protocol: "Public Rest API for Bitrue" (github.com/Bitrue-exchange/Spot-official-api-docs of
/// 2023-07-14), with "Market Data Streams WebSocket" and "User Data Streams WebSocket"; trades and tickers by the same
/// socket: the exchange's older "websocket api". Frames are read in Frames.swift, orders in Orders.swift, the account's
/// stream in Private.swift.
public final class BitrueSpot: ExchangeConnector, ExchangeDialect {
  /// The address of the documentation, and that of the exchange's pages, at which the same API answers.
  private static let domains: KeyValuePairs = [
    "live": "https://openapi.bitrue.com", "www": "https://www.bitrue.com",
  ]

  public let rest: String
  private static let socket = "wss://ws.bitrue.com/market/ws"
  /// "The subscribed server sends a ping message every 15 seconds".
  private static let silence: Int64 = 60_000_000_000

  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Order types", "Time in force": the exchange has no others.
  public var offer: OrderOffer { OrderOffer([.limit, .market], [.goodTilCancelled], []) }

  /// "Response of DEPTH message pushing": every message is the whole book.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  /// The documentation of today has the book alone. Trades and tickers come on connections of their own, so that their
  /// silence would disturb no book.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = [Self.socket, Self.socket]
    plan.channels = [
      FeedPlan.Channel(.book, "simple_depth_step0"), FeedPlan.Channel(.trades, "trade_ticker", address: 1),
      FeedPlan.Channel(.ticker, "ticker", address: 1),
    ]
    (plan.topicsPerMessage, plan.isCompressed, plan.idle) = (1, true, Self.silence)
    return plan
  }

  /// "ListenKey": valid for an hour; asked for again it is the same and lives on, as after a `PUT` with the key in its
  /// path. "A single connection is only valid for 24 hours".
  public var privateStream: PrivatePlan {
    var key = Endpoint(.listenKey, .form, on: Output.Limit.general)
    key.host = "https://open.bitrue.com"
    var plan = PrivatePlan(
      .listenKey(obtain: key, pointer: "/data/listenKey", keep: key, every: 1_800_000_000_000),
      address: "wss://wsapi.bitrue.com/stream?listenKey=\(Seal.slot(1))", streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["user_order_update", "user_balance_update"])
    plan.idle = 600_000_000_000
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    rest = try config.choice("domain", "live", Self.domains)
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.market(.time), at: "serverTime", in: .milliseconds)
    instruments(Self.market(.exchangeInfo), at: "symbols") { Self.rules(&$1) }
    tickers(Self.market(.tickers, weight: 40), at: "", Self.dayTicker)
    candles(Self.candles)
    offerOrders()
    balances(Self.account(.account, weight: 5), at: "balances") { Self.balance(&$1, Self.balances) }
  }

  static func market(_ act: PermittedAct, weight: UInt32 = 1) -> Endpoint {
    Endpoint(act, on: Output.Limit.general, weight: weight, deadline: 30_000_000_000)
  }

  /// "LIMITS": what is asked of an account counts for its address and for itself.
  static func account(_ act: PermittedAct, _ parameters: Endpoint.Parameters = .query, weight: UInt32 = 1) -> Endpoint {
    Endpoint(
      act, parameters,
      charges: [Charge(Output.Limit.ordersAddress.bucket, weight), Charge(Output.Limit.orders.bucket, weight)])
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let ruleNames = FieldTable<RuleField>(["symbol": .symbol, "status": .state])
  private static let filter = FieldTable<RuleField>([
    "minPrice": .minPrice, "maxPrice": .maxPrice, "tickSize": .tick, "priceScale": .priceDecimals,
    "minQty": .minQuantity, "maxQty": .maxQuantity, "minVal": .minNotional, "stepSize": .lot,
    "volumeScale": .quantityDecimals,
  ])

  /// "Exchange information": `{"symbol": "ETHBTC", "status": "TRADING", "baseAsset": "eth", "quoteAsset": "btc",
  /// "filters": [{"filterType": "PRICE_FILTER", ...}, {"filterType": "LOT_SIZE", ...}]}`. Streams write names small.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, ruleNames, state: ["TRADING": .trading, "HALT": .halted]) { rules, key, json in
      switch key {
      case "baseAsset": rules.base = json.string().text.uppercased()
      case "quoteAsset": rules.quote = json.string().text.uppercased()
      case "filters": json.elements { rules.read(&$0, filter) }
      default: return false
      }
      return true
    }
    rules.otherNames = [rules.symbol.lowercased()]
    return rules
  }

  private static let dayTicker = FieldTable<TickerField>([
    "symbol": .symbol, "lastPrice": .last, "bidPrice": .bid, "bidQty": .bidQuantity, "askPrice": .ask,
    "askQty": .askQuantity, "openPrice": .open, "highPrice": .high, "lowPrice": .low, "volume": .baseVolume,
    "quoteVolume": .quoteVolume,
  ])

  /// "Kline data": the newest, at most 1,440. What `fromIdx` counts the documentation does not say.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "i": .seconds, "o": .open, "h": .high, "l": .low, "c": .close, "v": .baseVolume, "a": .quoteVolume,
    ]
    var plan = CandlePlan(
      market(.candles), at: "data", table, most: 1440,
      [1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1H", 120: "2H", 240: "4H", 720: "12H", 1440: "1D"])
    (plan.interval, plan.parameters, plan.isNewestAlone) = ("scale", [("limit", "1440")], true)
    return plan
  }
}
