import CPatchbay
import ConnectorKit
import Decimals

/// Liquid (Quoine), spot, which was halted with FTX in November 2022: it reads recordings. Protocol: Liquid API v2
/// (developers.liquid.com) and Liquid Tap, which speaks as Pusher does (pusher.com, "Pusher Channels Protocol"). Frames
/// are read in Frames.swift, orders are written and read in Orders.swift, the account stands in Private.swift.
public final class LiquidSpot: ExchangeConnector, ExchangeDialect {
  private static let tap = "wss://tap.liquid.com/app/LiquidTapClient"

  let embedded = EmbeddedJSON()

  public var rest: String { "https://api.liquid.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Create an Order": an order that is not filled at once stays.
  public var offer: OrderOffer { OrderOffer([.limit, .market], [.goodTilCancelled], [.postOnly]) }

  /// "Price ladders": each side is pushed whole and by itself.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.tap])
    // Both sides carry the book.
    plan.channels = [
      FeedPlan.Channel(.book, "buy"), FeedPlan.Channel(.book, "sell"), FeedPlan.Channel(.trades, "executions"),
    ]
    plan.topicsPerMessage = 1
    plan.greetingTime = Self.greetingTime
    plan.ping = Self.ping
    plan.idle = 120_000_000_000
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// "Connection established": the socket's id is awaited. It is cut after 120 seconds of silence.
  private static let greetingTime: Int64 = 5_000_000_000
  private static let ping = FeedPlan.Ping("{\"event\":\"pusher:ping\",\"data\":{}}", act: "ping", every: 60_000_000_000)

  /// One channel for the orders of each currency that markets are quoted in; see `privateChannels`.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(Self.tap), streamAct: "private_stream",
      subscribeAct: "subscribe_private", channels: [])
    plan.greetingTime = Self.greetingTime
    plan.ping = Self.ping
    plan.idle = 120_000_000_000
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    let products = Endpoint(.products, on: .calls, deadline: 30_000_000_000)
    instruments(products, at: "") { Self.rules(&$1) }
    tickers(products, at: "", Self.ticker)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    LadderMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "currency_pair_code": .symbol, "id": .name, "base_currency": .base, "quoted_currency": .quote,
    "tick_size": .tick, "maker_fee": .makerFee, "taker_fee": .takerFee,
  ])
  /// Ladders are written with up to eight digits, whatever the steps of orders are.
  private static let digits: Int32 = 8

  /// "Get Products": requests name a product by its id, streams by its small code.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var (kind, isDisabled) = ("", false)
    var rules = InstrumentRules(&json, names, state: [:]) { _, key, json in
      switch key {
      case "product_type": kind = json.words()
      case "disabled": isDisabled = json.scalar() == "true"
      default: return false
      }
      return true
    }
    guard json.isValid else { return rules }
    guard kind == "CurrencyPair" else { return nil }
    rules.state = isDisabled ? .halted : .trading
    rules.otherNames = [rules.symbol.lowercased()]
    let least = Decimal64(mantissa: 1, exponent: -digits)
    (rules.tick, rules.lot) = (rules.tick ?? least, least)
    rules.priceDecimals = max(digits, Int32(clamping: rules.tick?.decimalPlaces ?? 0))
    return rules
  }

  private static let ticker = FieldTable<TickerField>([
    "currency_pair_code": .symbol, "market_bid": .bid, "market_ask": .ask, "last_traded_price": .last,
    "high_market_ask": .high, "low_market_bid": .low, "volume_24h": .baseVolume,
  ])
}

/// A market, and the sides of its book as they were pushed last.
final class LadderMarket: Market {
  @exclusivity(unchecked) final var bids: [pb_level] = []
  @exclusivity(unchecked) final var asks: [pb_level] = []
  /// Which sides have come since the stream stands.
  @exclusivity(unchecked) final var stream: pb_id = 0
  @exclusivity(unchecked) final var (hasBids, hasAsks) = (false, false)

  /// What another stream pushed says nothing.
  func begin(_ stream: pb_id) {
    guard stream != self.stream else { return }
    (self.stream, hasBids, hasAsks) = (stream, false, false)
  }

  /// The sides were pushed one after the other: for a moment they may be of two books.
  var isCrossed: Bool {
    guard let ask = asks.min(by: { $0.price < $1.price }) else { return false }
    return bids.contains { $0.price >= ask.price }
  }
}
