import CPatchbay
import ConnectorKit
import Decimals

/// Binance USD-margined futures: perpetual contracts. Dated futures are left out. Protocol: the USDⓈ-M futures
/// documentation: "New Order", "Place Multiple Orders", "Modify Order", "Modify Multiple Orders", "Cancel Order",
/// "Cancel Multiple Orders", "Query Order", "All Orders", "Account Information V3", "User Commission Rate", "Position
/// Information V3", "Change Initial Leverage", "Change Margin Type", "Change Position Mode", "Get Current Position
/// Mode", "Symbol Configuration", "Mark Price", "Get Income History". Orders with a trigger price are another
/// service's; see Algo.swift.
public final class BinancePerpetual: BinanceConnector, ExchangeDialect {
  /// Conditional orders of the algo service; see Algo.swift.
  var algos: [AlgoOrder] = []

  override class var isPerpetual: Bool { true }
  override class func venue(domain: String, trades: String) throws(ConfigFault) -> Venue {
    try .perpetual(domain: domain, trades: trades)
  }

  override func serveAll() {
    attach(self)
    offerMarket(time: .perpTime, info: .perpExchangeInfo, tickers: .perpTickerDay, candles: .perpKlines)
    offerOrders()
    offerHistories()
    balances(Endpoint(.perpAccount), at: "assets", Self.balance)
    fees(
      Endpoint(.perpCommission), each: "symbol", at: "", maker: "makerCommissionRate", taker: "takerCommissionRate")
    // Version 3 lists only symbols with a position or an order.
    positions(Self.openOrders(.perpPositions), table: Self.position)
    offerModes()
    var question = MarkQuestion(Endpoint(.perpFunding), at: "", Self.premium)
    question.symbol = "symbol"
    funding(question)
  }

  private static let balance = FieldTable<BalanceField>([
    "asset": .asset, "walletBalance": .total, "availableBalance": .free, "updateTime": .time,
  ])
  /// Version 2 says leverage and margin mode too.
  private static let position = FieldTable<PositionField>([
    "symbol": .symbol, "positionSide": .leg, "marginType": .marginMode, "positionAmt": .quantity, "entryPrice": .entry,
    "markPrice": .mark, "liquidationPrice": .liquidation, "unRealizedProfit": .unrealized, "leverage": .leverage,
    "isolatedMargin": .margin, "updateTime": .time,
  ])
  private static let premium = FieldTable<MarkField>([
    "symbol": .symbol, "markPrice": .mark, "indexPrice": .index, "lastFundingRate": .rate, "nextFundingTime": .next,
    "time": .time,
  ])

  /// "batchOrders: max 5 orders"; a cancel takes a list of at most ten ids of one symbol. "Cancel All Open Orders" is
  /// never used: it would take the orders of others with it.
  private func offerOrders() {
    serve(
      .place, by: Endpoint(.perpPlace, .form, charges: Venue.perpetualOrder),
      batch: Batch(Endpoint(.perpPlaceBatch, .form, charges: Venue.perpetualBatch), most: 5),
      other: OtherService(
        Endpoint(.perpPlaceAlgo, .form, charges: Venue.perpetualOrder), Self.algoAnswer, isFallback: false
      ) { command, _ in command.type?.isTriggered == true }, Self.answer)
    // The venue wants side, quantity and price together.
    serve(
      .amend, by: Endpoint(.perpAmend, .form, charges: Venue.perpetualOrder),
      batch: Batch(Endpoint(.perpAmendBatch, .form, charges: Venue.perpetualBatch), most: 5),
      asking: KnownOrder(Endpoint(.perpOrder), at: "") { [unowned(unsafe) self] in order(&$1) },
      other: OtherService(Endpoint(.perpPlaceAlgo), Self.answer, isFallback: false) {
        [unowned(unsafe) self] command, _ in
        algo(command) != nil
      }, Self.answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(.perpCancel),
      batch: Batch(Endpoint(.perpCancelBatch), most: 10, isOfOneMarket: true, isAlike: true, isOneCharge: true),
      other: OtherService(Endpoint(.perpCancelAlgo), Self.algoCancelled) { [unowned(unsafe) self] command, _ in
        command.type?.isTriggered == true || algo(command) != nil
      }, Self.answer)
  }

