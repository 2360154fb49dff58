import CPatchbay
import ConnectorKit
import Decimals

/// Stop orders of spot: they wait in a list of their own, under ids of their own, and become ordinary orders with new
/// ids and the same client order id when their price is reached. Sources: KuCoin API, "Spot Trading / Orders": "Add
/// Stop Order", "Cancel Stop Order By OrderId", "Cancel Stop Order By ClientOid", "Get Stop Orders List", "Get Stop
/// Order By OrderId", "Get Stop Order By ClientOid"; "WebSocket API / Private Channels": "Stop Order".
extension KuCoinSpot {
  func isOfStops(_ endpoint: Endpoint) -> Bool { endpoint.act.path.hasPrefix("/api/v1/stop-order") }

  /// The service of stop orders, for a verb. A cancel that names no order has found none.
  func stops(_ endpoint: Endpoint) -> OtherService {
    let table = FieldTable<OrderField>(["orderId": .venue, "clientOid": .client])
    let answer = WriteAnswer(fine: [""]) { body, parts, words in
      var json = JSONScanner(body)
      guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
      var (report, count) = (OrderReport(), Int?.none)
      report.read(&data, table, words) { _, key, json in
        guard key == "cancelledOrderIds" else { return false }
        var ids = 0
        json.elements { json in
          ids += 1
          json.skip()
        }
        count = ids
        return true
      }
      if count == 0 { (report.error, report.reason) = ("400100", "order_not_exist") }
      return data.isValid ? [report] : nil
    }
    return OtherService(endpoint, answer) { [unowned(unsafe) self] command, _ in stops.owns(command) }
  }

  /// "Get Stop Orders List": of those that wait alone.
  var waitingStops: Pages {
    var pages = Pages(
      Endpoint(.stopOrders, on: .spotPool, weight: 8), at: "data/items", .page("currentPage"), full: 100)
    (pages.symbol, pages.size, pages.total) = ("symbol", "pageSize", "data/totalNum")
    return pages
  }

  /// Where an order of a type is placed: each act says by which word of "stop" a side waits.
  func stop(_ type: OrderType) -> Endpoint {
    Endpoint(type == .stopLimit || type == .stopMarket ? .placeStop : .placeTake, .json, on: .spotPool)
  }

  /// "Add Stop Order": `loss` waits for a price at or below the stop price, `entry` for one at or above it.
  func setTrigger(_ order: OwnedCommand, _ type: OrderType, _ call: inout Call) throws(CommandRefusal) {
    guard !order.flags.contains(.postOnly) else {
      throw CommandRefusal(.unsupported, "a stop order is not post-only")
    }
    let isStop = type == .stopLimit || type == .stopMarket
    call.set("stop", isStop == (order.side == .sell) ? "loss" : "entry")
    call.set("stopPrice", order.stop)
    stops.learn(order.clientOrder)
  }

  /// By the exchange's id in the path, or by the client's.
  func nameStop(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isID(order.venueOrder, upTo: 64) { return call.fill(order.venueOrder) }
    guard isID(order.clientOrder, upTo: 40) else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    call.use(Endpoint(.cancelStopByClient, on: .spotPool, weight: 5))
    call.set("clientOid", order.clientOrder)
    call.set("symbol", market.symbol)
  }

  /// An order of the list of stop orders: `NEW` waits; `TRIGGERED` goes on as another.
  func waiting(_ said: OrderReport, status: String, stop: String) -> OrderReport {
    var report = triggered(said, stop: stop)
    switch status {
    case "NEW":
      report.state = .untriggered
      stops.learn(report.venue)
      stops.learn(report.client)
    case "TRIGGERED":
      report.isTriggered = true
      report.state = report.openState
      stops.forget(report.venue)
    default: report.state = nil
    }
    return report
  }

  /// With the type that the word of "stop" makes of it. Words of other kinds (`l_l_o`, `tso`, ...) leave it open.
  private func triggered(_ said: OrderReport, stop: String) -> OrderReport {
    var report = said
    let hasLimit = report.type == .limit
    switch (stop, report.side) {
    case ("loss", .sell), ("entry", .buy): report.type = hasLimit ? .stopLimit : .stopMarket
    case ("loss", .buy), ("entry", .sell): report.type = hasLimit ? .takeLimit : .takeMarket
    default: report.type = nil
    }
    return report
  }

  private static let push = FieldTable<OrderField>([
    "orderId": .venue, "symbol": .symbol, "side": .side, "orderPrice": .price, "size": .quantity, "stopPrice": .stop,
    "createdAt": .created, "ts": .nanoseconds, "error": .reason,
  ])

  /// "Stop Order": `type` is open, update, triggered or cancel. Of one that was triggered the channel of orders says
  /// what comes; `triggerSuccess` says that nothing does.
  func stopChange(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var report = OrderReport()
    var (type, stop, trade, hasFailed) = ("", "", "TRADE", false)
    report.read(&json, Self.push, vocabulary) { report, key, json in
      switch key {
      case "type": type = json.words()
      case "stop": stop = json.words()
      case "tradeType": trade = json.words()
      case "triggerSuccess": hasFailed = json.words() == "false"
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    // Orders on margin are of another account.
    guard trade == "TRADE" else { return .ok }
    report.type = report.price == nil ? .market : .limit
    report = triggered(report, stop: stop)
    report.stateWord = type
    switch type {
    case "open", "update", "received":
      report.state = .untriggered
      stops.learn(report.venue)
    case "cancel": report.state = .cancelled
    case "triggered", "TRIGGERED":
      stops.forget(report.venue)
      guard hasFailed else { return .ok }
      report.state = .rejected
    default: break
    }
    publish(order: report, account)
    return .ok
  }
}
