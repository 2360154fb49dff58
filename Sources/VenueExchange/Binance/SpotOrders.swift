import Decimals
import JSONTree
import Matching
import Venue

/// Orders of spot. Sources: "Trading endpoints", "Filters", "Error codes: messages for -1010, -2010, -2011".
extension SpotVenue {
  func registerOrders() {
    add("POST /api/v3/order", .signed, 1, orders: 1) { [unowned self] call throws(BinanceError) in
      let request = try request(call)
      return placed(try place(request), try responseType(call, request))
    }
    add("POST /api/v3/order/test", .signed, 1) { [unowned self] call throws(BinanceError) in
      _ = try request(call)
      return .make([])
    }
    add("DELETE /api/v3/order", .signed, 1) { [unowned self] call throws(BinanceError) in
      let order = try named(call, .unknownOrder)
      return cancelled(try cancel(order, newClient: call.parameters["newClientOrderId"]))
    }
    add("GET /api/v3/order", .signed, 4) { [unowned self] call throws(BinanceError) in
      status(try named(call, .notFound))
    }
    add("POST /api/v3/order/cancelReplace", .signed, 1, orders: 1) { [unowned self] call throws(BinanceError) in
      try cancelReplace(call)
    }
    add("PUT /api/v3/order/amend/keepPriority", .signed, 4) { [unowned self] call throws(BinanceError) in
      try keepPriority(call)
    }
    add("GET /api/v3/openOrders", .signed, { $0["symbol"] == nil ? 80 : 6 }) {
      [unowned self] call throws(BinanceError) in
      .list(try openOrders(call).map { status($0) })
    }
    add("DELETE /api/v3/openOrders", .signed, 1) { [unowned self] call throws(BinanceError) in
      _ = try market(call.parameters)
      let open = try openOrders(call)
      guard !open.isEmpty else { throw .unknownOrder }
      var gone: [JSONValue] = []
      for order in open { gone.append(cancelled(try cancel(order, newClient: nil))) }
      return .list(gone)
    }
    add("GET /api/v3/allOrders", .signed, 20) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      let count = try limit(call, usual: 500, most: 1000)
      var orders = exchange.state(call.account).all.compactMap { exchange.orders[$0] }.filter { $0.market == market }
      if let id = call.parameters.integer("orderId") {
        orders = orders.filter { $0.id >= UInt64(max(0, id)) }
        return .list(orders.prefix(count).map { status($0) })
      }
      if let start = call.parameters.integer("startTime") {
        orders = orders.filter { $0.created / Self.millisecond >= start }
      }
      if let end = call.parameters.integer("endTime") {
        orders = orders.filter { $0.created / Self.millisecond <= end }
      }
      return .list(orders.suffix(count).map { status($0) })
    }
  }

  private func openOrders(_ call: Call) throws(BinanceError) -> [Order] {
    let market = call.parameters["symbol"] == nil ? nil : try market(call.parameters)
    return exchange.state(call.account).live.compactMap { exchange.orders[$0] }
      .filter { market == nil || $0.market == market }
  }

  // MARK: Reading an order

  func request(_ call: Call) throws(BinanceError) -> OrderRequest {
    let market = try market(call.parameters)
    let rules = exchange.markets[market].rules
    guard let side = call.parameters["side"] else { throw .missing("side") }
    guard side == "BUY" || side == "SELL" else { throw BinanceError(-1117, "Invalid side.") }
    guard let word = call.parameters["type"] else { throw .missing("type") }
    let types: [String: OrderType] = [
      "LIMIT": .limit, "LIMIT_MAKER": .limit, "MARKET": .market, "STOP_LOSS": .stopMarket,
      "STOP_LOSS_LIMIT": .stopLimit, "TAKE_PROFIT": .takeMarket, "TAKE_PROFIT_LIMIT": .takeLimit,
    ]
    guard let type = types[word] else { throw BinanceError(-1116, "Invalid orderType.") }
    var request = OrderRequest(account: call.account, market: market, side: side == "BUY" ? .buy : .sell, type: type)
    request.isPostOnly = word == "LIMIT_MAKER"
    request.words["type"] = word
    request.client = try clientName(call, "newClientOrderId")
    try readForce(call, &request, isNeeded: type.hasPrice && !request.isPostOnly)
    if type.hasPrice {
      request.price = try mantissa(
        call, "price", rules.priceExponent, filter: BinanceError(-1013, "Filter failure: PRICE_FILTER"))
    } else if call.parameters["price"] != nil {
      throw BinanceError(-1106, "Parameter 'price' sent when not required.")
    }
    if type.isConditional {
      request.stop = try mantissa(
        call, "stopPrice", rules.priceExponent, filter: BinanceError(-1013, "Filter failure: PRICE_FILTER"))
    } else if call.parameters["stopPrice"] != nil {
      throw BinanceError(-1106, "Parameter 'stopPrice' sent when not required.")
    }
    if type == .market, let text = call.parameters["quoteOrderQty"] {
      guard call.parameters["quantity"] == nil else {
        throw BinanceError(-1128, "Combination of optional parameters invalid.")
      }
      guard let value = Decimal64(text)?.mantissa(at: -8), value > 0 else { throw .malformed("quoteOrderQty") }
      request.value = Amount(value)
    } else {
      request.quantity = try mantissa(
        call, "quantity", rules.quantityExponent, filter: BinanceError(-1013, "Filter failure: LOT_SIZE"))
    }
    switch call.parameters["selfTradePreventionMode"] {
    case nil, "EXPIRE_MAKER": break
    case "EXPIRE_TAKER": request.selfTrade = .expireTaker
    case "EXPIRE_BOTH": request.selfTrade = .expireBoth
    default: throw BinanceError(-1013, "This symbol does not allow the specified self-trade prevention mode.")
    }
    return request
  }

  private func readForce(_ call: Call, _ request: inout OrderRequest, isNeeded: Bool) throws(BinanceError) {
    let text = call.parameters["timeInForce"]
    guard isNeeded else {
      if text != nil { throw BinanceError(-1106, "Parameter 'timeInForce' sent when not required.") }
      return
    }
    switch text {
    case "GTC": request.force = .goodTilCancelled
    case "IOC": request.force = .immediateOrCancel
    case "FOK": request.force = .fillOrKill
    case nil: throw .missing("timeInForce")
    default: throw BinanceError(-1115, "Invalid timeInForce.")
    }
  }

  private func responseType(_ call: Call, _ request: OrderRequest) throws(BinanceError) -> String {
    switch call.parameters["newOrderRespType"] {
    case nil: request.type == .market || request.type == .limit && !request.isPostOnly ? "FULL" : "ACK"
    case .some(let type) where ["ACK", "RESULT", "FULL"].contains(type): type
    default: throw BinanceError(-1100, "Illegal characters found in parameter 'newOrderRespType'.")
    }
  }

  // MARK: Acting

  func place(_ request: OrderRequest) throws(BinanceError) -> Order {
    do throws(Refusal) {
      let order = try exchange.place(request, at: clock)
      exchange.finish(at: clock)
      return exchange.orders[order.id] ?? order
    } catch {
      throw Self.error(error)
    }
  }

  static func error(_ refusal: Refusal) -> BinanceError {
    switch refusal {
    case .price: BinanceError(-1013, "Filter failure: PRICE_FILTER")
    case .quantity: BinanceError(-1013, "Filter failure: LOT_SIZE")
    case .notional: BinanceError(-1013, "Filter failure: NOTIONAL")
    case .band: BinanceError(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")
    case .tooManyOrders: BinanceError(-1013, "Filter failure: MAX_NUM_ORDERS")
    case .funds: BinanceError(-2010, "Account has insufficient balance for requested action.")
    case .postOnly: BinanceError(-2010, "Order would immediately match and take.")
    case .wouldTrigger: BinanceError(-2010, "Stop price would trigger immediately.")
    case .duplicateClient: BinanceError(-2010, "Duplicate order sent.")
    case .unknownOrder: .unknownOrder
    case .unchanged: BinanceError(-2038, "The requested action would change no state; rejecting.")
    case .reduceOnly, .unsupported: BinanceError(-2010, "This action is disabled on this account.")
    }
  }

  private func cancel(_ order: Order, newClient: String?) throws(BinanceError) -> Order {
    guard order.isLive else { throw .unknownOrder }
    let client = newClient ?? madeClient()
    exchange.orders[order.id]?.request.words["cancel"] = client
    do throws(Refusal) {
      let gone = try exchange.cancel(order.id, at: clock)
      exchange.finish(at: clock)
      return gone
    } catch {
      throw Self.error(error)
    }
  }

  /// "Cancel an Existing Order and Send a New Order".
  private func cancelReplace(_ call: Call) throws(BinanceError) -> JSONValue {
    guard let mode = call.parameters["cancelReplaceMode"] else { throw .missing("cancelReplaceMode") }
    guard mode == "STOP_ON_FAILURE" || mode == "ALLOW_FAILURE" else { throw .malformed("cancelReplaceMode") }
    // What the new order lacks in form is refused before anything happens.
    let request = try request(call)
    var (cancelResult, orderResult) = ("SUCCESS", "SUCCESS")
    var (cancelResponse, orderResponse) = (JSONValue.none, JSONValue.none)
    do throws(BinanceError) {
      let order = try named(call, id: "cancelOrderId", client: "cancelOrigClientOrderId", .unknownOrder)
      cancelResponse = cancelled(try cancel(order, newClient: call.parameters["cancelNewClientOrderId"]))
    } catch {
      (cancelResult, cancelResponse) = ("FAILURE", error.json)
    }
    if cancelResult == "FAILURE", mode == "STOP_ON_FAILURE" {
      orderResult = "NOT_ATTEMPTED"
    } else {
      do throws(BinanceError) {
        orderResponse = placed(try place(request), try responseType(call, request))
      } catch {
        (orderResult, orderResponse) = ("FAILURE", error.json)
      }
    }
    let data = JSONValue.make([
      ("cancelResult", .s(cancelResult)), ("newOrderResult", .s(orderResult)), ("cancelResponse", cancelResponse),
      ("newOrderResponse", orderResponse),
    ])
    if cancelResult == "SUCCESS", orderResult == "SUCCESS" { return data }
    let isPartial = cancelResult == "SUCCESS" || orderResult == "SUCCESS"
    var error = BinanceError(
      isPartial ? -2021 : -2022,
      isPartial ? "Order cancel-replace partially failed." : "Order cancel-replace failed.",
      status: isPartial ? 409 : 400)
    error.more = [("data", data)]
    throw error
  }

  /// "Order Amend Keep Priority": the quantity gets smaller, nothing else changes but the client order id.
  private func keepPriority(_ call: Call) throws(BinanceError) -> JSONValue {
    let order = try named(call, BinanceError(-2038, "Unknown order sent."))
    guard order.isLive else { throw BinanceError(-2038, "Unknown order sent.") }
    let rules = exchange.markets[order.market].rules
    let quantity = try mantissa(
      call, "newQty", rules.quantityExponent, filter: BinanceError(-1013, "Filter failure: LOT_SIZE"))
    guard quantity < order.quantity else {
      throw quantity == order.quantity
        ? BinanceError(-2038, "The requested action would change no state; rejecting.")
        : BinanceError(-2038, "Order amend (quantity increase) is not supported.")
    }
    let client = call.parameters["newClientOrderId"]
    if let client, client != order.client, exchange.hasOpen(call.account, client: client) {
      throw BinanceError(-2038, "Duplicate order sent.")
    }
    do throws(Refusal) {
      exchange.orders[order.id]?.request.words["amended"] = order.client
      exchange.rename(order.id, client: client ?? madeClient())
      let now = try exchange.amend(order.id, price: nil, quantity: quantity, at: clock)
      exchange.finish(at: clock)
      return .make([
        ("transactTime", .n(milliseconds)), ("executionId", .n(now.amendments)), ("amendedOrder", amended(now)),
      ])
    } catch {
      throw Self.error(error)
    }
  }
}
