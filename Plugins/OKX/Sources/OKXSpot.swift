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

    init?(_ name: String) {
      switch name {
      case "live": (rest, socket) = ("https://www.okx.com", "wss://ws.okx.com:8443/ws/v5/")
      case "eea": (rest, socket) = ("https://eea.okx.com", "wss://wseea.okx.com:8443/ws/v5/")
      case "us": (rest, socket) = ("https://us.okx.com", "wss://wsus.okx.com:8443/ws/v5/")
      case "demo": (rest, socket, isDemo) = ("https://www.okx.com", "wss://wspap.okx.com:8443/ws/v5/", true)
      default: return nil
      }
    }
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
    BookPlan(.previous, .stream(orElse: Endpoint(.books, charges: [Charge(Bucket.books)])))
  }

  /// "Connect": 480 requests to subscribe an hour and connection, 64 KB a message, 3 connections a second and address;
  /// a connection without messages for 30 seconds is cut.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = [domain.socket + "public"]
    plan.channels = [
      FeedPlan.Channel(.book, "books"), FeedPlan.Channel(.trades, "trades"), FeedPlan.Channel(.ticker, "tickers"),
    ]
    plan.topicsPerConnection = 240
    plan.topicsPerMessage = 100
    plan.messageBytes = 16_000
    plan.ping = FeedPlan.Ping("ping", every: 20_000_000_000)
    plan.idle = 45_000_000_000
    plan.openCharges = [Charge(Bucket.connections)]
    plan.messageCharges = [Charge(Bucket.subscriptions)]
    return plan
  }

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: domain.socket + "private", streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["orders", "account"])
    plan.idle = 45_000_000_000
    plan.openCharges = [Charge(Bucket.connections)]
    return plan
  }

  /// "Rate limits" stand at each endpoint: by address for public ones, by user (and instrument) for orders. A sub
  /// account places and changes 1,000 orders in two seconds at most.
  enum Bucket {
    static let connections: UInt32 = 1
    static let subscriptions: UInt32 = 2
    static let instruments: UInt32 = 3
    static let tickers: UInt32 = 4
    static let books: UInt32 = 5
    static let time: UInt32 = 6
    static let orders: UInt32 = 10
    static let cancels: UInt32 = 11
    static let amends: UInt32 = 12
    static let queries: UInt32 = 13
    static let histories: UInt32 = 14
    static let fills: UInt32 = 15
    static let balances: UInt32 = 16
    static let fees: UInt32 = 17
  }

  public var limits: [Output.Limit] {
    func limit(_ bucket: UInt32, _ name: String, _ scope: Output.Limit.Scope, _ capacity: UInt32, _ seconds: Int64 = 2)
      -> Output.Limit
    {
      Output.Limit(bucket: bucket, name: name, scope: scope, capacity: capacity, interval: seconds * 1_000_000_000)
    }
    return [
      limit(Bucket.connections, "connections", .address, 3, 1),
      limit(Bucket.subscriptions, "subscriptions", .stream, 480, 3600),
      limit(Bucket.instruments, "instruments", .address, 20), limit(Bucket.tickers, "tickers", .address, 20),
      limit(Bucket.books, "books", .address, 40), limit(Bucket.time, "time", .address, 10),
      limit(Bucket.orders, "orders", .account, 60), limit(Bucket.cancels, "cancels", .account, 60),
      limit(Bucket.amends, "amendments", .account, 60), limit(Bucket.queries, "orders asked for", .account, 60),
      limit(Bucket.histories, "order histories", .account, 40), limit(Bucket.fills, "fills", .account, 10),
      limit(Bucket.balances, "balances", .account, 10), limit(Bucket.fees, "fee rates", .account, 5),
    ]
  }

  public required init(config: ConnectorConfig, out: Output) throws {
    let name = try config.string("domain") ?? "live"
    guard let domain = Domain(name) else {
      throw ConfigFault.field(name: "domain", expected: "live, eea, us or demo")
    }
    self.domain = domain
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, charges: [Charge(Bucket.time)]), at: "data/0/ts", unit: 1_000_000)
    instruments(
      Endpoint(.instruments, charges: [Charge(Bucket.instruments)], deadline: 30_000_000_000), ["instType": "SPOT"],
      at: "data", Self.rules, state: ["live": .trading, "preopen": .halted, "suspend": .halted, "test": .halted])
    tickers(
      Endpoint(.tickers, charges: [Charge(Bucket.tickers)], deadline: 30_000_000_000), ["instType": "SPOT"], at: "data"
    ) { [unowned self] in ticker(&$0) }
    offerOrders()
    offerAccount()
  }

  /// "Get instruments".
  private static let rules = FieldTable<RuleField>([
    "instId": .symbol, "baseCcy": .base, "quoteCcy": .quote, "state": .state, "tickSz": .tick, "lotSz": .lot,
    "minSz": .minQuantity, "maxLmtSz": .maxQuantity,
  ])
}

extension PermittedAct {
  static let time = okx("time", .get, "public/time")
  static let instruments = okx("instruments", .get, "public/instruments")
  static let tickers = okx("tickers", .get, "market/tickers")
  static let books = okx("books", .get, "market/books")
  static let order = okx("place", .post, "trade/order", .order)
  static let batchOrders = okx("place_batch", .post, "trade/batch-orders", .order)
  static let amend = okx("amend", .post, "trade/amend-order", .order)
  static let amendBatch = okx("amend_batch", .post, "trade/amend-batch-orders", .order)
  static let cancel = okx("cancel", .post, "trade/cancel-order", .cancel)
  static let cancelBatch = okx("cancel_batch", .post, "trade/cancel-batch-orders", .cancel)
  static let orderDetails = okx("order", .get, "trade/order")
  static let pending = okx("open_orders", .get, "trade/orders-pending")
  static let history = okx("order_history", .get, "trade/orders-history")
  static let fills = okx("fills", .get, "trade/fills-history")
  static let balance = okx("balance", .get, "account/balance")
  static let tradeFee = okx("trade_fee", .get, "account/trade-fee")

  private static func okx(
    _ name: String, _ method: Method, _ path: String, _ priority: Priority = .query
  ) -> PermittedAct {
    PermittedAct(name, method, "/api/v5/" + path, priority: priority)
  }
}
