import CPatchbay
import ConnectorKit
import Decimals

/// The account: orders, balances, what proves its consent, and its stream. "Signing", "Orders", "Private stream".
extension SandbarSpot {
  private static let order = FieldTable<OrderField>([
    "id": .venue, "client": .client, "symbol": .symbol, "side": .side, "type": .type, "status": .state,
    "size": .quantity, "filled": .filled, "price": .price, "time": .time,
  ])
  private static let trade = FieldTable<OrderField>([
    "id": .fillID, "price": .fillPrice, "size": .fillQuantity, "fee": .fee, "fee_asset": .feeAsset,
  ])
  private static let balance = FieldTable<BalanceField>(["asset": .asset, "free": .free, "held": .held])

  func offerAccount() {
    let answer = WriteAnswer(at: "", Self.order)
    serve(.place, by: Endpoint(.place, .json, on: Self.requests), answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, on: Self.requests), answer)
    let list = Endpoint(.orders, on: Self.requests)
    let question = OrderQuestion(list, at: "orders", by: .listed(market: "symbol"))
    serveOrder(question) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(list, at: "orders")
    open.symbol = "symbol"
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    balances(Endpoint(.balances, on: Self.requests), at: "balances", Self.balance)
  }

  private func order(_ json: inout JSONScanner) -> OrderReport { OrderReport(&json, Self.order, vocabulary) }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("client", order.clientOrder)
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("size", order.quantity)
    call.set("price", order.price)
    if order.flags.contains(.postOnly) { call.set("post_only", true) }
  }

  /// By the exchange's id where it is known.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.fill(order.venueOrder.isEmpty ? order.clientOrder : order.venueOrder)
  }

  /// "Signing".
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.milliseconds
    let method = request.method == .post ? "POST" : request.method == .delete ? "DELETE" : "GET"
    let text = SealedText(time) + SealedText(method) + target + request.body
    request.headers += [
      ("X-Key", SealedText(.field("api_key"))), ("X-Time", SealedText(time)),
      ("X-Sign", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)),
    ]
  }

  // MARK: The stream

  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let (key, time) = (Seal.field("api_key"), Seal.milliseconds)
    let sign = SealedText(time).hmac(.sha256, key: .field("secret_key")).hex
    return "{\"op\":\"login\",\"key\":\"\(key.jsonEscaped)\",\"time\":\(time),\"sign\":\"\(sign)\"}"
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"op\":\"subscribe\",\"id\":\"\(id)\",\"topics\":[\"\(channel)\"]}")
  }

  private static let head = FieldTable<HeadField>([
    "topic": .channel, "orders": .data, "login": .success, "ok": .success, "id": .request, "code": .code, "text": .text,
  ])

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard !head.channel.isEmpty else {
      if head.request.isEmpty {
        loggedIn(account, head.answer())
      } else {
        acknowledged(account, head.answer())
      }
      return .ok
    }
    guard head.channel == "orders", var list = head.data?.scanner() else { return .unsupported }
    list.elements { report(&$0, account) }
    return list.isValid ? .ok : .parse
  }

  /// An order, and where it was traded its trade.
  private func report(_ json: inout JSONScanner, _ account: TradingAccount) {
    var (report, isTrade) = (OrderReport(), false)
    report.read(&json, Self.order, vocabulary) { report, key, json in
      guard key == "trade" else { return false }
      isTrade = true
      report.read(&json, Self.trade, vocabulary) { report, key, json in
        guard key == "maker" else { return false }
        report.isMaker = json.boolean()
        return true
      }
      return true
    }
    guard json.isValid else { return }
    if isTrade { publish(fill: report, account) }
    publish(order: report.withoutFill, account)
    balancesChanged(account)
  }
}
