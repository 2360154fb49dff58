import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Subscribe", "Orderbook Depth", "Trade", "Ticker", "Error Codes".
extension CoinFLEXExchange {
  static let head = FieldTable<HeadField>([
    "table": .kind, "event": .action, "data": .data, "success": .success, "tag": .request, "code": .code,
    "message": .text,
  ])

  /// What stands around the data of a frame, and the channels that an answer names: one, or a list of them.
  static func head(_ frame: Body) -> (head: FrameHead, channels: [String])? {
    var json = JSONScanner(frame)
    var (head, channels) = (FrameHead(), [String]())
    json.members { key, json in
      guard key == "channel" else { return head.read(key, &json, Self.head) }
      if json.peek() == UInt8(ascii: "[") {
        json.elements { channels.append($0.words()) }
      } else {
        channels.append(json.words())
      }
      return true
    }
    return json.isComplete() ? (head, channels) : nil
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let verb = isUnsubscribe ? "unsubscribe" : "subscribe"
    let names = topics.map { "\"\(feeds.channels[$0.channel].name):\(markets[$0.market].symbol)\"" }
    return SealedText("{\"op\":\"\(verb)\",\"args\":[\(names.joined(separator: ","))],\"tag\":\(id)}")
  }

  static func isPong(_ frame: Body) -> Bool { frame.elementsEqual("pong".utf8) }

  /// `{"table": "depth", "data": [{...}], "action": "partial"}`, `{"event": "subscribe", "channel": "trade:BTC-USD",
  /// "success": true, "tag": "1"}`, `{"event": "subscribe", "success": false, "code": "20015", "message": "..."}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if Self.isPong(frame) { return .ok }
    guard let (head, channels) = Self.head(frame) else { return .parse }
    switch head.kind {
    case "depth": return depths(head.data, frame)
    case "trade":
      guard var list = head.data?.scanner() else { return .parse }
      return trades(&list, Self.trade, stream)
    case "ticker": return tickers(head.data, stream)
    case "": return answer(head, channels, stream)
    // That of 2020 for futures has names of its own.
    default: return .unsupported
    }
  }

  private func answer(_ head: FrameHead, _ channels: [String], _ stream: pb_id) -> Status {
    let isUnsubscribe = head.action == "unsubscribe"
    guard isUnsubscribe || head.action == "subscribe" || !head.isSuccess else { return .unsupported }
    let answer = head.answer()
    for channel in channels {
      let name = channel.split(separator: ":", maxSplits: 1)
      guard name.count == 2, let market = market(named: String(name[1])) else { continue }
      acknowledged(market.number, channel: String(name[0]), isUnsubscribe: isUnsubscribe, answer)
    }
    guard channels.isEmpty, case .refused(let code, let text) = answer else { return .ok }
    if head.request.isEmpty {
      refused(stream, code: code, text: text)
    } else {
      acknowledged(head.request, answer)
    }
    return .ok
  }

  private func depths(_ data: JSONMark?, _ frame: Body) -> Status {
    guard var list = data?.scanner() else { return .parse }
    var status = Status.ok
    list.elements { json in
      let entry = json.mark
      json.skip()
      let read = json.isValid ? depth(entry, frame) : .parse
      if read != .ok { status = read }
    }
    return list.isValid ? status : .parse
  }

  /// `{"instrumentId": "BTC-USD", "seqNum": 1608898592006137237, "timestamp": "1609350022785", "checksum": 1139901235,
  /// "asks": [[5556.82, 11, 0, 0]], "bids": [[5556.81, 1.92, 0, 0]]}`
  private func depth(_ data: JSONMark, _ frame: Body) -> Status {
    guard let market = market(named: data.text("instrumentId")) else { return .unsupported }
    guard market.wantsBook else { return .ok }
    var json = data.scanner()
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, time) = (UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "seqNum": number = json.unsigned()
      case "timestamp": time = json.milliseconds()
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else { return misread(market, .book) }
    return book(market, isSnapshot: true, last: number, time: time, bids: bids, asks: asks, frame: frame)
  }

  /// The side is the taker's.
  private static let trade = FieldTable<TradeField>([
    "marketCode": .symbol, "tradeId": .number, "price": .price, "quantity": .quantity, "side": .side,
    "timestamp": .time,
  ])

  /// A day's `volume24h` counts quote, `currencyVolume24h` base.
  static let ticker = FieldTable<TickerField>([
    "marketCode": .symbol, "last": .last, "lastQty": .lastQuantity, "open24h": .open, "high24h": .high,
    "low24h": .low, "volume24h": .quoteVolume, "currencyVolume24h": .baseVolume, "timestamp": .time,
  ])
  private static let mark = FieldTable<MarkField>(["markPrice": .mark, "timestamp": .time])

  /// Tickers of perpetuals say their mark price.
  private func tickers(_ data: JSONMark?, _ stream: pb_id) -> Status {
    guard let data else { return .parse }
    var list = data.scanner()
    var status = tickers(&list, Self.ticker, stream)
    guard Self.isPerpetual else { return status }
    var marks = data.scanner()
    marks.elements { json in
      let entry = json.mark
      json.skip()
      guard json.isValid, let market = market(named: entry.text("marketCode")) else { return }
      var prices = entry.scanner()
      let read = mark(&prices, Self.mark, stream, of: market)
      if read != .ok { status = read }
    }
    return status
  }
}
