import CPatchbay
import ConnectorKit
import Decimals

/// Conditional orders of Binance futures: since December 2025 they are placed with the algo service, which has its own
/// ids, and which places the real order when the trigger price is reached. Sources: "New Algo Order", "Cancel Algo
/// Order", "Query Algo Order", "Current All Algo Open Orders", "Query All Algo Orders", "Event: Algo Order Update" of
/// the USDⓈ-M futures documentation.
///
/// The host sees one order: it waits (untriggered) under the algo id, and then lives under the real order's id. An
/// order that this instance has not seen, after a restart say, is looked for among the ordinary ones first and here
/// next.
struct AlgoOrder {
  let client: String
  /// The service's id; empty until it is known.
  var id = ""
  /// The real order's id, when there is one.
  var actual = ""
}

extension BinancePerpetual {
  private static let most = 1000
  private static let fields = FieldTable<OrderField>([
    "algoId": .venue, "clientAlgoId": .client, "orderType": .type, "symbol": .symbol, "side": .side,
    "positionSide": .leg, "timeInForce": .force, "quantity": .quantity, "algoStatus": .state, "triggerPrice": .stop,
    "price": .price, "actualOrderId": .became, "actualQty": .filled, "executedQty": .filled, "actualPrice": .average,
    "avgPrice": .average, "reduceOnly": .reduceOnly, "closePosition": .close, "workingType": .stopBy,
    "updateTime": .time, "code": .error, "msg": .reason,
  ])
  private static let event = FieldTable<OrderField>([
    "aid": .venue, "caid": .client, "o": .type, "s": .symbol, "S": .side, "ps": .leg, "f": .force, "q": .quantity,
    "X": .state, "tp": .stop, "p": .price, "ai": .became, "aq": .filled, "ap": .average, "R": .reduceOnly, "cp": .close,
    "rm": .reason, "wt": .stopBy,
  ])

  func isAlgo(_ call: Call) -> Bool { call.endpoint.act.name.hasSuffix("_algo") }

  // MARK: Reading

  private static func algo(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, created, type) = (OrderReport(), Int64(0), "")
    report.read(&json, fields, words) { _, key, json in
      switch key {
      case "createTime": created = json.milliseconds()
      case "type": type = json.words()
      default: return false
      }
      return true
    }
    report.created = created
    if report.time == 0 { report.time = created }
    if report.type == nil { report.type = words.type(type) }
    return waiting(report)
  }

  /// The service's words as those of an ordinary order.
  private static func waiting(_ report: OrderReport) -> OrderReport {
    var report = report
    if report.became == "0" || report.became == "null" { report.became = "" }
    report.isTriggered = report.stateWord == "TRIGGERED"
    switch report.stateWord {
    case "NEW", "TRIGGERING", "TRIGGERED": report.state = report.openState
    case "FINISHED":
      let filled = report.filled ?? .zero
      report.state = filled.isPositive && filled >= report.quantity ?? .zero ? .filled : .cancelled
    default: break
    }
    // What is said of an order that lives is no reason.
    if report.state != .rejected, report.state != .expired, report.error.isEmpty { report.reason = "" }
    return report
  }

  /// One order of either service, by its fields.
  func report(_ json: inout JSONScanner) -> OrderReport {
    var look = json.mark.scanner()
    guard json.peek() == UInt8(ascii: "{"), look.find("algoId") != nil else {
      return order(&json)
    }
    let report = Self.whole(Self.algo(&json, vocabulary), &json)
    if json.isValid { learn(report) }
    return report
  }

  static let algoAnswer = WriteAnswer { body, parts, words in
    var json = JSONScanner(body)
    let report = algo(&json, words)
    guard json.isComplete(), report.error.isEmpty, !report.venue.isEmpty, report.state != nil else { return nil }
    return [report]
  }

  /// `{"algoId", "clientAlgoId", "code": "200", "msg": "success"}`: the service takes the cancel; the event reports the
  /// end.
  static let algoCancelled = WriteAnswer(fine: ["", "200"]) { body, parts, words in
    var json = JSONScanner(body)
    let report = algo(&json, words)
    return json.isComplete() ? [report] : nil
  }

  /// `{"e":"ALGO_UPDATE","T":ms,"E":ms,"o":{...}}`
  func algoUpdate(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    guard let time = Self.time("T", json.mark), var order = json.find("o")?.scanner() else { return .parse }
    var report = OrderReport(&order, Self.event, vocabulary)
    guard order.isValid, !report.symbol.isEmpty, !report.venue.isEmpty, !report.stateWord.isEmpty else { return .parse }
    report = Self.waiting(report)
    report.time = time
    learn(report)
    if !report.became.isEmpty { report.venue = report.became }
    publish(order: report, account)
    return .ok
  }

  // MARK: What is known

  /// The waiting conditional order that a command means, where it is known to be one.
  func algo(_ command: OwnedCommand) -> AlgoOrder? {
    algos.first {
      $0.actual.isEmpty
        && (!command.clientOrder.isEmpty && $0.client == command.clientOrder
          || !command.venueOrder.isEmpty && $0.id == command.venueOrder)
    }
  }

  /// By the service's own id where it is known, else by the client's.
  func nameAlgo(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    if let known = algo(order), Self.isNumber(known.id) {
      call.set("algoId", known.id)
    } else if Self.isClientOrder(order.clientOrder) {
      call.set("clientAlgoId", order.clientOrder)
    } else if Self.isNumber(order.venueOrder) {
      call.set("algoId", order.venueOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this venue")
    }
  }

  /// What the service says of an order; one that has ended is not asked for there any more.
  private func learn(_ report: OrderReport) {
    learn(AlgoOrder(client: report.client, id: report.venue, actual: report.became))
    forget(report)
  }

  func learn(_ order: AlgoOrder) {
    if let place = algos.firstIndex(where: { $0.client == order.client }) {
      algos[place] = order
    } else {
      if algos.count >= Self.most { algos.removeFirst() }
      algos.append(order)
    }
  }

  func forget(_ report: OrderReport) {
    guard let state = report.state, [.filled, .cancelled, .rejected, .expired].contains(state) else { return }
    algos.removeAll { report.venue == $0.id || report.venue == $0.actual }
  }
}
