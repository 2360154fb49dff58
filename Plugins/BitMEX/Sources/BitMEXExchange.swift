import CPatchbay
import ConnectorKit
import Decimals

/// What spot and contracts of BitMEX have in common. Protocol: BitMEX REST and WebSocket API (www.bitmex.com/app,
/// "restAPI", "wsAPI", API Explorer). Instruments are read in Instruments.swift, frames in Frames.swift and Book.swift,
/// orders are written and read in Orders.swift, the account stands in Account.swift.
///
/// The exchange has closed: what is here is proved by recordings and by the documentation of its last year.
public class BitMEXExchange: ExchangeConnector, ExchangeDialect {
  class var isContracts: Bool { false }
  /// The channel of the contract that each of the exchange's tables carries.
  class var channels: [FeedPlan.Channel] {
    [
      FeedPlan.Channel(.book, book), FeedPlan.Channel(.trades, "trade"), FeedPlan.Channel(.ticker, "quote"),
      FeedPlan.Channel(.ticker, "instrument"),
    ]
  }
  /// The private tables. What an account holds is said by two of them.
  class var privateTables: [String] { ["order", "execution", "margin", "wallet"] }
  static let book = "orderBookL2"

  let domain: Domain
  /// Smallest units of money.
  final var currencies = Currencies()
  /// When currencies were asked for last.
  final var lastAssets: Int64?
  /// What private tables said last, whose changes name only what changed.
  final var wallets: [HeldKey: Wallet] = [:]
  final var positions: [HeldKey: PositionReport] = [:]
  /// The levels of a message, for their memory.
  @exclusivity(unchecked) final var rows: [LevelRow] = []

  struct Domain {
    let host: String
    let socket: String

    static let all: KeyValuePairs = [
      "live": Domain(host: "www.bitmex.com", socket: "ws.bitmex.com"),
      "testnet": Domain(host: "testnet.bitmex.com", socket: "ws.testnet.bitmex.com"),
    ]
  }

  public var rest: String { "https://\(domain.host)" }
  public var limits: [Output.Limit] { Output.Limit.all }
  public var offer: OrderOffer {
    OrderOffer(OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "orderBookL2": the whole table comes first, then what was inserted, updated and deleted, without a number. That
  /// each change fits the table is all that proves it; see Book.swift.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }
  /// "orderBook10" comes whole each time, "orderBookL2_25" and "orderBookL2" as changes.
  public func levels(_ wanted: Int) -> Int { wanted == 0 || wanted > 25 ? 0 : wanted <= 10 ? 10 : 25 }

  /// "Heartbeats": a text `ping` when nothing came for five seconds, which is answered by `pong`.
  private static let ping = FeedPlan.Ping("ping", act: "ping", every: 5_000_000_000)
  private static let silence: Int64 = 20_000_000_000

  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = ["wss://\(domain.socket)/realtime"]
    plan.channels = Self.channels
    plan.topicsPerMessage = 20
    plan.messageCharges = [Output.Limit.messages.charge]
    plan.openCharges = [Output.Limit.connections.charge]
    plan.ping = Self.ping
    plan.idle = Self.silence
    return plan
  }

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("wss://\(domain.socket)/realtime"), streamAct: "private_stream",
      subscribeAct: "subscribe_private", channels: Self.privateTables)
    plan.ping = Self.ping
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.connections.charge]
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// Rows of the private tables name only what changed.
  public var reportsChangesAlone: Bool { true }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicRequests), at: "timestamp", in: .milliseconds)
    let active = Endpoint(.instruments, on: .publicRequests, deadline: 30_000_000_000)
    instruments(active, at: "") { [unowned(unsafe) self] in rules(&$1) }
    tickers(active, at: "", Self.restTicker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Trade: Get previous trades in time buckets": a bucket is named by when it ends, and may be asked for up to then.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "timestamp": .isoTime, "open": .open, "high": .high, "low": .low, "close": .close, "volume": .contractVolume,
      "trades": .trades,
    ]
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicRequests), at: "", table, most: 1000, [1: "1m", 5: "5m", 60: "1h", 1440: "1d"])
    (plan.interval, plan.size, plan.since, plan.until) = ("binSize", "count", "startTime", "endTime")
    (plan.timeForm, plan.untilShift, plan.namesEnds) = (.iso, -1_000_000, true)
    return plan
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    TableMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { topic in
      let (name, market) = (Self.channels[topic.channel].name, markets[topic.market])
      return "\"\(name == Self.book ? LevelTable(depth: market.depth).name : name):\(market.symbol)\""
    }
    let operation = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText("{\"op\":\"\(operation)\",\"args\":[\(names.joined(separator: ","))]}")
  }

  // MARK: Signing

  /// "API Key Usage": HMAC-SHA256 in hexadecimal over method, path with query, the second until which the request is
  /// good, and body.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let expires = Seal.seconds.moved(by: Self.validity)
    let text = SealedText(Self.word(request.method)) + target + SealedText(expires) + request.body
    request.headers.append(("api-key", SealedText(.field("api_key"))))
    request.headers.append(("api-expires", SealedText(expires)))
    request.headers.append(("api-signature", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)))
  }

  static let validity: Int64 = 5_000_000_000

  private static func word(_ method: Method) -> String {
    switch method {
    case .post: "POST"
    case .delete: "DELETE"
    case .put: "PUT"
    default: "GET"
    }
  }

  // MARK: What the products differ in

  /// A row of the table of positions. Spot has none.
  func position(_ json: inout JSONScanner, _ account: TradingAccount) { json.skip() }

  /// What is asked for as orders are: by the second as well as by the minute.
  func trade(_ act: PermittedAct) -> Endpoint {
    Endpoint(act, .json, charges: [Output.Limit.requests.charge, Output.Limit.orders.charge])
  }
}

/// What a private table says something about: an account, and the number of a market or the name of a currency.
struct HeldKey: Hashable {
  let account: pb_id
  var market = -1
  var currency = ""
}

/// BitMEX, spot.
public final class BitMEXSpot: BitMEXExchange {}
