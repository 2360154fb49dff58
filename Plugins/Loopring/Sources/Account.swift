import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Get Assets", "Get Orders", "Account Notification", "Order Notification".
extension LoopringSpot {
  func offerAccount() {
    balances(
      Endpoint(.balances, on: .calls), at: ""
    ) { [unowned(unsafe) self] in balance(&$1, total: "total", held: "locked") }
    var pages = Pages(Endpoint(.orders, on: .calls), at: "orders", .offset("offset"), full: 50)
    (pages.symbol, pages.size, pages.parameters) = ("market", "limit", [("status", "processing")])
    orders(.openOrders, pages) { [unowned(unsafe) self] in listed(&$1) }
  }

  /// "Header"
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    guard request.permission != PermittedAct.streamKey.name else { return }
    request.headers.append(("X-API-KEY", SealedText(.field("api_key"))))
  }

  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard call.endpoint.act.name != PermittedAct.streamKey.name else { return }
    call.set("accountId", Seal.field("account_id"))
  }

  // MARK: The stream

  /// "Subscribe up to 20 topics in total": the account, and the orders of the first 19 markets.
  public func privateChannels(_ account: TradingAccount) -> [String] {
    ["account"] + markets.prefix(19).map { "order \($0.symbol)" }
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let parts = channel.split(separator: " ", maxSplits: 1)
    let market = parts.count == 2 ? ",\"market\":\"\(parts[1])\"" : ""
    let (key, topic) = (Seal.field("api_key").jsonEscaped, String(parts[0]))
    return """
      {"op":"sub","sequence":\(id),"apiKey":"\(key)","topics":[{"topic":"\(topic)"\(market)}]}
      """
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if answeredPing(frame, account.stream) { return .ok }
    guard let event = Event(frame) else { return .parse }
    guard event.operation.isEmpty else {
      acknowledged(account, event.answer)
      return .ok
    }
    guard let topic = event.topic, var data = event.data?.scanner() else { return .unsupported }
    switch topic.name {
    case "account":
      let report = balance(&data, total: "totalAmount", held: "amountLocked")
      guard data.isValid else { return .parse }
      return publish(balance: report, account) ? .ok : .unsupported
    case "order":
      var report = order(&data)
      guard data.isValid, !report.venue.isEmpty else { return .parse }
      if report.time == 0 { report.time = event.time }
      changed(report, account)
      return .ok
    default: return .unsupported
    }
  }

  // MARK: Reading

  /// `{"tokenId": 0, "total": "99476758000000000", "locked": "0"}`
  private func balance(_ json: inout JSONScanner, total: StaticString, held: StaticString) -> BalanceReport {
    var (report, id): (BalanceReport, String) = (BalanceReport(), "")
    var (sum, locked): (JSONMark?, JSONMark?)
    json.members { key, json in
      if key == total { sum = json.passed() } else if key == held { locked = json.passed() } else if key == "tokenId" {
        id = json.words()
      } else {
        return false
      }
      return true
    }
    guard json.isValid, let token = tokens[id], let sum else { return report }
    report.asset = token.symbol
    report.total = amount(sum, token).map { WideDecimal($0) }
    report.held = locked.flatMap { amount($0, token) }.map { WideDecimal($0) }
    return report
  }

  /// Whole ones of a token with as many digits as can be kept; `nil` where there are too many before the point.
  private func amount(_ mark: JSONMark, _ token: Token?) -> Decimal64? {
    var json = mark.scanner()
    guard let token, let units = json.optionalWideDecimal(), json.isValid else { return nil }
    for places in [18, 12, 9, 6, 3, 0] as [Int32] {
      if let value = units.quotient(dividingBy: token.unit, places: places) { return value }
    }
    return nil
  }

  /// `{"hash": "0x8b1d...", "clientOrderId": "a", "size": "1000", "volume": "400", "price": "0.0004", "filledSize":
  /// "0", "filledVolume": "0", "filledFee": "0", "status": "processing", "side": "buy", "market": "LRC-ETH"}`. Fees are
  /// in what the order got, which is how Hummingbot read them.
  private func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, marks): (OrderReport, [JSONMark?]) = (OrderReport(), [nil, nil, nil, nil])
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "size", "baseAmount": marks[0] = json.passed()
      case "filledSize", "baseFilled": marks[1] = json.passed()
      case "filledVolume", "quoteFilled": marks[2] = json.passed()
      case "filledFee", "fee": marks[3] = json.passed()
      default: return false
      }
      return true
    }
    guard let market = market(named: report.symbol) else { return report }
    let (base, quote) = (token(named: market.rules.base), token(named: market.rules.quote))
    report.quantity = marks[0].flatMap { amount($0, base) }
    report.filled = marks[1].flatMap { amount($0, base) }
    report.cost = marks[2].flatMap { amount($0, quote) }
    report.fee = marks[3].flatMap { amount($0, report.side == .buy ? base : quote) }
    report.feeAsset = report.side == .buy ? market.rules.base : market.rules.quote
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// "Get Orders": what was ordered and filled stands in an object of its own.
  private func listed(_ json: inout JSONScanner) -> OrderReport { order(&json).withoutFill }

  private static let order = FieldTable<OrderField>(
    [
      "hash": .venue, "clientOrderId": .client, "side": .side, "market": .symbol, "price": .price, "status": .state,
      "orderType": .type, "updateAt": .time,
    ], inside: ["volumes": FieldTable<OrderField>([:])])

  /// An order says how much of it is filled and what that cost, and not by which trades: each growth since the report
  /// before is one execution. Of an order that was not reported before, what is filled already stays with the order.
  private func changed(_ report: OrderReport, _ account: TradingAccount) {
    if let before = account.orders[report.venue], let fill = Self.growth(of: report, since: before) {
      publish(fill: fill, account)
    }
    switch report.state {
    case .filled, .cancelled, .rejected, .expired: account.orders.forget(report.venue)
    default: account.orders.remember(report)
    }
    publish(order: report.withoutFill, account)
  }

  private static func growth(of report: OrderReport, since before: OrderReport) -> OrderReport? {
    guard let filled = report.filled, let quantity = filled.subtracting(before.filled ?? .zero), quantity.isPositive,
      let value = report.cost?.subtracting(before.cost ?? .zero),
      let price = value.quotient(dividingBy: quantity, places: 12)
    else { return nil }
    var fill = report
    fill.fillID = "\(report.venue)-\(filled.plain)"
    (fill.fillPrice, fill.fillQuantity) = (price, quantity)
    fill.fee = report.fee?.subtracting(before.fee ?? .zero)
    return fill
  }
}
