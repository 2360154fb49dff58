import CPatchbay
import ConnectorKit
import Decimals

/// BitMart, spot. Protocol: "API Docs for Spot/Margin Trading" (developer-pro.bitmart.com), versions 2 to 4 of its
/// requests and version 1.1 of its socket. Frames are read in Frames.swift, orders are written and read in
/// Orders.swift, the account's stream in Private.swift. The exchange winds down: it took no orders any more when this
/// was written.
public final class BitMartSpot: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://api-cloud.bitmart.com" }
  private static let socket = "wss://ws-manager-compress.bitmart.com"
  /// "Keep connected": a connection on which nothing comes for 20 seconds is cut; the text `ping` is answered by
  /// `pong`.
  private static let ping = FeedPlan.Ping("ping", act: "ping", every: 15_000_000_000)
  private static let silence: Int64 = 40_000_000_000

  public var limits: [Output.Limit] { Output.Limit.all }

  /// "New Order (v2)": post-only and immediate-or-cancel are types; market orders that buy are by value.
  public var offer: OrderOffer {
    OrderOffer([.limit, .market], [.goodTilCancelled, .immediateOrCancel], [.postOnly, .byValue])
  }

  /// "Depth-All Channel": each message is the whole book of 50 levels.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  /// "Subscribe": at most 20 channels in a message and 115 on a connection. Data frames are compressed, answers not.
  public var feeds: FeedPlan {
    var plan = FeedPlan(
      ["\(Self.socket)/api?protocol=1.1"], [.book: "spot/depth50", .trades: "spot/trade", .ticker: "spot/ticker"])
    (plan.topicsPerConnection, plan.topicsPerMessage, plan.isCompressed) = (100, 20, true)
    (plan.ping, plan.idle) = (Self.ping, Self.silence)
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("\(Self.socket)/user?protocol=1.1"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["spot/user/orders:ALL_SYMBOLS", "spot/user/balance:BALANCE_UPDATE"])
    (plan.isCompressed, plan.ping, plan.idle) = (true, Self.ping, Self.silence)
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicCalls), at: "data/server_time", in: .milliseconds)
    instruments(Endpoint(.symbols, on: .publicCalls, deadline: 30_000_000_000), at: "data/symbols") {
      Self.rules(&$1)
    }
    tickers(Endpoint(.tickers, on: .publicCalls, deadline: 30_000_000_000), at: "data", Self.tickers)
    candles(Self.candles)
    offerOrders()
    balances(Endpoint(.wallet, on: .accountCalls), at: "data/wallet", Self.balance)
    fees(
      Endpoint(.fees, on: .feeCalls), each: "symbol", at: "data", maker: "buy_maker_fee_rate",
      taker: "buy_taker_fee_rate")
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "base_currency": .base, "quote_currency": .quote, "quote_increment": .lot,
    "base_min_size": .minQuantity, "base_max_size": .maxQuantity, "price_max_precision": .priceDecimals,
    "min_buy_amount": .minNotional, "trade_status": .state,
  ])

  /// "Get Trading Pair Details": `{"symbol": "BTC_USDT", "base_currency": "BTC", "quote_currency": "USDT",
  /// "quote_increment": "0.00001", "base_min_size": "0.00001", "base_max_size": "1000000", "price_min_precision": 2,
  /// "price_max_precision": 2, "min_buy_amount": "5", "min_sell_amount": "5", "trade_status": "trading"}`. What its
  /// "quote_increment" is, is the least step of a quantity.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var least: Decimal64?
    var rules = InstrumentRules(&json, names, state: ["trading": .trading]) { _, key, json in
      guard key == "min_sell_amount" else { return false }
      least = json.optionalDecimal()
      return true
    }
    if let least, least.isPositive { rules.minNotional = rules.minNotional.map { max($0, least) } ?? least }
    return rules
  }

  /// "Get Ticker of All Pairs (V3)": arrays.
  private static let tickers = FieldTable<TickerField>(places: [
    .symbol, .last, .baseVolume, .quoteVolume, .open, .high, .low, nil, .bid, .bidQuantity, .ask, .askQuantity, .time,
  ])

  /// "Get Latest K-Line (V3)": `after` and `before` are not included; at most 200, `[t, o, h, l, c, v, qv]`.
  private static var candles: CandlePlan {
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicCalls), at: "data",
      FieldTable(places: [.seconds, .open, .high, .low, .close, .baseVolume, .quoteVolume]), most: 200,
      [
        1: "1", 3: "3", 5: "5", 15: "15", 30: "30", 45: "45", 60: "60", 120: "120", 180: "180", 240: "240",
        1440: "1440", 10_080: "10080",
      ])
    (plan.interval, plan.size, plan.timeForm) = ("step", "limit", .seconds)
    (plan.since, plan.until, plan.sinceShift) = ("after", "before", -1_000_000_000)
    return plan
  }
}
