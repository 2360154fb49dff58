import AlphaPoint
import CPatchbay
import ConnectorKit

/// The socket of version 3. Source: WebSocket API 3.0.
extension FoxbitSpot {
  /// `{"type": "subscribe", "event": "update", "params": {"channel": "ticker", "market_symbol": "btcbrl"}, "data": {}}`
  private static let head = FieldTable<HeadField>(
    ["type": .kind, "event": .action, "data": .data, "message": .text],
    inside: [
      // Of accounts, `type` says which of their events these are.
      "params": ["channel": .channel, "market_symbol": .symbol, "type": .request],
      "error": ["code": .code, "details": .text],
    ])

  func subscription(_ topics: [Topic], isUnsubscribe: Bool) -> SealedText {
    let list = topics.map { topic in
      let channel = feeds.channels[topic.channel]
      let snapshot = channel.carries == .book && !isUnsubscribe ? ",\"snapshot\":true" : ""
      return "{\"channel\":\"\(channel.name)\",\"market_symbol\":\"\(markets[topic.market].symbol)\"\(snapshot)}"
    }
    return SealedText(
      "{\"type\":\"\(isUnsubscribe ? "un" : "")subscribe\",\"params\":[\(list.joined(separator: ","))]}")
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard head.channel != "ping" else { return .ok }
    guard let market = market(named: head.symbol) else { return refusal(head, stream) }
    switch head.action {
    case "snapshot", "update": break
    case "success", "error":
      let answer = Acknowledgement(head)
      acknowledged(market.number, channel: head.channel.text, isUnsubscribe: head.kind == "unsubscribe", answer)
      return .ok
    default: return .unsupported
    }
    guard let data = head.data else { return .parse }
    var json = data.scanner()
    switch head.channel {
    case "orderbook-100": return book(&json, market, isSnapshot: head.action == "snapshot", frame)
    case "trades": return trades(&json, Self.trade, stream, of: market)
    case "ticker": return ticker(&json, Self.ticker, stream, of: market)
    default: return .unsupported
    }
  }

  /// `{"event": "error", "error": {"code": "MAX_SUBSCRIPTIONS_REACHED", "details": "..."}}` names no market.
  private func refusal(_ head: FrameHead, _ stream: pb_id) -> Status {
    guard head.action == "error" || head.action == "invalid-input" else { return .unsupported }
    refused(stream, code: head.code.text, text: head.text.text)
    return .ok
  }

  /// `{"ts": 1, "first_sequence_id": 1, "last_sequence_id": 10, "bids": [["1", "0"]], "asks": []}`, and at first
  /// `{"sequence_id": 1, ...}`.
  private func book(_ json: inout JSONScanner, _ market: Market, isSnapshot: Bool, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    var (bids, asks): (pb_list?, pb_list?)
    var (first, last, time) = (UInt64(0), UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      case "first_sequence_id": first = json.unsigned()
      case "last_sequence_id", "sequence_id": last = json.unsigned()
      case "ts": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, last > 0, isSnapshot || first > 0 && first <= last else {
      return misread(market, .book)
    }
    return book(
      market, isSnapshot: isSnapshot, first: first, last: last, time: time, bids: bids, asks: asks, frame: frame)
  }

  /// The side is the taker's.
  private static let trade = FieldTable<TradeField>([
    "id": .number, "price": .price, "quantity": .quantity, "taker_side": .side, "ts": .time,
  ])
  private static let ticker = FieldTable<TickerField>(
    ["ts": .time],
    inside: [
      "best": ["bid": .bid, "ask": .ask], "last_traded": ["price": .last, "quantity": .lastQuantity],
      "rolling_24h": rollingDay,
    ])

  // MARK: The account

  /// "Authentication": signed are the time and the word.
  func login() -> SealedText {
    let time = Seal.milliseconds
    let sign = ("\(time)login" as SealedText).hmac(.sha256, key: .field("secret_key")).hex
    return """
      {"type":"login","params":{"timestamp":\(time),"api_key":"\(Seal.field("api_key").jsonEscaped)",\
      "signature":"\(sign)"}}
      """
  }

  func readAccountFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard head.channel != "ping" else { return .ok }
    switch head.action {
    case "success" where head.kind == "login": return authenticated(head, account)
    case "success":
      acknowledged(account, channel: head.request.text, .confirmed)
      return .ok
    case "error", "invalid-input":
      if head.request.isEmpty {
        loggedIn(account, refusal(of: head))
      } else {
        acknowledged(account, channel: head.request.text, refusal(of: head))
      }
      return .ok
    case "update": break
    default: return .unsupported
    }
    guard let data = head.data else { return .parse }
    var json = data.scanner()
    switch head.request {
    case "BALANCE":
      var report = BalanceReport(&json, Self.balanceEvent)
      report.asset = report.asset.uppercased()
      guard json.isValid, publish(balance: report, account) else { return .parse }
    case "ORDER":
      let report = order(&json)
      guard json.isValid else { return .parse }
      publish(order: report, account)
    case "TRADE":
      let report = fill(&json)
      guard json.isValid else { return .parse }
      publish(fill: report, account)
    default: return .unsupported
    }
    return .ok
  }

  private static let balanceEvent = FieldTable<BalanceField>([
    "currency_symbol": .asset, "available": .free, "hold": .held, "ts": .time,
  ])

  /// `"data": {"authenticated": true}`
  private func authenticated(_ head: FrameHead, _ account: TradingAccount) -> Status {
    guard var json = head.data?.scanner() else { return .parse }
    var isAuthenticated = false
    json.members { key, json in
      guard key == "authenticated" else { return false }
      isAuthenticated = json.boolean()
      return true
    }
    guard json.isValid else { return .parse }
    loggedIn(account, isAuthenticated ? .confirmed : refusal(of: head))
    return .ok
  }

  /// Of a login, the words stand in the data: `"data": {"message": "Invalid signature"}`.
  private func refusal(of head: FrameHead) -> Acknowledgement {
    var text = head.text.text
    var json = head.data?.scanner()
    json?.members { key, json in
      guard key == "message" else { return false }
      text = json.words()
      return true
    }
    return .refused(code: head.code.isEmpty ? "login" : head.code.text, text: text)
  }
}

extension Acknowledgement {
  /// Of a subscription: it is refused in words alone.
  fileprivate init(_ head: FrameHead) {
    self = head.action == "success" ? .confirmed : .refused(code: head.code.text, text: head.text.text)
  }
}
