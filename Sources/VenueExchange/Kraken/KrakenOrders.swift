import Decimals
import JSONTree
import Matching

/// Orders over REST, and what WebSocket v2 shares with it. Sources: "Add Order", "Add Order Batch", "Amend Order",
/// "Edit Order", "Cancel Order", "Cancel All Orders", "Cancel Order Batch".
extension KrakenVenue {
  func registerOrders() {
    privateEndpoints["AddOrder"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      let request = try request(call.parameters, try market(call.parameters["pair"]), call.account)
      if call.parameters.flag("validate") { return .make([("descr", describe(request))]) }
      let order = try place(request)
      return .make([("descr", describe(request)), ("txid", .list([.s(name(order.id))]))])
    }
    privateEndpoints["AddOrderBatch"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      try placeBatch(call)
    }
    privateEndpoints["AmendOrder"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      try amend(call.parameters, try named(call.parameters, call.account))
      return .make([("amend_id", .s(entry("T")))])
    }
    privateEndpoints["EditOrder"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      try edit(call)
    }
    privateEndpoints["CancelOrder"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      let orders = try allNamed(call.parameters["txid"], call.parameters, call.account)
      guard !orders.isEmpty else { throw .unknownOrder }
      for order in orders { try cancel(order) }
      return .make([("count", .n(orders.count))])
    }
    privateEndpoints["CancelAll"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      .make([("count", .n(try cancelAll(call.account)))])
    }
    privateEndpoints["CancelOrderBatch"] = Endpoint(weight: 0) { [unowned self] call throws(KrakenError) in
      var orders: [Order] = []
      for entry in (call.body?["orders"]?.array ?? []) + (call.body?["cl_ord_ids"]?.array ?? []) {
        guard let text = entry.string ?? entry["txid"]?.string ?? entry["cl_ord_id"]?.string else { continue }
        if let order = open(text, call.account) { orders.append(order) }
      }
      for order in orders { try cancel(order) }
      return .make([("count", .n(orders.count))])
    }
  }

  func cancelAll(_ account: Participant) throws(KrakenError) -> Int {
    let open = exchange.state(account).live.compactMap { exchange.orders[$0] }
    for order in open { try cancel(order) }
    return open.count
  }

  /// An id that counts on.
  func entry(_ letter: String) -> String {
    nextEntry += 1
    return Self.spread(nextEntry, letter)
  }

  // MARK: Reading

  private static let types: [String: OrderType] = [
    "limit": .limit, "market": .market, "stop-loss": .stopMarket, "stop-loss-limit": .stopLimit,
    "take-profit": .takeMarket, "take-profit-limit": .takeLimit,
  ]

  /// An order in the names of AddOrder. For conditional orders `price` is the trigger and `price2` the limit.
  func request(
    _ parameters: Parameters, _ market: Int, _ account: Participant
  ) throws(KrakenError) -> OrderRequest {
    guard let side = parameters["type"], side == "buy" || side == "sell" else { throw .invalid("type") }
    guard let word = parameters["ordertype"], let type = Self.types[word] else { throw .invalid("ordertype") }
    var request = OrderRequest(account: account, market: market, side: side == "buy" ? .buy : .sell, type: type)
    request.words["type"] = word
    request.selfTrade = .expireTaker
    request.client = parameters["cl_ord_id"] ?? ""
    guard request.client.utf8.count <= 36 else { throw .invalid("cl_ord_id") }
    if let reference = parameters["userref"] {
      guard Int32(reference) != nil else { throw .invalid("userref") }
      request.words["userref"] = reference
    }
    let flags = parameters.pairs.filter { $0.name == "oflags" }.flatMap {
      $0.value.split(separator: ",").map(String.init)
    }
    request.isPostOnly = flags.contains("post")
    if request.isPostOnly, type != .limit { throw .invalid("oflags") }
    request.words["oflags"] = (flags.contains("fcib") || flags.contains("fciq") ? flags : flags + ["fciq"])
      .joined(separator: ",")
    switch parameters["timeinforce"]?.uppercased() {
    case nil, "GTC": request.force = .goodTilCancelled
    case "IOC": request.force = .immediateOrCancel
    case "FOK": request.force = .fillOrKill
    default: throw .invalid("timeinforce")
    }
    if type.isConditional { request.stop = try price(parameters, "price", market) }
    if type.hasPrice { request.price = try price(parameters, type.isConditional ? "price2" : "price", market) }
    guard let volume = parameters.decimal("volume"), volume.isPositive else { throw .invalid("volume") }
    if flags.contains("viqc") {
      guard type == .market, let value = volume.mantissa(at: -8) else { throw .invalid("volume") }
      request.value = Amount(value)
    } else {
      guard let mantissa = exchange.markets[market].rules.quantityMantissa(volume) else { throw .invalid("volume") }
      request.quantity = mantissa
    }
    return request
  }

  private func price(_ parameters: Parameters, _ name: String, _ market: Int) throws(KrakenError) -> Int64 {
    guard let text = parameters[name] else { throw .invalid(name) }
    guard let value = Decimal64(text), value.isPositive else { throw KrakenError("EOrder:Invalid price") }
    guard let mantissa = exchange.markets[market].rules.priceMantissa(value) else {
      let places = -exchange.markets[market].rules.priceExponent
      let pair = KrakenNames.short(exchange.markets[market].rules.market)
      throw KrakenError("EOrder:Invalid price:\(pair) price can only be specified up to \(places) decimals.")
    }
    return mantissa
  }

  /// `buy 1.25000000 XBTUSD @ limit 27500.0`
  func describe(_ request: OrderRequest) -> JSONValue { .make([("order", .s(sentence(request)))]) }

