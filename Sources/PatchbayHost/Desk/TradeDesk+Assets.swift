import Catalog
import Decimals
import MarketModel
import Runtime
import Trading

/// Assets of the configuration, by the names that the exchange has for them: a limit on `usdt` is one on `USDT`.
extension TradeDesk {
  /// Renames what the permit and the paper account say of assets. A limit on an asset that no instrument here has would
  /// never hold, and is reported. On the lane, once the instruments are known.
  package func adoptAssets(_ config: Config.Connector?) {
    let known = NameIndex(session.view.all.flatMap { market in
      [market.instrument.base, market.instrument.quote, market.instrument.settle].filter { !$0.isEmpty }
    })
    trader.policy.balanceLimits = renamed(trader.policy.balanceLimits, known, "permit.balances")
    if let limit = config?.permit.lossLimit, let most = Decimal64(limit.most) {
      let asset = renamed([limit.asset: most], known, "permit.loss_limit").keys.first ?? limit.asset
      if asset != limit.asset { trader.setLossLimit(most, in: asset) }
    }
    paper?.rename { asset in if case .one(let name) = known.find(asset) { name } else { asset } }
  }

  private func renamed(
    _ amounts: [String: Decimal64], _ known: NameIndex, _ field: String
  ) -> [String: Decimal64] {
    var result: [String: Decimal64] = [:]
    for (asset, amount) in amounts.sorted(by: { $0.key < $1.key }) {
      var name = asset
      switch known.find(asset) {
      case .one(let found): name = found
      case .several(let names):
        warn(NameFault.ambiguous(asset, kind: "asset", names: names).description, field)
      case .none: warn("no instrument of \(self.name) has the asset \"\(asset)\"", field)
      }
      // Two spellings of one asset: the smaller limit holds.
      result[name] = result[name].map { min($0, amount) } ?? amount
    }
    return result
  }
}
