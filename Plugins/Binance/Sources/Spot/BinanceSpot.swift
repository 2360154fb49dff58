import CPatchbay
import ConnectorKit
import Decimals

/// Binance spot. Protocol: Binance Spot API documentation: "New order", "Cancel order", "Query order", "Current open
/// orders", "Account information", "Account trade list", "Query Commission Rates", of the wallet "Trade Fee", and "User
/// Data Streams".
public class BinanceSpot: BinanceConnector, ExchangeDialect {
  /// What venue orders before those that took their place had filled, by the new ones' ids; see Amend.swift.
  final var carried: [String: Decimal64] = [:]

  override class func venue(domain: String, trades: String) throws(ConfigFault) -> Venue {
    try .spot(domain: domain, trades: trades)
  }

  /// Whether an order's quantity can be made smaller in place ("Order Amend Keep Priority").
  class var keepsPriority: Bool { true }
  /// Where fee rates of one symbol are asked for, and where those of all.
  class var feeActs: (one: PermittedAct, all: PermittedAct) { (.commission, .tradeFee) }

  override func serveAll() {
    attach(self)
    offerMarket(time: .time, info: .exchangeInfo, tickers: .tickerDay, candles: .klines)
    // Spot takes no batches, so each order is a request of its own. "Cancel all Open Orders" is never used: it would
    // take the orders of others with it.
    serve(.place, by: Endpoint(.place, .form, charges: Venue.spotOrder), Self.answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel), Self.answer)
    offerAmendments()
    serveOrder(OrderQuestion(Endpoint(.order), at: "", isAlone: true)) { [unowned(unsafe) self] in order(&$1) }
    orders(.openOrders, Self.openOrders(.openOrders)) { [unowned(unsafe) self] in order(&$1) }
    // A question reaches over 24 hours.
    orders(.orderHistory, Self.history(.allOrders, span: Venue.day, whole: Venue.day)) { [unowned(unsafe) self] in
      order(&$1)
    }
    fills(Self.fills(.fills)) { [unowned(unsafe) self] in Self.trade(&$1, vocabulary) }
    // The time is that of the account's last change, as in the stream's events: an answer that was overtaken by one on
    // its way is older.
    balances(Endpoint(.account), at: "balances", time: "updateTime") { BalanceReport(&$1, Self.balance) }
    fees(of: Endpoint(Self.feeActs.one), all: Endpoint(Self.feeActs.all), symbol: "symbol") { [unowned(unsafe) self] in
      rates(&$0)
    }
  }

  private static let balance = FieldTable<BalanceField>(["asset": .asset, "free": .free, "locked": .held])

  /// An order's figures are of its venue order alone: a changed order is a new one; see Amend.swift.
  public func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    report.carried = report.carried ?? .zero
    return report
  }

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try describe(order, market, &call)
    call.set("newClientOrderId", order.clientOrder)
    call.set("newOrderRespType", "FULL")
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    try Self.name(order, &call)
  }

  /// What describes a new order, but for its id: the same for a replacement.
  func describe(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.fields.position == 0 else { throw CommandRefusal(.unsupported, "spot has no positions") }
    guard let type = order.type else { throw CommandRefusal(.unsupported, "this order type is not offered") }
    try begin(order, market, &call)
    let isPostOnly = order.flags.contains(.postOnly)
    call.set("type", isPostOnly ? "LIMIT_MAKER" : vocabulary.word(type) ?? "")
    if type.hasLimit, !isPostOnly {
      call.set("timeInForce", vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? "")
    }
    let isByValue = order.flags.contains(.byValue)
    call.set(isByValue ? "quoteOrderQty" : "quantity", isByValue ? order.value : order.quantity)
    call.set("price", order.price)
    call.set("stopPrice", order.stop)
  }

  // MARK: Fees

  /// `{"symbol", "makerCommission", "takerCommission"}`, or of one symbol parts that add up: `{"symbol",
  /// "standardCommission": {"maker", "taker", ...}, "specialCommission": {...}, "taxCommission": {...}}`.
  private func rates(_ json: inout JSONScanner) -> MarketFees? {
    var (maker, taker): (Decimal64?, Decimal64?) = (nil, nil)
    var symbol = JSONText()
    func add(_ sum: inout Decimal64?, _ json: inout JSONScanner) {
      sum = (sum ?? .zero).adding(json.decimal())
      if sum == nil { json.fail() }
    }
    func read(_ json: inout JSONScanner) {
      json.members { key, json in
        switch key {
        case "symbol": symbol = json.string()
        case "maker", "makerCommission": add(&maker, &json)
        case "taker", "takerCommission": add(&taker, &json)
        case "standardCommission", "specialCommission", "taxCommission": read(&json)
        default: return false
        }
        return true
      }
    }
    read(&json)
    if maker == nil || taker == nil { json.fail() }
    guard let maker, let taker else { return nil }
    return market(named: symbol).map { MarketFees($0, maker: maker, taker: taker) }
  }

  // MARK: Events

  override func userEvent(_ type: JSONText, _ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    switch type {
    case "executionReport": return orderEvent(&json, Self.event, account)
    case "outboundAccountPosition": return accountPosition(&json, account)
    // A deposit or withdrawal as a difference; the balance itself comes in outboundAccountPosition. The orders of a
    // list come one by one.
    case "balanceUpdate", "externalLockUpdate", "listStatus": return .ok
    default: return .unsupported
    }
  }

  private static let event = FieldTable<OrderField>([
    "s": .symbol, "c": .client, "S": .side, "o": .type, "f": .force, "q": .quantity, "p": .price, "P": .stop,
    "X": .state, "i": .venue, "l": .fillQuantity, "z": .filled, "L": .fillPrice, "n": .fee, "N": .feeAsset, "T": .time,
    "t": .fillID, "m": .maker, "Z": .cost,
  ])

  private static let pushedBalance = FieldTable<BalanceField>(["a": .asset, "f": .free, "l": .held])

  /// `{"u": ms, "B": [{"a": "ETH", "f": "free", "l": "locked"}]}`: the assets that may have changed.
  private func accountPosition(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    guard let time = Self.time("u", json.mark), var balances = json.find("B")?.scanner() else { return .parse }
    // A balance that cannot be read is asked for with all others, which is what a stream that opens anew does.
    let left = publishBalances(&balances, account) { BalanceReport(&$1, Self.pushedBalance, time: time) }
    return balances.isValid && left == 0 ? .ok : .parse
  }
}

/// Binance US: the same API on other hosts; see `Venue.us`. Source: Binance US API documentation.
public final class BinanceUS: BinanceSpot {
  override class func venue(domain: String, trades: String) throws(ConfigFault) -> Venue {
    try .us(domain: domain, trades: trades)
  }
  override class var keepsPriority: Bool { false }
  /// "Get Trading Fee" serves one symbol and all.
  override class var feeActs: (one: PermittedAct, all: PermittedAct) { (.binanceUsTradeFee, .binanceUsTradeFee) }
  /// With the larger allowance come the endpoint weights of Binance's own.
  override func weightDeclared(_ capacity: UInt32) { weights = capacity >= 6000 ? Venue.spotWeights : Venue.usWeights }
}
