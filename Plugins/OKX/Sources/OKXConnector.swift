import CPatchbay
import ConnectorKit
import Decimals

/// What OKX calls a kind of instruments, and what differs between the connectors of this library.
struct Product: Sendable {
  /// "instType".
  let type: String
  let isPerpetual: Bool
  /// Acts that are bound to what the product counts: base, or contracts.
  let acts: Acts

  struct Acts: Sendable {
    let place, placeBatch, amend, amendBatch, stopLimit, stopMarket, takeLimit, takeMarket: PermittedAct
  }

  static let spot = Product(
    type: "SPOT", isPerpetual: false,
    acts: Acts(
      place: .place, placeBatch: .placeBatch, amend: .amend, amendBatch: .amendBatch, stopLimit: .placeStopLimit,
      stopMarket: .placeStopMarket, takeLimit: .placeTakeLimit, takeMarket: .placeTakeMarket))

  static let swap = Product(
    type: "SWAP", isPerpetual: true,
    acts: Acts(
      place: .perpPlace, placeBatch: .perpPlaceBatch, amend: .perpAmend, amendBatch: .perpAmendBatch,
      stopLimit: .perpPlaceStopLimit, stopMarket: .perpPlaceStopMarket, takeLimit: .perpPlaceTakeLimit,
      takeMarket: .perpPlaceTakeMarket))
}

/// What the connectors to OKX share. Protocol: OKX API v5 (www.okx.com/docs-v5): "Overview", "Order Book Trading",
/// "Trading Account", "Public Data". Frames are read in Frames.swift and Book.swift, orders are written in Orders.swift
/// and Algo.swift, accounts stand in Private.swift and Perpetual.swift.
public class OKXConnector: ExchangeConnector, ExchangeDialect {
  final let domain: Domain
  final let product: Product
  /// "tdMode": how orders are paid for. The exchange has no such mode of an instrument: each order says it.
  final let tradeMode: String
  /// Conditional orders that have not become others.
  final var algos = WaitingOrders()
  /// Numbers of the markets whose liquidations are wanted, and when the last one of each was.
  final var liquidated: [Int: Int64] = [:]

  /// "Production Trading Services", "Demo Trading Services".
  struct Domain {
    let rest: String
    let socket: String
    var isDemo = false

    static let all: KeyValuePairs = [
      "live": Domain(rest: "https://www.okx.com", socket: "wss://ws.okx.com:8443/ws/v5/"),
      "eea": Domain(rest: "https://eea.okx.com", socket: "wss://wseea.okx.com:8443/ws/v5/"),
      "us": Domain(rest: "https://us.okx.com", socket: "wss://wsus.okx.com:8443/ws/v5/"),
      "demo": Domain(rest: "https://www.okx.com", socket: "wss://wspap.okx.com:8443/ws/v5/", isDemo: true),
    ]
  }

  class var product: Product { .spot }

  public final var rest: String { domain.rest }

  /// "Place order", "Place algo order".
  public final var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      product.isPerpetual ? [.postOnly, .reduceOnly, .close, .stopByMark] : [.postOnly, .byValue])
  }

  /// "How to manage a local order book correctly". The first message of a subscription is the book, as long as the
  /// exchange sends it: it has announced that one day the book must be asked for.
  public final var bookRules: BookPlan {
    BookPlan(
      .previous, .stream(orElse: Endpoint(.books, on: .books)), checksum: .alternating(levels: 25))
  }

  /// "Connect": 480 requests to subscribe an hour and connection, 64 KB a message, 3 connections a second and address.
  public final var feeds: FeedPlan {
    var plan = FeedPlan([domain.socket + "public"], [.book: "books", .trades: "trades", .ticker: "tickers"])
    if product.isPerpetual {
      plan.channels += ["mark-price", "index-tickers", "funding-rate"].map { FeedPlan.Channel(.mark, $0) }
      // On connections of their own, where each message is of one topic.
      plan.addresses.append(domain.socket + "public")
      plan.channels.append(FeedPlan.Channel(.liquidations, "liquidation-orders", address: 1))
    }
    plan.topicsPerConnection = 240
    plan.topicsPerMessage = 100
    plan.messageBytes = 16_000
    plan.ping = Self.ping
    plan.idle = 45_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.subscriptions.charge]
    return plan
  }

  /// "Connect": a connection on which nothing came for 30 seconds is cut; the text `ping` is answered by `pong`.
  private static let ping = FeedPlan.Ping("ping", act: "ping", every: 20_000_000_000)

  public final var privateStream: PrivatePlan {
    let perpetual = product.isPerpetual ? ["positions", "liquidation-warning"] : []
    var plan = privateStream("private", act: "private_stream", ["orders", "account"] + perpetual)
    plan.beside = [privateStream("business", act: "business_stream", ["orders-algo"])]
    return plan
  }

  /// "Connect": each address has channels of its own, and wants a login of its own.
  private func privateStream(_ path: String, act: String, _ channels: [String]) -> PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(domain.socket + path), streamAct: act, subscribeAct: "subscribe",
      channels: channels)
    plan.ping = Self.ping
    plan.idle = 45_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  public final var limits: [Output.Limit] { Output.Limit.all }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    product = Self.product
    tradeMode = product.isPerpetual
      ? try config.choice("margin_mode", "cross", ["cross": "cross", "isolated": "isolated"]) : "cash"
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .time), at: "data/0/ts", in: .milliseconds)
    let list = Endpoint(.instruments, on: .instruments, deadline: 30_000_000_000)
    instruments(list, ["instType": product.type], at: "data") { [unowned(unsafe) self] in rules($0, &$1) }
    tickers(
      Endpoint(.tickers, on: .tickers, deadline: 30_000_000_000), ["instType": product.type], at: "data", ticker)
    candles(Self.candles(isPerpetual: product.isPerpetual))
    offerOrders()
    offerAccount()
    if product.isPerpetual { offerPerpetual() }
  }

  /// "Get candlesticks", of the latest 1,440; "Get candlesticks history", of those before: arrays, from the newest on.
  /// `before` and `after` are exclusive, and mean what comes later and earlier.
  private static func candles(isPerpetual: Bool) -> CandlePlan {
    let volumes: [CandleField?] = isPerpetual ? [nil, .baseVolume] : [.baseVolume, nil]
    let table = FieldTable<CandleField>(
      places: [.time, .open, .high, .low, .close] + volumes + [.quoteVolume, .closed])
    var plan = CandlePlan(
      Endpoint(.candles, on: .candles), at: "data", table, most: 100,
      [
        1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1H", 120: "2H", 240: "4H", 360: "6Hutc", 720: "12Hutc",
        1440: "1Dutc",
      ])
    (plan.symbol, plan.interval, plan.size, plan.questions) = ("instId", "bar", "limit", 15)
    (plan.since, plan.sinceShift, plan.until) = ("before", -1_000_000, "after")
    plan.older = (Endpoint(.historyCandles, on: .historyCandles), beyond: 1400)
    return plan
  }

  public final override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    readMarketFrame(frame, stream)
  }
}

/// OKX spot.
public final class OKXSpot: OKXConnector {}

/// OKX perpetuals ("SWAP") that are settled in what they are quoted in. What a contract of the other ones is worth in
/// base depends on its price: they are left out.
public final class OKXPerpetual: OKXConnector {
  override class var product: Product { .swap }
}
