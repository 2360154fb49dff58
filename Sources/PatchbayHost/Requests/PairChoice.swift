import Catalog
import Control
import Runtime

/// A pair of one instance, by the name that the instance has for it.
package struct PairPlace: Sendable, Equatable {
  package let connector: String
  package let pair: String
}

/// Finds the pair that a request means, by `NameRule`, over several instances.
package struct PairChoice {
  /// The pairs of one instance among which it is looked for.
  package struct Offer: Sendable {
    let connector: String
    let pairs: [String]
  }

  /// As it was written.
  package let name: String
  /// Whether it has to be subscribed to; else it need only exist.
  package let isSubscribed: Bool

  /// The one place that is meant; `nil` when no instance has the pair at all.
  package func place(among offers: [Offer]) throws(DeskRefusal) -> PairPlace? {
    switch NameRule.find(name, among: offers.flatMap(\.pairs)) {
    case .none: return nil
    case .one(let pair):
      let holders = offers.filter { $0.pairs.contains(pair) }.map(\.connector)
      guard holders.count > 1 else { return PairPlace(connector: holders[0], pair: pair) }
      throw DeskRefusal(
        "ambiguous", "\(pair) is on \(holders.joined(separator: ", ")); name one with --connector", field: "connector")
    case .several: throw ambiguous(among: offers)
    }
  }

  /// Why it is not known which of several is meant.
  package func ambiguous(among offers: [Offer]) -> DeskRefusal {
    var pairs: [String] = []
    if case .several(let names) = NameRule.find(name, among: offers.flatMap(\.pairs)) { pairs = names }
    let places = pairs.map { pair in
      "\(pair) (\(offers.filter { $0.pairs.contains(pair) }.map(\.connector).joined(separator: ", ")))"
    }
    return DeskRefusal(
      "ambiguous", "\"\(name)\" may be \(places.joined(separator: " or ")); write the pair as one of them stands",
      field: "pair")
  }

  /// Why there is none, with the nearest name.
  package func unknown(among offers: [Offer]) -> DeskRefusal {
    let connectors = offers.map(\.connector).joined(separator: ", ")
    let nearest = NearestName.suggest(name, among: offers.flatMap(\.pairs))
    let place = isSubscribed ? "subscribed to on \(connectors)" : "on \(connectors)"
    let form = isSubscribed ? "" : "pairs are written BASE-QUOTE, "
    let hint = nearest.map { "did you mean \($0)?" } ?? "\(form)see patchbay status"
    return DeskRefusal("unknown_pair", "\(name) is not \(place); \(hint)", field: "pair")
  }

  /// The same, and a refusal where there is none.
  package func demanded(among offers: [Offer]) throws(DeskRefusal) -> PairPlace {
    guard let place = try place(among: offers) else { throw unknown(among: offers) }
    return place
  }
}

extension ControlCall {
  package func fail(_ refusal: DeskRefusal) {
    fail(refusal.code, refusal.text, field: refusal.field)
  }
}
