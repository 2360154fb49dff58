import CPatchbay
import ConnectorKit
import Decimals

/// BitMEX, contracts: perpetuals, and futures with an end. Sources: API Explorer, "Position", "Instrument: Get all
/// active instruments and instruments that have expired in <24hrs", "Execution"; "WebSocket API: Subscriptions".
/// An account has one position of each contract, without legs.
public final class BitMEXPerpetual: BitMEXExchange {
  override class var isContracts: Bool { true }
  override class var channels: [FeedPlan.Channel] {
    [
      FeedPlan.Channel(.book, book), FeedPlan.Channel(.trades, "trade"), FeedPlan.Channel(.ticker, "quote"),
      FeedPlan.Channel([.ticker, .mark], "instrument"), FeedPlan.Channel(.liquidations, "liquidation"),
    ]
  }
  override class var privateTables: [String] { super.privateTables + ["position"] }

  public override var offer: OrderOffer {
    var offer = super.offer
    offer.flags = [.postOnly, .reduceOnly, .close]
    return offer
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    let held = Endpoint(.positions, on: .requests)
    positions(Pages(held, at: "")) { [unowned(unsafe) self] _, json in
      var report = PositionReport()
      read(&report, &json)
      return market(named: report.symbol) == nil ? nil : report
    }
    funding(MarkQuestion(Endpoint(.indices, on: .publicRequests, deadline: 30_000_000_000), at: "", Self.mark))
    var paid = list(Endpoint(.fills, on: .requests))
    paid.parameters.append(("filter", #"{"execType":"Funding"}"#))
    fundingPayments(paid) { [unowned(unsafe) self] in execution(&$1).payment }
    offerModes(held)
  }

  /// "Choose leverage for a position", which isolates its margin; "Enable isolated margin or cross margin".
  private func offerModes(_ held: Endpoint) {
    serveMode(.leverage, by: trade(.setLeverage), confirmedAt: "leverage") {
      (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.setNumber("leverage", command.value)
    }
    serveMode(.marginMode, by: trade(.setMarginMode)) { (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.set("enabled", command.marginMode == .isolated)
    }
    modes(
      ModeQuestion(held, at: "", of: .list(symbol: "")) { json, words in
        var report = ModeReport(&json, ["symbol": .symbol, "leverage": .leverage, "crossMargin": .marginMode], words)
        report.positionMode = .oneWay
        return report
      })
  }

  // MARK: Positions

  private static let fields = FieldTable<PositionField>([
    "symbol": .symbol, "currentQty": .quantity, "avgEntryPrice": .entry, "markPrice": .mark,
    "liquidationPrice": .liquidation, "leverage": .leverage, "crossMargin": .marginMode, "timestamp": .isoTime,
  ])

  /// Takes in what a row says. Money is in smallest units of `currency`; only isolated margin is a position's own.
  private func read(_ report: inout PositionReport, _ json: inout JSONScanner) {
    var (currency, margin, isCross) = ("", WideDecimal?.none, false)
    var (unrealized, realized) = (WideDecimal?.none, WideDecimal?.none)
    let known = report
    report = PositionReport(&json, Self.fields, vocabulary) { _, key, json in
      switch key {
      case "currency": currency = json.words()
      case "posMargin": margin = json.optionalWideDecimal()
      case "unrealisedPnl": unrealized = json.optionalWideDecimal()
      case "realisedPnl": realized = json.optionalWideDecimal()
      default: return false
      }
      return true
    }
    guard json.isValid else { return }
    let unit = currencies.find(currency.isEmpty ? market(named: report.symbol)?.rules.settle ?? "" : currency)
    report.marginMode = report.marginMode ?? known.marginMode
    isCross = report.marginMode == .cross
    report.quantity = report.quantity ?? known.quantity
    report.leverage = report.leverage ?? known.leverage
    report.unrealized = unit?.sum(unrealized) ?? known.unrealized
    report.realized = unit?.sum(realized) ?? known.realized
    report.margin = isCross ? nil : unit?.sum(margin) ?? known.margin
    guard report.quantity?.isZero == false else {
      (report.entry, report.mark, report.liquidation) = (nil, nil, nil)
      return
    }
    report.entry = report.entry ?? known.entry
    report.mark = report.mark ?? known.mark
    report.liquidation = report.liquidation ?? known.liquidation
  }

  /// A row names only what changed.
  override func position(_ json: inout JSONScanner, _ account: TradingAccount) {
    var look = json.mark.scanner()
    let named = PositionReport(&look, Self.fields, vocabulary)
    guard look.isValid, let market = market(named: named.symbol) else { return json.skip() }
    let key = HeldKey(account: account.id, market: market.number)
    var report = positions[key] ?? PositionReport()
    read(&report, &json)
    guard json.isValid else { return }
    positions[key] = report
    // Of a position whose size was never said there is nothing to say.
    if report.quantity != nil { publish(position: report, account) }
  }
}
