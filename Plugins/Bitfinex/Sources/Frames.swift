import CPatchbay
import ConnectorKit

/// A channel's number on its stream.
struct ChannelKey: Hashable {
  let stream: pb_id
  let number: UInt64
}

/// What a channel is of: its market and its place in `FeedPlan.channels`.
struct ChannelTopic {
  let market: Int
  let channel: Int
}

/// What stands around the payload of a message: `[17082, [...], 18, 1564617600784]`, `[17082, "te", [...], 18]`,
/// `[17082, "hb", 18]`. Behind the payload come the message's number and, in milliseconds, its time, as the flags of
/// `conf` want them; further elements may follow ("General": lengths of arrays are never to be relied on).
struct MessageHead {
  let channel: UInt64
  var word = JSONText()
  var payload: JSONMark?
  var number: UInt64?
  var time: Int64 = 0

  /// Reads a whole message; `nil` where it is no such array.
  @inline(__always)
  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.enterArray()
    guard json.nextElement() else { return nil }
    channel = json.unsigned()
    guard json.nextElement() else { return nil }
    if json.peek() == UInt8(ascii: "\"") { word = json.string() } else { payload = json.passed() }
    if payload == nil, word != "hb" {
      guard json.nextElement() else { return nil }
      payload = json.passed()
    }
    while json.nextElement() {
      guard json.peek() &- UInt8(ascii: "0") <= 9 else {
        json.skip()
        continue
      }
      let mark = json.mark
      json.skip()
      var look = mark.scanner()
      let value = look.unsigned()
      // No connection has sent so many messages: without numbers a time stands there.
      if look.isValid, value < 1_000_000_000_000 {
        if number == nil { number = value }
      } else if time == 0, look.isValid {
        var moment = mark.scanner()
        let read = moment.milliseconds()
        if moment.isValid { time = read }
      }
    }
    guard json.isComplete() else { return nil }
  }
}

/// Public frames. Sources: Bitfinex API v2, "General", "Ticker", "Trades", "Books", "Abbreviations Glossary".
extension BitfinexSpot {
  /// TIMESTAMP, SEQ_ALL and OB_CHECKSUM.
  public func commonTopic(_ name: String, id: pb_id) -> SealedText { "{\"event\":\"conf\",\"flags\":229376}" }

