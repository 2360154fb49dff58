import Catalog
import Control
import MarketModel
import Runtime

/// The pair that a request wants to see alone, by `NameRule` among all that the connectors of its choice know.
package enum PairFilter {
  /// Goes on with the pair's own name, or with `nil` where the request names none; refuses the call, with the nearest
  /// name, where there is no such pair or where it may be several.
  package static func resolve(
    _ call: ControlCall, _ host: RunningHost, _ choice: SeatChoice, then: @escaping @Sendable (String?) -> Void
  ) {
    guard let wanted = call["pair"] else { return then(nil) }
    let wish = PairChoice(name: wanted, isSubscribed: false)
    let folded = wanted.lowercased()
    // The usual question costs no copy of all the names that an exchange has.
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).map { seat in
        PairChoice.Offer(
          connector: seat.session.name, pairs: Array(Set(seat.knownPairs.filter { $0.lowercased() == folded })))
      }
    } then: { found in
      let offers = found.flatMap { $0 }
      switch NameRule.find(wanted, among: offers.flatMap(\.pairs)) {
      case .one(let pair): then(pair)
      case .several: call.fail(wish.ambiguous(among: offers))
      case .none: unknown(call, host, choice, wish)
      }
    }
  }

  private static func unknown(_ call: ControlCall, _ host: RunningHost, _ choice: SeatChoice, _ wish: PairChoice) {
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).map { PairChoice.Offer(connector: $0.session.name, pairs: $0.knownPairs) }
    } then: { found in
      // Not on a lane: there may be thousands.
      call.submit(after: 0) { call.fail(wish.unknown(among: found.flatMap { $0 })) }
    }
  }
}
