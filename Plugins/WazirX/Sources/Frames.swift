import CPatchbay
import ConnectorKit

/// What comes on sockets. Sources: "WebSocket Market Streams", "WebSocket User Data Streams".
extension WazirXSpot {
  /// `{"data": {...}, "stream": "btcinr@depth"}`, `{"data": {...}, "event": "subscribed", "id": 0}`.
  private static let head = FieldTable<HeadField>([
    "stream": .channel, "event": .kind, "data": .data, "code": .code, "message": .text,
  ])

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { "\"\(markets[$0.market].symbol)@\(feeds.channels[$0.channel].name)\"" }
    let (verb, list) = (isUnsubscribe ? "unsubscribe" : "subscribe", names.joined(separator: ","))
    return SealedText("{\"event\":\"\(verb)\",\"streams\":[\(list)],\"id\":\(id)}")
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return unread(stream) }
    guard let data = head.data else { return answered(head, stream) }
    guard head.channel.isEmpty else { return pushed(head.channel, data, stream, frame) }
    switch head.kind {
    case "subscribed", "unsubscribed":
      return streams(data) { name in
        guard let (market, channel) = topic(name) else { return }
        acknowledged(market.number, channel: channel, isUnsubscribe: head.kind == "unsubscribed", .confirmed)
      }
    case "connected", "pong": return .ok
    default: return answered(head, stream)
    }
  }

  /// It may have been the book of any market, the first as well: nothing asks for one.
  private func unread(_ stream: pb_id) -> Status {
    for market in markets { _ = misread(market, .book) }
    return misread(stream: stream, .trades)
  }

  /// `{"event": "error", "code": 2001, "message": "..."}` names no stream.
  private func answered(_ head: FrameHead, _ stream: pb_id) -> Status {
    switch head.kind {
    case "connected", "pong": break
    case "error": refused(stream, code: head.code.text, text: head.text.text)
    default: return .unsupported
    }
    return .ok
  }

  /// `"data": {"streams": ["btcinr@depth"]}`
  private func streams(_ data: JSONMark, _ take: (String) -> Void) -> Status {
    var json = data.scanner()
    json.members { key, json in
      guard key == "streams" else { return false }
      json.elements { take($0.words()) }
      return true
    }
    return json.isValid ? .ok : .parse
  }

  /// `btcinr@depth`: the market and the channel.
  private func topic(_ name: String) -> (Market, String)? {
    let parts = name.split(separator: "@", maxSplits: 1)
    guard parts.count == 2, let market = market(named: String(parts[0])) else { return nil }
    return (market, String(parts[1]))
  }

  private func pushed(_ name: JSONText, _ data: JSONMark, _ stream: pb_id, _ frame: Body) -> Status {
    var json = data.scanner()
    if name.ends("@depth") { return book(&json, frame, stream) }
    guard name.ends("@trades") else { return .unsupported }
    guard var list = json.find("trades")?.scanner() else { return misread(stream: stream, .trades) }
    return trades(&list, Self.trade, stream)
  }

  /// `{"E": 1659475095000, "a": [["23051.0", "1.30141"]], "b": [...], "s": "btcusdt"}`
  private func book(_ json: inout JSONScanner, _ frame: Body, _ stream: pb_id) -> Status {
    var named = json.mark.scanner()
    guard var name = named.find("s")?.scanner() else { return unread(stream) }
    guard let market = market(named: name.string()) else { return .unsupported }
    guard market.wantsBook else { return .ok }
    var (bids, asks, time): (pb_list?, pb_list?, Int64) = (nil, nil, 0)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "a": asks = out.levels(&json, market)
      case "b": bids = out.levels(&json, market)
      case "E": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else { return misread(market, .book) }
    return book(market, isSnapshot: true, last: 0, time: time, bids: bids, asks: asks, frame: frame)
  }

  /// `S` is the taker's side.
  private static let trade = FieldTable<TradeField>([
    "t": .number, "s": .symbol, "p": .price, "q": .quantity, "S": .side, "E": .time,
  ])

  // MARK: The account

  /// All in one message, whose first stream shows the guard that it is the account's.
  private static let accountStreams = ["outboundAccountPosition", "orderUpdate", "ownTrade"]

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    let names = Self.accountStreams.map { "\"\($0)\"" }.joined(separator: ",")
    return "{\"event\":\"subscribe\",\"streams\":[\(names)],\"auth_key\":\"\(Seal.slot(1).jsonEscaped)\",\"id\":\(id)}"
  }

  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard let data = head.data, !head.channel.isEmpty else { return accountAnswer(head, account) }
    var json = data.scanner()
    switch head.channel {
    case "orderUpdate":
      let report = update(&json)
      guard json.isValid else { return .parse }
      publish(order: report, account)
    case "ownTrade":
      let report = trade(&json)
      guard json.isValid else { return .parse }
      publish(fill: report, account)
    case "outboundAccountPosition":
      guard var list = json.find("B")?.scanner() else { return .parse }
      let unread = publishBalances(&list, account) {
        var report = BalanceReport(&$1, Self.position)
        report.asset = report.asset.uppercased()
        return report
      }
      guard list.isValid, unread == 0 else { return .parse }
    default: return .unsupported
    }
    return .ok
  }

  /// A key that is refused, and what names no stream.
  private func accountAnswer(_ head: FrameHead, _ account: TradingAccount) -> Status {
    switch head.kind {
    case "connected", "pong", "unsubscribed": return .ok
    case "subscribed":
      guard let data = head.data else { return .parse }
      var named: Set<String> = []
      guard streams(data, { named.insert($0) }) == .ok else { return .parse }
      if named.isSuperset(of: Self.accountStreams) { acknowledged(account, .confirmed) }
      return .ok
    case "error":
      acknowledged(account, .refused(code: head.code.text, text: head.text.text))
      return .ok
    default: return .unsupported
    }
  }

  private static let position = FieldTable<BalanceField>(["a": .asset, "b": .free, "l": .held])
}

extension JSONText {
  /// Whether it ends so, byte by byte.
  fileprivate func ends(_ end: StaticString) -> Bool {
    let count = end.utf8CodeUnitCount
    return !isEscaped && bytes.count >= count
      && bytes.suffix(count).elementsEqual(UnsafeBufferPointer(start: end.utf8Start, count: count))
  }
}
