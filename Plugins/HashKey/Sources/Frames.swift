import CPatchbay
import ConnectorKit

/// What stands in a public frame.
private struct Push {
  var (topic, symbol, event) = (JSONText(), JSONText(), JSONText())
  var data: JSONMark?
  /// It holds what was there when the subscription began.
  var isFirst = false
  /// Of answers and refusals.
  var (code, text) = (JSONText(), JSONText())
  var ping = JSONText()
  var isPong = false

  @inline(__always)
  mutating func read(_ frame: Body) -> Bool {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "topic": topic = json.string()
      case "symbol": symbol = json.string()
      case "data": data = json.passed()
      case "f": isFirst = json.scalar() == "true"
      case "event": event = json.string()
      case "code": code = json.scalar()
      case "desc", "msg": text = json.scalar()
      case "ping": ping = json.scalar()
      case "pong":
        isPong = true
        return false
      default: return false
      }
      return true
    }
    return json.isComplete()
  }

  var isFine: Bool { code == "0" || code == "0000" || code == "200" }
}

/// Public frames. Source: "Websocket API", "Public Stream".
extension HashKeyConnector {
  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    let (name, channel) = (jsonQuoted(markets[topic.market].symbol), feeds.channels[topic.channel].name)
    let event = isUnsubscribe ? "cancel" : "sub"
    return "{\"symbol\":\(name),\"topic\":\"\(channel)\",\"event\":\"\(event)\",\"params\":{\"binary\":false}}"
  }

  /// `{"symbol": "ETHUSDT", "topic": "depth", "params": {...}, "data": [{...}], "f": true, "sendTime": 1626253839401}`,
  /// and refusals `{"code": "-100010", "desc": "Invalid Symbols!"}`.
  final func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var push = Push()
    guard push.read(frame) else { return .parse }
    if let data = push.data, !push.topic.isEmpty {
      guard let market = market(named: push.symbol) else { return .unsupported }
      switch push.topic {
      case "depth": return books(data, market)
      case "trade":
        var json = data.scanner()
        return trades(&json, Self.trade, stream, of: market, isSnapshot: push.isFirst)
      case "realtimes":
        var json = data.scanner()
        return json.peek() == UInt8(ascii: "[")
          ? tickers(&json, ticker, stream) : ticker(&json, ticker, stream, of: market)
      default: return .unsupported
      }
    }
    if !push.ping.isEmpty {
      answerHeartbeat("{\"pong\":\(jsonQuoted(push.ping.text))}", act: "pong", on: stream)
      return .ok
    }
    if push.isPong { return .ok }
    guard push.code.isEmpty else { return answered(push) }
    return push.event.isEmpty ? .unsupported : .ok
  }

  /// Where an answer names its topic it is that one's; otherwise a refusal is logged.
  private func answered(_ push: Push) -> Status {
    let answer = push.isFine ? Acknowledgement.confirmed : .refused(code: push.code.text, text: push.text.text)
    guard let market = market(named: push.symbol), !push.topic.isEmpty else {
      acknowledged(JSONText(), answer)
      return .ok
    }
    acknowledged(market.number, channel: push.topic.text, isUnsubscribe: push.event == "cancel", answer)
    return .ok
  }

  /// A list of one book, or the book itself.
  @inline(__always)
  private func books(_ data: JSONMark, _ market: Market) -> Status {
    var json = data.scanner()
    guard json.peek() == UInt8(ascii: "[") else { return book(&json, market) ? .ok : misread(market, .book) }
    json.enterArray()
    while json.nextElement() {
      guard book(&json, market) else { return misread(market, .book) }
    }
    return json.isValid ? .ok : misread(market, .book)
  }

  /// `{"e": 301, "s": "ETHUSDT", "t": 1565600357643, "v": "112801745_18", "b": [["11371.49", "0.0014"]], "a": [...]}`:
  /// `v` counts the book's versions.
  @inline(__always)
  private func book(_ json: inout JSONScanner, _ market: Market) -> Bool {
    var (bids, asks) = (pb_list(), pb_list())
    var (hasBids, hasAsks) = (false, false)
    var (last, time) = (UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "b":
        if hasBids { json.fail() }
        (hasBids, bids) = (true, out.levels(&json, market))
      case "a":
        if hasAsks { json.fail() }
        (hasAsks, asks) = (true, out.levels(&json, market))
      case "t": time = json.milliseconds()
      case "v": last = Self.version(json.scalar())
      default: return false
      }
      return true
    }
    guard json.isValid, hasBids, hasAsks else { return false }
    snapshot(market, last: last, time: time, bids: bids, asks: asks, isInBand: true)
    return true
  }

  /// The number before the underline of `112801745_18`, or where there is no underline; 0 where it is none.
  @inline(__always)
  private static func version(_ text: JSONText) -> UInt64 {
    var number: UInt64 = 0
    for byte in text.bytes {
      let digit = byte &- 48
      guard digit <= 9 else { return byte == UInt8(ascii: "_") ? number : 0 }
      let (product, tooMany) = number.multipliedReportingOverflow(by: 10)
      let (sum, tooMuch) = product.addingReportingOverflow(UInt64(digit))
      if tooMany || tooMuch { return 0 }
      number = sum
    }
    return number
  }

  /// `{"v": "1745922896272048129", "t": 1722866228075, "p": "2340.41", "q": "0.0132", "m": true}`: with `m` the taker
  /// bought, as "Public Stream" has it.
  private static let trade = FieldTable<TradeField>([
    "v": .number, "p": .price, "q": .quantity, "m": .side, "t": .time,
  ])

  /// Names of the stream and of "Get 24hr Ticker Price Change". Volumes of perpetuals count contracts.
  final var ticker: FieldTable<TickerField> { isPerpetual ? Self.contractTicker : Self.spotTicker }

  private static let spotTicker = FieldTable<TickerField>([
    "s": .symbol, "c": .last, "b": .bid, "a": .ask, "o": .open, "h": .high, "l": .low, "v": .baseVolume,
    "qv": .quoteVolume, "t": .time,
  ])
  private static let contractTicker = FieldTable<TickerField>([
    "s": .symbol, "c": .last, "b": .bid, "a": .ask, "o": .open, "h": .high, "l": .low, "v": .contractVolume,
    "qv": .quoteVolume, "t": .time,
  ])
}
