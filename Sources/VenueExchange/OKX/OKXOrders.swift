import Decimals
import JSONTree
import Matching

/// Placing, changing and cancelling orders, over REST and over the private socket. Sources: "POST / Place order",
/// "Place multiple orders", "Amend order", "Cancel order", and the pages of "WS / Place order" and the like.
extension OKXVenue {
  enum Operation { case place, amend, cancel }

  private static let mostItems = 20

  func registerOrders() {
    func add(_ name: String, _ access: Access, _ operation: Operation, isBatch: Bool) {
      self.add("POST /api/v5/trade/\(name)", access, isBatch ? 300 : 60, isByMarket: true, isByOrder: isBatch) {
        [unowned self] call throws(OKXError) in
        try act(operation, call.items, call.account, isBatch: isBatch)
      }
    }
    add("order", .timed, .place, isBatch: false)
    add("batch-orders", .timed, .place, isBatch: true)
    add("amend-order", .timed, .amend, isBatch: false)
    add("amend-batch-orders", .timed, .amend, isBatch: true)
    add("cancel-order", .signed, .cancel, isBatch: false)
    add("cancel-batch-orders", .signed, .cancel, isBatch: true)
    registerQueries()
  }

  /// What each order of a request came to: a code of its own, and one over all.
  func act(
    _ operation: Operation, _ items: [JSONValue], _ account: Participant, isBatch: Bool
  ) throws(OKXError) -> Answer {
    guard items.count == 1 || isBatch, let first = items.first, first.object != nil else { throw .malformed("args") }
    guard items.count <= Self.mostItems else {
      throw OKXError(51111, "Maximum \(Self.mostItems) orders can be placed in bulk", status: 400)
    }
    var answer = Answer(data: [])
    var failed = 0
    for item in items {
      let parameters = Parameters(item)
      var order: Order?
      var error = OKXError(0, operation == .place ? "Order placed" : "")
      do throws(OKXError) {
        switch operation {
        case .place: order = try place(parameters, account)
        case .amend: order = try amend(parameters, account)
        case .cancel: order = try cancel(parameters, account)
        }
      } catch let refusal {
        error = refusal
        failed += 1
      }
      let id = order.map { String($0.id) } ?? (operation == .place ? "" : parameters["ordId"] ?? "")
      answer.data.append(
        .make([
          ("clOrdId", .s(order?.client ?? parameters["clOrdId"] ?? "")), ("ordId", .s(id)),
          (operation == .amend ? "reqId" : "tag", .s(parameters[operation == .amend ? "reqId" : "tag"] ?? "")),
          ("ts", .s(String(milliseconds))), ("sCode", .s(String(error.code))), ("sMsg", .s(error.text)),
        ]))
    }
    if failed > 0 {
      let isWhole = failed == items.count
      (answer.code, answer.text) =
        isWhole ? (1, "All operations failed") : (2, "Bulk operation partially succeeded.")
    }
    return answer
  }

  // MARK: Reading

  private static let types: [String: (type: OrderType, force: Force)] = [
    "limit": (.limit, .goodTilCancelled), "post_only": (.limit, .goodTilCancelled), "ioc": (.limit, .immediateOrCancel),
    "fok": (.limit, .fillOrKill), "market": (.market, .immediateOrCancel),
    "optimal_limit_ioc": (.market, .immediateOrCancel),
  ]

