import Decimals
import JSONTree
import Matching

/// Orders and executions as they are asked for. Sources: "GET / Order details", "GET / Order List", "GET / Order
/// history (last 7 days)", "(last 3 months)", "GET / Transaction details (last 3 days)", "(last 3 months)".
extension OKXVenue {
  private static let hour: Int64 = 3600 * EngineVenue.second
  private static let day: Int64 = 24 * hour

  func registerQueries() {
    add("GET /api/v5/trade/order", .signed, 60, isByMarket: true) { [unowned self] call throws(OKXError) in
      let order = try named(call.parameters, call.account, .noOrder)
      guard order.isLive || isKept(order, for: 90 * Self.day) else { throw .noOrder }
      return Answer(data: [written(order)])
    }
    add("GET /api/v5/trade/orders-pending", .signed, 60) { [unowned self] call throws(OKXError) in
      try checkType(call, isNeeded: false)
      return try list(call, exchange.state(call.account).live) { _ in true }
    }
    for (name, limit, reach) in [("orders-history", 40, 7 * Self.day), ("orders-history-archive", 20, 90 * Self.day)] {
      add("GET /api/v5/trade/\(name)", .signed, limit) { [unowned self] call throws(OKXError) in
        try checkType(call, isNeeded: true)
        return try list(call, exchange.state(call.account).all) { [unowned self] in
          !$0.isLive && isKept($0, for: reach)
        }
      }
    }
    for (name, limit, reach) in [("fills", 60, 3 * Self.day), ("fills-history", 10, 90 * Self.day)] {
      add("GET /api/v5/trade/\(name)", .signed, limit) { [unowned self] call throws(OKXError) in
        try checkType(call, isNeeded: name == "fills-history")
        return try fills(call, reach: reach)
      }
    }
  }

  /// "The incomplete orders that have been canceled are only reserved for 2 hours": those without an execution.
  private func isKept(_ order: Order, for reach: Int64) -> Bool {
    clock - order.updated <= (order.filled == 0 ? 2 * Self.hour : reach)
  }

  /// Newest first, between what `after` and `before` name; times are those of the orders.
  private func list(
    _ call: Call, _ ids: [OrderID], _ holds: @escaping (Order) -> Bool
  ) throws(OKXError) -> Answer {
    guard isOfType(call) else { return Answer(data: []) }
    let parameters = call.parameters
    let market = parameters["instId"] == nil ? nil : try market(parameters)
    let page = try Page(parameters, begin: "begin", end: "end")
    let types = parameters["ordType"]?.split(separator: ",").map(String.init)
    let some = ids.reversed().lazy.compactMap { self.exchange.orders[$0] }.filter { order in
      order.status != .untriggered && (market == nil || order.market == market) && holds(order)
        && page.holds(order.id, at: order.created / Self.millisecond)
        && types?.contains(order.request.words["ordType"] ?? "") != false
        && (parameters["state"] == nil || parameters["state"] == Self.state(order))
    }
    return Answer(data: some.prefix(page.limit).map { written($0) })
  }

  private func fills(_ call: Call, reach: Int64) throws(OKXError) -> Answer {
    guard isOfType(call) else { return Answer(data: []) }
    let parameters = call.parameters
    let market = parameters["instId"] == nil ? nil : try market(parameters)
    let order = parameters["ordId"].map { OrderID($0) ?? 0 }
    let page = try Page(parameters, begin: "begin", end: "end")
    let all = exchange.state(call.account).fills
    let some = all.indices.reversed().lazy.filter { [clock] place in
      let fill = all[place]
      return clock - fill.time <= reach && (market == nil || fill.market == market)
        && (order == nil || fill.order == order)
        && page.holds(Self.bill(place), at: fill.time / Self.millisecond)
    }
    return Answer(data: some.prefix(page.limit).map { written(all[$0], bill: Self.bill($0)) })
  }

  static func bill(_ place: Int) -> UInt64 { 680_800_019_754_098_688 + UInt64(place) }

