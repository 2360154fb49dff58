import CPatchbay
import ConnectorKit

/// The account and its stream. Sources: OKX API v5, "WebSocket / Login", "Order channel", "Account channel", "Get
/// balance", "Get fee rates".
extension OKXSpot {
  private static let balance = FieldTable<BalanceField>([
    "ccy": .asset, "cashBal": .total, "availBal": .free, "frozenBal": .held, "uTime": .time,
  ])

  func offerAccount() {
    balances(Endpoint(.balance, on: Limit.balances), at: "data/0/details", Self.balance)
    // What a trade costs stands negative.
    fees(
      Endpoint(.tradeFee, on: Limit.fees), ["instType": "SPOT"], at: "data/0", maker: "maker", taker: "taker",
      isNegated: true)
  }

  /// "Login": base64 of HMAC-SHA256 over the seconds and `GET/users/self/verify`.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let sign = ("\(Seal.seconds)GET/users/self/verify" as SealedText).hmac(.sha256, key: .field("secret_key")).base64
    return """
      {"op":"login","args":[{"apiKey":"\(Seal.field("api_key"))",\
      "passphrase":"\(Seal.field("passphrase").jsonEscaped)","timestamp":"\(Seal.seconds)",\
      "sign":"\(sign)"}]}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let type = channel == "orders" ? ",\"instType\":\"SPOT\"" : ""
    return SealedText("{\"op\":\"subscribe\",\"args\":[{\"channel\":\"\(channel)\"\(type)}]}")
  }

  /// `{"arg": {"channel": "orders", ...}, "data": [{...}]}`, and answers `{"event": "login", "code": "0"}`,
  /// `{"event": "subscribe", "arg"}`, `{"event": "error", "code", "msg"}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if isPong(frame) { return .ok }
    var json = JSONScanner(frame)
    var head = FrameHead()
    json.members { key, json in head.read(key, &json) }
    guard json.isComplete() else { return .parse }
    guard let data = head.data else {
      switch head.event {
      case "login": loggedIn(account, .confirmed)
      case "subscribe": acknowledged(account, .confirmed)
      case "error":
        let answer = Acknowledgement.refused(code: head.code.text, text: head.text.text)
        loggedIn(account, answer)
        acknowledged(account, answer)
      default: break
      }
      return .ok
    }
    var list = data.scanner()
    switch head.channel {
    case "orders":
      list.elements { json in
        let report = order(&json)
        guard json.isValid else { return }
        if report.isFill { publish(fill: report, account) }
        publish(order: report, account)
      }
    case "account":
      list.elements { json in
        json.members { key, json in
          guard key == "details" else { return false }
          publishBalances(&json, account) { BalanceReport(&$1, Self.balance) }
          return true
        }
      }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }
}
