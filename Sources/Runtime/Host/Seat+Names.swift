import Catalog
import MarketModel

/// Written names of pairs, and what the exchange calls them.
extension Host.Seat {
  /// The pairs of all instruments that are known, by their own names. Linear.
  public var knownPairs: [String] { session.view.all.map(\.instrument.pair) }

  /// Gives what is subscribed to the names that the instruments have, by `NameRule`: a configuration may say
  /// `btc-usdt`. What fits nothing, or several, keeps its name.
  func adoptNames() {
    let isNamed = { (wanted: PairSubscription) in self.session.view.market(pair: wanted.pair) != nil }
    guard !subscriptions.allSatisfy(isNamed) else { return }
    let known = NameIndex(knownPairs)
    var named: [PairSubscription] = []
    for wanted in subscriptions {
      var wanted = wanted
      if case .one(let pair) = known.find(wanted.pair), pair != wanted.pair {
        wanted = PairSubscription(pair: pair, channels: wanted.channels)
      }
      if let place = named.firstIndex(where: { $0.pair == wanted.pair }) {
        named[place].channels.formUnion(wanted.channels)
      } else {
        named.append(wanted)
      }
    }
    subscriptions = named
  }

  /// Why a pair cannot be had that no instrument is named after, with the nearest name. Linear in the instruments.
  func words(forUnknown pair: String) -> String {
    let known = knownPairs
    if case .several(let names) = NameRule.find(pair, among: known) {
      return NameFault.ambiguous(pair, kind: "instrument", names: names).description
    }
    let nearest = NearestName.suggest(pair, among: known).map { ". Did you mean \"\($0)\"?" } ?? ""
    return "\(exchange) has no such instrument\(nearest)"
  }
}
