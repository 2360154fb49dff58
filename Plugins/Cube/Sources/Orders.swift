import CPatchbay
import ConnectorKit
import Decimals

/// Orders as they are reported: as Protocol Buffers on the stream, and as JSON in lists. Sources: "Trade API",
/// `trade.proto`; OpenAPI documents of Osmium and Iridium.
extension CubeSpot {
  public var words: Words {
    Words(
      side: ["Bid": .buy, "Ask": .sell, "0": .buy, "1": .sell],
      type: ["0": .limit, "1": .market, "2": .market],
      force: ["0": .immediateOrCancel, "1": .goodTilCancelled, "2": .fillOrKill],
      state: [
        "open": .open, "p-filled": .partial, "filled": .filled, "canceled": .cancelled, "rejected": .rejected,
      ])
  }

  /// `{"error": {"code": "E10000", "reason": "Reason"}}`.
  public var errors: ErrorPlan {
    ErrorPlan(.marked("status", as: "error", codes: [], texts: ["error"]), [])
  }

  func offerOrders() {
    let open = Endpoint(.openOrders, on: .calls)
    let read: ReadOrder = { [unowned(unsafe) self] in order(&$1) }
    // What rests first; what has ended is in the history.
    serveOrder(
      OrderQuestion(open, at: "result/orders", by: .listed(market: "")),
      OrderQuestion(Endpoint(.history, on: .calls), at: "result/orders", by: .listed(market: ""), ["limit": "500"]),
      read: read)
    orders(.openOrders, Pages(open, at: "result/orders"), read: read)
    var past = Pages(
      Endpoint(.history, on: .calls), at: "result/orders", .after("createdBefore", id: "createdAt"), full: 500)
    (past.size, past.isByTime, past.isByCreation) = ("limit", true, true)
    orders(.orderHistory, past, read: read)
  }

  // MARK: Lists

  private static let names = FieldTable<OrderField>([
    "exchangeOrderId": .venue, "orderId": .venue, "clientOrderId": .client, "marketId": .symbol, "side": .side,
    "timeInForce": .force, "orderType": .type, "price": .price, "orderQuantity": .quantity, "qty": .quantity,
    "cumulativeQuantity": .filled, "status": .state, "reason": .reason,
  ])

