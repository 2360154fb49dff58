import CPatchbay
import ConnectorKit
import Decimals

/// The private socket. When a message of a channel is missing, the socket is opened again and the snapshots say what
/// happened. Sources: Kraken API Center, "executions", "balances".
extension KrakenSpot {
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let options = channel == "executions" ? ",\"snap_orders\":true,\"snap_trades\":true" : ",\"snapshot\":true"
    let token = Seal.slot(Int(TradingAccount.tokenSlot))
    let parameters: SealedText = "{\"channel\":\"\(channel)\",\"token\":\"\(token)\"\(options)}"
    return "{\"method\":\"subscribe\",\"params\":\(parameters),\"req_id\":\(id)}"
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var (kind, type, data, answer) = (FrameKind.none, JSONText(), JSONMark?.none, SocketAnswer())
    json.members { key, json in
      switch key {
      case "channel": kind = KrakenSpot.kind(json.string())
      case "type": type = json.string()
      case "data":
        data = json.mark
        json.skip()
      default: answer.read(key, &json)
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    let isSnapshot = type == "snapshot"
    switch kind {
    case .executions:
      guard let data, follows(account, \.executions, answer.sequence, isSnapshot) else {
        return restart(account, .transient, "messages of executions are missing")
      }
      return executions(data, account, isSnapshot: isSnapshot)
    case .balances:
      guard data != nil, follows(account, \.balances, answer.sequence, isSnapshot) else {
        return restart(account, .transient, "messages of balances are missing")
      }
      balancesChanged(account)
      return .ok
    case .status:
      guard var json = data?.scanner() else { return .parse }
      return engineStatus(&json)
    case .heartbeat: return .ok
    case .none: return answer.isEmpty ? .unsupported : answered(answer, account.stream)
    default: return .unsupported
    }
  }

  /// Whether a message's number is the one after the last.
  private func follows(
    _ account: TradingAccount, _ channel: WritableKeyPath<(executions: UInt64, balances: UInt64), UInt64>,
    _ sequence: UInt64, _ isSnapshot: Bool
  ) -> Bool {
    let last = sequences[account.id, default: (0, 0)][keyPath: channel]
    guard isSnapshot || sequence == last &+ 1 else { return false }
    sequences[account.id, default: (0, 0)][keyPath: channel] = sequence
    return true
  }

  // MARK: Executions

  private static let report = FieldTable<OrderField>([
    "symbol": .symbol, "cl_ord_id": .client, "order_id": .venue, "side": .side, "order_type": .type,
    "time_in_force": .force, "order_status": .state, "limit_price": .price, "stop_price": .stop,
    "order_qty": .quantity, "cum_qty": .filled, "avg_price": .average, "timestamp": .isoTime, "reason": .reason,
    "exec_id": .fillID, "last_price": .fillPrice, "last_qty": .fillQuantity, "liquidity_ind": .maker,
  ])

  private func executions(_ data: JSONMark, _ account: TradingAccount, isSnapshot: Bool) -> Status {
    // What is not in the first snapshot of a stream has ended meanwhile.
    if isSnapshot, !account.isLive { account.orders.forgetAll() }
    var json = data.scanner()
    json.enterArray()
    while json.nextElement() {
      let entry = json.mark
      json.skip()
      guard json.isValid else { break }
      if publish(entry, account, isSnapshot: isSnapshot) { continue }
      // A snapshot would come again the same, so what cannot be read of it is left out.
      guard isSnapshot else { return restart(account, .other, "a report could not be read") }
      out.log(.error, "private stream: an entry of the snapshot could not be read and is left out")
    }
    guard json.isValid else { return .parse }
    if isSnapshot { becameLive(account) }
    return .ok
  }

  /// Reads one report and publishes it. Reports after the first of an order name only what changed.
  private func publish(_ entry: JSONMark, _ account: TradingAccount, isSnapshot: Bool) -> Bool {
    var json = entry.scanner()
    guard var name = json.find("order_id")?.scanner() else { return false }
    let id = name.string().text
    guard !id.isEmpty else { return false }
    var report = account.orders[id] ?? OrderReport()
    (report.state, report.stateWord) = (nil, "")
    if report.force == nil { report.force = .goodTilCancelled }
    var kind = JSONText()
    json = entry.scanner()
    report.read(&json, Self.report, vocabulary) { report, key, json in
      switch key {
      case "exec_type": kind = json.string()
      case "fees": readFees(&json, &report)
      // Zero stands for orders that are not by value.
      case "cash_order_qty": if json.decimal().isPositive { report.flags.insert(.byValue) }
      case "post_only": if json.boolean() { report.flags.insert(.postOnly) }
      case "triggers" where json.peek() == UInt8(ascii: "{"): readTrigger(&json, &report)
      default: return false
      }
      return true
    }
    guard json.isValid else { return false }
    guard market(named: report.symbol) != nil else { return true }
    if kind == "trade" {
      if !publish(fill: report, account) {
        out.log(.error, "order \(report.venue): an execution without id, price or quantity")
      }
      // The trades of a snapshot are history; what has become of their orders since then they do not say.
      if isSnapshot { return true }
    }
    if report.created == 0 { report.created = report.time }
    let hasEnded = report.state != nil
    report.state = report.state ?? report.openState
    // Only what lasts is remembered.
    if hasEnded { account.orders.forget(id) } else { account.orders.remember(report.withoutFill) }
    // Of a pending one nothing has been decided yet; the engine's own word follows.
    if kind != "pending_new", report.stateWord != "pending_new" { publish(order: report, account) }
    return true
  }

  private func readTrigger(_ json: inout JSONScanner, _ report: inout OrderReport) {
    json.members { key, json in
      switch key {
      case "price": report.stop = json.optionalDecimal().flatMap { $0.isPositive ? $0 : nil } ?? report.stop
      case "status": report.isTriggered = json.string() == "triggered"
      default: return false
      }
      return true
    }
  }

  /// `[{"asset": "USD", "qty": 0.3458}]`; the first is reported.
  private func readFees(_ json: inout JSONScanner, _ report: inout OrderReport) {
    json.elements { json in
      let isFirst = report.feeAsset.isEmpty
      json.members { key, json in
        switch key {
        case "asset" where isFirst: report.feeAsset = asset(json.string().text)
        case "qty" where isFirst: report.fee = json.optionalDecimal()
        default: return false
        }
        return true
      }
    }
  }
}
