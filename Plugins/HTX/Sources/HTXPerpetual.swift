import CPatchbay
import ConnectorKit
import Decimals

/// HTX perpetuals that are margined in what they are quoted in ("USDT-M Futures", linear swaps). Protocol: HTX API,
/// "USDT-M Futures" (www.htx.com/en-us/opend/newApiPages): "Swap Market Data", "Swap Account", "Swap Trade", "Swap
/// WebSocket". Quantities count contracts of `contract_size` base. Margin is cross or isolated, as the configuration
/// says: see SwapMargin.swift. Frames are read in PerpetualFrames.swift, orders are written in PerpetualOrders.swift,
/// accounts in PerpetualAccount.swift.
public final class HTXPerpetual: ExchangeConnector, HTXExchange {
  let host: String
  private let books: HTXBooks
  let margin: SwapMargin
  /// Of how many sides of a trade its size is reported as the exchange writes it: see `trades` in
  /// PerpetualFrames.swift.
  let sidesOfTrades: Int64
  /// What orders must say of leverage: that of their instrument, by its name, as each account has set it.
  var leverages: [pb_id: [String: Decimal64]] = [:]
  /// Accounts whose leverage is being set. An order that says the old one would set it back.
  var changing: Set<pb_id> = []

  /// "Access URLs": the second is nearer to programs on AWS.
  private static let hosts: KeyValuePairs = ["live": "api.hbdm.com", "aws": "api.hbdm.vn"]

  /// "Subscribe Incremental Market Depth Data": the first message of a subscription is the book, and the version of
  /// each change that of the one before plus 1. Or "Subscribe Market Depth Data", the best levels as a whole.
  public var bookRules: BookPlan {
    books == .incremental ? BookPlan(.increment, .stream()) : BookPlan(.unnumbered, .pushes)
  }
  var isIncremental: Bool { books == .incremental }

  /// What leaves the levels of the stream is not followed on.
  public func levels(_ wanted: Int) -> Int { books == .incremental ? 150 : 0 }

  /// "[Cross] Place An Order", "[Cross] Place Trigger Order". The latter are in PerpetualTriggers.swift.
  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .takeLimit], [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      [.postOnly, .reduceOnly])
  }
  /// Orders that wait for a price.
  var waiting = WaitingOrders()

  private static let channels = [
    FeedPlan.Channel(.trades, "trade.detail"), FeedPlan.Channel(.ticker, "bbo"), FeedPlan.Channel(.ticker, "detail"),
    FeedPlan.Channel(.mark, "mark_price.1min", address: 1), FeedPlan.Channel(.mark, "index.1min", address: 1),
    FeedPlan.Channel(.mark, "funding_rate", address: 2),
    FeedPlan.Channel(.liquidations, "liquidation_orders", address: 2),
  ]

  /// "Subscription Address": prices that are no market's own have an address of their own, and what needs no login of
  /// the account's stream is at its address. Each frame is a gzip member.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = ["linear-swap-ws", "ws_index", "linear-swap-notification"].map { "wss://\(host)/\($0)" }
    plan.channels = [
      FeedPlan.Channel(.book, isIncremental ? "depth.size_150.high_freq" : "depth.step0")
    ] + Self.channels
    plan.topicsPerMessage = 1
    plan.isCompressed = true
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.swapSubscriptions.charge]
    return plan
  }

  /// "Market Heartbeat", "Order Push Heartbeat": the exchange sends one every 5 seconds, and gives up after five.
  private static let silence: Int64 = 25_000_000_000

  /// "Order Push Address": frames are gzip members here too.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "swap_login"), address: SealedText("wss://\(host)/linear-swap-notification"),
      streamAct: "swap_private_stream", subscribeAct: "subscribe", channels: margin.topics)
    plan.isCompressed = true
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  public var limits: [Output.Limit] { Output.Limit.perp }

  /// "Query User's Account Information": the leverage of each instrument, asked for with the first balances, so
  /// that no order waits for it.
  public var accountQuestion: AccountQuestion? {
    AccountQuestion(Endpoint(margin.account, .json, on: .swapReads), before: [.place, .balances])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    host = try config.choice("domain", "live", Self.hosts)
    books = try config.choice("book", "incremental", HTXBooks.named)
    margin = try config.choice("margin_mode", "cross", SwapMargin.named)
    sidesOfTrades = try config.choice("trade_sizes", "reported", ["reported": 1, "one_side": 2])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.swapTime, on: .swapPublic), at: "ts", in: .milliseconds)
    instruments(Endpoint(.swapContracts, on: .swapMarketData, deadline: 30_000_000_000), at: "data") {
      [foreign = margin.foreign] in Self.rules(&$1, without: foreign)
    }
    tickers(Endpoint(.swapTickers, on: .swapMarketData, deadline: 30_000_000_000), at: "ticks", Self.ticker)
    let candle: FieldTable<CandleField> = [
      "id": .seconds, "open": .open, "high": .high, "low": .low, "close": .close, "amount": .baseVolume,
      "trade_turnover": .quoteVolume, "count": .trades,
    ]
    var candles = Self.candles(Endpoint(.swapCandles, on: .swapMarketData), candle, symbol: "contract_code")
    (candles.since, candles.until, candles.untilShift) = ("from", "to", -1_000_000_000)
    candles.timeForm = .seconds
    self.candles(candles)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  private static let rule = FieldTable<RuleField>([
    "contract_code": .symbol, "contract_size": .contractSize, "price_tick": .tick, "contract_status": .state,
  ])

  /// "Query Swap Info": a contract's name is its base and its quote, and it is settled in the quote. Futures that
  /// expire have a date behind these. Orders count whole contracts.
  /// - Parameter foreign: the mode of margin that orders of this connector have not.
  private static func rules(_ json: inout JSONScanner, without foreign: String) -> InstrumentRules? {
    var (business, margin) = ("swap", "all")
    var rules = InstrumentRules(&json, rule, state: states) { _, key, json in
      switch key {
      case "business_type": business = json.words()
      case "support_margin_mode": margin = json.words()
      default: return false
      }
      return true
    }
    let sides = rules.symbol.split(separator: "-")
    guard json.isValid, business == "swap", sides.count == 2 else { return json.isValid ? nil : rules }
    (rules.base, rules.quote, rules.settle) = (String(sides[0]), String(sides[1]), String(sides[1]))
    rules.kind = .perpetual
    (rules.lot, rules.minQuantity) = (.one, .one)
    if margin == foreign, rules.state == .trading {
      (rules.state, rules.reason) = (.halted, "the exchange has \(foreign) margin alone for it")
    }
    return rules
  }

  /// 0 delisted, 1 listed, 2 before its listing, 3 suspended, 4 before its suspension, 5 and 7 being settled, 6 and 8
  /// delivered.
  private static let states: [String: InstrumentState] = [
    "0": .closed, "1": .trading, "2": .halted, "3": .halted, "4": .halted, "5": .halted, "6": .halted, "7": .halted,
    "8": .closed,
  ]
}