  /// One topic a message. A channel is given up by its number.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    if isUnsubscribe {
      let number = keys[Self.place(topic.market, topic.channel)]?.number ?? 0
      return SealedText("{\"event\":\"unsubscribe\",\"chanId\":\(number)}")
    }
    let (name, market) = (feeds.channels[topic.channel].name, markets[topic.market])
    let book = name == "book" ? ",\"prec\":\"P0\",\"freq\":\"F0\",\"len\":\"\(market.depth)\"" : ""
    return SealedText("{\"event\":\"subscribe\",\"channel\":\"\(name)\",\"symbol\":\"\(market.symbol)\"\(book)}")
  }

  private static func place(_ market: Int, _ channel: Int) -> Int { market * 4 + channel }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    if json.peek() == UInt8(ascii: "{") { return event(frame, stream) }
    guard let head = MessageHead(frame) else { return .parse }
    guard let payload = head.payload else {
      // A heartbeat.
      _ = counted(head, stream)
      return .ok
    }
    guard let topic = channels[ChannelKey(stream: stream, number: head.channel)] else {
      _ = counted(head, stream)
      return .unsupported
    }
    let market = markets[topic.market]
    guard topic.channel == 0 else {
      // What was traded is so, whatever is missing before it.
      let status = other(topic.channel, head, payload, market, stream)
      return counted(head, stream) ? status : .ok
    }
    guard counted(head, stream) else { return .ok }
    if head.word.isEmpty { return book(payload, market, head.number ?? 0, head.time, frame) }
    return head.word == "cs" ? checksum(payload, market, head.time) : .unsupported
  }

  /// "General / Flags": SEQ_ALL counts all messages of a connection, heartbeats too.
  @inline(__always)
  private func counted(_ head: MessageHead, _ stream: pb_id) -> Bool {
    head.number.map { follows(stream, $0) } ?? true
  }

  /// `[ID, MTS, AMOUNT, PRICE]`, an amount below zero sold.
  private static let trade = FieldTable<TradeField>(places: [.number, .time, .signedQuantity, .price])
  /// `[BID, BID_SIZE, ASK, ASK_SIZE, DAILY_CHANGE, DAILY_CHANGE_RELATIVE, LAST_PRICE, VOLUME, HIGH, LOW]`. A size is
  /// the sum of the best 25 levels, which says nothing of the best one.
  private static let ticker = FieldTable<TickerField>(places: [.bid, nil, .ask, nil, nil, nil, .last, .baseVolume])
  /// The same behind its symbol.
  static let listTicker = FieldTable<TickerField>(
    places: [.symbol, .bid, nil, .ask, nil, nil, nil, .last, .baseVolume])

  private func other(
    _ channel: Int, _ head: MessageHead, _ payload: JSONMark, _ market: Market, _ stream: pb_id
  ) -> Status {
    var json = payload.scanner()
    guard channel == 1 else {
      return head.word.isEmpty ? ticker(&json, Self.ticker, stream, of: market, time: head.time) : .unsupported
    }
    // Each execution comes twice: at once, and again when it has been written down.
    if head.word == "tu" { return .ok }
    if head.word == "te" { return trade(&json, Self.trade, stream, of: market) }
    return head.word.isEmpty ? trades(&json, Self.trade, stream, of: market, isSnapshot: true) : .unsupported
  }

  // MARK: Events

  private func event(_ frame: Body, _ stream: pb_id) -> Status {
    guard var event = JSONObject(frame, at: "") else { return .parse }
    switch event.words("event") {
    case "info":
      if let reason = interruption(frame) { reopen(stream, reason) }
      return .ok
    case "conf":
      if event.words("status") != "OK" { out.log(.warning, "stream \(stream): its flags are refused") }
      return .ok
    case "subscribed": return subscribed(&event, stream)
    case "unsubscribed":
      let key = ChannelKey(stream: stream, number: UInt64(event.words("chanId")) ?? 0)
      guard let topic = channels.removeValue(forKey: key) else { return .ok }
      acknowledged(topic.market, channel: feeds.channels[topic.channel].name, isUnsubscribe: true, .confirmed)
      return .ok
    case "error": return refused(&event, stream)
    case "pong": return .ok
    default: return .unsupported
    }
  }

  /// "General / Info codes": 20051 asks to connect again, 20060 begins a maintenance of which 20061 is the end; what a
  /// stream carried has to be subscribed again then. Gives why it is to be opened anew.
  func interruption(_ frame: Body) -> String? {
    func words(_ place: String) -> String {
      var json = JSONScanner(frame)
      guard var value = json.find(place)?.scanner() else { return "" }
      return value.words()
    }
    switch words("code") {
    case "20051": return "the exchange restarts its server"
    case "20061": return "the exchange's maintenance has ended"
    case "20060": out.log(.warning, "the exchange is in maintenance")
    default: if words("platform/status") == "0" { out.log(.warning, "the platform is in maintenance") }
    }
    return nil
  }

  /// `{"event": "subscribed", "channel": "book", "chanId": 10092, "symbol": "tETHUSD", "prec": "P0", "len": "25"}`
  private func subscribed(_ event: inout JSONObject, _ stream: pb_id) -> Status {
    let (name, number) = (event.words("channel"), UInt64(event.words("chanId")))
    let precision = event.words("prec")
    // A channel of another kind, or a book of another precision, was not asked for here.
    guard let number, event.isValid, let market = market(named: event.words("symbol")),
      let channel = feeds.channels.firstIndex(where: { $0.name == name }), precision.isEmpty || precision == "P0"
    else { return event.isValid ? .ok : .parse }
    let key = ChannelKey(stream: stream, number: number)
    let place = Self.place(market.number, channel)
    if let old = keys.updateValue(key, forKey: place), old != key { channels[old] = nil }
    channels[key] = ChannelTopic(market: market.number, channel: channel)
    if !isWanted(market, feeds.channels[channel].carries) {
      // It was given up before it had a number.
      answerHeartbeat("{\"event\":\"unsubscribe\",\"chanId\":\(number)}", act: "unsubscribe", on: stream)
    }
    acknowledged(market.number, channel: name, isUnsubscribe: false, .confirmed)
    return .ok
  }

  /// `{"event": "error", "msg": "symbol: invalid", "code": 10300, "channel": "ticker", "symbol": "tABCUSD"}`
  private func refused(_ event: inout JSONObject, _ stream: pb_id) -> Status {
    let (code, text, name) = (event.words("code"), event.words("msg"), event.words("channel"))
    let market = market(named: event.words("symbol")) ?? market(named: event.words("pair"))
    let answer = code == "10301" ? Acknowledgement.repeated : .refused(code: code, text: text)
    // What could not be given up is not there.
    if let topic = UInt64(event.words("chanId")).flatMap({ channels[ChannelKey(stream: stream, number: $0)] }),
      code == "10400" || code == "10401"
    {
      acknowledged(topic.market, channel: feeds.channels[topic.channel].name, isUnsubscribe: true, .confirmed)
    } else if let market {
      acknowledged(market.number, channel: name, isUnsubscribe: false, answer)
    } else {
      refused(stream, code: code, text: text)
    }
    return .venue
  }
}
