import CPatchbay
import ConnectorKit
import Decimals

/// Hotbit, spot, which closed in May 2023: it reads recordings. Protocol: Hotbit API (hotbitex/hotbit.io-api-docs),
/// REST version 2 and WebSocket, which is that of ViaBTC's exchange server. Frames are read in Frames.swift, orders
/// are written and read in Orders.swift, the account stands in Private.swift.
public final class HotbitSpot: ExchangeConnector, ExchangeDialect {
  private static let socket = "wss://ws.hotbit.io/v2/"

  /// Whether fees are paid with the exchange's own token, in its word.
  let tokenFees: String
  /// Markets whose recent deals have come since they were asked for.
  var begun: Set<Int> = []
  /// The message with which each account logs in: all answers look alike.
  var logins: [pb_id: pb_id] = [:]

  public var rest: String { "https://api.hotbit.io" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "order.put_limit": neither times in force nor flags; market orders were not open to programs.
  public var offer: OrderOffer { OrderOffer([.limit], [.goodTilCancelled], []) }

  /// "The Push of Order Depth Data": the first message is the book, and changes follow, without numbers.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }

  /// Frames that come are compressed. The documentation says zlib; clients unpacked gzip.
  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.socket], [.book: "depths", .trades: "deals", .ticker: "state"])
    plan.isCompressed = true
    plan.ping = Self.ping
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  private static let ping = FeedPlan.Ping(
    #"{"method":"server.ping","params":[],"id":0}"#, act: "ping", every: 30_000_000_000)

  /// "User Verification", then orders of all markets and all assets.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(Self.socket), streamAct: "private_stream",
      subscribeAct: "subscribe_orders", channels: ["order", "asset"])
    plan.channelAct = { $0 == "asset" ? "subscribe_assets" : "subscribe_orders" }
    plan.isCompressed = true
    plan.ping = Self.ping
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    tokenFees = try config.choice("token_fees", "0", ["0": "0", "1": "1"])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .calls), at: "result", in: .seconds)
    instruments(Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "result") { Self.rules(&$1) }
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  private static let names = FieldTable<RuleField>([
    "name": .name, "stock": .base, "money": .quote, "stock_prec": .quantityDecimals, "money_prec": .priceDecimals,
    "min_amount": .minQuantity,
  ])

  /// "market.list": sockets and orders name `ETH/USDT` what the list and reports call `ETHUSDT`.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, names, state: [:])
    rules.symbol = "\(rules.base)/\(rules.quote)"
    rules.state = .trading
    return rules
  }
}
