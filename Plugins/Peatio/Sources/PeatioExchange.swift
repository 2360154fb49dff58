import CPatchbay
import ConnectorKit
import Decimals

/// An exchange on Openware's Peatio. Protocol: docs/api of openware/peatio (REST API, WebSocket API), and its matching
/// engine for what the documentation leaves out. A connector derives from it and says where the exchange stands. Frames
/// are read in Frames.swift, orders are written and read in Orders.swift, the account stands in Private.swift.
open class PeatioExchange: ExchangeConnector, ExchangeDialect {
  public let venue: PeatioVenue

  public var rest: String { venue.rest }
  open var limits: [Output.Limit] { [venue.calls, venue.messages] }

  /// "Create a Sell/Buy order": an order that is not filled at once stays; a market order names its quantity.
  public var offer: OrderOffer { OrderOffer([.limit, .market], [.goodTilCancelled], []) }

  /// "Order-Book": the book when it is subscribed to, then changed levels. Only later versions number them.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }

  /// "Subscribe and unsubscribe events": an answer lists all that the connection carries.
  public var feeds: FeedPlan {
    var plan = FeedPlan([venue.publicSocket], [.book: "ob-inc", .trades: "trades"])
    plan.messageCharges = [venue.messages.charge]
    return plan
  }

  /// The handshake is signed as requests are; then each stream is subscribed to.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .signedTopics, address: SealedText(venue.privateSocket), streamAct: "private_stream",
      subscribeAct: "subscribe_private", channels: ["balance", "order", "trade"])
    plan.headers = Self.consent
    plan.subscribeCharges = [venue.messages.charge]
    return plan
  }

  public init(config: ConnectorConfig, out: Output, venue: PeatioVenue) throws(ConfigFault) {
    self.venue = venue
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(venue.acts.time, on: venue.calls), at: "", in: .iso)
    instruments(Endpoint(venue.acts.markets, on: venue.calls, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
    tickers(
      Endpoint(venue.acts.tickers, on: venue.calls, deadline: 30_000_000_000), at: "", Self.ticker, isKeyed: true)
    offerOrders()
    offerAccount()
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    throw ConfigFault.field(name: "venue", expected: "a class that derives from this one and names its venue")
  }

  open override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    PeatioMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "id": .symbol, "base_unit": .base, "quote_unit": .quote, "state": .state, "price_precision": .priceDecimals,
    "amount_precision": .quantityDecimals, "min_price": .minPrice, "max_price": .maxPrice, "min_amount": .minQuantity,
  ])

  /// "Market": names of assets are small, and a greatest price of zero is none.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, names, state: ["enabled": .trading])
    (rules.base, rules.quote) = (rules.base.uppercased(), rules.quote.uppercased())
    return rules
  }

  /// "Ticker": `volume` counts base in some versions and quote in others, `amount` always base.
  private static let ticker = FieldTable<TickerField>(
    ["at": .seconds],
    inside: [
      "ticker": [
        "buy": .bid, "sell": .ask, "last": .last, "open": .open, "high": .high, "low": .low, "amount": .baseVolume,
        "at": .seconds,
      ]
    ])
}

/// A market, and the number of its book's last message where they are numbered.
final class PeatioMarket: Market {
  @exclusivity(unchecked) final var sequence: UInt64 = 0
}
