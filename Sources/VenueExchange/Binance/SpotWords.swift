import Decimals
import JSONTree
import Matching
import Venue

/// How spot writes orders, in replies and in events. Sources: "Trading endpoints", "User Data Streams".
extension SpotVenue {
  private func symbol(_ order: Order) -> JSONValue { .s(exchange.markets[order.market].rules.market.symbol) }
  private func type(_ order: Order) -> String { order.request.words["type"] ?? "LIMIT" }
  private func side(_ order: Order) -> JSONValue { .s(order.side == .buy ? "BUY" : "SELL") }

  /// What all full forms share, behind the ids.
  private func figures(_ order: Order) -> [(String, JSONValue)] {
    [
      ("price", .s(price(order.market, order.price))), ("origQty", .s(quantity(order.market, order.quantity))),
      ("executedQty", .s(quantity(order.market, order.filled))),
      ("origQuoteOrderQty", .s(money(order.request.value ?? 0))),
      ("cummulativeQuoteQty", .s(money(order.filledValue))), ("status", .s(Self.word(order))),
      ("timeInForce", .s(Self.word(order.request.force))), ("type", .s(type(order))), ("side", side(order)),
    ] + (order.request.stop > 0 ? [("stopPrice", .s(price(order.market, order.request.stop)))] : [])
  }

  private func ending(_ order: Order) -> [(String, JSONValue)] {
    [("selfTradePreventionMode", .s(Self.word(order.request.selfTrade)))]
  }

  /// The reply to a new order.
  func placed(_ order: Order, _ type: String) -> JSONValue {
    let identity: [(String, JSONValue)] = [
      ("symbol", symbol(order)), ("orderId", .n(order.id)), ("orderListId", .n(-1)),
      ("clientOrderId", .s(order.client)), ("transactTime", Self.ms(order.updated)),
    ]
    guard type != "ACK" else { return .make(identity) }
    var members = identity + figures(order) + [("workingTime", workingTime(order))]
    if type == "FULL" {
      let fills = exchange.fills(of: order).map { fill in
        JSONValue.make([
          ("price", .s(price(order.market, fill.price))), ("qty", .s(quantity(order.market, fill.quantity))),
          ("commission", .s(money(fill.fee))), ("commissionAsset", .s(exchange.assets[fill.feeAsset])),
          ("tradeId", .n(fill.trade)),
        ])
      }
      members.append(("fills", .list(fills)))
    }
    return .make(members + ending(order))
  }

  private func workingTime(_ order: Order) -> JSONValue {
    order.status == .untriggered ? .n(-1) : Self.ms(max(order.working, order.created))
  }

  func cancelled(_ order: Order) -> JSONValue {
    .make(
      [
        ("symbol", symbol(order)), ("origClientOrderId", .s(order.client)), ("orderId", .n(order.id)),
        ("orderListId", .n(-1)), ("clientOrderId", .s(order.request.words["cancel"] ?? "")),
        ("transactTime", Self.ms(order.updated)),
      ] + figures(order) + ending(order))
  }

