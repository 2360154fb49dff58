import CPatchbay
import ConnectorKit
import Decimals

/// Gate futures that are settled in USDT and never expire. Protocol: Gate API v4, "Futures", and "Futures WebSocket
/// v4". What is traded is counted in contracts: `quanto_multiplier` says how much base one is. Sizes have signs: what
/// is below zero sells, or is short.
public final class GatePerpetual: GateExchange, ExchangeDialect {
  override var isFutures: Bool { true }

  /// "Place futures order", "Create a price-triggered order". The latter are written and read in Triggers.swift.
  public var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      [.postOnly, .reduceOnly, .close, .stopByMark])
  }

  /// "Order Book API": as of spot.
  public var bookRules: BookPlan {
    BookPlan(.span, .rest(Endpoint(.futuresBook, on: .futuresBooks)), waitsUntilLive: true)
  }

  /// Best prices come by a channel of their own, the day's figures beside mark price, index price and funding rate.
  public var feeds: FeedPlan {
    var plan = FeedPlan([domain.futures], [
      .book: "futures.order_book_update", .trades: "futures.trades", .ticker: "futures.book_ticker",
      [.ticker, .mark]: "futures.tickers", .liquidations: "futures.public_liquidates",
    ])
    plan.topicsPerConnection = 300
    plan.topicsPerMessage = 50
    plan.ping = ping("futures.ping")
    plan.idle = Self.silence
    return plan
  }

  /// Subscriptions name the user, whose number an answer about the account carries.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .token(Endpoint(.futuresAccount, on: .futuresBalances), pointer: "/user"), address: SealedText(domain.futures),
      streamAct: domain.futuresStreamAct, subscribeAct: "futures_subscribe",
      channels: ["futures.orders", "futures.usertrades", "futures.positions", "futures.balances", "futures.autoorders"])
    plan.ping = ping("futures.ping")
    plan.idle = Self.silence
    return plan
  }

  public var limits: [Output.Limit] { Output.Limit.perp }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .time), at: "server_time", in: .milliseconds)
    instruments(Endpoint(.contracts, on: .contracts, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
    tickers(Endpoint(.futuresTickers, on: .futuresTickers, deadline: 30_000_000_000), at: "", Self.ticker)
    let candle: FieldTable<CandleField> = [
      "t": .seconds, "o": .open, "h": .high, "l": .low, "c": .close, "v": .contractVolume, "sum": .quoteVolume,
    ]
    candles(Self.candles(Endpoint(.futuresCandles, on: .futuresTickers), symbol: "contract", candle))
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// "Query all futures contracts".
  private static let rule = FieldTable<RuleField>([
    "name": .symbol, "order_price_round": .tick, "order_size_min": .minQuantity, "order_size_max": .maxQuantity,
    "quanto_multiplier": .contractSize, "leverage_max": .maxLeverage, "maker_fee_rate": .makerFee,
    "taker_fee_rate": .takerFee,
  ])

  /// A contract's name is its base and its quote, and it is settled in the quote. One that is being delisted can only
  /// be closed. What a contract of the type `inverse` is worth in base depends on its price; among those that are
  /// settled in USDT there is none.
  static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var (type, status, isDelisting) = ("", "", false)
    var rules = InstrumentRules(&json, rule, state: [:]) { _, key, json in
      switch key {
      case "type": type = json.words()
      case "status": status = json.words()
      case "in_delisting": isDelisting = json.boolean()
      default: return false
      }
      return true
    }
    if type == "inverse" { return nil }
    let sides = rules.symbol.split(separator: "_")
    if sides.count == 2 { (rules.base, rules.quote, rules.settle) = (String(sides[0]), String(sides[1]), "USDT") }
    rules.kind = .perpetual
    switch status {
    case _ where isDelisting, "delisting": (rules.state, rules.reason) = (.reduceOnly, "it is being delisted")
    case "", "trading": rules.state = .trading
    default: (rules.state, rules.reason) = (.halted, "the exchange says \(status)")
    }
    return rules
  }
}
