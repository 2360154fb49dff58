import CPatchbay
import ConnectorKit
import Decimals

/// Positions, funding, leverage and margin of perpetuals. Sources: "Get Futures Positions", "Get Futures Funding Rate",
/// "Get Mark Price", "Get Index Price", "Get Account Transaction History List", "Change Futures Leverage", "Change
/// Margin Type", "Query Futures Leverage", "Private Stream".
extension HashKeyConnector {
  private static let held = FieldTable<PositionField>([
    "symbol": .symbol, "side": .leg, "avgPrice": .entry, "position": .quantity, "leverage": .leverage,
    "liquidationPrice": .liquidation, "unrealizedPnL": .unrealized, "realizedPnL": .realized, "margin": .margin,
  ])
  private static let pushed = FieldTable<PositionField>([
    "s": .symbol, "S": .leg, "p": .entry, "P": .quantity, "v": .leverage, "f": .liquidation, "up": .unrealized,
    "r": .realized, "m": .margin, "mt": .marginMode, "E": .time,
  ])

  func offerPerpetual() {
    var pages = Pages(Self.account(.positions), at: "")
    (pages.symbol, pages.isOfOneMarket, pages.markets) = ("symbol", true, .used)
    positions(pages, table: Self.held)
    offerFunding()
    serveMode(.leverage, by: Self.account(.setLeverage, .form), confirmedAt: "leverage") {
      (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.set("leverage", command.value)
    }
    serveMode(.marginMode, by: Self.account(.setMarginType, .form)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.set("marginType", command.marginMode.flatMap { vocabulary.word($0) } ?? "")
    }
    // The long and the short position stand apart, and nothing changes that.
    modes(
      ModeQuestion(Self.account(.leverage), at: "", of: .each(symbol: "symbol")) { json, words in
        var report = ModeReport(
          &json, ["symbolId": .symbol, "leverage": .leverage, "marginType": .marginMode], words)
        report.positionMode = .hedge
        return report
      })
  }

  /// "flowType" 32 are payments of funding, "accountType" 3 is the account of contracts: of the last 30 days, both ends
  /// named, 500 at most.
  private func offerFunding() {
    var rates = MarkQuestion(
      Self.market(.fundingRate), at: "", ["symbol": .symbol, "rate": .rate, "nextSettleTime": .next])
    (rates.symbol, rates.now) = ("symbol", "timestamp")
    var marks = MarkQuestion(
      Self.market(.markPrice), at: "", ["symbolId": .symbol, "price": .mark, "time": .time])
    (marks.symbol, marks.isOfOneMarket) = ("symbol", true)
    // An index is named without the ending of the perpetual.
    var indices = MarkQuestion(Self.market(.indexPrice), at: "index", [:])
    (indices.symbol, indices.isOfOneMarket, indices.keyed) = ("symbol", true, .index)
    indices.name = { String($0.symbol.prefix { $0 != "-" }) }
    funding(rates, marks, indices)
    let month: Int64 = 30 * 86_400_000_000_000
    var flow = Pages(Self.account(.balanceFlow, weight: 5), at: "", full: 500)
    (flow.since, flow.until, flow.isBounded, flow.span, flow.reach) = ("startTime", "endTime", true, month, month)
    (flow.size, flow.most, flow.parameters) = ("limit", 1, [("flowType", "32"), ("accountType", "3")])
    fundingPayments(flow) { _, json in
      PaymentReport(
        &json, ["symbol": .symbol, "change": .amount, "coin": .asset, "id": .id, "created": .time])
    }
  }

  /// `{"e": "outboundContractPositionInfo", "E": "1715224789008", "s": "ETHUSDT-PERPETUAL", "S": "LONG", "p":
  /// "3212.78", "P": "3000", "f": "0", "m": "13680.323", "r": "-3.8819", "up": "-4909.92", "v": "5.00", "mt": ...}`.
  func position(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    let report = PositionReport(&json, Self.pushed, vocabulary)
    guard json.isValid else { return .parse }
    return publish(position: report, account) || market(named: report.symbol) == nil ? .ok : .parse
  }
}
