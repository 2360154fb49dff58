import CPatchbay
import ConnectorKit
import Decimals

/// The account and its streams.
extension BeaxySpot {
  private static let wallet = FieldTable<BalanceField>([
    "currency": .asset, "available_balance": .free, "total_balance": .total,
  ])
  private static let head = FieldTable<HeadField>(["type": .kind, "data": .data])

  func offerAccount() { balances(Endpoint(.wallets, on: .calls), at: "", Self.wallet) }

  /// `{"type": "snapshot", "data": [{...}]}`, `{"type": "update", "data": {...}}`, `{"type": "keep_alive"}`. What is in
  /// it says which stream it is of.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    if head.kind == "keep_alive" { return .ok }
    guard var data = head.data?.scanner() else { return .unsupported }
    guard data.peek() == UInt8(ascii: "[") else { return entry(data.mark, account) }
    var status = Status.ok
    data.elements { json in
      let read = entry(json.passed(), account)
      if read != .ok { status = read }
    }
    return data.isValid ? status : .parse
  }

  private func entry(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    guard data.text("order_id").isEmpty else { return order(&json, account) }
    let report = BalanceReport(&json, Self.wallet)
    guard json.isValid else { return .parse }
    return publish(balance: report, account) ? .ok : .unsupported
  }

  /// A report may be about a trade: its quantity, its price and what it cost. It has no id of its own, and is named by
  /// how much is filled with it. Hummingbot took its quantity for all that is filled, though it stands beside that.
  private func order(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var report = read(&json)
    guard json.isValid, !report.venue.isEmpty else { return .parse }
    if report.fillQuantity?.isPositive == true, report.fillPrice?.isPositive == true {
      report.fillID = "\(report.venue)-\(report.filled?.plain ?? String(report.time))"
      publish(fill: report, account)
    }
    publish(order: report.withoutFill, account)
    return .ok
  }
}
