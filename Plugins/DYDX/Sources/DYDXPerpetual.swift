import CPatchbay
import ConnectorKit
import Decimals

/// dYdX, perpetuals of the v4 chain. Protocol: docs.dydx.xyz, "Indexer Client", "Indexer API: HTTP, WebSocket", and the
/// indexer's own source (github.com/dydxprotocol/v4-chain, `indexer`). The indexer shows the chain to everybody: of an
/// account as well, which is named by its address and proves nothing. Orders are transactions of the chain and are not
/// offered: see README.md of this folder. Frames are read in Frames.swift, the account in Account.swift. By `version`
/// it reads recordings of the v3 exchange as well, which closed in October 2024: its books stand in Offsets.swift.
public final class DYDXPerpetual: ExchangeConnector, ExchangeDialect {
  private let domain: Domain
  let version: Version
  /// The newest trade of each instrument that was reported.
  var lastTrades: [pb_id: TradeNumber] = [:]
  /// Symbols by the chain's numbers of their books: reports of orders may name an instrument by that alone.
  var symbolsByBook: [String: String] = [:]
  /// Subscriptions to the channel of all markets that were given up while others need it.
  var givenUp = 0

  /// "Networks": the indexers of the main net and of the public test net.
  struct Domain {
    let host: String

    static let all: KeyValuePairs = [
      "live": Domain(host: "indexer.dydx.trade"), "testnet": Domain(host: "indexer.v4testnet.dydx.exchange"),
    ]
  }

  /// The chain, and the exchange before it, of which market data alone are read.
  enum Version: String { case v4, v3 }

  private var host: String { version == .v4 ? domain.host : "api.dydx.exchange" }
  public var rest: String { "https://" + host }
  private var socket: String { "wss://\(host)/\(version.rawValue)/ws" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Orderbooks": the answer to a subscription is the book, behind it come changes. Nothing numbers the changes of one
  /// book; what proves it is the number of the connection's messages, which the book takes for its own.
  public var bookRules: BookPlan { BookPlan(.rising, .stream(), patience: 25_000_000_000) }

  /// At most 32 books and 32 streams of trades on a connection, and two subscriptions to the same thing a second. The
  /// oracle's price is both what positions are marked by and the index; it comes for all markets in one channel.
  public var feeds: FeedPlan {
    let prefix = version.rawValue
    var plan = FeedPlan([socket], [.book: "\(prefix)_orderbook", .trades: "\(prefix)_trades", .mark: allMarkets])
    plan.topicsPerConnection = 32
    // Recordings of v3 are of clients that asked for everything at once.
    plan.messageInterval = version == .v4 ? 100_000_000 : 0
    plan.answerTime = 25_000_000_000
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }
  var allMarkets: String { "\(version.rawValue)_markets" }

  /// "Subaccounts".
  public var privateStream: PrivatePlan {
    guard version == .v4 else {
      return PrivatePlan(
        .refused("the v3 exchange closed in October 2024"), address: SealedText(), subscribeAct: "", channels: [])
    }
    var plan = PrivatePlan(
      .signedTopics, address: SealedText(socket), subscribeAct: "subscribe_account", channels: ["v4_subaccounts"])
    plan.answerTime = 25_000_000_000
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    version = try config.choice("version", "v4", ["v4": .v4, "v3": .v3])
    try super.init(config: config, out: out)
    attach(self)
    let isChain = version == .v4
    clock(Endpoint(isChain ? .time : .timeV3, on: .calls), at: "epoch", in: .seconds)
    instruments(Endpoint(isChain ? .markets : .marketsV3, on: .calls, deadline: 30_000_000_000), at: "markets") {
      [unowned(unsafe) self] in rules($0, &$1)
    }
    guard isChain else { return }
    candles(Self.candles)
    var rates = MarkQuestion(Endpoint(.markets, on: .calls), at: "markets", Self.mark)
    rates.isKeyed = true
    funding(rates)
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    guard version == .v3 else { return Market(id: id, number: number, rules: rules, book: bookRules) }
    return OffsetMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  // MARK: Markets

  private static let ruleNames = FieldTable<RuleField>([
    "ticker": .symbol, "market": .symbol, "status": .state, "tickSize": .tick, "stepSize": .lot,
    "minOrderSize": .minQuantity,
  ])
  /// "Perpetual markets". One that has not begun takes orders that rest; one that is settled for good takes none.
  static let states: [String: InstrumentState] = [
    "ACTIVE": .trading, "POST_ONLY": .postOnly, "INITIALIZING": .postOnly, "PAUSED": .halted, "CANCEL_ONLY": .halted,
    "FINAL_SETTLEMENT": .closed, "ONLINE": .trading, "OFFLINE": .halted, "CLOSE_ONLY": .reduceOnly,
  ]
  private static let mark = FieldTable<MarkField>([
    "ticker": .symbol, "oraclePrice": .mark, "nextFundingRate": .rate,
  ])

  /// `{"BTC-USD": {"clobPairId": "0", "ticker": "BTC-USD", "status": "ACTIVE", ...}}`. Margin is in USDC, and the
  /// leverage follows from how much of a position's worth it must be.
  private func rules(_ key: JSONText, _ json: inout JSONScanner) -> InstrumentRules? {
    var (margin, book) = (Decimal64?.none, "")
    var rules = InstrumentRules(&json, Self.ruleNames, state: Self.states) { _, key, json in
      switch key {
      case "initialMarginFraction": margin = json.optionalDecimal()
      case "clobPairId": book = json.words()
      default: return false
      }
      return true
    }
    if rules.symbol.isEmpty { rules.symbol = key.text }
    (rules.base, rules.quote) = Self.assets(rules.symbol)
    (rules.kind, rules.settle, rules.mayCross) = (.perpetual, "USDC", version == .v4)
    rules.minQuantity = rules.minQuantity ?? rules.lot
    if let margin, margin.isPositive { rules.maxLeverage = Decimal64.one.quotient(dividingBy: margin, places: 2) }
    if json.isValid, !book.isEmpty { symbolsByBook[book] = rules.symbol }
    return rules
  }

  /// `BTC-USD`; what is in front of the last dash may hold anything.
  private static func assets(_ symbol: String) -> (base: String, quote: String) {
    guard let dash = symbol.utf8.lastIndex(of: UInt8(ascii: "-")) else { return ("", "") }
    return (String(symbol[..<dash]), String(symbol[symbol.utf8.index(after: dash)...]))
  }

  /// "Candles": at most 1000, the newest first, of those that begin from one time up to another.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "startedAt": .isoTime, "open": .open, "high": .high, "low": .low, "close": .close,
      "baseTokenVolume": .baseVolume, "usdVolume": .quoteVolume, "trades": .trades,
    ]
    var plan = CandlePlan(
      Endpoint(.candles, on: .calls), at: "candles", table, most: 1000,
      [1: "1MIN", 5: "5MINS", 15: "15MINS", 30: "30MINS", 60: "1HOUR", 240: "4HOURS", 1440: "1DAY"])
    (plan.symbol, plan.interval, plan.size, plan.timeForm) = ("", "resolution", "limit", .iso)
    (plan.since, plan.until) = ("fromISO", "toISO")
    return plan
  }

