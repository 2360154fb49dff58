import CPatchbay
import ConnectorKit
import Decimals

/// Orders of perpetuals and their histories. Sources: "Place An Order", "Place A Batch Of Orders", "Cancel
/// An Order", "Get Information of order", "Current unfilled order acquisition", "Get History Orders", "Get History
/// Match Results", each of them for cross and for isolated margin.
extension HTXPerpetual {
  private static let order = FieldTable<OrderField>([
    "contract_code": .symbol, "order_id_str": .venue, "client_order_id": .client, "direction": .side, "status": .state,
    "price": .price, "volume": .quantity, "trade_volume": .filled, "trade_turnover": .cost,
    "trade_avg_price": .average, "err_code": .error, "err_msg": .reason,
  ])
  private static let fill = FieldTable<OrderField>([
    "contract_code": .symbol, "order_id_str": .venue, "direction": .side, "trade_price": .fillPrice,
    "trade_volume": .fillQuantity, "fee_asset": .feeAsset, "role": .maker, "real_profit": .realized,
    "created_at": .time, "create_date": .time,
  ])

  private static let span: Int64 = 48 * 3600 * 1_000_000_000
  static let reach: Int64 = 90 * 86_400 * 1_000_000_000

  func offerOrders() {
    serve(
      .place, by: Endpoint(margin.place, .json, on: .swapTrades),
      batch: Batch(Endpoint(margin.placeBatch, .json, on: .swapTrades), most: 25, isOneCharge: true),
      other: triggers(margin.placeStop.net, Self.triggerPlaced), WriteAnswer { Self.placed($0, $1, $2) })
    let cancelled = WriteAnswer { body, _, _ in Self.cancelled(body) }
    serve(
      .cancel, .cancelMany, by: Endpoint(margin.cancel, .json, on: .swapTrades),
      other: triggers(margin.cancelTrigger, cancelled), cancelled)
    let (waits, over) = (Self.list(margin.openTriggers), Self.list(margin.triggerHistory))
    let question = OrderQuestion(Endpoint(margin.order, .json, on: .swapReads), at: "data")
    serveOrder(
      [question] + triggerQuestions(waits, over),
      first: { [unowned(unsafe) self] command, _ in waiting.owns(command) ? 1 : 0 }, read: anyOrder)
    var open = Pages(Self.list(margin.openOrders), at: "data/orders", .page("page_index"), full: 50)
    (open.symbol, open.size) = ("contract_code", "page_size")
    orders(.openOrders, open, waitingTriggers(waits), read: anyOrder)
    var ended = history(margin.orderHistory)
    ended.parameters += [("trade_type", "0"), ("type", "1"), ("status", "0")]
    orders(.orderHistory, open, waitingTriggers(waits), ended, endedTriggers(over), read: anyOrder)
    var executions = history(margin.fills)
    executions.parameters += [("trade_type", "0")]
    fills(executions) { [unowned(unsafe) self] in execution(&$1) }
  }

  /// What an order has in it says which kind it is.
  private var anyOrder: ReadOrder {
    { [unowned(unsafe) self] _, json in
      var look = json.mark.scanner()
      return look.find("trigger_type") == nil ? order(&json) : trigger(&json)
    }
  }

  private static func list(_ act: PermittedAct) -> Endpoint {
    var endpoint = Endpoint(act, .json, on: .swapReads)
    endpoint.bare = [
      "trade_type", "type", "start_time", "end_time", "from_id", "page_index", "page_size", "create_date",
    ]
    return endpoint
  }

  /// Of one contract, newest first, 48 hours in one question and 90 days in all. How long a page is, is not said: the
  /// last one is empty.
  private func history(_ act: PermittedAct) -> Pages {
    var pages = Pages(Self.list(act), at: "data", .after("from_id", id: "query_id"), full: 1)
    (pages.symbol, pages.isOfOneMarket, pages.markets) = ("contract", true, .used)
    (pages.since, pages.until, pages.span, pages.reach) = ("start_time", "end_time", Self.span, Self.reach)
    pages.parameters = [("direct", "prev")]
    return pages
  }

