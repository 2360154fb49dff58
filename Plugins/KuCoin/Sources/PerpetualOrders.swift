import CPatchbay
import ConnectorKit
import Decimals

/// Orders and their histories. Sources: KuCoin API, "Futures Trading / Orders": "Add Order", "Batch Add Orders",
/// "Cancel Order By OrderId", "Get Order By OrderId", "Get Order List", "Get Trade History".
extension KuCoinPerpetual {
  func offerOrders() {
    let placed = FieldTable<OrderField>(["orderId": .venue, "clientOid": .client, "code": .error, "msg": .reason])
    serve(
      .place, by: Endpoint(.perpPlace, .json, on: .futuresPool, weight: 2),
      batch: Batch(Endpoint(.perpPlaceBatch, .json, on: .futuresPool, weight: 20), most: 20, isOneCharge: true),
      WriteAnswer(at: "data", placed, fine: ["", "200000"]))
    // A cancel is only taken in: the stream says that the order has ended.
    let taken = WriteAnswer(at: "data", FieldTable<OrderField>(["clientOid": .client]))
    for verb in [Verb.cancel, .cancelMany] { serve(verb, by: Endpoint(.perpCancel, on: .futuresPool), taken) }
    serveOrder(OrderQuestion(Endpoint(.perpOrder, on: .futuresPool, weight: 5), at: "data", isAlone: true)) {
      [unowned self] in order(&$1)
    }
    let open = list(.perpOrders, [("status", "active")])
    let done = list(.perpOrders, [("status", "done")], isByTime: true)
    orders(.openOrders, open) { [unowned self] in order(&$1) }
    orders(.orderHistory, open, done) { [unowned self] in order(&$1) }
    fills(list(.perpFills, [], isByTime: true)) { [unowned self] in OrderReport(&$1, Self.fill, vocabulary) }
  }

  /// A list by pages; what is by time, of at most seven days in one question.
  private func list(
    _ act: PermittedAct, _ parameters: [(name: String, value: String)], isByTime: Bool = false
  ) -> Pages {
    var pages = Pages(
      Endpoint(act, on: .futuresPool, weight: act.name == PermittedAct.perpFills.name ? 5 : 2), at: "data/items",
      .page("currentPage"), full: 100)
    (pages.symbol, pages.size, pages.total) = ("symbol", "pageSize", "data/totalNum")
    pages.parameters = parameters
    if isByTime {
      (pages.since, pages.until, pages.span) = ("startAt", "endAt", 7 * 86_400 * 1_000_000_000)
    }
    return pages
  }

  /// "Add Order": with margin of the whole account, whose leverage is the instrument's and not the order's.
  /// `closeOrder` closes the position, however large it is.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isID(order.clientOrder, upTo: 40) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 letters, digits, _ and -")
    }
    call.set("clientOid", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    call.set("symbol", market.symbol)
    call.set("type", order.type.flatMap(vocabulary.word) ?? "")
    call.set("marginMode", "CROSS")
    if order.leg != .net { call.set("positionSide", vocabulary.word(order.leg) ?? "") }
    call.setNumber("size", try market.contracts(order.quantity))
    call.set("price", order.price)
    if order.type == .limit, let force = order.timeInForce, force != .goodTilCancelled {
      call.set("timeInForce", vocabulary.word(force) ?? "")
    }
    if order.flags.contains(.postOnly) { call.set("postOnly", true) }
    if order.quantity == nil {
      call.set("closeOrder", true)
    } else if !order.flags.isDisjoint(with: [.reduceOnly, .close]) {
      call.set("reduceOnly", true)
    }
  }

  /// The id stands in the path; the client's is asked for elsewhere.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isID(order.venueOrder, upTo: 64) { return call.fill(order.venueOrder) }
    guard isID(order.clientOrder, upTo: 40) else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    if call.endpoint.act.method == .delete {
      call.use(Endpoint(.perpCancelByClient, on: .futuresPool))
      call.fill(order.clientOrder)
      call.set("symbol", market.symbol)
    } else {
      call.use(Endpoint(.perpOrderByClient, on: .futuresPool, weight: 5))
      call.set("clientOid", order.clientOrder)
    }
  }

  // MARK: What the exchange says of an order

  private static let order = FieldTable<OrderField>([
    "id": .venue, "clientOid": .client, "symbol": .symbol, "side": .side, "type": .type, "timeInForce": .force,
    "price": .price, "size": .quantity, "filledSize": .filled, "filledValue": .cost, "reduceOnly": .reduceOnly,
    "closeOrder": .close, "positionSide": .leg, "updatedAt": .time,
  ])
  private static let fill = FieldTable<OrderField>([
    "tradeId": .fillID, "orderId": .venue, "symbol": .symbol, "side": .side, "price": .fillPrice,
    "size": .fillQuantity, "fee": .fee, "feeCurrency": .feeAsset, "liquidity": .maker, "positionSide": .leg,
    "tradeType": .origin, "createdAt": .time,
  ])

  /// "Get Order By OrderId": `status` is open or done; what is done was filled, or cancelled before it was.
  private func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var isActive = false
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "isActive": isActive = json.boolean()
      case "postOnly": if json.boolean() { report.flags.insert(.postOnly) }
      default: return false
      }
      return true
    }
    if isActive {
      report.state = report.openState
    } else if let quantity = report.quantity, let filled = report.filled {
      report.state = filled < quantity ? .cancelled : .filled
    }
    return report
  }
}
