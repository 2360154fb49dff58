import CPatchbay
import ConnectorKit
import Decimals

/// The account and its stream. Sources: "Get account balances", "Get trading fees", "Order life cycle event", "Fund
/// transfer event", "Authentication".
extension BTCMarketsSpot {
  func offerAccount() {
    balances(
      Endpoint(.balances, on: .requests), at: "",
      ["assetName": .asset, "balance": .total, "available": .free, "locked": .held])
    let fees = Endpoint(.fees, on: .requests)
    let fee = FieldTable<FeeField>(["marketId": .symbol, "makerFeeRate": .maker, "takerFeeRate": .taker])
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      ask(Call(fees), account, command: command.id) { [unowned(unsafe) self] answer in
        publishFees(answer, fee, command, account)
      }
    }
  }

  /// `{"volume30Day": "0.0098275", "feeByMarkets": [{"makerFeeRate": "0.002", "takerFeeRate": "0.005", "marketId":
  /// "LTC-BTC"}]}`, of all markets.
  private func publishFees(
    _ answer: Answer, _ table: FieldTable<FeeField>, _ command: OwnedCommand, _ account: TradingAccount
  ) -> Status {
    guard succeeded(answer, command.id) else { return .ok }
    var json = JSONScanner(answer.body)
    guard json.isWhole, var list = json.find("feeByMarkets")?.scanner() else {
      return unreadable(command.id, "fee rates")
    }
    let wanted = command.instrument == 0 ? nil : market(command.instrument)
    let left = list.eachEntry { _, json in
      guard let one = marketFees(&json, table), json.isValid, wanted == nil || one.market === wanted else { return }
      out.fees(
        account: account.id, instrument: one.market.id, maker: one.maker, taker: one.taker, command: command.id)
    }
    guard list.isValid else { return unreadable(command.id, "fee rates") }
    out.complete(
      PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument, partial: left > 0)
    out.done(command.id)
    return .ok
  }

  // MARK: The stream

  /// "Authentication" of the socket: base64 of HMAC-SHA512 over the path of subscriptions and the time. Markets only
  /// filter public channels.
  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let text: SealedText = "/users/self/subscribe\n\(Seal.milliseconds)"
    let signature = text.hmac(.sha512, key: Seal.field("secret_key").unbase64).base64
    return """
      {"messageType":"subscribe","channels":["orderChange","fundChange","heartbeat"],\
      "key":"\(Seal.field("api_key"))","timestamp":"\(Seal.milliseconds)","signature":"\(signature)"}
      """
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var push = Push()
    guard push.read(frame) else { return .parse }
    switch push.kind {
    case "orderChange": return orderChange(frame, account)
    case "fundChange":
      // A deposit or withdrawal, or what a trade moved; the sums are asked for.
      balancesChanged(account)
      return .ok
    case "heartbeat":
      guard let carried = Self.carried(push) else { return .parse }
      guard carried.contains(where: { $0.name == "orderChange" }) else { return .ok }
      // What ended while nobody listened is not named any more.
      if !account.isLive { account.orders.forgetAll() }
      acknowledged(account, channel: "orderChange", .confirmed)
      return .ok
    case "error":
      guard account.isLive else {
        acknowledged(account, channel: "orderChange", push.refusal)
        return .ok
      }
      restart(account, .other, "the exchange says \(push.text.text)")
      return .ok
    default: return .unsupported
    }
  }

  private static let change = FieldTable<OrderField>([
    "orderId": .venue, "clientOrderId": .client, "marketId": .symbol, "side": .side, "type": .type, "status": .state,
    "timestamp": .isoTime,
  ])
  private static let execution = FieldTable<OrderField>([
    "tradeId": .fillID, "price": .fillPrice, "volume": .fillQuantity, "fee": .fee, "liquidityType": .maker,
  ])

  /// `{"orderId": 79003, "marketId": "BTC-AUD", "side": "Bid", "type": "Limit", "openVolume": "1", "status": "Placed",
  /// "triggerStatus": "", "trades": [], "timestamp": "2019-04-08T20:41:19.339Z"}`: what happened last, with the new
  /// trades. The order's price and quantity are not in it: what was open before anything was filled is its quantity.
  private func orderChange(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var (report, trades, open) = (OrderReport(), [OrderReport](), Decimal64?.none)
    report.read(&json, Self.change, vocabulary) { report, key, json in
      switch key {
      case "openVolume": open = json.optionalDecimal()
      case "triggerStatus": report.isTriggered = json.words() == "Triggered"
      case "trades":
        if !json.skipNull() { json.elements { trades.append(OrderReport(&$0, Self.execution, vocabulary)) } }
      default: return false
      }
      return true
    }
    guard json.isValid, !report.venue.isEmpty, report.state != nil else { return .parse }
    guard let market = market(named: report.symbol) else { return .ok }
    let known = account.orders[report.venue]
    let isUntouched = ["Accepted", "Placed", "Cancelled"].contains(report.stateWord) && trades.isEmpty
    if report.client.isEmpty { report.client = known?.client ?? "" }
    report.quantity = known?.quantity ?? (isUntouched ? open : nil)
    report.filled = open.flatMap { report.quantity?.subtracting($0) }
    report.isTriggered = report.isTriggered || known?.isTriggered == true
    for trade in trades {
      var fill = trade
      (fill.venue, fill.client, fill.symbol) = (report.venue, report.client, report.symbol)
      (fill.side, fill.time) = (report.side, report.time)
      fill.feeAsset = Self.feeAsset(fill, market)
      guard publish(fill: fill, account) else { return .parse }
    }
    conclude(report, account)
    return .ok
  }

  private func conclude(_ change: OrderReport, _ account: TradingAccount) {
    var report = change
    if Self.isLiving(report) {
      if report.state == .open { report.state = report.openState }
      account.orders.remember(report)
    } else {
      account.orders.forget(report.venue)
    }
    publish(order: report, account)
    // What orders hold is not reported.
    balancesChanged(account)
  }

  /// In which asset a fee is, the exchange does not say. Its rates lie between a hundred-thousandth and a hundredth of
  /// what is traded: in quote, where that fits the value, which is so in all of the documentation's examples; else in
  /// base.
  static func feeAsset(_ fill: OrderReport, _ market: Market) -> String {
    guard let fee = fill.fee, !fee.isZero, let price = fill.fillPrice, let quantity = fill.fillQuantity,
      let value = price.multiplied(by: quantity)
    else { return market.rules.quote }
    let size = fee.isPositive ? fee : Decimal64.zero.subtracting(fee) ?? fee
    guard let most = size.multiplied(by: Decimal64(100)), let least = size.multiplied(by: Decimal64(100_000)) else {
      return market.rules.quote
    }
    return most <= value && value <= least ? market.rules.quote : market.rules.base
  }
}