  /// "Query account financial records": 30 is funding that came, 31 funding that was paid, below zero. They are of one
  /// account: of all cross margin, or of one instrument's isolated margin.
  func fundingRecords() -> Pages {
    var endpoint = Self.list(.swapRecords)
    endpoint.bare.remove("type")
    var pages = Pages(endpoint, at: "data", .after("from_id", id: "query_id"), full: 1)
    (pages.since, pages.until, pages.span, pages.reach) = ("start_time", "end_time", Self.span, Self.reach)
    pages.parameters = [("type", "30,31"), ("direct", "prev")]
    if margin.isIsolated {
      (pages.symbol, pages.isOfOneMarket, pages.markets) = ("mar_acct", true, .used)
    } else {
      pages.parameters.insert(("mar_acct", "USDT"), at: 0)
    }
    return pages
  }

  // MARK: Reading

  func order(_ json: inout JSONScanner) -> OrderReport { Self.order(&json, vocabulary) }

  /// An order of an answer, of a list or of a push, in which its new executions stand.
  static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, offset, origin) = (OrderReport(), "", FillOrigin?.none)
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "offset": offset = json.words()
      case "order_price_type": report.readPriceType(json.words(), words)
      case "order_type": origin = Self.origin(json.words())
      case "reduce_only": if json.words() == "1" { report.flags.insert(.reduceOnly) }
      case "created_at", "create_date":
        report.created = json.milliseconds()
        report.time = max(report.time, report.created)
      case "update_time", "canceled_at", "ts":
        if !json.skipNull() { report.time = max(report.time, json.milliseconds()) }
      case "trade", "trades": json.elements { report.fills.append(OrderReport(&$0, executed: fill, words)) }
      default: return false
      }
      return true
    }
    report.leg = leg(offset, report.side)
    if report.type == .market { report.price = nil }
    report.fills = report.fills.map { $0.completed(by: report, origin) }
    return report
  }

  /// An execution of a list.
  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var offset = ""
    var report = OrderReport(&json, executed: Self.fill, vocabulary) { key, json in
      guard key == "offset" else { return false }
      offset = json.words()
      return true
    }
    report.leg = Self.leg(offset, report.side)
    return report
  }

  /// In hedge mode what opens buys what is long, and what closes sells it.
  static func leg(_ offset: String, _ side: Side) -> PositionLeg? {
    switch offset {
    case "open": side == .buy ? .long : .short
    case "close": side == .buy ? .short : .long
    case "both": .net
    default: nil
    }
  }

  /// "order_type": orders that the exchange made itself.
  private static func origin(_ word: String) -> FillOrigin? {
    word == "3" ? .forced : word == "22" ? .deleveraged : nil
  }

  /// `{"data": {"order_id_str": "7840", "client_order_id": 9086}}`, or of several `{"data": {"errors": [{"index": 1,
  /// "err_code": 1047, "err_msg": "..."}], "success": [{"index": 2, "order_id_str": "7841"}]}}`, counted from 1.
  private static func placed(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
    guard parts.count > 1 else {
      let report = order(&data, words)
      return data.isValid && !report.venue.isEmpty ? [report] : nil
    }
    var reports = Array(repeating: OrderReport(), count: parts.count)
    data.members { key, json in
      guard key == "errors" || key == "success" else { return false }
      if json.skipNull() { return true }
      json.elements { json in
        var (report, index) = (OrderReport(), 0)
        report.read(&json, order, words) { _, key, json in
          guard key == "index" else { return false }
          index = Int(json.integer())
          return true
        }
        if reports.indices.contains(index - 1) { reports[index - 1] = report }
      }
      return true
    }
    return data.isValid ? reports : nil
  }

  /// `{"data": {"errors": [{"order_id": "7840", "err_code": 1062, "err_msg": "..."}], "successes": "7841"}}`: that a
  /// cancel was taken says nothing of the order's end. 1062: it is being cancelled already.
  private static func cancelled(_ body: Body) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var errors = json.find("data/errors")?.scanner() else { return nil }
    var report = OrderReport()
    if !errors.skipNull() {
      errors.elements { json in
        json.members { key, json in
          switch key {
          case "err_code": report.error = json.words()
          case "err_msg": report.reason = json.words()
          default: return false
          }
          return true
        }
      }
    }
    return errors.isValid ? [report.error == "1062" ? OrderReport() : report] : nil
  }

  // MARK: Writing

  /// "Place An Order". In one-way mode an order says whether it only reduces, in hedge mode what it does to its
  /// leg; every order says the leverage of its instrument.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if let type = order.type, type.isTriggered { return try placeTrigger(order, type, market, &call) }
    guard Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is a number above zero, of 18 digits at most")
    }
    let leverage = try leverage(order, market)
    _ = try order.leg(vocabulary, mustSay: true)
    call.set("contract_code", market.symbol)
    call.set("client_order_id", bare: order.clientOrder)
    call.setNumber("price", order.price)
    call.setNumber("volume", try market.contracts(order.quantity))
    call.set("direction", vocabulary.word(order.side))
    if order.leg == .net {
      if order.reduces { call.set("reduce_only", bare: "1") }
    } else {
      call.use(Endpoint(order.leg == .long ? margin.placeLong : margin.placeShort, .json, on: .swapTrades))
      call.set("offset", order.reduces ? "close" : "open")
    }
    call.setNumber("lever_rate", leverage)
    call.set("order_price_type", Self.priceType(order))
  }

  /// What every order says.
  func leverage(_ order: OwnedCommand, _ market: Market) throws(CommandRefusal) -> Decimal64 {
    guard !changing.contains(order.account) else {
      throw CommandRefusal(.transient, "the leverage is being set; place the order when that is answered")
    }
    guard let leverage = leverages[order.account]?[market.symbol] else {
      throw CommandRefusal(.invalidOrder, "the exchange names no leverage of \(market.symbol)")
    }
    return leverage
  }

  private static func priceType(_ order: OwnedCommand) -> String {
    if order.type == .market { return "market" }
    switch order.timeInForce {
    case .immediateOrCancel: return "ioc"
    case .fillOrKill: return "fok"
    default: return order.flags.contains(.postOnly) ? "post_only" : "limit"
    }
  }

  /// Orders of a leg go by themselves: each leg has an act of its own.
  public func group(_ part: OrderPart) -> Int {
    part.verb == .place && part.command.leg != .net ? 1 + Int(truncatingIfNeeded: part.command.order) : 0
  }

  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.set("orders_data", json: jsonList(parts.map { $0.call.json }))
  }

  /// "One of them needed": the exchange's id goes before the client's, which is known for eight hours.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isOfTriggers(call.endpoint) { return try nameTrigger(order, market, &call) }
    call.set("contract_code", market.symbol)
    if !order.venueOrder.isEmpty, order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) {
      call.set("order_id", order.venueOrder)
    } else if Self.isClientOrder(order.clientOrder) {
      call.set("client_order_id", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// A number from 1 to 2^63 - 1, which comes back as it was written.
  private static func isClientOrder(_ text: String) -> Bool {
    (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 48 <= 9 } && !text.hasPrefix("0")
  }
}

extension OrderReport {
  /// An execution, of a list or within its order. What it costs stands negative. "id" is a match, the order and a
  /// number: one order may meet several others in one match, which are numbered from 1.
  fileprivate init(
    _ json: inout JSONScanner, executed table: FieldTable<OrderField>, _ words: Words,
    other: (JSONText, inout JSONScanner) -> Bool = { _, _ in false }
  ) {
    self.init()
    var (id, match) = ("", "")
    read(&json, table, words) { report, key, json in
      switch key {
      case "id": id = json.words()
      case "trade_id", "match_id": match = json.words()
      case "trade_fee": report.fee = json.optionalDecimal().flatMap { $0.negated }
      default: return other(key, &json)
      }
      return true
    }
    let number = id.split(separator: "-").dropFirst(2).first ?? "1"
    fillID = number == "1" ? match : "\(match)-\(number)"
  }

  /// An execution that stands within its order.
  fileprivate func completed(by order: OrderReport, _ origin: FillOrigin?) -> OrderReport {
    var fill = self
    (fill.symbol, fill.venue, fill.client) = (order.symbol, order.venue, order.client)
    (fill.side, fill.leg, fill.origin) = (order.side, order.leg, origin)
    return fill
  }

  /// `opponent_ioc` is a limit order at the best price of the other side, that is immediate or cancelled.
  fileprivate mutating func readPriceType(_ word: String, _ words: Words) {
    let isPriced = word.hasPrefix("opponent") || word.hasPrefix("optimal") || word.hasPrefix("lightning")
    type = words.type(word) ?? (isPriced ? .limit : nil)
    force = word.hasSuffix("_ioc") ? .immediateOrCancel : word.hasSuffix("_fok") ? .fillOrKill : words.force(word)
    if isPriced, force == nil { force = .goodTilCancelled }
    if words.isPostOnly(word) { flags.insert(.postOnly) }
  }
}
