import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Listen Key", "Subscription order update data", "Subscription account balance
/// push", "Spot Account", "Query Trading Commission Rate".
extension BingXSpot {
  private static let balance = FieldTable<BalanceField>(["asset": .asset, "free": .free, "locked": .held])
  /// `wb` is what is free, `lk` what orders hold.
  private static let pushedBalance = FieldTable<BalanceField>(["a": .asset, "wb": .free, "lk": .held])
  private static let report = FieldTable<OrderField>([
    "s": .symbol, "i": .venue, "C": .client, "S": .side, "o": .type, "X": .state, "p": .price, "q": .quantity,
    "z": .filled, "Z": .cost, "E": .time, "t": .fillID, "L": .fillPrice, "l": .fillQuantity, "n": .fee,
    "N": .feeAsset, "m": .maker,
  ])

  func offerAccount() {
    balances(Endpoint(.balance, on: .balances), at: "data/balances", Self.balance)
    fees(
      Endpoint(.commissionRate, on: .fees), each: "symbol", at: "data", maker: "makerCommissionRate",
      taker: "takerCommissionRate")
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText { subscription(channel, id: id) }

  /// `{"code": 0, "dataType": "spot.executionReport", "data": {...}}`, `{"e": "ACCOUNT_UPDATE", "E": ms, "a": {"B":
  /// [...]}}`, `{"e": "listenKeyExpired"}`, and answers `{"code": 0, "id": "1", "msg": "SUCCESS"}`.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    let (read, status) = head(of: frame, account.stream)
    guard let head = read else { return status }
    switch head.event {
    case "ACCOUNT_UPDATE": return head.account.map { accountUpdate($0, account) } ?? .parse
    case "listenKeyExpired":
      restart(account, .transient, "the listen key has expired")
      return .ok
    default: break
    }
    if head.isFine, head.type == "spot.executionReport", let data = head.data { return executionReport(data, account) }
    return head.data == nil || !head.id.isEmpty || !head.isFine ? answer(head) : .unsupported
  }

  /// `x` says what happened, `T` when an execution did; `Q` is the value of an order by value.
  private func executionReport(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    var (report, value, isTrade, time) = (OrderReport(), Decimal64?.none, false, Int64(0))
    report.read(&json, Self.report, vocabulary) { _, key, json in
      switch key {
      case "x": isTrade = json.string() == "TRADE"
      case "Q": value = json.optionalDecimal()
      case "T": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    report = Self.corrected(report, value: value)
    if isTrade {
      var fill = report
      fill.fee = fill.fee.flatMap { Decimal64.zero.subtracting($0) }
      if time > 0 { fill.time = time }
      guard publish(fill: fill, account) || market(named: fill.symbol) == nil else { return .parse }
    }
    publish(order: report.withoutFill, account)
    return .ok
  }

  /// `{"m": "ORDER", "B": [{"a": "ETH", "bc": "0", "cw": "1", "wb": "1", "lk": "0"}]}`: the balances that changed, or
  /// all of them when `m` is `INIT`.
  private func accountUpdate(_ data: JSONMark, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    json.member("B") { json in publishBalances(&json, account) { BalanceReport(&$1, Self.pushedBalance) } }
    return json.isValid ? .ok : .parse
  }
}
