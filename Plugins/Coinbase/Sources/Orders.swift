import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: Coinbase Advanced Trade API, "API Key Authentication", "Create Order",
/// "Edit Order", "Cancel Orders", "Get Order", "List Orders", "List Fills".
extension CoinbaseSpot {
  func offerOrders() {
    serve(.place, by: Endpoint(.place, .json, on: .requests), WriteAnswer { Self.placed($0, $2) })
    serve(.amend, by: Endpoint(.amend, .json, on: .requests), WriteAnswer { body, _, _ in Self.changed(body) })
    let cancel = Endpoint(.cancel, .json, on: .requests)
    // A second request to cancel an order says that the first one is on its way.
    serve(
      .cancel, .cancelMany, by: cancel, batch: Batch(cancel, most: 100, isOneCharge: true),
      WriteAnswer(fine: ["", "DUPLICATE_CANCEL_REQUEST"]) { body, parts, _ in Self.cancelled(body, parts) })
    let orders = Endpoint(.orders, on: .requests)
    var open = OrderQuestion(
      orders, at: "orders", by: .listed(market: "product_id"), ["order_status": "OPEN", "limit": "250"])
    var newest = OrderQuestion(orders, at: "orders", by: .listed(market: "product_id"), ["limit": "250"])
    (open.more, newest.more) = ("has_next", "has_next")
    namesByVenueOrder(open) { [unowned(unsafe) self] in order(&$1) }
    serveOrder(
      OrderQuestion(Endpoint(.order, on: .requests), at: "order", by: .path, isAlone: true), newest
    ) { [unowned(unsafe) self] in order(&$1) }
    let pages = list(.orders, "orders")
    var pending = pages
    pending.parameters = [("order_status", "OPEN")]
    var history = pages
    (history.since, history.until) = ("start_date", "end_date")
    self.orders(.openOrders, pending) { [unowned(unsafe) self] in order(&$1) }
    self.orders(.orderHistory, history) { [unowned(unsafe) self] in order(&$1) }
    var fills = list(.fills, "fills")
    (fills.more, fills.since, fills.until) = ("", "start_sequence_timestamp", "end_sequence_timestamp")
    self.fills(fills) { [unowned(unsafe) self] in fill(&$1) }
    // "User Channel": an order says how much of it is filled, and not how.
    fillsOfOrder(list(.fills, "fills"), parameter: "order_ids") { [unowned(unsafe) self] in fill(&$1) }
  }

  private func list(_ act: PermittedAct, _ place: String) -> Pages {
    var pages = Pages(Endpoint(act, on: .requests), at: place, .cursor("cursor", at: "cursor"), full: 100)
    (pages.symbol, pages.size, pages.more, pages.timeForm) = ("product_id", "limit", "has_next", .iso)
    return pages
  }

  // MARK: Signing

  /// "API Key Authentication": a token by the account's private key, which says who asks and lives for two minutes;
  /// that of a request names its method, host and path, without the query. The name in `iss` is the one by which keys
  /// of the developer platform are known since they were called cloud keys.
  func token(_ account: TradingAccount, uri: SealedText? = nil) -> SealedText {
    let isEdwards = account.algorithm == UInt32(PB_ALGORITHM_ED25519)
    let key = Seal.field("api_key").jsonEscaped
    let header: SealedText = """
      {"alg":"\(isEdwards ? "EdDSA" : "ES256")","typ":"JWT","kid":"\(key)","nonce":"\(Seal.randomHex(32))"}
      """
    let end = uri.map { ",\"uri\":\"" + $0 + "\"}" } ?? "}"
    let claims: SealedText = """
      {"iss":"coinbase-cloud","nbf":\(Seal.seconds),"exp":\(Seal.seconds.moved(by: 120_000_000_000)),\
      "sub":"\(key)"\(end)
      """
    return WebToken(header: header, claims: claims).signed(isEdwards ? .ed25519 : .p256JOSE)
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let method = request.method == .get ? "GET" : "POST"
    let uri = "\(method) \(host)" + target.before(UInt8(ascii: "?"))
    request.headers.append(("Authorization", "Bearer " + token(account, uri: uri)))
  }

