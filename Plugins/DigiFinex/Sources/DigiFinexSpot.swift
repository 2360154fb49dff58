import CPatchbay
import ConnectorKit
import Decimals

/// DigiFinex, spot. Protocol: REST API v3 (docs.digifinex.com, "Spot") and "Websocket API" (github.com/DigiFinex/api).
/// Frames are read in Frames.swift, orders are written and read in Orders.swift, the account's stream in Private.swift.
public final class DigiFinexSpot: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://openapi.digifinex.com" }
  static let socket = "wss://openapi.digifinex.com/ws/v1/"
  /// "server.ping": nothing says how long a connection may be silent.
  private static let ping = FeedPlan.Ping(
    "{\"id\":0,\"method\":\"server.ping\",\"params\":[]}", act: "ping", every: 15_000_000_000)
  private static let silence: Int64 = 45_000_000_000

  /// Markets that a connection carries by now, by the place of their channel; see `topics`.
  var carried: [[Int]] = [[], [], []]
  /// Ids of the messages that log in, by account.
  var logins: [pb_id: pb_id] = [:]
  /// The newest reports of the stream, in which an order may stand before the exchange has answered that it took it.
  var heard: [OrderReport] = []

  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Create new order": market orders that buy are by value, those that sell by quantity.
  public var offer: OrderOffer {
    OrderOffer([.limit, .market], [.goodTilCancelled], [.postOnly, .byValue])
  }

  /// "Depth push": a whole book where it says clean, then changes that nothing counts.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }

  /// Each channel has a connection of its own, which carries all of its markets.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = [Self.socket, Self.socket, Self.socket]
    plan.channels = [
      FeedPlan.Channel(.book, "depth"), FeedPlan.Channel(.trades, "trades", address: 1),
      FeedPlan.Channel(.ticker, "ticker", address: 2),
    ]
    (plan.topicsPerConnection, plan.topicsPerMessage, plan.isCompressed) = (4096, 4096, true)
    (plan.messageBytes, plan.ping, plan.idle) = (65_536, Self.ping, Self.silence)
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(Self.socket), streamAct: "private_stream",
      subscribeAct: "subscribe_orders", channels: [])
    plan.channelAct = { $0.hasPrefix("balance") ? "subscribe_balances" : "subscribe_orders" }
    (plan.isCompressed, plan.ping, plan.idle) = (true, Self.ping, Self.silence)
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.market(.time), at: "server_time", in: .seconds)
    instruments(Self.market(.markets), at: "data") { Self.rules(&$1) }
    tickers(Self.market(.tickers), at: "ticker", Self.dayTicker)
    candles(Self.candles)
    offerOrders()
    balances(Self.account(.assets), at: "list", Self.balance)
  }

  /// "For all the request will consume server resources, there is a weight for every endpoint", which is not said: each
  /// is counted for five.
  static func market(_ act: PermittedAct) -> Endpoint {
    Endpoint(act, on: Output.Limit.address, weight: 5, deadline: 30_000_000_000)
  }

  static func account(_ act: PermittedAct, _ parameters: Endpoint.Parameters = .query) -> Endpoint {
    Endpoint(
      act, parameters, charges: [Charge(Output.Limit.address.bucket, 5), Charge(Output.Limit.account.bucket, 5)])
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "market": .name, "price_precision": .priceDecimals, "volume_precision": .quantityDecimals,
    "min_volume": .minQuantity, "min_amount": .minNotional,
  ])

  /// "All the market description": `{"volume_precision": 4, "price_precision": 2, "market": "btc_usdt", "min_amount":
  /// 2, "min_volume": 0.0001}`. What the list holds is traded; requests write names small, the socket and answers do
  /// not.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, names, state: [:])
    rules.symbol = rules.name.uppercased()
    if let dash = rules.symbol.lastIndex(of: "_") {
      rules.base = String(rules.symbol[..<dash])
      rules.quote = String(rules.symbol[rules.symbol.index(after: dash)...])
    }
    return rules
  }

  /// "ticker price": "base_vol" counts quote.
  private static let dayTicker = FieldTable<TickerField>([
    "symbol": .symbol, "last": .last, "buy": .bid, "sell": .ask, "high": .high, "low": .low, "vol": .baseVolume,
    "base_vol": .quoteVolume,
  ])

  /// "Get candles data": at most 500, `[timestamp, vol, close, high, low, open]`.
  private static var candles: CandlePlan {
    var plan = CandlePlan(
      market(.candles), at: "data", FieldTable(places: [.seconds, .baseVolume, .close, .high, .low, .open]), most: 500,
      [
        1: "1", 5: "5", 15: "15", 30: "30", 60: "60", 240: "240", 720: "720", 1440: "1D", 10_080: "1W",
      ])
    (plan.interval, plan.timeForm) = ("period", .seconds)
    (plan.since, plan.until, plan.untilShift) = ("start_time", "end_time", -1_000_000_000)
    return plan
  }
}
