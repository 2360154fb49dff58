import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: OKX API v5, "WebSocket / Login", "Order channel", "Algo orders channel",
/// "Account channel", "Positions channel", "Position risk warning", "Get balance", "Get fee rates".
extension OKXConnector {
  private static let balance = FieldTable<BalanceField>([
    "ccy": .asset, "cashBal": .total, "availBal": .free, "frozenBal": .held, "uTime": .time,
  ])

  func offerAccount() {
    balances(Endpoint(.balance, on: .balances), at: "data/0/details") { [unowned(unsafe) self] in balance($0, &$1) }
    // What a trade costs stands negative. Of contracts that are settled in what they are quoted in the names have a U.
    let isPerpetual = product.isPerpetual
    fees(
      Endpoint(.tradeFee, on: .fees), ["instType": product.type], at: "data/0", maker: isPerpetual ? "makerU" : "maker",
      taker: isPerpetual ? "takerU" : "taker", isNegated: true)
  }

  /// Of a derivatives account equity is available, `eq` is the balance with unrealized profit, `upl`.
  private func balance(_ key: JSONText, _ json: inout JSONScanner) -> BalanceReport? {
    guard product.isPerpetual else { return BalanceReport(&json, Self.balance) }
    var look = json.mark.scanner()
    var report = BalanceReport(&json, Self.balance)
    var (equity, unrealized, available): (WideDecimal?, WideDecimal?, WideDecimal?) = (nil, nil, nil)
    look.members { key, json in
      switch key {
      case "eq": equity = json.optionalWideDecimal()
      case "upl": unrealized = json.optionalWideDecimal()
      case "availEq": available = json.optionalWideDecimal()
      default: return false
      }
      return true
    }
    report.free = available ?? report.free
    report.total = report.total ?? equity.map { $0 - (unrealized ?? .zero) }
    return report
  }

  /// "Login": base64 of HMAC-SHA256 over the seconds and `GET/users/self/verify`.
  public final func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let sign = ("\(Seal.seconds)GET/users/self/verify" as SealedText).hmac(.sha256, key: .field("secret_key")).base64
    return """
      {"op":"login","args":[{"apiKey":"\(Seal.field("api_key"))",\
      "passphrase":"\(Seal.field("passphrase").jsonEscaped)","timestamp":"\(Seal.seconds)",\
      "sign":"\(sign)"}]}
      """
  }

  public final func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let type = channel == "account" ? "" : ",\"instType\":\"\(product.type)\""
    return SealedText("{\"op\":\"subscribe\",\"args\":[{\"channel\":\"\(channel)\"\(type)}]}")
  }

  /// `{"arg": {"channel": "orders", ...}, "data": [{...}]}`, and answers `{"event": "login", "code": "0"}`,
  /// `{"event": "subscribe", "arg"}`, `{"event": "error", "code", "msg"}`.
  public final func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if isPong(frame) { return .ok }
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard let data = head.data else {
      switch head.kind {
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
        publishForced(report, account)
        publish(order: report, account)
      }
    case "account":
      list.elements { json in
        json.member("details") { json in publishBalances(&json, account) { balance($0, &$1) } }
      }
    case "orders-algo": list.elements { reportAlgo(&$0, account) }
    case "positions": publishPositions(&list, account, Self.position)
    case "liquidation-warning": warnings(&list, account)
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }
}
