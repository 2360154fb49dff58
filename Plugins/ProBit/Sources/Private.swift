import CPatchbay
import ConnectorKit

/// The account and its stream. Sources: "Balance", "Authorization", "Open Order", "Order History", "Trade History" of
/// the WebSocket API.
extension ProBitSpot {
  private static let balance = FieldTable<BalanceField>(["currency_id": .asset, "total": .total, "available": .free])

  func offerAccount() { balances(Endpoint(.balance, on: .calls), at: "data", Self.balance) }

  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    "{\"type\":\"authorization\",\"token\":\"\(Seal.slot(Int(TradingAccount.tokenSlot)))\"}"
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"type\":\"subscribe\",\"channel\":\"\(channel)\"}")
  }

  private static let head = FieldTable<HeadField>([
    "type": .kind, "result": .action, "channel": .channel, "data": .data, "errorCode": .code, "message": .text,
  ])

  /// `{"type": "authorization", "result": "ok"}`, `{"channel": "open_order", "reset": true, "data": [{...}]}`,
  /// `{"channel": "balance", "reset": false, "data": {"USDT": {"available": "1", "total": "2"}}}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    if !head.code.isEmpty || head.kind == "authorization" {
      let isFine = head.code.isEmpty && head.action == "ok"
      let answer = isFine ? .confirmed : Acknowledgement.refused(code: head.code.text, text: head.text.text)
      loggedIn(account, answer)
      if !isFine { acknowledged(account, answer) }
      return .ok
    }
    guard let data = head.data else { return .unsupported }
    var list = data.scanner()
    switch head.channel {
    case "open_order", "order_history":
      list.elements { json in
        let report = read(&json)
        if json.isValid { publish(order: report, account) }
      }
    case "trade_history":
      list.elements { json in
        let report = OrderReport(&json, Self.fill, vocabulary)
        if json.isValid { publish(fill: report, account) }
      }
    case "balance":
      publishBalances(&list, account) { name, json in
        var report = BalanceReport(&json, Self.balance)
        report.asset = name.text
        return report
      }
    default: return .unsupported
    }
    guard list.isValid else { return .parse }
    acknowledged(account, channel: head.channel.text, .confirmed)
    return .ok
  }
}
