import Decimals
import JSONTree
import Matching
import Venue

/// A conditional order of the algo service, which places the real order when its price is reached.
struct AlgoOrder {
  enum Status: String {
    case new = "NEW", cancelled = "CANCELED", triggered = "TRIGGERED", finished = "FINISHED", rejected = "REJECTED"
  }

  let id: UInt64
  let request: OrderRequest
  var usesMark: Bool { request.stopSource == .mark }
  let closesPosition: Bool
  var status = Status.new
  var actual: OrderID?
  let created: Int64
  var updated: Int64
  var triggered: Int64 = 0
  var reason = ""
}

/// Conditional orders. Sources: "New Algo Order", "Cancel Algo Order", "Query Algo Order", "Current All Algo Open
/// Orders", "Event: Algo Order Update". Margin is checked when they are triggered, not before. The real order carries
/// the client's id of the conditional one.
extension FuturesVenue {
  static let mostAlgos = 200

  func registerAlgos() {
    add("POST /fapi/v1/algoOrder", .signed, 0, orders: 1) { [unowned self] call throws(BinanceError) in
      try placeAlgo(call)
    }
    add("DELETE /fapi/v1/algoOrder", .signed, 1) { [unowned self] call throws(BinanceError) in
      let place = try namedAlgo(call, .unknownOrder)
      guard algos[place].status == .new else { throw .unknownOrder }
      algos[place].status = .cancelled
      algos[place].updated = clock
      unpublished.append(place)
      return .make([
        ("algoId", .n(algos[place].id)), ("clientAlgoId", .s(algos[place].request.client)), ("code", "200"),
        ("msg", "success"),
      ])
    }
    add("DELETE /fapi/v1/algoOpenOrders", .signed, 1) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      for place in algos.indices
      where algos[place].status == .new && algos[place].request.market == market
        && algos[place].request.account == call.account
      {
        algos[place].status = .cancelled
        algos[place].updated = clock
        unpublished.append(place)
      }
      return .make([("code", "200"), ("msg", "The operation of cancel all open order is done.")])
    }
    add("GET /fapi/v1/algoOrder", .signed, 1) { [unowned self] call throws(BinanceError) in
      written(algos[try namedAlgo(call, .notFound)])
    }
    for (path, onlyOpen) in [("openAlgoOrders", true), ("allAlgoOrders", false)] {
      add("GET /fapi/v1/\(path)", .signed, { $0["symbol"] == nil ? 40 : 1 }) {
        [unowned self] call throws(BinanceError) in
        let market = call.parameters["symbol"] == nil ? nil : try market(call.parameters)
        let some = algos.filter {
          $0.request.account == call.account && (market == nil || $0.request.market == market)
            && (!onlyOpen || $0.status == .new)
        }
        return .list(some.map { written($0) })
      }
    }
  }

  private func namedAlgo(_ call: Call, _ missing: BinanceError) throws(BinanceError) -> Int {
    let id = call.parameters["algoId"]
    let client = call.parameters["clientAlgoId"]
    guard id != nil || client != nil else {
      throw BinanceError(-1102, "Param 'algoid' or 'clientalgoid' must be sent, but both were empty/null!")
    }
    let place = algos.lastIndex {
      $0.request.account == call.account && (id == nil ? $0.request.client == client : String($0.id) == id)
    }
    guard let place else { throw missing }
    return place
  }

  private func placeAlgo(_ call: Call) throws(BinanceError) -> JSONValue {
    guard call.parameters["algoType"] == "CONDITIONAL" else { throw .malformed("algoType") }
    var request = try head(call)
    let types: [String: OrderType] = [
      "STOP": .stopLimit, "STOP_MARKET": .stopMarket, "TAKE_PROFIT": .takeLimit, "TAKE_PROFIT_MARKET": .takeMarket,
    ]
    guard let word = call.parameters["type"] else { throw .missing("type") }
    guard let type = types[word] else { throw BinanceError(-1116, "Invalid orderType.") }
    request.type = type
    request.words = ["original": word, "type": type.hasPrice ? "LIMIT" : "MARKET"]
    request.client = try clientName(call, "clientAlgoId")
    if type.hasPrice || call.parameters["timeInForce"] == nil { try readForce(call, &request) }
    let closes = call.parameters.flag("closePosition")
    if closes {
      guard !type.hasPrice, call.parameters["quantity"] == nil else {
        throw BinanceError(-1106, "Parameter 'quantity' sent when not required.")
      }
      request.reducesOnly = request.positionSide == .both
    } else {
      request.quantity = try quantity(call, "quantity", request.market)
    }
    if type.hasPrice { request.price = try price(call, "price", request.market) }
    request.stop = try price(call, "triggerPrice", request.market)
    request.stopSource = call.parameters["workingType"] == "MARK_PRICE" ? .mark : .last
    let mine = algos.filter { $0.request.account == call.account && $0.status == .new }
    guard !mine.contains(where: { $0.request.client == request.client }),
      !exchange.hasOpen(call.account, client: request.client)
    else { throw BinanceError(-4116, "ClientOrderId is duplicated.") }
    guard mine.count < Self.mostAlgos else { throw BinanceError(-4045, "Reach max stop order limit.") }
    let algo = AlgoOrder(
      id: nextAlgo, request: request, closesPosition: closes, created: clock, updated: clock)
    guard !isReached(algo) else { throw BinanceError(-2021, "Order would immediately trigger.") }
    nextAlgo += 1
    algos.append(algo)
    waiting.append(algos.count - 1)
    unpublished.append(algos.count - 1)
    return written(algo)
  }

  private func isReached(_ algo: AlgoOrder) -> Bool {
    algo.request.trigger.map { exchange.isReached($0, algo.request.side, algo.request.market) } ?? false
  }

  /// Publishes the changes that were not published, and places the orders whose price was reached.
  func triggerAlgos(_ actions: inout [VenueAction]) {
    pushUnpublished(&actions)
    waiting.removeAll { algos[$0].status != .new }
    for place in waiting where isReached(algos[place]) {
      trigger(place)
      pushUnpublished(&actions)
    }
  }

  private func pushUnpublished(_ actions: inout [VenueAction]) {
    let places = unpublished
    unpublished = []
    for place in places { pushToAccount(algos[place].request.account, update(algos[place]), &actions) }
  }

  private func trigger(_ place: Int) {
    var request = algos[place].request
    request.type = request.type.hasPrice ? .limit : .market
    if algos[place].closesPosition {
      request.quantity = abs(exchange.position(request.account, request.market, request.positionSide).quantity)
    }
    (algos[place].updated, algos[place].triggered) = (clock, clock)
    do throws(Refusal) {
      if request.quantity == 0 { throw .reduceOnly }
      let order = try exchange.place(request, at: clock)
      exchange.finish(at: clock)
      (algos[place].status, algos[place].actual) = (.triggered, order.id)
    } catch {
      (algos[place].status, algos[place].reason) = (.rejected, translate(error, request.market).text)
    }
    unpublished.append(place)
  }

  /// The real order of a conditional one has ended.
  func finishAlgo(_ order: Order, _ actions: inout [VenueAction]) {
    guard !order.isLive, order.request.words["original"] != nil,
      let place = algos.lastIndex(where: { $0.actual == order.id && $0.status == .triggered })
    else { return }
    algos[place].status = .finished
    algos[place].updated = clock
    pushToAccount(order.account, update(algos[place]), &actions)
  }

  // MARK: Words

  private func written(_ algo: AlgoOrder) -> JSONValue {
    let request = algo.request
    let actual = algo.actual.flatMap { exchange.orders[$0] }
    return .make([
      ("algoId", .n(algo.id)), ("clientAlgoId", .s(request.client)), ("algoType", "CONDITIONAL"),
      ("orderType", .s(request.words["original"] ?? "")),
      ("symbol", .s(exchange.markets[request.market].rules.market.symbol)),
      ("side", .s(request.side == .buy ? "BUY" : "SELL")), ("positionSide", .s(Self.word(request.positionSide))),
      ("timeInForce", .s(request.isPostOnly ? "GTX" : Self.word(request.force))),
      ("quantity", .s(quantity(request.market, request.quantity))), ("algoStatus", .s(algo.status.rawValue)),
      ("triggerPrice", .s(price(request.market, request.stop))), ("price", .s(price(request.market, request.price))),
      ("icebergQuantity", .none), ("selfTradePreventionMode", .s(Self.word(request.selfTrade))),
      ("workingType", .s(algo.usesMark ? "MARK_PRICE" : "CONTRACT_PRICE")), ("priceMatch", "NONE"),
      ("closePosition", .b(algo.closesPosition)), ("priceProtect", .b(false)),
      ("reduceOnly", .b(request.reducesOnly)), ("createTime", Self.ms(algo.created)),
      ("updateTime", Self.ms(algo.updated)), ("triggerTime", Self.ms(algo.triggered)), ("goodTillDate", .n(0)),
      ("actualOrderId", .s(algo.actual.map { String($0) } ?? "")),
      ("actualPrice", .s(price(request.market, actual?.price ?? 0))),
      ("actualQty", .s(quantity(request.market, actual?.filled ?? 0))),
    ])
  }

  private func update(_ algo: AlgoOrder) -> JSONValue {
    let request = algo.request
    let actual = algo.actual.flatMap { exchange.orders[$0] }
    return .make([
      ("e", "ALGO_UPDATE"), ("T", Self.ms(algo.updated)), ("E", .n(milliseconds)),
      (
        "o",
        .make([
          ("caid", .s(request.client)), ("aid", .n(algo.id)), ("at", "CONDITIONAL"),
          ("o", .s(request.words["original"] ?? "")), ("s", .s(exchange.markets[request.market].rules.market.symbol)),
          ("S", .s(request.side == .buy ? "BUY" : "SELL")), ("ps", .s(Self.word(request.positionSide))),
          ("f", .s(request.isPostOnly ? "GTX" : Self.word(request.force))),
          ("q", .s(quantity(request.market, request.quantity))), ("X", .s(algo.status.rawValue)),
          ("ai", .s(algo.actual.map { String($0) } ?? "")), ("ap", .s(price(request.market, actual?.price ?? 0))),
          ("aq", .s(quantity(request.market, actual?.filled ?? 0))), ("act", .s(actual == nil ? "0" : "LIMIT")),
          ("tp", .s(price(request.market, request.stop))), ("p", .s(price(request.market, request.price))),
          ("V", .s(Self.word(request.selfTrade))), ("wt", .s(algo.usesMark ? "MARK_PRICE" : "CONTRACT_PRICE")),
          ("pm", "NONE"), ("cp", .b(algo.closesPosition)), ("pP", .b(false)), ("R", .b(request.reducesOnly)),
          ("tt", Self.ms(algo.triggered)), ("gtd", .n(0)), ("rm", .s(algo.reason)),
        ])
      ),
    ])
  }
}
