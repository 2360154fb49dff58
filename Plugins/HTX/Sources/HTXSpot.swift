import CPatchbay
import ConnectorKit
import Decimals

/// HTX spot, which was Huobi. Protocol: HTX API, "Spot" (www.htx.com/en-us/opend/newApiPages): "Reference Data",
/// "Market Data", "Websocket Market Data", "Account", "Trading", "Websocket Asset and Order". What the markets of the
/// exchange share stands in Exchange.swift; books are read in Book.swift, frames in Frames.swift, orders are written
/// in Orders.swift, accounts in Private.swift.
public final class HTXSpot: ExchangeConnector, HTXExchange {
  let host: String
  private let books: HTXBooks

  /// "Access URLs": the second is nearer to programs on AWS.
  private static let hosts: KeyValuePairs = ["live": "api.huobi.pro", "aws": "api-aws.huobi.pro"]

  /// "Market By Price (incremental update)": a book of 150 levels, which is asked for on the stream of its changes; or
  /// "Market Depth", the best levels as a whole, once in a second.
  public var bookRules: BookPlan {
    guard books == .incremental else { return BookPlan(.unnumbered, .pushes) }
    var plan = BookPlan(.previous, .frame)
    plan.charges = [Output.Limit.bookRequests.charge]
    return plan
  }

  /// What leaves the levels of the stream is not followed on.
  public func levels(_ wanted: Int) -> Int { books == .incremental ? 150 : 0 }

  /// "Place a New Order": a market order names the value that it buys for, or the quantity that it sells. What waits
  /// for a price is called stop-limit, whichever way the price has to move; `operator` says that.
  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .takeLimit], [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      [.postOnly, .byValue])
  }

  /// "Access URLs": increments of books have an address of their own. Each frame is a gzip member. "Subscribe": what
  /// was subscribed to by one message is given up by one message, so that each has one topic.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = ["wss://\(host)/ws", "wss://\(host)/feed"]
    plan.channels = [
      FeedPlan.Channel(
        .book, books == .incremental ? "mbp.150" : "depth.step0", address: books == .incremental ? 1 : 0),
      FeedPlan.Channel(.trades, "trade.detail"), FeedPlan.Channel(.ticker, "ticker"),
    ]
    plan.topicsPerMessage = 1
    plan.isCompressed = true
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// "Heartbeat and Connection": the exchange sends one every 5 seconds, on the account's stream every 20.
  private static let silence: Int64 = 20_000_000_000
  private static let privateSilence: Int64 = 60_000_000_000

  /// "Websocket Asset and Order": plain JSON.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: "wss://\(host)/ws/v2", streamAct: "private_stream", subscribeAct: "subscribe",
      channels: ["orders#*", "trade.clearing#*#0", "accounts.update#2"])
    plan.idle = Self.privateSilence
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  public var limits: [Output.Limit] { Output.Limit.spot }

  /// "Get all Accounts of the Current User": orders name the spot account among them.
  public var accountQuestion: AccountQuestion? {
    AccountQuestion(Endpoint(.accounts, on: .accounts), before: [.place, .openOrders, .orderHistory, .balances])
  }
  /// The accounts that are not the spot account, by those of the host.
  var otherAccounts: [pb_id: [String]] = [:]

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    host = try config.choice("domain", "live", Self.hosts)
    books = try config.choice("book", "incremental", HTXBooks.named)
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .marketData), at: "data", in: .milliseconds)
    instruments(Endpoint(.symbols, on: .marketData, deadline: 30_000_000_000), at: "data") { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .marketData, deadline: 30_000_000_000), at: "data", Self.ticker)
    let candle: FieldTable<CandleField> = [
      "id": .seconds, "open": .open, "high": .high, "low": .low, "close": .close, "amount": .baseVolume,
      "vol": .quoteVolume, "count": .trades,
    ]
    // The newest ones alone.
    var candles = Self.candles(Endpoint(.candles, on: .marketData), candle, symbol: "symbol")
    (candles.size, candles.isNewestAlone) = ("size", true)
    self.candles(candles)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// "Get Market Symbols Setting". Precisions are numbers of decimals.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var mayTrade = true
    var rules = InstrumentRules(&json, ruleNames, state: states) { _, key, json in
      guard key == "at" || key == "api-trading" else { return false }
      mayTrade = json.words() != "disabled"
      return true
    }
    if !mayTrade, rules.state == .trading {
      (rules.state, rules.reason) = (.halted, "the exchange takes no orders for it by API")
    }
    if let decimals = rules.quantityDecimals {
      rules.lot = Decimal64(mantissa: 1, exponent: -decimals)
      rules.quantityDecimals = Self.decimals(atLeast: decimals, most: rules.maxQuantity)
    }
    return rules
  }

  /// Decimals of quantities in books, which have more than orders may: as many as leave room for the largest order
  /// twice. Levels carry up to thirteen decimals; fewer would show them cut.
  private static func decimals(atLeast least: Int32, most: Decimal64?) -> Int32 {
    guard let most else { return max(least, 8) }
    var decimals = least
    while decimals < 15, let mantissa = most.mantissa(at: -decimals - 1), mantissa <= 4_000_000_000_000_000_000 {
      decimals += 1
    }
    return decimals
  }

  /// Behind them the names of "Get All Supported Trading Symbol", the version before.
  private static let ruleNames = FieldTable<RuleField>([
    "symbol": .symbol, "bc": .base, "qc": .quote, "state": .state, "pp": .priceDecimals, "ap": .quantityDecimals,
    "lominoa": .minQuantity, "lomaxoa": .maxQuantity, "minov": .minNotional, "base-currency": .base,
    "quote-currency": .quote, "price-precision": .priceDecimals, "amount-precision": .quantityDecimals,
    "limit-order-min-order-amt": .minQuantity, "limit-order-max-order-amt": .maxQuantity,
    "min-order-value": .minNotional,
  ])

  private static let states: [String: InstrumentState] = [
    "online": .trading, "pre-online": .halted, "not-online": .halted, "suspend": .halted, "fuse": .halted,
    "unknown": .halted, "offline": .closed, "transfer-board": .closed, "delisted": .closed,
  ]
}