  /// Which part of a list a request wants: ids older than `after` and newer than `before`, times in milliseconds.
  struct Page {
    private let after: UInt64
    private let before: UInt64
    private let begin: Int64
    private let end: Int64
    let limit: Int

    init(_ parameters: Parameters, begin: String, end: String) throws(OKXError) {
      func id(_ name: String) throws(OKXError) -> UInt64? {
        guard let text = parameters[name] else { return nil }
        guard let id = UInt64(text) else { throw .malformed(name) }
        return id
      }
      func number(_ name: String) throws(OKXError) -> Int64? {
        guard parameters[name] != nil else { return nil }
        guard let number = parameters.integer(name) else { throw .malformed(name) }
        return number
      }
      after = try id("after") ?? .max
      before = try id("before") ?? 0
      self.begin = try number(begin) ?? .min
      self.end = try number(end) ?? .max
      let wanted = try number("limit") ?? 100
      guard wanted > 0 else { throw .malformed("limit") }
      limit = Int(min(100, wanted))
    }

    func holds(_ id: UInt64, at time: Int64) -> Bool { id < after && id > before && time >= begin && time <= end }
  }

  // MARK: Words

  static func state(_ order: Order) -> String {
    switch order.status {
    case .untriggered, .open: order.filled > 0 ? "partially_filled" : "live"
    case .filled: "filled"
    case .cancelled, .expired, .expiredInMatch, .rejected: "canceled"
    }
  }

  /// "cancelSource" and its reason.
  private func cancelSource(_ order: Order) -> (String, String) {
    switch order.status {
    case .cancelled where order.reason == Exchange.postOnlyReason:
      ("31", "The post-only order will take liquidity in taker orders")
    case .cancelled: ("1", "Order canceled by user")
    case .expiredInMatch: ("32", "Self trade prevention")
    case .expired where order.request.force == .fillOrKill:
      ("13", "Order canceled: FOK order was canceled due to incompletely filled.")
    case .expired where order.request.force == .immediateOrCancel:
      ("14", "Order canceled: IOC order was partially canceled due to incompletely filled.")
    case .expired, .rejected: ("0", "Order canceled by system")
    case .untriggered, .open, .filled: ("", "")
    }
  }

  /// To four places more than prices have; empty when nothing is filled.
  func average(_ order: Order) -> String {
    guard order.filled > 0 else { return "" }
    let all = exchange.state(order.account).fills
    let value = order.fills.reduce(Int128(0)) { $0 + Int128(all[$1].price) * Int128(all[$1].quantity) }
    let mean = (value * 10_000 + Int128(order.filled) / 2) / Int128(order.filled)
    let exponent = exchange.markets[order.market].rules.priceExponent - 4
    return Decimal64(mantissa: Int64(clamping: mean), exponent: exponent).plain
  }

  /// An order with its last execution.
  private func written(_ order: Order) -> JSONValue {
    .make(members(order, order.fills.last.map { exchange.state(order.account).fills[$0] }, Self.state(order)))
  }

