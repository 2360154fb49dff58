import ConnectorKit
import Decimals

/// What the exchange says of orders and executions, in answers, in lists and on the stream. Sources: "Query Open
/// Order", "Query Orders History", "Query Trades History", "Wallet-Order Message", "Account-Order-Position (AOP)
/// Message".
extension PhemexConnector {
  private static let spot = FieldTable<OrderField>([
    "orderID": .venue, "clOrdID": .client, "symbol": .symbol, "side": .side, "ordType": .type, "timeInForce": .force,
    "ordStatus": .state, "priceEp": .price, "stopPxEp": .stop, "avgPriceEp": .average, "baseQtyEv": .quantity,
    "cumBaseQtyEv": .filled, "cumBaseValueEv": .filled, "cumQuoteQtyEv": .cost, "cumQuoteValueEv": .cost,
    "bizError": .error,
  ])
  private static let contract = FieldTable<OrderField>([
    "orderID": .venue, "orderId": .venue, "clOrdID": .client, "clOrdId": .client, "symbol": .symbol, "side": .side,
    "posSide": .leg, "ordType": .type, "orderType": .type, "timeInForce": .force, "ordStatus": .state,
    "priceRp": .price, "stopPxRp": .stop, "orderQtyRq": .quantity, "orderQty": .quantity, "cumQtyRq": .filled,
    "cumQty": .filled, "cumValueRv": .cost, "reduceOnly": .reduceOnly, "bizError": .error,
  ])
  /// An execution, by itself or on the stream with its order.
  private static let spotFill = FieldTable<OrderField>([
    "orderID": .venue, "clOrdID": .client, "symbol": .symbol, "side": .side, "execID": .fillID, "execId": .fillID,
    "execPriceEp": .fillPrice, "execBaseQtyEv": .fillQuantity, "execFeeEv": .fee, "feeCurrency": .feeAsset,
    "lastLiquidityInd": .maker, "execStatus": .maker,
  ])
  private static let contractFill = FieldTable<OrderField>([
    "orderID": .venue, "orderId": .venue, "clOrdID": .client, "clOrdId": .client, "symbol": .symbol, "side": .side,
    "posSide": .leg, "execID": .fillID, "execId": .fillID, "execPriceRp": .fillPrice, "execQtyRq": .fillQuantity,
    "execQty": .fillQuantity, "execFeeRv": .fee, "currency": .feeAsset, "execStatus": .maker, "tradeType": .origin,
    "closedPnlRv": .realized,
  ])

  /// What an entry is besides an order.
  struct Nature {
    /// "MakerFill", "TakerFill": an execution came with it.
    var isFill = false
    /// Funding that is booked on a position.
    var isFunding = false
    /// The currency of what was paid.
    var quote = ""
  }

  func order(_ json: inout JSONScanner) -> OrderReport {
    var nature = Nature()
    return order(&json, &nature)
  }

  private func order(_ json: inout JSONScanner, _ nature: inout Nature) -> OrderReport {
    var report = Self.order(&json, isPerpetual: isPerpetual, vocabulary, &nature)
    if !isPerpetual { report.cost = amount(report.cost, of: nature.quote) }
    return report
  }

  private static func order(
    _ json: inout JSONScanner, isPerpetual: Bool, _ words: Words, _ nature: inout Nature
  ) -> OrderReport {
    var (report, isByQuote) = (OrderReport(), false)
    /// "Query Orders by Ids" and its kind say only under this name what was filled; elsewhere it is one execution's.
    var executed: Decimal64?
    report.read(&json, isPerpetual ? contract : spot, words) { report, key, json in
      switch key {
      case "transactTimeNs", "actionTimeNs", "createTimeNs":
        if !json.skipNull() { report.time = max(report.time, json.nanoseconds()) }
      case "createdAt": if !json.skipNull() { report.time = json.milliseconds() }
      case "execQtyRq": if !json.skipNull() { executed = json.decimal() }
      case "qtyType": isByQuote = json.words() == "ByQuote"
      case "quoteCurrency": nature.quote = json.words()
      case "execInst": if json.words() == "ReduceOnly" { report.flags.insert(.reduceOnly) }
      case "execStatus": nature.isFill = ["MakerFill", "TakerFill"].contains(json.words())
      case "tradeType": nature.isFunding = ["Funding", "4"].contains(json.words())
      case "message":
        let words = json.words()
        if words != "No error" { report.reason = words }
      default: return false
      }
      return true
    }
    report.filled = report.filled ?? executed
    // In short answers zero stands for what is not said.
    if report.quantity?.isPositive != true { report.quantity = nil }
    if isByQuote {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    if report.type?.hasLimit == false { report.price = nil }
    if report.type?.isTriggered == true, report.state != nil, report.state != .untriggered { report.isTriggered = true }
    if report.state == .open { report.state = report.openState }
    return report
  }

  func execution(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, isPerpetual ? Self.contractFill : Self.spotFill, vocabulary) { report, key, json in
      switch key {
      case "transactTimeNs": if !json.skipNull() { report.time = json.nanoseconds() }
      case "createdAt": if !json.skipNull() { report.time = json.milliseconds() }
      default: return false
      }
      return true
    }
    guard !isPerpetual else { return report }
    if let name = namesByCode[report.feeAsset] { report.feeAsset = name }
    // Where it is not said, a fee is taken from what is bought.
    if report.feeAsset.isEmpty, let rules = market(named: report.symbol)?.rules {
      report.feeAsset = report.side == .buy ? rules.base : rules.quote
    }
    report.fee = amount(report.fee, of: report.feeAsset)
    return report
  }

  /// The order itself. What becomes of a new order and of one that is cancelled, the stream says.
  @Sendable
  static func written(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, let part = parts.first, var data = json.find("data/0|data")?.scanner() else { return nil }
    var nature = Nature()
    let isPerpetual = part.market.rules.kind == .perpetual
    var report = order(&data, isPerpetual: isPerpetual, words, &nature)
    guard data.isValid else { return nil }
    if !isPerpetual { report.cost = nil }
    if report.error == "0" { report.error = "" }
    if part.verb == .cancel || part.verb == .cancelMany, report.state != .cancelled { report.state = nil }
    return [report]
  }

  // MARK: The stream

  /// An entry of `orders_p`: an order, with the execution that changed it.
  func contractCame(_ json: inout JSONScanner, _ account: TradingAccount) {
    var second = json.mark.scanner()
    var nature = Nature()
    let report = order(&json, &nature)
    guard json.isValid, !nature.isFunding else { return }
    if nature.isFill {
      let fill = execution(&second)
      guard second.isValid else { return json.fail() }
      publish(fill: fill, account)
      publishForced(fill, account)
    }
    publish(order: report, account)
  }

  /// `{"closed": [...], "fills": [...], "open": [...]}`: what was executed comes before what became of the order.
  func pairsCame(_ mark: JSONMark, _ account: TradingAccount) -> Bool {
    var (lists, isFine) = ([JSONMark?](repeating: nil, count: 3), true)
    var json = mark.scanner()
    json.members { key, json in
      switch key {
      case "fills": lists[0] = json.passed()
      case "open": lists[1] = json.passed()
      case "closed": lists[2] = json.passed()
      default: return false
      }
      return true
    }
    for (place, mark) in lists.enumerated() {
      guard var list = mark?.scanner(), !list.skipNull() else { continue }
      list.elements { json in
        let report = place == 0 ? execution(&json) : order(&json)
        guard json.isValid else { return }
        if place == 0 { publish(fill: report, account) } else { publish(order: report, account) }
      }
      if !list.isValid { isFine = false }
    }
    return json.isValid && isFine
  }
}
