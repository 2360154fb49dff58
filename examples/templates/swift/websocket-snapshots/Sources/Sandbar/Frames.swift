import CPatchbay
import ConnectorKit

/// Frames of the public stream. "Feed", "Books", "Trades".
extension SandbarSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map {
      jsonQuoted("\(feeds.channels[$0.channel].name).\(markets[$0.market].symbol)")
    }.joined(separator: ",")
    let verb = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText("{\"op\":\"\(verb)\",\"id\":\"\(id)\",\"topics\":[\(names)]}")
  }

  private static let head = FieldTable<HeadField>([
    "topic": .channel, "type": .kind, "trades": .data, "id": .request, "ok": .success, "code": .code, "text": .text,
  ])

  /// Data have a topic, answers the id of what they answer.
  func read(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard !head.channel.isEmpty else {
      guard !head.request.isEmpty else { return .unsupported }
      acknowledged(head.request, head.answer())
      return .ok
    }
    let dot = UInt8(ascii: ".")
    guard let market = market(named: head.channel.after(first: dot) ?? JSONText()) else { return .unsupported }
    switch head.channel.before(first: dot) {
    case "book": return book(frame, market, isSnapshot: head.kind == "snapshot")
    case "trades":
      guard var list = head.data?.scanner() else { return misread(market, .trades) }
      return trades(&list, Self.trade, stream, of: market)
    default: return .unsupported
    }
  }

  /// "Books".
  private func book(_ frame: Body, _ market: Market, isSnapshot: Bool) -> Status {
    guard market.wantsBook else { return .ok }
    var json = JSONScanner(frame)
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, time) = (UInt64(0), Int64(0))
    // Levels go from the text into the record: nothing else may be written until the book is out.
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      case "seq": number = json.unsigned()
      case "time": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, number > 0 else { return misread(market, .book) }
    return book(market, isSnapshot: isSnapshot, last: number, time: time, bids: bids, asks: asks, frame: frame)
  }

  /// "Trades".
  private static let trade = FieldTable<TradeField>([
    "id": .id, "price": .price, "size": .quantity, "side": .side, "time": .time,
  ])
}
