import Decimals
import JSONTree
import Matching
import Venue

/// Accounts of spot, listen keys, the WebSocket API. Sources: "Account endpoints", "User Data Streams", "WebSocket API:
/// General API information, Request security, User Data Stream requests".
extension SpotVenue {
  func registerAccount() {
    add("GET /api/v3/account", .signed, 20) { [unowned self] call in account(call) }
    add("GET /api/v3/account/commission", .signed, 20) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      let rules = exchange.markets[market].rules
      func rates(_ maker: Int64, _ taker: Int64) -> JSONValue {
        .make([
          ("maker", .s(money(Amount(maker)))), ("taker", .s(money(Amount(taker)))), ("buyer", .s(money(0))),
          ("seller", .s(money(0))),
        ])
      }
      return .make([
        ("symbol", .s(rules.market.symbol)), ("standardCommission", rates(rules.makerFee, rules.takerFee)),
        ("specialCommission", rates(0, 0)), ("taxCommission", rates(0, 0)),
        (
          "discount",
          .make([
            ("enabledForAccount", .b(false)), ("enabledForSymbol", .b(false)), ("discountAsset", "BNB"),
            ("discount", .s(money(0))),
          ])
        ),
      ])
    }
    add("GET /sapi/v1/asset/tradeFee", .signed, 1) { [unowned self] call throws(BinanceError) in
      let chosen = call.parameters["symbol"] == nil ? Array(exchange.markets.indices) : [try market(call.parameters)]
      return .list(
        chosen.map { market in
          let rules = exchange.markets[market].rules
          return .make([
            ("symbol", .s(rules.market.symbol)), ("makerCommission", .s(money(Amount(rules.makerFee)))),
            ("takerCommission", .s(money(Amount(rules.takerFee)))),
          ])
        })
    }
    add("GET /api/v3/myTrades", .signed, 20) { [unowned self] call throws(BinanceError) in
      .list(try ownTrades(call).map { ownTrade($0) })
    }
    add("GET /api/v3/rateLimit/order", .signed, 40) { _ in .list([]) }
    add("POST /api/v3/userDataStream", .keyed, 2) { [unowned self] call in
      .make([("listenKey", .s(startListenKey(call.account)))])
    }
    add("PUT /api/v3/userDataStream", .keyed, 2) { [unowned self] call throws(BinanceError) in
      try prolong(listenKeys.firstIndex { $0.key == call.parameters["listenKey"] && $0.account == call.account })
    }
    add("DELETE /api/v3/userDataStream", .keyed, 2) { [unowned self] call throws(BinanceError) in
      guard listenKeys.contains(where: { $0.key == call.parameters["listenKey"] && $0.account == call.account }) else {
        throw .noListenKey
      }
      listenKeys.removeAll { $0.key == call.parameters["listenKey"] }
      return .make([])
    }
  }

  private func account(_ call: Call) -> JSONValue {
    let omitsZeros = call.parameters.flag("omitZeroBalances")
    let rules = exchange.markets[0].rules
    let balances: [JSONValue] = exchange.assets.indices.compactMap { asset in
      let balance = exchange.ledger.balance(call.account, asset)
      if omitsZeros, balance.total == 0 { return nil }
      return .make([
        ("asset", .s(exchange.assets[asset])), ("free", .s(money(balance.available))),
        ("locked", .s(money(balance.held))),
      ])
    }
    return .make([
      ("makerCommission", .n(rules.makerFee / 10_000)), ("takerCommission", .n(rules.takerFee / 10_000)),
      ("buyerCommission", .n(0)), ("sellerCommission", .n(0)),
      (
        "commissionRates",
        .make([
          ("maker", .s(money(Amount(rules.makerFee)))), ("taker", .s(money(Amount(rules.takerFee)))),
          ("buyer", .s(money(0))), ("seller", .s(money(0))),
        ])
      ),
      ("canTrade", .b(true)), ("canWithdraw", .b(false)), ("canDeposit", .b(false)), ("brokered", .b(false)),
      ("requireSelfTradePrevention", .b(false)), ("preventSor", .b(false)), ("updateTime", .n(milliseconds)),
      ("accountType", "SPOT"), ("balances", .list(balances)), ("permissions", .list(["SPOT"])),
      ("uid", .n(call.account)),
    ])
  }

  private func ownTrades(_ call: Call) throws(BinanceError) -> [Fill] {
    let market = try market(call.parameters)
    let count = try limit(call, usual: 500, most: 1000)
    var fills = exchange.state(call.account).fills.filter { $0.market == market }
    if let order = call.parameters.integer("orderId") { fills = fills.filter { $0.order == UInt64(max(0, order)) } }
    let start = call.parameters.integer("startTime")
    if let start { fills = fills.filter { $0.time / Self.millisecond >= start } }
    if let end = call.parameters.integer("endTime") { fills = fills.filter { $0.time / Self.millisecond <= end } }
    if let id = call.parameters.integer("fromId") {
      return Array(fills.filter { $0.trade >= UInt64(max(0, id)) }.prefix(count))
    }
    return Array(start == nil ? fills.suffix(count) : fills.prefix(count))
  }
}

