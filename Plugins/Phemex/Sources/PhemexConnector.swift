import CPatchbay
import ConnectorKit
import Decimals

/// What the connectors to Phemex share. Protocol: Phemex API (phemex-docs.github.io,
/// github.com/phemex/phemex-api-docs): "Spot", "Contract", "Hedged Perpetual". One socket carries the market and, once
/// it is logged in, the account. Names say how a number is written: "Ep", "Er" and "Ev" are whole, times ten to the
/// power of a scale; "Rp", "Rq", "Rr" and "Rv", of perpetuals with margin in USDT or USDC, are as they are. Frames are
/// read in Frames.swift, products in Markets.swift, orders are written and read in Orders.swift and Reports.swift, the
/// account stands in Private.swift and Perpetual.swift.
public class PhemexConnector: ExchangeConnector, ExchangeDialect {
  final let domain: Domain
  /// The currency of the margin of an account of perpetuals.
  final let settle: String
  /// Which margin mode a leverage that is set from here brings with it: its sign says so.
  final let marginMode: MarginMode
  /// The currencies of the list of products, by name.
  final var currencies: [String: Currency] = [:]
  final var namesByCode: [String: String] = [:]
  /// Symbols of perpetuals whose positions have two legs, as far as the exchange has said so.
  final var hedged: Set<String> = []
  /// When the newest trade of each instrument happened that was reported.
  final var lastTrades: [pb_id: Int64] = [:]
  /// Topics that were given up on a public stream since it was opened.
  final var givenUp: [pb_id: Int] = [:]

  struct Currency {
    /// "valueScale": amounts are times ten to this power.
    var scale: Int32
  }

  /// "General Public API Information": live and testnet.
  struct Domain {
    let rest: String
    let socket: String

    static let all: KeyValuePairs = [
      "live": Domain(rest: "https://api.phemex.com", socket: "wss://ws.phemex.com/"),
      "testnet": Domain(rest: "https://testnet-api.phemex.com", socket: "wss://testnet-api.phemex.com/ws"),
    ]
  }

  class var isPerpetual: Bool { false }
  final var isPerpetual: Bool { Self.isPerpetual }

  public final var rest: String { domain.rest }
  public final var limits: [Output.Limit] { Output.Limit.all }

  /// "Place order".
  public final var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      isPerpetual ? [.postOnly, .reduceOnly] : [.postOnly, .byValue])
  }

  /// "Subscribe OrderBook": a snapshot with each subscription and every minute, and between them changes whose number
  /// rises. Nothing proves that none of these is missing before the next snapshot.
  public final var bookRules: BookPlan { BookPlan(.rising, .stream()) }

  /// The book of 30 levels comes every 20 ms, the whole one every 100.
  public final func levels(_ wanted: Int) -> Int { (1...30).contains(wanted) ? 30 : 0 }

  /// "API Rate Limits": five connections, 20 subscriptions on each, 20 requests a second. Of those subscriptions some
  /// stay free for topics that are given up, see `topics`.
  public final var feeds: FeedPlan {
    let ticker: Channels = isPerpetual ? [.ticker, .mark] : .ticker
    var plan = FeedPlan([domain.socket], [.book: "orderbook", .trades: "trade", ticker: "market24h"])
    plan.topicsPerConnection = 20 - Self.mostGivenUp
    plan.messageInterval = 60_000_000
    plan.ping = Self.ping
    plan.idle = 30_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }
  static let mostGivenUp = 5

  /// "Heartbeat": whoever is silent for 30 seconds is cut off; 5 to 10 seconds are recommended.
  private static let ping = FeedPlan.Ping(pingText(0), act: "ping", every: 8_000_000_000)
  static func pingText(_ id: pb_id) -> String { "{\"id\":\(id),\"method\":\"server.ping\",\"params\":[]}" }

  /// "Subscribe Wallet-Order", "Subscribe Account-Order-Position": everything of an account in one channel.
  public final var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(domain.socket),
      streamAct: domain.socket.hasSuffix("/ws") ? "test_private_stream" : "private_stream",
      subscribeAct: isPerpetual ? "subscribe_perp" : "subscribe_spot",
      channels: [isPerpetual ? "aop_p.subscribe" : "wo.subscribe"])
    plan.ping = Self.ping
    plan.idle = 30_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    let isPerpetual = Self.isPerpetual
    settle = isPerpetual ? try config.choice("settle", "USDT", ["USDT": "USDT", "USDC": "USDC"]) : ""
    marginMode =
      isPerpetual ? try config.choice("margin_mode", "cross", ["cross": .cross, "isolated": .isolated]) : .cross
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicCalls), at: "data/serverTime", in: .milliseconds)
    offerMarkets()
    offerOrders()
    offerAccount()
    if isPerpetual { offerPerpetual() }
  }

  public final override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }
}

/// Phemex spot. Symbols begin with a small "s".
public final class PhemexSpot: PhemexConnector {}

/// Phemex perpetuals: those with margin in USDT and USDC, and to be read those that are priced and settled in USD.
public final class PhemexPerpetual: PhemexConnector {
  override class var isPerpetual: Bool { true }
}
