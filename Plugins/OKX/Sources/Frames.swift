import CPatchbay
import ConnectorKit

/// What stands around the data of a frame, and what answers carry.
struct FrameHead {
  var channel = JSONText()
  var symbol = JSONText()
  var isSnapshot = false
  var data: JSONMark?
  var event = JSONText()
  var code = JSONText()
  var text = JSONText()

  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "arg":
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "channel": channel = json.string()
        case "instId": symbol = json.string()
        default: json.skip()
        }
      }
    case "action": isSnapshot = json.string() == "snapshot"
    case "data":
      data = json.mark
      return false
    case "event": event = json.string()
    case "code": code = json.scalar()
    case "msg": text = json.string()
    default: return false
    }
    return true
  }
}

/// Public frames. Sources: OKX API v5, "Order book channel", "Trades channel", "Tickers channel", "Subscribe".
extension OKXSpot {
  /// The answer to a `ping`.
  func isPong(_ frame: Body) -> Bool { frame.count == 4 && frame[0] == UInt8(ascii: "p") }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let channels = feeds.channels
    let args = topics.map {
      "{\"channel\":\"\(channels[$0.channel].name)\",\"instId\":\"\(markets[$0.market].symbol)\"}"
    }
    let op = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText("{\"id\":\"\(id)\",\"op\":\"\(op)\",\"args\":[\(args.joined(separator: ","))]}")
  }

  /// `{"arg": {"channel": "books", "instId": "BTC-USDT"}, "action": "update", "data": [{...}]}`, and answers
  /// `{"id": "1", "event": "subscribe", "arg": {...}}` or `{"event": "error", "code", "msg"}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if isPong(frame) { return .ok }
    var json = JSONScanner(frame)
    var head = FrameHead()
    var id = JSONText()
    json.members { key, json in
      guard key == "id" else { return head.read(key, &json) }
      id = json.scalar()
      return true
    }
    guard json.isComplete() else { return .parse }
    let number = symbols.find(head.symbol)
    guard let data = head.data else { return answer(head, id, number) }
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    switch head.channel {
    case "books": return book(data, market, head.isSnapshot, frame)
    case "trades":
      var list = data.scanner()
      return trades(&list, Self.trade, stream, of: market)
    case "tickers":
      var list = data.scanner()
      return tickers(&list, Self.ticker, stream)
    default: return .unsupported
    }
  }

  /// An answer names the one topic that it is about; an error names the message.
  private func answer(_ head: FrameHead, _ id: JSONText, _ number: Int) -> Status {
    switch head.event {
    case "subscribe", "unsubscribe":
      acknowledged(
        number, channel: head.channel.text, isUnsubscribe: head.event == "unsubscribe", .confirmed)
    case "error":
      let refusal = Acknowledgement.refused(code: head.code.text, text: head.text.text)
      guard let id = pb_id(id.text) else {
        out.log(.warning, "the exchange refuses: \(head.code.text) \(head.text.text)")
        return .ok
      }
      acknowledged(id, refusal)
    default: break
    }
    return .ok
  }

  /// "Trades channel".
  private static let trade = FieldTable<TradeField>([
    "tradeId": .id, "px": .price, "sz": .quantity, "side": .side, "ts": .time,
  ])

  /// "Tickers channel". The volumes count base and quote. Empty texts say "none".
  static let ticker = FieldTable<TickerField>([
    "instId": .symbol, "last": .last, "lastSz": .lastQuantity, "askPx": .ask, "askSz": .askQuantity, "bidPx": .bid,
    "bidSz": .bidQuantity, "open24h": .open, "high24h": .high, "low24h": .low, "vol24h": .baseVolume,
    "volCcy24h": .quoteVolume, "ts": .time,
  ])
}
