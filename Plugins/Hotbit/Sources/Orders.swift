import ConnectorKit
import Decimals

/// Orders. Sources: "order.put_limit", "order.cancel", "order.pending" of the REST API. The exchange has no client's
/// ids.
extension HotbitSpot {
  static let order = FieldTable<OrderField>([
    "id": .venue, "market": .symbol, "side": .side, "type": .type, "price": .price, "amount": .quantity,
    "deal_stock": .filled, "deal_money": .cost, "deal_fee": .fee, "ctime": .createdSeconds, "mtime": .seconds,
  ])

  func offerOrders() {
    let answer = WriteAnswer { body, _, words in Self.written(body, words) }
    serve(.place, by: Endpoint(.place, .form, on: .calls), answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .form, on: .calls),
      WriteAnswer { body, _, words in
        Self.written(body, words)?.map {
          var report = $0
          report.state = .cancelled
          return report
        }
      })
    var pages = Pages(Endpoint(.openOrders, .form, on: .calls), at: "result", .offset("offset"), full: 100)
    (pages.symbol, pages.size, pages.group) = ("market", "limit", "records")
    (pages.isOfOneMarket, pages.markets) = (true, .used)
    orders(.openOrders, pages) { [unowned(unsafe) self] in
      var report = Self.read(&$1, vocabulary)
      report.state = report.openState
      return report.withoutFill
    }
  }

  // MARK: Signing

  /// "Signature": upper-case hexadecimal MD5 over the parameters as they read, in the order of their names, with the
  /// secret behind them.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    call.set("api_key", Seal.field("api_key"))
    call.sort()
    let text: SealedText = "\(call.plainForm)&secret_key=\(Seal.field("secret_key"))"
    call.set("sign", text.md5.hexUpper)
  }

  // MARK: Writing

  /// `isfee`: whether fees are paid with the exchange's own token.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("market", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("amount", order.quantity)
    call.set("price", order.price)
    call.set("isfee", tokenFees)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.unsupported, "the exchange knows orders by its own ids alone")
    }
    call.set("market", market.symbol)
    call.set("order_id", order.venueOrder)
  }

  // MARK: Reading

  private static func written(_ body: Body, _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var order = json.find("result")?.scanner() else { return nil }
    var report = read(&order, words).withoutFill
    guard order.isValid, !report.venue.isEmpty else { return nil }
    report.state = report.filled == report.quantity ? .filled : report.openState
    return [report]
  }

  static func read(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport(&json, order, words)
    // A market order to buy says what it may cost.
    if report.type == .market {
      report.price = nil
      if report.side == .buy { report.quantity = nil }
    }
    return report
  }
}
