import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: "Signature", "Place Order", "Batch Place Orders", "Cancel Order",
/// "Batch Cancel Orders", "Get Order Info", "Get Current Orders", "Get History Orders", "Get Fills" of "Spot / Trade"
/// and of "Contract / Trade", "Order Channel", "Fill Channel".
///
/// Orders are not amended: "Cancel an Existing Order and Send a New Order" and "Modify Order" place a new order of the
/// whole size, whatever was filled of the old one meanwhile. The host cancels, and places what is left.
extension BitgetConnector {
  static let day: Int64 = 86_400 * 1_000_000_000

  /// Names in answers to writes, in lists, and in pushes of the order channel.
  static let order = FieldTable<OrderField>([
    "symbol": .symbol, "instId": .symbol, "clientOid": .client, "clientOId": .client, "orderId": .venue, "side": .side,
    "orderType": .type, "force": .force, "status": .state, "state": .state, "price": .price, "size": .quantity,
    "priceAvg": .average, "posSide": .leg, "cTime": .created, "uTime": .time, "cancelReason": .reason,
  ])
  /// Of a push beside these: the execution, and what is filled in all. Lists call that one `baseVolume`.
  static let pushed = FieldTable<OrderField>([
    "accBaseVolume": .filled, "tradeId": .fillID, "fillPrice": .fillPrice, "baseVolume": .fillQuantity,
    "fillFee": .fee, "fillFeeCoin": .feeAsset, "tradeScope": .maker, "pnl": .realized,
  ])
  static let listed = FieldTable<OrderField>(["baseVolume": .filled])
  /// Executions: `size` and `priceAvg` at spot, `baseVolume` and `price` of contracts.
  static let fill = FieldTable<OrderField>(
    [
      "symbol": .symbol, "tradeId": .fillID, "orderId": .venue, "clientOid": .client, "side": .side,
      "priceAvg": .fillPrice, "size": .fillQuantity, "price": .fillPrice, "baseVolume": .fillQuantity,
      "profit": .realized, "tradeScope": .maker, "cTime": .time,
    ], inside: ["feeDetail": ["totalFee": .fee, "feeCoin": .feeAsset]])

  func offerOrders() {
    let answer = WriteAnswer(Self.written)
    let (place, cancel) = isPerpetual ? (.perpPlace, .perpCancel) : (PermittedAct.place, PermittedAct.cancel)
    let (many, cancelMany) =
      isPerpetual ? (.perpPlaceBatch, .perpCancelBatch) : (PermittedAct.placeBatch, PermittedAct.cancelBatch)
    serve(
      .place, by: Endpoint(place, .json, on: .orders),
      batch: Batch(
        Endpoint(many, .json, on: .batches), most: 50, isOfOneMarket: isPerpetual, isOneCharge: true),
      other: planService(.place), answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(cancel, .json, on: .cancels),
      batch: Batch(
        Endpoint(cancelMany, .json, on: .cancels), most: 50, isOfOneMarket: isPerpetual, isOneCharge: true),
      other: planService(.cancel), answer)
    let (info, open, history): (PermittedAct, PermittedAct, PermittedAct) =
      isPerpetual ? (.perpOrder, .perpOpenOrders, .perpOrderHistory) : (.order, .openOrders, .orderHistory)
    var ended = list(Endpoint(history, on: .histories), isPerpetual ? "data/entrustedList" : "data", id: "orderId")
    (ended.since, ended.until, ended.span, ended.reach) = ("startTime", "endTime", 7 * Self.day, 90 * Self.day)
    let read: ReadOrder = { [unowned(unsafe) self] in report(&$1) }
    serveOrder(
      [OrderQuestion(Endpoint(info, on: .queries), at: "data", isAlone: isPerpetual)] + planQuestions,
      first: { [unowned(unsafe) self] command, _ in plans.owns(command) ? 1 : 0 }, read: read)
    let pending = list(Endpoint(open, on: .queries), isPerpetual ? "data/entrustedList" : "data", id: "orderId")
    orders(.openOrders, [pending, openPlans], read: read)
    orders(.orderHistory, [pending, openPlans, ended, endedPlans], read: read)
    var fills = list(
      Endpoint(isPerpetual ? .perpFills : .fills, on: .fills), isPerpetual ? "data/fillList" : "data", id: "tradeId")
    (fills.since, fills.until, fills.span, fills.reach) = ("startTime", "endTime", 7 * Self.day, 90 * Self.day)
    self.fills(fills) { [unowned(unsafe) self] in execution(&$1) }
  }

  /// A list by pages of 100, newest first. An empty one may be written `null`.
  func list(_ endpoint: Endpoint, _ place: String, id: StaticString) -> Pages {
    var pages = Pages(endpoint, at: place, .after("idLessThan", id: id), full: 100)
    (pages.symbol, pages.isNullEmpty) = ("symbol", true)
    if isPerpetual { pages.parameters = [("productType", productType)] }
    return pages
  }

