import CPatchbay
import ConnectorKit

/// What a frame says: a push, or an answer.
struct DigiFinexHead {
  var method = JSONText()
  var parameters: JSONMark?
  var id = JSONText()
  private(set) var hasResult = false
  private var status = JSONText()
  private var refusal = RPCRefusal()

  /// `{"method": "depth.update", "params": [...], "id": null}`, `{"error": null, "result": {"status": "success"}, "id":
  /// 12312}`, `{"error": null, "result": "pong", "id": 0}`.
  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "method": method = json.string()
    case "params": parameters = json.passed()
    case "id": id = json.scalar()
    case "result":
      guard !json.skipNull() else { break }
      hasResult = true
      guard json.peek() == UInt8(ascii: "{") else { return false }
      json.member("status") { status = $0.scalar() }
    case "error": refusal.read(&json)
    default: return false
    }
    return true
  }

  var isAnswer: Bool { hasResult || refusal.isSaid }

  var answer: Acknowledgement {
    guard !refusal.isSaid, !status.isEmpty, status != "success" else { return refusal.answer }
    return .refused(code: status.text, text: "the exchange answers \(status.text)")
  }
}

/// Public frames. Sources: "Websocket API": "Trades push", "Depth push", "Ticker push" and the subscriptions to them.
extension DigiFinexSpot {
  /// Whether a list of markets is added to those of before or takes their place the documentation does not say, and
  /// those who use it send one list: so each message names all of its channel. What nobody wants any more is left out
  /// of the next list, and where it comes all the same, it is not read.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let channel = topics.first?.channel else { return SealedText() }
    let numbers = topics.map { $0.market }
    carried[channel].removeAll { numbers.contains($0) }
    if !isUnsubscribe { carried[channel] += numbers }
    let name = feeds.channels[channel].name
    let list = carried[channel].isEmpty && name == "ticker" ? numbers : carried[channel]
    let verb = carried[channel].isEmpty ? "unsubscribe" : "subscribe"
    let names = list.map { "\"\(markets[$0].symbol)\"" }.joined(separator: ",")
    return SealedText("{\"id\":\(id),\"method\":\"\(name).\(verb)\",\"params\":[\(names)]}")
  }

  public func group(_ topic: Topic) -> Int { topic.channel }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var head = DigiFinexHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let parameters = head.parameters else {
      guard head.isAnswer else { return .unsupported }
      acknowledged(head.id, head.answer)
      return .ok
    }
    switch head.method {
    case "depth.update": return book(parameters, stream, frame)
    case "trades.update": return trades(parameters, stream)
    case "ticker.update":
      var list = parameters.scanner()
      return tickers(&list, Self.ticker, stream)
    default: return .unsupported
    }
  }

  /// The market of `[clean, data, market]`, which stands behind what is read by its exponents; nil for one that was
  /// never listed, and where nothing can be read it has failed.
  private func named(_ parameters: JSONMark) -> (market: Market?, isRead: Bool) {
    var json = parameters.scanner(at: 2)
    let name = json.string()
    return (json.isValid ? market(named: name) : nil, json.isValid)
  }

  /// `[true, {"asks": [["8000.00", "9.6250"]], "bids": [...]}, "EOS_USDT"]`
  private func book(_ parameters: JSONMark, _ stream: pb_id, _ frame: Body) -> Status {
    let (found, isRead) = named(parameters)
    guard let market = found else { return isRead ? .unsupported : misread(stream: stream, .book) }
    guard market.wantsBook else { return .ok }
    var json = parameters.scanner()
    var (bids, asks): (pb_list?, pb_list?)
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    let isClean = json.boolean()
    guard json.nextElement() else { return misread(market, .book) }
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else { return misread(market, .book) }
    return book(market, isSnapshot: isClean, last: 0, time: 0, bids: bids, asks: asks, frame: frame)
  }

  /// The type is the taker's side.
  private static let trade = FieldTable<TradeField>([
    "id": .number, "price": .price, "amount": .quantity, "type": .side, "time": .seconds,
  ])

  /// `[true, [{"id": 7172173, "time": 1523339279.761838, "price": "398.59", "amount": "0.027", "type": "buy"}],
  /// "ETH_USDT"]`: the newest first.
  private func trades(_ parameters: JSONMark, _ stream: pb_id) -> Status {
    let (found, isRead) = named(parameters)
    guard let market = found else { return isRead ? .unsupported : misread(stream: stream, .trades) }
    var json = parameters.scanner()
    json.enterArray()
    guard json.nextElement() else { return misread(market, .trades) }
    let isClean = json.boolean()
    guard json.nextElement() else { return misread(market, .trades) }
    return trades(&json, Self.trade, stream, of: market, isSnapshot: isClean, isNewestFirst: true)
  }

  /// "Ticker push".
  private static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "best_bid": .bid, "best_bid_size": .bidQuantity, "best_ask": .ask,
    "best_ask_size": .askQuantity, "last": .last, "last_qty": .lastQuantity, "open_24h": .open, "high_24h": .high,
    "low_24h": .low, "base_volume_24h": .baseVolume, "quote_volume_24h": .quoteVolume, "timestamp": .time,
  ])
}
