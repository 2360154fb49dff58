import CPatchbay
import ConnectorKit

/// Frames of the public stream. "Feed", "Books", "Trades".
extension SandbarSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map {
      jsonQuoted("\(feeds.channels[$0.channel].name).\(markets[$0.market].symbol)")
    }.joined(separator: ",")
    let method = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText(
      "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"\(method)\",\"params\":{\"channels\":[\(names)]}}")
  }

  /// Data have a channel, answers the id of what they answer: `{"method": "subscription", "params": {"channel":
  /// "book.SALT-USD", "data": {...}}}`, `{"id": 1, "result": [...]}`, `{"id": 1, "error": {"code", "message"}}`.
  func read(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (channel, id, data, refusal) = (JSONText(), JSONText(), JSONMark?.none, RPCRefusal())
    json.members { key, json in
      switch key {
      case "params":
        json.members { key, json in
          switch key {
          case "channel": channel = json.string()
          case "data":
            data = json.mark
            return false
          default: return false
          }
          return true
        }
      case "id": id = json.scalar()
      case "error": refusal.read(&json)
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    guard let data else {
      guard !id.isEmpty else { return .unsupported }
      acknowledged(id, refusal.answer)
      return .ok
    }
    let dot = UInt8(ascii: ".")
    guard let market = market(named: channel.after(first: dot) ?? JSONText()) else { return .unsupported }
    switch channel.before(first: dot) {
    case "book": return book(data, market, frame)
    case "trades":
      var all = data.scanner()
      guard var list = all.find("trades")?.scanner() else { return misread(market, .trades) }
      return trades(&list, Self.trade, stream, of: market)
    default: return .unsupported
    }
  }

  /// "Books".
  private func book(_ data: JSONMark, _ market: Market, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    var json = data.scanner()
    var isSnapshot = false
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, time) = (UInt64(0), Int64(0))
    // Levels go from the text into the record: nothing else may be written until the book is out.
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      case "type": isSnapshot = json.string() == "snapshot"
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
