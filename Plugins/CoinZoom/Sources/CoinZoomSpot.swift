import CPatchbay
import ConnectorKit
import Decimals

/// CoinZoom, spot, of which nothing was heard after 2022: it reads recordings. No documentation of it is left:
/// its protocol is what Hummingbot's connector and its tests of 2021 and 2022 show. Books are read in Book.swift, other
/// frames in Frames.swift, orders are written and read in Orders.swift.
public final class CoinZoomSpot: ExchangeConnector, ExchangeDialect {
  private static let socket = "wss://api.coinzoom.com/api/v1/public/market/data/stream"

  public var rest: String { "https://api.coinzoom.com" }
  public var limits: [Output.Limit] { Output.Limit.all }
  public var offer: OrderOffer { OrderOffer([.limit], [.goodTilCancelled], []) }

  /// A whole book comes first, then rows that changed, without a number.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }

  /// How subscriptions are answered is not known for sure: what was asked for is live when its data come.
  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.socket], [.book: "OrderBookRequest", .trades: "TradeSummaryRequest"])
    plan.topicsPerMessage = 1
    plan.acknowledges = false
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// The subscription carries key and secret.
  public var privateStream: PrivatePlan {
    PrivatePlan(
      .signedTopics, address: SealedText(Self.socket), streamAct: "private_stream", subscribeAct: "subscribe_private",
      channels: ["OrderUpdateRequest"])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(.instruments, on: .calls, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
    offerOrders()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    RowMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrencyCode": .base, "termCurrencyCode": .quote, "minTradeAmt": .minQuantity,
    "maxTradeAmt": .maxQuantity, "maxPricePrecision": .priceDecimals, "maxQuantityPrecision": .quantityDecimals,
  ])

  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, names, state: [:])
    rules.state = .trading
    return rules
  }
}
