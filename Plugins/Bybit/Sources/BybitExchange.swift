import CPatchbay
import ConnectorKit

/// What spot and perpetuals of Bybit have in common. Protocol: Bybit API v5 (bybit-exchange.github.io/docs/v5).
/// Frames are read in Frames.swift and Book.swift, orders are written in Orders.swift, accounts in Account.swift.
public class BybitExchange: ExchangeConnector, ExchangeDialect {
  class var product: Product { .spot }
  let domain: Domain

  public var rest: String { domain.rest }
  public var offer: OrderOffer { OrderOffer([], [], []) }
  public var limits: [Output.Limit] { [] }

  /// "Orderbook": the first message of a subscription is the book, and each further one counts `u` on by one.
  public var bookRules: BookPlan { BookPlan(.increment, .stream()) }

  /// "Orderbook: Depths". The fewer levels, the more often they come.
  class var depths: [Int] { [1, 50, 200, 1000] }
  public func levels(_ wanted: Int) -> Int { wanted == 0 ? 1000 : Self.depths.first { $0 >= wanted } ?? 1000 }

  /// "Connect": 500 connections in five minutes; a public stream and an account's are cut where nothing is said.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = ["\(domain.stream)/v5/public/\(Self.product.category)"]
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  /// "Connect: How to Send the Heartbeat Packet": every 20 seconds.
  private static let ping = FeedPlan.Ping(#"{"op":"ping"}"#, act: "ping", every: 20_000_000_000)

  /// What an account's stream reports of this product alone; `wallet` is of all.
  class var privateTopics: [String] { ["order", "execution"] }

  public var privateStream: PrivatePlan {
    let topics = Self.privateTopics.map { "\($0).\(Self.product.category)" }
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("\(domain.privateStream)/v5/private"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: topics + ["wallet"])
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
    attach(self)
    // "Integration Guidance: Common response parameters": every reply carries the exchange's time.
    clock(Endpoint(.time, on: .requests), at: "time", in: .milliseconds)
    tickers(
      Endpoint(.tickers, on: .requests, deadline: 30_000_000_000), ["category": Self.product.category],
      at: "result/list", Self.ticker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Get Kline": arrays, from the newest on; `end` is inclusive.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(places: [.time, .open, .high, .low, .close, .baseVolume, .quoteVolume])
    var plan = CandlePlan(
      Endpoint(.candles, on: .requests), at: "result/list", table, most: 1000,
      [
        1: "1", 3: "3", 5: "5", 15: "15", 30: "30", 60: "60", 120: "120", 240: "240", 360: "360", 720: "720",
        1440: "D",
      ])
    (plan.since, plan.until, plan.untilShift, plan.size) = ("start", "end", -1_000_000, "limit")
    plan.parameters = [("category", product.category)]
    return plan
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// Conditional orders of spot that wait.
  final var waiting = WaitingOrders()

  // MARK: What the products differ in

  /// The arguments of a subscription that make a channel.
  func arguments(_ channel: String, _ market: Market) -> [String] {
    channel == Self.book ? ["orderbook.\(market.depth).\(market.symbol)"] : ["\(channel).\(market.symbol)"]
  }
  static let book = "orderbook"

  /// The first level of a book of one, which is not the book that is wanted.
  func best(_ data: JSONMark, _ market: Market, _ time: Int64) -> Status { .ok }

  /// What a ticker says besides of mark price and funding.
  func moreOfTicker(_ data: JSONMark, _ stream: pb_id, _ time: Int64) -> Status { .ok }

  /// The lists that make up all open orders or positions, by one endpoint.
  func open(_ endpoint: Endpoint, full: Int) -> [Pages] { [list(endpoint, full: full)] }

  /// What executions are asked for by, one list each.
  class var executionTypes: [String] { ["Trade"] }

  /// The parameters of a new order that are of one product alone, its quantity among them.
  func placeMore(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("qty", order.quantity)
  }

  /// Data of the position topic.
  func positions(_ list: inout JSONScanner, _ account: TradingAccount) -> Status { .unsupported }

  /// Whether a report's words mean an order whose quantity counts quote.
  func isByValue(_ report: OrderReport) -> Bool { false }

  /// What a fee is paid in, where the exchange leaves it out.
  func feeAsset(_ report: OrderReport, _ rules: InstrumentRules) -> String { rules.settle }

  /// An endpoint that is counted by itself and, as all requests are, by address.
  func endpoint(
    _ act: PermittedAct, _ parameters: Endpoint.Parameters = .query, on limit: Output.Limit
  ) -> Endpoint {
    Endpoint(act, parameters, charges: [Output.Limit.requests.charge, limit.charge])
  }
}
