import CPatchbay
import ConnectorKit

/// Frames that are no books.
extension CoinZoomSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (verb, name) = (isUnsubscribe ? "unsubscribe" : "subscribe", feeds.channels[topics[0].channel].name)
    let symbol = markets[topics[0].market].symbol
    guard name == "OrderBookRequest" else {
      return SealedText("{\"\(name)\":{\"action\":\"\(verb)\",\"symbol\":\"\(symbol)\"}}")
    }
    return SealedText(
      """
      {"\(name)":{"action":"\(verb)","requestId":"\(symbol)","symbol":"\(symbol)","aggregate":false,"depth":0}}
      """)
  }

  /// A frame is told by the name of a member.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (book, isSnapshot) = (JSONText(), false)
    var trade: JSONMark?
    var isAnswer = false
    json.members { key, json in
      switch key {
      case "ob", "oi": (book, isSnapshot) = (json.string(), key == "ob")
      case "ts": trade = json.passed()
      case "OrderBookResponse", "TradeSummaryResponse":
        isAnswer = true
        return false
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    if !book.isEmpty {
      guard let market = market(named: book) else { return .unsupported }
      return self.book(frame, market, isSnapshot: isSnapshot)
    }
    if let trade { return summary(trade, stream) }
    return isAnswer ? .ok : .unsupported
  }

  /// `["BTC/USDT", 7193.27, 0.5, "2021-03-24T04:07:26Z"]`: neither an id nor the taker's side is said.
  private func summary(_ data: JSONMark, _ stream: pb_id) -> Status {
    var json = data.scanner()
    json.enterArray()
    guard json.nextElement(), let market = market(named: json.string()) else { return .unsupported }
    guard isWanted(market, .trades) else { return .ok }
    let price = json.nextElement() ? json.fixed(market.priceExponent) : 0
    let quantity = json.nextElement() ? json.fixed(market.quantityExponent) : 0
    let time = json.nextElement() ? json.timestamp() : 0
    while json.nextElement() { json.skip() }
    guard json.isValid, price > 0, quantity > 0 else { return misread(market, .trades) }
    out.trade(
      instrument: market.id, id: JSONText(), price: price, quantity: quantity, taker: .none, time: time)
    return .ok
  }

  // MARK: The account's stream

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let (key, secret) = (Seal.field("api_key").jsonEscaped, Seal.field("secret_key").jsonEscaped)
    return "{\"\(channel)\":{\"action\":\"subscribe\",\"apiKey\":\"\(key)\",\"secretKey\":\"\(secret)\"}}"
  }

  /// `{"OrderResponse": {...}}`, and the same of a cancel. What is held has changed by it, which nothing says.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    var (order, isAnswer): (JSONMark?, Bool) = (nil, false)
    json.members { key, json in
      switch key {
      case "OrderResponse", "OrderCancelResponse": order = json.passed()
      case "OrderUpdateResponse":
        isAnswer = true
        return false
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    if isAnswer || order != nil { acknowledged(account, .confirmed) }
    guard let order else { return isAnswer ? .ok : .unsupported }
    var entry = order.scanner()
    let report = Self.read(&entry, vocabulary)
    guard entry.isValid, !report.venue.isEmpty else { return .parse }
    for fill in report.fills { publish(fill: fill, account) }
    publish(order: report.withoutFill, account)
    balancesChanged(account)
    return .ok
  }
}
