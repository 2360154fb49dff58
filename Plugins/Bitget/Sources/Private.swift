import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Websocket API / Login", "Order Channel", "Account Channel", "Trigger Order
/// Channel", "Positions Channel", "Get Account Assets", "Get Account List", "Get Trade Rate".
extension BitgetConnector {
  private static let balance = FieldTable<BalanceField>([
    "coin": .asset, "marginCoin": .asset, "available": .free, "uTime": .time,
  ])

  func offerAccount() {
    let parameters: KeyValuePairs = isPerpetual ? ["productType": productType] : [:]
    balances(Endpoint(isPerpetual ? .perpBalances : .balances, on: .balances), parameters, at: "data") {
      [unowned(unsafe) self] in balance(&$1)
    }
    fees(Endpoint(.fee, on: .fees), each: "symbol", at: "data", maker: "makerFeeRate", taker: "takerFeeRate")
  }

  /// "Get Trade Rate" is of spot or of contracts.
  public final func prepare(_ call: inout Call) {
    if call.endpoint.act.name == PermittedAct.fee.name { call.set("businessType", isPerpetual ? "mix" : "spot") }
  }

  /// At spot `frozen` and `locked` are held. Of contracts the equity has what positions have won and not realized.
  private func balance(_ json: inout JSONScanner) -> BalanceReport? {
    var look = json.mark.scanner()
    var report = BalanceReport(&json, Self.balance)
    var (held, equity, unrealized): (WideDecimal, WideDecimal?, WideDecimal?) = (.zero, nil, nil)
    look.members { key, json in
      switch key {
      case "frozen", "locked": held = held + (json.optionalWideDecimal() ?? .zero)
      case "equity", "accountEquity": equity = json.optionalWideDecimal()
      case "unrealizedPL": unrealized = json.optionalWideDecimal()
      default: return false
      }
      return true
    }
    if isPerpetual { report.total = equity.map { $0 - (unrealized ?? .zero) } } else { report.held = held }
    return report
  }

  // MARK: Stream

  /// "Login": base64 of HMAC-SHA256 over the seconds and `GET/user/verify`.
  public final func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let sign = ("\(Seal.seconds)GET/user/verify" as SealedText).hmac(.sha256, key: .field("secret_key")).base64
    return """
      {"op":"login","args":[{"apiKey":"\(Seal.field("api_key"))",\
      "passphrase":"\(Seal.field("passphrase").jsonEscaped)","timestamp":"\(Seal.seconds)",\
      "sign":"\(sign)"}]}
      """
  }

  public final func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let all = channel == "account" ? "coin" : "instId"
    return SealedText(
      "{\"op\":\"subscribe\",\"args\":[{\"instType\":\"\(productType)\",\"channel\":\"\(channel)\","
        + "\"\(all)\":\"default\"}]}")
  }

  /// `{"arg": {"channel": "orders", ...}, "data": [{...}]}`, and answers `{"event": "login", "code": 0}`,
  /// `{"event": "subscribe", "arg"}`, `{"event": "error", "code", "msg"}`.
  public final func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if isPong(frame) { return .ok }
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard let data = head.data else {
      switch head.kind {
      case "login": loggedIn(account, head.answer())
      case "subscribe": acknowledged(account, .confirmed)
      case "error":
        let refusal = Acknowledgement.refused(code: head.code.text, text: head.text.text)
        loggedIn(account, refusal)
        acknowledged(account, refusal)
      default: break
      }
      return .ok
    }
    var list = data.scanner()
    switch head.channel {
    case "orders":
      list.elements { json in
        let report = order(&json, Self.pushed)
        guard json.isValid else { return }
        if report.isFill { publish(fill: report, account) }
        publishForced(report, account)
        publish(order: report.withoutFill, account)
      }
    case "fill":
      list.elements { json in
        var report = execution(&json)
        // The sign of spot differs from that of the order channel.
        if !isPerpetual { report.fee = report.fee.flatMap { $0.absolute?.negated } }
        if json.isValid { publish(fill: report, account) }
      }
    case "account": publishBalances(&list, account) { balance(&$1) }
    case "orders-algo": list.elements { planCame(&$0, account) }
    case "positions": positionsCame(&list, account)
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }
}
