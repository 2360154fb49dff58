import CPatchbay
import ConnectorKit
import Decimals

/// Orders of futures and their histories. Sources: BingX API, swapV2, "Trades Endpoints": "Place order", "Place
/// multiple orders", "Modify Order", "Cancel Order", "Cancel multiple orders", "Query Order details", "Current All Open
/// Orders", "Query Order history", "Query historical transaction details".
extension BingXPerpetual {
  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "clientOrderID": .client, "clientOrderId": .client, "side": .side,
    "positionSide": .leg, "type": .type, "status": .state, "price": .price, "stopPrice": .stop, "origQty": .quantity,
    "executedQty": .filled, "cumQuote": .ignored, "avgPrice": .average, "timeInForce": .force,
    "reduceOnly": .reduceOnly, "workingType": .stopBy, "updateTime": .time,
    "errorCode": .error, "errorMessage": .reason,
  ])
  private static let fill = FieldTable<OrderField>([
    "symbol": .symbol, "tradeId": .fillID, "orderId": .venue, "clientOrderID": .client, "clientOrderId": .client,
    "side": .side, "positionSide": .leg, "price": .fillPrice, "qty": .fillQuantity, "volume": .fillQuantity,
    "commission": .fee, "commissionAsset": .feeAsset, "currency": .feeAsset, "role": .maker,
    "realizedPnl": .realized,
  ])

  func offerOrders() {
    let answer = WriteAnswer(fine: ["", "0"]) { Self.answered($0, $1, $2) }
    serve(
      .place, by: Endpoint(.perpPlace, on: .perpOrders),
      batch: Batch(Endpoint(.perpPlaceBatch, on: .perpBatches), most: 5, isOneCharge: true),
      other: OtherService(Endpoint(.perpPlaceTrigger, on: .perpOrders), answer, isFallback: false) { command, _ in
        command.type?.isTriggered == true
      }, answer)
    serve(.amend, by: Endpoint(.perpAmend, on: .perpAmends), WriteAnswer(at: "data", Self.order))
    serve(
      .cancel, .cancelMany, by: Endpoint(.perpCancel, on: .perpCancels),
      batch: Batch(
        Endpoint(.perpCancelBatch, on: .perpCancels), most: 10, isOfOneMarket: true, isAlike: true,
        isOneCharge: true),
      WriteAnswer(fine: ["", "0"]) { Self.cancelled($0, $1, $2) })
    // All kinds of orders are asked for in one place; those that wait for a price have no client order id there.
    serveOrder(
      OrderQuestion(Endpoint(.perpOrder, on: .perpQueries), at: "data/order", isAlone: true),
      Self.list(.perpOpenOrders), Self.list(.perpOrderHistory),
      first: { command, _ in command.type?.isTriggered == true && command.venueOrder.isEmpty ? 1 : 0 }
    ) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(Endpoint(.perpOpenOrders, on: .perpQueries), at: "data/orders")
    open.symbol = "symbol"
    // A thousand at most, and nothing says how to ask for what is older.
    var history = Pages(Endpoint(.perpOrderHistory, on: .perpQueries), at: "data/orders", full: 1000)
    (history.symbol, history.size, history.most) = ("symbol", "limit", 1)
    (history.since, history.until) = ("startTime", "endTime")
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, open, history) { [unowned(unsafe) self] in order(&$1) }
    var fills = Pages(
      Endpoint(.perpFills, on: .perpQueries), at: "data/fill_history_orders", .page("pageIndex"), full: 1000)
    (fills.symbol, fills.isOfOneMarket, fills.markets, fills.size) = ("symbol", true, .used, "pageSize")
    (fills.since, fills.until, fills.span) = ("startTs", "endTs", Self.week)
    self.fills(fills) { [unowned(unsafe) self] in execution(&$1) }
  }

  /// Of one instrument: what is open, or at most a thousand of the time that is named.
  private static func list(_ act: PermittedAct) -> OrderQuestion {
    let endpoint = Endpoint(act, on: .perpQueries)
    guard act.name == PermittedAct.perpOrderHistory.name else {
      return OrderQuestion(endpoint, at: "data/orders", by: .shaped(market: "symbol"))
    }
    var question = OrderQuestion(endpoint, at: "data/orders", by: .shaped(market: "symbol"), ["limit": "1000"])
    (question.since, question.until, question.full) = ("startTime", "endTime", 1000)
    return question
  }

  static let week: Int64 = 7 * 86_400 * 1_000_000_000

  /// Every request of an account carries its time. "Query historical transaction details": from and to are required.
  public func prepare(_ call: inout Call) {
    guard isSigned(call) else { return }
    if call.endpoint.act.name == PermittedAct.perpFills.name {
      let now = out.now.venue
      if call.text("startTs") == nil { call.set("startTs", "\((now - Self.week) / 1_000_000)") }
      if call.text("endTs") == nil { call.set("endTs", "\(now / 1_000_000)") }
    }
    call.set("timestamp", Seal.milliseconds)
  }

  // MARK: Reading

  func order(_ json: inout JSONScanner) -> OrderReport { Self.order(&json, vocabulary) }

  private static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "time": report.created = json.milliseconds()
      // Some answers write the id of an order so.
      case "orderID": if report.venue.isEmpty { report.venue = json.words() } else { json.skip() }
      case "closePosition": if json.words() == "true" { report.flags.insert(.close) }
      case "postOnly": if json.words() == "true" { report.flags.insert(.postOnly) }
      // The order that waited for the price, of one that it has become.
      case "triggerOrderId":
        let id = json.words()
        if id != "0", id != report.venue { report.continues = id }
      default: return false
      }
      return true
    }
    if report.time == 0 { report.time = report.created }
    return lived(report)
  }

  /// An order that waits for a price is new as long as it does.
  static func lived(_ said: OrderReport) -> OrderReport {
    var report = said
    if report.type?.isTriggered != true { report.stop = nil }
    report.isTriggered = !["NEW", "PENDING", ""].contains(report.stateWord)
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// What it costs stands negative.
  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      guard key == "filledTime" || key == "filledTm" else { return false }
      let time = Self.time(json.words())
      if time > 0, report.time == 0 || key == "filledTime" { report.time = time }
      return true
    }
    report.fee = report.fee.flatMap { Decimal64.zero.subtracting($0) }
    return report
  }

  /// `2023-09-15T15:34:38.000+0800`, or the same in UTC with a `Z`; 0 for anything else.
  static func time(_ text: String) -> Int64 {
    func moment(_ text: Substring) -> Int64 {
      Array(text.utf8).withUnsafeBufferPointer { RFC3339.nanoseconds($0) } ?? 0
    }
    guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }),
      text.distance(from: sign, to: text.endIndex) == 5, let offset = Int64(text[text.index(after: sign)...])
    else { return moment(text[...]) }
    let local = moment(text[..<sign] + "Z")
    let ahead = (offset / 100 * 60 + offset % 100) * 60_000_000_000
    return local == 0 ? 0 : text[sign] == "+" ? local - ahead : local + ahead
  }

  /// `{"data": {"order": {...}}}`, or `{"data": {"orders": [...]}}` of several.
  private static func answered(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    answered(body, parts, at: "data/order") { order(&$0, words) }
  }

  /// The order as it is now; of several, those that were cancelled and those that were not.
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    guard parts.count > 1 else { return answered(body, parts, words) }
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
    var (done, failed): ([OrderReport], [OrderReport]) = ([], [])
    data.members { key, json in
      switch key {
      case "success": if !json.skipNull() { json.elements { done.append(order(&$0, words)) } }
      case "failed": if !json.skipNull() { json.elements { failed.append(order(&$0, words)) } }
      default: return false
      }
      return true
    }
    guard data.isValid else { return nil }
    return parts.map { part in
      let isIt = { (report: OrderReport) in
        part.command.venueOrder.isEmpty
          ? report.client == part.command.clientOrder : report.venue == part.command.venueOrder
      }
      if let known = done.first(where: isIt) ?? failed.first(where: isIt) { return known }
      var silent = OrderReport()
      (silent.error, silent.reason) = ("unanswered", "the exchange does not say what became of this cancel")
      return silent
    }
  }

  // MARK: Writing

  /// "Place order". In hedge mode the leg says what the order is of, and its side whether it opens or closes it.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.type?.isTriggered == true || Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 visible characters without capitals")
    }
    let reduces = order.flags.contains(.reduceOnly)
    guard order.leg == .net || !reduces || (order.leg == .long) == (order.side == .sell) else {
      throw CommandRefusal(.invalidOrder, "an order on this side opens the leg that it is to reduce")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("positionSide", vocabulary.word(order.leg) ?? "BOTH")
    if let type = order.type, type.isTriggered {
      try setTrigger(order, type, &call)
    } else {
      call.set("type", order.type == .market ? "MARKET" : "LIMIT")
      call.set("clientOrderID", order.clientOrder)
    }
    call.setNumber("quantity", order.quantity)
    call.setNumber("price", order.price)
    // "This parameter is not accepted for both long and short positions mode".
    if reduces, order.leg == .net { call.set("reduceOnly", "true") }
    guard order.type == .limit else { return }
    if order.flags.contains(.postOnly) {
      call.set("timeInForce", "PostOnly")
    } else if let force = order.timeInForce, force != .goodTilCancelled {
      call.set("timeInForce", vocabulary.word(force) ?? "")
    }
  }

  /// What waits for a price: `STOP` and `TAKE_PROFIT` end a position, `TRIGGER` begins one. By the mark
  /// price, unless the last is named.
  private func setTrigger(_ order: OwnedCommand, _ type: OrderType, _ call: inout Call) throws(CommandRefusal) {
    guard !order.flags.contains(.postOnly), (order.timeInForce ?? .goodTilCancelled) == .goodTilCancelled else {
      throw CommandRefusal(.unsupported, "an order that waits for a price is good till cancelled, and not post-only")
    }
    let closes = order.leg == .net ? order.reduces : (order.leg == .long) == (order.side == .sell)
    let word: String
    switch type {
    case .stopLimit: word = closes ? "STOP" : "TRIGGER_LIMIT"
    case .stopMarket: word = closes ? "STOP_MARKET" : "TRIGGER_MARKET"
    case .takeLimit: word = "TAKE_PROFIT"
    default: word = "TAKE_PROFIT_MARKET"
    }
    guard closes || type == .stopLimit || type == .stopMarket else {
      throw CommandRefusal(.unsupported, "a take-profit order closes a position here: it is reduce-only")
    }
    call.set("type", word)
    call.set("stopPrice", order.stop)
    call.set("workingType", order.flags.contains(.stopByMark) ? "MARK_PRICE" : "CONTRACT_PRICE")
  }

  /// "Modify Order": the quantity alone.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.price == nil, order.stop == nil else {
      throw CommandRefusal(.unsupported, "the quantity of an order can be changed, and no price")
    }
    try name(order, market, &call)
    call.setNumber("quantity", order.quantity)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    if isNumber(order.venueOrder) {
      call.set("orderId", order.venueOrder)
    } else if Self.isClientOrder(order.clientOrder) {
      call.set("clientOrderId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// "Place multiple orders": a list as JSON. "Cancel multiple orders": `[1234567,2345678]` or `["abc1234567"]`.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard let first = parts.first, first.verb != .place else {
      return call.set("batchOrders", jsonList(parts.map { $0.call.json }).plain ?? "")
    }
    let isByVenue = first.call.text("orderId") != nil
    let ids = parts.compactMap { part in
      isByVenue ? part.call.text("orderId") : part.call.text("clientOrderId").map(jsonQuoted)
    }
    call.set("symbol", first.market.symbol)
    call.set(isByVenue ? "orderIdList" : "clientOrderIdList", "[" + ids.joined(separator: ",") + "]")
  }

  /// "The system will convert this field to lowercase": capitals would come back as others.
  private static func isClientOrder(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !(0x41...0x5A).contains($0) }
  }
}
