import Decimals
import JSONTree
import Matching

/// Orders of futures. Sources: "New Order", "Place Multiple Orders", "Modify Order", "Cancel Order", "Cancel Multiple
/// Orders", "Cancel All Open Orders", "Query Order", "Current All Open Orders", "All Orders", "Error Codes".
extension FuturesVenue {
  func registerOrders() {
    add("POST /fapi/v1/order", .signed, 0, orders: 1) { [unowned self] call throws(BinanceError) in
      try placeOne(call)
    }
    add("POST /fapi/v1/order/test", .signed, 0) { [unowned self] call throws(BinanceError) in
      _ = try request(call)
      return .make([])
    }
    add("PUT /fapi/v1/order", .signed, 1, orders: 1) { [unowned self] call throws(BinanceError) in
      try modify(call)
    }
    add("POST /fapi/v1/batchOrders", .signed, { _ in 5 }, orders: { Self.items($0).count }) {
      [unowned self] call throws(BinanceError) in
      try batch(call) { item throws(BinanceError) in try placeOne(item) }
    }
    add("PUT /fapi/v1/batchOrders", .signed, { _ in 5 }, orders: { Self.items($0).count }) {
      [unowned self] call throws(BinanceError) in
      try batch(call) { item throws(BinanceError) in try modify(item) }
    }
    add("DELETE /fapi/v1/order", .signed, 1) { [unowned self] call throws(BinanceError) in try cancelOne(call) }
    add("DELETE /fapi/v1/batchOrders", .signed, 1) { [unowned self] call throws(BinanceError) in
      try cancelSome(call)
    }
    add("DELETE /fapi/v1/allOpenOrders", .signed, 1) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      for id in exchange.state(call.account).live where exchange.orders[id]?.market == market {
        exchange.end(id, .cancelled, "", clock)
      }
      exchange.finish(at: clock)
      return .make([("code", .n(200)), ("msg", "The operation of cancel all open order is done.")])
    }
    registerQueries()
  }

  private func registerQueries() {
    add("GET /fapi/v1/order", .signed, 1) { [unowned self] call throws(BinanceError) in
      written(try named(call, .notFound))
    }
    add("GET /fapi/v1/openOrder", .signed, 1) { [unowned self] call throws(BinanceError) in
      let order = try named(call, .notFound)
      guard order.isLive else { throw .notFound }
      return written(order)
    }
    add("GET /fapi/v1/openOrders", .signed, { $0["symbol"] == nil ? 40 : 1 }) {
      [unowned self] call throws(BinanceError) in
      let market = call.parameters["symbol"] == nil ? nil : try market(call.parameters)
      let open = exchange.state(call.account).live.compactMap { exchange.orders[$0] }
      return .list(open.filter { market == nil || $0.market == market }.map { written($0) })
    }
    add("GET /fapi/v1/allOrders", .signed, 5) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      let count = try limit(call, usual: 500, most: 1000)
      var orders = exchange.state(call.account).all.compactMap { exchange.orders[$0] }.filter { $0.market == market }
      if let id = call.parameters.integer("orderId") {
        return .list(orders.filter { $0.id >= UInt64(max(0, id)) }.prefix(count).map { written($0) })
      }
      if let start = call.parameters.integer("startTime") {
        orders = orders.filter { $0.created / Self.millisecond >= start }
      }
      if let end = call.parameters.integer("endTime") {
        orders = orders.filter { $0.created / Self.millisecond <= end }
      }
      return .list(orders.suffix(count).map { written($0) })
    }
  }

  // MARK: Reading an order

  func request(_ call: Call) throws(BinanceError) -> OrderRequest {
    var request = try head(call)
    guard let word = call.parameters["type"] else { throw .missing("type") }
    switch word {
    case "LIMIT": request.type = .limit
    case "MARKET": request.type = .market
    case "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET":
      throw BinanceError(
        -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.")
    default: throw BinanceError(-1116, "Invalid orderType.")
    }
    request.words["type"] = word
    request.client = try clientName(call, "newClientOrderId")
    try readForce(call, &request)
    if request.type.hasPrice { request.price = try price(call, "price", request.market) }
    request.quantity = try quantity(call, "quantity", request.market)
    return request
  }

  /// Symbol, side and what concerns the position.
  func head(_ call: Call) throws(BinanceError) -> OrderRequest {
    let market = try market(call.parameters)
    guard let side = call.parameters["side"] else { throw .missing("side") }
    guard side == "BUY" || side == "SELL" else { throw BinanceError(-1117, "Invalid side.") }
    var request = OrderRequest(account: call.account, market: market, side: side == "BUY" ? .buy : .sell)
    let isHedged = exchange.state(call.account).isHedged
    switch call.parameters["positionSide"] {
    case nil, "BOTH": request.positionSide = .both
    case "LONG": request.positionSide = .long
    case "SHORT": request.positionSide = .short
    default: throw BinanceError(-1116, "Invalid positionSide.")
    }
    guard (request.positionSide != .both) == isHedged else {
      throw BinanceError(-4061, "Order's position side does not match user's setting.")
    }
    if call.parameters["reduceOnly"] != nil {
      guard !isHedged else { throw BinanceError(-1106, "Parameter 'reduceonly' sent when not required.") }
      request.reducesOnly = call.parameters.flag("reduceOnly")
    }
    return request
  }

  func readForce(_ call: Call, _ request: inout OrderRequest) throws(BinanceError) {
    guard request.type.hasPrice else {
      if call.parameters["timeInForce"] != nil {
        throw BinanceError(-1106, "Parameter 'timeinforce' sent when not required.")
      }
      return
    }
    switch call.parameters["timeInForce"] {
    case "GTC": request.force = .goodTilCancelled
    case "IOC": request.force = .immediateOrCancel
    case "FOK": request.force = .fillOrKill
    case "GTX": request.isPostOnly = true
    case nil: throw .missing("timeInForce")
    default: throw BinanceError(-1115, "Invalid timeInForce.")
    }
  }

  func price(_ call: Call, _ name: String, _ market: Int) throws(BinanceError) -> Int64 {
    let rules = exchange.markets[market].rules
    let filter = BinanceError(-1111, "Precision is over the maximum defined for this asset.")
    let price = try mantissa(call, name, rules.priceExponent, filter: filter)
    guard price > 0 else { throw BinanceError(-4001, "Price less than 0.") }
    guard price % rules.tick == 0 else { throw BinanceError(-4014, "Price not increased by tick size.") }
    return price
  }

  func quantity(_ call: Call, _ name: String, _ market: Int) throws(BinanceError) -> Int64 {
    let rules = exchange.markets[market].rules
    let filter = BinanceError(-1111, "Precision is over the maximum defined for this asset.")
    let quantity = try mantissa(call, name, rules.quantityExponent, filter: filter)
    guard quantity > 0 else { throw BinanceError(-4003, "Quantity less than or equal to zero.") }
    guard quantity >= rules.minQuantity else { throw BinanceError(-4004, "Quantity less than min quantity.") }
    guard quantity <= rules.maxQuantity else { throw BinanceError(-4005, "Quantity greater than max quantity.") }
    guard quantity % rules.lot == 0 else { throw BinanceError(-4023, "Qty not increased by step size.") }
    return quantity
  }

  // MARK: Acting

  private func placeOne(_ call: Call) throws(BinanceError) -> JSONValue {
    let order = try place(try request(call))
    guard call.parameters["newOrderRespType"] == "RESULT" else { return acknowledged(order) }
    return written(order)
  }

  func place(_ request: OrderRequest) throws(BinanceError) -> Order {
    do throws(Refusal) {
      let order = try exchange.place(request, at: clock)
      exchange.finish(at: clock)
      return exchange.orders[order.id] ?? order
    } catch {
      throw translate(error, request.market)
    }
  }

  func translate(_ refusal: Refusal, _ market: Int) -> BinanceError {
    let rules = exchange.markets[market].rules
    switch refusal {
    case .price: return BinanceError(-4014, "Price not increased by tick size.")
    case .quantity: return BinanceError(-4023, "Qty not increased by step size.")
    case .notional:
      let least = money(rules.minNotional, places: 0)
      return BinanceError(
        -4164, "Order's notional must be no smaller than \(least) (unless you choose reduce only).")
    case .band:
      return BinanceError(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.")
    case .tooManyOrders: return BinanceError(-2025, "Reach max open order limit.")
    case .funds: return BinanceError(-2019, "Margin is insufficient.")
    case .postOnly:
      return BinanceError(
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be "
          + "recorded in the order history")
    case .reduceOnly: return BinanceError(-2022, "ReduceOnly Order is rejected.")
    case .wouldTrigger: return BinanceError(-2021, "Order would immediately trigger.")
    case .duplicateClient: return BinanceError(-4116, "ClientOrderId is duplicated.")
    case .unknownOrder: return .unknownOrder
    case .unchanged: return BinanceError(-5027, "No need to modify the order.")
    case .unsupported: return BinanceError(-2027, "Exceeded the maximum allowable position at current leverage.")
    }
  }

  private func modify(_ call: Call) throws(BinanceError) -> JSONValue {
    let order = try named(call, .notFound)
    guard order.isLive else { throw .notFound }
    guard let side = call.parameters["side"] else { throw .missing("side") }
    guard side == (order.side == .buy ? "BUY" : "SELL") else { throw BinanceError(-1117, "Invalid side.") }
    let price = try price(call, "price", order.market)
    let quantity = try quantity(call, "quantity", order.market)
    do throws(Refusal) {
      let now = try exchange.amend(order.id, price: price, quantity: quantity, at: clock)
      exchange.finish(at: clock)
      return written(now)
    } catch {
      throw translate(error, order.market)
    }
  }

  private func cancelOne(_ call: Call) throws(BinanceError) -> JSONValue {
    let order = try named(call, .unknownOrder)
    do throws(Refusal) {
      let gone = try exchange.cancel(order.id, at: clock)
      exchange.finish(at: clock)
      return written(gone)
    } catch {
      throw translate(error, order.market)
    }
  }

  // MARK: Batches

  private static func items(_ parameters: Parameters) -> [JSONValue] {
    parameters["batchOrders"].flatMap { try? JSONDocument.parse(text: $0) }?.array ?? []
  }

  private func batch(
    _ call: Call, _ run: (Call) throws(BinanceError) -> JSONValue
  ) throws(BinanceError) -> JSONValue {
    guard call.parameters["batchOrders"] != nil else { throw .missing("batchOrders") }
    let items = Self.items(call.parameters)
    guard !items.isEmpty else { throw .malformed("batchOrders") }
    guard items.count <= 5 else { throw BinanceError(-4082, "Invalid number of batch place orders.") }
    return .list(
      items.map { item in
        do throws(BinanceError) {
          return try run(Call(parameters: Parameters(item), account: call.account))
        } catch {
          return error.json
        }
      })
  }

  private func cancelSome(_ call: Call) throws(BinanceError) -> JSONValue {
    let isByID = call.parameters["orderIdList"] != nil
    guard let text = call.parameters[isByID ? "orderIdList" : "origClientOrderIdList"],
      let list = (try? JSONDocument.parse(text: text))?.array
    else { throw .missing("orderIdList") }
    guard (1...10).contains(list.count) else { throw BinanceError(-4083, "Invalid number of batch cancel orders.") }
    return .list(
      list.map { entry in
        var parameters = Parameters()
        parameters.add("symbol", .s(call.parameters["symbol"] ?? ""))
        parameters.add(isByID ? "orderId" : "origClientOrderId", entry)
        do throws(BinanceError) {
          return try cancelOne(Call(parameters: parameters, account: call.account))
        } catch {
          return error.json
        }
      })
  }
}
