import CPatchbay
import ConnectorKit
import Decimals

/// What the indexer shows of a subaccount. Sources: "Indexer API: HTTP" (orders, fills, positions, funding payments),
/// "WebSocket: subaccounts".
extension DYDXPerpetual {
  private static let order = FieldTable<OrderField>([
    "id": .venue, "clientId": .client, "ticker": .symbol, "side": .side, "type": .type, "timeInForce": .force,
    "status": .state, "price": .price, "triggerPrice": .stop, "size": .quantity, "totalFilled": .filled,
    "reduceOnly": .reduceOnly, "updatedAt": .isoTime, "removalReason": .reason,
  ])
  private static let fill = FieldTable<OrderField>([
    "id": .fillID, "orderId": .venue, "market": .symbol, "ticker": .symbol, "side": .side, "price": .fillPrice,
    "size": .fillQuantity, "fee": .fee, "liquidity": .maker, "type": .origin, "createdAt": .isoTime,
  ])
  private static let position = FieldTable<PositionField>([
    "market": .symbol, "side": .side, "size": .quantity, "entryPrice": .entry, "unrealizedPnl": .unrealized,
    "realizedPnl": .realized,
  ])
  private static let payment = FieldTable<PaymentField>([
    "ticker": .symbol, "payment": .amount, "rate": .rate, "createdAt": .isoTime,
  ])
  /// Entries of a list at most.
  private static let full = 1000

  func offerAccount() {
    let read: ReadOrder = { [unowned(unsafe) self] in order(&$1) }
    let listed = Endpoint(.orders, on: .calls)
    serveOrder(
      OrderQuestion(Endpoint(.order, on: .calls), at: "", by: .path, isAlone: true),
      OrderQuestion(listed, at: "", by: .listed(market: "ticker"), ["limit": "1000"]), read: read)
    var all = Pages(listed, at: "", full: Self.full)
    (all.symbol, all.size, all.isByTime) = ("ticker", "limit", true)
    orders(.orderHistory, all, read: read)
    var open = Pages(listed, at: "", full: Self.full)
    (open.symbol, open.size) = ("ticker", "limit")
    open.parameters = [("status", "OPEN,BEST_EFFORT_OPENED,BEST_EFFORT_CANCELED,UNTRIGGERED")]
    orders(.openOrders, open, read: read)
    // The newest first, up to a time; a market is only named together with its kind.
    var filled = Pages(
      Endpoint(.fills, on: .calls), at: "fills", .after("createdBeforeOrAt", id: "createdAt"), full: Self.full)
    (filled.until, filled.size, filled.timeForm, filled.isByTime) = ("createdBeforeOrAt", "limit", .iso, true)
    fills(filled) { [unowned(unsafe) self] in fill(&$1) }
    balances(Endpoint(.assetPositions, on: .calls), at: "positions") { Self.balance(&$1) }
    var held = Pages(Endpoint(.positions, on: .calls), at: "positions", full: Self.full)
    (held.parameters, held.size) = ([("status", "OPEN")], "limit")
    positions(held) { [unowned(unsafe) self] in position(&$1) }
    var paid = Pages(Endpoint(.fundingPayments, on: .calls), at: "fundingPayments", .page("page"), full: Self.full)
    (paid.symbol, paid.size, paid.since, paid.timeForm) = ("ticker", "limit", "afterOrAt", .iso)
    fundingPayments(paid) { PaymentReport(&$1, Self.payment) }
  }

