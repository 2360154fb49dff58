import ConnectorKit
import Decimals

/// Signing, and writing orders. Sources: "Authentication", "Open limit buy order", "Open market buy order", "Open
/// instant buy order", "Cancel order".
extension BitstampSpot {
  func offerOrders() {
    serve(.place, by: Self.account(.buy, .form), WriteAnswer(at: "", ["id": .venue, "market": .symbol]))
    serve(.cancel, .cancelMany, by: Self.account(.cancel, .form), WriteAnswer { Self.cancelled($0, $1, $2) })
  }

  // MARK: Signing

  /// "Authentication": a nonce of 36 characters and the time in milliseconds, at most 150 seconds off. Signed are key,
  /// method, host, path, query, type of the body, nonce, time, version and body. A request without a body has no type.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let (key, time) = ("BITSTAMP \(Seal.field("api_key"))" as SealedText, Seal.milliseconds)
    let type = request.body.isEmpty ? "" : "application/x-www-form-urlencoded"
    let nonce = Seal.register(0)
    let text =
      "\(key)\(Self.word(request.method))\(Self.host)\(target)\(type)\(nonce)\(time)v2\(request.body)" as SealedText
    request.headers += [
      ("X-Auth", key), ("X-Auth-Nonce", SealedText(Seal.uuid.stored(in: 0))), ("X-Auth-Timestamp", SealedText(time)),
      ("X-Auth-Version", "v2"),
      ("X-Auth-Signature", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)),
    ]
  }

  private static func word(_ method: Method) -> String { method == .get ? "GET" : "POST" }

  // MARK: Writing

  /// Side and kind of an order stand in the path, so that each pair of them is an act of its own. An instant order is a
  /// market order whose amount counts quote. Of the words for how long an order lasts it takes one.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.clientOrder.isEmpty || Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 32 letters, digits, _ and -")
    }
    let isBuy = order.side == .buy
    let isByValue = order.flags.contains(.byValue)
    if order.type == .market {
      call.use(
        Self.account(
          isByValue ? isBuy ? .buyInstant : .sellInstant : isBuy ? .buyMarket : .sellMarket, .form))
    } else if order.flags.contains(.postOnly) {
      guard order.timeInForce != .goodTilDate else {
        throw CommandRefusal(.unsupported, "a post-only order cannot be good till a date")
      }
      call.use(Self.account(isBuy ? .buyPostOnly : .sellPostOnly, .form))
    } else {
      call.use(Self.account(Self.act(order.timeInForce ?? .goodTilCancelled, isBuy: isBuy), .form))
    }
    call.fill(bare: market.symbol)
    call.set("amount", isByValue ? order.value : order.quantity)
    if !order.clientOrder.isEmpty { call.set("client_order_id", order.clientOrder) }
    guard order.type == .limit else {
      guard order.timeInForce != .fillOrKill else {
        throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
      }
      if isByValue, !isBuy { call.set("amount_in_counter", bare: "True") }
      return
    }
    call.set("price", order.price)
    if order.flags.contains(.postOnly) { return call.set("moc_order", bare: "True") }
    switch order.timeInForce {
    case .immediateOrCancel: call.set("ioc_order", bare: "True")
    case .fillOrKill: call.set("fok_order", bare: "True")
    case .goodTilDate:
      call.set("gtd_order", bare: "True")
      // A moment between two milliseconds is none that the exchange can be given.
      guard order.expiry % 1_000_000 == 0 else {
        throw CommandRefusal(.invalidOrder, "an order can end at whole milliseconds only")
      }
      call.set("expire_time", order.expiry / 1_000_000)
    default: break
    }
  }

  private static func act(_ force: TimeInForce, isBuy: Bool) -> PermittedAct {
    switch force {
    case .immediateOrCancel: isBuy ? .buyNow : .sellNow
    case .fillOrKill: isBuy ? .buyWhole : .sellWhole
    case .goodTilDate: isBuy ? .buyUntil : .sellUntil
    default: isBuy ? .buy : .sell
    }
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try call.name(order, venue: "id", client: "client_order_id")
  }

  static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  // MARK: Answers

  private static let cancelAnswer = FieldTable<OrderField>(["id": .venue, "client_order_id": .client, "status": .state])

  /// `{"id": 1453282316578816, "amount": "0.02035278", "price": "2100.45", "type": 0, "market": "BTC/USD", "status":
  /// "Cancel pending"}`: unless it says that the order has ended, the stream does, with what was filled of it.
  @Sendable
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var report = OrderReport(&json, cancelAnswer, words)
    guard json.isValid, !report.venue.isEmpty else { return nil }
    if report.state != .cancelled { report.state = nil }
    return [report]
  }
}
