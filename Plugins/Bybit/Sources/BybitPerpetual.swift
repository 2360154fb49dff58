import CPatchbay
import ConnectorKit
import Decimals

/// Bybit perpetuals that are margined in USDT or USDC. Sources: Bybit API v5, "Get Instruments Info", "Ticker", "Place
/// Order", "Get Position Info", "Position", "Set Leverage", "Switch Position Mode", "Get Account Info", "Get
/// Transaction Log", "Get Tickers".
public final class BybitPerpetual: BybitExchange {
  override class var product: Product { .linear }
  override class var privateTopics: [String] { ["order", "execution", "position"] }

  public override var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .stopMarket, .takeLimit, .takeMarket],
      [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .reduceOnly, .close, .stopByMark])
  }
  public override var limits: [Output.Limit] { Output.Limit.perp }

  /// "Connect: Args limits": 21,000 characters for a connection, and no number.
  public override var feeds: FeedPlan {
    var plan = super.feeds
    plan.channels = [
      FeedPlan.Channel(.book, Self.book), FeedPlan.Channel(.trades, "publicTrade"),
      FeedPlan.Channel([.ticker, .mark], "tickers"), FeedPlan.Channel(.liquidations, "allLiquidation"),
    ]
    plan.topicsPerConnection = 400
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    instruments(
      Endpoint(.instruments, on: .requests, deadline: 30_000_000_000), ["category": "linear", "limit": "1000"],
      at: "result/list", next: "cursor", cursor: "result/nextPageCursor"
    ) { Self.rules(&$1) }
    positions(open(endpoint(.positions, on: .positions), full: 200), table: Self.position)
    offerFunding()
    offerModes()
  }

  // MARK: Instruments

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "baseCoin": .base, "quoteCoin": .quote, "settleCoin": .settle, "status": .state,
  ])
  private static let steps = FieldTable<RuleField>([
    "tickSize": .tick, "qtyStep": .lot, "minOrderQty": .minQuantity, "maxOrderQty": .maxQuantity,
    "minNotionalValue": .minNotional, "maxLeverage": .maxLeverage,
  ])

  /// Quantities count base. Futures with an end stand in the same list.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var isPerpetual = false
    var rules = InstrumentRules(&json, names, state: ["Trading": .trading, "Closed": .closed]) { rules, key, json in
      switch key {
      case "lotSizeFilter", "priceFilter", "leverageFilter": rules.read(&json, steps)
      case "contractType": isPerpetual = json.string() == "LinearPerpetual"
      default: return false
      }
      return true
    }
    rules.kind = .perpetual
    return isPerpetual ? rules : nil
  }

  // MARK: Prices and funding

  private static let mark = FieldTable<MarkField>([
    "symbol": .symbol, "markPrice": .mark, "indexPrice": .index, "fundingRate": .rate, "nextFundingTime": .next,
    "fundingIntervalHour": .intervalHours,
  ])

  /// A ticker of contracts names only what changed, of prices as of funding.
  override func moreOfTicker(_ data: JSONMark, _ stream: pb_id, _ time: Int64) -> Status {
    var entry = data.scanner()
    return mark(&entry, Self.mark, stream, time: time)
  }

  /// "Get Transaction Log": funding is a settlement, and beside it stand the rate and, for positions that are short,
  /// its negative.
  private func offerFunding() {
    var tickers = MarkQuestion(Endpoint(.tickers, on: .requests), at: "result/list", Self.mark)
    (tickers.symbol, tickers.parameters) = ("symbol", [("category", "linear")])
    funding(tickers)
    var log = list(endpoint(.transactions, on: .transactions), full: 50, days: 1)
    (log.symbol, log.reach) = ("", 2 * 365 * 86_400 * 1_000_000_000)
    log.parameters = [("accountType", "UNIFIED"), ("category", "linear"), ("type", "SETTLEMENT")]
    fundingPayments(log) { _, json in
      var isShort = false
      var report = PaymentReport(&json, Self.payment) { _, key, json in
        guard key == "side" else { return false }
        isShort = json.string() == "Sell"
        return true
      }
      if isShort { report.rate = report.rate?.negated }
      return report.amount == nil ? nil : report
    }
  }
  private static let payment = FieldTable<PaymentField>([
    "symbol": .symbol, "funding": .amount, "currency": .asset, "feeRate": .rate, "id": .id, "transactionTime": .time,
  ])

  // MARK: Orders

  /// "Place Order": `positionIdx` is the leg in hedge mode; an order waits for its price to rise or to fall.
  override func placeMore(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try order.checkNamesQuantity()
    call.set("qty", order.quantity)
    if let leg = try order.leg(vocabulary) { call.set("positionIdx", bare: leg) }
    if order.reduces { call.set("reduceOnly", true) }
    guard let type = order.type, type.isTriggered else { return }
    let takes = type == .takeLimit || type == .takeMarket
    call.set("triggerPrice", order.stop)
    call.set("triggerDirection", Int64((order.side == .buy) == takes ? 2 : 1))
    call.set("triggerBy", order.flags.contains(.stopByMark) ? "MarkPrice" : "LastPrice")
  }

  override class var executionTypes: [String] { ["Trade", "BustTrade", "AdlTrade"] }

  /// "Get Open & Closed Orders", "Get Position Info": a question about all names what they are settled in.
  override func open(_ endpoint: Endpoint, full: Int) -> [Pages] {
    ["USDT", "USDC"].map { asset in
      var pages = list(endpoint, full: full)
      (pages.unnamed, pages.isOfAll) = ([("settleCoin", asset)], asset != "USDT")
      return pages
    }
  }

  // MARK: Positions

  /// A list and a push name the entry price differently.
  private static let position = FieldTable<PositionField>([
    "symbol": .symbol, "positionIdx": .leg, "side": .side, "size": .quantity, "avgPrice": .entry,
    "entryPrice": .entry, "markPrice": .mark, "liqPrice": .liquidation, "unrealisedPnl": .unrealized,
    "curRealisedPnl": .realized, "leverage": .leverage, "updatedTime": .time,
  ])

  override func positions(_ list: inout JSONScanner, _ account: TradingAccount) -> Status {
    publishPositions(&list, account, Self.position)
    return list.isValid ? .ok : .parse
  }

  // MARK: Modes

  /// The margin mode is the whole account's. 110043 and 110025 say that leverage and position mode are so already.
  private func offerModes() {
    serveMode(.leverage, by: endpoint(.setLeverage, .json, on: .leverages), settled: ["110043"]) {
      (command, market, call) throws(CommandRefusal) in
      call.set("category", "linear")
      call.set("symbol", market?.symbol ?? "")
      call.set("buyLeverage", command.value)
      call.set("sellLeverage", command.value)
    }
    // Positions in USDC have one mode; one that names no instrument is of all those in USDT.
    serveMode(.positionMode, by: endpoint(.switchMode, .json, on: .modes), settled: ["110025"]) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      if market == nil { call = Call(endpoint(.switchModeOfAll, .json, on: .modes)) }
      call.set("category", "linear")
      if let market { call.set("symbol", market.symbol) } else { call.set("coin", "USDT") }
      call.set("mode", bare: command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    // "Set Margin Mode". Portfolio margin, the third mode, is none of the contract's.
    serveMode(.marginMode, by: endpoint(.setMarginMode, .json, on: .modes), isOfAccount: true) {
      [unowned(unsafe) self] (command, _, call) throws(CommandRefusal) in
      call.set("setMarginMode", command.marginMode.flatMap { vocabulary.word($0) } ?? "")
    }
    var held = ModeQuestion(
      endpoint(.positions, on: .positions), at: "result/list", of: .each(symbol: "symbol")
    ) { json, words in
      ModeReport(&json, FieldTable<ModeField>(["symbol": .symbol, "leverage": .leverage]), words) { report, key, json in
        guard key == "positionIdx" else { return false }
        report.positionMode = json.integer() == 0 ? .oneWay : .hedge
        return true
      }
    }
    held.parameters = [("category", "linear")]
    modes(
      ModeQuestion(
        endpoint(.accountInfo, on: .accountInfo), at: "result", of: .account,
        FieldTable<ModeField>(["marginMode": .marginMode])),
      held)
  }
}
