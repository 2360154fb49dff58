import CPatchbay
import ConnectorKit
import Decimals

/// The account of futures, its positions and its stream. Sources: BingX API, swapV2, "Query account data", "Query
/// position data", "Get Account Profit and Loss Fund Flow", "Query Trading Commission Rate", "Mark Price and Funding
/// Rate", "Set Leverage", "Change Margin Type", "Set Position Mode", "Account balance and position update push", "Order
/// update push".
extension BingXPerpetual {
  private static let balance = FieldTable<BalanceField>([
    "asset": .asset, "balance": .total, "availableMargin": .free,
  ])
  private static let position = FieldTable<PositionField>([
    "symbol": .symbol, "positionSide": .leg, "positionAmt": .quantity, "avgPrice": .entry, "markPrice": .mark,
    "liquidationPrice": .liquidation, "unrealizedProfit": .unrealized, "realisedProfit": .realized,
    "leverage": .leverage, "margin": .margin, "updateTime": .time,
  ])

  func offerAccount() {
    balances(Endpoint(.perpBalance, on: .perpQueries), at: "data") { _, json in
      let report = BalanceReport(&json, Self.balance)
      return report.total == nil ? nil : report
    }
    fees(
      Endpoint(.perpFees, on: .perpQueries), at: "data/commission", maker: "makerCommissionRate",
      taker: "takerCommissionRate")
    var held = Pages(Endpoint(.positions, on: .perpQueries), at: "data")
    held.symbol = "symbol"
    positions(held) { [unowned(unsafe) self] in position(&$1) }
    var rates = MarkQuestion(
      Self.market(.premiumIndex), at: "data",
      FieldTable([
        "symbol": .symbol, "markPrice": .mark, "indexPrice": .index, "lastFundingRate": .rate, "nextFundingTime": .next,
        "fundingIntervalHours": .intervalHours,
      ]))
    rates.symbol = "symbol"
    funding(rates)
    var income = Pages(Endpoint(.income, on: .perpQueries), at: "data", full: 1000)
    (income.symbol, income.size, income.most) = ("symbol", "limit", 1)
    (income.since, income.until, income.parameters) = ("startTime", "endTime", [("incomeType", "FUNDING_FEE")])
    fundingPayments(income) { _, json in
      PaymentReport(
        &json,
        FieldTable(["symbol": .symbol, "income": .amount, "asset": .asset, "tranId": .id, "time": .time]))
    }
    offerModes()
  }

  /// With one position for each instrument its side is said where legs are; `isolated` says the mode of margin.
  private func position(_ json: inout JSONScanner) -> PositionReport {
    var isSingle = false
    var report = PositionReport(&json, Self.position, vocabulary) { report, key, json in
      switch key {
      case "isolated": report.marginMode = json.boolean() ? .isolated : .cross
      case "onlyOnePosition": isSingle = json.boolean()
      default: return false
      }
      return true
    }
    if isSingle, let leg = report.leg, leg != .net {
      (report.leg, report.side) = (.net, leg == .long ? .buy : .sell)
    }
    return report
  }

  private func offerModes() {
    serveMode(.leverage, by: Endpoint(.setLeverage, on: .perpQueries), confirmedAt: "data/leverage") {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.set("side", vocabulary.word(command.leg) ?? "BOTH")
      call.setNumber("leverage", command.value)
    }
    serveMode(.marginMode, by: Endpoint(.setMarginType, on: .perpModes)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.set("marginType", command.marginMode.flatMap { vocabulary.word($0) } ?? "")
    }
    serveMode(.positionMode, by: Endpoint(.setPositionMode, on: .perpModes)) {
      [unowned(unsafe) self] (command, _, call) throws(CommandRefusal) in
      call.set("dualSidePosition", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    modes(
      ModeQuestion(
        Endpoint(.positionMode, on: .perpModes), at: "data", of: .account,
        FieldTable(["dualSidePosition": .positionMode])),
      ModeQuestion(
        Endpoint(.leverage, on: .perpQueries), at: "data", of: .each(symbol: "symbol"),
        FieldTable(["longLeverage": .leverage])),
      ModeQuestion(
        Endpoint(.marginType, on: .perpModes), at: "data", of: .each(symbol: "symbol"),
        FieldTable(["marginType": .marginMode])))
  }

  // MARK: The stream

  private static let report = FieldTable<OrderField>([
    "s": .symbol, "i": .venue, "c": .client, "S": .side, "ps": .leg, "o": .type, "X": .state, "p": .price, "sp": .stop,
    "q": .quantity, "z": .filled, "ap": .average, "f": .force,
  ])
  /// `wb` is what there is; what of it is free is asked for.
  private static let wallet = FieldTable<BalanceField>(["a": .asset, "wb": .total])
  private static let held = FieldTable<PositionField>([
    "s": .symbol, "ps": .leg, "pa": .quantity, "ep": .entry, "up": .unrealized, "mt": .marginMode,
  ])

  /// `{"e": "ORDER_TRADE_UPDATE", "E": ms, "o": {...}}`, `{"e": "ACCOUNT_UPDATE", "E": ms, "a": {"m": "ORDER", "B": [],
  /// "P": []}}`, `{"e": "listenKeyExpired"}`. An execution has no id here: fills are asked for.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    let (read, status) = head(of: frame, account.stream)
    guard let head = read else { return status }
    switch head.event {
    case "ORDER_TRADE_UPDATE": return orderUpdate(head, account)
    case "ACCOUNT_UPDATE": return head.account.map { accountUpdate($0, head.eventTime, account) } ?? .parse
    // All balances and positions, every five seconds; and leverage.
    case "SNAPSHOT", "ACCOUNT_CONFIG_UPDATE": return .ok
    case "listenKeyExpired":
      restart(account, .transient, "the listen key has expired")
      return .ok
    default: return head.event.isEmpty ? answer(head) : .unsupported
    }
  }

  /// "Order update push": `x` says what happened; `CALCULATED` is a liquidation or an auto-deleveraging.
  private func orderUpdate(_ head: FrameHead, _ account: TradingAccount) -> Status {
    guard var json = head.order?.scanner() else { return .parse }
    var (report, event) = (OrderReport(), "")
    report.read(&json, Self.report, vocabulary) { report, key, json in
      switch key {
      case "ro": if json.words() == "true" { report.flags.insert(.reduceOnly) }
      case "x": event = json.words()
      case "ti":
        let id = json.words()
        if id != "0", id != report.venue { report.continues = id }
      default: return false
      }
      return true
    }
    guard json.isValid, !report.venue.isEmpty else { return .parse }
    report.time = head.eventTime
    publish(order: Self.lived(report), account)
    if event == "CALCULATED", let market = market(named: report.symbol) {
      publish(
        liquidation: .forced, of: market, account, side: report.side, price: report.average ?? report.price,
        quantity: report.filled, time: report.time)
    }
    return .ok
  }

  private func accountUpdate(_ data: JSONMark, _ time: Int64, _ account: TradingAccount) -> Status {
    var json = data.scanner()
    var hasBalances = false
    json.members { key, json in
      switch key {
      case "B":
        publishBalances(&json, account) { _, json in
          hasBalances = true
          var report = BalanceReport(&json, Self.wallet)
          report.time = time
          return report
        }
      case "P": publishPositions(&json, account, Self.held)
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    if hasBalances { balancesChanged(account) }
    return .ok
  }
}
