import CPatchbay
import ConnectorKit
import Decimals

/// Orders and fills as they are reported, the account and its stream. Sources: Coinbase Advanced Trade API, "User
/// Channel", "Get Order", "List Fills", "List Accounts", "Get Transaction Summary".
extension CoinbaseSpot {
  func offerAccount() {
    var accounts = Pages(Endpoint(.accounts, on: .requests), at: "accounts", .cursor("cursor", at: "cursor"))
    (accounts.more, accounts.parameters) = ("has_next", [("limit", "250")])
    balances(accounts) { Self.balance(&$1) }
    fees(
      Endpoint(.fees, on: .requests), ["product_type": "SPOT"], at: "fee_tier", maker: "maker_fee_rate",
      taker: "taker_fee_rate")
  }

  /// `{"currency": "BTC", "available_balance": {"value": "1.23", "currency": "BTC"}, "hold": {"value": "0.005", ...}}`
  private static func balance(_ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport()
    func value(_ json: inout JSONScanner) -> WideDecimal? {
      var value: WideDecimal?
      json.member("value") { value = $0.optionalWideDecimal() }
      return value
    }
    json.members { key, json in
      switch key {
      case "currency": report.asset = json.string().text
      case "available_balance": report.free = value(&json)
      case "hold": report.held = json.skipNull() ? nil : value(&json)
      default: return false
      }
      return true
    }
    return report
  }

  // MARK: Orders and fills

  /// Names in answers and, where they differ, in messages of the user channel.
  private static let order = FieldTable<OrderField>([
    "product_id": .symbol, "order_id": .venue, "client_order_id": .client, "side": .side, "order_side": .side,
    "order_type": .type, "time_in_force": .force, "status": .state, "filled_size": .filled,
    "cumulative_quantity": .filled, "average_filled_price": .average, "avg_price": .average, "filled_value": .cost,
    "limit_price": .price, "stop_price": .stop,
  ])

  /// What an order says besides.
  private struct OrderExtras {
    var left: Decimal64?
    var direction = ""
    var isInQuote = false
    var fills: Int?
    var lastFill: Int64 = 0
  }

