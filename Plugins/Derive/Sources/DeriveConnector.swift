import CPatchbay
import ConnectorKit
import Decimals

/// What the connectors to Derive share. Protocol: Derive API v3 (docs.derive.xyz): JSON-RPC, whose methods are paths of
/// HTTP as well, and channels of a WebSocket. Frames are read in Frames.swift, orders are written in Orders.swift and
/// signed in Action.swift, accounts stand in Account.swift.
public class DeriveConnector: ExchangeConnector, ExchangeDialect {
  final let domain: Domain
  /// "instrument_type".
  final let product: Product
  /// The most that a unit may cost as a fee; nil = what follows from its price and the exchange's rates.
  final let maxFee: Decimal64?
  /// The contracts by which instruments are known in what is signed, by symbol; read with the instruments.
  final var assets: [String: Asset] = [:]

  enum Product: String {
    case spot = "erc20"
    case perpetual = "perp"
  }

  /// "Endpoints"; the chain is that of the domain in which actions are signed.
  struct Domain {
    let host: String
    let chain: UInt64

    static let all: KeyValuePairs = [
      "live": Domain(host: "api.derive.xyz", chain: 1),
      "testnet": Domain(host: "testnet.api.derive.xyz", chain: 11_155_111),
    ]
  }

  class var product: Product { .spot }

  public final var rest: String { "https://\(domain.host)" }
  public final var limits: [Output.Limit] { Output.Limit.all }

  /// "private/order". Stops with a limit are offered: what a triggered market order may cost, only its price bounds.
  /// All wait for the mark price, whether that is asked for or not: their reports say so.
  public final var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .takeLimit],
      [.goodTilCancelled, .immediateOrCancel, .fillOrKill, .goodTilDate],
      product == .perpetual ? [.postOnly, .reduceOnly, .stopByMark] : [.postOnly, .stopByMark])
  }

  /// "Orderbook": every message is the whole book, as deep as was asked for; `publish_id` rises.
  public final var bookRules: BookPlan { BookPlan(.rising, .pushes) }

  /// "Orderbook": 1, 10, 20 or 100 levels of a side.
  public final func levels(_ wanted: Int) -> Int {
    wanted == 0 ? 100 : [1, 10, 20].first { $0 >= wanted } ?? 100
  }

  public final var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = ["wss://\(domain.host)/v3/ws"]
    plan.channels = [
      FeedPlan.Channel(.book, "orderbook"), FeedPlan.Channel(.trades, "trades"),
      FeedPlan.Channel(product == .perpetual ? [.ticker, .mark] : .ticker, "ticker_slim"),
    ]
    plan.topicsPerConnection = 300
    plan.topicsPerMessage = 100
    plan.messageBytes = 8000
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public final var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("wss://\(domain.host)/v3/ws"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["orders", "trades", "balances"])
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    product = Self.product
    maxFee = try config.string("max_fee").map { text throws(ConfigFault) in
      guard let fee = Decimal64(text), fee.isPositive else {
        throw ConfigFault.field(name: "max_fee", expected: "a number above zero, in the quote's units")
      }
      return fee
    }
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.question(.time, .publicCalls), at: "result", in: .milliseconds)
    // "public/get_all_instruments": at most 1000 on a page, more than there are without options.
    var list = Endpoint(.instruments, .json, on: .publicCalls, deadline: 30_000_000_000)
    list.bare = ["expired", "page_size"]
    let kind = product.rawValue
    instruments(
      list, ["instrument_type": kind, "expired": "false", "page_size": "1000"], at: "result/instruments"
    ) { [unowned(unsafe) self] in rules(&$1) }
    tickers(
      Endpoint(.tickers, .json, on: .publicCalls, deadline: 30_000_000_000), ["instrument_type": kind],
      at: "result/tickers"
    ) { [unowned(unsafe) self] in restTicker($0, &$1) }
    candles(Self.candles)
    offerOrders()
    offerAccount()
    if product == .perpetual { offerPerpetual() }
  }

  /// "public/get_tradingview_chart_data": candles of trades; times and interval in seconds. `timestamp_bucket` is when
  /// one begins, `timestamp` when it was looked at.
  private static var candles: CandlePlan {
    let table: FieldTable<CandleField> = [
      "timestamp_bucket": .seconds, "open_price": .open, "high_price": .high, "low_price": .low, "close_price": .close,
      "volume_contracts": .baseVolume, "volume_usd": .quoteVolume,
    ]
    var endpoint = question(.candles, .publicCalls)
    endpoint.bare.insert("period")
    var plan = CandlePlan(
      endpoint, at: "result", table, most: 1000,
      [1: "60", 5: "300", 15: "900", 30: "1800", 60: "3600", 240: "14400", 480: "28800", 1440: "86400"])
    (plan.symbol, plan.interval, plan.timeForm) = ("instrument_name", "period", .seconds)
    (plan.since, plan.until, plan.untilShift) = ("start_timestamp", "end_timestamp", -1_000_000_000)
    return plan
  }

  /// An endpoint whose times, numbers of pages and sizes stand as numbers.
  static func question(_ act: PermittedAct, _ limit: Output.Limit) -> Endpoint {
    var endpoint = Endpoint(act, .json, on: limit)
    endpoint.bare = ["page", "page_size", "from_timestamp", "to_timestamp", "start_timestamp", "end_timestamp"]
    return endpoint
  }

  public final override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    readMarketFrame(frame, stream)
  }
}

/// Derive's spot markets ("erc20").
public final class DeriveSpot: DeriveConnector {}

/// Derive's perpetuals, margined by all that the subaccount holds and settled in USDC.
public final class DerivePerpetual: DeriveConnector {
  override class var product: Product { .perpetual }
}
