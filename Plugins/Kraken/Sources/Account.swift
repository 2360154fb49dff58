import CPatchbay
import ConnectorKit
import Decimals

/// Balances and fee rates of an account. Sources: Kraken API Center, "Get Extended Balance", "Get Trade Volume".
extension KrakenSpot {
  func offerAccount() {
    // The private stream reports a change, but neither what orders hold nor always the whole.
    balances(query(.balances), at: "result", refreshEvery: Venue.balanceInterval) { [unowned self] in balance($0, &$1) }
    servePrivate(.fees) { [unowned self] command, account in fees(command, account) }
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

  // MARK: Fees

  private static let pairsPerRequest = 100

  private func fees(_ command: OwnedCommand, _ account: TradingAccount) {
    guard command.instrument != 0 else { return askFees(markets[...], command, account) }
    guard let market = market(command.instrument) else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    askFees([market], command, account)
  }

  private func askFees(_ wanted: ArraySlice<Market>, _ command: OwnedCommand, _ account: TradingAccount) {
    let rest = wanted.dropFirst(Self.pairsPerRequest)
    var call = Call(query(.tradeVolume))
    let names = wanted.prefix(Self.pairsPerRequest).map { percentEncoded($0.name) }
    call.set("pair", bare: names.joined(separator: ","))
    ask(call, account, command: command.id) { [unowned self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      guard publishFees(answer.body, command, account) else { return unreadable(command.id, "fees") }
      guard rest.isEmpty else {
        askFees(rest, command, account)
        return .ok
      }
      out.complete(PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument)
      out.done(command.id)
      return .ok
    }
  }

  /// `{"fees": {"XXBTZUSD": {"fee": "0.26", ...}}, "fees_maker": {"XXBTZUSD": {"fee": "0.16", ...}}}`, in percent. A
  /// pair without a maker's rate has one rate for both.
  private func publishFees(_ body: Body, _ command: OwnedCommand, _ account: TradingAccount) -> Bool {
    var json = JSONScanner(body)
    guard json.isWhole, var result = json.find("result")?.scanner() else { return false }
    var (takers, makers): ([(market: Market, rate: Decimal64)], [(market: Market, rate: Decimal64)]) = ([], [])
    result.members { key, json in
      guard json.peek() == UInt8(ascii: "{") else { return false }
      switch key {
      case "fees": takers = readRates(&json)
      case "fees_maker": makers = readRates(&json)
      default: return false
      }
      return true
    }
    guard result.isValid else { return false }
    for (market, taker) in takers {
      let maker = makers.first { $0.market === market }?.rate ?? taker
      out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
    }
    return true
  }

  private func readRates(_ json: inout JSONScanner) -> [(market: Market, rate: Decimal64)] {
    var rates: [(market: Market, rate: Decimal64)] = []
    _ = json.eachEntry { pair, json in
      json.members { key, json in
        guard key == "fee" else { return false }
        let percent = json.decimal()
        if json.isValid, let market = market(named: pair), let rate = Self.fraction(percent) {
          rates.append((market, rate))
        }
        return true
      }
    }
    return rates
  }
}
