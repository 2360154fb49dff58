import ConnectorKit
import Decimals
import Matching

/// An order of an earlier run that had not ended.
struct ResumedOrder: Equatable {
  var id: OrderID = 0
  var client = ""
  var hostOrder: UInt64 = 0
  var symbol = ""
  var side = Side.buy
  var type = OrderType.limit
  var timeInForce = TimeInForce.goodTilCancelled
  var flags: OrderFlags = []
  var price: Decimal64?
  var stop: Decimal64?
  var quantity = Decimal64.zero
  var filled = Decimal64.zero
  var average: Decimal64?
  var expiry: Int64 = 0
  /// Its trigger was not reached.
  var waits = false

  private static let types: [String: OrderType] = [
    "limit": .limit, "market": .market, "stop_limit": .stopLimit, "stop_market": .stopMarket,
    "take_limit": .takeLimit, "take_market": .takeMarket,
  ]
  private static let times: [String: TimeInForce] = [
    "gtc": .goodTilCancelled, "ioc": .immediateOrCancel, "fok": .fillOrKill, "gtd": .goodTilDate,
  ]
  private static let flagNames: [String: OrderFlags] = [
    "post_only": .postOnly, "reduce_only": .reduceOnly, "by_value": .byValue, "close": .close,
    "stop_by_mark": .stopByMark,
  ]

  /// `nil` for what is no order.
  static func read(_ json: inout JSONScanner) -> ResumedOrder? {
    var (order, isBad) = (ResumedOrder(), false)
    func put<Value>(_ value: Value?, _ field: WritableKeyPath<ResumedOrder, Value>) {
      if let value { order[keyPath: field] = value } else { isBad = true }
    }
    json.enterObject()
    while let key = json.nextKey() {
      switch key.text {
      case "id": put(OrderID(json.string().text), \.id)
      case "client": order.client = json.string().text
      case "order": put(UInt64(json.string().text), \.hostOrder)
      case "symbol": order.symbol = json.string().text
      case "side":
        let side = json.string()
        put(side == "buy" ? .buy : side == "sell" ? .sell : nil, \.side)
      case "type": put(types[json.string().text], \.type)
      case "time_in_force": put(times[json.string().text], \.timeInForce)
      case "flags":
        json.enterArray()
        while json.nextElement() {
          if let flag = flagNames[json.string().text] { order.flags.insert(flag) } else { isBad = true }
        }
      case "price": order.price = json.decimal()
      case "stop": order.stop = json.decimal()
      case "quantity": order.quantity = json.decimal()
      case "filled": order.filled = json.decimal()
      case "average": order.average = json.decimal()
      case "expiry_ns": put(Int64(json.string().text), \.expiry)
      case "waits": order.waits = json.boolean()
      default:
        isBad = true
        json.skip()
      }
    }
    return isBad || order.id == 0 || !order.quantity.isPositive ? nil : order
  }
}

extension Exchange {
  /// Lets an order of an earlier run go on under its id: it waits, or stands behind what is in the book, and trades
  /// first where it crosses. What cannot be carried any more ends as cancelled.
  /// - Parameter lost: is given what cannot go on, for people.
  func reopen(_ resumed: ResumedOrder, _ account: Participant, at now: Int64, lost: (String) -> Void) {
    guard var order = order(resumed, account, at: now), orders[resumed.id] == nil, order.remaining > 0 else {
      return lost("order \(resumed.client) does not fit \(resumed.symbol) any more: it is gone")
    }
    order.state = resumed.waits ? .untriggered : order.filled > 0 ? .partial : .open
    nextOrder = max(nextOrder, order.id + 1)
    keep(order)
    if order.request.expiry != 0, order.request.expiry <= now {
      return end(order.id, .expired, "its date has come", now)
    }
    guard resumed.waits else { return enter(order.id, at: now) }
    if !isPerpetual {
      do { try admit(&order, walk: Walk()) } catch { return end(order.id, .cancelled, error.text, now) }
      orders[order.id] = order
    }
    events.append(.order(order))
  }

  /// `nil` when its numbers do not fit.
  private func order(_ resumed: ResumedOrder, _ account: Participant, at now: Int64) -> Order? {
    guard let market = markets.firstIndex(where: { $0.rules.symbol == resumed.symbol }) else { return nil }
    let rules = markets[market].rules
    var request = OrderRequest(account: account, market: market, side: resumed.side)
    request.hostOrder = resumed.hostOrder
    request.clientOrder = resumed.client
    request.isMarket = [.market, .stopMarket, .takeMarket].contains(resumed.type)
    (request.timeInForce, request.expiry) = (resumed.timeInForce, resumed.expiry)
    request.postOnly = resumed.flags.contains(.postOnly)
    request.reduceOnly = resumed.flags.contains(.reduceOnly)
    if resumed.type.isTriggered {
      guard let stop = resumed.stop?.mantissa(at: rules.priceExponent) else { return nil }
      request.trigger = Trigger(
        price: stop, isStop: resumed.type == .stopLimit || resumed.type == .stopMarket,
        source: resumed.flags.contains(.stopByMark) ? .mark : .last)
    }
    if !request.isMarket {
      guard let price = resumed.price?.mantissa(at: rules.priceExponent) else { return nil }
      request.price = price
    }
    guard let quantity = resumed.quantity.mantissa(at: rules.quantityExponent),
      let filled = resumed.filled.mantissa(at: rules.quantityExponent)
    else { return nil }
    request.quantity = quantity
    guard (try? rules.check(request)) != nil else { return nil }
    var order = Order(id: resumed.id, request: request, price: request.price, quantity: quantity, time: now)
    order.filled = filled
    let average = resumed.average.flatMap { $0.quotient(dividingBy: .one, places: -rules.priceExponent) }
    order.filledValue = Int128(average?.mantissa(at: rules.priceExponent) ?? 0) * Int128(filled)
    return order
  }
}
