import CPatchbay
import ConnectorKit
import Decimals

/// The account of futures and its stream. Sources: "Get futures account", "Get user position list", "Update position
/// leverage", "Set position mode", "Switch Position Margin Mode", "Query futures account change history", "Balances
/// API", "Positions API".
extension GatePerpetual {
  func offerAccount() {
    balances(Endpoint(.futuresAccount, on: .futuresBalances), at: "", isAlone: true) {
      BalanceReport(&$1, Self.balance)
    }
    fees(
      Endpoint(.fee, on: .fees), ["settle": "USDT"], at: "", maker: "futures_maker_fee", taker: "futures_taker_fee")
    var open = list(Endpoint(.positions, on: .positions))
    (open.symbol, open.parameters) = ("", [("holding", "true")])
    positions(open) { [unowned(unsafe) self] in position(&$1) }
    var bills = list(Endpoint(.accountBook, on: .futuresHistories))
    (bills.since, bills.until, bills.timeForm) = ("from", "to", .seconds)
    bills.parameters = [("type", "fund")]
    fundingPayments(bills) { Self.payment(&$1) }
    var rates = MarkQuestion(Endpoint(.contracts, on: .contracts), at: "", Self.rate)
    rates.alone = Endpoint(.contract, on: .contracts)
    funding(rates)
    offerModes()
  }

  /// "Update position leverage": above zero it is that of isolated margin. In dual mode both legs have the same.
  private func offerModes() {
    serveMode(.leverage, by: Endpoint(.leverage, on: .positions)) { (command, market, call) throws(CommandRefusal) in
      if command.leg != .net { call = Call(Endpoint(.dualLeverage, on: .positions)) }
      call.fill(market?.name ?? "")
      call.set("leverage", command.value)
    }
    serveMode(.marginMode, by: Endpoint(.marginMode, .json, on: .positions)) {
      (command, market, call) throws(CommandRefusal) in
      call.set("mode", command.marginMode == .cross ? "CROSS" : "ISOLATED")
      call.set("contract", market?.name ?? "")
    }
    serveMode(.positionMode, by: Endpoint(.dualMode, on: .positions), settled: ["NO_CHANGE"]) {
      (command, market, call) throws(CommandRefusal) in
      guard market == nil else {
        throw CommandRefusal(.unsupported, "the position mode is of all instruments: name none")
      }
      call.set("dual_mode", command.positionMode == .hedge)
    }
    modes(
      ModeQuestion(Endpoint(.futuresAccount, on: .futuresBalances), at: "", of: .account) { json, words in
        ModeReport(&json, FieldTable(["in_dual_mode": .positionMode]), words)
      },
      ModeQuestion(Endpoint(.positions, on: .positions), at: "", of: .list(symbol: "")) { json, _ in
        Self.mode(&json)
      })
  }

  /// A leverage of zero says that the margin is cross, whose limit then is the leverage.
  private static func mode(_ json: inout JSONScanner) -> ModeReport {
    var report = ModeReport()
    var (leverage, limit): (Decimal64?, Decimal64?)
    json.members { key, json in
      switch key {
      case "contract": report.symbol = json.words()
      case "leverage": leverage = json.optionalDecimal()
      case "cross_leverage_limit": limit = json.optionalDecimal()
      default: return false
      }
      return true
    }
    guard let leverage else { return report }
    report.marginMode = leverage.isZero ? .cross : .isolated
    let shown = leverage.isZero ? limit : leverage
    report.leverage = shown?.isPositive == true ? shown : nil
    return report
  }

  private static let balance = FieldTable<BalanceField>([
    "currency": .asset, "total": .total, "available": .free,
  ])
  private static let paid = FieldTable<PaymentField>([
    "contract": .symbol, "change": .amount, "id": .id, "time": .seconds,
  ])

  /// An entry that names no contract has it in a text, in front of a number: `BTC_USDT:4914424`.
  private static func payment(_ json: inout JSONScanner) -> PaymentReport {
    var text = ""
    var report = PaymentReport(&json, paid) { _, key, json in
      guard key == "text" else { return false }
      text = json.words()
      return true
    }
    if report.symbol.isEmpty { report.symbol = text.split(separator: ":").first.map(String.init) ?? "" }
    return report
  }

  private static let rate = FieldTable<MarkField>([
    "name": .symbol, "mark_price": .mark, "index_price": .index, "funding_rate": .rate,
    "funding_next_apply": .nextSeconds, "funding_interval": .intervalSeconds,
  ])

  /// Subscriptions to private channels name the user, and a contract or all of them.
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let user = Seal.slot(Int(TradingAccount.tokenSlot))
    return signedSubscription(
      channel, id: id, payload: channel == "futures.balances" ? "\"\(user)\"" : "\"\(user)\",\"!all\"")
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard head.kind == "update" else { return answered(head, account) }
    guard var list = head.data?.scanner() else { return .parse }
    switch head.channel {
    case "futures.orders":
      list.elements { json in
        let report = order(&json)
        if json.isValid { publish(order: report, account) }
      }
    case "futures.usertrades":
      list.elements { json in
        let report = fill(&json)
        guard json.isValid, market(named: report.symbol) != nil else { return }
        if publish(fill: report, account) { publishForced(report, account) } else { json.fail() }
      }
    case "futures.positions":
      list.elements { json in
        let report = position(&json)
        if json.isValid, market(named: report.symbol) != nil, !publish(position: report, account) { json.fail() }
      }
    case "futures.autoorders": triggersCame(&list, account) { trigger(&$0) }
    case "futures.balances": balancesCame(&list, account)
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }

  /// "Balances API": what there is in all; what of it is free is asked for.
  private func balancesCame(_ list: inout JSONScanner, _ account: TradingAccount) {
    publishBalances(&list, account) { _, json in
      var report = BalanceReport()
      json.members { key, json in
        switch key {
        case "currency": report.asset = json.words().uppercased()
        case "balance": report.total = json.optionalWideDecimal()
        case "time_ms": report.time = json.milliseconds()
        default: return false
        }
        return true
      }
      if report.asset.isEmpty { report.asset = "USDT" }
      return report
    }
    balancesChanged(account)
  }
}