  /// The ordinary orders, then those of the algo service. A question for orders reaches over less than seven days;
  /// orders that ended without a fill are reported for three. One for trades reaches over seven: "The time between
  /// startTime and endTime cannot be longer than 7 days."
  private func offerHistories() {
    serveOrder(
      OrderQuestion(Endpoint(.perpOrder), at: "", isAlone: true),
      OrderQuestion(Endpoint(.perpOrderAlgo), at: "", isAlone: true),
      first: { [unowned(unsafe) self] command, _ in algo(command) == nil ? 0 : 1 }
    ) { [unowned(unsafe) self] in report(&$1) }
    orders(.openOrders, Self.openOrders(.perpOpenOrders), Self.openOrders(.perpOpenOrdersAlgo)) {
      [unowned(unsafe) self] in
      report(&$1)
    }
    let (span, whole) = (7 * Venue.day - Venue.minute, 3 * Venue.day)
    orders(
      .orderHistory, Self.history(.perpAllOrders, span: span, whole: whole),
      Self.history(.perpAllOrdersAlgo, span: span, whole: whole)
    ) { [unowned(unsafe) self] in report(&$1) }
    fills(Self.fills(.perpFills, window: 7 * Venue.day)) { [unowned(unsafe) self] in Self.trade(&$1, vocabulary) }
    var income = Pages(Endpoint(.perpIncome), at: "", .page("page"), full: 1000)
    (income.symbol, income.since, income.until, income.size) = ("symbol", "startTime", "endTime", "limit")
    income.parameters = [("incomeType", "FUNDING_FEE")]
    fundingPayments(income) { PaymentReport(&$1, Self.payment) }
  }

  private static let payment = FieldTable<PaymentField>([
    "symbol": .symbol, "income": .amount, "asset": .asset, "time": .time, "tranId": .id,
  ])

  /// -4046: "No need to change margin type." -4059: "No need to change position side."
  private func offerModes() {
    serveMode(.leverage, by: Endpoint(.perpLeverage, .form), confirmedAt: "leverage") {
      command, market, call throws(CommandRefusal) in
      guard let wanted = command.value?.mantissa(at: 0) else {
        throw CommandRefusal(.invalidOrder, "leverage must be a whole number")
      }
      call.set("symbol", market?.symbol ?? "")
      call.set("leverage", wanted)
    }
    serveMode(.marginMode, by: Endpoint(.perpMarginMode, .form), settled: ["-4046"]) {
      [unowned(unsafe) self] command, market, call in
      call.set("symbol", market?.symbol ?? "")
      call.set("marginType", command.marginMode.flatMap { vocabulary.word($0) } ?? "")
    }
    serveMode(.positionMode, by: Endpoint(.perpPositionMode, .form), settled: ["-4059"]) { command, _, call in
      call.set("dualSidePosition", command.positionMode == .hedge)
    }
    modes(
      ModeQuestion(
        Endpoint(.perpPositionModeRead), at: "", of: .account, FieldTable(["dualSidePosition": .positionMode])),
      ModeQuestion(
        Endpoint(.perpSymbolConfig), at: "", of: .list(symbol: "symbol"),
        FieldTable(["symbol": .symbol, "marginType": .marginMode, "leverage": .leverage])))
  }

  /// An order that a conditional one became is known by that one's client order id.
  public func corrected(_ report: OrderReport) -> OrderReport {
    guard !report.venue.isEmpty, let algo = algos.first(where: { $0.actual == report.venue }) else { return report }
    var report = report
    report.client = algo.client
    return report
  }

  // MARK: Frames

  override func userEvent(_ type: JSONText, _ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    switch type {
    case "ORDER_TRADE_UPDATE": return orderUpdate(&json, account)
    case "ACCOUNT_UPDATE": return accountUpdate(&json, account)
    case "ACCOUNT_CONFIG_UPDATE": return configUpdate(&json, account)
    case "MARGIN_CALL": return marginCall(&json, account)
    case "ALGO_UPDATE": return algoUpdate(&json, account)
    // The same execution as in ORDER_TRADE_UPDATE, earlier but without its fee: counted first, it would hide the fee.
    case "TRADE_LITE": return .ok
    case "STRATEGY_UPDATE", "GRID_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT": return .ok
    default: return .unsupported
    }
  }

