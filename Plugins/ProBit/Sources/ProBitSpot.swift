import CPatchbay
import ConnectorKit
import Decimals

/// ProBit Global, spot, which closed in January 2026: it reads recordings. Protocol: ProBit Exchange API v1
/// (docs-en.probit.com). Frames are read in Frames.swift, orders are written and read in Orders.swift, the account
/// stands in Private.swift.
public class ProBitSpot: ExchangeConnector, ExchangeDialect {
  let domain: Domain
  /// When the token of each account was asked for last, in monotonic nanoseconds.
  var tokenTimes: [pb_id: Int64] = [:]

  struct Domain {
    let api: String
    let accounts: String
  }

  class var domains: KeyValuePairs<String, Domain> {
    ["live": Domain(api: "api.probit.com", accounts: "https://accounts.probit.com")]
  }

  public var rest: String { "https://\(domain.api)" }
  var socket: String { "wss://\(domain.api)/api/exchange/v1/ws" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "New Order": a market order to buy names what it may cost, one to sell its quantity.
  public var offer: OrderOffer {
    OrderOffer([.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.byValue])
  }

  /// "Marketdata": the first message is the book, and changes follow, without numbers.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }

  /// One channel carries what its filter names; it is answered by its data.
  public var feeds: FeedPlan {
    var plan = FeedPlan([socket], [[.book, .trades, .ticker]: "marketdata"])
    plan.topicsPerMessage = 1
    plan.acknowledges = false
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// "Authorization": a token of the accounts' server, then channels, each of which begins with all that there is.
  public var privateStream: PrivatePlan {
    PrivatePlan(
      .login(act: "authorization"), address: SealedText(socket), streamAct: "private_stream",
      subscribeAct: "subscribe_private", channels: ["open_order", "order_history", "trade_history", "balance"])
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Self.domains)
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .calls), at: "data", in: .iso)
    instruments(Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "data") { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .calls, deadline: 30_000_000_000), at: "data", Self.restTicker)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "id": .symbol, "base_currency_id": .base, "quote_currency_id": .quote, "price_increment": .tick,
    "min_price": .minPrice, "quantity_precision": .quantityDecimals, "min_quantity": .minQuantity,
    "max_quantity": .maxQuantity, "min_cost": .minNotional, "max_cost": .maxNotional, "maker_fee_rate": .makerFee,
    "taker_fee_rate": .takerFee,
  ])

  /// "Market": fee rates are in percent.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var isClosed = false
    var rules = InstrumentRules(&json, names, state: [:]) { _, key, json in
      guard key == "closed" else { return false }
      isClosed = json.boolean()
      return true
    }
    rules.state = isClosed ? .halted : .trading
    let percent = Decimal64(mantissa: 1, exponent: -2)
    rules.makerFee = rules.makerFee?.multiplied(by: percent)
    rules.takerFee = rules.takerFee?.multiplied(by: percent)
    return rules
  }

  private static let restTicker = FieldTable<TickerField>([
    "market_id": .symbol, "last": .last, "low": .low, "high": .high, "change": .change, "base_volume": .baseVolume,
    "quote_volume": .quoteVolume, "time": .isoTime,
  ])
}

/// ProBit Korea, an exchange of its own on the same software.
public final class ProBitKorea: ProBitSpot {
  override class var domains: KeyValuePairs<String, Domain> {
    ["live": Domain(api: "api.probit.kr", accounts: "https://accounts.probit.kr")]
  }
}
