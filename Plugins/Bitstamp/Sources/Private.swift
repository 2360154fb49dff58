import CPatchbay
import ConnectorKit
import Decimals

/// The account's stream. Sources: "Private channels": "Private my orders", "Private my trades"; "Websockets token".
extension BitstampSpot {
  /// Two channels for each market; a connection carries 1,024.
  private static let mostMarkets = 500

  /// Whoever asks for the token, the host keeps it and shows none.
  public func prepare(_ call: inout Call) {
    guard call.endpoint.act.name == PermittedAct.websocketsToken.name else { return }
    call.captures = [Capture("/token", slot: TradingAccount.tokenSlot)]
  }

  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    var json = JSONScanner(body)
    var object = JSONObject(&json)
    let user = object.words("user_id")
    let isNumber = !user.isEmpty && user.utf8.count <= 20 && user.utf8.allSatisfy { $0 &- 0x30 <= 9 }
    return json.isValid && isNumber ? user : nil
  }

  public func privateChannels(_ account: TradingAccount) -> [String] {
    if markets.count > Self.mostMarkets {
      out.log(.warning, "orders of \(markets.count - Self.mostMarkets) markets are not reported by the stream")
    }
    return markets.prefix(Self.mostMarkets).flatMap { market in
      ["my_orders", "my_trades"].map { "private-\($0)_\(market.symbol)-\(account.identity)" }
    }
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    "{\"event\":\"bts:subscribe\",\"data\":{\"channel\":\"\(channel)\",\"auth\":\"\(Seal.slot(1))\"}}"
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let push = Push(frame) else { return .parse }
    switch push.event {
    case "bts:heartbeat": return .ok
    case "bts:subscription_succeeded":
      acknowledged(account, channel: push.channel.text, .confirmed)
      return .ok
    case "bts:request_reconnect":
      restart(account, .transient, "the exchange asks for a new connection")
      return .ok
    case "bts:error":
      let (code, text) = push.refusal
      if account.isLive {
        restart(account, .other, "the exchange says \(text)")
      } else {
        acknowledged(account, .refused(code: code, text: text))
      }
      return .ok
    default: break
    }
    guard let (channel, market) = parts(push.channel) else { return .unsupported }
    guard var json = push.data?.scanner() else { return .parse }
    switch (channel, push.event) {
    case (.trades, "trade"): return fill(&json, market, account)
    case (.orders, "order_created"), (.orders, "order_changed"), (.orders, "order_replaced"):
      return order(&json, market, hasEnded: false, account)
    case (.orders, "order_deleted"): return order(&json, market, hasEnded: true, account)
    default: return .unsupported
    }
  }

  private enum Channel { case orders, trades }

  /// `private-my_orders_btcusd-4848701`; a perpetual's name has a dash of its own.
  private func parts(_ channel: JSONText) -> (Channel, Market)? {
    let (underscore, dash) = (UInt8(ascii: "_"), UInt8(ascii: "-"))
    let isOrders = channel.hasPrefix("private-my_orders_")
    guard isOrders || channel.hasPrefix("private-my_trades_"),
      let rest = channel.after(first: underscore)?.after(first: underscore),
      rest.after(first: dash)?.after(first: dash) == nil, let market = market(named: rest.before(first: dash))
    else { return nil }
    return (isOrders ? .orders : .trades, market)
  }

  private static let fill = FieldTable<OrderField>([
    "id": .fillID, "order_id": .venue, "client_order_id": .client, "side": .side, "amount": .fillQuantity,
    "price": .fillPrice, "fee": .fee, "microtimestamp": .microseconds,
  ])

  /// `{"id": 635698396, "order_id": "2050558851342339", "amount": "0.005", "price": "2468.04", "fee": "0.04936",
  /// "side": "buy", "microtimestamp": "1789459694223000"}`: the fee is in quote.
  private func fill(_ json: inout JSONScanner, _ market: Market, _ account: TradingAccount) -> Status {
    var report = OrderReport(&json, Self.fill, vocabulary)
    (report.symbol, report.feeAsset) = (market.symbol, market.rules.quote)
    guard json.isValid, publish(fill: report, account) else { return .parse }
    balancesChanged(account)
    return .ok
  }

  private static let order = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "order_type": .side, "order_subtype": .type, "price_str": .price,
    "amount_at_create": .quantity, "microtimestamp": .microseconds,
  ])
  /// What a market order to buy has for a price.
  private static let anyPrice = Decimal64(999_999_999)

  /// `{"id": 1658869033291777, "order_type": 1, "order_subtype": 0, "amount_str": "0.1", "amount_traded":
  /// "0.05", "amount_at_create": "0.2", "price_str": "25845", "client_order_id": "a1", "microtimestamp":
  /// "1693832302664000"}`: `amount_str` is what is left, `amount_traded` only what the event itself traded. An order
  /// that leaves the book with nothing left was filled; its trades come on their own channel, before that or after it.
  private func order(
    _ json: inout JSONScanner, _ market: Market, hasEnded: Bool, _ account: TradingAccount
  ) -> Status {
    var (report, left) = (OrderReport(), Decimal64?.none)
    report.read(&json, Self.order, vocabulary) { _, key, json in
      guard key == "amount_str" else { return false }
      left = json.optionalDecimal()
      return true
    }
    guard json.isValid, !report.venue.isEmpty, let left else { return .parse }
    report.symbol = market.symbol
    if report.price == Self.anyPrice || report.type == .market { report.price = nil }
    // How much a market order is for, its first event does not know.
    if report.quantity?.isPositive != true { report.quantity = nil }
    report.filled = report.quantity.flatMap { $0.subtracting(left) }
    report.state = hasEnded ? left.isZero && report.quantity != nil ? .filled : .cancelled : report.openState
    publish(order: report, account)
    balancesChanged(account)
    return .ok
  }
}
