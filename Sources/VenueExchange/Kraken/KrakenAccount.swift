import Decimals
import JSONTree
import Matching

/// Accounts over REST. Sources: "Get Account Balance", "Get Extended Balance", "Get Trade Balance", "Get Open Orders",
/// "Get Closed Orders", "Query Orders Info", "Get Trades History", "Query Trades Info", "Get Trade Volume", "Get
/// WebSockets Token".
extension KrakenVenue {
  private static let page = 50

  func registerAccount() {
    privateEndpoints["Balance"] = Endpoint(weight: 1) { [unowned self] call in
      balances(call.account) { .s(money($0.total)) }
    }
    privateEndpoints["BalanceEx"] = Endpoint(weight: 1) { [unowned self] call in
      balances(call.account) { .make([("balance", .s(money($0.total))), ("hold_trade", .s(money($0.held)))]) }
    }
    privateEndpoints["TradeBalance"] = Endpoint(weight: 1) { [unowned self] call in
      let cash =
        exchange.assets.firstIndex(of: "USD").map { exchange.ledger.balance(call.account, $0) } ?? Balance(total: 0)
      let text = JSONValue.s(money(cash.total, places: 4))
      return .make([
        ("eb", text), ("tb", text), ("m", "0.0000"), ("n", "0.0000"), ("c", "0.0000"), ("v", "0.0000"), ("e", text),
        ("mf", .s(money(cash.available, places: 4))),
      ])
    }
    privateEndpoints["OpenOrders"] = Endpoint(weight: 1) { [unowned self] call throws(KrakenError) in
      let open = matching(exchange.state(call.account).live, call.parameters)
      return .make([("open", .make(open.map { (name($0.id), written($0)) }))])
    }
    privateEndpoints["ClosedOrders"] = Endpoint(weight: 1) { [unowned self] call throws(KrakenError) in
      let closed = matching(exchange.state(call.account).all.reversed(), call.parameters).filter { !$0.isLive }
      let some = closed.filter { order in
        let isMade = isWithin(order.created, call.parameters)
        let isEnded = isWithin(order.updated, call.parameters)
        return switch call.parameters["closetime"] {
        case "open": isMade
        case "close": isEnded
        default: isMade || isEnded
        }
      }
      let page = some.dropFirst(Int(max(0, call.parameters.integer("ofs") ?? 0))).prefix(Self.page)
      return .make([
        ("closed", .make(page.map { (name($0.id), written($0)) })), ("count", .n(some.count)),
      ])
    }
    privateEndpoints["QueryOrders"] = Endpoint(weight: 1) { [unowned self] call throws(KrakenError) in
      guard let text = call.parameters["txid"] else { throw .invalid("txid") }
      let orders = text.split(separator: ",").compactMap {
        orderIDs[String($0)].flatMap { exchange.find(call.account, id: $0, client: "") }
      }
      guard !orders.isEmpty else { throw .unknownOrder }
      return .make(orders.map { (name($0.id), written($0)) })
    }
    privateEndpoints["TradesHistory"] = Endpoint(weight: 2) { [unowned self] call throws(KrakenError) in
      let fills = exchange.state(call.account).fills.reversed().filter { isWithin($0.time, call.parameters) }
      let page = fills.dropFirst(Int(max(0, call.parameters.integer("ofs") ?? 0))).prefix(Self.page)
      return .make([("count", .n(fills.count)), ("trades", .make(page.map { (name(of: $0), written($0)) }))])
    }
    privateEndpoints["QueryTrades"] = Endpoint(weight: 2) { [unowned self] call throws(KrakenError) in
      let names = (call.parameters["txid"] ?? "").split(separator: ",").map(String.init)
      let fills = exchange.state(call.account).fills.filter { names.contains(name(of: $0)) }
      guard !fills.isEmpty else { throw KrakenError("EOrder:Invalid order") }
      return .make(fills.map { (name(of: $0), written($0)) })
    }
    registerRest()
  }

  private func registerRest() {
    privateEndpoints["TradeVolume"] = Endpoint(weight: 1) { [unowned self] call throws(KrakenError) in
      var (takers, makers): ([(String, JSONValue)], [(String, JSONValue)]) = ([], [])
      for pair in (call.parameters["pair"] ?? "").split(separator: ",") {
        let rules = exchange.markets[try market(String(pair))].rules
        takers.append((KrakenNames.pair(rules.market), fee(rules.takerFee)))
        makers.append((KrakenNames.pair(rules.market), fee(rules.makerFee)))
      }
      return .make([
        ("currency", "ZUSD"), ("volume", "0.0000"), ("fees", .make(takers)), ("fees_maker", .make(makers)),
      ])
    }
    privateEndpoints["GetWebSocketsToken"] = Endpoint(weight: 1) { [unowned self] call in
      .make([("token", .s(makeToken(call.account))), ("expires", .n(Self.tokenLife / Self.second))])
    }
  }

  /// A rate in percent.
  private func fee(_ rate: Int64) -> JSONValue {
    let text = JSONValue.s(fixed(Int128(rate / 100), places: 4))
    return .make([
      ("fee", text), ("minfee", text), ("maxfee", text), ("nextfee", .none), ("nextvolume", .none),
      ("tiervolume", "0.0000"),
    ])
  }

