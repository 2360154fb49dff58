import CPatchbay
import ConnectorKit
import Decimals

/// Coinbase spot. Protocol: Coinbase Advanced Trade API (docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis):
/// "REST API", "WebSocket". Frames are read in Frames.swift, orders are written in Orders.swift, accounts and their
/// stream in Private.swift.
public final class CoinbaseSpot: ExchangeConnector, ExchangeDialect {
  private let domain: Domain
  /// The product under whose name a market's data comes, where that is another one.
  private var aliases: [String: String] = [:]
  /// Numbers of the markets that come under the name of another, by the number of that one.
  private var followers: [Int: [Int]] = [:]

  /// "Advanced Trade API Sandbox": accounts and orders alone, with answers that are made up; it has no stream.
  struct Domain {
    let host: String
    var isLive = true

    static let all: KeyValuePairs = [
      "live": Domain(host: "api.coinbase.com"), "sandbox": Domain(host: "api-sandbox.coinbase.com", isLive: false),
    ]
  }

  var host: String { domain.host }
  public var rest: String { "https://" + host }
  public var publicRest: String { "https://api.coinbase.com" }

  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .takeLimit],
      [.goodTilCancelled, .immediateOrCancel, .fillOrKill, .goodTilDate],
      [.postOnly, .byValue])
  }

  /// "Level2 Channel": the first message of a subscription is the book. Nothing numbers the changes of one book; what
  /// proves it is the number of the connection's messages.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream(), patience: 20_000_000_000) }

  /// "WebSocket Rate Limits": 8 connections and 8 unauthenticated messages a second and address. "Heartbeats Channel":
  /// most channels close after 60 to 90 seconds without an update, and heartbeats keep them open.
  public var feeds: FeedPlan {
    var plan = FeedPlan(["wss://advanced-trade-ws.coinbase.com/"], [
      .book: "level2", .trades: "market_trades", .ticker: "ticker",
    ])
    plan.common = ["heartbeats"]
    plan.isCommonEverywhere = true
    plan.topicsPerConnection = 60
    plan.topicsPerMessage = 20
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// "User Channel": each subscription carries a token of its own. Without products it is of all of them.
  public var privateStream: PrivatePlan {
    guard domain.isLive else { return .none }
    var plan = PrivatePlan(
      .signedTopics, address: "wss://advanced-trade-ws-user.coinbase.com/", streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["user", "heartbeats"])
    plan.proof = .report
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  /// Heartbeats come every second.
  private static let silence: Int64 = 15_000_000_000

  /// The user channel reports an order's client id and quantity as they are, but orders are cancelled and changed by
  /// the exchange's id alone: what is open is remembered.
  public var reportsChangesAlone: Bool { true }

  public var limits: [Output.Limit] { Output.Limit.all }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicRequests), at: "epochMillis", in: .milliseconds)
    let products = Endpoint(.products, on: .publicRequests, deadline: 30_000_000_000)
    instruments(products, ["product_type": "SPOT"], at: "products") { [unowned(unsafe) self] in rules(&$1) }
    tickers(products, ["product_type": "SPOT"], at: "products", Self.product)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Get Public Product Candles": at most 350, from the newest on.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "start": .seconds, "open": .open, "high": .high, "low": .low, "close": .close, "volume": .baseVolume,
    ]
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicRequests), at: "candles", table, most: 350,
      [
        1: "ONE_MINUTE", 5: "FIVE_MINUTE", 15: "FIFTEEN_MINUTE", 30: "THIRTY_MINUTE", 60: "ONE_HOUR",
        120: "TWO_HOUR", 360: "SIX_HOUR", 1440: "ONE_DAY",
      ])
    (plan.symbol, plan.interval, plan.timeForm) = ("", "granularity", .seconds)
    (plan.since, plan.until, plan.untilShift) = ("start", "end", -1_000_000_000)
    return plan
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  /// "List Public Products".
  private static let rules = FieldTable<RuleField>([
    "product_id": .symbol, "base_currency_id": .base, "quote_currency_id": .quote, "price_increment": .tick,
    "base_increment": .lot, "base_min_size": .minQuantity, "base_max_size": .maxQuantity,
    "quote_min_size": .minNotional, "quote_max_size": .maxNotional,
  ])
  private static let product = FieldTable<TickerField>([
    "product_id": .symbol, "price": .last, "volume_24h": .baseVolume, "approximate_quote_24h_volume": .quoteVolume,
  ])

  private func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var (type, alias, status) = ("", "", "")
    var quoteIncrement: Decimal64?
    var said = Set<String>()
    var rules = InstrumentRules(&json, Self.rules, state: [:]) { _, key, json in
      switch key {
      case "product_type": type = json.words()
      case "alias": alias = json.words()
      case "status": status = json.words()
      case "quote_increment": quoteIncrement = json.optionalDecimal()
      case "is_disabled", "cancel_only", "limit_only", "post_only", "trading_disabled", "auction_mode", "view_only":
        if json.scalar() == "true" { said.insert(key.text) }
      default: return false
      }
      return true
    }
    guard type.isEmpty || type == "SPOT" else { return nil }
    rules.tick = rules.tick ?? quoteIncrement.flatMap { $0.isPositive ? $0 : nil }
    if !status.isEmpty, status != "online" { said.insert(status) }
    rules.state =
      said.isEmpty || said == ["limit_only"] ? .trading : said == ["post_only"] ? .postOnly : .halted
    rules.reason = said.isEmpty ? "" : "the exchange says " + said.sorted().joined(separator: ", ")
    if said.contains("limit_only") { rules.types = offer.types.filter { $0 != .market } }
    aliases[rules.symbol] = alias
    return rules
  }

  // MARK: Products that share a book

  /// "Subscribing to -USDC based products": their data is that of the -USD product and comes under its name.
  private func original(_ market: Market) -> Market? {
    guard let alias = aliases[market.symbol], !alias.isEmpty, alias != market.symbol else { return nil }
    return self.market(named: alias)
  }

  /// As the public streams name a market.
  func feedName(_ market: Market) -> String { original(market)?.symbol ?? market.symbol }

  /// Markets under one name are on connections of their own: each has its snapshot, and ends by itself.
  public func shelf(_ topic: Topic) -> Int {
    guard let original = original(markets[topic.market]) else { return 0 }
    var list = followers[original.number] ?? []
    if !list.contains(topic.market) { list.append(topic.market) }
    followers[original.number] = list
    return (list.firstIndex(of: topic.market) ?? 0) + 1
  }

  public func market(_ number: Int, onShelf shelf: Int) -> Int {
    guard let list = followers[number], shelf <= list.count else { return number }
    return list[shelf - 1]
  }
}
