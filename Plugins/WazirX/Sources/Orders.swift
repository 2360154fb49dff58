import CPatchbay
import ConnectorKit
import Decimals

/// Orders, their histories, and what proves the account's consent. Sources: "Account/Trade Endpoints", "SIGNED Endpoint
/// security", "WebSocket User Data Streams".
extension WazirXSpot {
  private static let order = FieldTable<OrderField>([
    "id": .venue, "clientOrderId": .client, "symbol": .symbol, "side": .side, "type": .type, "status": .state,
    "price": .price, "stopPrice": .stop, "origQty": .quantity, "executedQty": .filled, "createdTime": .created,
    "updatedTime": .time,
  ])
  private static let myTrade = FieldTable<OrderField>([
    "id": .fillID, "orderId": .venue, "symbol": .symbol, "side": .side, "price": .fillPrice, "qty": .fillQuantity,
    "fee": .fee, "feeCurrency": .feeAsset, "time": .time,
  ])

  func offerOrders() {
    let answer = WriteAnswer(at: "", Self.order)
    serve(.place, by: Endpoint(.place, .form, on: .orders), answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, .form, on: .cancels), answer)
    serveOrder(
      OrderQuestion(Endpoint(.order, on: .questions), at: "", by: .venue("orderId"), isAlone: true),
      OrderQuestion(Endpoint(.order, on: .questions), at: "", by: .client("clientOrderId"), isAlone: true)
    ) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(Endpoint(.openOrders, on: .openOrders), at: "")
    open.symbol = "symbol"
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, Self.pages(.allOrders, .histories, from: "orderId")) { [unowned(unsafe) self] in order(&$1) }
    fills(Self.pages(.myTrades, .trades, from: "fromId")) { [unowned(unsafe) self] in
      var report = OrderReport(&$1, Self.myTrade, vocabulary)
      report.feeAsset = report.feeAsset.uppercased()
      return report
    }
  }

  /// Lists of one market: the most recent, or those from an id on.
  private static func pages(_ act: PermittedAct, _ limit: Output.Limit, from id: String) -> Pages {
    var pages = Pages(Endpoint(act, on: limit), at: "", .behind(id, id: "id"), full: 1000)
    (pages.symbol, pages.size, pages.since, pages.until) = ("symbol", "limit", "startTime", "endTime")
    (pages.isOfOneMarket, pages.markets, pages.isByCreation) = (true, .used, true)
    return pages
  }

  // MARK: Signing

  /// "SIGNED Endpoint security": a request that comes later than the window is refused.
  public func prepare(_ call: inout Call) {
    call.set("recvWindow", 10_000)
    call.set("timestamp", Seal.milliseconds)
  }

  /// Hexadecimal HMAC-SHA256 over the parameters as they are sent.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    call.set("signature", call.signedForm().hmac(.sha256, key: .field("secret_key")).hex)
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers.append(("X-API-KEY", SealedText(.field("api_key"))))
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 36 letters, digits, _ and -")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("quantity", order.quantity)
    call.set("price", order.price)
    call.set("stopPrice", order.stop)
    call.set("clientOrderId", order.clientOrder)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    try call.name(order, venue: "orderId", client: "clientOrderId")
  }

  private static func isName(_ text: String) -> Bool {
    (1...36).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  // MARK: Reading

  func order(_ json: inout JSONScanner) -> OrderReport { OrderReport(&json, Self.order, vocabulary) }

  /// What comes of an order that waits, by what it is.
  public func corrected(_ said: OrderReport) -> OrderReport {
    var report = said
    guard report.state == .open || report.state == .untriggered else { return report }
    // One that has been triggered waits as any other does.
    report.isTriggered = report.type?.isTriggered == true && report.state == .open
    report.state = report.openState
    return report
  }

  /// "orderUpdate": `V` is what was ordered, `q` what remains, `v` the average price.
  func update(_ json: inout JSONScanner) -> OrderReport {
    var remaining: Decimal64?
    var report = OrderReport()
    report.read(&json, Self.event, vocabulary) { _, key, json in
      guard key == "q" else { return false }
      remaining = json.optionalDecimal()
      return true
    }
    report.filled = remaining.flatMap { report.quantity?.subtracting($0) }
    return report
  }

  private static let event = FieldTable<OrderField>([
    "i": .venue, "c": .client, "s": .symbol, "o": .side, "X": .state, "p": .price, "V": .quantity, "v": .average,
    "E": .time, "O": .created,
  ])

  /// "ownTrade": `o` is the own order, `U` what the fee is paid in; `m` says whether the buyer rested.
  func trade(_ json: inout JSONScanner) -> OrderReport {
    var isBuyerMaker: Bool?
    var report = OrderReport()
    report.read(&json, Self.ownTrade, vocabulary) { _, key, json in
      guard key == "m" else { return false }
      isBuyerMaker = json.boolean()
      return true
    }
    report.feeAsset = report.feeAsset.uppercased()
    report.isMaker = isBuyerMaker.map { $0 == (report.side == .buy) }
    return report
  }

  private static let ownTrade = FieldTable<OrderField>([
    "t": .fillID, "o": .venue, "s": .symbol, "S": .side, "p": .fillPrice, "q": .fillQuantity, "f": .fee,
    "U": .feeAsset, "E": .time,
  ])
}

extension WazirXSpot {
  /// "New Order"; on sockets sides are those of the book as well.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "bid": .buy, "ask": .sell], type: ["limit": .limit, "stop_limit": .stopLimit],
      force: [:], state: ["idle": .untriggered, "wait": .open, "done": .filled, "cancel": .cancelled])
  }

  /// "Error Codes and Messages": the code stands beside the status 400.
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "code", text: "message"),
      ErrorTable(codes: [
        .unknownInstrument: "-1121", .unknownOrder: "2004", .funds: "2002", .rateLimit: "2136", .clock: "2098",
        .authentication: "2005 2078 2112 2115", .invalidOrder: "1999 2031 2113 94001",
      ]))
  }
}
