import Catalog
import JSONTree
import MarketModel
import Runtime
import Trading

/// What became of an order when the host ended.
package struct OrderEnding: Sendable {
  package var event: RunEvent
  /// It is what the configuration wants: ended, or kept.
  package var isWanted: Bool
}

extension RunningHost {
  /// How long the end of orders is waited for.
  package static let orderPatience: Int64 = 10_000_000_000

  /// Stops new orders everywhere, and cancels what is open or leaves it.
  /// - Parameters:
  ///   - desks: those whose orders are meant.
  ///   - deadline: monotonic.
  ///   - then: is given one ending for each open order, when all are known or the deadline has passed; on a lane.
  package func endOrders(
    of desks: [TradeDesk], _ wish: Config.Orders.OnStop, by deadline: Int64,
    then: @escaping @Sendable ([OrderEnding]) -> Void
  ) {
    guard !desks.isEmpty else { return then([]) }
    let gathering = Gathering<[OrderEnding]>(Array(desks.indices)) { endings, _ in then(endings.flatMap { $0 }) }
    for (index, desk) in desks.enumerated() {
      desk.perform { desk in desk.endOrders(wish, by: deadline) { gathering.put($0, at: index) } }
    }
  }
}

extension TradeDesk {
  /// On the lane; `then` is called once.
  fileprivate func endOrders(
    _ wish: Config.Orders.OnStop, by deadline: Int64, then: @escaping ([OrderEnding]) -> Void
  ) {
    guard isStarted else { return then([]) }
    if let tenure, !tenure.isOwner {
      trader.halt("the host is stopping")
      return then(
        inShort(trader.orders.inFlight.map { ending($0.id, "stays at the venue: \(tenure.words)", true) }))
    }
    guard wish == .cancel else {
      trader.halt("the host is stopping")
      return then(
        inShort(trader.orders.inFlight.map { ending($0.id, "stays at the venue: orders.on_stop is keep", true) }))
    }
    trader.stop(by: deadline) { [self] reports in
      let endings = reports.map { report in
        let state = report.state.description
        if report.isEnded { return ending(report.order, "has ended: \(state)", true) }
        let words = "\(state): \(report.reason); look at the exchange, the next start asks it again"
        return ending(report.order, words, false)
      }
      then(inShort(endings))
    }
  }

  /// So many are reported one by one, of those that ended and of those that did not; of the rest, how many there are.
  private static let endingsTold = 500

  private func inShort(_ endings: [OrderEnding]) -> [OrderEnding] {
    var told: [OrderEnding] = []
    for isWanted in [true, false] {
      let some = endings.filter { $0.isWanted == isWanted }
      told += some.prefix(Self.endingsTold)
      guard some.count > Self.endingsTold else { continue }
      let text =
        "\(some.count - Self.endingsTold) more orders "
        + (isWanted ? "have ended or stay as they are" : "have not ended; look at the exchange")
      told.append(
        OrderEnding(
          event: RunEvent(kind: isWanted ? "order" : "warning", connector: name, text: text), isWanted: isWanted))
    }
    return told
  }

  private func ending(_ id: OrderID, _ words: String, _ isWanted: Bool) -> OrderEnding {
    let kind = isWanted ? "order" : "warning"
    var event = RunEvent(kind: kind, connector: name, text: "order \(id.rawValue) \(words)")
    event.members = [JSONMember("order", StatusText.number(id.rawValue))]
    return OrderEnding(event: event, isWanted: isWanted)
  }
}
