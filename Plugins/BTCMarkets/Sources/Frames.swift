import CPatchbay
import ConnectorKit

/// Public frames. Sources: "WebSocket v2": "Subscribe", "Add / remove subscription", "Orderbook update event", "Trade
/// event", "Tick event", "Heartbeat event", "Error event".
extension BTCMarketsSpot {
  /// Names of the socket and of "Get market tickers". "price24h" is by how much the last price differs from that of 24
  /// hours ago.
  static let ticker = FieldTable<TickerField>([
    "marketId": .symbol, "bestBid": .bid, "bestAsk": .ask, "lastPrice": .last, "low24h": .low, "high24h": .high,
    "price24h": .change, "volume24h": .baseVolume, "volumeQte24h": .quoteVolume, "timestamp": .isoTime,
  ])

  /// `side` is the taker's.
  private static let trade = FieldTable<TradeField>([
    "marketId": .symbol, "tradeId": .id, "price": .price, "volume": .quantity, "side": .side, "timestamp": .isoTime,
  ])

  public func commonTopic(_ name: String, id: pb_id) -> SealedText {
    SealedText("{\"messageType\":\"subscribe\",\"channels\":[\"\(name)\"]}")
  }

  /// A message names channels, and markets for all of them.
  public func group(_ topic: Topic) -> Int { topic.channel }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let first = topics.first else { return SealedText() }
    let names = topics.map { "\"\(markets[$0.market].symbol)\"" }.joined(separator: ",")
    let verb = isUnsubscribe ? "removeSubscription" : "addSubscription"
    return SealedText(
      "{\"messageType\":\"\(verb)\",\"clientType\":\"api\",\"channels\":[\"\(feeds.channels[first.channel].name)\"],"
        + "\"marketIds\":[\(names)]}")
  }

  /// What a frame says beside the figures of a trade or ticker. Its kind stands last, as a rule.
  struct Push {
    var (kind, market) = (JSONText(), JSONText())
    var isSnapshot = false
    var number: UInt64 = 0
    var time: Int64 = 0
    var checksum = UInt64.max
    var (bids, asks): (JSONMark?, JSONMark?) = (nil, nil)
    var channels: JSONMark?
    var (code, text) = (JSONText(), JSONText())

    @inline(__always)
    mutating func read(_ frame: Body) -> Bool {
      var json = JSONScanner(frame)
      json.members { key, json in
        switch key {
        case "messageType": kind = json.string()
        case "marketId": market = json.string()
        case "snapshot": isSnapshot = json.scalar() == "true"
        case "snapshotId": number = json.unsigned()
        case "timestamp": time = json.timestamp()
        case "checksum": checksum = json.unsigned()
        case "bids": bids = json.passed()
        case "asks": asks = json.passed()
        case "channels": channels = json.passed()
        case "code": code = json.scalar()
        case "message": text = json.string()
        default: return false
        }
        return true
      }
      return json.isComplete()
    }

    /// "Error event": 1 authentication, 2 markets, 3 channels.
    var refusal: Acknowledgement { .refused(code: code.text, text: text.text) }
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var push = Push()
    guard push.read(frame) else { return .parse }
    switch push.kind {
    case "orderbookUpdate": return book(push)
    case "trade":
      var json = JSONScanner(frame)
      return trade(&json, Self.trade, stream)
    case "tick":
      var json = JSONScanner(frame)
      return ticker(&json, Self.ticker, stream)
    case "heartbeat": return heartbeat(push, stream)
    case "error":
      refused(stream, code: push.code.text, text: push.text.text)
      return .ok
    default: return .unsupported
    }
  }

  /// `{"marketId": "LTC-AUD", "snapshot": true, "timestamp": "2020-01-08T19:47:13.986Z", "snapshotId":
  /// 1578512833978000, "bids": [["99.57", "0.55", 1]], "asks": [["100", "3.79", 3]], "checksum": "2513007604"}`: price,
  /// volume, how many orders. A volume of zero removes the level. Older snapshots have no checksum.
  @inline(__always)
  private func book(_ push: Push) -> Status {
    var message = begin(symbols.find(push.market), isSnapshot: push.isSnapshot)
    guard var bids = push.bids?.scanner(), var asks = push.asks?.scanner(), push.number > 0 else {
      return misread(message)
    }
    levels(&bids, &message, isBid: true)
    levels(&asks, &message, isBid: false)
    guard bids.isValid, asks.isValid else { return misread(message) }
    (message.checksum, message.last, message.time) = (push.checksum, push.number, push.time)
    return end(message, provesSnapshot: push.checksum != .max)
  }

  /// `{"messageType": "heartbeat", "channels": [{"name": "orderbookUpdate", "marketIds": ["LTC-AUD"]}, {"name":
  /// "heartbeat"}]}`: all that the connection carries.
  private func heartbeat(_ push: Push, _ stream: pb_id) -> Status {
    guard let carried = Self.carried(push) else { return .parse }
    carries(stream) { topic in
      let (name, symbol) = (feeds.channels[topic.channel].name, markets[topic.market].symbol)
      return carried.contains { $0.name == name && $0.markets.contains(symbol) }
    }
    return .ok
  }

  /// Channels with their markets; `nil` where they cannot be read.
  static func carried(_ push: Push) -> [(name: String, markets: [String])]? {
    guard var json = push.channels?.scanner() else { return nil }
    var channels: [(name: String, markets: [String])] = []
    json.elements { json in
      var channel = (name: "", markets: [String]())
      json.members { key, json in
        switch key {
        case "name": channel.name = json.words()
        case "marketIds": if !json.skipNull() { json.elements { channel.markets.append($0.words()) } }
        default: return false
        }
        return true
      }
      channels.append(channel)
    }
    return json.isValid ? channels : nil
  }
}
