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
    serve(
      .cancel, .cancelMany, by: Endpoint(.perpCancel, on: .futuresPool),
      batch: Batch(
        Endpoint(.perpCancelBatch, .json, on: .futuresPool, weight: 20), most: 10, isAlike: true, isOneCharge: true),
      WriteAnswer(fine: ["", "200", "200000"], Self.cancelled))
    // "Get Stop Order List": of those that were not triggered.
    orders(
      OrderQuestion(Endpoint(.perpOrder, on: .futuresPool, weight: 5), at: "data", isAlone: true),
      open: [list(.perpOrders, [("status", "active")]), list(.perpStopOrders, [])],
      ended: [list(.perpOrders, [("status", "done")], isByTime: true)]
    ) { [unowned(unsafe) self] in order(&$0) }
    fills(list(.perpFills, [], isByTime: true)) { [unowned(unsafe) self] in OrderReport(&$1, Self.fill, vocabulary) }
  }

  /// A list by pages; what is by time, of at most seven days in one question.
  private func list(
    _ act: PermittedAct, _ parameters: [(name: String, value: String)], isByTime: Bool = false
  ) -> Pages {
    let weights: [String: UInt32] = [PermittedAct.perpFills.name: 5, PermittedAct.perpStopOrders.name: 6]
    var pages = Pages(
      Endpoint(act, on: .futuresPool, weight: weights[act.name] ?? 2), at: "data/items",
      .page("currentPage"), full: 100)
    (pages.symbol, pages.size, pages.total) = ("symbol", "pageSize", "data/totalNum")
    pages.parameters = parameters
    if isByTime {
      (pages.since, pages.until, pages.span) = ("startAt", "endAt", 7 * 86_400 * 1_000_000_000)
    }
    return pages
  }

  /// "Batch Cancel Orders": of each order by its name; of a single one, that it was taken in.
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    let table = FieldTable<OrderField>(["orderId": .venue, "clientOid": .client, "code": .error, "msg": .reason])
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
    guard parts.count > 1 else {
      let report = OrderReport(&data, table, words)
      return data.isValid ? [report] : nil
    }
    var reports: [OrderReport] = []
    data.elements { reports.append(OrderReport(&$0, table, words)) }
    guard data.isValid, reports.count == parts.count else { return nil }
    let found = parts.compactMap { part in
      reports.first { report in
        part.command.venueOrder.isEmpty
          ? report.client == part.command.clientOrder : report.venue == part.command.venueOrder
      }
    }
    return found.count == parts.count ? found : nil
  }

  /// "Batch Cancel Orders": the exchange's ids, or the client's with their instruments. "Batch Add Orders": the orders.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard let verb = parts.first?.verb, verb != .place else {
      call.whole = jsonList(parts.map { $0.call.json })
      return
    }
    guard parts[0].call.fields.isEmpty else {
      return call.set(
        "clientOidsList",
        json: jsonList(
          parts.map { part in
            var item = part.call
            item.set("clientOid", part.command.clientOrder)
            return item.json
          }))
    }
    call.set("orderIdsList", json: jsonList(parts.map { SealedText(jsonQuoted($0.command.venueOrder)) }))
  }

  /// Stop orders have acts of their own, and go alone.
  public func group(_ part: OrderPart) -> Int {
    let isStop = part.verb == .place && part.command.type?.isTriggered == true
    return isStop ? 1 + Int(truncatingIfNeeded: part.command.order) : 0
  }

  /// "Add Order": with margin of the whole account the leverage is the instrument's; with isolated margin it is said by
  /// each order that does not reduce. `closeOrder` closes the position, however large it is.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isID(order.clientOrder, upTo: 40) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 letters, digits, _ and -")
    }
    if let type = order.type, type.isTriggered {
      let isStop = type == .stopLimit || type == .stopMarket
      call.use(Endpoint(isStop ? .perpPlaceStop : .perpPlaceTake, .json, on: .futuresPool, weight: 2))
    }
    call.set("clientOid", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    call.set("symbol", market.symbol)
    call.set("type", order.type?.hasLimit == true ? "limit" : "market")
    call.set("marginMode", vocabulary.word(marginMode) ?? "")
    if let leg = try order.leg(vocabulary) { call.set("positionSide", leg) }
    call.setNumber("size", try market.contracts(order.quantity))
    call.set("price", order.price)
    setTrigger(order, &call)
    if order.type?.hasLimit == true, let force = order.timeInForce, force != .goodTilCancelled {
      call.set("timeInForce", vocabulary.word(force) ?? "")
    }
    if order.flags.contains(.postOnly) { call.set("postOnly", true) }
    if order.quantity == nil {
      call.set("closeOrder", true)
    } else if order.reduces {
      call.set("reduceOnly", true)
    } else if marginMode == .isolated {
      call.set("leverage", bare: isolatedLeverage)
    }
  }

  /// "Add Order": `down` waits for a price at or below the stop price, `up` for one at or above it; TP is the price of
  /// trades, MP the mark price.
  private func setTrigger(_ order: OwnedCommand, _ call: inout Call) {
    guard let type = order.type, type.isTriggered else { return }
    let isStop = type == .stopLimit || type == .stopMarket
    call.set("stop", isStop == (order.side == .sell) ? "down" : "up")
    call.set("stopPriceType", order.flags.contains(.stopByMark) ? "MP" : "TP")
    call.set("stopPrice", order.stop)
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
    "closeOrder": .close, "positionSide": .leg, "updatedAt": .time, "stopPrice": .stop, "stopTriggered": .triggered,
    "createdAt": .created, "postOnly": .postOnly, "stopPriceType": .stopBy,
  ])
  private static let fill = FieldTable<OrderField>([
    "tradeId": .fillID, "orderId": .venue, "symbol": .symbol, "side": .side, "price": .fillPrice,
    "size": .fillQuantity, "fee": .fee, "feeCurrency": .feeAsset, "liquidity": .maker, "positionSide": .leg,
    "tradeType": .origin, "createdAt": .time,
  ])

  /// "Get Order By OrderId": `status` is open or done; what is done was filled, or cancelled before it was. A stop
  /// order keeps its id when it is triggered.
  private func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var (isActive, stop) = (false, "")
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "stop": stop = json.words()
      case "isActive": isActive = json.boolean()
      default: return false
      }
      return true
    }
    report = Self.triggered(report, stop: stop)
    if isActive {
      report.state = report.openState
    } else if let quantity = report.quantity, let filled = report.filled {
      report.state = filled < quantity ? .cancelled : .filled
    }
    return report
  }

  /// With the type that the word of "stop" makes of it.
  static func triggered(_ said: OrderReport, stop: String) -> OrderReport {
    var report = said
    let hasLimit = report.type == .limit
    switch (stop, report.side) {
    case ("down", .sell), ("up", .buy): report.type = hasLimit ? .stopLimit : .stopMarket
    case ("down", .buy), ("up", .sell): report.type = hasLimit ? .takeLimit : .takeMarket
    default: break
    }
    return report
  }
}
