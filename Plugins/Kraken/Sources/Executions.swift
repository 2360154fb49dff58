import CPatchbay
import ConnectorKit
import Decimals

/// The private socket. Sources: Kraken API Center, "executions", "balances".
extension KrakenSpot {
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let options = channel == "executions" ? ",\"snap_orders\":true,\"snap_trades\":true" : ",\"snapshot\":true"
    let token = Seal.slot(Int(TradingAccount.tokenSlot))
    let parameters: SealedText = "{\"channel\":\"\(channel)\",\"token\":\"\(token)\"\(options)}"
    return "{\"method\":\"subscribe\",\"params\":\(parameters),\"req_id\":\(id)}"
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    let (channel, isSnapshot) = (head.channel.text, head.action == "snapshot")
    if channel == "heartbeat" { return .ok }
    if channel.isEmpty { return answered(head) }
    guard let data = head.data else { return .parse }
    var list = data.scanner()
    guard channel == "executions" || channel == "balances" else {
      return channel == "status" ? engineStatus(&list) : .unsupported
    }
    guard follows(account, channel, head.number ?? 0, isSnapshot: isSnapshot) else { return .parse }
    guard channel == "balances" else {
      return publishChanges(data, account, isSnapshot: isSnapshot, id: "order_id") { [unowned(unsafe) self] in
        change(&$0, &$1, isSnapshot: isSnapshot)
      }
    }
    publishBalances(&list, account) { [unowned(unsafe) self] in total(&$1) }
    balancesChanged(account)
    return .ok
  }

  private static let report = FieldTable<OrderField>([
    "symbol": .symbol, "cl_ord_id": .client, "order_id": .venue, "side": .side, "order_type": .type,
    "time_in_force": .force, "order_status": .state, "limit_price": .price, "stop_price": .stop,
    "order_qty": .quantity, "cum_qty": .filled, "avg_price": .average, "timestamp": .isoTime, "reason": .reason,
    "exec_id": .fillID, "last_price": .fillPrice, "last_qty": .fillQuantity, "liquidity_ind": .maker,
    "post_only": .postOnly,
  ], inside: ["triggers": ["price": .stop, "status": .triggered], "fees": ["asset": .feeAsset, "qty": .fee]])

  private func change(_ report: inout OrderReport, _ json: inout JSONScanner, isSnapshot: Bool) -> ChangeKind {
    var kind = JSONText()
    report.read(&json, Self.report, vocabulary) { report, key, json in
      switch key {
      case "exec_type": kind = json.string()
      // Zero stands for orders that are not by value.
      case "cash_order_qty": if json.decimal().isPositive { report.flags.insert(.byValue) }
      default: return false
      }
      return true
    }
    report.feeAsset = asset(report.feeAsset)
    if kind == "trade" { return isSnapshot ? .pastFill : .fill }
    return kind == "pending_new" || report.stateWord == "pending_new" ? .pending : .order
  }
}