  /// What REST and the orders channel write of an order, with one execution or none.
  func members(_ order: Order, _ fill: Fill?, _ state: String) -> [(String, JSONValue)] {
    let request = order.request
    let rules = exchange.markets[order.market].rules
    let (source, reason) = cancelSource(order)
    let algo = algo(of: order)
    let all = exchange.state(order.account).fills
    let realized = order.fills.reduce(Amount(0)) { $0 + all[$1].realized }
    let head: [(String, JSONValue)] = [
      ("instType", .s(instrumentType)), ("instId", .s(rules.market.symbol)), ("ccy", ""),
      ("ordId", .s(String(order.id))), ("clOrdId", .s(request.isForced ? "" : order.client)), word(request, "tag"),
      word(request, "tgtCcy"),
      ("px", .s(order.price > 0 ? price(order.market, order.price) : "")),
      ("sz", .s(request.words["sz"] ?? size(order.market, order.quantity))), ("pnl", .s(amount(realized))),
      word(request, "ordType"),
      ("side", .s(Self.word(order.side))), ("posSide", .s(leg(request))), word(request, "tdMode"),
      ("accFillSz", .s(size(order.market, order.filled))), ("avgPx", .s(average(order))),
    ]
    let tail: [(String, JSONValue)] = [
      ("state", .s(state)), ("rebate", "0"), ("rebateCcy", .s(rules.market.quote)), ("source", ""),
      ("category", request.isForced ? "full_liquidation" : "normal"),
      ("reduceOnly", .s(request.reducesOnly ? "true" : "false")),
      ("cancelSource", .s(source)), ("cancelSourceReason", .s(reason)), ("algoClOrdId", .s(algo?.client ?? "")),
      ("algoId", .s(algo?.id ?? "")), ("stpMode", .s(Self.word(request.selfTrade))), ("lever", ""),
      ("uTime", Self.ms(order.updated)), ("cTime", Self.ms(order.created)),
    ]
    return head + execution(fill) + fees(order) + tail
  }

  func leg(_ request: OrderRequest) -> String { isPerpetual ? Self.word(request.positionSide) : "" }

  private func word(_ request: OrderRequest, _ name: String) -> (String, JSONValue) {
    (name, .s(request.words[name] ?? ""))
  }

  private func execution(_ fill: Fill?) -> [(String, JSONValue)] {
    guard let fill else { return [("fillPx", ""), ("fillSz", "0"), ("tradeId", ""), ("fillTime", "")] }
    return [
      ("fillPx", .s(price(fill.market, fill.price))), ("fillSz", .s(size(fill.market, fill.quantity))),
      ("tradeId", .s(String(fill.trade))), ("fillTime", Self.ms(fill.time)),
    ]
  }

  /// What it has cost so far stands negative.
  private func fees(_ order: Order) -> [(String, JSONValue)] {
    let market = exchange.markets[order.market].rules.market
    let isInBase = order.side == .buy && !isPerpetual
    let paid = isInBase ? order.feeBase : order.feeQuote
    return [("feeCcy", .s(isInBase ? market.base : market.quote)), ("fee", .s(amount(-paid)))]
  }

  static func word(_ side: Side) -> String { side == .buy ? "buy" : "sell" }

  static func word(_ side: PositionSide) -> String {
    switch side {
    case .both: "net"
    case .long: "long"
    case .short: "short"
    }
  }

  private static func word(_ rule: SelfTrade) -> String {
    switch rule {
    case .expireMaker: "cancel_maker"
    case .expireTaker: "cancel_taker"
    case .expireBoth: "cancel_both"
    }
  }

  private func written(_ fill: Fill, bill: UInt64) -> JSONValue {
    let rules = exchange.markets[fill.market].rules
    let rate = fill.isMaker ? rules.makerFee : rules.takerFee
    let members: [(String, JSONValue)] = [
      ("instType", .s(instrumentType)), ("instId", .s(rules.market.symbol)), ("tradeId", .s(String(fill.trade))),
      ("ordId", .s(String(fill.order))), ("clOrdId", .s(fill.client)), ("billId", .s(String(bill))),
      ("subType", .s(fill.side == .buy ? "1" : "2")), ("tag", ""), ("fillPx", .s(price(fill.market, fill.price))),
      ("fillSz", .s(size(fill.market, fill.quantity))), ("fillPnl", .s(amount(fill.realized))),
      ("side", .s(Self.word(fill.side))), ("posSide", .s(Self.word(fill.positionSide))),
      ("execType", .s(fill.isMaker ? "M" : "T")), ("feeCcy", .s(exchange.assets[fill.feeAsset])),
      ("fee", .s(amount(-fill.fee))), ("feeRate", .s(fixed(Int128(-rate), places: 8))),
      ("fillTime", Self.ms(fill.time)), ("ts", Self.ms(fill.time)),
    ]
    return .make(members)
  }
}