/// The WebSocket API: the endpoints of REST in frames.
extension SpotVenue {
  private static let methods = [
    "ping": "GET /api/v3/ping", "time": "GET /api/v3/time", "exchangeInfo": "GET /api/v3/exchangeInfo",
    "depth": "GET /api/v3/depth", "trades.recent": "GET /api/v3/trades", "trades.aggregate": "GET /api/v3/aggTrades",
    "ticker.24hr": "GET /api/v3/ticker/24hr", "ticker.price": "GET /api/v3/ticker/price",
    "ticker.book": "GET /api/v3/ticker/bookTicker", "order.place": "POST /api/v3/order",
    "order.test": "POST /api/v3/order/test", "order.status": "GET /api/v3/order",
    "order.cancel": "DELETE /api/v3/order", "order.cancelReplace": "POST /api/v3/order/cancelReplace",
    "order.amend.keepPriority": "PUT /api/v3/order/amend/keepPriority", "openOrders.status": "GET /api/v3/openOrders",
    "openOrders.cancelAll": "DELETE /api/v3/openOrders", "allOrders": "GET /api/v3/allOrders",
    "myTrades": "GET /api/v3/myTrades", "account.status": "GET /api/v3/account",
    "account.commission": "GET /api/v3/account/commission", "userDataStream.start": "POST /api/v3/userDataStream",
    "userDataStream.ping": "PUT /api/v3/userDataStream", "userDataStream.stop": "DELETE /api/v3/userDataStream",
  ]

  func apiRequest(_ socket: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    let message = try? JSONDocument.parse(bytes: text)
    let number = message?["id"] ?? .none
    do throws(BinanceError) {
      guard let message, let method = message["method"]?.string else {
        throw BinanceError(-1135, "Invalid JSON or missing method.")
      }
      if isInMaintenance { throw .maintenance }
      let result = try serve(method, Parameters(message["params"]), socket)
      reply(socket, .make([("id", number), ("status", .n(200)), ("result", result)]), &actions)
    } catch {
      reply(socket, .make([("id", number), ("status", .n(error.status)), ("error", error.json)]), &actions)
    }
  }

  private func serve(
    _ method: String, _ parameters: Parameters, _ socket: UInt64
  ) throws(BinanceError) -> JSONValue {
    let address = sockets[socket]?.address ?? ""
    switch method {
    case "userDataStream.subscribe.signature":
      try count(2, address)
      let account = try signed(parameters)
      if subscriptionsToReject > 0 {
        subscriptionsToReject -= 1
        throw BinanceError(-1000, "An unknown error occurred while processing the request.", status: 500)
      }
      let id = sockets[socket]?.nextSubscription ?? 0
      sockets[socket]?.nextSubscription = id + 1
      sockets[socket]?.api?.append((id, account))
      return .make([("subscriptionId", .n(id))])
    case "userDataStream.unsubscribe":
      let id = parameters.integer("subscriptionId")
      sockets[socket]?.api?.removeAll { id == nil || Int64($0.id) == id }
      return .make([])
    case "session.logon", "session.logout":
      throw BinanceError(-4056, "HMAC_SHA256 API key is not supported.")
    case "session.status":
      return .make([
        ("apiKey", .none), ("authorizedSince", .none), ("connectedSince", .n(milliseconds)),
        ("returnRateLimits", .b(false)), ("serverTime", .n(milliseconds)),
      ])
    default: break
    }
    guard let name = Self.methods[method], let endpoint = endpoints[name] else {
      throw BinanceError(-1000, "Method \(method) is invalid", status: 404)
    }
    try count(endpoint.weight(parameters), address)
    var account = Ledger.venue
    switch endpoint.security {
    case .open: break
    case .keyed: account = try owner(ofKey: parameters["apiKey"])
    case .signed: account = try signed(parameters)
    }
    try countOrders(endpoint.orders(parameters), account)
    return try endpoint.run(Call(parameters: parameters, account: account))
  }

  /// "The parameters in alphabetical order are what is signed."
  private func signed(_ parameters: Parameters) throws(BinanceError) -> Participant {
    let account = try owner(ofKey: parameters["apiKey"])
    try checkTime(parameters)
    let text = parameters.pairs.filter { $0.name != "signature" }.sorted { $0.name < $1.name }
      .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    try check(parameters["signature"], text, account)
    return account
  }
}
