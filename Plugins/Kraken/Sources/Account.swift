import CPatchbay
import ConnectorKit
import Decimals

/// Balances and fee rates of an account. Sources: Kraken API Center, "Get Extended Balance", "Get Trade Volume".
extension KrakenSpot {
  func offerAccount() {
    // The private stream reports a change, but neither what orders hold nor always the whole.
    balances(query(.balances), at: "result", refreshEvery: Venue.balanceInterval) {
      [unowned(unsafe) self] in balance($0, &$1)
    }
    fees(query(.tradeVolume), markets: "pair", most: 100, at: "result") { [unowned(unsafe) self] in rates(&$0) }
  }

  /// `"ZUSD": {"balance": "25.0", "hold_trade": "8.0", "credit": "0", "credit_used": "0"}`; the older Balance gives
  /// `"ZUSD": "25.0"`. Available is balance + credit - credit_used - hold_trade.
  private func balance(_ name: JSONText, _ json: inout JSONScanner) -> BalanceReport {
    var report = BalanceReport()
    report.asset = asset(name.text)
    guard json.peek() == UInt8(ascii: "{") else {
      report.total = json.wideDecimal()
      report.free = report.total
      return report
    }
    var (balance, hold, credit, used) = (WideDecimal.zero, WideDecimal.zero, WideDecimal.zero, WideDecimal.zero)
    json.members { key, json in
      switch key {
      case "balance": balance = json.wideDecimal()
      case "hold_trade": hold = json.wideDecimal()
      case "credit": credit = json.wideDecimal()
      case "credit_used": used = json.wideDecimal()
      default: return false
      }
      return true
    }
    (report.total, report.free) = (balance, balance + credit - used - hold)
    return report
  }

  /// What the balances channel says of the wallet that orders use, spot/main; of the others REST alone speaks, under
  /// names of their own. How much of it orders hold is not said. An entry that cannot be read is left out: the balances
  /// are asked for in any case.
  ///
  /// A snapshot: `[{"asset": "BTC", "balance": 1.2, "wallets": [{"type": "spot", "id": "main", "balance": 1.2}]}]`; an
  /// update: `[{"asset": "BTC", "balance": 1.2, "wallet_type": "spot", "wallet_id": "main", ...}]`.
  func total(_ json: inout JSONScanner) -> BalanceReport? {
    var report = BalanceReport()
    var (isMain, isListed, main) = (true, false, WideDecimal?.none)
    json.members { key, json in
      switch key {
      case "asset": report.asset = asset(json.string().text)
      case "balance": report.total = json.wideDecimal()
      case "wallet_type": if json.string() != "spot" { isMain = false }
      case "wallet_id": if json.string() != "main" { isMain = false }
      case "wallets":
        isListed = true
        json.elements { if let balance = Self.mainWallet(&$0) { main = balance } }
      default: return false
      }
      return true
    }
    guard json.isValid, !report.asset.isEmpty, report.total != nil || isListed else {
      json.fail()
      return report
    }
    if isListed { report.total = main }
    return isMain && report.total != nil ? report : nil
  }

  /// The balance of spot/main; nil for other wallets.
  private static func mainWallet(_ json: inout JSONScanner) -> WideDecimal? {
    var (isMain, balance) = (true, WideDecimal?.none)
    json.members { key, json in
      switch key {
      case "type": if json.string() != "spot" { isMain = false }
      case "id": if json.string() != "main" { isMain = false }
      case "balance": balance = json.wideDecimal()
      default: return false
      }
      return true
    }
    return isMain ? balance : nil
  }

  /// `{"fees": {"XXBTZUSD": {"fee": "0.26", ...}}, "fees_maker": {"XXBTZUSD": {"fee": "0.16", ...}}}`, in percent. A
  /// pair without a maker's rate has one rate for both.
  private func rates(_ json: inout JSONScanner) -> [MarketFees] {
    var (takers, makers): ([(market: Market, rate: Decimal64)], [(market: Market, rate: Decimal64)]) = ([], [])
    json.members { key, json in
      guard json.peek() == UInt8(ascii: "{"), key == "fees" || key == "fees_maker" else { return false }
      _ = json.eachEntry { name, json in
        json.members { member, json in
          guard member == "fee" else { return false }
          guard let rate = Self.fraction(json.decimal()), json.isValid, let market = market(named: name) else {
            return true
          }
          if key == "fees" { takers.append((market, rate)) } else { makers.append((market, rate)) }
          return true
        }
      }
      return true
    }
    return takers.map { taker in
      let maker = makers.first { $0.market === taker.market }?.rate
      return MarketFees(taker.market, maker: maker ?? taker.rate, taker: taker.rate)
    }
  }
}
