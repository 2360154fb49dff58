import CPatchbay
import ConnectorKit
import Decimals

/// Balances and fee rates of an account. Sources: Kraken API Center, "Get Extended Balance", "Get Trade Volume".
extension KrakenSpot {
  func offerAccount() {
    // The private stream reports a change, but neither what orders hold nor always the whole.
    balances(query(.balances), at: "result") { [unowned(unsafe) self] in balance($0, &$1) }
    fees(query(.tradeVolume), markets: "pair", most: 100, at: "result") { [unowned(unsafe) self] in rates(&$0) }
  }

  /// `"ZUSD": {"balance": "25.0", "hold_trade": "8.0", "credit": "0", "credit_used": "0"}`; the older Balance gives
  /// `"ZUSD": "25.0"`. Available is balance + credit - credit_used - hold_trade.
  private func balance(_ name: JSONText, _ json: inout JSONScanner) -> BalanceReport {
    let isExtended = json.peek() == UInt8(ascii: "{")
    var report = isExtended ? BalanceReport(&json, Self.extended) : BalanceReport()
    if !isExtended { report.total = json.wideDecimal() }
    (report.asset, report.held) = (asset(name.text), report.held ?? .zero)
    return report
  }

  private static let extended = FieldTable<BalanceField>([
    "balance": .total, "hold_trade": .held, "credit": .credit, "credit_used": .creditUsed,
  ])

  /// What the balances channel says of the wallet that orders use, spot/main; of the others REST alone speaks, under
  /// names of their own. How much of it orders hold is not said. An entry that cannot be read is left out: the balances
  /// are asked for in any case.
  ///
  /// A snapshot: `[{"asset": "BTC", "balance": 1.2, "wallets": [{"type": "spot", "id": "main", "balance": 1.2}]}]`; an
  /// update: `[{"asset": "BTC", "balance": 1.2, "wallet_type": "spot", "wallet_id": "main", ...}]`.
  func total(_ json: inout JSONScanner) -> BalanceReport? {
    var entry = JSONObject(&json)
    var (report, isKnown) = (BalanceReport(), true)
    report.asset = asset(entry.string("asset"))
    if let wallets = entry.objects("wallets") {
      for var wallet in wallets {
        let isMain = wallet.string("type") == "spot" && wallet.string("id") == "main"
        if isMain { report.total = wallet.wideDecimal("balance") }
        if !wallet.isValid { json.fail() }
      }
    } else {
      let (type, id) = (entry.string("wallet_type"), entry.string("wallet_id"))
      report.total = entry.wideDecimal("balance")
      isKnown = report.total != nil
      if type != "spot" && !type.isEmpty || id != "main" && !id.isEmpty { report.total = nil }
    }
    if !entry.isValid || !isKnown || report.asset.isEmpty { json.fail() }
    return report.total == nil && json.isValid ? nil : report
  }

  /// `{"fees": {"XXBTZUSD": {"fee": "0.26", ...}}, "fees_maker": {"XXBTZUSD": {"fee": "0.16", ...}}}`, in percent. A
  /// pair without a maker's rate has one rate for both.
  private func rates(_ json: inout JSONScanner) -> [MarketFees] {
    var (takers, makers): ([(market: Market, rate: Decimal64)], [Int: Decimal64]) = ([], [:])
    json.members { key, json in
      guard json.peek() == UInt8(ascii: "{"), key == "fees" || key == "fees_maker" else { return false }
      _ = json.eachEntry { name, json in
        var entry = JSONObject(&json)
        guard let market = market(named: name), let rate = entry.decimal("fee")?.hundredth else { return }
        if key == "fees" { takers.append((market, rate)) } else { makers[market.number] = rate }
      }
      return true
    }
    return takers.map { MarketFees($0.market, maker: makers[$0.market.number] ?? $0.rate, taker: $0.rate) }
  }
}
