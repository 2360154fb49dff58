import CPatchbay
import ConnectorKit
import Decimals

/// The account's stream. Sources: "Websocket API": "Auth", "Order push", "Balance push".
extension DigiFinexSpot {
  static let balance = FieldTable<BalanceField>(["currency": .asset, "free": .free, "total": .total])
  /// Names in one message.
  private static let mostNames = 100
  /// Reports that are kept for an answer that is under way.
  private static let mostHeard = 64

  /// Signed is the time.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    logins[account.id] = id
    let time = Seal.milliseconds
    let sign = SealedText(time).hmac(.sha256, key: .field("secret_key")).base64
    return """
      {"id":\(id),"method":"server.auth","params":["\(Seal.field("api_key").jsonEscaped)","\(time)","\(sign)"]}
      """
  }

  /// Orders come by market and balances by asset: each channel is a message with names of the list of instruments.
  public func privateChannels(_ account: TradingAccount) -> [String] {
    var (assets, known): ([String], Set<String>) = ([], [])
    for market in markets {
      for asset in [market.rules.base, market.rules.quote] where known.insert(asset).inserted { assets.append(asset) }
    }
    func messages(_ method: String, _ names: [String]) -> [String] {
      stride(from: 0, to: names.count, by: Self.mostNames).map { start in
        let part = names[start..<min(start + Self.mostNames, names.count)]
        return "\(method) \(part.map { "\"\($0)\"" }.joined(separator: ","))"
      }
    }
    return messages("order", markets.map { $0.symbol }) + messages("balance", assets)
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let parts = channel.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return SealedText() }
    return SealedText("{\"id\":\(id),\"method\":\"\(parts[0]).subscribe\",\"params\":[\(parts[1])]}")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var head = DigiFinexHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let parameters = head.parameters else { return answered(head, account) }
    var list = parameters.scanner()
    switch head.method {
    case "order.update": list.elements { report(&$0, account) }
    case "balance.update": publishBalances(&list, account) { BalanceReport(&$1, Self.balance) }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  private func answered(_ head: DigiFinexHead, _ account: TradingAccount) -> Status {
    guard head.isAnswer else { return .unsupported }
    guard let id = pb_id(head.id.text) else {
      if case .refused(let code, let text) = head.answer { return restart(account, .other, text.behind(code: code)) }
      return .ok
    }
    if logins[account.id] == id { loggedIn(account, head.answer) } else { acknowledged(id, head.answer) }
    return .ok
  }

  private static let order = FieldTable<OrderField>([
    "id": .venue, "symbol": .symbol, "side": .side, "type": .type, "status": .state, "price": .price,
    "amount": .quantity, "filled": .filled, "notional": .cost, "price_avg": .average, "timestamp": .time,
  ])

  /// `{"amount": "0", "filled": "0.9969", "id": "31b7", "mode": 1, "notional": "9713.82", "price": "0", "price_avg":
  /// "9700", "side": "buy", "status": 2, "symbol": "BTC_USDT", "timestamp": 1589272547000, "type": "market"}`: how much
  /// is filled and not how, which is asked for. Mode 2 is of the margin account.
  private func report(_ json: inout JSONScanner, _ account: TradingAccount) {
    var (report, isSpot) = (OrderReport(), true)
    report.read(&json, Self.order, vocabulary) { _, key, json in
      guard key == "mode" else { return false }
      isSpot = json.words() == "1"
      return true
    }
    guard json.isValid, isSpot else { return }
    guard !report.venue.isEmpty, report.side != .none else { return json.fail() }
    // What a market order is for when it buys is a value.
    if report.quantity?.isPositive != true { report.quantity = nil }
    if report.state == .open { report.state = report.openState }
    heard.removeAll { $0.venue == report.venue }
    if heard.count >= Self.mostHeard { heard.removeFirst() }
    heard.append(report)
    publish(order: report, account)
    owesFills(report, account)
  }
}
