import ConnectorKit

/// Orders that wait for a price: a service of their own, in which an order that was triggered names the one that it has
/// become. Sources: "Advanced Order Management": "private/advanced/create-order", "private/advanced/cancel-order",
/// "private/advanced/get-order-detail", "private/advanced/get-open-orders", "user.advance.order".
extension CryptoComSpot {
  func triggers(_ endpoint: Endpoint) -> OtherService {
    OtherService(endpoint, WriteAnswer(fine: ["", "0"], Self.answer)) { [unowned(unsafe) self] command, _ in
      waiting.owns(command)
    }
  }

  /// Stops wait for a price that is worse than today's, takes for a better one.
  func setTrigger(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    guard !order.flags.contains(.postOnly) else {
      throw CommandRefusal(.unsupported, "an order that waits for a price is not post-only")
    }
    call.set("ref_price", order.stop)
    waiting.learn(order.clientOrder)
  }

  func trigger(_ json: inout JSONScanner) -> OrderReport {
    let mark = json.mark
    var report = order(&json)
    guard report.type?.isTriggered == true else { return report }
    let became = mark.member("exchange_order_id")
    if became != report.venue, became != "0" { report.became = became }
    if !report.became.isEmpty {
      (report.state, report.isTriggered) = (.untriggered, true)
    } else if report.state == .open || report.state == .partial {
      report.state = .untriggered
    }
    for id in [report.venue, report.client] {
      if report.state == .untriggered, report.became.isEmpty { waiting.learn(id) } else { waiting.forget(id) }
    }
    return report
  }
}
