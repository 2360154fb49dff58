import CPatchbay
import ConnectorKit

/// What stands in a frame, around its data or instead of it.
struct FrameHead {
  /// `ETH-USDT@depth20`, `spot.executionReport`.
  var type = JSONText()
  var data: JSONMark?
  var time: Int64 = 0
  var (id, code, text) = (JSONText(), JSONText(), JSONText())
  /// A heartbeat.
  var (ping, moment) = (JSONText(), JSONText())
  /// Of events without an envelope.
  var event = JSONText()
  var eventTime: Int64 = 0
  var account: JSONMark?
  var order: JSONMark?

  @inline(__always)
  mutating func read(_ frame: Body) -> Bool {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "dataType": type = json.string()
      case "data", "a":
        if key == "data" { data = json.mark } else { account = json.mark }
        return false
      case "timestamp", "ts": time = json.milliseconds()
      case "id": id = json.scalar()
      case "code": code = json.scalar()
      case "msg": text = json.string()
      case "ping": ping = json.scalar()
      case "time": moment = json.scalar()
      case "e": event = json.string()
      case "E": eventTime = json.milliseconds()
      case "o":
        order = json.mark
        return false
      default: return false
      }
      return true
    }
    return json.isComplete()
  }

  var isFine: Bool { code.isEmpty || code == "0" }
  /// "Code Error Code Description": 100205 says that there is such a subscription already.
  var answer: Acknowledgement {
    isFine ? .confirmed : code == "100205" ? .repeated : .refused(code: code.text, text: text.text)
  }
}

/// Public frames. Sources: "Subscriptions", "Heartbeats", "Subscription transaction by transaction", "Subscribe Market
/// Depth Data", "Incremental and Full Depth Information", "Subscribe to 24-hour Price Change".
extension BingXExchange {
  func subscription(_ name: String, isUnsubscribe: Bool = false, id: pb_id) -> SealedText {
    SealedText("{\"id\":\"\(id)\",\"reqType\":\"\(isUnsubscribe ? "unsub" : "sub")\",\"dataType\":\"\(name)\"}")
  }

  /// "Heartbeats": the text `Ping`, or `{"ping": "2177c6", "time": "2022-06-07T16:27:36.323+0800"}`, wants its like.
  /// Says whether the frame was one.
  func answeredPing(_ frame: Body, _ stream: pb_id) -> Bool {
    guard frame.count == 4, frame[0] == UInt8(ascii: "P") else { return false }
    answerHeartbeat("Pong", act: "pong", on: stream)
    return true
  }

  func answeredPing(_ head: FrameHead, _ stream: pb_id) -> Bool {
    guard !head.ping.isEmpty else { return false }
    let time = head.moment.isEmpty ? "" : ",\"time\":\(jsonQuoted(head.moment.text))"
    answerHeartbeat("{\"pong\":\(jsonQuoted(head.ping.text))\(time)}", act: "pong_object", on: stream)
    return true
  }

  /// What stands in a frame that is no heartbeat; else what became of it.
  func head(of frame: Body, _ stream: pb_id) -> (FrameHead?, Status) {
    if answeredPing(frame, stream) { return (nil, .ok) }
    var head = FrameHead()
    guard head.read(frame) else { return (nil, .parse) }
    return answeredPing(head, stream) ? (nil, .ok) : (head, .ok)
  }

  /// What a frame is that has no data to be read: an answer, or data beside a refusal. These are of nobody knows which
  /// moment, and what they were to say is missing.
  func withoutData(_ head: FrameHead) -> Status {
    guard head.data?.isNull == false, !head.type.isEmpty, head.id.isEmpty, !head.isFine else { return answer(head) }
    let number = symbols.find(head.type.before(first: UInt8(ascii: "@")))
    return number >= 0 ? misread(markets[number], Channels(rawValue: .max)) : .parse
  }

  func answer(_ head: FrameHead) -> Status {
    acknowledged(head.id, head.answer)
    return .ok
  }

  /// `{"t": "33685717", "p": "40125.48", "q": "0.007146", "T": 1649832413512, "m": true}`: with `m` the buyer was the
  /// maker, and the taker sold.
  func trades(_ data: JSONMark, _ market: Market) -> Status {
    guard isWanted(market, .trades) else { return .ok }
    var json = data.scanner()
    if json.peek() == UInt8(ascii: "[") { json.elements { trade(&$0, market) } } else { trade(&json, market) }
    return json.isValid ? .ok : misread(market, .trades)
  }

  @inline(__always)
  private func trade(_ json: inout JSONScanner, _ market: Market) {
    var (id, price, quantity, side, time) = (JSONText(), Int64(0), Int64(0), Side.none, Int64(0))
    json.members { key, json in
      switch key {
      case "t": id = json.scalar()
      case "p": price = json.fixed(market.priceExponent)
      case "q": quantity = json.fixed(market.quantityExponent)
      case "m": side = json.boolean() ? .sell : .buy
      case "T": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, side != .none, price > 0, quantity > 0 else { return json.fail() }
    out.trade(instrument: market.id, id: id, price: price, quantity: quantity, taker: side, time: time)
  }

  /// Names of the stream and, behind them, of "24-hour price changes".
  static let ticker = FieldTable<TickerField>([
    "s": .symbol, "c": .last, "L": .lastQuantity, "A": .ask, "a": .askQuantity, "B": .bid, "b": .bidQuantity,
    "o": .open, "h": .high, "l": .low, "v": .baseVolume, "q": .quoteVolume, "E": .time, "symbol": .symbol,
    "lastPrice": .last, "askPrice": .ask, "askQty": .askQuantity, "bidPrice": .bid, "bidQty": .bidQuantity,
    "openPrice": .open, "highPrice": .high, "lowPrice": .low, "volume": .baseVolume, "quoteVolume": .quoteVolume,
    "closeTime": .time,
  ])
}

extension BingXSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let name = topics.first.map { "\(markets[$0.market].symbol)@\(feeds.channels[$0.channel].name)" } ?? ""
    return subscription(name, isUnsubscribe: isUnsubscribe, id: id)
  }

  /// `{"code": 0, "dataType": "ETH-USDT@trade", "data": {...}, "success": true, "timestamp": 1764288000300}`, and
  /// answers `{"code": 0, "id": "1", "msg": "SUCCESS"}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    let (read, status) = head(of: frame, stream)
    guard let head = read else { return status }
    guard let data = head.data, !head.type.isEmpty, head.isFine else { return withoutData(head) }
    let number = symbols.find(head.type.before(first: UInt8(ascii: "@")))
    guard number >= 0, let channel = head.type.after(first: UInt8(ascii: "@")) else { return .unsupported }
    let market = markets[number]
    switch channel {
    case "incrDepth": return changes(data, market, head.time, frame, areMembers: true)
    case "trade": return trades(data, market)
    case "ticker":
      var json = data.scanner()
      return ticker(&json, Self.ticker, stream) == .ok && json.isValid ? .ok : misread(market, .ticker)
    default: return channel.hasPrefix("depth") ? best(data, market, head.time) : .unsupported
    }
  }
}
