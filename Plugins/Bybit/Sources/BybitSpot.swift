import CPatchbay
import ConnectorKit
import Decimals

/// Bybit spot, without borrowing: `isLeverage` is never sent, so that it is off.
public final class BybitSpot: BybitExchange {
  public override var offer: OrderOffer {
    OrderOffer(OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }
  public override var limits: [Output.Limit] { Output.Limit.spot }

  /// "Connect: Args limits": ten arguments a message, of which a ticker takes two.
  public override var feeds: FeedPlan {
    var plan = super.feeds
    plan.channels = [
      FeedPlan.Channel(.book, Self.book), FeedPlan.Channel(.trades, "publicTrade"),
      FeedPlan.Channel(.ticker, "tickers"),
    ]
    plan.topicsPerMessage = 5
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    // "Get Instruments Info": spot comes whole.
    instruments(
      Endpoint(.instruments, on: .requests, deadline: 30_000_000_000), ["category": "spot"], at: "result/list"
    ) { _, json in
      InstrumentRules(&json, Self.names, state: ["Trading": .trading]) { rules, key, json in
        guard key == "lotSizeFilter" || key == "priceFilter" else { return false }
        rules.read(&json, Self.steps)
        return true
      }
    }
  }

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "baseCoin": .base, "quoteCoin": .quote, "status": .state,
  ])
  private static let steps = FieldTable<RuleField>([
    "tickSize": .tick, "basePrecision": .lot, "minOrderQty": .minQuantity, "maxOrderQty": .maxQuantity,
    "maxLimitOrderQty": .maxQuantity, "minOrderAmt": .minNotional, "maxOrderAmt": .maxNotional,
  ])

  /// The book of one level is the ticker's.
  override class var depths: [Int] { [50, 200, 1000] }

  /// "Ticker" of spot names no best prices: those are the book of one level.
  override func arguments(_ channel: String, _ market: Market) -> [String] {
    guard channel == "tickers" else { return super.arguments(channel, market) }
    return ["tickers.\(market.symbol)", "orderbook.1.\(market.symbol)"]
  }

  /// "Orderbook": the book of one level has snapshots only.
  override func best(_ data: JSONMark, _ market: Market, _ time: Int64) -> Status {
    var ticker = pb_ticker()
    (ticker.instrument, ticker.venue_ns) = (market.id, time)
    var json = data.scanner()
    json.members { key, json in
      switch key {
      case "b": level(&json, market) { ticker.setBid($0, $1) }
      case "a": level(&json, market) { ticker.setAsk($0, $1) }
      case "u": ticker.seq = json.unsigned()
      default: return false
      }
      return true
    }
    guard json.isValid else { return misread(market, .ticker) }
    if isWanted(market, .ticker) { out.ticker(ticker) }
    return .ok
  }

  private func level(_ json: inout JSONScanner, _ market: Market, _ take: (Int64?, Int64?) -> Void) {
    var (price, quantity): (Int64?, Int64?)
    json.enterArray()
    while json.nextElement() {
      guard price == nil else {
        json.skip()
        continue
      }
      json.enterArray()
      if json.nextElement() { price = json.fixed(market.priceExponent) }
      if json.nextElement() { quantity = json.fixed(market.quantityExponent) }
      if json.nextElement() { json.fail() }
    }
    take(price, quantity)
  }

  /// "Place Order": `marketUnit` says what the quantity of a market order counts. A conditional order holds nothing
  /// until its price is reached; from which side that is, the exchange takes from where the price is.
  override func placeMore(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let isByValue = order.flags.contains(.byValue)
    if order.type?.isTriggered == true {
      call.set("orderFilter", "StopOrder")
      call.set("triggerPrice", order.stop)
    }
    if order.type?.hasLimit == false { call.set("marketUnit", isByValue ? "quoteCoin" : "baseCoin") }
    call.set("qty", isByValue ? order.value : order.quantity)
  }

  /// "Place Order": a market order to buy is by value unless it says otherwise.
  override func isByValue(_ report: OrderReport) -> Bool {
    report.unit == "quoteCoin" || report.unit.isEmpty && report.type == .market && report.side == .buy
  }

  /// "Enums Definitions: Spot Fee Currency Instruction": what is received pays the fee; of a rebate, what is given.
  override func feeAsset(_ report: OrderReport, _ rules: InstrumentRules) -> String {
    let isRebate = report.isMaker == true && report.fee?.isNegative == true
    return (report.side == .buy) != isRebate ? rules.base : rules.quote
  }
}
