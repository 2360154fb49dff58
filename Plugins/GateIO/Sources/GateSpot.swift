import CPatchbay
import ConnectorKit
import Decimals

/// Gate spot. Protocol: Gate API v4, "Spot", and "Spot WebSocket v4". Frames are read in Frames.swift, books in
/// Book.swift, orders are written in Orders.swift and read in Reports.swift, accounts in Private.swift.
public final class GateSpot: GateExchange, ExchangeDialect {
  /// "Create an order", "Create price-triggered order". The latter are written and read in Triggers.swift.
  public var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  /// "Order Book Channel": the book is asked for, and joined to the updates by their numbers.
  public var bookRules: BookPlan { BookPlan(.span, .rest(Endpoint(.book, on: .books)), waitsUntilLive: true) }

  /// A message is of one channel, and names instruments; one about a book names one alone.
  public var feeds: FeedPlan {
    var plan = FeedPlan([domain.spot], [
      .book: "spot.order_book_update", .trades: "spot.trades", .ticker: "spot.tickers",
    ])
    plan.topicsPerConnection = 300
    plan.topicsPerMessage = 50
    plan.ping = ping("spot.ping")
    plan.idle = Self.silence
    return plan
  }

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .signedTopics, address: SealedText(domain.spot), streamAct: domain.spotStreamAct, subscribeAct: "subscribe",
      channels: ["spot.orders", "spot.usertrades", "spot.balances", "spot.priceorders"])
    plan.ping = ping("spot.ping")
    plan.idle = Self.silence
    return plan
  }

  public var limits: [Output.Limit] { Output.Limit.spot }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .time), at: "server_time", in: .milliseconds)
    instruments(Endpoint(.pairs, on: .pairs, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .tickers, deadline: 30_000_000_000), at: "", Self.ticker)
    let candle = FieldTable<CandleField>(places: [.seconds, .quoteVolume, .close, .high, .low, .open, .baseVolume])
    candles(Self.candles(Endpoint(.candles, on: .tickers), symbol: "currency_pair", candle))
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// "List all currency pairs supported".
  private static let rule = FieldTable<RuleField>([
    "id": .symbol, "base": .base, "quote": .quote, "trade_status": .state, "min_base_amount": .minQuantity,
    "max_base_amount": .maxQuantity, "min_quote_amount": .minNotional, "max_quote_amount": .maxNotional,
    "precision": .priceDecimals, "amount_precision": .quantityDecimals,
  ])

  /// Steps are reported as how many decimals an order may have. What rests in a book is finer at times: fills of market
  /// orders leave amounts of ten decimals, and orders outlive steps that became coarser. So numbers are kept as fine as
  /// 64 bits allow for what an instrument of such a price trades in.
  static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var fee: Decimal64?
    var rules = InstrumentRules(&json, rule, state: ["tradable": .trading]) { _, key, json in
      guard key == "fee" else { return false }
      fee = json.optionalDecimal()
      return true
    }
    // In percent, for makers and takers.
    let rate = fee?.hundredth
    (rules.makerFee, rules.takerFee) = (rate, rate)
    guard let price = rules.priceDecimals, let quantity = rules.quantityDecimals else { return rules }
    rules.tick = Decimal64(mantissa: 1, exponent: -price)
    rules.lot = Decimal64(mantissa: 1, exponent: -quantity)
    rules.priceDecimals = max(price, 8)
    // Both are at most 18.
    let room = 16 &- price
    rules.quantityDecimals = max(quantity, min(10, room))
    return rules
  }
}
