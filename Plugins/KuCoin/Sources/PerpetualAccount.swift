import CPatchbay
import ConnectorKit
import Decimals

/// The account, its positions and its stream. Sources: KuCoin API, "Get Account - Futures", "Get Actual Fee - Futures",
/// "Futures Trading / Positions", "Funding Fees", "WebSocket API / Private Channels".
extension KuCoinPerpetual {
  /// "Get Account - Futures": what is in the account, without what positions have gained.
  private static let account = FieldTable<BalanceField>([
    "currency": .asset, "marginBalance": .total, "availableBalance": .free,
  ])
  private static let wallet = FieldTable<BalanceField>([
    "currency": .asset, "walletBalance": .total, "availableBalance": .free, "timestamp": .time,
  ])

  func offerAccount() {
    // The reply is one account beside its code.
    balances(Endpoint(.perpAccount, on: .futuresPool, weight: 5), ["currency": Self.settle], at: "") { key, json in
      guard key == "data" else {
        json.skip()
        return nil
      }
      return BalanceReport(&json, Self.account)
    }
    fees(
      Endpoint(.tradeFees, on: .futuresPool, weight: 3), each: "symbol", at: "data", maker: "makerFeeRate",
      taker: "takerFeeRate")
  }

  // MARK: Positions, funding, modes

  private static let position = FieldTable<PositionField>([
    "symbol": .symbol, "currentQty": .quantity, "positionSide": .leg, "avgEntryPrice": .entry, "markPrice": .mark,
    "liquidationPrice": .liquidation, "unrealisedPnl": .unrealized, "realisedPnl": .realized, "leverage": .leverage,
    "posMargin": .margin, "currentTimestamp": .time,
  ])

  /// Whether the margin is the whole account's, older messages say by a flag.
  private func position(_ json: inout JSONScanner) -> PositionReport {
    PositionReport(&json, Self.position, vocabulary) { [unowned(unsafe) self] report, key, json in
      switch key {
      case "crossMode": report.marginMode = json.boolean() ? .cross : .isolated
      case "marginMode": report.marginMode = vocabulary.margin(json.words()) ?? report.marginMode
      default: return false
      }
      return true
    }
  }

  func offerPositions() {
    positions(Pages(Endpoint(.positions, on: .futuresPool, weight: 2), at: "data")) {
      [unowned(unsafe) self] in position(&$1)
    }
    // "Get All Symbols" has the prices and the funding of each.
    funding(
      MarkQuestion(
        Endpoint(.contracts, on: .publicPool, weight: 3, deadline: 30_000_000_000), at: "data",
        FieldTable([
          "symbol": .symbol, "markPrice": .mark, "indexPrice": .index, "fundingFeeRate": .rate,
          "nextFundingRateDateTime": .next, "fundingRateGranularity": .intervalMilliseconds,
        ])))
    // "Get Private Funding History": of one instrument; `funding` is negative where it was paid.
    var payments = Pages(
      Endpoint(.fundingHistory, on: .futuresPool, weight: 5), at: "data/dataList", .after("offset", id: "id"),
      full: 100)
    (payments.symbol, payments.isOfOneMarket, payments.size) = ("symbol", true, "maxCount")
    payments.markets = .used
    (payments.since, payments.until) = ("startAt", "endAt")
    fundingPayments(payments) { _, json in
      PaymentReport(
        &json,
        FieldTable([
          "symbol": .symbol, "funding": .amount, "settleCurrency": .asset, "fundingRate": .rate, "id": .id,
          "timePoint": .time,
        ]))
    }
    offerModes()
  }

