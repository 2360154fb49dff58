import CPatchbay
import ConnectorKit

/// What the `data` object of a topic on the hot path can hold. One letter means different things in different topics.
struct Event {
  /// The first letter behind the `@`: depth, aggTrade, trade, bookTicker, markPrice, forceOrder; 0 where there is none.
  var topic: UInt8 = 0
  /// The stream's whole name.
  var stream = JSONText()
  var market = -1
  var (time, first, last) = (Int64(0), UInt64(0), UInt64(0))
  /// The last update id of the update before, on futures.
  var previous: UInt64 = 0
  var id = JSONText()
  var isBuyerMaker: Bool?
  /// Prices and quantities of a trade or of best prices, which need the market's exponents.
  var (bid, bidSize, ask, askSize): (JSONMark?, JSONMark?, JSONMark?, JSONMark?)
  var (bids, asks) = (pb_list(), pb_list())
  /// The object of a topic that is not on the hot path.
  var object: JSONMark?

  @inline(__always)
  static func topic(of stream: JSONText) -> UInt8 { stream.after(first: UInt8(ascii: "@"))?[0] ?? 0 }

  var channel: Channels? {
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

/// Frames of the market streams. Sources: "WebSocket Streams", "How to manage a local order book correctly" of the spot
/// documentation, "Websocket Market Streams" of the futures documentation; payloads of the combined form `{"stream":
/// "btcusdt@depth@100ms", "data": {...}}`.
///
/// Keys may come in any order. What is read stays in local variables until the whole frame has proved well-formed; only
/// then a fact goes out.
extension BinanceConnector {
  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { "\"\(markets[$0.market].symbol.lowercased())@\(venue.channels[$0.channel].name)\"" }
    let method = isUnsubscribe ? "UNSUBSCRIBE" : "SUBSCRIBE"
    return SealedText("{\"method\":\"\(method)\",\"params\":[\(names.joined(separator: ","))],\"id\":\(id)}")
  }

  final func anyFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (event, data) = (Event(), JSONMark?.none)
    json.members { key, json in
      switch key {
      case "stream":
        event.stream = json.string()
        event.topic = Event.topic(of: event.stream)
      case "data":
        if event.topic == 0 { data = json.passed() } else { read(&json, &event) }
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return lost(event, stream, isBroken: true) }
    if let data {
      var json = data.scanner()
      read(&json, &event)
      guard json.isValid else { return lost(event, stream, isBroken: true) }
    }
    if event.topic == 0 { return answer(frame) }
    guard event.market >= 0 || event.object != nil else {
      return event.channel == nil ? .unsupported : lost(event, stream)
    }
    let status = event.object.map { otherFrame(event.topic, $0) } ?? publish(event, frame)
    return status == .parse ? lost(event, stream) : status
  }

  /// A frame could not be read: what it was about is lost with it. One about a symbol that was never listed is lost
  /// without harm; where even that cannot be known, it may have been about anything that its stream carries.
  @inline(never)
  private func lost(_ event: Event, _ stream: pb_id, isBroken: Bool = false) -> Status {
    let name = event.stream.text.prefix { $0 != "@" }.uppercased()
    guard let market = event.market >= 0 ? markets[event.market] : market(named: name), let channel = event.channel
    else { return isBroken ? misread(stream: stream, Channels(rawValue: .max)) : .ok }
    return misread(market, channel)
  }

  @inline(__always)
  private func read(_ json: inout JSONScanner, _ event: inout Event) {
    switch event.topic {
    case UInt8(ascii: "d"): readDepth(&json, &event)
    case UInt8(ascii: "a"), UInt8(ascii: "t"): readTrade(&json, &event)
    case UInt8(ascii: "b"): readTicker(&json, &event)
    case UInt8(ascii: "m"), UInt8(ascii: "f"): event.object = json.passed()
    default: json.skip()
    }
  }

  /// `{"e":"depthUpdate","E":ms,"s":"BTCUSDT","U":first,"u":last,"b":[["price","quantity"]],"a":[...]}`; futures have
  /// `pu` too.
  @inline(__always)
  private func readDepth(_ json: inout JSONScanner, _ event: inout Event) {
    var (bids, asks): (JSONMark?, JSONMark?)
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
      case "b": if bids == nil { bids = json.passed() } else { json.fail() }
      case "a": if asks == nil { asks = json.passed() } else { json.fail() }
      default: json.skip()
      }
    }
    guard event.market >= 0, json.isValid else { return }
    // Both sides are always there; a book with half of an update would be wrong in silence.
    guard let bids, let asks, event.first > 0, event.last >= event.first else { return json.fail() }
    out.beginBook()
    event.bids = levels(at: bids, markets[event.market], &json)
    event.asks = levels(at: asks, markets[event.market], &json)
  }

  private func levels(at mark: JSONMark, _ market: Market, _ json: inout JSONScanner) -> pb_list {
    var scanner = mark.scanner()
    let list = out.levels(&scanner, price: market.priceExponent, quantity: market.quantityExponent)
    if !scanner.isValid { json.fail() }
    return list
  }

  /// aggTrade: `{"e":"aggTrade","E":ms,"s":"BTCUSDT","a":id,"p":"price","q":"quantity","T":ms,"m":true}`; trade: `t`
  /// for the id.
  private func readTrade(_ json: inout JSONScanner, _ event: inout Event) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": event.market = symbols.find(json.string())
      case "a" where event.topic == UInt8(ascii: "a"), "t" where event.topic == UInt8(ascii: "t"):
        event.id = json.scalar()
      case "p": event.bid = json.passed()
      case "q": event.bidSize = json.passed()
      case "T": event.time = json.milliseconds()
      case "m": event.isBuyerMaker = json.boolean()
      default: json.skip()
      }
    }
    if event.bid == nil || event.bidSize == nil || event.isBuyerMaker == nil || event.id.isEmpty, event.market >= 0 {
      json.fail()
    }
  }

  /// bookTicker: `{"u":id,"s":"BTCUSDT","b":"price","B":"quantity","a":"price","A":"quantity"}`; futures tell the time
  /// too. A side without orders has zeros.
  private func readTicker(_ json: inout JSONScanner, _ event: inout Event) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "s": event.market = symbols.find(json.string())
      case "u": event.last = json.unsigned()
      case "T": event.time = json.milliseconds()
      case "b": event.bid = json.passed()
      case "B": event.bidSize = json.passed()
      case "a": event.ask = json.passed()
      case "A": event.askSize = json.passed()
      default: json.skip()
      }
    }
    if event.bid == nil || event.bidSize == nil || event.ask == nil || event.askSize == nil, event.market >= 0 {
      json.fail()
    }
  }

  @inline(__always)
  private func publish(_ event: Event, _ frame: Body) -> Status {
    withMarket(event.market) { market in
      switch event.topic {
      case UInt8(ascii: "d"):
        // The levels stand in the record begun: nothing else may be written before it is out.
        let status = book(
          market, first: event.first, last: event.last, previous: event.previous, time: event.time, bids: event.bids,
          asks: event.asks, frame: frame)
        _ = isWanted(market, .book)
        return status
      case UInt8(ascii: "b"): return ticker(event, market)
      default: return trade(event, market)
      }
    }
  }

  @inline(__always)
  private func trade(_ event: Event, _ market: Market) -> Status {
    guard var price = event.bid?.scanner(), var quantity = event.bidSize?.scanner() else { return .parse }
    let (fixedPrice, fixedQuantity) = (price.fixed(market.priceExponent), quantity.fixed(market.quantityExponent))
    guard price.isValid, quantity.isValid else { return .parse }
    guard isWanted(market, .trades) else { return .ok }
    // The buyer being the maker means that the seller took.
    out.trade(
      instrument: market.id, id: event.id, price: fixedPrice, quantity: fixedQuantity,
      taker: event.isBuyerMaker == true ? .sell : .buy, time: event.time)
    return .ok
  }

  @inline(__always)
  private func ticker(_ event: Event, _ market: Market) -> Status {
    var (isValid, record) = (true, pb_ticker())
    func number(_ mark: JSONMark?, _ exponent: Int32) -> Int64? {
      guard var json = mark?.scanner() else { return nil }
      let value = json.optionalFixed(exponent)
      if !json.isValid || value ?? 0 < 0 { isValid = false }
      return value
    }
    record.setBid(number(event.bid, market.priceExponent), number(event.bidSize, market.quantityExponent))
    record.setAsk(number(event.ask, market.priceExponent), number(event.askSize, market.quantityExponent))
    guard isValid else { return .parse }
    guard isWanted(market, .ticker) else { return .ok }
    (record.instrument, record.seq, record.venue_ns) = (market.id, event.last, event.time)
    out.ticker(record)
    return .ok
  }

  /// A frame that is no market data: `{"result": null, "id": 1}`, or `{"error": {"code": 2, "msg": "..."}, "id": 1}`.
  private func answer(_ frame: Body) -> Status {
    let whole = JSONScanner(frame).mark
    guard let id = pb_id(Self.word("id", whole).text), id > 0 else { return .unsupported }
    let error = Self.object("error", whole)
    let (code, text) = (Self.word("code", error ?? whole).text, Self.word("msg", error ?? whole).text)
    acknowledged(id, error == nil && code.isEmpty ? .confirmed : .refused(code: code, text: text))
    return .ok
  }

  /// What stands at a member of an object; `nil` where there is none, or `null`.
  static func object(_ name: String, _ object: JSONMark) -> JSONMark? {
    var json = object.scanner()
    guard let found = json.find(name) else { return nil }
    return json.peek() == UInt8(ascii: "n") ? nil : found
  }

  /// A text or number that stands there; empty where there is none.
  static func word(_ name: String, _ object: JSONMark) -> JSONText {
    guard var value = self.object(name, object)?.scanner() else { return JSONText() }
    return value.scalar()
  }

  /// Milliseconds that stand there; 0 where there are none, `nil` where they cannot be read.
  static func time(_ name: String, _ object: JSONMark) -> Int64? {
    guard var value = self.object(name, object)?.scanner() else { return 0 }
    let time = value.milliseconds()
    return value.isValid ? time : nil
  }

  // MARK: Snapshots

  public final func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("symbol", market.symbol)
    call.set("limit", (1...1000).contains(market.wanted) ? 1000 : Int64(venue.deepestSnapshot))
  }

  /// `{"lastUpdateId": 1, "bids": [["price", "quantity"]], "asks": [...]}`
  public final func snapshotReply(_ body: Body, _ market: Market) -> Status {
    snapshot(body, ["lastUpdateId": .last, "bids": .bids, "asks": .asks], market)
  }
}
