import CPatchbay
import ConnectorKit
import Decimals

extension JSONScanner {
  /// A number of smallest units in whole ones, without the digits behind an exponent. Fails for one that is too large.
  mutating func cut(_ unit: Decimal64, _ exponent: Int32) -> Int64 {
    guard let value = wideDecimal().quotient(dividingBy: unit, places: -exponent),
      let mantissa = value.mantissa(at: exponent), mantissa >= 0
    else {
      fail()
      return -1
    }
    return mantissa
  }
}

/// Public frames. Sources: "Subscription", "Response", "Orderbook Notification", "Trade Notification", "Ticker
/// Notification".
extension LoopringSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (topic, verb) = (topics[0], isUnsubscribe ? "unSub" : "sub")
    let (name, symbol) = (feeds.channels[topic.channel].name, markets[topic.market].symbol)
    let level = name == "orderbook" ? ",\"level\":0" : ""
    return SealedText(
      "{\"op\":\"\(verb)\",\"sequence\":\(id),\"topics\":[{\"topic\":\"\(name)\",\"market\":\"\(symbol)\"\(level)}]}")
  }

  /// What a frame says of its topics: `{"topic": "trade", "market": "LRC-ETH"}`. Examples of the documentation write
  /// the member's name with a colon at its end.
  struct Named {
    var (name, market) = (JSONText(), JSONText())

    init(_ json: inout JSONScanner) {
      json.members { key, json in
        switch key {
        case "topic", "topic:": name = json.string()
        case "market": market = json.string()
        default: return false
        }
        return true
      }
    }
  }

  /// A notification, or an answer: `{"op": "sub", "sequence": 1, "topics": [...], "result": {"status": "failed",
  /// "error": {"code": 104106, "message": "..."}}}`.
  struct Event {
    private(set) var (operation, sequence) = (JSONText(), JSONText())
    private(set) var topic: Named?
    private(set) var (topics, result, data): (JSONMark?, JSONMark?, JSONMark?)
    private(set) var time: Int64 = 0
    private(set) var (first, last) = (UInt64(0), UInt64(0))

    init?(_ frame: Body) {
      var json = JSONScanner(frame)
      json.members { key, json in
        switch key {
        case "op": operation = json.string()
        case "sequence": sequence = json.scalar()
        case "topic": topic = Named(&json)
        case "topics": topics = json.passed()
        case "result": result = json.passed()
        case "data": data = json.passed()
        case "ts": time = json.milliseconds()
        case "startVersion": first = json.unsigned()
        case "endVersion": last = json.unsigned()
        default: return false
        }
        return true
      }
      guard json.isComplete() else { return nil }
    }

    var answer: Acknowledgement {
      guard let result else { return .confirmed }
      let status = result.text("status")
      guard status != "ok", status != "OK" else { return .confirmed }
      var json = result.scanner()
      guard var error = json.find("error")?.scanner() else {
        return .refused(code: "", text: "the exchange refuses without words")
      }
      var object = JSONObject(&error)
      return .refused(code: object.words("code"), text: object.words("message"))
    }
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if answeredPing(frame, stream) { return .ok }
    guard let event = Event(frame) else { return .parse }
    guard event.operation.isEmpty else {
      acknowledge(event)
      return .ok
    }
    guard let topic = event.topic, let data = event.data else { return .unsupported }
    guard let market = market(named: topic.market) as? TokenMarket else { return .unsupported }
    switch topic.name {
    case "orderbook": return change(event, data, market, frame)
    case "trade": return trades(data, market)
    case "ticker":
      var json = data.scanner()
      return ticker(&json, Self.ticker, stream, of: market)
    default: return .unsupported
    }
  }

  func answeredPing(_ frame: Body, _ stream: pb_id) -> Bool {
    guard frame.elementsEqual("ping".utf8) else { return false }
    answerHeartbeat("pong", act: "pong", on: stream)
    return true
  }

  /// An answer names the topics, or none of them where the request could not be read.
  private func acknowledge(_ event: Event) {
    let isUnsubscribe = event.operation != "sub"
    var count = 0
    if var list = event.topics?.scanner() {
      list.elements { json in
        let topic = Named(&json)
        guard json.isValid, let market = market(named: topic.market) else { return }
        count += 1
        acknowledged(market.number, channel: topic.name.text, isUnsubscribe: isUnsubscribe, event.answer)
      }
    }
    if count == 0 { acknowledged(event.sequence, event.answer) }
  }

  // MARK: Books

  private func change(_ event: Event, _ data: JSONMark, _ market: TokenMarket, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    out.beginBook()
    guard let sides = sides(data, market), event.last >= event.first else { return misread(market, .book) }
    return book(
      market, first: event.first, last: event.last, time: event.time, bids: sides.bids, asks: sides.asks, frame: frame)
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("market", market.symbol)
    call.set("level", 0)
    call.set("limit", 50)
  }

  /// `{"version": "1212122", "timestamp": 1764288000250, "market": "LRC-ETH", "bids": [[...]], "asks": [[...]]}`
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    guard let market = market as? TokenMarket, JSONScanner(body).isWhole else { return .parse }
    var json = JSONScanner(body)
    var (version, time) = (UInt64(0), Int64(0))
    json.members { key, json in
      switch key {
      case "version": version = json.unsigned()
      case "timestamp": time = json.milliseconds()
      default: return false
      }
      return true
    }
    out.beginBook()
    guard json.isValid, let sides = sides(JSONScanner(body).mark, market) else { return .parse }
    snapshot(market, last: version, time: time, bids: sides.bids, asks: sides.asks, isInBand: false)
    return .ok
  }

  /// `[["295.97", "456781000000000", "3015000000000", "4"]]`: price, quantity of the base token, of the quote token,
  /// and how many orders.
  private func sides(_ data: JSONMark, _ market: TokenMarket) -> (bids: pb_list, asks: pb_list)? {
    let unit = unit(market)
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    func levels(_ json: inout JSONScanner) -> pb_list {
      var list = pb_list()
      json.elements { json in
        json.enterArray()
        let price = json.nextElement() ? json.fixed(market.priceExponent) : 0
        let quantity = json.nextElement() ? json.cut(unit, market.quantityExponent) : -1
        while json.nextElement() { json.skip() }
        if price <= 0 || quantity < 0 { json.fail() }
        out.level(price: price, quantity: quantity, to: &list)
      }
      return list
    }
    var json = data.scanner()
    json.members { key, json in
      switch key {
      case "bids": bids = levels(&json)
      case "asks": asks = levels(&json)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else { return nil }
    return (bids, asks)
  }

  /// What one of the base token is in its smallest units.
  private func unit(_ market: TokenMarket) -> Decimal64 {
    if market.unit == .one { market.unit = token(named: market.rules.base)?.unit ?? .one }
    return market.unit
  }

  func token(named symbol: String) -> Token? { tokensBySymbol[symbol] }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(cutsQuantities: true)).words(message)
  }

  // MARK: Trades and tickers

  /// `[["1584717910000", "123456789", "buy", "500000", "0.0008", "100"]]`: time, id, the taker's side, quantity, price
  /// and fee.
  private func trades(_ data: JSONMark, _ market: TokenMarket) -> Status {
    guard isWanted(market, .trades) else { return .ok }
    let unit = unit(market)
    var json = data.scanner()
    json.elements { json in
      json.enterArray()
      let time = json.nextElement() ? json.milliseconds() : 0
      let id = json.nextElement() ? json.scalar() : JSONText()
      let side = json.nextElement() ? vocabulary.side(json.scalar()) : .none
      let quantity = json.nextElement() ? json.cut(unit, market.quantityExponent) : 0
      let price = json.nextElement() ? json.fixed(market.priceExponent) : 0
      while json.nextElement() { json.skip() }
      guard json.isValid, price > 0, side != .none else { return json.fail() }
      // Less than can be counted.
      guard quantity > 0 else { return }
      out.trade(instrument: market.id, id: id, price: price, quantity: quantity, taker: side, time: time)
    }
    return json.isValid ? .ok : misread(market, .trades)
  }

  /// `["LRC-ETH", "1584717910000", "5000000", "1000", "0.0002", "0.00025", "0.0002", "0.00025", "5000", "0.00026",
  /// "0.00027"]`. What was traded is counted in smallest units of two tokens, and left out.
  private static let ticker = FieldTable<TickerField>(
    places: [.symbol, .time, nil, nil, .open, .high, .low, .last, nil, .bid, .ask])
}
