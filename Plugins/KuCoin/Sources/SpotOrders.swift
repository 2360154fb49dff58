import CPatchbay
import ConnectorKit
import Decimals

/// Orders and their histories. Sources: KuCoin API, "Spot Trading / Orders": "Add Order", "Batch Add Orders", "Cancel
/// Order By OrderId", "Get Open Orders", "Get Closed Orders", "Get Trade History".
extension KuCoinSpot {
  func offerOrders() {
    // The answer names the order alone.
    let placed = FieldTable<OrderField>(["orderId": .venue, "clientOid": .client])
    let place = Endpoint(.place, .json, on: .spotPool)
    serve(
      .place, by: place, batch: Batch(Endpoint(.placeBatch, .json, on: .spotPool), most: 5, isOneCharge: true),
      other: stops(Endpoint(.placeStop, .json, on: .spotPool)),
      WriteAnswer(fine: ["", "true"]) { body, parts, words in
        if parts.count > 1 { return Self.batchAnswer(body, parts, words) }
        var json = JSONScanner(body)
        guard json.isWhole, var order = json.find("data")?.scanner() else { return nil }
        let report = OrderReport(&order, placed, words)
        return order.isValid ? [report] : nil
      })
    // A cancel is only taken in: the stream says that the order has ended.
    let taken = WriteAnswer(at: "data", placed)
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, on: .spotPool),
      other: stops(Endpoint(.cancelStop, on: .spotPool, weight: 3)), taken)
    offerAmendments()
    var open = Pages(Endpoint(.openOrders, on: .spotPool, weight: 2), at: "data")
    (open.symbol, open.isOfOneMarket) = ("symbol", true)
    // "Get Symbols With Open Order": there is no list of all orders.
    open.markets = .listed(Endpoint(.openSymbols, on: .spotPool, weight: 2), at: "data/symbols")
    open.parameters = [("tradeType", "TRADE"), ("status", "active")]
    orders(
      OrderQuestion(Endpoint(.order, on: .spotPool, weight: 2), at: "data", isAlone: true),
      OrderQuestion(Endpoint(.stopOrder, on: .spotPool, weight: 3), at: "data", by: .path, isAlone: true),
      OrderQuestion(Endpoint(.stopOrderByClient, on: .spotPool, weight: 3), at: "data", by: .client("clientOid")),
      open: [open, waitingStops], ended: [history(.closedOrders)]
    ) { [unowned(unsafe) self] in order(&$0) }
    fills(history(.fills)) { [unowned(unsafe) self] in OrderReport(&$1, Self.fill, vocabulary) }
  }

  /// A list by pages of at most 100 entries, each of which says by which number the next is asked for; at most seven
  /// days in one question.
  private func history(_ act: PermittedAct) -> Pages {
    var pages = Pages(
      Endpoint(act, on: .spotPool, weight: 2), at: "data/items", .number("lastId", at: "data/lastId"), full: 100)
    (pages.symbol, pages.isOfOneMarket, pages.size) = ("symbol", true, "limit")
    (pages.since, pages.until, pages.span) = ("startAt", "endAt", 7 * 86_400 * 1_000_000_000)
    return pages
  }

  /// "Batch Add Orders": `[{"orderId", "clientOid", "success": true}, {"success": false, "failMsg": "why"}]`.
  private static func batchAnswer(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("data")?.scanner() else { return nil }
    let table = FieldTable<OrderField>([
      "orderId": .venue, "clientOid": .client, "success": .error, "failMsg": .reason,
    ])
    var reports: [OrderReport] = []
    list.elements { reports.append(OrderReport(&$0, table, words)) }
    return list.isValid && reports.count == parts.count ? reports : nil
  }

  /// "Add Order". What is usual is not said: good till cancelled, and not post-only.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isID(order.clientOrder, upTo: 40) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 letters, digits, _ and -")
    }
    if let type = order.type, type.isTriggered { call.use(stop(type)) }
    call.set("clientOid", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    call.set("symbol", market.symbol)
    call.set("type", order.type?.hasLimit == true ? "limit" : "market")
    if order.flags.contains(.byValue) { call.set("funds", order.value) } else { call.set("size", order.quantity) }
    call.set("price", order.price)
    if let type = order.type, type.isTriggered { try setTrigger(order, type, &call) }
    guard order.type?.hasLimit == true else { return }
    if let force = order.timeInForce, force != .goodTilCancelled {
      call.set("timeInForce", vocabulary.word(force) ?? "")
    }
    if order.flags.contains(.postOnly) { call.set("postOnly", true) }
  }

  /// "Batch Add Orders": `{"orderList": [...]}`.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.set("orderList", json: jsonList(parts.map { $0.call.json }))
  }

  /// "Cancel Order By OrderId", "Cancel Order By ClientOid", and the same of "Get Order": the id stands in the path.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isOfStops(call.endpoint) { return try nameStop(order, market, &call) }
    // What a stop order has become has an id of its own.
    let isStop = stops.knows(order) && isID(order.clientOrder, upTo: 40)
    if isID(order.venueOrder, upTo: 64), !isStop {
      call.fill(order.venueOrder)
    } else if isID(order.clientOrder, upTo: 40) {
      let isCancel = call.endpoint.act.method == .delete
      call.use(
        isCancel
          ? Endpoint(.cancelByClient, on: .spotPool) : Endpoint(.orderByClient, on: .spotPool, weight: 2))
      call.fill(order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    call.set("symbol", market.symbol)
  }

  // MARK: What the exchange says of an order

  private static let order = FieldTable<OrderField>([
    "id": .venue, "clientOid": .client, "symbol": .symbol, "side": .side, "type": .type, "timeInForce": .force,
    "price": .price, "size": .quantity, "dealSize": .filled, "dealFunds": .cost, "stopPrice": .stop,
    "postOnly": .postOnly, "createdAt": .created, "lastUpdatedAt": .time,
  ])
  private static let fill = FieldTable<OrderField>([
    "tradeId": .fillID, "orderId": .venue, "symbol": .symbol, "side": .side, "price": .fillPrice,
    "size": .fillQuantity, "fee": .fee, "feeCurrency": .feeAsset, "liquidity": .maker, "createdAt": .time,
  ])

  /// "Get Order By OrderId": whether it is active, and whether something of it was cancelled, makes up its state. An
  /// order by value has no size. "Get Stop Order By OrderId" has a word for the state instead.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var (isActive, isCancelled) = (false, false)
    var (status, stop) = ("", "")
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "status": status = json.words()
      case "stop": stop = json.words()
      case "active", "isActive": isActive = json.boolean()
      case "cancelExist": isCancelled = json.boolean()
      default: return false
      }
      return true
    }
    if report.time == 0 { report.time = report.created }
    report.clearValue()
    if !status.isEmpty { return waiting(report, status: status, stop: stop) }
    if isActive {
      report.state = report.openState
    } else if let quantity = report.quantity, let filled = report.filled {
      report.state = filled < quantity ? .cancelled : .filled
    } else {
      report.state = isCancelled || report.filled?.isPositive != true ? .cancelled : .filled
    }
    return report
  }
}

extension OrderReport {
  /// A market order by value has a size of zero, and counts quote.
  mutating func clearValue() {
    guard type == .market, quantity?.isPositive != true else { return }
    quantity = nil
    flags.insert(.byValue)
  }
}
