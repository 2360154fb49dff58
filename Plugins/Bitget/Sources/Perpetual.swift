import CPatchbay
import ConnectorKit
import Decimals

/// Positions, funding, leverage and modes of perpetuals. Sources: "Get All Positions", "Positions Channel", "Get
/// Current Funding Rate", "Get All Tickers", "Get Account Bills", "Change Leverage", "Change Margin Mode", "Change
/// Position Mode", "Get Single Account".
extension BitgetConnector {
  private static let position = FieldTable<PositionField>([
    "symbol": .symbol, "instId": .symbol, "holdSide": .leg, "total": .quantity, "openPriceAvg": .entry,
    "markPrice": .mark, "liquidationPrice": .liquidation, "unrealizedPL": .unrealized, "achievedProfits": .realized,
    "leverage": .leverage, "marginSize": .margin, "marginMode": .marginMode, "uTime": .time,
  ])

  func offerPerpetual() {
    var held = Pages(Endpoint(.positions, on: .positions), at: "data")
    (held.parameters, held.isNullEmpty) = ([("productType", productType)], true)
    positions(held) { [unowned(unsafe) self] in position(&$1) }
    var rates = MarkQuestion(Endpoint(.fundingRate, on: .marks), at: "data", Self.mark)
    (rates.symbol, rates.parameters) = ("symbol", [("productType", productType)])
    var prices = MarkQuestion(Endpoint(.perpTickers, on: .listings), at: "data", Self.price)
    prices.parameters = [("productType", productType)]
    funding(rates, prices)
    var bills = list(Endpoint(.bills, on: .bills), "data/bills", id: "billId")
    bills.parameters.append(("businessType", "contract_settle_fee"))
    (bills.since, bills.until, bills.span, bills.reach) = ("startTime", "endTime", 30 * Self.day, 90 * Self.day)
    fundingPayments(bills) { _, json in
      PaymentReport(
        &json, ["symbol": .symbol, "amount": .amount, "coin": .asset, "billId": .id, "cTime": .time])
    }
    offerModes()
  }

  /// Of a ticker the prices: its rate is asked for with the time of the next payment.
  private static let price = FieldTable<MarkField>([
    "symbol": .symbol, "markPrice": .mark, "indexPrice": .index, "ts": .time,
  ])

  private func offerModes() {
    let isCrossed = marginMode == "crossed"
    serveMode(
      .leverage, by: Endpoint(.setLeverage, .json, on: .modes), confirmedAt: isCrossed ? "data/crossMarginLeverage" : ""
    ) { [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      setMarket(market, &call)
      call.set("leverage", command.value)
      // Isolated margin in hedge mode has a leverage for each leg.
      if command.leg != .net, !isCrossed { call.set("holdSide", vocabulary.word(command.leg) ?? "") }
    }
    serveMode(.marginMode, by: Endpoint(.setMarginMode, .json, on: .modes)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      // Each order says its mode too: another one than that would be refused.
      guard let mode = command.marginMode.flatMap({ vocabulary.word($0) }), mode == marginMode else {
        throw CommandRefusal(.unsupported, "orders are \(marginMode): configure margin_mode to change it")
      }
      setMarket(market, &call)
      call.set("marginMode", mode)
    }
    serveMode(.positionMode, by: Endpoint(.setPositionMode, .json, on: .modes)) {
      [unowned(unsafe) self] (command, _, call) throws(CommandRefusal) in
      call.set("productType", productType)
      call.set("posMode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    let leverage: StaticString = isCrossed ? "crossedMarginLeverage" : "isolatedLongLever"
    var settings = ModeQuestion(
      Endpoint(.account, on: .queries), at: "data", of: .each(symbol: "symbol"),
      FieldTable<ModeField>(["marginMode": .marginMode, "posMode": .positionMode, leverage: .leverage]))
    settings.parameters = [
      ("productType", productType), ("marginCoin", productType == "USDC-FUTURES" ? "USDC" : "USDT"),
    ]
    modes(settings)
  }

  private func setMarket(_ market: Market?, _ call: inout Call) {
    call.set("symbol", market?.symbol ?? "")
    call.set("productType", productType)
    call.set("marginCoin", market?.rules.settle ?? "")
  }

  // MARK: Positions

  /// In one-way mode `holdSide` says the sign.
  private func position(_ json: inout JSONScanner) -> PositionReport {
    var mode = ""
    var report = PositionReport(&json, Self.position, vocabulary) { _, key, json in
      guard key == "posMode" else { return false }
      mode = json.words()
      return true
    }
    if mode == "one_way_mode" {
      report.side = report.leg == .short ? .sell : report.leg == .long ? .buy : .none
      report.leg = .net
    }
    return report
  }

  /// "Positions Channel": every push is the whole list; what is no longer in it is closed.
  func positionsCame(_ list: inout JSONScanner, _ account: TradingAccount) {
    var now: [HeldLeg: PositionReport] = [:]
    list.elements { json in
      let report = position(&json)
      guard json.isValid, market(named: report.symbol) != nil else { return }
      guard publish(position: report, account) else { return json.fail() }
      now[HeldLeg(symbol: report.symbol, leg: report.leg)] = report
    }
    guard list.isValid else { return }
    let gone = held.filter { now[$0.key] == nil }.values
    for old in gone.sorted(by: { ($0.symbol, $0.leg?.rawValue ?? 0) < ($1.symbol, $1.leg?.rawValue ?? 0) }) {
      var closed = PositionReport()
      (closed.symbol, closed.leg, closed.marginMode) = (old.symbol, old.leg, old.marginMode)
      (closed.quantity, closed.time) = (.zero, max(old.time, out.now.venue))
      publish(position: closed, account)
    }
    held = now
  }
}
