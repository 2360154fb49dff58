import CPatchbay
import ConnectorKit
import Decimals

/// Beaxy, spot, which closed in March 2023: it reads recordings. Its documentation is gone: the protocol is what two
/// clients of its API v2 show, Hummingbot's connector of 2021 and 2022 with its tests, and niklas-e/beaxy-api-client.
/// Books and trades are read in Frames.swift, orders are written and read in Orders.swift, the account stands in
/// Private.swift.
public final class BeaxySpot: ExchangeConnector, ExchangeDialect {
  private static let books = "wss://services.beaxy.com/ws/v2/book/"
  private static let trades = "wss://services.beaxy.com/ws/v2/trades/"
  private static let account = "wss://tradewith.beaxy.com/ws/v2/"

  /// When the token of each account is to be asked for anew, in monotonic nanoseconds.
  var renewals: [pb_id: Int64] = [:]

  public var rest: String { "https://tradewith.beaxy.com" }
  public var publicRest: String { "https://services.beaxy.com" }
  public var limits: [Output.Limit] { Output.Limit.all }
  public var offer: OrderOffer { OrderOffer([.limit, .market], [.goodTilCancelled], [.postOnly]) }

  /// A whole book comes first, then what changed; each message has the number behind that of the one before.
  public var bookRules: BookPlan { BookPlan(.increment, .stream()) }

  /// The address says which market and what of it: nothing is sent on a stream.
  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.books, Self.trades])
    plan.channels = [FeedPlan.Channel(.book, "book"), FeedPlan.Channel(.trades, "trades", address: 1)]
    plan.isInAddress = true
    plan.acknowledges = false
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  /// `/ws/v2/book/BTCUSDC@depth20`, `/ws/v2/trades/BTCUSDC`
  public func address(_ address: String, of topics: [Topic]) -> String {
    guard let topic = topics.first else { return address }
    return address + markets[topic.market].symbol + (topic.channel == 0 ? "@depth20" : "")
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText { SealedText() }

  /// Orders come on one stream and wallets on another, both let in by a token in their address.
  public var privateStream: PrivatePlan {
    var plan = Self.stream("orders", act: "orders_stream")
    plan.beside = [Self.stream("wallets", act: "wallets_stream")]
    return plan
  }

  private static func stream(_ name: String, act: String) -> PrivatePlan {
    let address = SealedText("\(account)\(name)?access_token=") + SealedText(Seal.slot(Int(TradingAccount.tokenSlot)))
    return PrivatePlan(.signedTopics, address: address, streamAct: act, subscribeAct: "", channels: [])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(.symbols, on: .calls, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
    tickers(Endpoint(.rates, on: .calls, deadline: 30_000_000_000), at: "", Self.rate, isKeyed: true)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    PriceMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrency": .base, "termCurrency": .quote, "tickSize": .tick, "quantityIncrement": .lot,
    "minimumQuantity": .minQuantity, "maximumQuantity": .maxQuantity, "pricePrecision": .priceDecimals,
    "buyerMakerCommissionProgressive": .makerFee, "buyerTakerCommissionProgressive": .takerFee,
  ])
  /// Books have quantities that are finer than the steps of orders.
  private static let digits: Int32 = 8

  /// Fees are in percent. The precision of quantities contradicts their increment in places, and is not read.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var isSuspended = false
    var rules = InstrumentRules(&json, names, state: [:]) { _, key, json in
      guard key == "suspendedForTrading" else { return false }
      isSuspended = json.boolean()
      return true
    }
    rules.state = isSuspended ? .halted : .trading
    rules.priceDecimals = max(rules.priceDecimals ?? 0, Int32(clamping: rules.tick?.decimalPlaces ?? 0))
    rules.quantityDecimals = max(digits, Int32(clamping: rules.lot?.decimalPlaces ?? 0))
    let percent = Decimal64(mantissa: 1, exponent: -2)
    rules.makerFee = rules.makerFee?.multiplied(by: percent)
    rules.takerFee = rules.takerFee?.multiplied(by: percent)
    return rules
  }

  /// `{"BTCUSDC": {"ask": 1, "bid": 1, "low24": 1, "high24": 1, "volume24": 1, "price": null, "timestamp": 1}}`
  private static let rate = FieldTable<TickerField>([
    "bid": .bid, "ask": .ask, "price": .last, "high24": .high, "low24": .low, "volume24": .baseVolume,
    "timestamp": .time,
  ])
}