  override func calculated(_ report: OrderReport, _ account: TradingAccount) { forced(report, account) }

  /// A conditional order's real order ends it.
  override func ended(_ report: OrderReport) { forget(report) }

  private static let mark = FieldTable<MarkField>([
    "s": .symbol, "E": .time, "p": .mark, "i": .index, "r": .rate, "T": .next,
  ])

  /// `{"e":"markPriceUpdate","E":ms,"s":"BTCUSDT","p":"mark","i":"index","P":"settle","r":"rate","T":next ms}`
  override func otherFrame(_ topic: UInt8, _ data: JSONMark) -> Status {
    var json = data.scanner()
    return topic == UInt8(ascii: "m") ? mark(&json, Self.mark, 0) : liquidation(&json)
  }

  // MARK: Parameters

  /// Positions of both directions (hedge mode) are named by `positionSide`. A market order that closes what there is
  /// names no quantity. Post-only is a time in force here: GTX. The last trade reaches a trigger price where
  /// no other price is named.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let (type, isAlgo) = (order.type ?? .limit, isAlgo(call))
    if isAlgo { call.set("algoType", "CONDITIONAL") }
    try begin(order, market, &call)
    if order.leg != .net { call.set("positionSide", vocabulary.word(order.leg) ?? "") }
    call.set("type", vocabulary.word(type) ?? "")
    if type.hasLimit {
      let force = vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? ""
      call.set("timeInForce", order.flags.contains(.postOnly) ? "GTX" : force)
    }
    if order.quantity == nil, order.flags.contains(.close), type == .stopMarket || type == .takeMarket {
      call.set("closePosition", "true")
    } else {
      guard order.quantity != nil else { throw CommandRefusal(.invalidOrder, "the quantity is absent") }
      call.set("quantity", order.quantity)
      if try reduces(order) { call.set("reduceOnly", "true") }
    }
    call.set("price", order.price)
    call.set("triggerPrice", order.stop)
    if order.flags.contains(.stopByMark) { call.set("workingType", "MARK_PRICE") }
    call.set(isAlgo ? "clientAlgoId" : "newClientOrderId", order.clientOrder)
    if isAlgo { learn(AlgoOrder(client: order.clientOrder)) } else { call.set("newOrderRespType", "RESULT") }
  }

  /// Whether an order says that it may only reduce. In hedge mode that cannot be sent: an order against its leg can do
  /// nothing else.
  private func reduces(_ order: OwnedCommand) throws(CommandRefusal) -> Bool {
    guard !order.flags.isDisjoint(with: [.reduceOnly, .close]) else { return false }
    switch order.leg {
    case .net: return true
    case .long where order.side == .sell, .short where order.side == .buy: return false
    default: throw CommandRefusal(.reduceOnly, "an order on the side of its leg cannot reduce it")
    }
  }

  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !isAlgo(call) else {
      throw CommandRefusal(.unsupported, "a conditional order cannot be changed; cancel it and place a new one")
    }
    guard order.stop == nil, let quantity = order.quantity, let price = order.price, quantity.isPositive,
      price.isPositive
    else { throw CommandRefusal(.invalidOrder, "an order has a price and a quantity above zero, and no other price") }
    try Self.name(order, &call)
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("quantity", quantity)
    call.set("price", price)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isAlgo(call) { return try nameAlgo(order, &call) }
    call.set("symbol", market.symbol)
    try Self.name(order, &call)
  }

  /// A list of orders as JSON, or of their ids of one kind.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard call.endpoint.act.name == PermittedAct.perpCancelBatch.name else {
      return call.set("batchOrders", jsonList(parts.map { $0.call.json }).plain ?? "")
    }
    let isByVenue = parts[0].call.text("orderId") != nil
    call.set("symbol", parts[0].market.symbol)
    let ids = parts.compactMap { part in
      isByVenue ? part.call.text("orderId") : part.call.text("origClientOrderId").map(jsonQuoted)
    }
    call.set(isByVenue ? "orderIdList" : "origClientOrderIdList", "[" + ids.joined(separator: ",") + "]")
  }
}
