import CPatchbay
import ConnectorKit
import Decimals

/// Orders, their histories and how they are reported. Sources: AlphaPoint APEX API, "SendOrder", "CancelOrder",
/// "GetOrderStatus", "GetOpenOrders", "GetOrdersHistory", "GetTradesHistory".
extension AlphaPointExchange {
  /// `Quantity` is what remains of an order, `OrigQuantity` what was ordered.
  private static let order = FieldTable<OrderField>([
    "Instrument": .symbol, "OrderId": .venue, "ClientOrderId": .client, "Side": .side, "OrderType": .type,
    "OrderState": .state, "Price": .price, "StopPrice": .stop, "OrigQuantity": .quantity, "QuantityExecuted": .filled,
    "GrossValueExecuted": .cost, "AvgPrice": .average,
  ])
  /// Events and lists differ in how names begin.
  private static let fill = FieldTable<OrderField>([
    "TradeId": .fillID, "OrderId": .venue, "ClientOrderId": .client, "InstrumentId": .symbol, "Side": .side,
    "Quantity": .fillQuantity, "Price": .fillPrice, "Fee": .fee, "FeeProductId": .unit, "MakerTaker": .maker,
    "tradeId": .fillID, "orderId": .venue, "clientOrderId": .client, "instrumentId": .symbol, "side": .side,
    "quantity": .fillQuantity, "price": .fillPrice, "fee": .fee, "feeProductId": .unit, "makerTaker": .maker,
  ])

  func offerOrders() {
    serve(.place, by: endpoint(venue.acts.send, .json), Self.written)
    serve(.cancel, .cancelMany, by: endpoint(venue.acts.cancel, .json), Self.written)
    // Without an id the last order is given: it is only asked with one. By the client's id the history finds it.
    serveOrder(
      OrderQuestion(endpoint(venue.acts.status), at: "", by: .venue("OrderId"), isAlone: true),
      OrderQuestion(endpoint(venue.acts.orderHistory), at: "", by: .client("ClientOrderId"))
    ) { [unowned(unsafe) self] in order(&$1) }
    let pending = Pages(endpoint(venue.acts.openOrders), at: "")
    orders(.openOrders, pending) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, history(venue.acts.orderHistory)) { [unowned(unsafe) self] in order(&$1) }
    fills(history(venue.acts.trades)) { [unowned(unsafe) self] in fill(&$1) }
  }

  /// Newest first, from an index on. "GetTradesHistory": times are in POSIX format, of seconds.
  private func history(_ act: PermittedAct) -> Pages {
    var pages = Pages(endpoint(act), at: "", .offset("StartIndex"), full: 100)
    (pages.symbol, pages.size) = ("InstrumentId", "Depth")
    (pages.since, pages.until, pages.timeForm) = ("StartTimeStamp", "EndTimeStamp", .seconds)
    return pages
  }

  /// "SendOrder": `{"status": "Accepted", "errormsg": "", "OrderId": 6500}`; "CancelOrder": `{"result": true,
  /// "errorcode": 0, ...}`, which says that the request came, not that the order has ended.
  private static let written = WriteAnswer(fine: ["", "0"]) { body, parts, words in
    var json = JSONScanner(body)
    var (report, isRejected) = (OrderReport(), false)
    json.members { key, json in
      switch key {
      case "OrderId": report.venue = json.words()
      case "errorcode": report.error = json.words()
      case "errormsg": report.reason = json.words()
      case "status": isRejected = json.words() == "Rejected"
      case "result": if json.scalar() == "false" { isRejected = true }
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return nil }
    if isRejected, ["", "0"].contains(report.error) { report.error = "Rejected" }
    return [report]
  }

  // MARK: Reading

  /// `{"Side": "Buy", "OrderId": 6562, "Price": 23436.0, "OrderState": "Working", ...}`, in events and lists.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var change = ""
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "ReceiveTime":
        report.created = json.milliseconds()
        if report.time == 0 { report.time = report.created }
      case "LastUpdatedTime": report.time = json.milliseconds()
      case "RejectReason", "CancelReason":
        let words = json.words()
        if !words.isEmpty { report.reason = words }
      case "ChangeReason": change = json.words()
      default: return false
      }
      return true
    }
    if report.client == "0" { report.client = "" }
    switch report.state {
    case .open:
      // A stop order that has been triggered in part trades.
      report.isTriggered = report.filled?.isPositive == true
      report.state = report.openState
    case .cancelled, .rejected, .expired: if report.reason.isEmpty { report.reason = change }
    default: break
    }
    return report
  }

  /// `{"TradeId": 213, "OrderId": 9848, "Side": "Buy", "Quantity": 0.01, "Price": 95, "TradeTimeMS": 0, ...}`
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "TradeTimeMS", "tradeTimeMS":
        let time = json.milliseconds()
        if time > 0 { report.time = time }
      case "TradeTime", "tradeTime":
        let time = Self.time(ticks: json.integer())
        if report.time == 0 { report.time = time }
      default: return false
      }
      return true
    }
    if report.client == "0" { report.client = "" }
    // A fee in a product that is not known would be a fee of nothing: then the host reckons with its own rates.
    report.feeAsset = products[report.unit] ?? ""
    if report.feeAsset.isEmpty, report.fee?.isZero == true {
      report.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
    }
    if report.feeAsset.isEmpty { report.fee = nil }
    return report
  }

  /// "Time- and Date-Stamp Formats": 100 nanoseconds each, since the year 1. 0 for what is before 1970 or no time.
  private static func time(ticks: Int64) -> Int64 {
    let (time, isTooLarge) = (ticks &- 621_355_968_000_000_000).multipliedReportingOverflow(by: 100)
    return !isTooLarge && PlausibleTime.contains(time) ? time : 0
  }
}
