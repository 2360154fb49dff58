import CPatchbay
import ConnectorKit
import Decimals

/// What the exchange says of an order, whatever way it says it: a REST reply, an item of a list, an event.
struct OrderFacts {
  var symbol = ""
  var client = ""
  /// Of a cancel or an amendment, the id of the order that it was for.
  var originalClient = ""
  var venue = ""
  var status = ""
  var side = ""
  var type = ""
  var timeInForce = ""
  var positionSide = ""
  var price: Decimal64?
  var quantity: Decimal64?
  var filled: Decimal64?
  /// What was paid for `filled`, in quote.
  var cost: Decimal64?
  var average: Decimal64?
  var stop: Decimal64?
  var time: Int64 = 0
  var isReduceOnly = false
  var closesPosition = false
  /// Whether it is on the book or would be; a stop that waits is not.
  var isWorking: Bool?
  var reason = ""

  /// Reads a field of a REST reply; `false` when it is none of an order's.
  mutating func readField(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "symbol": symbol = json.string().text
    case "clientOrderId": client = json.string().text
    case "origClientOrderId": originalClient = json.string().text
    case "orderId": venue = json.scalar().text
    case "status": status = json.string().text
    case "side": side = json.string().text
    case "type" where type.isEmpty: type = json.string().text
    case "origType": type = json.string().text
    case "timeInForce": timeInForce = json.string().text
    case "positionSide": positionSide = json.string().text
    case "price": price = json.optionalDecimal()
    case "origQty", "qty": quantity = json.optionalDecimal()
    case "executedQty": filled = json.optionalDecimal()
    case "cummulativeQuoteQty", "cumulativeQuoteQty", "cumQuote": cost = json.optionalDecimal()
    case "avgPrice": average = json.shownDecimal()
    case "stopPrice": stop = json.optionalDecimal()
    case "updateTime", "transactTime": time = json.milliseconds()
    case "time" where time == 0: time = json.milliseconds()
    case "reduceOnly": isReduceOnly = json.boolean()
    case "closePosition": closesPosition = json.boolean()
    case "isWorking": isWorking = json.boolean()
    default: return false
    }
    return true
  }

  /// Reads a whole order of a REST reply.
  init(_ json: inout JSONScanner) {
    json.enterObject()
    while let key = json.nextKey() {
      if !readField(key, &json) { json.skip() }
    }
  }

  init() {}

  /// Takes from the command what an answer to it leaves out: short answers name only the order's id and status.
  mutating func complete(_ command: OwnedCommand, _ market: Market?) {
    if symbol.isEmpty { symbol = market?.symbol ?? "" }
    if client.isEmpty { client = command.clientOrder }
    if side.isEmpty { side = command.side == .buy ? "BUY" : command.side == .sell ? "SELL" : "" }
    if quantity == nil { quantity = command.quantity }
    if price == nil { price = command.price }
  }

  /// Whether the fields without which an order cannot be told are there.
  var isWhole: Bool { !symbol.isEmpty && !venue.isEmpty && !status.isEmpty }

  var quantityFilled: Decimal64 { filled ?? .zero }

  /// - Returns: `nil` for a status this library does not know.
  func state(_ api: Venue.API) -> OrderState? {
    let isStop = OrderWords.type(type, api).map { $0.type != .limit && $0.type != .market } ?? false
    let open: OrderState = quantityFilled.isZero ? isStop && isWorking == false ? .untriggered : .open : .partial
    switch status {
    case "NEW", "PENDING_NEW", "PENDING_CANCEL": return open
    case "PARTIALLY_FILLED": return .partial
    case "FILLED": return .filled
    case "CANCELED": return .cancelled
    case "REJECTED": return .rejected
    case "EXPIRED", "EXPIRED_IN_MATCH": return .expired
    // An order of the exchange itself: a liquidation taken over by the insurance fund, or a deleveraging.
    case "NEW_INSURANCE", "NEW_ADL": return filled == quantity ? .filled : open
    default: return nil
    }
  }

  /// The client order id by which the host knows the order.
  var hostClient: String { status == "CANCELED" && !originalClient.isEmpty ? originalClient : client }

  /// The average price: the exchange's own, or what was paid by what was filled.
  var averagePrice: pb_dec {
    if let average { return average.isZero ? pb_dec() : pb_dec(average) }
    guard let cost, let filled, filled.isPositive, cost.isPositive,
      let quotient = cost.quotient(dividingBy: filled, places: 10) else { return pb_dec() }
    var result = pb_dec(quotient)
    if quotient.multiplied(by: filled) != cost { result.state = UInt32(PB_DEC_ROUNDED) }
    return result
  }
}

/// What the exchange says of an execution of an own order.
struct FillFacts {
  var symbol = ""
  var trade = ""
  var venue = ""
  var client = ""
  var side = Side.none
  var positionSide = ""
  var price: Decimal64?
  var quantity: Decimal64?
  var fee: Decimal64?
  var feeAsset = ""
  var realized: Decimal64?
  var isMaker: Bool?
  var time: Int64 = 0
  /// `PB_FILL_`.
  var flags: UInt32 = 0