  // MARK: Signing

  /// "Signature": base64 of HMAC-SHA256 over milliseconds, method, path with query, body.
  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.milliseconds
    let method = request.method == .get ? "GET" : "POST"
    let text = SealedText(time) + SealedText(method) + target + request.body
    request.headers += [
      ("ACCESS-KEY", SealedText(.field("api_key"))),
      ("ACCESS-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).base64)),
      ("ACCESS-TIMESTAMP", SealedText(time)), ("ACCESS-PASSPHRASE", SealedText(.field("passphrase"))),
    ]
    if domain.isDemo { request.headers.append(("paptrading", "1")) }
  }

  // MARK: Writing

  /// "Place Order": of spot the size of a market order to buy counts quote, and that of every other order base.
  public final func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 letters, digits and _ : # - +")
    }
    if let type = order.type, type.isTriggered { return try placePlan(order, type, market, &call) }
    let isByValue = order.flags.contains(.byValue)
    if !isPerpetual, order.type == .market {
      guard isByValue == (order.side == .buy) else {
        throw CommandRefusal(.unsupported, "a market order buys by value and sells by quantity here")
      }
      if isByValue { call.use(Endpoint(.placeValue, .json, on: .orders)) }
    }
    call.set("symbol", market.symbol)
    try setPosition(order, market, &call, [.perpOpen, .perpCloseLong, .perpCloseShort], on: .orders)
    call.set("orderType", vocabulary.word(order.type ?? .limit) ?? "limit")
    // Of a market order it means nothing, and has to be there all the same.
    let force = order.type == .market ? .goodTilCancelled : order.timeInForce ?? .goodTilCancelled
    if order.type == .market, order.timeInForce == .fillOrKill {
      throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
    }
    call.set("force", order.flags.contains(.postOnly) ? "post_only" : vocabulary.word(force) ?? "GTC")
    call.set("price", order.price)
    call.set("size", isByValue ? order.value : order.quantity)
    call.set("clientOid", order.clientOrder)
  }

  /// The side, and of perpetuals what the order does to its position: in one-way mode `reduceOnly`, in hedge mode
  /// `side` says the leg, buy for long, and `tradeSide` whether it is opened or closed.
  /// - Parameter legs: acts of hedge mode that open a leg, close the long one, and close the short one.
  func setPosition(
    _ order: OwnedCommand, _ market: Market, _ call: inout Call, _ legs: [PermittedAct], on limit: Output.Limit
  ) throws(CommandRefusal) {
    guard isPerpetual else { return call.set("side", vocabulary.word(order.side)) }
    try order.checkNamesQuantity()
    let isLong = order.leg == .long
    let hasLeg = try order.leg(vocabulary, mustSay: true) != nil
    if hasLeg { call.use(Endpoint(legs[!order.reduces ? 0 : isLong ? 1 : 2], .json, on: limit)) }
    call.set("productType", productType)
    call.set("marginMode", marginMode)
    call.set("marginCoin", market.rules.settle)
    guard hasLeg else {
      call.set("side", vocabulary.word(order.side))
      if order.reduces { call.set("reduceOnly", "YES") }
      return
    }
    call.set("side", isLong ? "buy" : "sell")
    call.set("tradeSide", order.reduces ? "close" : "open")
  }

  /// By the exchange's id, which is a number, or by the client's. Of spot a question names the order alone.
  public final func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if call.endpoint.act.name == PermittedAct.perpCancelPlan.name { return try namePlan(order, market, &call) }
    let isOfPlan = call.endpoint.act.name == PermittedAct.cancelPlan.name
    if isPerpetual || call.endpoint.act.method == .post && !isOfPlan { call.set("symbol", market.symbol) }
    if isPerpetual { call.set("productType", productType) }
    try setID(order, &call)
  }

  func setID(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    if isNumber(order.venueOrder) {
      call.set("orderId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("clientOid", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// "Batch Place Orders", "Batch Cancel Orders": of spot each order names its instrument, of contracts the request.
  public final func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard let first = parts.first else { return }
    var shared = ["productType"]
    if isPerpetual {
      shared += ["symbol", "marginMode", "marginCoin"]
      for name in shared { if let value = first.call.text(name) { call.set(name, value) } }
    } else {
      shared = []
      call.set("batchMode", "multiple")
    }
    let items = parts.map { part in shared.reduce(part.call) { $0.without($1) }.json }
    call.set(isPerpetual && first.verb != .place ? "orderIdList" : "orderList", json: jsonList(items))
  }

  /// Orders of hedge mode, and those by value, are acts of their own and go alone; so do conditional ones.
  public final func group(_ part: OrderPart) -> Int {
    let usual: Set = [PermittedAct.place.name, PermittedAct.perpPlace.name]
    guard part.verb == .place, !usual.contains(part.call.endpoint.act.name) else { return 0 }
    return 1 + Int(truncatingIfNeeded: part.command.order & 0xFFFF_FFFF)
  }

  func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 <= 9 } }

  func isClientOrder(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_:#-+".utf8.contains(byte)
        }
      }
  }

  // MARK: Reading

  /// Of one order its ids; of several the lists of those that were taken and of those that were not, in any order.
  @Sendable
  static func written(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, let data = json.find("data") else { return nil }
    var lists: [JSONMark] = []
    var one = data.scanner()
    one.members { key, json in
      guard key == "successList" || key == "failureList" else { return false }
      lists.append(json.mark)
      return false
    }
    guard !lists.isEmpty else {
      one = data.scanner()
      let report = OrderReport(&one, order, words)
      return parts.count == 1 && one.isValid ? [report] : nil
    }
    var reports: [OrderReport] = []
    for mark in lists {
      var list = mark.scanner()
      guard !list.skipNull() else { continue }
      list.elements { json in
        var report = OrderReport(&json, failure, words)
        // Some say why in words alone.
        if report.error.isEmpty { report.error = report.reason }
        reports.append(report)
      }
      guard list.isValid else { return nil }
    }
    let found = parts.compactMap { part in
      reports.first { report in
        let client = part.command.clientOrder
        return !report.venue.isEmpty && report.venue == part.command.venueOrder
          || !client.isEmpty && report.client == client
      } ?? (parts.count == 1 && reports.count == 1 ? reports[0] : nil)
    }
    return found.count == parts.count ? found : nil
  }
  private static let failure = FieldTable<OrderField>([
    "orderId": .venue, "clientOid": .client, "errorCode": .error, "errorMsg": .reason,
  ])

  /// An order of a list or an answer: conditional ones name their kind, and what they have become has a `type`.
  func report(_ json: inout JSONScanner) -> OrderReport {
    var look = json.mark.scanner()
    var (isPlan, isLink) = (false, false)
    look.members { key, json in
      if key == "planType" { isPlan = true } else if key == "type" { isLink = true }
      return false
    }
    return isPlan ? plan(&json) : isLink ? become(&json) : order(&json, Self.listed)
  }

  /// - Parameter more: names of a push, or of a list.
  func order(_ json: inout JSONScanner, _ more: FieldTable<OrderField>) -> OrderReport {
    var second = json.mark.scanner()
    var (report, position) = (OrderReport(), PositionWords())
    report.read(&json, Self.order, vocabulary) { report, key, json in position.read(key, &json, &report) }
    report.read(&second, more, vocabulary) { _, _, _ in false }
    position.apply(to: &report)
    // "Get Current Orders" of spot has the order's price there.
    if report.price == nil, report.type == .limit { report.price = report.average }
    if report.filled?.isPositive != true { report.average = nil }
    // An event without an execution may repeat an earlier one's quantity at no price.
    if report.fillPrice?.isPositive != true { report.fillPrice = nil }
    if !isPerpetual, report.type == .market, report.side == .buy {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    if report.reason == "normal_cancel" { report.reason = "" }
    return report
  }

  /// An execution of a list.
  func execution(_ json: inout JSONScanner) -> OrderReport {
    var (report, position) = (OrderReport(), PositionWords())
    report.read(&json, Self.fill, vocabulary) { report, key, json in position.read(key, &json, &report) }
    position.apply(to: &report)
    return report
  }

  /// What a fee costs stands negative.
  public final func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    report.fee = report.fee.flatMap { Decimal64.zero.subtracting($0) }
    return report
  }

  /// What an order says of its position. In hedge mode `side` is the leg's, whichever way the order goes.
  struct PositionWords {
    private var (mode, trade) = ("", "")

    mutating func read(_ key: JSONText, _ json: inout JSONScanner, _ report: inout OrderReport) -> Bool {
      switch key {
      case "posMode": mode = json.words()
      case "tradeSide": trade = json.words()
      case "reduceOnly": if json.words().lowercased() == "yes" { report.flags.insert(.reduceOnly) }
      default: return false
      }
      return true
    }

    /// "tradeSide" names what the exchange does by itself: `reduce_`, `burst_` and `dte_sys_adl_`.
    func apply(to report: inout OrderReport) {
      if trade.hasPrefix("burst_") || trade.hasPrefix("reduce_") { report.origin = .forced }
      if trade.contains("_adl_") { report.origin = .deleveraged }
      guard mode == "hedge_mode", report.side != .none else { return }
      let leg = report.leg == .long || report.leg == .short ? report.leg : report.side == .buy ? .long : .short
      let closes = trade != "open"
      report.leg = leg
      report.side = (leg == .long) == closes ? .sell : .buy
      if closes { report.flags.insert(.reduceOnly) }
    }
  }
}