  func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    _ = read(&json, into: &report)
    if report.state == .open { report.state = report.openState }
    return report
  }

  private func read(_ json: inout JSONScanner, into report: inout OrderReport) -> OrderExtras {
    var extras = OrderExtras()
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "order_configuration": Self.configuration(&json, &report, &extras, vocabulary)
      case "leaves_quantity": extras.left = json.optionalDecimal()
      case "post_only": if json.scalar() == "true" { report.flags.insert(.postOnly) }
      case "size_in_quote": extras.isInQuote = json.scalar() == "true"
      case "trigger_status": report.isTriggered = json.words() == "STOP_TRIGGERED"
      case "number_of_fills": extras.fills = Int(json.words())
      case "created_time", "creation_time": report.created = json.skipNull() ? 0 : json.timestamp()
      case "last_fill_time": extras.lastFill = json.skipNull() ? 0 : json.timestamp()
      case "reject_message", "cancel_message", "reject_reason", "cancel_reason":
        let words = json.words()
        if report.reason.isEmpty, words != "REJECT_REASON_UNSPECIFIED" { report.reason = words }
      default: return false
      }
      return true
    }
    finish(&report, extras)
    return extras
  }

  private func finish(_ report: inout OrderReport, _ extras: OrderExtras) {
    if extras.isInQuote { report.flags.insert(.byValue) }
    if report.type == .stopLimit, !extras.direction.isEmpty {
      let isUp = extras.direction == "STOP_DIRECTION_STOP_UP"
      if isUp != (report.side == .buy) { report.type = .takeLimit }
    }
    // The quantity of an order by value counts quote.
    if report.flags.contains(.byValue) {
      report.quantity = nil
    } else if let left = extras.left, report.state == .open || report.quantity == nil {
      // Of an order that has ended nothing is left, and its quantity was reported before.
      report.quantity = report.filled.flatMap { $0.adding(left) }
    }
    // When an order was cancelled is not given.
    if report.state == .filled, extras.lastFill > 0 { report.time = extras.lastFill }
  }

  /// `{"limit_limit_gtc": {"base_size": "0.001", "limit_price": "10000.00", "post_only": false}}`
  private static func configuration(
    _ json: inout JSONScanner, _ report: inout OrderReport, _ extras: inout OrderExtras, _ words: Words
  ) {
    guard !json.skipNull() else { return }
    var isRead = false
    json.members { name, json in
      if isRead { return false }
      if json.skipNull() { return true }
      isRead = true
      let word = name.text
      report.type = words.type(word) ?? report.type
      report.force = words.force(word) ?? report.force
      json.members { key, json in
        switch key {
        case "base_size": report.quantity = json.optionalDecimal()
        case "quote_size":
          if json.optionalDecimal() != nil, report.quantity == nil { extras.isInQuote = true }
        case "limit_price": report.price = json.optionalDecimal()
        case "stop_price": report.stop = json.optionalDecimal()
        case "stop_direction": extras.direction = json.words()
        case "end_time": if !json.skipNull() { report.expiry = json.timestamp() }
        case "post_only": if json.scalar() == "true" { report.flags.insert(.postOnly) }
        default: return false
        }
        return true
      }
      return true
    }
  }

  private static let fill = FieldTable<OrderField>([
    "product_id": .symbol, "trade_id": .fillID, "order_id": .venue, "side": .side, "price": .fillPrice,
    "size": .fillQuantity, "commission": .fee, "trade_time": .isoTime,
  ])

  /// Fees are in quote. Of an order by value sizes may count quote; reversals and corrections are no executions.
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var (isInQuote, type) = (false, "FILL")
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "size_in_quote": isInQuote = json.scalar() == "true"
      case "trade_type": type = json.words()
      case "liquidity_indicator":
        let word = json.scalar()
        report.isMaker = word == "MAKER" ? true : word == "TAKER" ? false : nil
      default: return false
      }
      return true
    }
    if type != "FILL" { report.fillID = "" }
    if isInQuote, let size = report.fillQuantity, let price = report.fillPrice {
      report.fillQuantity = size.quotient(dividingBy: price, places: 15)
    }
    report.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
    return report
  }

  // MARK: The stream

  /// "Subscribe": `{"type": "subscribe", "channel": "user", "jwt": "..."}`.
  public func privateTopic(_ channel: String, id: pb_id, _ account: TradingAccount) -> SealedText {
    "{\"type\":\"subscribe\",\"channel\":\"\(channel)\",\"jwt\":\"" + token(account) + "\"}"
  }

  /// `{"channel": "user", "timestamp", "sequence_num", "events": [{"type": "snapshot", "orders": [...]}]}`: what is
  /// open, in messages of 50 orders, and then every change.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var isWhole = false
    let head = FrameHead(frame, &isWhole)
    guard isWhole else { return .parse }
    if let number = head.number, !follows(account, number) { return .ok }
    if head.type == "error" {
      acknowledged(account, .refused(code: "", text: head.message.text))
      return .ok
    }
    guard var events = head.events?.scanner() else { return .unsupported }
    var status = Status.ok
    switch head.channel {
    case "user":
      events.elements { json in
        let (isSnapshot, list) = Self.list(&json, "orders")
        guard json.isValid, let list else { return }
        let one = publish(list, isSnapshot: isSnapshot, head.time, account)
        if status == .ok { status = one }
      }
    case "subscriptions":
      events.elements { json in
        guard json.passed().holds("subscriptions/user"), !account.isLive else { return }
        // What the stream does not name from now on has ended meanwhile.
        account.orders.forgetAll()
        becameLive(account)
      }
    case "heartbeats": return .ok
    default: return .unsupported
    }
    return events.isValid ? status : .parse
  }

  private func publish(
    _ list: JSONMark, isSnapshot: Bool, _ time: Int64, _ account: TradingAccount
  ) -> Status {
    let status = publishChanges(list, account, isSnapshot: isSnapshot, id: "order_id") { report, json in
      let before = report.filled ?? .zero
      report.time = time
      let extras = read(&json, into: &report)
      // The fills of before the host asks for.
      if !isSnapshot, let filled = report.filled, filled > before { owesFills(report, count: extras.fills, account) }
      if report.state == .open { report.state = nil }
      return .order
    }
    if !isSnapshot { balancesChanged(account) }
    return status
  }
}

extension JSONMark {
  /// Whether something stands at a place of the value.
  fileprivate func holds(_ path: String) -> Bool {
    var json = scanner()
    return json.find(path) != nil
  }
}
