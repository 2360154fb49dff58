import ConnectorKit
import Decimals

/// Positions, funding, leverage and modes of perpetuals. Sources: "Query Account Positions", "Switch Position Mode
/// Synchronously", "Set Leverage", "Query real funding rates", "Query 24 Hours Ticker for All Symbols", "Query Funding
/// Fees History".
extension PhemexConnector {
  private static let position = FieldTable<PositionField>([
    "symbol": .symbol, "posSide": .leg, "side": .side, "size": .quantity, "sizeRq": .quantity,
    "avgEntryPriceRp": .entry, "markPriceRp": .mark, "liquidationPriceRp": .liquidation,
    "unRealisedPnlRv": .unrealized, "unrealisedPnlRv": .unrealized, "curTermRealisedPnlRv": .realized,
  ])

  func offerPerpetual() {
    var held = Pages(Endpoint(.perpAccount, on: .contracts), at: "data/positions")
    (held.parameters, held.isNullEmpty) = ([("currency", settle)], true)
    positions(held) { [unowned(unsafe) self] in position(&$1) }
    var rates = MarkQuestion(
      Endpoint(.fundingRates, on: .publicCalls), at: Self.rows,
      ["symbol": .symbol, "fundingRate": .rate, "nextfundingTime": .next, "fundingInterval": .intervalSeconds])
    (rates.symbol, rates.parameters) = ("symbol", [("pageSize", "1000")])
    let prices = MarkQuestion(
      Endpoint(.tickers, on: .publicCalls), at: "result",
      ["symbol": .symbol, "markPriceRp": .mark, "markRp": .mark, "indexPriceRp": .index, "indexRp": .index])
    funding(rates, prices)
    var paid = history(.fundingFees)
    (paid.since, paid.until, paid.isByTime) = ("", "", true)
    fundingPayments(paid) { _, json in
      var report = PaymentReport(
        &json,
        ["symbol": .symbol, "execFeeRv": .amount, "currency": .asset, "fundingRateRr": .rate, "createTime": .time])
      // What is written is what was paid.
      report.amount = report.amount.flatMap { Decimal64.zero.subtracting($0) }
      return report
    }
    offerModes()
  }

  private func offerModes() {
    let isCross = marginMode == .cross
    serveMode(.leverage, by: Endpoint(isCross ? .setCrossLeverage : .setLeverage, on: .contracts)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      guard let market else { return }
      try checkTraded(market)
      call.set("symbol", market.symbol)
      // Below zero it is that of cross margin.
      let leverage = isCross ? command.value.flatMap { Decimal64.zero.subtracting($0) } : command.value
      if command.leg != .net || hedged.contains(market.symbol) {
        // Both legs have to be named, and so are of one leverage.
        call.set("longLeverageRr", leverage)
        call.set("shortLeverageRr", leverage)
      } else {
        call.set("leverageRr", leverage)
      }
    }
    serveMode(.positionMode, by: Endpoint(.setPositionMode, on: .contracts)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      guard let market else { throw CommandRefusal(.unsupported, "the position mode is each instrument's: name one") }
      try checkTraded(market)
      call.set("symbol", market.symbol)
      call.set("targetPosMode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    var settings = ModeQuestion(
      Endpoint(.perpAccount, on: .contracts), at: "data/positions", of: .list(symbol: "symbol")
    ) { json, words in
      ModeReport(&json, ["symbol": .symbol, "posMode": .positionMode], words) { report, key, json in
        guard key == "leverageRr" else { return false }
        let leverage = json.optionalDecimal()
        (report.leverage, report.marginMode) = Self.leverage(leverage)
        return true
      }
    }
    settings.parameters = [("currency", settle)]
    modes(settings)
  }

  /// "Leverage": its size, and by its sign the margin mode; zero is the most of cross margin.
  private static func leverage(_ signed: Decimal64?) -> (Decimal64?, MarginMode?) {
    guard let signed else { return (nil, nil) }
    return (signed.isZero ? nil : signed.absolute, signed.isPositive ? .isolated : .cross)
  }

  // MARK: Positions

  private func position(_ json: inout JSONScanner) -> PositionReport {
    var (margin, mode) = (WideDecimal?.none, "")
    var report = PositionReport(&json, Self.position, vocabulary) { report, key, json in
      switch key {
      case "leverageRr": (report.leverage, report.marginMode) = Self.leverage(json.optionalDecimal())
      case "positionMarginRv": margin = json.optionalWideDecimal()
      case "posMode": mode = json.words()
      case "transactTimeNs": report.time = json.nanoseconds()
      default: return false
      }
      return true
    }
    if report.marginMode == .isolated { report.margin = margin }
    if mode == "Hedged", market(named: report.symbol) != nil { hedged.insert(report.symbol) }
    if mode == "OneWay" { hedged.remove(report.symbol) }
    return report
  }

  /// Positions that the stream brought; one that is closed comes with a size of zero.
  func positionsCame(_ mark: JSONMark, _ account: TradingAccount) -> Bool {
    var list = mark.scanner()
    list.elements { json in
      let report = position(&json)
      guard json.isValid, market(named: report.symbol) != nil else { return }
      if !publish(position: report, account) { json.fail() }
    }
    return list.isValid
  }
}
