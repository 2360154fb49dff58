import CPatchbay
import ConnectorKit
import Decimals

/// BingX perpetual futures that are margined in what they are quoted in. Protocol: BingX API, "USDT-M Perp Futures"
/// (swapV2): "Market Data", "Account Endpoints", "Trades Endpoints", "Websocket". Quantities count base. Orders are
/// written in PerpetualOrders.swift, accounts in PerpetualAccount.swift; frames and books are read as of spot.
public final class BingXPerpetual: BingXExchange, ExchangeDialect {
  override class var socket: String { "wss://open-api-swap.bingx.com/swap-market" }

  /// "Place order". A client order id is for limit and market orders alone.
  public var offer: OrderOffer {
    OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .reduceOnly, .stopByMark])
  }

  /// "Incremental and Full Depth Information": the first message of a subscription is the book, and the number of each
  /// change that of the one before plus 1. Of 1000 levels: what leaves these is not followed on.
  public var bookRules: BookPlan { BookPlan(.increment, .stream()) }
  public func levels(_ wanted: Int) -> Int { 1000 }

  private static let channels = [
    FeedPlan.Channel(.book, "incrDepth"), FeedPlan.Channel(.trades, "trade"), FeedPlan.Channel(.ticker, "ticker"),
    FeedPlan.Channel(.mark, "markPrice"),
  ]
  public var feeds: FeedPlan { feeds(Self.channels) }

  /// "Account and order updates": everything comes without being asked for.
  public var privateStream: PrivatePlan { privateStream(act: "perp_private_stream", []) }

  public var limits: [Output.Limit] { Output.Limit.perp }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.market(.perpTime), at: "data/serverTime", in: .milliseconds)
    instruments(Self.market(.contracts), at: "data") { Self.rules(&$1) }
    tickers(Self.market(.perpTickers), at: "data", Self.ticker)
    let candle: FieldTable<CandleField> = [
      "time": .time, "open": .open, "high": .high, "low": .low, "close": .close, "volume": .baseVolume,
    ]
    var candles = Self.candles(.perpCandles, candle)
    candles.arrays = FieldTable(places: [.time, .open, .high, .low, .close, .baseVolume, nil, .quoteVolume])
    self.candles(candles)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let name = topics.first.map { "\(markets[$0.market].symbol)@\(Self.channels[$0.channel].name)" } ?? ""
    return subscription(name, isUnsubscribe: isUnsubscribe, id: id)
  }

  /// `{"code": 0, "dataType": "BTC-USDT@trade", "data": [{...}]}`, and answers `{"code": 0, "id": "1", "msg": ""}`.
  private func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    let (read, status) = head(of: frame, stream)
    guard let head = read else { return status }
    guard let data = head.data, !head.type.isEmpty, head.isFine else { return withoutData(head) }
    let number = symbols.find(head.type.before(first: UInt8(ascii: "@")))
    guard number >= 0, let channel = head.type.after(first: UInt8(ascii: "@")) else { return .unsupported }
    let market = markets[number]
    var json = data.scanner()
    switch channel {
    case "incrDepth": return changes(data, market, head.time, frame, areMembers: nil)
    case "trade": return trades(data, market)
    case "ticker": return ticker(&json, Self.ticker, stream) == .ok && json.isValid ? .ok : misread(market, .ticker)
    case "markPrice": return marks(&json, Self.pushedMark, stream, of: market)
    default: return .unsupported
    }
  }

  /// "Latest Mark Price Changes": `{"e": "markPriceUpdate", "E": ms, "s": "BTC-USDT", "p": "23333.1"}`.
  private static let pushedMark = FieldTable<MarkField>(["s": .symbol, "p": .mark, "E": .time])

  // MARK: Instruments

  /// "USDT-M Perp Futures symbols". Steps are reported as how many decimals an order may have.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var mayOpen = true
    var rules = InstrumentRules(&json, ruleNames, state: states) { _, key, json in
      guard key == "apiStateOpen" else { return false }
      mayOpen = json.words() != "false"
      return true
    }
    let parts = rules.symbol.split(separator: "-")
    if parts.count == 2 { rules.quote = String(parts[1]) }
    guard json.isValid else { return rules }
    guard rules.settle == rules.quote else { return nil }
    rules.kind = .perpetual
    rules.tick = rules.priceDecimals.map { Decimal64(mantissa: 1, exponent: -$0) }
    rules.lot = rules.quantityDecimals.map { Decimal64(mantissa: 1, exponent: -$0) }
    if !mayOpen, rules.state == .trading {
      (rules.state, rules.reason) = (.reduceOnly, "the exchange opens no positions by API")
    }
    return rules
  }

  private static let ruleNames = FieldTable<RuleField>([
    "symbol": .symbol, "status": .state, "asset": .base, "currency": .settle, "pricePrecision": .priceDecimals,
    "quantityPrecision": .quantityDecimals, "tradeMinQuantity": .minQuantity, "tradeMinUSDT": .minNotional,
    "makerFeeRate": .makerFee, "takerFeeRate": .takerFee,
  ])

  /// 0 offline, 1 online, 5 before its opening, 25 positions can only be closed.
  private static let states: [String: InstrumentState] = [
    "0": .halted, "1": .trading, "5": .halted, "25": .reduceOnly,
  ]
}
