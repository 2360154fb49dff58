import CPatchbay
import ConnectorKit

/// Frames of the market streams: the hot path. Sources: "WebSocket Streams" of the spot documentation, "Websocket
/// Market Streams" of the futures documentation; payloads of the combined form `{"stream": "btcusdt@depth@100ms",
/// "data": {...}}`.
///
/// Keys may come in any order. What is read stays in local variables until the whole frame has proved well-formed; only
/// then a fact goes out.
extension BinanceConnector {
  func marketData(_ payload: UnsafeBufferPointer<UInt8>, on stream: pb_id) -> Status {
    usualDepth(payload) ?? anyMarketData(payload, stream)
  }

  private func anyMarketData(_ payload: UnsafeBufferPointer<UInt8>, _ stream: pb_id) -> Status {
    var json = JSONScanner(payload)
    var event = Event()
    var answer = Answer()
    var data: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "stream":
        event.stream = json.string()
        event.topic = Event.topic(of: event.stream)
      case "data":
        if event.topic == 0 {
          data = json.mark
          json.skip()
        } else {
          read(&json, &event)
        }
      default: answer.read(key, &json)
      }
    }
    guard json.isComplete() else { return misread(event, stream, payload) }
    if let data {
      var json = data.scanner()
      read(&json, &event)
      guard json.isValid else { return misread(event, stream, payload) }
    }
    if event.topic == 0 { return answered(answer) }
    let status: Status
    if let object = event.object {
      status = event.topic == UInt8(ascii: "m") ? mark(object) : liquidation(object)
    } else if event.market >= 0 {
      status = publish(event, payload)
    } else {
      status = Event.channel(event.topic) == nil ? .unsupported : .parse
    }
    guard status == .parse || status == .venue else { return status }
    // A message about a symbol that was never listed is lost without harm.
    guard event.market >= 0 || named(by: event.stream) >= 0 else { return .ok }
    _ = misread(event, stream, payload)
    return status
  }

  /// The market that a stream's name begins with, or -1.
  private func named(by stream: JSONText) -> Int { symbols.find(stream.text.prefix { $0 != "@" }.uppercased()) }

  /// A frame could not be read: what it was about is lost with it. Where even that cannot be told, it may have been
  /// about anything that its stream carries.
  @inline(never)
  private func misread(_ event: Event, _ stream: pb_id, _ message: UnsafeBufferPointer<UInt8>) -> Status {
    var number = event.market
    if number < 0 { number = named(by: event.stream) }
    if number >= 0, let channel = Event.channel(event.topic) {
      if channel == .book { nameMisfit(markets[number], message) }
      misread(markets[number], channel)
    } else {
      for topic in connections[stream]?.topics ?? [] {
        // Of a book on its way, numbers show whether this was about it.
        if topic.channel == .book, !markets[topic.market].sync.isLive { continue }
        misread(markets[topic.market], topic.channel)
      }
    }
    return .parse
  }

  /// What the `data` object of any topic can hold. One letter means different things in different topics.
  struct Event {
    /// The first letter behind the `@`: depth, aggTrade, trade, bookTicker, markPrice, forceOrder; 0 where the frame
    /// names no stream.
    var topic: UInt8 = 0
    /// The stream's whole name.
    var stream = JSONText()
    var market = -1
    var time: Int64 = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
    /// The last update id of the update before, on futures.
    var previous: UInt64 = 0
    var id = JSONText()
    var isBuyerMaker = false
    var price: Int64 = 0
    var quantity: Int64 = 0
    var bids = pb_list()
    var asks = pb_list()
    var ticker = pb_ticker()
    /// The object of a topic that is not on the hot path.
    var object: JSONMark?

    @inline(__always)
    static func topic(of stream: JSONText) -> UInt8 {
      stream.after(first: UInt8(ascii: "@"))?[0] ?? 0
    }

    static func channel(_ topic: UInt8) -> Channels? {
      switch topic {
      case UInt8(ascii: "d"): .book
      case UInt8(ascii: "a"), UInt8(ascii: "t"): .trades
      case UInt8(ascii: "b"): .ticker
      case UInt8(ascii: "m"): .mark
      case UInt8(ascii: "f"): .liquidations
      default: nil
      }
    }
  }

  @inline(__always)
  private func read(_ json: inout JSONScanner, _ event: inout Event) {
    switch event.topic {
    case UInt8(ascii: "d"): readDepth(&json, &event)
    case UInt8(ascii: "a"), UInt8(ascii: "t"): readTrade(&json, &event)
    case UInt8(ascii: "b"): readTicker(&json, &event)
    case UInt8(ascii: "m"), UInt8(ascii: "f"):
      event.object = json.mark
      json.skip()
    default: json.skip()
    }
  }

  /// `{"e":"depthUpdate","E":ms,"s":"BTCUSDT","U":first,"u":last,"b":[["price","quantity"]],"a":[...]}`; futures have
  /// `pu` too.
  @inline(__always)
  private func readDepth(_ json: inout JSONScanner, _ event: inout Event) {
    var bids: JSONMark?
    var asks: JSONMark?
    var sides = (bids: false, asks: false)
    out.beginBook()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s":
        // The levels of one market are not those of another.
        if event.market >= 0 { json.fail() } else { event.market = symbols.find(json.string()) }
      case "U": event.first = json.unsigned()
      case "u": event.last = json.unsigned()
      case "pu": event.previous = json.unsigned()
      case "E": event.time = json.milliseconds()
      // A side that comes twice would leave the first in the record, where no part of it is.
      case "b":
        if sides.bids { return json.fail() }
        sides.bids = true
        if event.market >= 0 { event.bids = levels(&json, event.market) } else { bids = json.mark; json.skip() }
      case "a":
        if sides.asks { return json.fail() }
        sides.asks = true
        if event.market >= 0 { event.asks = levels(&json, event.market) } else { asks = json.mark; json.skip() }
      default: json.skip()
      }
    }
    guard event.market >= 0, json.isValid else { return }
    // Both sides are always there; a book with half of an update would be wrong in silence.
    guard sides.bids, sides.asks else { return json.fail() }
    // The symbol stood behind the levels.
    if let bids { event.bids = levels(at: bids, event.market, &json) }
    if let asks { event.asks = levels(at: asks, event.market, &json) }
  }

  @inline(__always)
  private func levels(_ json: inout JSONScanner, _ market: Int) -> pb_list {
    out.levels(&json, price: markets[market].priceExponent, quantity: markets[market].quantityExponent)
  }

  private func levels(at mark: JSONMark, _ market: Int, _ json: inout JSONScanner) -> pb_list {
    var scanner = mark.scanner()
    let list = levels(&scanner, market)
    if !scanner.isValid { json.fail() }
    return list
  }

  /// aggTrade:
  /// `{"e":"aggTrade","E":ms,"s":"BTCUSDT","a":id,"p":"price","q":"quantity","f":first,"l":last,"T":ms,"m":true}`;
  /// trade: the same with `t` for the id.
  private func readTrade(_ json: inout JSONScanner, _ event: inout Event) {
    var price: JSONMark?
    var quantity: JSONMark?
    var hasSide = false
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": event.market = symbols.find(json.string())
      case "a" where event.topic == UInt8(ascii: "a"), "t" where event.topic == UInt8(ascii: "t"):
        event.id = json.scalar()
      case "p": price = json.mark; json.skip()
      case "q": quantity = json.mark; json.skip()
      case "T": event.time = json.milliseconds()
      case "m":
        event.isBuyerMaker = json.boolean()
        hasSide = true
      default: json.skip()
      }
    }
    guard event.market >= 0, json.isValid else { return }
    guard let price, let quantity, hasSide, !event.id.isEmpty else { return json.fail() }
    event.price = number(at: price, markets[event.market].priceExponent, &json)
    event.quantity = number(at: quantity, markets[event.market].quantityExponent, &json)
  }

  /// bookTicker: `{"u":id,"s":"BTCUSDT","b":"price","B":"quantity","a":"price","A":"quantity"}`; futures tell the time
  /// too. A side without orders has zeros.
  private func readTicker(_ json: inout JSONScanner, _ event: inout Event) {
    var marks: (JSONMark?, JSONMark?, JSONMark?, JSONMark?)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": event.market = symbols.find(json.string())
      case "u": event.last = json.unsigned()
      case "T": event.time = json.milliseconds()
      case "b": marks.0 = json.mark; json.skip()
      case "B": marks.1 = json.mark; json.skip()
      case "a": marks.2 = json.mark; json.skip()
      case "A": marks.3 = json.mark; json.skip()
      default: json.skip()
      }
    }
    guard event.market >= 0, json.isValid else { return }
    guard let bid = marks.0, let bidSize = marks.1, let ask = marks.2, let askSize = marks.3 else { return json.fail() }
    let (price, quantity) = (markets[event.market].priceExponent, markets[event.market].quantityExponent)
    event.ticker.setBid(optional(at: bid, price, &json), optional(at: bidSize, quantity, &json))
    event.ticker.setAsk(optional(at: ask, price, &json), optional(at: askSize, quantity, &json))
  }

  @inline(__always)
  private func number(at mark: JSONMark, _ exponent: Int32, _ json: inout JSONScanner) -> Int64 {
    var scanner = mark.scanner()
    let value = scanner.fixed(exponent)
    if !scanner.isValid { json.fail() }
    return value
  }

  private func optional(at mark: JSONMark, _ exponent: Int32, _ json: inout JSONScanner) -> Int64? {
    var scanner = mark.scanner()
    let value = scanner.optionalFixed(exponent)
    if !scanner.isValid || value ?? 0 < 0 { json.fail() }
    return value
  }

  @inline(__always)
  private func publish(_ event: Event, _ payload: UnsafeBufferPointer<UInt8>) -> Status {
    let market = markets[event.market]
    switch event.topic {
    case UInt8(ascii: "d"):
      guard event.first > 0, event.last >= event.first else { return .venue }
      // The levels stand in the record begun: nothing else may be written before it is out.
      depth(
        market, payload, first: event.first, last: event.last, previous: event.previous, time: event.time,
        bids: event.bids, asks: event.asks)
      _ = isLive(market, .book)
    case UInt8(ascii: "a"), UInt8(ascii: "t"):
      guard isLive(market, .trades) else { break }
      // The buyer being the maker means that the seller took.
      out.trade(
        instrument: market.id, id: event.id, price: event.price, quantity: event.quantity,
        taker: event.isBuyerMaker ? .sell : .buy, time: event.time)
    case UInt8(ascii: "b"):
      guard isLive(market, .ticker) else { break }
      var ticker = event.ticker
      ticker.instrument = market.id
      ticker.seq = event.last
      ticker.venue_ns = event.time
      out.ticker(ticker)
    default: return .unsupported
    }
    return .ok
  }

  /// A frame that is no market data: an answer to a subscription.
  struct Answer {
    var id: UInt64 = 0
    var isError = false
    var code = ""
    var text = ""

    mutating func read(_ key: JSONText, _ json: inout JSONScanner) {
      switch key {
      case "id" where json.peek() != UInt8(ascii: "n"): id = json.unsigned()
      case "code":
        isError = true
        code = json.scalar().text
      case "msg": text = json.string().text
      case "error":
        isError = json.peek() != UInt8(ascii: "n")
        guard json.peek() == UInt8(ascii: "{") else { return json.skip() }
        json.enterObject()
        while let key = json.nextKey() { read(key, &json) }
      default: json.skip()
      }
    }
  }

  private func answered(_ answer: Answer) -> Status {
    guard answer.id > 0 else { return .unsupported }
    acknowledged(answer)
    return .ok
  }
}