  // MARK: Words

  /// "Orders", "Fills", "Positions". An order that was opened or cancelled by best effort stands so with one node; what
  /// the chain made of it is not known, and it may still be filled.
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell, "LONG": .buy, "SHORT": .sell],
      type: [
        "LIMIT": .limit, "MARKET": .market, "STOP_LIMIT": .stopLimit, "STOP_MARKET": .stopMarket,
        "TAKE_PROFIT": .takeLimit, "TAKE_PROFIT_MARKET": .takeMarket,
      ],
      force: ["IOC": .immediateOrCancel, "FOK": .fillOrKill],
      state: [
        "OPEN": .open, "BEST_EFFORT_OPENED": .open, "BEST_EFFORT_CANCELED": .open, "FILLED": .filled,
        "CANCELED": .cancelled, "UNTRIGGERED": .untriggered, "ERROR": .rejected,
      ],
      maker: ["MAKER"], origin: ["LIQUIDATED": .forced, "DELEVERAGED": .deleveraged, "OFFSETTING": .deleveraged])
  }

  /// `{"errors": [{"msg": "Unable to find order id ..."}]}`, with a status of HTTP.
  public var errors: ErrorPlan { ErrorPlan(.marked("status", as: "error", codes: [], texts: ["errors"]), []) }

  public func corrected(_ fault: VenueFault) -> VenueFault {
    var fault = fault
    let text = fault.text
    if text.holds("Unable to find order") { fault.failure = .unknownOrder }
    if text.holds("Invalid subscription id") || text.holds("not found in markets") {
      fault.failure = .unknownInstrument
    }
    if text.holds("Too many") { fault.failure = .rateLimit }
    if text.holds("Internal error") { fault.failure = .transient }
    return fault
  }
}

extension String {
  /// Whether the words stand somewhere in it, byte by byte.
  func holds(_ words: StaticString) -> Bool {
    let (text, wanted) = (Array(utf8), UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount))
    guard text.count >= wanted.count else { return false }
    return (0...text.count - wanted.count).contains { text[$0...].starts(with: wanted) }
  }
}