  /// "A combination of case-sensitive alphanumerics, all numbers, or all letters of up to 32 characters."
  func client(_ parameters: Parameters, _ name: String) throws(OKXError) -> String {
    let text = parameters[name] ?? ""
    guard text.utf8.count <= 32, text.utf8.allSatisfy(Self.isAlphanumeric) else { throw .malformed(name) }
    return text
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool { byte &- 48 <= 9 || (byte | 32) &- 97 <= 25 }

  /// An order in the names of "Place order"; `tgtCcy` says what the size of a market order at spot counts.
  private func request(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> OrderRequest {
    let market = try market(parameters)
    guard let mode = parameters["tdMode"] else { throw .missing("tdMode") }
    guard mode == self.mode else { throw .malformed("tdMode") }
    guard let word = parameters["ordType"] else { throw .missing("ordType") }
    guard let (type, force) = Self.types[word], word != "optimal_limit_ioc" || isPerpetual else {
      throw .malformed("ordType")
    }
    var request = OrderRequest(
      account: account, market: market, client: try client(parameters, "clOrdId"), side: try side(parameters),
      type: type, force: force)
    request.isPostOnly = word == "post_only"
    request.words = ["ordType": word, "tdMode": mode]
    if let tag = parameters["tag"] { request.words["tag"] = tag }
    request.selfTrade = try selfTrade(parameters)
    try readPosition(parameters, &request)
    if type.hasPrice { request.price = try price(parameters, "px", market) }
    if type == .market, !isPerpetual {
      let unit = parameters["tgtCcy"] ?? (request.side == .buy ? "quote_ccy" : "base_ccy")
      guard ["base_ccy", "quote_ccy"].contains(unit) else { throw .malformed("tgtCcy") }
      request.words["tgtCcy"] = unit
      if unit == "quote_ccy" {
        guard let text = parameters["sz"] else { throw .missing("sz") }
        guard let value = Decimal64(text), value.isPositive, let money = value.mantissa(at: -8) else {
          throw .malformed("sz")
        }
        request.value = Amount(money)
        request.words["sz"] = value.plain
        return request
      }
    }
    request.quantity = try size(parameters, "sz", market)
    return request
  }

  func side(_ parameters: Parameters) throws(OKXError) -> Side {
    guard let side = parameters["side"] else { throw .missing("side") }
    guard side == "buy" || side == "sell" else { throw .malformed("side") }
    return side == "buy" ? .buy : .sell
  }

  private func selfTrade(_ parameters: Parameters) throws(OKXError) -> SelfTrade {
    switch parameters["stpMode"] {
    case nil, "cancel_maker": .expireMaker
    case "cancel_taker": .expireTaker
    case "cancel_both": .expireBoth
    default: throw .malformed("stpMode")
    }
  }

  func price(_ parameters: Parameters, _ name: String, _ market: Int) throws(OKXError) -> Int64 {
    guard let text = parameters[name] else { throw .missing(name) }
    guard let value = Decimal64(text), value.isPositive,
      let mantissa = exchange.markets[market].rules.priceMantissa(value)
    else { throw .malformed(name) }
    return mantissa
  }

  func size(_ parameters: Parameters, _ name: String, _ market: Int) throws(OKXError) -> Int64 {
    guard let text = parameters[name] else { throw .missing(name) }
    guard let value = Decimal64(text), value.isPositive else { throw .malformed(name) }
    let rules = exchange.markets[market].rules
    let shifted = Decimal64(mantissa: value.mantissa, exponent: value.exponent + contractExponent(market))
    guard let mantissa = rules.quantityMantissa(shifted), mantissa % rules.lot == 0 else { throw .noLots }
    return mantissa
  }

  /// "posSide" is demanded in long/short mode; "reduceOnly" is of net mode.
  func readPosition(_ parameters: Parameters, _ request: inout OrderRequest) throws(OKXError) {
    guard isPerpetual else { return }
    if exchange.state(request.account).isHedged {
      guard let side = parameters["posSide"] else { throw .missing("posSide") }
      guard side == "long" || side == "short" else { throw .malformed("posSide") }
      request.positionSide = side == "long" ? .long : .short
    } else {
      guard [nil, "net"].contains(parameters["posSide"]) else { throw .malformed("posSide") }
      request.reducesOnly = parameters.flag("reduceOnly")
    }
  }

  // MARK: Acting

  private func place(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> Order {
    try placed(try request(parameters, account))
  }

  func placed(_ request: OrderRequest) throws(OKXError) -> Order {
    do throws(Refusal) {
      let order = try exchange.place(request, at: clock)
      exchange.finish(at: clock)
      return exchange.orders[order.id] ?? order
    } catch {
      throw translate(error, request)
    }
  }

  /// "Amend order": `newSz` counts what has been filled. One that changes nothing is accepted.
  private func amend(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> Order {
    let order = try named(parameters, account, .notChanged)
    guard order.isLive else { throw .notChanged }
    guard parameters["newSz"] != nil || parameters["newPx"] != nil else { throw .nothingToChange }
    let quantity = parameters["newSz"] == nil ? nil : try size(parameters, "newSz", order.market)
    let price = parameters["newPx"] == nil ? nil : try price(parameters, "newPx", order.market)
    do throws(Refusal) {
      try exchange.amend(order.id, price: price, quantity: quantity, at: clock)
      exchange.finish(at: clock)
    } catch {
      if error != .unchanged {
        if parameters.flag("cxlOnFail") { exchange.end(order.id, .cancelled, "", clock) }
        throw error == .postOnly ? .notPostOnly : translate(error, order.request)
      }
    }
    return exchange.orders[order.id] ?? order
  }

  private func cancel(_ parameters: Parameters, _ account: Participant) throws(OKXError) -> Order {
    let order = try named(parameters, account, .notCancelled)
    do throws(Refusal) {
      let ended = try exchange.cancel(order.id, at: clock)
      exchange.finish(at: clock)
      return ended
    } catch {
      throw .notCancelled
    }
  }

  /// The order that `ordId`, which goes before, or `clOrdId` names, of the instrument that is named too.
  func named(_ parameters: Parameters, _ account: Participant, _ missing: OKXError) throws(OKXError) -> Order {
    let market = try market(parameters)
    let (id, client) = (parameters["ordId"], parameters["clOrdId"] ?? "")
    guard id != nil || !client.isEmpty else { throw .noName }
    if let id, OrderID(id) == nil { throw .malformed("ordId") }
    guard let order = exchange.find(account, id: id.flatMap { OrderID($0) }, client: client), order.market == market
    else { throw missing }
    return order
  }

  func translate(_ refusal: Refusal, _ request: OrderRequest) -> OKXError {
    let rules = exchange.markets[request.market].rules
    switch refusal {
    case .price: return .malformed("px")
    case .quantity:
      if request.quantity > rules.maxQuantity {
        return OKXError(51005, "Your order amount exceeds the max order amount.")
      }
      return request.quantity < rules.minQuantity ? .tooSmall : .malformed("newSz")
    case .notional: return .tooSmall
    case .band:
      let reach = Amount(exchange.markets[request.market].last) * Amount(rules.band) / unit
      let limit = exchange.markets[request.market].last + Int64(clamping: reach) * request.side.sign
      let text = price(request.market, limit)
      if isPerpetual { return OKXError(51006, "Order price is not within the price limit") }
      return request.side == .buy
        ? OKXError(51137, "The highest price limit for buy orders is \(text).")
        : OKXError(51138, "The lowest price limit for sell orders is \(text).")
    case .funds:
      let asset = exchange.assets[isPerpetual || request.side == .buy ? rules.quoteAsset : rules.baseAsset]
      return OKXError(51008, "Order failed. Insufficient \(asset) balance in account.")
    case .reduceOnly:
      return OKXError(
        51169,
        "Order failed because you don't have any positions in this direction for this contract to reduce or close.")
    case .duplicateClient: return OKXError(51016, "Client order ID already exists.")
    case .tooManyOrders:
      return OKXError(
        51174,
        "Order failed, number of pending orders for \(rules.market.symbol) exceed the limit of "
          + "\(exchange.style.mostOpenOrders).")
    case .wouldTrigger: return OKXError(51280, "SL trigger price cannot be higher than the last price")
    case .unknownOrder, .unchanged, .unsupported, .postOnly: return .malformed("ordType")
    }
  }
}