  var isWhole: Bool {
    !symbol.isEmpty && !trade.isEmpty && price != nil && quantity?.isPositive == true && side != .none
  }
}

extension JSONScanner {
  /// A number that is only shown: `nil` when it has more digits than fit, instead of a failure.
  mutating func shownDecimal() -> Decimal64? {
    let text = scalar()
    guard isValid, case .exact(let value) = DecimalText.parse(text.bytes) else { return nil }
    return value
  }
}

extension BinanceConnector {
  /// Tells an order's state.
  /// - Parameters: `command`, when it answers one. `order` and `client`: the host's ids, where the caller knows them.
  /// - Returns: whether it could be told: the symbol and the status are known.
  @discardableResult
  func tell(
    _ facts: OrderFacts, _ account: pb_id, command: pb_id = 0, order: pb_id = 0, client: String = "",
    error: Failure = .none
  ) -> Bool {
    let number = symbols.find(facts.symbol)
    guard number >= 0, let state = facts.state(venue.api) else {
      if number >= 0 { out.log(.warning, "order \(facts.venue): status \(facts.status) is not known") }
      return false
    }
    let type = OrderWords.type(facts.type, venue.api)
    let force = OrderWords.timeInForce(facts.timeInForce)
    var record = pb_order()
    record.account = account
    record.instrument = markets[number].id
    record.order = order
    record.command = command
    record.venue_ns = facts.time
    record.state = state.rawValue
    record.side = OrderWords.side(facts.side).rawValue
    record.type = type?.type.rawValue ?? 0
    record.time_in_force = force.force?.rawValue ?? 0
    var flags: OrderFlags = []
    if type?.isPostOnly == true || force.isPostOnly { flags.insert(.postOnly) }
    if facts.isReduceOnly { flags.insert(.reduceOnly) }
    if facts.closesPosition { flags.insert(.close) }
    record.flags = flags.rawValue
    record.position = UInt32(OrderWords.position(facts.positionSide))
    record.error = error.rawValue
    record.price = present(facts.price)
    record.quantity = pb_dec(facts.quantity)
    record.filled = pb_dec(facts.filled)
    record.average = facts.averagePrice
    record.stop = present(facts.stop)
    out.order(record, client: client.isEmpty ? facts.hostClient : client, venue: facts.venue, reason: facts.reason)
    return true
  }

  /// Tells an order of a list, and gives whether the list may count as whole after it: not when its state is unknown.
  /// An order of a symbol that is not known is none of the host's.
  func tellListed(_ facts: OrderFacts, _ account: pb_id, command: pb_id, client: String = "") -> Bool {
    tell(facts, account, command: command, client: client) || symbols.find(facts.symbol) < 0
  }

  /// Tells an execution; an incomplete one, or one of a symbol that is not known, is left out.
  /// - Returns: whether it was told.
  @discardableResult
  func tell(_ facts: FillFacts, _ account: pb_id, command: pb_id = 0, order: pb_id = 0) -> Bool {
    let number = symbols.find(facts.symbol)
    guard number >= 0, facts.isWhole else { return false }
    var record = pb_fill()
    record.account = account
    record.instrument = markets[number].id
    record.order = order
    record.command = command
    record.venue_ns = facts.time
    record.side = facts.side.rawValue
    record.liquidity = UInt32(facts.isMaker.map { $0 ? PB_LIQUIDITY_MAKER : PB_LIQUIDITY_TAKER } ?? 0)
    record.position = UInt32(OrderWords.position(facts.positionSide))
    record.price = pb_dec(facts.price)
    record.quantity = pb_dec(facts.quantity)
    record.fee = pb_dec(facts.fee)
    record.realized = pb_dec(facts.realized)
    record.flags = facts.flags
    out.fill(record, trade: facts.trade, client: facts.client, venue: facts.venue, feeAsset: facts.feeAsset)
    return true
  }

  /// Zero stands for "none" in prices of orders.
  private func present(_ price: Decimal64?) -> pb_dec { pb_dec(price?.isZero == true ? nil : price) }

  /// A new order was not accepted, or nobody knows. One that was refused never lived, and is reported so, that each
  /// item of a batch has an end; not before it is known that the host does not give the command again.
  func endPlaced(_ command: OwnedCommand, _ end: Tally.End, _ tally: Tally) {
    guard end.outcome == .refused else { return tally.end(end) }
    tally.end(end) { [unowned self] in tellRejected(command, end) }
  }

  private func tellRejected(_ command: OwnedCommand, _ end: Tally.End) {
    guard let market = market(command.instrument) else { return }
    var record = pb_order()
    record.account = command.account
    record.instrument = market.id
    record.order = command.order
    record.command = command.id
    record.state = OrderState.rejected.rawValue
    record.side = command.fields.side
    record.type = command.fields.type
    record.time_in_force = command.fields.time_in_force
    record.flags = command.fields.flags
    record.position = command.fields.position
    record.error = end.failure.rawValue
    record.price = command.fields.price
    record.quantity = command.fields.quantity
    record.stop = command.fields.stop
    out.order(record, client: command.clientOrder, venue: "", reason: end.text)
  }
}
