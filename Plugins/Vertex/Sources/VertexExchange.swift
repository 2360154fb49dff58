import CPatchbay
import ConnectorKit
import Decimals

/// What spot and perpetuals of Vertex, on the chain Arbitrum, have in common. The exchange was shut down in August
/// 2025, and Nado came after it: this reads recordings of market data. Protocol: Vertex API ("Gateway",
/// "Subscriptions" of docs.vertexprotocol.com) as of 2025. Prices and quantities are whole numbers, times ten to the
/// eighteenth. Books have odd quantities of pools in them, whose digits behind the ninth are cut off. Orders and
/// accounts are not offered.
public class VertexExchange: ExchangeConnector, ExchangeDialect {
  class var isPerpetual: Bool { false }

  public var rest: String { "https://gateway.prod.vertexprotocol.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Subscriptions: Streams": the book is asked for; a change names the time of the one before.
  public var bookRules: BookPlan { BookPlan(.previous, .rest(Endpoint(.query, on: .calls))) }

  public var feeds: FeedPlan {
    var plan = FeedPlan(
      ["wss://gateway.prod.vertexprotocol.com/v1/subscribe"],
      [.book: "book_depth", .trades: "trade", .ticker: "best_bid_offer"])
    plan.topicsPerMessage = 1
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(.symbols, on: .calls, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>(["product_id": .symbol, "symbol": .name])

  /// "Symbols": `{"product_id": 2, "symbol": "BTC-PERP"}`. Streams name products by their numbers, of which 0 is the
  /// dollar that all are quoted in. In which steps they were traded stands elsewhere, and nobody trades them any more.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var rules = InstrumentRules(&json, names, state: [:])
    guard rules.symbol != "0", rules.name.hasSuffix("-PERP") == isPerpetual else { return nil }
    (rules.base, rules.quote, rules.state) = (rules.name, "USDC", .trading)
    if isPerpetual {
      rules.base.removeLast(5)
      (rules.kind, rules.settle) = (.perpetual, rules.quote)
    }
    (rules.priceScale, rules.quantityScale) = (18, 18)
    (rules.priceDecimals, rules.quantityDecimals) = (10, 9)
    return rules
  }

  // MARK: Asking

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (topic, verb) = (topics[0], isUnsubscribe ? "unsubscribe" : "subscribe")
    let (name, product) = (feeds.channels[topic.channel].name, markets[topic.market].symbol)
    return SealedText(
      "{\"method\":\"\(verb)\",\"stream\":{\"type\":\"\(name)\",\"product_id\":\(product)},\"id\":\(id)}")
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("type", "market_liquidity")
    call.set("product_id", market.symbol)
    call.set("depth", "100")
  }

  /// "Market Liquidity"
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole, let data = json.find("data"), let book = Depth(data, market, out), book.number > 0 else {
      return .parse
    }
    snapshot(
      market, last: book.number, time: Int64(clamping: book.number), bids: book.bids, asks: book.asks, isInBand: false)
    return .ok
  }
}

/// Vertex, spot.
public final class VertexSpot: VertexExchange {}

/// Vertex, perpetuals.
public final class VertexPerpetual: VertexExchange {
  override class var isPerpetual: Bool { true }
}
