import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "balance.query" of the REST API, "User Verification", "The Push on Changes of
/// User's Order", "Push of Changes on User Asset".
extension HotbitSpot {
  private static let balance = FieldTable<BalanceField>(["available": .free, "freeze": .held])

  func offerAccount() {
    balances(Endpoint(.balances, .form, on: .calls), ["assets": "[]"], at: "result") { Self.asset($0, &$1) }
  }

  private static func asset(_ name: JSONText, _ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport(&json, balance)
    report.asset = name.text
    return report
  }

  /// "User Verification": the key, and the signature of nothing but it.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    logins[account.id] = id
    account.orders.forgetAll()
    let key = Seal.field("api_key")
    let sign = ("api_key=\(key)&secret_key=\(Seal.field("secret_key"))" as SealedText).md5.hexUpper
    return "{\"method\":\"server.auth\",\"params\":[\"\(key.jsonEscaped)\",\"\(sign)\"],\"id\":\(id)}"
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    var (names, seen): ([String], Set<String>) = ([], [])
    for market in markets {
      let found = channel == "order" ? [market.symbol] : [market.rules.base, market.rules.quote]
      for name in found where seen.insert(name).inserted { names.append("\"\(name)\"") }
    }
    return SealedText("{\"method\":\"\(channel).subscribe\",\"params\":[\(names.joined(separator: ","))],\"id\":\(id)}")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let event = Event(frame) else { return .parse }
    guard !event.method.isEmpty else {
      if event.id == "0" { return .ok }
      if let id = pb_id(event.id.text), id == logins[account.id] {
        loggedIn(account, event.refusal.answer)
      } else {
        acknowledged(account, event.refusal.answer)
      }
      return .ok
    }
    guard let params = event.params else { return .parse }
    switch event.method {
    case "order.update": return orderUpdate(params, account)
    case "asset.update":
      // Their object stands in a list, or by itself.
      var list = params.scanner()
      if list.peek() == UInt8(ascii: "[") {
        list.elements { publishBalances(&$0, account) { Self.asset($0, &$1) } }
      } else {
        publishBalances(&list, account) { Self.asset($0, &$1) }
      }
      return list.isValid ? .ok : .parse
    default: return .unsupported
    }
  }

  /// `[2, {"id": 422458, "market": "BTCUSDT", "side": 1, "amount": "10", "left": "6", "deal_stock": "4", "deal_money":
  /// "32000", "deal_fee": "32", ...}]`: 1 says that it is new, 2 that it changed, 3 that it has ended.
  private func orderUpdate(_ params: JSONMark, _ account: TradingAccount) -> Status {
    guard var event = Self.element("0", params), var json = Self.element("1", params) else { return .parse }
    let what = event.scalar()
    var report = Self.read(&json, vocabulary)
    guard event.isValid, json.isValid, !report.venue.isEmpty else { return .parse }
    guard let market = market(named: report.symbol) else { return .ok }
    switch what {
    case "1", "2": report.state = report.openState
    // What was a market order to buy has no quantity to compare with.
    case "3": report.state = report.quantity == nil || report.filled == report.quantity ? .filled : .cancelled
    default: return .unsupported
    }
    if let fill = execution(report, since: what == "1" ? OrderReport() : account.orders[report.venue], market) {
      publish(fill: fill, account)
    }
    if what == "3" { account.orders.forget(report.venue) } else { account.orders.remember(report) }
    publish(order: report.withoutFill, account)
    return .ok
  }

  /// What was traded since the last report, as one execution at its average price, cut to 12 places. Fees are in what
  /// the order got. Of an order whose last report nobody heard, that is not known.
  private func execution(_ report: OrderReport, since last: OrderReport?, _ market: Market) -> OrderReport? {
    guard let last, let filled = report.filled, let cost = report.cost,
      let quantity = filled.subtracting(last.filled ?? .zero), quantity.isPositive,
      let value = cost.subtracting(last.cost ?? .zero),
      let price = value.quotient(dividingBy: quantity, places: 12)
    else { return nil }
    var fill = report
    fill.fillID = "\(report.venue)-\(filled.plain)"
    (fill.fillPrice, fill.fillQuantity) = (price, quantity)
    fill.fee = report.fee?.subtracting(last.fee ?? .zero)
    fill.feeAsset = report.side == .buy ? market.rules.base : market.rules.quote
    return fill
  }
}
