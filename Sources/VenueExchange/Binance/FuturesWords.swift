import Decimals
import JSONTree
import Matching

/// How futures write orders and accounts, in replies and in events. Sources: "Trade" and "User Data Streams".
extension FuturesVenue {
  static func word(_ side: PositionSide) -> String {
    switch side {
    case .both: "BOTH"
    case .long: "LONG"
    case .short: "SHORT"
    }
  }

  private func force(_ order: Order) -> String { order.request.isPostOnly ? "GTX" : Self.word(order.request.force) }

  private func type(_ order: Order) -> String {
    order.request.words["type"] ?? (order.request.type.hasPrice ? "LIMIT" : "MARKET")
  }

  /// What was paid on average, cut to the places of prices and some more.
  private func average(_ order: Order) -> String {
    guard order.filled > 0 else { return "0.00" }
    let rules = exchange.markets[order.market].rules
    let size = rules.amount(order.filled)
    return fixed(order.filledValue * 100_000 / size, places: 5)
  }

  /// An order as most replies have it.
  func written(_ order: Order) -> JSONValue {
    let market = order.market
    return .make([
      ("orderId", .n(order.id)), ("symbol", .s(exchange.markets[market].rules.market.symbol)),
      ("status", .s(Self.word(order))), ("clientOrderId", .s(order.client)), ("price", .s(price(market, order.price))),
      ("avgPrice", .s(average(order))), ("origQty", .s(quantity(market, order.quantity))),
      ("executedQty", .s(quantity(market, order.filled))), ("cumQty", .s(quantity(market, order.filled))),
      ("cumQuote", .s(money(order.filledValue))), ("timeInForce", .s(force(order))), ("type", .s(type(order))),
      ("reduceOnly", .b(order.request.reducesOnly)), ("closePosition", .b(false)),
      ("side", .s(order.side == .buy ? "BUY" : "SELL")), ("positionSide", .s(Self.word(order.request.positionSide))),
      ("stopPrice", .s(price(market, order.request.stop))), ("workingType", "CONTRACT_PRICE"),
      ("priceProtect", .b(false)), ("origType", .s(order.request.words["original"] ?? type(order))),
      ("priceMatch", "NONE"), ("selfTradePreventionMode", .s(Self.word(order.request.selfTrade))),
      ("goodTillDate", .n(0)), ("time", Self.ms(order.created)), ("updateTime", Self.ms(order.updated)),
    ])
  }

  /// The answer before the order met the book.
  func acknowledged(_ order: Order) -> JSONValue {
    var before = order
    (before.status, before.filled, before.filledValue) = (.open, 0, 0)
    before.quantity = order.request.quantity
    before.updated = order.created
    return written(before)
  }

  enum Update {
    case trade(Fill)
    case change(OrderChange)
  }

  /// "Event: Order Update".
  func orderUpdate(_ order: Order, _ update: Update) -> JSONValue {
    var fill: Fill?
    var execution = "TRADE"
    let isForced = order.client.hasPrefix("autoclose-")
    switch update {
    case .trade(let executed):
      fill = executed
      if isForced { execution = "CALCULATED" }
    case .change(.new), .change(.triggered): execution = "NEW"
    case .change(.amended): execution = "AMENDMENT"
    case .change(.cancelled): execution = "CANCELED"
    case .change(.rejected), .change(.expired), .change(.filled): execution = "EXPIRED"
    }
    let market = order.market
    var members: [(String, JSONValue)] = [
      ("s", .s(exchange.markets[market].rules.market.symbol)), ("c", .s(order.client)),
      ("S", .s(order.side == .buy ? "BUY" : "SELL")), ("o", .s(isForced ? "LIQUIDATION" : type(order))),
      ("f", .s(force(order))), ("q", .s(quantity(market, order.quantity))), ("p", .s(price(market, order.price))),
      ("ap", .s(average(order))), ("sp", .s(price(market, order.request.stop))), ("x", .s(execution)),
      ("X", .s(Self.word(order))), ("i", .n(order.id)), ("l", .s(quantity(market, fill?.quantity ?? 0))),
      ("z", .s(quantity(market, order.filled))), ("L", .s(price(market, fill?.price ?? 0))),
    ]
    if let fill { members += [("n", .s(money(fill.fee))), ("N", .s(exchange.assets[fill.feeAsset]))] }
    members += [
      ("T", Self.ms(order.updated)), ("t", .n(fill?.trade ?? 0)), ("b", "0"), ("a", "0"),
      ("m", .b(fill?.isMaker ?? false)), ("R", .b(order.request.reducesOnly)), ("wt", "CONTRACT_PRICE"),
      ("ot", .s(order.request.words["original"] ?? type(order))), ("ps", .s(Self.word(order.request.positionSide))),
      ("cp", .b(false)), ("rp", .s(money(fill?.realized ?? 0))), ("pP", .b(false)), ("si", .n(0)), ("ss", .n(0)),
      ("V", .s(Self.word(order.request.selfTrade))), ("pm", "NONE"), ("gtd", .n(0)),
      ("er", .s(order.status == .rejected ? "1" : "0")),
    ]
    return .make([
      ("e", "ORDER_TRADE_UPDATE"), ("E", .n(milliseconds)), ("T", Self.ms(order.updated)), ("o", .make(members)),
    ])
  }

  // MARK: Accounts

  /// What one unit was bought for.
  func entry(_ market: Int, _ position: Position) -> String {
    guard position.quantity != 0 else { return "0.0" }
    let size = exchange.markets[market].rules.amount(position.quantity)
    return fixed(position.cost * unit / size, places: 8)
  }

  func unrealized(_ market: Int, _ position: Position) -> Amount {
    exchange.markValue(market, Amount(position.quantity)) - position.cost
  }

  /// "Event: Balance and Position Update".
  func accountUpdate(_ change: AccountChange) -> JSONValue {
    let positions = change.positions.map { market, side in
      let position = exchange.position(change.account, market, side)
      return JSONValue.make([
        ("s", .s(exchange.markets[market].rules.market.symbol)), ("pa", .s(quantity(market, position.quantity))),
        ("ep", .s(entry(market, position))), ("bep", .s(entry(market, position))), ("cr", .s(money(position.realized))),
        ("up", .s(money(unrealized(market, position)))), ("mt", "cross"), ("iw", "0"), ("ps", .s(Self.word(side))),
      ])
    }
    var seen: [Int] = []
    for asset in change.assets where !seen.contains(asset) { seen.append(asset) }
    return accountEvent("ORDER", change.account, seen.map { ($0, 0) }, positions)
  }

  func fundingUpdate(_ payment: FundingPayment) -> JSONValue {
    accountEvent(
      "FUNDING_FEE", payment.account, [(exchange.markets[payment.market].rules.quoteAsset, payment.amount)], [])
  }

  private func accountEvent(
    _ reason: String, _ account: Participant, _ assets: [(asset: Int, change: Amount)], _ positions: [JSONValue]
  ) -> JSONValue {
    let balances = assets.map { asset, change in
      let wallet = JSONValue.s(money(exchange.ledger.balance(account, asset).total))
      return JSONValue.make([
        ("a", .s(exchange.assets[asset])), ("wb", wallet), ("cw", wallet), ("bc", .s(money(change))),
      ])
    }
    return .make([
      ("e", "ACCOUNT_UPDATE"), ("E", .n(milliseconds)), ("T", .n(milliseconds)),
      ("a", .make([("m", .s(reason)), ("B", .list(balances)), ("P", .list(positions))])),
    ])
  }
}