  /// "Query order".
  func status(_ order: Order) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("symbol", symbol(order)), ("orderId", .n(order.id)), ("orderListId", .n(-1)),
      ("clientOrderId", .s(order.client)),
    ]
    members += figures(order).filter { $0.0 != "stopPrice" }
    members += [
      ("stopPrice", .s(price(order.market, order.request.stop))), ("icebergQty", .s("0.00000000")),
      ("time", Self.ms(order.created)), ("updateTime", Self.ms(order.updated)),
      ("isWorking", .b(order.status != .untriggered)), ("workingTime", workingTime(order)),
    ]
    return .make(members + ending(order))
  }

  func amended(_ order: Order) -> JSONValue {
    .make(
      [
        ("symbol", symbol(order)), ("orderId", .n(order.id)), ("orderListId", .n(-1)),
        ("origClientOrderId", .s(order.request.words["amended"] ?? "")), ("clientOrderId", .s(order.client)),
        ("price", .s(price(order.market, order.price))), ("qty", .s(quantity(order.market, order.quantity))),
        ("executedQty", .s(quantity(order.market, order.filled))), ("preventedQty", .s("0.00000000")),
        ("quoteOrderQty", .s("0.00000000")), ("cumulativeQuoteQty", .s(money(order.filledValue))),
        ("status", .s(Self.word(order))), ("timeInForce", .s(Self.word(order.request.force))),
        ("type", .s(type(order))), ("side", side(order)), ("workingTime", workingTime(order)),
      ] + ending(order))
  }

  /// "Account trade list".
  func ownTrade(_ fill: Fill) -> JSONValue {
    .make([
      ("symbol", .s(exchange.markets[fill.market].rules.market.symbol)), ("id", .n(fill.trade)),
      ("orderId", .n(fill.order)), ("orderListId", .n(-1)), ("price", .s(price(fill.market, fill.price))),
      ("qty", .s(quantity(fill.market, fill.quantity))), ("quoteQty", .s(money(fill.value))),
      ("commission", .s(money(fill.fee))), ("commissionAsset", .s(exchange.assets[fill.feeAsset])),
      ("time", Self.ms(fill.time)), ("isBuyer", .b(fill.side == .buy)), ("isMaker", .b(fill.isMaker)),
      ("isBestMatch", .b(true)),
    ])
  }

  enum Report {
    case trade(Fill)
    case change(OrderChange)
  }

  /// "Order update": one event for each change and each execution.
  func executionReport(_ order: Order, _ report: Report) -> JSONValue {
    var fill: Fill?
    var execution = "TRADE"
    switch report {
    case .trade(let executed): fill = executed
    case .change(.new), .change(.triggered): execution = "NEW"
    case .change(.amended): execution = "REPLACED"
    case .change(.cancelled): execution = "CANCELED"
    case .change(.rejected): execution = "REJECTED"
    case .change(.expired), .change(.filled):
      execution = order.status == .expiredInMatch ? "TRADE_PREVENTION" : "EXPIRED"
    }
    let market = order.market
    let isCancel = execution == "CANCELED"
    let original = isCancel ? order.client : execution == "REPLACED" ? order.request.words["amended"] ?? "" : ""
    return .make([
      ("e", "executionReport"), ("E", .n(milliseconds)), ("s", symbol(order)),
      ("c", .s(isCancel ? order.request.words["cancel"] ?? order.client : order.client)), ("S", side(order)),
      ("o", .s(type(order))), ("f", .s(Self.word(order.request.force))), ("q", .s(quantity(market, order.quantity))),
      ("p", .s(price(market, order.price))), ("P", .s(price(market, order.request.stop))), ("F", "0.00000000"),
      ("g", .n(-1)), ("C", .s(original)), ("x", .s(execution)), ("X", .s(Self.word(order))),
      ("r", .s(order.status == .rejected ? "INSUFFICIENT_BALANCES" : "NONE")), ("i", .n(order.id)),
      ("l", .s(quantity(market, fill?.quantity ?? 0))), ("z", .s(quantity(market, order.filled))),
      ("L", .s(price(market, fill?.price ?? 0))), ("n", .s(fill.map { money($0.fee) } ?? "0")),
      ("N", fill.map { .s(exchange.assets[$0.feeAsset]) } ?? .none), ("T", Self.ms(order.updated)),
      ("t", fill.map { .n($0.trade) } ?? .n(-1)), ("I", .n(order.id &* 2)),
      ("w", .b(order.status == .open && order.remaining > 0)), ("m", .b(fill?.isMaker ?? false)), ("M", .b(false)),
      ("O", Self.ms(order.created)), ("Z", .s(money(order.filledValue))), ("Y", .s(money(fill?.value ?? 0))),
      ("Q", .s(money(order.request.value ?? 0))), ("W", workingTime(order)),
      ("V", .s(Self.word(order.request.selfTrade))),
    ])
  }

  /// "Account update": the assets that changed.
  func accountPosition(_ account: Participant, _ assets: [Int]) -> JSONValue {
    .make([
      ("e", "outboundAccountPosition"), ("E", .n(milliseconds)), ("u", .n(milliseconds)),
      (
        "B",
        .list(
          assets.map { asset in
            let balance = exchange.ledger.balance(account, asset)
            return .make([
              ("a", .s(exchange.assets[asset])), ("f", .s(money(balance.available))), ("l", .s(money(balance.held))),
            ])
          })
      ),
    ])
  }
}
