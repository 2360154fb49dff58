import CPatchbay
import ConnectorKit
import Decimals

/// BingX spot. Protocol: BingX API, "Spot" (bingx-api.github.io/docs): "Market Data", "Trades Endpoints", "Account",
/// "Websocket". Frames are read in Frames.swift, books in Book.swift, orders are written in Orders.swift, accounts in
/// Private.swift.
public final class BingXSpot: BingXExchange, ExchangeDialect {
  /// How books come: changes with numbers, or the best levels as a whole every 300 ms.
  private enum Books: String {
    case incremental
    case pushes

    /// "Incremental and Full Depth Information"; "Subscribe Market Depth Data", whose deepest book has 100 levels.
    var channel: String { self == .incremental ? "incrDepth" : "depth100" }
    /// The first message of a subscription is the book; `lastUpdateId` of each change is that of the one before plus 1.
    var plan: BookPlan { self == .incremental ? BookPlan(.increment, .stream()) : BookPlan(.unnumbered, .pushes) }
  }

  private let books: Books
  public var bookRules: BookPlan { books.plan }
  /// "Incremental depth information of 1000 levels": what leaves these is not followed on.
  public func levels(_ wanted: Int) -> Int { books == .incremental ? 1000 : 0 }

  public var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  public var feeds: FeedPlan {
    feeds([
      FeedPlan.Channel(.book, books.channel), FeedPlan.Channel(.trades, "trade"), FeedPlan.Channel(.ticker, "ticker"),
    ])
  }

  public var privateStream: PrivatePlan {
    privateStream(act: "private_stream", ["spot.executionReport", "ACCOUNT_UPDATE"])
  }

  public var limits: [Output.Limit] { Output.Limit.spot }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    books = try config.choice("book", "incremental", ["incremental": .incremental, "pushes": .pushes])
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.market(.time), at: "data/serverTime", in: .milliseconds)
    instruments(Self.market(.symbols), at: "data/symbols") { Self.rules(&$1) }
    tickers(Self.market(.tickers), at: "data", Self.ticker)
    let candle = FieldTable<CandleField>(
      places: [.time, .open, .high, .low, .close, .baseVolume, nil, .quoteVolume])
    candles(Self.candles(.candles, candle))
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// "Spot trading symbols". `minQty` and `maxQty` are to be ignored there. A symbol is base and quote with a hyphen.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var mayTrade = (buy: true, sell: true)
    var rules = InstrumentRules(&json, ruleNames, state: states) { _, key, json in
      switch key {
      case "apiStateBuy": mayTrade.buy = json.boolean()
      case "apiStateSell": mayTrade.sell = json.boolean()
      default: return false
      }
      return true
    }
    let parts = rules.symbol.split(separator: "-")
    if parts.count == 2 { (rules.base, rules.quote) = (String(parts[0]), String(parts[1])) }
    if !mayTrade.buy, !mayTrade.sell, rules.state == .trading {
      (rules.state, rules.reason) = (.halted, "the exchange takes no orders for it by API")
    }
    return rules
  }

  private static let ruleNames = FieldTable<RuleField>([
    "symbol": .symbol, "status": .state, "tickSize": .tick, "stepSize": .lot, "minNotional": .minNotional,
    "maxNotional": .maxNotional,
  ])

  /// 0 offline, 1 online, 5 before its opening, 10 accessed, 25 suspended, 29 before its end, 30 delisted.
  private static let states: [String: InstrumentState] = [
    "0": .halted, "1": .trading, "5": .halted, "10": .halted, "25": .halted, "29": .halted, "30": .closed,
  ]
}
