import CPatchbay
import ConnectorKit

/// The account and its stream. Sources: "Get your balances", "Private streams".
extension PeatioExchange {
  private static let funds = FieldTable<BalanceField>(["currency": .asset, "balance": .free, "locked": .held])

  func offerAccount() {
    balances(Endpoint(venue.acts.balances, on: venue.calls), at: "") { Self.balance(&$1) }
  }

  private static func balance(_ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport(&json, funds)
    report.asset = report.asset.uppercased()
    return report
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"event\":\"subscribe\",\"streams\":[\"\(channel)\"]}")
  }

  /// `{"order": {...}}`, `{"trade": {...}}`, `{"balance": {...}}`, and answers as on public streams.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    guard json.isWhole, json.peek() == UInt8(ascii: "{") else { return .parse }
    var status: Status?
    json.members { key, json in
      var data = json.passed().scanner()
      let read = member(key, &data, account)
      if status == nil || status == .ok || read == .parse { status = read }
      return true
    }
    return status ?? .unsupported
  }

  private func member(_ key: JSONText, _ data: inout JSONScanner, _ account: TradingAccount) -> Status {
    switch key {
    case "order":
      let report = read(&data)
      guard data.isValid else { return .parse }
      publish(order: report, account)
    case "trade":
      let report = readFill(&data)
      guard data.isValid else { return .parse }
      publish(fill: report, account)
    case "balance":
      let report = Self.balance(&data)
      return data.isValid && publish(balance: report, account) ? .ok : .parse
    case "success":
      for name in Self.streams(&data) { acknowledged(account, channel: name, .confirmed) }
    case "error":
      acknowledged(account, .refused(code: "", text: Self.message(&data)))
    default: return .unsupported
    }
    return .ok
  }
}
