import ConnectorKit
import Decimals

/// Orders and their histories, and what proves the account's consent. Sources: "Endpoint security type", "Place Order",
/// "Amend Order", "Cancel Order", "Query Orders By Ids", "Query Open Order", "Query Orders History", "Query history
/// trades" of spot; the same of hedged perpetuals.
extension PhemexConnector {
  static let day: Int64 = 86_400_000_000_000
  /// There is no order that is open.
  private static let none = ["10002"]

  func offerOrders() {
    let answer = WriteAnswer { Self.written($0, $1, $2) }
    let limit: Output.Limit = isPerpetual ? .contracts : .spotOrders
    serve(.place, by: Endpoint(isPerpetual ? .perpPlace : .place, .json, on: limit), answer)
    serve(.amend, by: Endpoint(isPerpetual ? .perpAmend : .amend, on: limit), answer)
    serve(
      .cancel, .cancelMany,
      by: Endpoint(isPerpetual ? .perpCancel : .cancel, on: limit, weight: isPerpetual ? 1 : 2), answer)
    let read: ReadOrder = { [unowned(unsafe) self] in order(&$1) }
    let byID = OrderQuestion(Endpoint(isPerpetual ? .perpOrder : .order, on: .others), at: Self.rows)
    // What is new may not stand in the history yet.
    let active = isPerpetual
      ? OrderQuestion(Endpoint(.perpOpenOrders, on: limit), at: Self.rows, by: .listed(market: "symbol"))
      : OrderQuestion(Endpoint(.activeOrder, on: limit), at: "data", isAlone: true)
    serveOrder(byID, active, read: read)
    var open = Pages(Endpoint(isPerpetual ? .perpOpenOrders : .openOrders, on: limit), at: Self.rows)
    (open.symbol, open.isOfOneMarket, open.markets) = ("symbol", true, .used)
    (open.isNullEmpty, open.emptyCodes) = (true, Self.none)
    orders(.openOrders, open, read: read)
    orders(.orderHistory, open, history(isPerpetual ? .perpOrderHistory : .orderHistory), read: read)
    fills(history(isPerpetual ? .perpFills : .fills)) { [unowned(unsafe) self] in execution(&$1) }
  }

  /// Lists stand in an object with their number, or alone.
  static let rows = "data/rows|data"

  /// A list of one instrument, newest first. Without a beginning it reaches two days back, at most ninety.
  func history(_ act: PermittedAct) -> Pages {
    var pages = Pages(Endpoint(act, on: .others), at: Self.rows, .offset("offset"), full: 200)
    (pages.symbol, pages.isOfOneMarket, pages.markets) = ("symbol", true, .used)
    (pages.since, pages.until, pages.size, pages.reach) = ("start", "end", "limit", 90 * Self.day)
    (pages.isNullEmpty, pages.emptyCodes) = (true, Self.none)
    return pages
  }

  // MARK: Signing

  /// "Endpoint security type": hex of HMAC-SHA256 over path, query, the second until which the request is good, and
  /// body, with nothing between them.
  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let expiry = Seal.seconds.moved(by: 60_000_000_000)
    let text = target.withoutMark + SealedText(expiry) + request.body
    request.headers += [
      ("x-phemex-access-token", SealedText(.field("api_key"))), ("x-phemex-request-expiry", SealedText(expiry)),
      ("x-phemex-request-signature", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)),
    ]
  }

  // MARK: Writing

  public final func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try checkTraded(market)
    guard Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 letters, digits, _ and -")
    }
    let isTriggered = order.type?.isTriggered == true
    if isTriggered {
      let limit: Output.Limit = isPerpetual ? .contracts : .spotOrders
      call.use(Endpoint(isPerpetual ? .perpPlaceTrigger : .placeTrigger, .json, on: limit))
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("ordType", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("clOrdID", order.clientOrder)
    if isPerpetual {
      try setContract(order, &call)
    } else {
      try setPair(order, market, &call)
    }
    if isTriggered { call.set(isPerpetual ? "triggerType" : "trigger", "ByLastPrice") }
    if order.flags.contains(.postOnly) {
      call.set("timeInForce", "PostOnly")
    } else if let force = order.timeInForce, force != .goodTilCancelled {
      guard order.type?.hasLimit == true else {
        guard force == .immediateOrCancel else {
          throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
        }
        return
      }
      call.set("timeInForce", vocabulary.word(force) ?? "")
    }
  }

  private func setPair(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let isByValue = order.flags.contains(.byValue)
    call.set("qtyType", isByValue ? "ByQuote" : "ByBase")
    if isByValue {
      call.setNumber("quoteQtyEv", order.value?.multiplied(by: Decimal64(mantissa: 1, exponent: 8)))
    } else {
      call.setNumber("baseQtyEv", try market.contracts(order.quantity))
    }
    call.setNumber("priceEp", market.written(order.price))
    call.setNumber("stopPxEp", market.written(order.stop))
  }

  /// An order against its leg reduces it, whether it says so or not.
  private func setContract(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    try order.checkNamesQuantity()
    let leg = try order.leg(vocabulary, mustSay: true)
    call.set("posSide", leg ?? "Merged")
    call.set("orderQtyRq", order.quantity)
    call.set("priceRp", order.price)
    call.set("stopPxRp", order.stop)
    if leg == nil, order.reduces { call.set("reduceOnly", true) }
  }

  /// The exchange's scales of spot are all 8, and so is what the manifest binds orders by.
  func checkTraded(_ market: Market) throws(CommandRefusal) {
    let scale: Int32 = isPerpetual ? 0 : 8
    let isQuoted = isPerpetual || (currencies[market.rules.quote]?.scale ?? 8) == 8
    guard market.rules.priceScale == scale, market.rules.quantityScale == scale, isQuoted else {
      throw CommandRefusal(.unsupported, "\(market.symbol) is to be read here, and not to be traded")
    }
  }

  public final func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try checkTraded(market)
    call.set("symbol", market.symbol)
    try call.name(order, venue: "orderID", client: "origClOrdID")
    if isPerpetual {
      call.set("posSide", vocabulary.word(order.leg) ?? "Merged")
      call.set("priceRp", order.price)
      call.set("orderQtyRq", order.quantity)
      call.set("stopPxRp", order.stop)
    } else {
      call.setNumber("priceEp", market.written(order.price))
      // With a capital here.
      call.setNumber("baseQtyEV", try market.contracts(order.quantity))
      call.setNumber("stopPxEp", market.written(order.stop))
    }
  }

  /// By the exchange's id, or by the client's; a cancel of a perpetual names the leg too.
  public final func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try checkTraded(market)
    call.set("symbol", market.symbol)
    try call.name(order, venue: "orderID", client: "clOrdID")
    if call.endpoint.act.method == .delete, isPerpetual {
      call.set("posSide", vocabulary.word(order.leg) ?? "Merged")
    }
  }

  static func isName(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }
}
