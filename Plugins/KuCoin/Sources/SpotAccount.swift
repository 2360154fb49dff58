import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: KuCoin API, "Get Account List - Spot", "Get Actual Fee - Spot", "WebSocket
/// API / Private Channels": "Order V2", "Account Balance".
extension KuCoinSpot {
  private static let account = FieldTable<BalanceField>([
    "currency": .asset, "balance": .total, "available": .free, "holds": .held,
  ])
  private static let change = FieldTable<BalanceField>([
    "currency": .asset, "total": .total, "available": .free, "hold": .held, "time": .time,
  ])

  func offerAccount() {
    // Accounts of type main and margin hold what no order of this market can use.
    balances(Endpoint(.accounts, on: .managementPool, weight: 5), ["type": "trade_hf"], at: "data") { _, json in
      let type = json.mark.member("type")
      let report = BalanceReport(&json, Self.account)
      return type.isEmpty || type.hasPrefix("trade") ? report : nil
    }
    fees(
      Endpoint(.tradeFees, on: .spotPool, weight: 3), markets: "symbols", most: 10, at: "data",
      ["symbol": .symbol, "takerFeeRate": .taker, "makerFeeRate": .maker])
  }

  // MARK: The stream

  /// `{"topic": "/spotMarket/tradeOrdersV2", "type": "message", "subject": "orderChange", "data": {...}}`
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    if let status = answered(head) { return status }
    guard var data = head.data?.scanner() else { return .parse }
    switch head.action {
    case "orderChange": return orderChange(&data, account)
    case "stopOrder": return stopChange(&data, account)
    case "account.balance": return balanceChange(&data, account)
    default: return .unsupported
    }
  }

  private static let order = FieldTable<OrderField>([
    "orderId": .venue, "clientOid": .client, "symbol": .symbol, "side": .side, "orderType": .type, "type": .state,
    "price": .price, "filledSize": .filled, "ts": .nanoseconds, "tradeId": .fillID, "matchPrice": .fillPrice,
    "matchSize": .fillQuantity, "liquidity": .maker,
  ])

  /// "Order V2": `type` is received, open, match, update, filled or canceled; a match is an execution, whose fee is not
  /// said. `size` is the size after changes, `originSize` what was placed; orders that are only taken in have the one.
  private func orderChange(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var report = OrderReport()
    var (size, origin) = (Decimal64?.none, Decimal64?.none)
    report.read(&json, Self.order, vocabulary) { _, key, json in
      switch key {
      case "size": size = json.optionalDecimal()
      case "originSize": origin = json.optionalDecimal()
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    report.quantity = size ?? origin
    report.clearValue()
    let isMatch = report.stateWord == "match"
    if report.state == .open { report.state = report.openState }
    if isMatch { publish(fill: report, account) }
    publish(order: report, account)
    return .ok
  }

  /// "Account Balance": of all accounts; `relationEvent` says of which: `trade.setted`, `main.deposit`, `margin.hold`.
  private func balanceChange(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    switch json.mark.member("relationEvent").prefix(while: { $0 != "." && $0 != "_" }) {
    case "main", "margin", "isolated": return .ok
    case "trade":
      let report = BalanceReport(&json, Self.change)
      guard json.isValid, publish(balance: report, account) else { return .parse }
    default: balancesChanged(account)
    }
    return .ok
  }
}
