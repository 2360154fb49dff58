import CPatchbay
import ConnectorKit
import Decimals

/// Changing an order of spot. Source: KuCoin API, "Spot Trading / Orders / Modify Order": the exchange cancels the
/// order and places another with the same client order id; what was filled counts as part of the new size. The answer
/// names the new order alone, so it is asked for, and the host adds up what the two have filled.
extension KuCoinSpot {
  func offerAmendments() {
    serve(
      .amend, by: Endpoint(.amend, .json, on: .spotPool), WriteAnswer(at: "data", ["newOrderId": .venue])
    ) { [unowned(unsafe) self] part, report, tally in
      guard isID(report.venue, upTo: 64) else {
        return tally.end(Tally.End(.unknown, .other, "the exchange's answer to an amendment cannot be read"))
      }
      askWhatBecame(of: part.command, report.venue, part.market, part.account, tally)
    }
  }

  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.stop == nil, !stops.owns(order) else {
      throw CommandRefusal(.unsupported, "stop orders are not amended: cancel it and place another")
    }
    call.set("symbol", market.symbol)
    if isID(order.venueOrder, upTo: 64) {
      call.set("orderId", order.venueOrder)
    } else if isID(order.clientOrder, upTo: 40) {
      call.set("clientOid", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    if let quantity = order.quantity {
      // Quantities of amendments are over the order's life, this one's are of the order at hand.
      guard let size = quantity.subtracting(order.carried), size.isPositive else {
        throw CommandRefusal(.invalidOrder, "that much has been filled already")
      }
      call.set("newSize", size)
    }
    call.set("newPrice", order.price)
  }

  /// Reports the order that has taken the place of another; where it cannot be asked for, that there is one.
  private func askWhatBecame(
    of command: OwnedCommand, _ venue: String, _ market: Market, _ account: TradingAccount, _ tally: Tally
  ) {
    var call = Call(Endpoint(.order, on: .spotPool, weight: 2))
    call.fill(venue)
    call.set("symbol", market.symbol)
    ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
      var now = OrderReport()
      var json = JSONScanner(answer.body)
      if answer.fault == nil, json.isWhole, var object = json.find("data")?.scanner() {
        let report = order(&object)
        if object.isValid, report.venue == venue, report.state != nil { now = report }
      }
      if now.venue.isEmpty {
        (now.symbol, now.venue, now.state) = (market.symbol, venue, .open)
        (now.side, now.price) = (command.side, command.price)
      }
      if !command.clientOrder.isEmpty { now.client = command.clientOrder }
      if venue != command.venueOrder { now.continues = command.venueOrder }
      now.carried = command.carried
      publish(order: now, account, command: tally.command, order: command.order)
      tally.end(.done)
      return .ok
    }
  }

  /// An amendment makes a new order, whose figures are its own.
  public func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    report.carried = report.carried ?? .zero
    return report
  }
}
