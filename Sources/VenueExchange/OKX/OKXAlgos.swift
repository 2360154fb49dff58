import Decimals
import JSONTree
import Matching
import Venue

/// A conditional order, which places the real one when its price is reached.
struct OKXAlgo {
  enum State: String { case live, effective, canceled, failed = "order_failed" }

  let id: UInt64
  let client: String
  var request: OrderRequest
  /// Its prices as they were sent: `slTriggerPx`, `slOrdPx`, `tpTriggerPx`, `tpOrdPx`.
  var prices: [String: String]
  var state = State.live
  var actual: OrderID?
  var failure = 0
  /// Nanoseconds of the venue's clock.
  let created: Int64
  var updated: Int64
  var triggered: Int64 = 0
}

/// Stop and take-profit orders of the type `conditional`. Sources: "POST / Place algo order", "POST / Cancel algo
/// order", "GET / Algo order details", "GET / Algo order list", "GET / Algo order history", "WS / Algo orders channel".
/// Money is looked at when they are triggered, not before.
extension OKXVenue {
  private static let mostAlgos = 500

  func registerAlgos() {
    add("POST /api/v5/trade/order-algo", .signed, 20, isByMarket: true) { [unowned self] call throws(OKXError) in
      answer(call.items.prefix(1)) { [unowned self] parameters throws(OKXError) in
        try placeAlgo(parameters, call.account)
      }
    }
    add("POST /api/v5/trade/cancel-algos", .signed, 20, isByOrder: true) { [unowned self] call throws(OKXError) in
      answer(call.items[...]) { [unowned self] parameters throws(OKXError) in
        try cancelAlgo(parameters, call.account)
      }
    }
    if isPerpetual {
      add("POST /api/v5/trade/amend-algos", .signed, 20, isByMarket: true) { [unowned self] call throws(OKXError) in
        answer(call.items.prefix(1)) { [unowned self] parameters throws(OKXError) in
          try amendAlgo(parameters, call.account)
        }
      }
    }
    add("GET /api/v5/trade/order-algo", .signed, 20) { [unowned self] call throws(OKXError) in
      Answer(data: [written(algos[try namedAlgo(call.parameters, call.account, .noOrder)])])
    }
    for name in ["pending", "history"] {
      add("GET /api/v5/trade/orders-algo-\(name)", .signed, 20) { [unowned self] call throws(OKXError) in
        guard let type = call.parameters["ordType"] else { throw .missing("ordType") }
        let state = call.parameters["state"]
        if name == "history", state == nil, call.parameters["algoId"] == nil { throw .missing("state") }
        let market = call.parameters["instId"] == nil ? nil : try market(call.parameters)
        let page = try Page(call.parameters, begin: "begin", end: "end")
        guard isOfType(call), type.split(separator: ",").contains("conditional") else { return Answer(data: []) }
        let some = algos.reversed().filter {
          $0.request.account == call.account && ($0.state == .live) == (name == "pending")
            && (market == nil || $0.request.market == market)
            && (state == nil || name == "pending" || state == $0.state.rawValue)
            && page.holds($0.id, at: $0.created / Self.millisecond)
        }
        return Answer(data: some.prefix(page.limit).map { written($0) })
      }
    }
  }

  private func answer(
    _ items: ArraySlice<JSONValue>, _ run: (Parameters) throws(OKXError) -> OKXAlgo
  ) -> Answer {
    var answer = Answer(data: [])
    for item in items {
      var (error, algo) = (OKXError(0, ""), OKXAlgo?.none)
      do throws(OKXError) { algo = try run(Parameters(item)) } catch let refusal { error = refusal }
      if error.code != 0 { (answer.code, answer.text) = (1, "All operations failed") }
      let id = algo.map { String($0.id) } ?? item["algoId"]?.string ?? ""
      let client = algo?.client ?? item["algoClOrdId"]?.string ?? ""
      answer.data.append(
        .make([
          ("algoId", .s(id)), ("clOrdId", ""), ("algoClOrdId", .s(client)), ("sCode", .s(String(error.code))),
          ("sMsg", .s(error.text)), ("tag", ""),
        ]))
    }
    return answer
  }

