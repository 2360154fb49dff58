import CPatchbay
import ConnectorKit
import Decimals

/// How orders are written and read, as far as spot and futures agree. Sources: "Query order", "Account trade list",
/// "ENUM definitions" of the spot and "Common Definition" of the futures documentation.
extension BinanceConnector {
  /// Replies of both. An order that was cancelled or changed carries the id of the request beside its own.
  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "clientOrderId": .client, "orderId": .venue, "status": .state, "side": .side, "type": .type,
    "timeInForce": .force, "price": .price, "origQty": .quantity, "qty": .quantity, "executedQty": .filled,
    "cummulativeQuoteQty": .cost, "cumulativeQuoteQty": .cost, "cumQuote": .cost, "avgPrice": .average,
    "stopPrice": .stop, "updateTime": .time, "transactTime": .time, "reduceOnly": .reduceOnly, "closePosition": .close,
    "positionSide": .leg, "code": .error, "msg": .reason,
  ])
  /// Own trades of both, and the first fills in the answer to an order.
  private static let trade = FieldTable<OrderField>([
    "symbol": .symbol, "id": .fillID, "tradeId": .fillID, "orderId": .venue, "side": .side, "price": .fillPrice,
    "qty": .fillQuantity, "commission": .fee, "commissionAsset": .feeAsset, "realizedPnl": .realized, "time": .time,
    "isMaker": .maker, "maker": .maker, "positionSide": .leg,
  ])

  /// One that does not say whose it is and what became of it cannot be read.
  func order(_ json: inout JSONScanner) -> OrderReport { Self.whole(Self.order(&json, vocabulary), &json) }

  static func whole(_ report: OrderReport, _ json: inout JSONScanner) -> OrderReport {
    if report.symbol.isEmpty || report.venue.isEmpty || report.stateWord.isEmpty { json.fail() }
    return report
  }

  static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, original, type, created, isWorking) = (OrderReport(), "", "", Int64(0), true)
    var fills: [OrderReport] = []
    report.read(&json, order, words) { _, key, json in
      switch key {
      case "origClientOrderId": original = json.words()
      case "origType": type = json.words()
      case "time": created = json.milliseconds()
      case "isWorking": isWorking = json.boolean()
      case "fills": json.elements { fills.append(trade(&$0, words)) }
      default: return false
      }
      return true
    }
    report.created = created
    if report.time == 0 { report.time = created }
    report.type = words.type(type) ?? report.type
    // The first fills are of a taker; a maker's come later.
    for var fill in fills {
      (fill.symbol, fill.venue, fill.client) = (report.symbol, report.venue, report.client)
      (fill.side, fill.time, fill.isMaker) = (report.side, report.time, false)
      report.fills.append(fill)
    }
    return finished(report, original: original, isWorking: isWorking)
  }

  static func trade(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    report.read(&json, trade, words) { report, key, json in
      guard key == "isBuyer" || key == "buyer" else { return false }
      report.side = json.boolean() ? .buy : .sell
      return true
    }
    return report
  }

  /// What a word means beside others: a cancelled order is known by the id of before, and a stop that is not on the
  /// book yet waits.
  static func finished(_ report: OrderReport, original: String, isWorking: Bool) -> OrderReport {
    var report = report
    if report.state == .cancelled, !original.isEmpty { report.client = original }
    report.isTriggered = isWorking
    switch report.stateWord {
    case "NEW", "PENDING_NEW", "PENDING_CANCEL": report.state = report.openState
    // An order of the exchange itself: a liquidation taken over by the insurance fund, or a deleveraging.
    case "NEW_INSURANCE", "NEW_ADL": report.state = report.filled == report.quantity ? .filled : report.openState
    default: break
    }
    return report
  }

  /// An event of an order: executionReport of spot, the `o` of ORDER_TRADE_UPDATE of futures.
  func orderEvent(_ json: inout JSONScanner, _ table: FieldTable<OrderField>, _ account: TradingAccount) -> Status {
    var (report, execution, original, type, isWorking) = (OrderReport(), JSONText(), "", "", true)
    report.read(&json, table, vocabulary) { report, key, json in
      switch key {
      case "x": execution = json.string()
      case "C": original = json.string().text
      case "ot": type = json.words()
      case "w": isWorking = json.boolean()
      case "r", "er", "eR":
        // NONE and 0 say that there is none.
        let reason = json.words()
        if reason != "NONE", reason != "0" { report.reason = reason }
      default: return false
      }
      return true
    }
    guard json.isValid, !report.symbol.isEmpty, !report.venue.isEmpty, !report.stateWord.isEmpty else { return .parse }
    report.type = vocabulary.type(type) ?? report.type
    report = Self.finished(report, original: original, isWorking: isWorking)
    // A prevented trade (self-trade prevention) is none.
    if execution == "TRADE" { publish(fill: report, account) }
    if execution == "CALCULATED" { calculated(report, account) }
    publish(order: report.withoutFill, account, error: report.state == .rejected ? Self.failure(report.reason) : .none)
    ended(report)
    return .ok
  }

  /// "Order Reject Reason".
  private static func failure(_ reason: String) -> Failure {
    switch reason {
    case "INSUFFICIENT_BALANCES": .funds
    case "WOULD_MATCH_IMMEDIATELY": .postOnly
    case "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY", "OCO_BAD_PRICES": .invalidOrder
    default: .other
    }
  }

  static let states: KeyValuePairs<String, OrderState> = [
    "NEW": .open, "PENDING_NEW": .open, "PENDING_CANCEL": .open, "PARTIALLY_FILLED": .partial, "FILLED": .filled,
    "CANCELED": .cancelled, "REJECTED": .rejected, "EXPIRED": .expired, "EXPIRED_IN_MATCH": .expired,
    "NEW_INSURANCE": .open, "NEW_ADL": .open,
  ]
  static let sides: KeyValuePairs<String, Side> = ["BUY": .buy, "SELL": .sell]

  static let answer = WriteAnswer { reports($0, $1, $2) }

  /// What an answer says of one order, or of several in their order; of those that are missing nothing is known. A
  /// refusal of the whole is not read here: its status counts.
  private static func reports(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    var reports: [OrderReport] = []
    let isList = json.peek() == UInt8(ascii: "[")
    if isList { json.elements { reports.append(order(&$0, words)) } } else { reports.append(order(&json, words)) }
    func isWhole(_ report: OrderReport) -> Bool { !report.venue.isEmpty && report.state != nil }
    guard json.isComplete(), isList ? !reports.isEmpty : isWhole(reports[0]) else { return nil }
    var silence = OrderReport()
    (silence.error, silence.reason) = ("-", "the exchange's answer says nothing of the order")
    return parts.indices.map { place in
      guard place < reports.count else { return silence }
      return reports[place].error.isEmpty && !isWhole(reports[place]) ? silence : reports[place]
    }
  }

  /// By the venue's id where it is known, else by the client's.
  static func name(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    if isNumber(order.venueOrder) {
      call.set("orderId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("origClientOrderId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "neither a venue order id nor a client order id of this venue is given")
    }
  }

  static func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 <= 9 } }

  /// "It is of the form ^[\.A-Z\:/a-z0-9_-]{1,36}$".
  static func isClientOrder(_ id: String) -> Bool {
    (1...36).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        // A dot, a slash, the digits and the colon stand in a row.
        (0x61...0x7A).contains($0 | 0x20) || (0x2E...0x3A).contains($0) || $0 == UInt8(ascii: "_")
          || $0 == UInt8(ascii: "-")
      }
  }

  /// What orders of all kinds begin with.
  func begin(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id has 1 to 36 of A-Z a-z 0-9 . : / _ -")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
  }

  /// Lists of open orders, of all symbols or one.
  static func openOrders(_ act: PermittedAct) -> Pages {
    var pages = Pages(Endpoint(act), at: "")
    pages.symbol = "symbol"
    return pages
  }

  /// Orders of one symbol, open and ended ("All orders"): the newest thousand. An answer that is full lacks older ones.
  static func history(_ act: PermittedAct, span: Int64, whole: Int64) -> Pages {
    var pages = Pages(Endpoint(act), at: "", full: 1000)
    (pages.symbol, pages.isOfOneMarket, pages.since, pages.size) = ("symbol", true, "startTime", "limit")
    (pages.span, pages.reach, pages.most, pages.isByCreation) = (span, whole, 1, true)
    return pages
  }

  /// Own trades of one symbol, oldest first ("Account trade list").
  static func fills(_ act: PermittedAct, window: Int64 = 0) -> Pages {
    var pages = Pages(Endpoint(act), at: "", .behind("fromId", id: "id"), full: 1000)
    (pages.symbol, pages.isOfOneMarket, pages.since, pages.size) = ("symbol", true, "startTime", "limit")
    pages.window = window
    return pages
  }
}
