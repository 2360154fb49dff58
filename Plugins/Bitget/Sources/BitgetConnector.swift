import CPatchbay
import ConnectorKit
import Decimals

/// What the connectors to Bitget share. Protocol: Bitget API v2 (www.bitget.com/api-doc): "Common", "Spot", "Contract",
/// for classic accounts. Market data may be had by two other generations of the API as well: by that of 2022 (v1,
/// bitgetlimited.github.io/apidoc), which recordings speak, and by that of unified accounts (v3, "UTA"), whose books
/// number their messages. Frames are read in Frames.swift and Book.swift, orders are written in Orders.swift and
/// Plans.swift, accounts stand in Private.swift and Perpetual.swift.
public class BitgetConnector: ExchangeConnector, ExchangeDialect {
  final let domain: Domain
  final let version: Version
  /// "productType" of perpetuals, the currency of their margin, and "marginMode", which each order says.
  final let productType: String
  final let marginMode: String
  /// Conditional orders that have not become others.
  final var plans = WaitingOrders()
  /// Positions that the stream has reported and not closed, by symbol and leg.
  final var held: [HeldLeg: PositionReport] = [:]

  struct HeldLeg: Hashable {
    let symbol: String
    let leg: PositionLeg?
  }

  /// "Demo Trading": the same requests with a header, and sockets of their own.
  struct Domain {
    let socket: String
    var isDemo = false

    static let all: KeyValuePairs = [
      "live": Domain(socket: "wss://ws.bitget.com"),
      "demo": Domain(socket: "wss://wspap.bitget.com", isDemo: true),
    ]
  }

  /// Which generation of the API market data come by.
  enum Version { case v1, v2, v3 }

  class var isPerpetual: Bool { false }
  final var isPerpetual: Bool { Self.isPerpetual }

  public final var rest: String { "https://api.bitget.com" }

  /// "Place Order", "Place Plan Order".
  public final var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      isPerpetual ? [.postOnly, .reduceOnly, .close, .stopByMark] : [.postOnly, .byValue])
  }

  /// "Depth Channel": v1 and v2 prove each change by a checksum, v3 names the message before ("pseq"). Where a change
  /// of v2 comes without a checksum, its number must have risen.
  public final var bookRules: BookPlan {
    BookPlan(version == .v3 ? .previous : .rising, .stream(), checksum: .alternating(levels: 25))
  }

  /// "Websocket API": at most 10 messages a second and connection, better no more than 50 channels on one.
  public final var feeds: FeedPlan {
    let mark: Channels = isPerpetual ? [.ticker, .mark] : .ticker
    let trades = version == .v3 ? "publicTrade" : "trade"
    var plan = FeedPlan([domain.socket + publicPath], [.book: "books", .trades: trades, mark: "ticker"])
    plan.topicsPerConnection = 50
    plan.topicsPerMessage = 50
    plan.topicBytes = 60
    plan.messageInterval = 120_000_000
    // That one is only replayed: its recordings hold other products on sockets of their own, which nothing answers.
    plan.acknowledges = version != .v1
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.subscriptions.charge]
    return plan
  }

  private var publicPath: String {
    switch version {
    case .v1: isPerpetual ? "/mix/v1/stream" : "/spot/v1/stream"
    case .v2: "/v2/ws/public"
    case .v3: "/v3/ws/public"
    }
  }

  /// "Websocket API": the text `ping` every 30 seconds is answered by `pong`.
  private static let ping = FeedPlan.Ping("ping", act: "ping", every: 25_000_000_000)

  /// Executions come with the orders: the channel `fill` repeats them.
  public final var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(domain.socket + "/v2/ws/private"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["orders", "account", "orders-algo"] + (isPerpetual ? ["positions"] : []))
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  public final var limits: [Output.Limit] { Output.Limit.all }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    version = try config.choice("version", "v2", ["v1": .v1, "v2": .v2, "v3": .v3])
    let isPerpetual = Self.isPerpetual
    let types: KeyValuePairs = ["USDT-FUTURES": "USDT-FUTURES", "USDC-FUTURES": "USDC-FUTURES"]
    productType = isPerpetual ? try config.choice("product_type", "USDT-FUTURES", types) : "SPOT"
    let modes: KeyValuePairs = ["crossed": "crossed", "isolated": "isolated"]
    marginMode = isPerpetual ? try config.choice("margin_mode", "crossed", modes) : ""
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .time), at: "data/serverTime", in: .milliseconds)
    offerMarkets()
    offerOrders()
    offerAccount()
    if isPerpetual { offerPerpetual() }
  }

  public final override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    readMarketFrame(frame, stream)
  }
}

/// Bitget spot.
public final class BitgetSpot: BitgetConnector {}

/// Bitget perpetuals with margin in what they are quoted in. Sizes count base.
public final class BitgetPerpetual: BitgetConnector {
  override class var isPerpetual: Bool { true }
}
