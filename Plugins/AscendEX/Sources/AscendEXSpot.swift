import CPatchbay
import ConnectorKit
import Decimals

/// AscendEX, spot, which closed in 2026: it reads recordings. Protocol: AscendEX Pro API v1
/// (ascendex.github.io/ascendex-pro-api). Frames are read in Frames.swift, orders are written and read in Orders.swift.
public final class AscendEXSpot: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://ascendex.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .stopMarket], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "Level 2 Order Book Updates": `seqnum` counts the messages of a market; the book that they change is asked for on
  /// the same stream.
  public var bookRules: BookPlan { BookPlan(.increment, .frame) }

  /// "Channel": a message may name several symbols of one channel; each is answered by itself.
  public var feeds: FeedPlan {
    var plan = FeedPlan(
      ["wss://ascendex.com/api/pro/v1/stream"], [.book: "depth", .trades: "trades", .ticker: "bbo"])
    plan.topicsPerMessage = 50
    plan.idle = 45_000_000_000
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// "Account Group Info": a number that stands in the path of every request of an account.
  public var accountQuestion: AccountQuestion? {
    AccountQuestion(
      Endpoint(.info, on: .calls),
      before: [.place, .cancel, .cancelMany, .order, .openOrders, .orderHistory, .balances])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.clock, on: .publicCalls), at: "data/requestReceiveAt", in: .milliseconds)
    instruments(Endpoint(.products, on: .publicCalls, deadline: 30_000_000_000), at: "data") { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .publicCalls, deadline: 30_000_000_000), at: "data", Self.restTicker)
    offerOrders()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  /// "List all Products", of the cash account and, until 2021, of all: `status` and `baseAsset`, `quoteAsset` are of
  /// the latter.
  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "status": .state, "statusCode": .state, "tickSize": .tick, "lotSize": .lot,
    "minQty": .minQuantity, "maxQty": .maxQuantity, "minNotional": .minNotional, "maxNotional": .maxNotional,
  ])

  /// A market is called by its assets; contracts, whose names have no slash, are left out.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var rules = InstrumentRules(&json, names, state: ["Normal": .trading])
    let assets = rules.symbol.split(separator: "/", omittingEmptySubsequences: false)
    guard assets.count == 2 else { return nil }
    (rules.base, rules.quote) = (String(assets[0]), String(assets[1]))
    return rules
  }

  /// "Ticker".
  private static let restTicker = FieldTable<TickerField>([
    "symbol": .symbol, "close": .last, "open": .open, "high": .high, "low": .low, "volume": .baseVolume,
    "bid": .bidLevel, "ask": .askLevel,
  ])
}
