import CPatchbay
import ConnectorKit
import Decimals

/// Events of an account on Binance futures, mark prices and public liquidations. Sources: "User Data Streams", "Mark
/// Price Stream", "Liquidation Order Streams" of the USDⓈ-M futures documentation.
extension BinancePerpetual {
  private static let order = FieldTable<OrderField>([
    "s": .symbol, "c": .client, "S": .side, "o": .type, "f": .force, "q": .quantity, "p": .price, "ap": .average,
    "sp": .stop, "X": .state, "i": .venue, "z": .filled, "T": .time, "R": .reduceOnly, "cp": .close, "ps": .leg,
    "l": .fillQuantity, "L": .fillPrice, "n": .fee, "N": .feeAsset, "t": .fillID, "m": .maker, "rp": .realized,
  ])

  /// `{"e":"ORDER_TRADE_UPDATE","E":ms,"T":ms,"o":{...}}`
  func orderUpdate(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    guard var order = json.find("o")?.scanner() else { return .parse }
    return orderEvent(&order, Self.order, account)
  }

  /// The exchange's own executions have no trade id; what was filled of the order so far tells them apart.
  func forced(_ report: OrderReport, _ account: TradingAccount) {
    var fill = report
    fill.origin = Self.origin(report)
    if fill.fillID == "0" || fill.fillID.isEmpty { fill.fillID = "\(fill.venue)-\((fill.filled ?? .zero).plain)" }
    guard publish(fill: fill, account), let origin = fill.origin else { return }
    guard let market = market(named: fill.symbol) else { return }
    publish(
      liquidation: origin == .forced ? .forced : .deleveraged, of: market, account, side: fill.side,
      price: fill.fillPrice, quantity: fill.fillQuantity, time: fill.time)
  }

  /// Why the exchange executed an order of its own: "autoclose-..." is a liquidation, "adl_autoclose" a deleveraging,
  /// "settlement_autoclose-" the end of a contract.
  private static func origin(_ report: OrderReport) -> FillOrigin? {
    if report.client.hasPrefix("adl_autoclose") || report.stateWord == "NEW_ADL" { return .deleveraged }
    return report.client.hasPrefix("autoclose-") ? .forced : nil
  }

  private static let wallet = FieldTable<BalanceField>(["a": .asset, "wb": .total])
  /// Of ACCOUNT_UPDATE and of MARGIN_CALL.
  private static let position = FieldTable<PositionField>([
    "s": .symbol, "ps": .leg, "mt": .marginMode, "pa": .quantity, "ep": .entry, "mp": .mark, "up": .unrealized,
    "cr": .realized, "iw": .margin,
  ])

  /// `{"e":"ACCOUNT_UPDATE","T":ms,"a":{"m":"ORDER","B":[{"a","wb","cw","bc"}],
  /// "P":[{"s","pa","ep","cr","up","mt","iw","ps"}]}}`. What new orders may use is not given here: the host asks.
  func accountUpdate(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    guard let time = Self.time("T", json.mark), let facts = json.find("a") else { return .parse }
    var isWhole = true
    if var list = Self.object("B", facts)?.scanner() {
      isWhole = publishBalances(&list, account) { BalanceReport(&$1, Self.wallet, time: time) } == 0 && list.isValid
    }
    if var list = Self.object("P", facts)?.scanner() {
      isWhole = list.eachEntry { publishPosition(&$1, account, time) } == 0 && list.isValid && isWhole
    }
    // What could not be read is asked for with everything else when the stream opens anew.
    return isWhole ? .ok : .parse
  }

  private func publishPosition(_ json: inout JSONScanner, _ account: TradingAccount, _ time: Int64) {
    var report = PositionReport(&json, Self.position, vocabulary)
    report.time = time
    guard json.isValid, market(named: report.symbol) != nil else { return }
    if !publish(position: report, account) { json.fail() }
  }

  /// `{"e":"ACCOUNT_CONFIG_UPDATE","ac":{"s":"BTCUSDT","l":25}}`; with `ai` it is about the multi-assets mode.
  func configUpdate(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    guard var change = json.find("ac")?.scanner() else { return .ok }
    let report = ModeReport(&change, FieldTable(["s": .symbol, "l": .leverage]), vocabulary)
    guard change.isValid else { return .parse }
    if !report.symbol.isEmpty { publish(mode: report, account) }
    return .ok
  }

  /// `{"e":"MARGIN_CALL","E":ms,"p":[{"s","ps","pa","mt","mp","up","mm"}]}`
  func marginCall(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    guard let time = Self.time("E", json.mark), var list = json.find("p")?.scanner() else { return .parse }
    var calls: [PositionReport] = []
    list.elements { calls.append(PositionReport(&$0, Self.position, vocabulary)) }
    guard list.isValid else { return .parse }
    for call in calls {
      guard let market = market(named: call.symbol), let quantity = call.quantity else { continue }
      let isLong = call.leg == .long || call.leg != .short && quantity.isPositive
      publish(
        liquidation: .marginCall, of: market, account, side: isLong ? .sell : .buy,
        price: call.mark.flatMap { $0.narrowed?.0 }, quantity: quantity.absolute, time: time)
    }
    return .ok
  }

  // MARK: Public

  /// `{"e":"forceOrder","E":ms,"o":{"s","S":"SELL","q","p","ap":"average","z":"filled","T":ms}}`: at most one a second.
  func liquidation(_ json: inout JSONScanner) -> Status {
    var (symbol, record) = (JSONText(), pb_liquidation())
    var (price, average, quantity, filled): (Decimal64?, Decimal64?, Decimal64?, Decimal64?)
    guard var order = json.find("o")?.scanner() else { return .parse }
    order.members { key, json in
      switch key {
      case "s": symbol = json.string()
      case "S": record.side = vocabulary.side(json.string()).rawValue
      case "p": price = json.optionalDecimal()
      case "ap": average = json.optionalDecimal()
      case "q": quantity = json.optionalDecimal()
      case "z": filled = json.optionalDecimal()
      case "T": record.venue_ns = json.milliseconds()
      default: return false
      }
      return true
    }
    guard order.isValid, !symbol.isEmpty else { return .parse }
    guard let market = market(named: symbol), isWanted(market, .liquidations) else { return .ok }
    (record.instrument, record.what) = (market.id, LiquidationKind.forced.rawValue)
    record.price = pb_dec(average?.isPositive == true ? average : price)
    record.quantity = pb_dec(filled?.isPositive == true ? filled : quantity)
    out.liquidation(record)
    return .ok
  }
}
