import Catalog
import Control
import MarketModel
import Runtime
import Synchronization
import Trading

/// Which instances that trade a request means.
package enum DeskChoice {
  /// By the connector's id, or else by the exchange's; `nil` after refusing the call: there are none.
  package static func desks(_ call: ControlCall, _ host: RunningHost) -> [TradeDesk]? {
    guard let choice = SeatChoice(call, host) else { return nil }
    let desks = host.desks.filter { choice.names.contains($0.name) }
    guard desks.isEmpty else { return desks }
    let names = choice.names.sorted().joined(separator: ", ")
    call.fail(
      "no_trading",
      "\(names): no orders are taken here; permit.trading must be set for it, its account must be in the key store, "
        + "and the journal must be writable: patchbay status shows what is missing")
    return nil
  }

  /// The one instance that a pair is to be traded on: where it is subscribed to, or else where it exists. The call is
  /// refused where that is none or several.
  package static func one(
    _ call: ControlCall, _ host: RunningHost, then: @escaping @Sendable (TradeDesk, String) -> Void
  ) {
    guard let desks = desks(call, host), let pair = call.pair() else { return }
    let wish = PairChoice(name: pair, isSubscribed: false)
    // The usual question costs no copy of all the names that an exchange has.
    copies(call, host, desks) { desk, host in
      let subscribed = host.seats.first { $0.session.name == desk.name }?.pairs ?? []
      return (subscribed: subscribed, isKnown: desk.session.view.market(pair: pair) != nil)
    } then: { found in
      let exact = found.filter { $0.copy.subscribed.contains(pair) }
      let known = exact.isEmpty ? found.filter(\.copy.isKnown) : exact
      let offers = known.isEmpty
        ? found.map { PairChoice.Offer(connector: $0.desk.name, pairs: $0.copy.subscribed) }
        : known.map { PairChoice.Offer(connector: $0.desk.name, pairs: [pair]) }
      do throws(DeskRefusal) {
        guard let place = try wish.place(among: offers) else { return oneOfAll(call, host, desks, wish, then) }
        if let desk = desks.first(where: { $0.name == place.connector }) { then(desk, place.pair) }
      } catch {
        call.fail(error)
      }
    }
  }

  /// The same among everything that there is, subscribed to or not.
  private static func oneOfAll(
    _ call: ControlCall, _ host: RunningHost, _ desks: [TradeDesk], _ wish: PairChoice,
    _ then: @escaping @Sendable (TradeDesk, String) -> Void
  ) {
    copies(call, host, desks) { desk, host in
      host.seats.first { $0.session.name == desk.name }?.knownPairs ?? []
    } then: { found in
      let offers = found.map { PairChoice.Offer(connector: $0.desk.name, pairs: $0.copy) }
      // A desk that knows no instruments yet says so itself.
      if desks.count == 1, offers[0].pairs.isEmpty { return then(desks[0], wish.name) }
      do throws(DeskRefusal) {
        guard let place = try wish.place(among: offers) else { return notListed(call, host, desks, wish, offers) }
        if let desk = desks.first(where: { $0.name == place.connector }) { then(desk, place.pair) }
      } catch {
        call.fail(error)
      }
    }
  }

  /// Nobody has the pair. It may be listed since, so all are asked again; what is said names when their lists are of.
  private static func notListed(
    _ call: ControlCall, _ host: RunningHost, _ desks: [TradeDesk], _ wish: PairChoice, _ offers: [PairChoice.Offer]
  ) {
    copies(call, host, desks) { desk, _ in desk.hurriedList() } then: { found in
      let aged = zip(found, offers).map { PairChoice.Offer(connector: $1.connector + $0.copy, pairs: $1.pairs) }
      call.fail(wish.unknown(among: aged))
    }
  }

  /// The order that a request means, by its number or its client order id.
  package static func order(
    _ call: ControlCall, _ host: RunningHost, then: @escaping @Sendable (TradeDesk, OrderID) -> Void
  ) {
    guard let desks = desks(call, host) else { return }
    guard let name = call["order"] ?? call.request["order"]?.number, !name.isEmpty else {
      return call.fail("missing_field", "\"order\" is needed: a number or a client order id, see patchbay order list")
    }
    copies(call, host, desks) { desk, _ in
      let byNumber = UInt64(name).flatMap { desk.trader.orders[OrderID($0)] }
      return (byNumber ?? desk.trader.orders.order(clientOrderID: name))?.id
    } then: { found in
      let found = found.compactMap { item in item.copy.map { (item.desk, $0) } }
      switch found.count {
      case 0:
        call.fail(
          "unknown_order",
          "there is no order \(name) in mind; patchbay order list shows those that are, history those that were")
      case 1: then(found[0].0, found[0].1)
      default:
        let names = found.map(\.0.name).joined(separator: ", ")
        call.fail("ambiguous", "order \(name) is on \(names); name one with --connector")
      }
    }
  }

  /// Copies something out of desks, each on its lane. The call is refused when a lane does not answer.
  package static func copies<Copy: Sendable>(
    _ call: ControlCall, _ host: RunningHost, _ desks: [TradeDesk],
    _ copy: @escaping @Sendable (TradeDesk, Host) -> Copy,
    then: @escaping @Sendable ([(desk: TradeDesk, copy: Copy)]) -> Void
  ) {
    host.gather(Set(desks.map(\.lane)).sorted(), call.submit) { host, lane in
      desks.filter { $0.lane == lane }.map { (desk: $0, copy: copy($0, host)) }
    } then: { (found: [[(desk: TradeDesk, copy: Copy)]], silent) in
      guard silent.isEmpty else { return call.fail("lane_silent", RunningHost.words(silent)) }
      then(found.flatMap { $0 })
    }
  }
}

extension TradeDesk {
  /// Does what a client wants on the lane, which then has to answer the call. When the lane does not get there in time,
  /// the call is refused and nothing is done any more.
  package func act(_ call: ControlCall, _ body: @escaping @Sendable (TradeDesk) -> Void) {
    claim(within: RunningHost.patience, call.submit(after:_:)) { [lane] desk in
      guard let desk else { return call.fail("lane_silent", "\(RunningHost.words([lane])); nothing was done") }
      body(desk)
    }
  }

  /// Does `body` on the lane; where the lane does not get there in time, it is given `nil` elsewhere instead.
  /// - Parameters:
  ///   - patience: nanoseconds.
  ///   - later: does a job after so many nanoseconds.
  package func claim(
    within patience: Int64, _ later: (Int64, @escaping @Sendable () -> Void) -> Void,
    _ body: @escaping @Sendable (TradeDesk?) -> Void
  ) {
    let claim = Claim()
    perform { desk in if claim.take() { body(desk) } }
    later(patience) { [weak claim] in
      if let claim, claim.take() { body(nil) }
    }
  }

  /// Goes to the first that takes it.
  private final class Claim: Sendable {
    private let isTaken = Atomic(false)

    func take() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }
  }
}