  func sentence(_ request: OrderRequest) -> String {
    let market = exchange.markets[request.market].rules.market
    let volume = request.value.map { money($0) } ?? volume(request.market, request.quantity)
    var text = "\(request.side == .buy ? "buy" : "sell") \(volume) \(KrakenNames.short(market)) @ "
    text += request.words["type"] ?? "limit"
    if request.stop > 0 { text += " \(price(request.market, request.stop))" }
    if request.stop > 0, request.price > 0 { text += " -> limit" }
    if request.price > 0 { text += " \(price(request.market, request.price))" }
    return text
  }

  // MARK: Acting

  func place(_ request: OrderRequest) throws(KrakenError) -> Order {
    try counters.order(request.account, request.market, 1, now: clock)
    do throws(Refusal) {
      let order = try exchange.place(request, at: clock)
      exchange.finish(at: clock)
      _ = name(order.id)
      return exchange.orders[order.id] ?? order
    } catch {
      throw KrakenError(error)
    }
  }

  private func placeBatch(_ call: Call) throws(KrakenError) -> JSONValue {
    let market = try market(call.parameters["pair"])
    guard let items = call.body?["orders"]?.array, (2...15).contains(items.count) else { throw .invalid("orders") }
    // A batch is checked whole before any of it is placed; the engine then takes or refuses each.
    var requests: [OrderRequest] = []
    for item in items { requests.append(try request(Parameters(item), market, call.account)) }
    return .make([
      (
        "orders",
        .list(
          requests.map { request in
            do throws(KrakenError) {
              return .make([("txid", .s(name(try place(request).id))), ("descr", describe(request))])
            } catch {
              return .make([("error", .s(error.text))])
            }
          })
      )
    ])
  }

  /// "Amend Order": the order keeps its ids, and its place in the queue where it can.
  func amend(_ parameters: Parameters, _ order: Order) throws(KrakenError) {
    let rules = exchange.markets[order.market].rules
    let age = clock - order.created
    try counters.order(order.account, order.market, 1 + KrakenCounters.amendWeight(age: age), now: clock)
    var quantity: Int64?
    if parameters["order_qty"] != nil {
      guard let value = parameters.decimal("order_qty"), let mantissa = rules.quantityMantissa(value), mantissa > 0
      else {
        throw .invalid("order_qty")
      }
      quantity = mantissa
    }
    let limit = parameters["limit_price"] == nil ? nil : try price(parameters, "limit_price", order.market)
    if parameters["trigger_price"] != nil {
      guard order.status == .untriggered else { throw .invalid("trigger_price") }
      exchange.orders[order.id]?.request.stop = try price(parameters, "trigger_price", order.market)
    }
    guard quantity != nil || limit != nil else {
      if parameters["trigger_price"] != nil { return }
      throw .invalid("order_qty")
    }
    do throws(Refusal) {
      try exchange.amend(
        order.id, price: limit, quantity: quantity, postOnly: parameters.flag("post_only"), at: clock)
      exchange.finish(at: clock)
    } catch {
      // An amendment that changes nothing is accepted.
      if error != .unchanged { throw KrakenError(error) }
    }
  }

  /// "Edit Order": cancels the order and places a new one in its stead.
  private func edit(_ call: Call) throws(KrakenError) -> JSONValue {
    let old = try named(call.parameters, call.account)
    var request = old.request
    if call.parameters["volume"] != nil {
      guard let value = call.parameters.decimal("volume"),
        let mantissa = exchange.markets[old.market].rules.quantityMantissa(value)
      else { throw .invalid("volume") }
      request.quantity = mantissa
    }
    if call.parameters["price"] != nil {
      let price = try price(call.parameters, "price", old.market)
      if request.type.isConditional { request.stop = price } else { request.price = price }
    }
    request.client = ""
    try cancel(old)
    let new = try place(request)
    return .make([
      ("status", "ok"), ("txid", .s(name(new.id))), ("originaltxid", .s(name(old.id))), ("orders_cancelled", .n(1)),
      ("descr", describe(request)), ("volume", .s(volume(new.market, new.quantity))),
    ])
  }

  func cancel(_ order: Order) throws(KrakenError) {
    let weight = KrakenCounters.cancelWeight(age: clock - order.created)
    try counters.order(order.account, order.market, weight, now: clock, isCancel: true)
    do throws(Refusal) {
      _ = try exchange.cancel(order.id, reason: "User requested", at: clock)
      exchange.finish(at: clock)
    } catch {
      throw KrakenError(error)
    }
  }

  // MARK: Finding

  /// A live order by Kraken's id, or by the client's.
  func open(_ text: String, _ account: Participant) -> Order? {
    let found = exchange.find(account, id: orderIDs[text], client: orderIDs[text] == nil ? text : "")
    return found.flatMap { $0.isLive ? $0 : nil }
  }

  /// The live order that `txid`, `order_id` or `cl_ord_id` names.
  func named(_ parameters: Parameters, _ account: Participant) throws(KrakenError) -> Order {
    guard let text = parameters["txid"] ?? parameters["order_id"] ?? parameters["cl_ord_id"] else {
      throw .invalid("txid")
    }
    guard let order = open(text, account) else { throw .unknownOrder }
    return order
  }

  /// Live orders by id, by the client's id, or all with a user reference.
  private func allNamed(
    _ text: String?, _ parameters: Parameters, _ account: Participant
  ) throws(KrakenError) -> [Order] {
    if let text, Int32(text) == nil { return open(text, account).map { [$0] } ?? [] }
    if let client = parameters["cl_ord_id"] { return open(client, account).map { [$0] } ?? [] }
    guard let reference = text ?? parameters["userref"] else { throw .invalid("txid") }
    return exchange.state(account).live.compactMap { exchange.orders[$0] }
      .filter { $0.request.words["userref"] == reference }
  }
}
