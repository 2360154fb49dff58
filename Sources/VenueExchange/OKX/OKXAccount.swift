import Decimals
import JSONTree
import Matching

/// Accounts over REST. Sources: "Get balance", "Get fee rates", "Get account configuration".
extension OKXVenue {
  func registerAccount() {
    add("GET /api/v5/account/balance", .signed, 10) { [unowned self] call throws(OKXError) in
      let names = call.parameters["ccy"]?.split(separator: ",").map(String.init)
      let chosen = exchange.assets.indices.filter { names?.contains(exchange.assets[$0]) != false }
      return Answer(data: [balances(call.account, chosen)])
    }
    add("GET /api/v5/account/trade-fee", .signed, 5) { [unowned self] call throws(OKXError) in
      try checkType(call, isNeeded: true)
      let market = call.parameters["instId"] == nil ? 0 : try market(call.parameters)
      let rules = exchange.markets[market].rules
      func rate(_ fee: Int64) -> JSONValue { .s(Decimal64(mantissa: -fee, exponent: -8).plain) }
      let (maker, taker) = (rate(rules.makerFee), rate(rules.takerFee))
      let isSpot = !isPerpetual
      let group = JSONValue.make([("groupId", "1"), ("maker", maker), ("taker", taker)])
      return Answer(data: [
        .make([
          ("instType", .s(instrumentType)), ("level", "Lv1"), ("feeGroup", .list([group])), ("maker", maker),
          ("taker", taker), ("makerU", isSpot ? "" : maker), ("takerU", isSpot ? "" : taker), ("makerUSDC", ""),
          ("takerUSDC", ""), ("ruleType", "normal"), ("ts", .s(String(milliseconds))),
        ])
      ])
    }
    add("GET /api/v5/account/config", .signed, 5) { [unowned self] call throws(OKXError) in
      let isHedged = exchange.state(call.account).isHedged
      return Answer(data: [
        .make([
          ("uid", .s(Self.user(call.account))), ("mainUid", .s(Self.user(call.account))), ("label", "trying out"),
          ("acctLv", .s(isPerpetual ? "2" : "1")), ("level", "Lv1"), ("acctStpMode", "cancel_maker"),
          ("posMode", .s(isHedged ? "long_short_mode" : "net_mode")), ("perm", "read_only,trade"), ("ip", ""),
          ("autoLoan", .b(false)), ("greeksType", "PA"),
        ])
      ])
    }
  }

  static func user(_ account: Participant) -> String { String(44_705_892_343_619_584 + account) }

  /// "Get balance", which is what the account channel pushes: currencies of which there is something.
  func balances(_ account: Participant, _ assets: [Int], isWhole: Bool = true) -> JSONValue {
    let details = assets.compactMap { asset -> JSONValue? in
      let balance = exchange.ledger.balance(account, asset)
      guard balance.total != 0 || !isWhole else { return nil }
      var (equity, free, held, unrealized) = (balance.total, balance.available, balance.held, Amount(0))
      if isPerpetual {
        let margin = exchange.margin(of: account, asset: asset)
        (equity, free, unrealized) = (margin.equity, margin.available, margin.unrealized)
        held = margin.initial + margin.open
      }
      return .make([
        ("ccy", .s(exchange.assets[asset])), ("eq", .s(amount(equity))), ("cashBal", .s(amount(balance.total))),
        ("availBal", .s(amount(free))), ("availEq", .s(amount(free))), ("frozenBal", .s(amount(held))),
        ("ordFrozen", .s(amount(held))), ("upl", .s(amount(unrealized))), ("liab", "0"),
        ("uTime", .s(String(milliseconds))),
      ])
    }
    return .make([
      ("uTime", .s(String(milliseconds))), ("totalEq", ""), ("isoEq", ""), ("adjEq", ""), ("details", .list(details)),
    ])
  }
}
