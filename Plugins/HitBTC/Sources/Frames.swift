import CPatchbay
import ConnectorKit

/// What a frame says: data of a channel, or an answer.
struct HitBTCHead {
  /// Of data: the channel, and the object in which each symbol has its own.
  var channel = JSONText()
  var data: JSONMark?
  var isSnapshot = false
  /// Of version 2 and of accounts: a method with its parameters.
  var method = JSONText()
  var parameters: JSONMark?
  /// Of an answer.
  var id = JSONText()
  var hasResult = false
  private var refusal = RPCRefusal()

  /// `{"ch": "trades", "update": {"BTCUSDT": [{...}]}}`, `{"jsonrpc": "2.0", "method": "spot_order", "params": {...}}`,
  /// `{"result": {...}, "id": 1}`, `{"error": {"code": 2001, "message": "...", "description": "..."}, "id": 1}`.
  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "ch": channel = json.string()
    case "snapshot", "update", "data":
      isSnapshot = key == "snapshot"
      data = json.mark
      return false
    case "method": method = json.string()
    case "params":
      parameters = json.mark
      return false
    case "id": id = json.scalar()
    case "result":
      hasResult = true
      return false
    case "error": refusal.read(&json)
    default: return false
    }
    return true
  }

  var isRefused: Bool { refusal.isSaid }
  var answer: Acknowledgement { refusal.answer }
}

/// Public frames. Sources: "Socket Market Data": "Subscribe to full order book", "Subscribe to trades", "Subscribe to
/// ticker"; of version 2 the same.
extension HitBTCSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let name = feeds.channels[topics[0].channel].name
    let verb = isUnsubscribe ? "unsubscribe" : "subscribe"
    if isOld {
      let symbol = markets[topics[0].market].symbol
      return SealedText("{\"method\":\"\(verb)\(name)\",\"params\":{\"symbol\":\"\(symbol)\"},\"id\":\(id)}")
    }
    let symbols = topics.map { "\"\(markets[$0.market].symbol)\"" }.joined(separator: ",")
    return SealedText(
      "{\"method\":\"\(verb)\",\"ch\":\"\(name)\",\"params\":{\"symbols\":[\(symbols)]},\"id\":\(id)}")
  }

  /// A message is about one channel.
  public func group(_ topic: Topic) -> Int { topic.channel }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var head = HitBTCHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard !head.isRefused || head.data == nil && head.parameters == nil else { return .parse }
    if let data = head.data { return channel(head, data, stream, frame) }
    if let parameters = head.parameters { return old(head.method, parameters, stream, frame) }
    guard head.hasResult || head.isRefused else { return .unsupported }
    acknowledged(head.id, head.answer)
    return .ok
  }

  /// Data of one or more symbols.
  private func channel(_ head: HitBTCHead, _ data: JSONMark, _ stream: pb_id, _ frame: Body) -> Status {
    var status = Status.ok
    var list = data.scanner()
    list.enterObject()
    while let name = list.nextKey() {
      guard let market = market(named: name) else {
        list.skip()
        status = .unsupported
        continue
      }
      let entry: Status
      switch head.channel {
      case "orderbook/full": entry = book(&list, market, isSnapshot: head.isSnapshot, frame)
      case "trades": entry = trades(&list, Self.trade, stream, of: market, isSnapshot: head.isSnapshot)
      case "ticker/1s": entry = ticker(&list, Self.ticker, stream, of: market)
      default:
        list.skip()
        entry = .unsupported
      }
      if entry != .ok { status = entry }
    }
    return list.isValid || status == .parse ? status : .parse
  }

  /// A frame of version 2: its parameters name the symbol, which may stand behind what is read by its exponents.
  private func old(_ method: JSONText, _ parameters: JSONMark, _ stream: pb_id, _ frame: Body) -> Status {
    guard let market = market(named: parameters.text("symbol")) else { return .unsupported }
    var json = parameters.scanner()
    switch method {
    case "snapshotOrderbook", "updateOrderbook":
      return book(&json, market, isSnapshot: method == "snapshotOrderbook", frame)
    case "snapshotTrades", "updateTrades":
      guard var list = json.find("data")?.scanner() else { return misread(market, .trades) }
      return trades(&list, Self.oldTrade, stream, of: market, isSnapshot: method == "snapshotTrades")
    case "ticker": return ticker(&json, Self.oldTicker, stream, of: market)
    default: return .unsupported
    }
  }

  // MARK: Books

  /// `{"t": 1626866578796, "s": 27617207, "a": [["0.060506", "0"]], "b": [...]}`; of version 2 `{"ask": [{"price": "1",
  /// "size": "2"}], "bid": [...], "symbol": "ETHBTC", "sequence": 1, "timestamp": "..."}`.
  private func book(_ json: inout JSONScanner, _ market: Market, isSnapshot: Bool, _ frame: Body) -> Status {
    guard market.wantsBook else {
      json.skip()
      return .ok
    }
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, time) = (UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "a": asks = out.levels(&json, market)
      case "b": bids = out.levels(&json, market)
      case "ask": asks = oldLevels(&json, market)
      case "bid": bids = oldLevels(&json, market)
      case "s", "sequence": number = json.unsigned()
      case "t": time = json.milliseconds()
      case "timestamp": time = json.timestamp()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, number > 0 else { return misread(market, .book) }
    return book(market, isSnapshot: isSnapshot, last: number, time: time, bids: bids, asks: asks, frame: frame)
  }

  private func oldLevels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    var list = pb_list()
    json.elements { json in
      var (price, quantity): (Int64?, Int64?)
      json.members { key, json in
        switch key {
        case "price": price = json.fixed(market.priceExponent)
        case "size": quantity = json.fixed(market.quantityExponent)
        default: return false
        }
        return true
      }
      guard let price, let quantity else { return json.fail() }
      out.level(price: price, quantity: quantity, to: &list)
    }
    return list
  }

  // MARK: Trades and tickers

  /// The side is the taker's.
  private static let trade = FieldTable<TradeField>(["i": .number, "p": .price, "q": .quantity, "s": .side, "t": .time])
  private static let oldTrade = FieldTable<TradeField>([
    "id": .number, "price": .price, "quantity": .quantity, "side": .side, "timestamp": .isoTime,
  ])

  private static let ticker = FieldTable<TickerField>([
    "a": .ask, "A": .askQuantity, "b": .bid, "B": .bidQuantity, "c": .last, "o": .open, "h": .high, "l": .low,
    "v": .baseVolume, "q": .quoteVolume, "t": .time,
  ])
  private static let oldTicker = FieldTable<TickerField>([
    "ask": .ask, "bid": .bid, "last": .last, "open": .open, "high": .high, "low": .low, "volume": .baseVolume,
    "volumeQuote": .quoteVolume, "timestamp": .isoTime,
  ])
  /// "Tickers".
  static let restTicker = FieldTable<TickerField>([
    "ask": .ask, "bid": .bid, "last": .last, "open": .open, "high": .high, "low": .low, "volume": .baseVolume,
    "volume_quote": .quoteVolume, "timestamp": .isoTime,
  ])
}
