import CPatchbay
import ConnectorKit

/// The account and its stream. Sources: "Get balances", "Get account information", "Private Channels", "Fills Channel",
/// "Orders Channel".
extension FTXSpot {
  private static let balance = FieldTable<BalanceField>(["coin": .asset, "total": .total, "free": .free])

  func offerAccount() {
    balances(Endpoint(.balances, on: .calls), at: "result", Self.balance)
    fees(Endpoint(.account, on: .calls), at: "result", maker: "makerFee", taker: "takerFee")
  }

  /// "Private Channels": hex of HMAC-SHA256 over the time and `websocket_login`.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let (key, time) = (Seal.field("api_key"), Seal.milliseconds)
    let sign = ("\(time)websocket_login" as SealedText).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"op":"login","args":{"key":"\(key.jsonEscaped)","sign":"\(sign)","time":\(time)}}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"op\":\"subscribe\",\"channel\":\"\(channel)\"}")
  }

  /// `{"channel": "orders", "type": "update", "data": {...}}`, `{"type": "subscribed", "channel": "fills"}`, `{"type":
  /// "error", "code": 400, "msg": "Invalid login credentials"}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    switch head.kind {
    case "pong", "unsubscribed": return .ok
    case "subscribed":
      acknowledged(account, channel: head.channel.text, .confirmed)
      return .ok
    case "error":
      acknowledged(account, .refused(code: head.code.text, text: head.text.text))
      return .ok
    case "info":
      return head.code == "20001" ? restart(account, .maintenance, "the exchange asks to connect again") : .ok
    case "update": break
    default: return .unsupported
    }
    guard let data = head.data else { return .parse }
    var json = data.scanner()
    switch head.channel {
    case "orders":
      let report = read(&json)
      guard json.isValid else { return .parse }
      publish(order: report, account)
      balancesChanged(account)
    case "fills":
      let report = OrderReport(&json, Self.fill, vocabulary)
      guard json.isValid else { return .parse }
      publish(fill: report, account)
    default: return .unsupported
    }
    return .ok
  }
}
