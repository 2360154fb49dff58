import CPatchbay
import ConnectorKit
import Decimals

/// Positions, funding, leverage and modes of perpetuals. Sources: OKX API v5, "Get positions", "Positions channel",
/// "Get funding rate", "Get mark price", "Get index tickers", "Get bills details (last 3 months)", "Set leverage", "Get
/// leverage", "Set position mode", "Get account configuration".
extension OKXConnector {
  /// In hedge mode `pos` has no sign, and `posSide` says the leg.
  static let position = FieldTable<PositionField>([
    "instId": .symbol, "posSide": .leg, "pos": .quantity, "avgPx": .entry, "markPx": .mark, "liqPx": .liquidation,
    "upl": .unrealized, "realizedPnl": .realized, "lever": .leverage, "margin": .margin, "mgnMode": .marginMode,
    "uTime": .time,
  ])

  func offerPerpetual() {
    var held = Pages(Endpoint(.positions, on: .positions), at: "data")
    held.symbol = "instId"
    positions(held, table: Self.position)
    offerFunding()
    offerModes()
  }

  private func offerFunding() {
    func question(_ act: PermittedAct, _ limit: Output.Limit) -> MarkQuestion {
      var question = MarkQuestion(Endpoint(act, on: limit), at: "data", Self.mark)
      (question.symbol, question.isOfOneMarket) = ("instId", true)
      return question
    }
    var prices = question(.markPrice, .markPrices)
    prices.parameters = [("instType", product.type)]
    var index = question(.indexTickers, .indexTickers)
    index.name = { $0.rules.otherNames.first ?? $0.name }
    funding(question(.fundingRate, .fundingRates), prices, index)
    // "Get bills details (last 3 months)": type 8 is funding. What isolated margin paid does not change the balance.
    var bills = Pages(Endpoint(.bills, on: .bills), at: "data", .after("after", id: "billId"), full: 100)
    bills.parameters = [("instType", product.type), ("type", "8")]
    (bills.since, bills.until, bills.reach) = ("begin", "end", 90 * 86_400 * 1_000_000_000)
    fundingPayments(bills) { _, json in
      var change: Decimal64?
      var report = PaymentReport(
        &json, FieldTable([
          "instId": .symbol, "pnl": .amount, "ccy": .asset, "billId": .id, "ts": .time,
        ])
      ) { _, key, json in
        guard key == "balChg" else { return false }
        change = json.optionalDecimal()
        return true
      }
      if report.amount?.isZero != false { report.amount = change }
      return report
    }
  }

  /// Margin is cross or isolated by order here; leverage is set for the one that orders of this connector are of.
  private func offerModes() {
    serveMode(.leverage, by: Endpoint(.setLeverage, .json, on: .leverages), confirmedAt: "data/0/lever") {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      call.set("instId", market?.symbol ?? "")
      call.set("lever", command.value)
      call.set("mgnMode", tradeMode)
      // Isolated margin in hedge mode has a leverage for each leg.
      if command.leg != .net, tradeMode == "isolated" { call.set("posSide", vocabulary.word(command.leg) ?? "") }
    }
    serveMode(.positionMode, by: Endpoint(.setPositionMode, .json, on: .modes)) {
      [unowned(unsafe) self] (command, _, call) throws(CommandRefusal) in
      call.set("posMode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    var leverages = ModeQuestion(
      Endpoint(.leverageInfo, on: .leverages), at: "data", of: .each(symbol: "instId"),
      FieldTable<ModeField>(["instId": .symbol, "lever": .leverage, "mgnMode": .marginMode]))
    leverages.parameters = [("mgnMode", tradeMode)]
    modes(
      ModeQuestion(
        Endpoint(.accountConfig, on: .modes), at: "data", of: .account,
        FieldTable<ModeField>(["posMode": .positionMode])),
      leverages)
  }

  /// "Position risk warning": entries are positions that are near their liquidation.
  func warnings(_ json: inout JSONScanner, _ account: TradingAccount) {
    json.elements { json in
      let report = PositionReport(&json, Self.position, vocabulary)
      guard json.isValid, let market = market(named: report.symbol), let quantity = report.quantity else { return }
      let isShort = report.leg == .short || (report.leg ?? .net) == .net && quantity.isNegative
      publish(
        liquidation: .marginCall, of: market, account, side: isShort ? .buy : .sell,
        price: report.mark?.narrowed?.value, quantity: quantity.absolute, time: report.time)
    }
  }
}
