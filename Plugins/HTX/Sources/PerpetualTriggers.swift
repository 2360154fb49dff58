import CPatchbay
import ConnectorKit
import Decimals

/// Trigger orders of perpetuals: they wait under ids of their own, without a client order id, and become limit orders
/// with other ids. At the market there is none: the nearest is a price of so many levels ahead, and what that leaves
/// rests. Sources: HTX USDT-M futures, with a "[Cross]" or "[Isolated]" in front: "Place Trigger Order", "Cancel
/// Trigger Order", "Query Trigger Order Open Orders", "Query Trigger Order History", "Subscribe trigger orders
/// updates".
extension HTXPerpetual {
  private static let trigger = FieldTable<OrderField>([
    "contract_code": .symbol, "order_id_str": .venue, "direction": .side, "volume": .quantity, "order_price": .price,
    "trigger_price": .stop, "fail_reason": .reason, "err_code": .error, "err_msg": .reason,
  ])

  /// The service of trigger orders, for a verb.
  func triggers(_ act: PermittedAct, _ answer: WriteAnswer) -> OtherService {
    OtherService(Endpoint(act, .json, on: .swapTrades), answer) { [unowned(unsafe) self] command, _ in
      waiting.owns(command)
    }
  }

  /// `{"data": {"order_id": 35, "order_id_str": "35"}}`
  static let triggerPlaced = WriteAnswer(at: "data", trigger)

  func isOfTriggers(_ endpoint: Endpoint) -> Bool { endpoint.act.path.contains("_trigger_") }

  /// By the exchange's id alone.
  func nameTrigger(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty, order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
      throw CommandRefusal(.unknownOrder, "a trigger order has no client order id here")
    }
    call.set("contract_code", market.symbol)
    call.set("order_id", order.venueOrder)
  }

  /// Those that wait, of all contracts or one; and those of 90 days that are over, of one.
  func waitingTriggers(_ endpoint: Endpoint) -> Pages {
    var pages = Pages(endpoint, at: "data/orders", .page("page_index"), full: 50)
    (pages.symbol, pages.size) = ("contract_code", "page_size")
    return pages
  }

  func endedTriggers(_ endpoint: Endpoint) -> Pages {
    var pages = waitingTriggers(endpoint)
    (pages.isOfOneMarket, pages.markets, pages.isByTime, pages.reach) = (true, .used, true, Self.reach)
    pages.parameters = Self.ended
    return pages
  }

  private static let ended = [("trade_type", "0"), ("status", "0"), ("create_date", "90")]

  /// There is no question for one: it is looked for among those that wait and the newest that are over.
  func triggerQuestions(_ open: Endpoint, _ ended: Endpoint) -> [OrderQuestion] {
    var waits = OrderQuestion(
      open, at: "data/orders", by: .shaped(market: "contract_code"), ["page_index": "1", "page_size": "50"])
    var over = OrderQuestion(
      ended, at: "data/orders", by: .shaped(market: "contract_code"),
      ["trade_type": "0", "status": "0", "create_date": "90", "page_index": "1", "page_size": "50"])
    (waits.full, over.full) = (50, 50)
    return [waits, over]
  }

  // MARK: Reading

  /// `ge` waits for a price at or above the trigger price, `le` for one at or below. "status": 1 to 3 it waits, 4 it
  /// has become the order of "relation_order_id", 5 and 10 that failed, 6, 8 and 9 it was cancelled.
  func trigger(_ json: inout JSONScanner) -> OrderReport {
    var (report, rule, status) = (OrderReport(), "", "")
    report.read(&json, Self.trigger, vocabulary) { report, key, json in
      switch key {
      case "trigger_type": rule = json.words()
      case "status": status = json.words()
      case "reduce_only": if json.words() == "1" { report.flags.insert(.reduceOnly) }
      case "offset": report.leg = Self.leg(json.words(), report.side)
      case "relation_order_id":
        let id = json.words()
        report.became = id == "-1" ? "" : id
      case "created_at":
        report.created = json.milliseconds()
        report.time = max(report.time, report.created)
      case "update_time", "triggered_at", "canceled_at":
        if !json.skipNull() { report.time = max(report.time, json.milliseconds()) }
      default: return false
      }
      return true
    }
    (report.force, report.stateWord) = (.goodTilCancelled, status)
    if !rule.isEmpty { report.type = (rule == "ge") == (report.side == .buy) ? .stopLimit : .takeLimit }
    report.isTriggered = !report.became.isEmpty
    switch status {
    case "1", "2", "3": report.state = .untriggered
    case "4": report.state = report.became.isEmpty ? nil : .untriggered
    case "5", "10": (report.state, report.became) = (.rejected, "")
    case "6", "8", "9": (report.state, report.became) = (.cancelled, "")
    default: report.state = nil
    }
    guard json.isValid else { return report }
    if report.state == .untriggered, report.became.isEmpty {
      waiting.learn(report.venue)
    } else if report.state != nil {
      waiting.forget(report.venue)
      waiting.forget(report.became)
    }
    return report
  }

  // MARK: Writing

  /// "Place Trigger Order".
  func placeTrigger(
    _ order: OwnedCommand, _ type: OrderType, _ market: Market, _ call: inout Call
  ) throws(CommandRefusal) {
    guard !order.flags.contains(.postOnly), (order.timeInForce ?? .goodTilCancelled) == .goodTilCancelled else {
      throw CommandRefusal(.unsupported, "a trigger order is good till cancelled, and not post-only")
    }
    _ = try order.leg(vocabulary, mustSay: true)
    let acts = type == .stopLimit ? margin.placeStop : margin.placeTake
    call.use(Endpoint(acts.act(of: order.leg), .json, on: .swapTrades))
    call.set("contract_code", market.symbol)
    call.set("trigger_type", (order.side == .buy) == (type == .stopLimit) ? "ge" : "le")
    call.setNumber("trigger_price", order.stop)
    call.setNumber("order_price", order.price)
    call.set("order_price_type", "limit")
    call.setNumber("volume", try market.contracts(order.quantity))
    call.set("direction", vocabulary.word(order.side))
    if order.leg != .net {
      call.set("offset", order.reduces ? "close" : "open")
    } else if order.reduces {
      call.set("reduce_only", bare: "1")
    }
    call.setNumber("lever_rate", try leverage(order, market))
  }
}
