import Catalog

/// The assets of several exchanges under one name each: what differs in case alone is one asset (`usdt` of one exchange
/// is `USDT` of another), unless an exchange itself has both spellings.
package struct AssetNames: Sendable {
  /// The name of each spelling.
  private var names: [String: String] = [:]

  package init(_ markets: [RateStep]) {
    var spellings: [String: [String: Set<String>]] = [:]
    for market in markets {
      for asset in [market.base, market.quote] {
        spellings[asset.lowercased(), default: [:]][market.connector, default: []].insert(asset)
      }
    }
    for own in spellings.values {
      let all = own.values.reduce(into: Set<String>()) { $0.formUnion($1) }
      let isOne = own.values.allSatisfy { $0.count == 1 }
      // Capitals sort first: `USDT` goes before `usdt`.
      for spelling in all { names[spelling] = isOne ? all.min() : spelling }
    }
  }

  /// The asset that is meant, by `NameRule`.
  package func find(_ name: String) throws(NameFault) -> String {
    if let own = names[name] { return own }
    let all = Array(Set(names.values)).sorted()
    return try NameRule.choose(name, "asset", "in a ready spot book", among: all)
  }

  /// A market with the assets' names.
  package func named(_ market: RateStep) -> RateStep {
    var market = market
    market.base = names[market.base] ?? market.base
    market.quote = names[market.quote] ?? market.quote
    return market
  }
}