  /// Every question about an account names it.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard call.endpoint.act.name != PermittedAct.order.name else { return }
    call.set("address", .field("address"))
    call.set("subaccountNumber", .field("subaccount"))
  }

  // MARK: Reading

  /// An order. Times until which it is good are of two kinds: a time, or the number of a block.
  private func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, book) = (OrderReport(), "")
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "goodTilBlockTime": if !json.skipNull() { report.expiry = json.timestamp() }
      case "postOnly": if json.words() == "true" { report.flags.insert(.postOnly) }
      case "clobPairId": book = json.words()
      case "market": if report.symbol.isEmpty { report.symbol = json.words() } else { json.skip() }
      default: return false
      }
      return true
    }
    if report.symbol.isEmpty { report.symbol = symbolsByBook[book] ?? "" }
    if report.expiry > 0, report.force == nil { report.force = .goodTilDate }
    if report.type?.isTriggered == true, report.state != nil, report.state != .untriggered { report.isTriggered = true }
    if report.state == .open { report.state = report.openState }
    if report.state == .cancelled, report.reason.holds("EXPIRED") { report.state = .expired }
    if report.state != .cancelled, report.state != .expired, report.state != .rejected { report.reason = "" }
    return report
  }

  /// An execution; the fee is in USDC, and is received where it stands below zero.
  private func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport(&json, Self.fill, vocabulary)
    report.feeAsset = "USDC"
    return report
  }

  /// `{"symbol": "USDC", "side": "LONG", "size": "92.48"}`: what is owed is SHORT. Profit and loss of open positions
  /// are not in it.
  private static func balance(_ json: inout JSONScanner) -> BalanceReport {
    var (report, isOwed) = (BalanceReport(), false)
    json.members { key, json in
      switch key {
      case "symbol": report.asset = json.words()
      case "side": isOwed = json.words() == "SHORT"
      case "size": report.total = json.optionalWideDecimal()
      default: return false
      }
      return true
    }
    if isOwed, let total = report.total, total.mantissa > 0 { report.total = .zero - total }
    return report
  }

  /// A position; one that is closed keeps its last size on some messages.
  private func position(_ json: inout JSONScanner) -> PositionReport {
    var isOpen = true
    var report = PositionReport(&json, Self.position, vocabulary) { _, key, json in
      guard key == "status" else { return false }
      isOpen = json.words() == "OPEN"
      return true
    }
    if !isOpen { report.quantity = .zero }
    return report
  }

  // MARK: The stream

  /// `{"type": "subscribe", "channel": "v4_subaccounts", "id": "dydx1.../0"}`.
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let (address, number) = (Seal.field("address").jsonEscaped, Seal.field("subaccount").jsonEscaped)
    return "{\"type\":\"subscribe\",\"channel\":\"\(channel)\",\"id\":\"\(address)/\(number)\",\"batched\":false}"
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = DYDXHead(frame) else { return .parse }
    if head.type == "error" {
      acknowledged(account, .refused(code: "", text: head.text.text))
      return .ok
    }
    let isAgain = head.type == "subscribed" && account.isLive
    if let number = head.number, !isAgain, !follows(account, number) { return .ok }
    switch head.type {
    case "connected", "unsubscribed", "pong": return .ok
    case "subscribed", "channel_data", "channel_batch_data": break
    default: return .unsupported
    }
    guard head.channel == "v4_subaccounts" else { return .unsupported }
    var isFine = true
    let isRead = head.each { if !changes(&$0, account) { isFine = false } }
    guard isRead, isFine else { return .parse }
    if head.type == "subscribed" { acknowledged(account, .confirmed) }
    return .ok
  }

  /// `{"orders": [...], "fills": [...], "perpetualPositions": [...], "assetPositions": [...]}`, and with a subscription
  /// `{"subaccount": {"openPerpetualPositions": {...}, "assetPositions": {...}}, "orders": [...]}`. What was executed
  /// comes before what became of the order.
  private func changes(_ json: inout JSONScanner, _ account: TradingAccount) -> Bool {
    var (orders, fills, assets, held): (JSONMark?, JSONMark?, JSONMark?, JSONMark?)
    json.members { key, json in
      switch key {
      case "orders": orders = json.passed()
      case "fills": fills = json.passed()
      case "assetPositions": assets = json.passed()
      case "perpetualPositions": held = json.passed()
      case "subaccount":
        json.members { key, json in
          switch key {
          case "assetPositions": assets = json.passed()
          case "openPerpetualPositions": held = json.passed()
          default: return false
          }
          return true
        }
      default: return false
      }
      return true
    }
    guard json.isValid else { return false }
    let areListed = list(fills) { json in
      let report = fill(&json)
      guard json.isValid else { return }
      publish(fill: report, account)
      publishForced(report, account)
    } && list(orders) { json in
      let report = order(&json)
      if json.isValid { publish(order: report, account) }
    } && list(held) { json in
      let report = position(&json)
      guard json.isValid, market(named: report.symbol) != nil else { return }
      if !publish(position: report, account) { json.fail() }
    }
    guard areListed else { return false }
    guard var list = assets?.scanner() else { return true }
    return publishBalances(&list, account) { Self.balance(&$1) } == 0 && list.isValid
  }

  private func list(_ mark: JSONMark?, _ read: (inout JSONScanner) -> Void) -> Bool {
    guard var list = mark?.scanner(), !list.skipNull() else { return true }
    return list.eachEntry { read(&$1) } == 0 && list.isValid
  }
}
