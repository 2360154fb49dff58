import CPatchbay
import ConnectorKit

/// The account of spot and its stream. Sources: "List spot trading accounts", "Retrieve personal trading fee", "Orders
/// Channel", "User Trades Channel", "Spot Balance Channel".
extension GateSpot {
  private static let balance = FieldTable<BalanceField>([
    "currency": .asset, "total": .total, "available": .free, "locked": .held, "timestamp_ms": .time,
  ])

  func offerAccount() {
    balances(Endpoint(.accounts, on: .balances), at: "", Self.balance)
    fees(Endpoint(.fee, on: .fees), at: "", maker: "maker_fee", taker: "taker_fee")
  }

  /// All instruments of an account are reported by one word; balances take none.
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    signedSubscription(channel, id: id, payload: channel == "spot.balances" ? "" : "\"!all\"")
  }

  /// `{"channel": "spot.orders", "event": "update", "result": [{...}]}`, and answers to subscriptions.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard head.kind == "update" else { return answered(head, account) }
    guard var list = head.data?.scanner() else { return .parse }
    switch head.channel {
    case "spot.orders", "spot.orders_v2":
      list.elements { json in
        let report = order(&json)
        if json.isValid { publish(order: report, account) }
      }
    case "spot.usertrades":
      list.elements { json in
        let report = fill(&json)
        guard json.isValid else { return }
        // What names an instrument that is not known here is of no use.
        if market(named: report.symbol) != nil, !publish(fill: report, account) { json.fail() }
      }
    case "spot.priceorders": triggersCame(&list, account) { pushedTrigger(&$0) }
    case "spot.balances": publishBalances(&list, account) { BalanceReport(&$1, Self.balance) }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }
}
