import CPatchbay
import ConnectorKit
import Decimals

/// Tegro, spot on the chain Base, of which nothing was heard after 2025: it reads recordings of market data. No
/// documentation of it is left: its protocol is what Hummingbot's connector and its tests of 2024 and 2025 show. The
/// exchange wrote the structure that an order's owner was to sign, and orders were matched on the chain; that is not
/// offered, nor are accounts.
public final class TegroSpot: ExchangeConnector, ExchangeDialect {
  private let domain: Domain

  private struct Domain {
    let host: String
    let chain: String

    static let all: KeyValuePairs = [
      "live": Domain(host: "api.tegro.com", chain: "8453"),
      "testnet": Domain(host: "api.testnet.tegro.com", chain: "80002"),
    ]
  }

  public var rest: String { "https://\(domain.host)" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// The book is asked for; changes carry a time in whole seconds, and no number.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .rest(Endpoint(.depth, on: .calls))) }

  /// One channel carries all of the markets of a token: it is answered by its data.
  public var feeds: FeedPlan {
    var plan = FeedPlan(["wss://\(domain.host)/api/v1/events/ws"], [[.book, .trades]: "events"])
    plan.topicsPerMessage = 1
    plan.acknowledges = false
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
    attach(self)
    instruments(
      Endpoint(domain.chain == "8453" ? .markets : .testMarkets, on: .calls, deadline: 30_000_000_000),
      ["page": "1", "sort_order": "desc", "page_size": "500", "verified": "true"], at: ""
    ) { Self.rules(&$1) }
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "id": .name, "base_symbol": .base, "quote_symbol": .quote, "state": .state,
    "base_precision": .quantityDecimals, "quote_precision": .priceDecimals,
  ])

  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    InstrumentRules(&json, names, state: ["verified": .trading])
  }

  /// A market's id is chain, base token and quote token.
  private static func baseToken(_ market: Market) -> String {
    let parts = market.rules.name.split(separator: "_")
    return parts.count == 3 ? String(parts[1]) : ""
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (verb, token) = (isUnsubscribe ? "unsubscribe" : "subscribe", Self.baseToken(markets[topics[0].market]))
    return SealedText("{\"action\":\"\(verb)\",\"channelId\":\"\(domain.chain)/\(token)\"}")
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("chain_id", domain.chain)
    call.set("market_id", market.rules.name)
  }

  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    guard let sides = sides(JSONScanner(body).mark, market), JSONScanner(body).isWhole else { return .parse }
    snapshot(market, last: 0, time: sides.time, bids: sides.bids, asks: sides.asks, isInBand: false)
    return .ok
  }
}
