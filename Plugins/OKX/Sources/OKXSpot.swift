import CPatchbay
import ConnectorKit
import Decimals

/// OKX spot. Protocol: OKX API v5 (www.okx.com/docs-v5): "Overview", "Order Book Trading", "Trading Account", "Public
/// Data". Frames are read in Frames.swift, orders are written in Orders.swift, accounts in Private.swift.
public final class OKXSpot: ExchangeConnector, ExchangeDialect {
  private let domain: Domain

  /// "Production Trading Services", "Demo Trading Services".
  struct Domain {
    let rest: String
    let socket: String
    var isDemo = false

    static let all = [
      "live": Domain(rest: "https://www.okx.com", socket: "wss://ws.okx.com:8443/ws/v5/"),
      "eea": Domain(rest: "https://eea.okx.com", socket: "wss://wseea.okx.com:8443/ws/v5/"),
      "us": Domain(rest: "https://us.okx.com", socket: "wss://wsus.okx.com:8443/ws/v5/"),
      "demo": Domain(rest: "https://www.okx.com", socket: "wss://wspap.okx.com:8443/ws/v5/", isDemo: true),
    ]
  }

  public var rest: String { domain.rest }
  var isDemo: Bool { domain.isDemo }
  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  /// "How to manage a local order book correctly". The first message of a subscription is the book, as long as the
  /// exchange sends it: it has announced that one day the book must be asked for.
  public var bookRules: BookPlan {
    BookPlan(
      .previous, .stream(orElse: Endpoint(.books, on: Limit.books)), checksum: .alternating(levels: 25))
  }

  /// "Connect": 480 requests to subscribe an hour and connection, 64 KB a message, 3 connections a second and address.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = [domain.socket + "public"]
    plan.channels = [
      FeedPlan.Channel(.book, "books"), FeedPlan.Channel(.trades, "trades"), FeedPlan.Channel(.ticker, "tickers"),
    ]
    plan.topicsPerConnection = 240
    plan.topicsPerMessage = 100
    plan.messageBytes = 16_000
    plan.ping = Self.ping
    plan.idle = 45_000_000_000
    plan.openCharges = [Limit.connections.charge]
    plan.messageCharges = [Limit.subscriptions.charge]
    return plan
  }

  /// "Connect": a connection on which nothing came for 30 seconds is cut; the text `ping` is answered by `pong`.
  private static let ping = FeedPlan.Ping("ping", act: "ping", every: 20_000_000_000)

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(domain.socket + "private"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["orders", "account"])
    plan.ping = Self.ping
    plan.idle = 45_000_000_000
    plan.openCharges = [Limit.connections.charge]
    return plan
  }

  /// "Rate limits" stand at each endpoint: by address for public ones, by user (and instrument) for orders. A sub
  /// account places and changes 1,000 orders in two seconds at most.
  enum Limit {
    static let connections = Output.Limit(1, "connections", .address, 3, seconds: 1)
    static let subscriptions = Output.Limit(2, "subscriptions", .stream, 480, seconds: 3600)
    static let instruments = Output.Limit(3, "instruments", .address, 20, seconds: 2)
    static let tickers = Output.Limit(4, "tickers", .address, 20, seconds: 2)
    static let books = Output.Limit(5, "books", .address, 40, seconds: 2)
    static let time = Output.Limit(6, "time", .address, 10, seconds: 2)
    static let orders = Output.Limit(10, "orders", .account, 60, seconds: 2)
    static let cancels = Output.Limit(11, "cancels", .account, 60, seconds: 2)
    static let amends = Output.Limit(12, "amendments", .account, 60, seconds: 2)
    static let queries = Output.Limit(13, "orders asked for", .account, 60, seconds: 2)
    static let histories = Output.Limit(14, "order histories", .account, 40, seconds: 2)
    static let fills = Output.Limit(15, "fills", .account, 10, seconds: 2)
    static let balances = Output.Limit(16, "balances", .account, 10, seconds: 2)
    static let fees = Output.Limit(17, "fee rates", .account, 5, seconds: 2)
  }

  public var limits: [Output.Limit] {
    [
      Limit.connections, Limit.subscriptions, Limit.instruments, Limit.tickers, Limit.books, Limit.time, Limit.orders,
      Limit.cancels, Limit.amends, Limit.queries, Limit.histories, Limit.fills, Limit.balances, Limit.fees,
    ]
  }

  public required init(config: ConnectorConfig, out: Output) throws {
    guard let domain = Domain.all[try config.string("domain") ?? "live"] else {
      throw ConfigFault.field(name: "domain", expected: "live, eea, us or demo")
    }
    self.domain = domain
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: Limit.time), at: "data/0/ts", in: .milliseconds)
    instruments(
      Endpoint(.instruments, on: Limit.instruments, deadline: 30_000_000_000), ["instType": "SPOT"], at: "data",
      Self.rules, state: ["live": .trading, "preopen": .halted, "suspend": .halted, "test": .halted])
    tickers(
      Endpoint(.tickers, on: Limit.tickers, deadline: 30_000_000_000), ["instType": "SPOT"], at: "data", Self.ticker)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    readMarketFrame(frame, stream)
  }

  /// "Get instruments".
  private static let rules = FieldTable<RuleField>([
    "instId": .symbol, "baseCcy": .base, "quoteCcy": .quote, "state": .state, "tickSz": .tick, "lotSz": .lot,
    "minSz": .minQuantity, "maxLmtSz": .maxQuantity,
  ])
}