  /// Leverage that can be set is that of cross margin; of isolated margin it is said with each order.
  private func offerModes() {
    serveMode(.leverage, by: Endpoint(.setLeverage, .json, on: .futuresPool, weight: 2)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      guard marginMode == .cross else {
        throw CommandRefusal(.unsupported, "orders with isolated margin say a leverage: configure isolated_leverage")
      }
      call.set("symbol", market?.symbol ?? "")
      call.set("leverage", command.value)
    }
    serveMode(.marginMode, by: Endpoint(.setMarginMode, .json, on: .futuresPool, weight: 2)) {
      [unowned(unsafe) self] (command, market, call) throws(CommandRefusal) in
      call.set("symbol", market?.symbol ?? "")
      call.set("marginMode", command.marginMode.flatMap { vocabulary.word($0) } ?? "")
    }
    serveMode(.positionMode, by: Endpoint(.setPositionMode, .json, on: .futuresPool, weight: 2)) {
      [unowned(unsafe) self] (command, _, call) throws(CommandRefusal) in
      call.set("positionMode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    func question(_ act: PermittedAct, _ scope: ModeQuestion.Scope, _ table: FieldTable<ModeField>) -> ModeQuestion {
      ModeQuestion(Endpoint(act, on: .futuresPool, weight: 2), at: "data", of: scope, table)
    }
    let position = question(.positionMode, .account, FieldTable(["positionMode": .positionMode]))
    let margin = question(
      .marginMode, .each(symbol: "symbol"), FieldTable(["symbol": .symbol, "marginMode": .marginMode]))
    guard marginMode == .cross else { return modes(position, margin) }
    let leverage = question(
      .leverage, .each(symbol: "symbol"), FieldTable(["symbol": .symbol, "leverage": .leverage]))
    modes(position, leverage, margin)
  }

  // MARK: The stream

  /// `{"topic": "/contractMarket/tradeOrders", "type": "message", "subject": "symbolOrderChange", "data": {...}}`
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    if let status = answered(head) { return status }
    guard var data = head.data?.scanner() else { return .parse }
    switch (head.topic, head.action) {
    case ("/contractMarket/tradeOrders", _): return orderChange(&data, account)
    case ("/contractMarket/advancedOrders", _): return stopChange(&data, account)
    case ("/contractAccount/wallet", "walletBalance.change"):
      let report = BalanceReport(&data, Self.wallet)
      guard data.isValid, publish(balance: report, account) else { return .parse }
    case ("/contractAccount/wallet", _): balancesChanged(account)
    case ("/contract/positionAll", "position.change"), ("/contract/position", "position.change"):
      return positionChange(&data, account)
    // What was settled or set is asked for: the payment has an id only there.
    case ("/contract/positionAll", _), ("/contract/position", _): break
    default: return .unsupported
    }
    return .ok
  }

  private static let change = FieldTable<OrderField>([
    "orderId": .venue, "clientOid": .client, "symbol": .symbol, "side": .side, "orderType": .type, "type": .state,
    "price": .price, "size": .quantity, "filledSize": .filled, "ts": .nanoseconds, "tradeId": .fillID,
    "matchPrice": .fillPrice, "matchSize": .fillQuantity, "liquidity": .maker, "positionSide": .leg,
    "tradeType": .origin,
  ])

  /// "All Order": `type` is received, open, match, update, filled or canceled; a match is an execution, whose fee is
  /// not said. An order of the exchange's own is a liquidation or a deleveraging.
  private func orderChange(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var report = OrderReport(&json, Self.change, vocabulary)
    guard json.isValid else { return .parse }
    if report.state == .open { report.state = report.openState }
    if report.stateWord == "match" {
      publish(fill: report, account)
      publishForced(report, account)
    }
    publish(order: report, account)
    return .ok
  }

  private static let stop = FieldTable<OrderField>([
    "orderId": .venue, "clientOid": .client, "symbol": .symbol, "side": .side, "orderPrice": .price,
    "size": .quantity, "stopPrice": .stop, "stopPriceType": .stopBy, "createdAt": .created, "ts": .nanoseconds,
    "error": .reason,
  ])

  /// "Stop Order": `type` is open, triggered or cancel. One that was triggered goes on in the channel of orders, unless
  /// `triggerSuccess` says that it could not be placed.
  private func stopChange(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    var report = OrderReport()
    var (type, stop, hasFailed) = ("", "", false)
    report.read(&json, Self.stop, vocabulary) { report, key, json in
      switch key {
      case "type": type = json.words()
      case "stop": stop = json.words()
      case "triggerSuccess": hasFailed = json.words() == "false"
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    report.type = report.price == nil ? .market : .limit
    report = Self.triggered(report, stop: stop)
    report.stateWord = type
    switch type {
    case "open": report.state = .untriggered
    case "cancel": report.state = .cancelled
    case "triggered":
      guard hasFailed else { return .ok }
      report.state = .rejected
    default: break
    }
    publish(order: report, account)
    return .ok
  }

  /// "All Position": what changed with the mark price alone has neither symbol nor quantity.
  private func positionChange(_ json: inout JSONScanner, _ account: TradingAccount) -> Status {
    let report = position(&json)
    guard json.isValid else { return .parse }
    if !report.symbol.isEmpty, report.quantity != nil { publish(position: report, account) }
    return .ok
  }
}