  // MARK: Writing

  /// "Create Order": what kind an order is of is the name of its configuration.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard (1...128).contains(order.clientOrder.utf8.count) else {
      throw CommandRefusal(.invalidOrder, "a client order id has 1 to 128 characters")
    }
    guard let name = configuration(order) else {
      throw CommandRefusal(.unsupported, "this type has no such time in force here")
    }
    if let type = order.type, type.isTriggered {
      call.use(Endpoint(type == .stopLimit ? .placeStop : .placeTake, .json, on: .requests))
    }
    call.set("client_order_id", order.clientOrder)
    call.set("product_id", market.symbol)
    call.set("side", vocabulary.word(order.side))
    var terms = Call(call.endpoint)
    let isByValue = order.flags.contains(.byValue)
    terms.set(isByValue ? "quote_size" : "base_size", isByValue ? order.value : order.quantity)
    terms.set("limit_price", order.price)
    terms.set("stop_price", order.stop)
    if order.type?.isTriggered == true {
      // A stop waits on the worse side of the price, a take on the better one.
      let isUp = (order.type == .stopLimit) == (order.side == .buy)
      terms.set("stop_direction", isUp ? "STOP_DIRECTION_STOP_UP" : "STOP_DIRECTION_STOP_DOWN")
    } else if name == "limit_limit_gtc" || name == "limit_limit_gtd" {
      terms.set("post_only", order.flags.contains(.postOnly))
    }
    if order.timeInForce == .goodTilDate {
      guard order.expiry % 1_000_000 == 0 else {
        throw CommandRefusal(.invalidOrder, "an order ends at a whole millisecond")
      }
      terms.set("end_time", RFC3339.text(order.expiry))
    }
    call.set("order_configuration", json: "{\"\(name)\":" + terms.json + "}")
  }

  private func configuration(_ order: OwnedCommand) -> String? {
    switch (order.type, order.timeInForce) {
    case (.market, nil), (.market, .immediateOrCancel): "market_market_ioc"
    case (.market, .fillOrKill): "market_market_fok"
    case (.limit, nil), (.limit, .goodTilCancelled): "limit_limit_gtc"
    case (.limit, .immediateOrCancel): "sor_limit_ioc"
    case (.limit, .fillOrKill): "limit_limit_fok"
    case (.limit, .goodTilDate): "limit_limit_gtd"
    case (.stopLimit, .goodTilDate), (.takeLimit, .goodTilDate): "stop_limit_stop_limit_gtd"
    case (.stopLimit, nil), (.stopLimit, .goodTilCancelled), (.takeLimit, nil), (.takeLimit, .goodTilCancelled):
      "stop_limit_stop_limit_gtc"
    default: nil
    }
  }

  /// "Edit Order": limit orders that are good till cancelled. The size counts what has been filled already.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.stop == nil else { throw CommandRefusal(.unsupported, "a stop price cannot be changed") }
    call.set("order_id", try venueOrder(order))
    call.set("price", order.price)
    call.set("size", order.quantity)
  }

  /// "Cancel Orders": up to 100 of them.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("order_ids", json: jsonList([SealedText(jsonQuoted(try venueOrder(order)))]))
  }

  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.set("order_ids", json: jsonList(parts.map { SealedText(jsonQuoted($0.command.venueOrder)) }))
  }

  private func venueOrder(_ order: OwnedCommand) throws(CommandRefusal) -> String {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    return order.venueOrder
  }

  // MARK: Answers

  /// `{"success": true, "success_response": {"order_id", "client_order_id"}}`, or `{"success": false,
  /// "error_response": {"error", "message", "error_details", "preview_failure_reason", "new_order_failure_reason"}}`.
  private static func placed(_ body: Body, _ words: Words) -> [OrderReport]? {
    let table = FieldTable<OrderField>(["order_id": .venue, "client_order_id": .client])
    var report = OrderReport()
    var isDone: Bool?
    var refusal = Refusal()
    var json = JSONScanner(body)
    json.members { key, json in
      switch key {
      case "success": isDone = json.scalar() == "true"
      case "order_id": report.venue = json.words()
      case "success_response": if !json.skipNull() { report.read(&json, table, words) { _, _, _ in false } }
      case "error_response": refusal.read(&json)
      case "failure_reason": refusal.add(json.words())
      default: return false
      }
      return true
    }
    guard json.isComplete(), let isDone else { return nil }
    if !isDone { (report.error, report.reason) = (refusal.code, refusal.text) }
    return [report]
  }

  /// `{"success": true, "errors": [{"edit_failure_reason", "preview_failure_reason"}]}`, or one object of errors.
  private static func changed(_ body: Body) -> [OrderReport]? {
    var report = OrderReport()
    var isDone: Bool?
    var refusal = Refusal()
    var json = JSONScanner(body)
    json.members { key, json in
      switch key {
      case "success": isDone = json.scalar() == "true"
      case "errors":
        if json.peek() == UInt8(ascii: "[") { json.elements { refusal.read(&$0) } } else { refusal.read(&json) }
      case "error_response": refusal.read(&json)
      default: return false
      }
      return true
    }
    guard json.isComplete(), let isDone else { return nil }
    if !isDone { (report.error, report.reason) = (refusal.code, refusal.text) }
    return [report]
  }

  /// `{"results": [{"success": true, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": "..."}]}`
  private static func cancelled(_ body: Body, _ parts: [OrderPart]) -> [OrderReport]? {
    var results: [String: OrderReport] = [:]
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("results")?.scanner() else { return nil }
    list.elements { json in
      var (report, isDone) = (OrderReport(), false)
      json.members { key, json in
        switch key {
        case "success": isDone = json.scalar() == "true"
        case "failure_reason": report.error = json.words()
        case "order_id": report.venue = json.words()
        default: return false
        }
        return true
      }
      if isDone { report.error = "" } else if report.error.isEmpty { report.error = "UNKNOWN_CANCEL_FAILURE_REASON" }
      report.reason = report.error
      results[report.venue] = report
    }
    let reports = parts.compactMap { results[$0.command.venueOrder] }
    return list.isValid && reports.count == parts.count ? reports : nil
  }

  /// Why something was refused: the reason that says most.
  private struct Refusal {
    var code = ""
    var text = ""

    mutating func add(_ word: String) {
      let saysNothing = word.isEmpty || word.hasPrefix("UNKNOWN_") && word.hasSuffix("_REASON")
      if code.isEmpty || Self.saysNothing(code) && !saysNothing { code = word }
    }

    private static func saysNothing(_ word: String) -> Bool { word.hasPrefix("UNKNOWN_") && word.hasSuffix("_REASON") }

    mutating func read(_ json: inout JSONScanner) {
      guard !json.skipNull() else { return }
      json.members { key, json in
        switch key {
        case "error", "preview_failure_reason", "new_order_failure_reason", "edit_failure_reason": add(json.words())
        case "message", "error_details":
          let words = json.words()
          if text.isEmpty { text = words }
        default: return false
        }
        return true
      }
      if text.isEmpty { text = code }
    }
  }

  /// Some faults are told apart by their words alone.
  public func corrected(_ fault: VenueFault) -> VenueFault {
    var fault = fault
    let text = fault.text.lowercased()
    if text.contains(fragment: "timestamp expired") {
      (fault.failure, fault.mayHaveHappened) = (.clock, false)
    } else if text.contains(fragment: "order"), text.contains(fragment: "not found") {
      (fault.failure, fault.mayHaveHappened) = (.unknownOrder, false)
    }
    return fault
  }
}