  /// An order that rests, or one of the history, whose fills count amounts of the base asset.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, base) = (OrderReport(), Decimal64?.none)
    report.read(&json, Self.names, vocabulary) { report, key, json in
      switch key {
      case "restTime", "createdAt":
        report.created = json.nanoseconds()
        report.time = max(report.time, report.created)
      case "modifiedAt", "canceledAt", "filledAt":
        if !json.skipNull() { report.time = max(report.time, json.nanoseconds()) }
      case "postOnly": if ["true", "1"].contains(json.words()) { report.flags.insert(.postOnly) }
      case "filledTotal":
        guard !json.skipNull() else { break }
        json.member("baseAmount") { base = $0.optionalDecimal() }
      default: return false
      }
      return true
    }
    if report.stateWord.isEmpty { report.state = report.openState }
    if report.type == .market { report.price = nil }
    if report.state != .cancelled, report.state != .rejected { report.reason = "" }
    if let base, let market = market(named: report.symbol) {
      report.multiplyOut(market)
      let decimals = assets.values.first { $0.symbol == market.rules.base }?.decimals ?? 0
      report.filled = base.multiplied(by: Decimal64(mantissa: 1, exponent: -decimals))
    }
    return report
  }

  // MARK: Reports of the stream

  /// The numbers of fields, 0 where a message has none.
  struct AckFields {
    var client: UInt32 = 0, venue: UInt32 = 0, market: UInt32 = 0
    var price: UInt32 = 0, quantity: UInt32 = 0, side: UInt32 = 0, force: UInt32 = 0, type: UInt32 = 0
    var time: UInt32 = 0, filled: UInt32 = 0, reason: UInt32 = 0
  }
  static let newAck = AckFields(
    client: 2, venue: 4, market: 5, price: 6, quantity: 7, side: 8, force: 9, type: 10, time: 11)
  static let cancelAck = AckFields(client: 2, venue: 8, market: 7, time: 4, reason: 6)
  static let modifyAck = AckFields(client: 2, venue: 11, market: 7, price: 8, quantity: 9, time: 4, filled: 10)
  private static let rest = AckFields(
    client: 1, venue: 2, market: 3, price: 4, quantity: 5, side: 6, force: 7, type: 8, time: 10, filled: 12)

  /// What an acknowledgement says of its order, beside what was known. Of an order that has ended nothing is kept.
  func changed(
    _ data: ProtobufScanner, _ fields: AckFields, _ state: OrderState?, _ account: TradingAccount
  ) -> Bool {
    guard let (said, market) = read(data, fields, account) else { return false }
    guard let market else { return true }
    var report = said
    report.state = state == .open || state == nil ? report.openState : state
    publish(report, market, account)
    return true
  }

  func resting(_ data: ProtobufScanner, _ account: TradingAccount) -> Bool {
    changed(data, Self.rest, nil, account)
  }

  private func publish(_ report: OrderReport, _ market: Market, _ account: TradingAccount) {
    let hasEnded = ![.open, .partial].contains(report.state)
    if hasEnded { account.orders.forget(report.venue) } else { account.orders.remember(report.withoutFill) }
    publish(order: report, account)
  }

  /// `nil` where it cannot be read; without a market where that is not known.
  private func read(
    _ data: ProtobufScanner, _ fields: AckFields, _ account: TradingAccount
  ) -> (OrderReport, CubeMarket?)? {
    var (message, values) = (data, [UInt64](repeating: 0, count: 16))
    var seen: UInt32 = 0
    while let field = message.next() {
      guard field < 16, field != 13 else { continue }
      values[Int(field)] = message.unsigned()
      seen |= 1 << field
    }
    guard message.isValid else { return nil }
    func value(_ field: UInt32) -> UInt64 { values[Int(field)] }
    guard let market = market(numbered: value(fields.market)) else { return (OrderReport(), nil) }
    let venue = "\(value(fields.venue))"
    var report = account.orders[venue] ?? OrderReport()
    (report.venue, report.client, report.symbol) = (venue, "\(value(fields.client))", market.symbol)
    report.time = Int64(exactly: value(fields.time)) ?? 0
    if fields.quantity != 0 {
      report.quantity = Self.number(value(fields.quantity), market.quantityExponent)
      if seen >> fields.price & 1 == 1 { report.price = Self.number(value(fields.price), market.priceExponent) }
    }
    if fields.type != 0 {
      report.side = value(fields.side) == 0 ? .buy : .sell
      report.force = vocabulary.force("\(value(fields.force))")
      report.type = vocabulary.type("\(value(fields.type))")
      if report.type == .market { report.price = nil }
    }
    if fields.filled != 0 { report.filled = Self.number(value(fields.filled), market.quantityExponent) }
    if fields.reason != 0, value(fields.reason) != 2 { report.reason = Self.reason(value(fields.reason)) }
    return (report, market)
  }

  private static func number(_ value: UInt64, _ exponent: Int32) -> Decimal64? {
    Int64(exactly: value).map { Decimal64(mantissa: $0, exponent: exponent) }
  }

  /// `CancelOrderAck.Reason`.
  private static func reason(_ number: UInt64) -> String {
    switch number {
    case 1: "disconnected"
    case 3: "not filled at once"
    case 4, 5: "it would have traded with an order of its own account"
    case 6: "cancelled with others"
    case 7: "it is more than the subaccount has"
    default: "unclassified"
    }
  }

  /// `Fill`: market 2, client 3, exchange id 4, price 5, quantity 6, leaves 7, time 8, cumulative 10, side 11,
  /// aggressor 12, fee_ratio 13, trade 14, quote quantity 15. A fee is taken from what is received.
  func execution(_ data: ProtobufScanner, _ account: TradingAccount) -> Bool {
    var (message, values) = (data, [UInt64](repeating: 0, count: 16))
    var ratio: Decimal64?
    while let field = message.next() {
      if field == 13 {
        ratio = Self.ratio(message.message())
      } else if field < 16 {
        values[Int(field)] = message.unsigned()
      }
    }
    guard message.isValid else { return false }
    guard let market = market(numbered: values[2]) else { return true }
    let venue = "\(values[4])"
    var report = account.orders[venue] ?? OrderReport()
    (report.venue, report.client, report.symbol) = (venue, "\(values[3])", market.symbol)
    report.side = values[11] == 0 ? .buy : .sell
    report.time = Int64(exactly: values[8]) ?? 0
    report.fillID = "\(values[14])"
    report.fillPrice = Self.number(values[5], market.priceExponent)
    report.fillQuantity = Self.number(values[6], market.quantityExponent)
    report.isMaker = values[12] == 0
    if let ratio {
      let received = report.side == .buy ? report.fillQuantity : report.fillQuantity.flatMap {
        report.fillPrice?.multiplied(by: $0)
      }
      report.fee = received?.multiplied(by: ratio)
      report.feeAsset = report.side == .buy ? market.rules.base : market.rules.quote
    }
    guard publish(fill: report, account) else { return false }
    report.filled = Self.number(values[10], market.quantityExponent)
    report.state = values[7] == 0 ? .filled : .partial
    publish(report.withoutFill, market, account)
    return true
  }

  /// `FixedPointDecimal`: mantissa 1, exponent 2.
  private static func ratio(_ data: ProtobufScanner) -> Decimal64? {
    var (message, mantissa, exponent) = (data, Int64(0), Int64(0))
    while let field = message.next() {
      switch field {
      case 1: mantissa = message.integer()
      case 2: exponent = message.integer()
      default: break
      }
    }
    guard message.isValid, (-18...0).contains(exponent) else { return nil }
    return Decimal64(mantissa: mantissa, exponent: Int32(exponent))
  }
}