  private func namedAlgo(
    _ parameters: Parameters, _ account: Participant, _ missing: OKXError
  ) throws(OKXError) -> Int {
    let (id, client) = (parameters["algoId"], parameters["algoClOrdId"])
    guard id != nil || client != nil else { throw .noNames }
    let place = algos.lastIndex {
      $0.request.account == account && (id == nil ? $0.client == client : String($0.id) == id)
    }
    guard let place else { throw missing }
    return place
  }

  private func placeAlgo(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> OKXAlgo {
    let market = try market(parameters)
    guard parameters["ordType"] == "conditional" else { throw .malformed("ordType") }
    guard let mode = parameters["tdMode"], mode == self.mode else { throw .malformed("tdMode") }
    let client = try client(parameters, "algoClOrdId")
    let isTake = parameters["tpTriggerPx"] != nil
    guard isTake != (parameters["slTriggerPx"] != nil) else { throw .malformed("slTriggerPx") }
    let prefix = isTake ? "tp" : "sl"
    var request = OrderRequest(account: account, market: market, side: try side(parameters))
    request.stop = try price(parameters, prefix + "TriggerPx", market)
    let source = parameters[prefix + "TriggerPxType"] ?? "last"
    guard source == "last" || source == "mark" else { throw .malformed(prefix + "TriggerPxType") }
    request.stopSource = source == "mark" ? .mark : .last
    let isMarket = parameters[prefix + "OrdPx"] == "-1"
    if !isMarket { request.price = try price(parameters, prefix + "OrdPx", market) }
    request.type =
      isTake ? (isMarket ? .takeMarket : .takeLimit) : (isMarket ? .stopMarket : .stopLimit)
    request.quantity = try size(parameters, "sz", market)
    request.words = ["ordType": isMarket ? "market" : "limit", "tdMode": mode]
    if isMarket, !isPerpetual { request.words["tgtCcy"] = "base_ccy" }
    try readPosition(parameters, &request)
    let mine = algos.filter { $0.state == .live && $0.request.account == account }
    guard client.isEmpty || !mine.contains(where: { $0.client == client }) else {
      throw OKXError(51065, "algoClOrdId already exists.")
    }
    guard mine.count < Self.mostAlgos else {
      throw OKXError(51261, "Each user can hold up to \(Self.mostAlgos) pending stop orders at the same time.")
    }
    let names = ["slTriggerPx", "slOrdPx", "tpTriggerPx", "tpOrdPx"]
    let prices = Dictionary(uniqueKeysWithValues: names.compactMap { name in parameters[name].map { (name, $0) } })
    let algo = OKXAlgo(
      id: 681_096_944_655_273_984 + (isPerpetual ? 1 << 40 : 0) + UInt64(algos.count), client: client,
      request: request, prices: prices, created: clock, updated: clock)
    guard !isReached(algo) else { throw Self.triggersAtOnce(isTake: isTake, request.side) }
    algos.append(algo)
    changedAlgos.append(algos.count - 1)
    return algo
  }

  private static func triggersAtOnce(isTake: Bool, _ side: Side) -> OKXError {
    let isLower = isTake == (side == .sell)
    let code = isTake ? (isLower ? 51279 : 51277) : (isLower ? 51278 : 51280)
    return OKXError(
      code, "\(isTake ? "TP" : "SL") trigger price cannot be \(isLower ? "lower" : "higher") than the last price")
  }

  private func cancelAlgo(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> OKXAlgo {
    let place = try namedAlgo(parameters, account, .notCancelled)
    guard algos[place].state == .live else { throw .notCancelled }
    algos[place].state = .canceled
    algos[place].updated = clock
    changedAlgos.append(place)
    return algos[place]
  }

  /// "POST / Amend algo order": of perpetuals.
  private func amendAlgo(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> OKXAlgo {
    let place = try namedAlgo(parameters, account, .notCancelled)
    guard algos[place].state == .live else { throw .notCancelled }
    var algo = algos[place]
    if parameters["newSz"] != nil { algo.request.quantity = try size(parameters, "newSz", algo.request.market) }
    for prefix in ["sl", "tp"] where algo.prices[prefix + "OrdPx"].map({ $0 != "-1" }) == true {
      let name = prefix == "sl" ? "newSlOrdPx" : "newTpOrdPx"
      guard let text = parameters[name] else { continue }
      algo.request.price = try price(parameters, name, algo.request.market)
      algo.prices[prefix + "OrdPx"] = text
    }
    algo.updated = clock
    algos[place] = algo
    changedAlgos.append(place)
    return algo
  }

  private func isReached(_ algo: OKXAlgo) -> Bool {
    algo.request.trigger.map { exchange.isReached($0, algo.request.side, algo.request.market) } ?? false
  }

  /// Places the orders whose price was reached.
  func triggerAlgos() {
    for place in algos.indices where algos[place].state == .live && isReached(algos[place]) {
      var request = algos[place].request
      request.type = request.type.hasPrice ? .limit : .market
      request.force = request.type == .market ? .immediateOrCancel : .goodTilCancelled
      request.words["algo"] = String(place)
      request.origin = algos[place].client
      (algos[place].updated, algos[place].triggered) = (clock, clock)
      do throws(OKXError) {
        algos[place].state = .effective
        algos[place].actual = try placed(request).id
      } catch {
        (algos[place].state, algos[place].failure) = (.failed, error.code)
      }
      changedAlgos.append(place)
    }
  }

  /// "WS / Algo orders channel": nothing at first, then each change.
  func tellAlgos(_ actions: inout [VenueAction]) {
    for place in changedAlgos {
      publish("orders-algo", account: algos[place].request.account, [written(algos[place])], &actions)
    }
    changedAlgos = []
  }

  /// The conditional order that an order comes from.
  func algo(of order: Order) -> (id: String, client: String)? {
    order.request.words["algo"].flatMap { Int($0) }.map { (String(algos[$0].id), algos[$0].client) }
  }

  private func written(_ algo: OKXAlgo) -> JSONValue {
    let request = algo.request
    let actual = algo.actual.flatMap { exchange.orders[$0] }
    let id = algo.actual.map { String($0) } ?? ""
    func price(_ name: String) -> (String, JSONValue) { (name, .s(algo.prices[name] ?? "")) }
    let source: JSONValue = request.stopSource == .mark ? "mark" : "last"
    let members: [(String, JSONValue)] = [
      ("instType", .s(instrumentType)), ("instId", .s(exchange.markets[request.market].rules.market.symbol)),
      ("algoId", .s(String(algo.id))), ("algoClOrdId", .s(algo.client)), ("ordId", .s(id)),
      ("ordIdList", .list(id.isEmpty ? [] : [.s(id)])), ("clOrdId", ""), ("ordType", "conditional"),
      ("side", .s(Self.word(request.side))), ("posSide", .s(leg(request))),
      ("tdMode", .s(request.words["tdMode"] ?? "")), ("tgtCcy", .s(request.words["tgtCcy"] ?? "")),
      ("sz", .s(size(request.market, request.quantity))), ("state", .s(algo.state.rawValue)), price("slTriggerPx"),
      price("slOrdPx"), price("tpTriggerPx"), price("tpOrdPx"), ("slTriggerPxType", source),
      ("tpTriggerPxType", source), ("actualSz", .s(actual.map { size($0.market, $0.filled) } ?? "0")),
      ("actualPx", .s(actual.map { average($0) } ?? "")), ("actualSide", ""),
      ("failCode", .s(algo.failure == 0 ? "" : String(algo.failure))),
      ("reduceOnly", .s(request.reducesOnly ? "true" : "false")),
      ("triggerTime", algo.triggered == 0 ? "" : Self.ms(algo.triggered)), ("cTime", Self.ms(algo.created)),
      ("uTime", Self.ms(algo.updated)),
    ]
    return .make(members)
  }
}
