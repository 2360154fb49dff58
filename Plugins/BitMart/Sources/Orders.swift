import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: "Signature", "New Order (v2)", "Cancel Order (v3)", "Query Order By Id
/// (v4)", "Query Order By clientOrderId (v4)", "Current Open Orders (v4)", "Account Orders (v4)", "Account Trade List
/// (v4)".
extension BitMartSpot {
  func offerOrders() {
    serve(
      .place, by: Endpoint(.place, .json, on: .orders), WriteAnswer(at: "data", ["order_id": .venue]))
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .cancels), WriteAnswer { Self.cancelled($0, $1, $2) })
    serveOrder(
      OrderQuestion(Endpoint(.order, .json, on: .questions), at: "data", by: .venue("orderId"), isAlone: true),
      OrderQuestion(
        Endpoint(.clientOrder, .json, on: .questions), at: "data", by: .client("clientOrderId"), isAlone: true)
    ) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(Self.list(.openOrders), at: "data", full: 200)
    (open.symbol, open.size, open.most) = ("symbol", "limit", 1)
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, open, Self.pages(.history)) { [unowned(unsafe) self] in order(&$1) }
    fills(Self.pages(.fills)) { [unowned(unsafe) self] in fill(&$1) }
  }

  private static func list(_ act: PermittedAct) -> Endpoint {
    var endpoint = Endpoint(act, .json, on: .lists)
    endpoint.bare = ["startTime", "endTime", "limit"]
    return endpoint
  }

  /// The newest of a span of time; what is further back is asked for from the last one's time on.
  private static func pages(_ act: PermittedAct) -> Pages {
    var pages = Pages(list(act), at: "data", .after("endTime", id: "createTime"), full: 200)
    (pages.symbol, pages.size, pages.since, pages.until) = ("symbol", "limit", "startTime", "endTime")
    (pages.most, pages.isByCreation) = (20, true)
    return pages
  }

  // MARK: Signing

  /// "Signature": HMAC-SHA256 in hexadecimal over time, memo and body, joined by `#`.
  static func signature(_ time: Seal, _ text: SealedText) -> SealedText {
    let signed = "\(time)#\(Seal.field("memo"))#" as SealedText + text
    return SealedText(signed.hmac(.sha256, key: .field("secret_key")).hex)
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.milliseconds
    request.headers.append(("X-BM-KEY", SealedText(.field("api_key"))))
    request.headers.append(("X-BM-TIMESTAMP", SealedText(time)))
    request.headers.append(
      ("X-BM-SIGN", Self.signature(time, request.method == .get ? target.query : request.body)))
  }

  // MARK: Writing

  /// "New Order (v2)": post-only is `limit_maker`; `notional` is what a market order is to buy for.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 32 letters, digits, - and _")
    }
    let isByValue = order.flags.contains(.byValue)
    guard order.type != .market || isByValue == (order.side == .buy) else {
      throw CommandRefusal(
        .unsupported,
        isByValue ? "a market order that sells is by quantity" : "a market order that buys is by value, in quote")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    switch (order.type, order.timeInForce) {
    case (.market, _): call.set("type", "market")
    case (_, .immediateOrCancel): call.set("type", "ioc")
    default: call.set("type", order.flags.contains(.postOnly) ? "limit_maker" : "limit")
    }
    call.set("client_order_id", order.clientOrder)
    if isByValue { call.set("notional", order.value) } else { call.set("size", order.quantity) }
    call.set("price", order.price)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    if !order.venueOrder.isEmpty, order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) {
      call.set("order_id", order.venueOrder)
    } else if Self.isName(order.clientOrder) {
      call.set("client_order_id", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  private static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  // MARK: Reading

  /// `{"code": 1000, "message": "OK", "data": {"result": true}}`: the stream reports the order's end. What `false`
  /// leaves of the order nothing says.
  @Sendable
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
    var (report, isDone) = (OrderReport(), Bool?.none)
    data.members { key, json in
      guard key == "result" else { return false }
      isDone = json.boolean()
      return true
    }
    guard data.isValid, let isDone else { return nil }
    if !isDone { (report.error, report.reason) = ("result false", "the exchange did not cancel it") }
    return [report]
  }

  private static let order = FieldTable<OrderField>([
    "orderId": .venue, "clientOrderId": .client, "symbol": .symbol, "side": .side, "type": .type, "state": .state,
    "price": .price, "priceAvg": .average, "size": .quantity, "filledSize": .filled, "filledNotional": .cost,
    "createTime": .created, "updateTime": .time,
    // As until 2023.
    "order_id": .venue, "status": .state, "price_avg": .average, "filled_size": .filled, "filled_notional": .cost,
    "create_time": .created,
  ])

  func order(_ json: inout JSONScanner) -> OrderReport { Self.completed(OrderReport(&json, Self.order, vocabulary)) }

  /// A market order has no price, and one that buys is for a value.
  static func completed(_ said: OrderReport) -> OrderReport {
    var report = said
    if report.type == .market {
      report.price = nil
      if report.side == .buy { report.quantity = nil }
    }
    report.force = report.force ?? (report.type == .market ? .immediateOrCancel : .goodTilCancelled)
    if report.filled?.isPositive != true { report.cost = nil }
    if report.state == .open { report.state = report.openState }
    return report
  }

  private static let trade = FieldTable<OrderField>([
    "tradeId": .fillID, "orderId": .venue, "clientOrderId": .client, "symbol": .symbol, "side": .side,
    "price": .fillPrice, "size": .fillQuantity, "fee": .fee, "feeCoinName": .feeAsset, "tradeRole": .maker,
    "exec_type": .maker, "createTime": .time,
  ])

  private func fill(_ json: inout JSONScanner) -> OrderReport { OrderReport(&json, Self.trade, vocabulary) }
}