  private func balances(_ account: Participant, _ write: (Balance) -> JSONValue) -> JSONValue {
    .make(
      exchange.assets.indices.map { asset in
        (KrakenNames.asset(exchange.assets[asset]), write(exchange.ledger.balance(account, asset)))
      })
  }

  private func matching(_ ids: [OrderID], _ parameters: Parameters) -> [Order] {
    ids.compactMap { exchange.orders[$0] }.filter { order in
      (parameters["cl_ord_id"] == nil || order.client == parameters["cl_ord_id"])
        && (parameters["userref"] == nil || order.request.words["userref"] == parameters["userref"])
    }
  }

  /// `start` is exclusive, `end` inclusive: seconds, or an id of an order.
  private func isWithin(_ time: Int64, _ parameters: Parameters) -> Bool {
    func bound(_ name: String) -> Int64? {
      guard let text = parameters[name] else { return nil }
      if let id = orderIDs[text] { return exchange.orders[id]?.created }
      return Decimal64(text).map { $0.mantissa(at: -9) ?? ($0.isNegative ? .min : .max) }
    }
    if let start = bound("start"), time <= start { return false }
    if let end = bound("end"), time > end { return false }
    return true
  }

  // MARK: Words

  func name(of fill: Fill) -> String { name(trade: fill.trade, fill.market, isMaker: fill.isMaker) }

  /// The average price; 0 when nothing is filled.
  func average(_ order: Order) -> String {
    guard order.filled > 0 else { return price(order.market, 0) }
    let rules = exchange.markets[order.market].rules
    return fixed(order.filledValue * 100_000 / rules.amount(order.filled), places: 5)
  }

  private func written(_ order: Order) -> JSONValue {
    let request = order.request
    let market = exchange.markets[order.market].rules.market
    let status =
      switch order.status {
      case .untriggered, .open: "open"
      case .filled: "closed"
      case .cancelled, .expiredInMatch, .rejected: "canceled"
      case .expired: request.force == .goodTilCancelled && request.type.hasPrice ? "expired" : "canceled"
      }
    let isConditional = request.words["type"]?.contains("-") == true
    let first = isConditional ? request.stop : order.price
    let second = isConditional ? order.price : 0
    let volume = request.value.map { money($0) } ?? self.volume(order.market, order.quantity)
    return .make([
      ("refid", .none), ("userref", request.words["userref"].map { .n($0) } ?? .n(0)),
      ("cl_ord_id", order.client.isEmpty ? .none : .s(order.client)), ("status", .s(status)),
      ("reason", order.reason.isEmpty ? .none : .s(order.reason)), ("opentm", seconds(order.created)),
      ("closetm", order.isLive ? .n(0) : seconds(order.updated)), ("starttm", .n(0)), ("expiretm", .n(0)),
      (
        "descr",
        .make([
          ("pair", .s(KrakenNames.short(market))), ("type", .s(order.side == .buy ? "buy" : "sell")),
          ("ordertype", .s(request.words["type"] ?? "limit")), ("price", .s(price(order.market, first))),
          ("price2", .s(price(order.market, second))), ("leverage", "none"), ("order", .s(sentence(request))),
          ("close", ""),
        ])
      ),
      ("vol", .s(volume)), ("vol_exec", .s(self.volume(order.market, order.filled))),
      ("cost", .s(money(order.filledValue, places: 5))), ("fee", .s(money(order.feeQuote, places: 5))),
      ("price", .s(average(order))), ("stopprice", .s(price(order.market, isConditional ? request.stop : 0))),
      ("limitprice", .s(price(order.market, 0))), ("misc", .s(order.wasTriggered ? "stopped" : "")),
      ("oflags", .s(request.words["oflags"] ?? "fciq")),
      ("timeinforce", .s(request.force == .immediateOrCancel ? "IOC" : request.force == .fillOrKill ? "FOK" : "GTC")),
      ("trades", .list(exchange.fills(of: order).map { .s(name(of: $0)) })),
    ])
  }

  private func written(_ fill: Fill) -> JSONValue {
    let order = exchange.orders[fill.order]
    let market = exchange.markets[fill.market].rules.market
    return .make([
      ("ordertxid", .s(name(fill.order))), ("postxid", .s("")), ("pair", .s(KrakenNames.pair(market))),
      ("time", seconds(fill.time)), ("type", .s(fill.side == .buy ? "buy" : "sell")),
      ("ordertype", .s(order?.request.words["type"] ?? "limit")), ("price", .s(price(fill.market, fill.price))),
      ("cost", .s(money(fill.value, places: 5))), ("fee", .s(money(fill.fee, places: 5))),
      ("vol", .s(volume(fill.market, fill.quantity))), ("margin", "0.00000"), ("leverage", "0"), ("misc", ""),
      ("trade_id", .n(fill.trade)), ("maker", .b(fill.isMaker)),
      ("cl_ord_id", fill.client.isEmpty ? .none : .s(fill.client)),
    ])
  }
}
