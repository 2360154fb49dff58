import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: Bybit API v5, "Connect: Authentication", "Order", "Execution", "Wallet", "Get
/// Wallet Balance", "Get Fee Rate".
extension BybitExchange {
  func offerAccount() {
    balances(
      endpoint(.wallet, on: .wallets), ["accountType": "UNIFIED"], at: "result/list/0/coin"
    ) { [unowned(unsafe) self] in balance(&$1) }
    let rates = endpoint(.feeRates, on: .feeRates)
    fees(of: rates, all: rates, symbol: "symbol", ["category": Self.product.category], at: "result/list") {
      [unowned(unsafe) self] in
      marketFees(&$0, ["symbol": .symbol, "takerFeeRate": .taker, "makerFeeRate": .maker])
    }
  }

  /// Held is what open orders of spot lock, and the margin of orders and positions.
  private func balance(_ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport()
    var held = WideDecimal.zero
    json.members { key, json in
      switch key {
      case "coin": report.asset = json.string().text
      case "walletBalance": report.total = json.optionalWideDecimal()
      case "locked", "totalOrderIM", "totalPositionIM": held = held + (json.optionalWideDecimal() ?? .zero)
      default: return false
      }
      return true
    }
    report.held = held
    return report
  }

  /// "Authentication": hexadecimal HMAC-SHA256 over `GET/realtime` and the time until which the login is good.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let expires = Seal.milliseconds.moved(by: 10_000_000_000)
    let sign = ("GET/realtime\(expires)" as SealedText).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"req_id":"\(id)","op":"auth","args":["\(Seal.field("api_key").jsonEscaped)",\(expires),"\(sign)"]}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"req_id\":\"\(id)\",\"op\":\"subscribe\",\"args\":[\"\(channel)\"]}")
  }

  /// `{"topic": "order.spot", "creationTime": 1, "data": [{...}]}`, and answers
  /// `{"success": true, "ret_msg": "", "op": "auth", "conn_id": "..."}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var head = FrameHead()
    json.members { key, json in head.read(key, &json) }
    guard json.isComplete() else { return .parse }
    guard let data = head.data, !head.topic.isEmpty else {
      switch head.operation {
      case "auth": loggedIn(account, head.answer)
      case "subscribe": acknowledged(account, head.answer)
      case "unsubscribe", "ping", "pong": break
      default: return .unsupported
      }
      return .ok
    }
    var list = data.scanner()
    switch head.topic.before(first: UInt8(ascii: ".")) {
    case "order":
      list.elements { json in
        let report = order(&json)
        if json.isValid, !report.symbol.isEmpty { publish(order: report, account) }
      }
    // "Fast Execution" has less in it, and is not subscribed to.
    case "execution" where head.topic != "execution.fast":
      list.elements { json in
        guard let report = execution(&json), json.isValid else { return }
        publish(fill: report, account)
        publishForced(report, account)
      }
    case "wallet":
      list.elements { json in
        json.member("coin") { json in publishBalances(&json, account) { balance(&$1) } }
      }
    case "position": return positions(&list, account)
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }
}
