import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Websocket Overview", "Order Book", "Trade", "Ticker".
extension BittrexSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    calls.removeAll { !isAwaited($0) }
    calls.append(id)
    let symbol = markets[topics[0].market].symbol
    let names = ["orderbook_\(symbol)_\(Self.depth)", "trade_\(symbol)", "ticker_\(symbol)"]
    return SealedText(
      """
      {"H":"c3","M":"\(isUnsubscribe ? "Unsubscribe" : "Subscribe")","A":[["\(names[topics[0].channel])"]],"I":\(id)}
      """)
  }

  /// `{"C": "d-6010", "M": [{"H": "C3", "M": "orderBook", "A": ["packed"]}]}`, `{"R": [{"Success": true, "ErrorCode":
  /// null}], "I": "1"}`, `{"I": "1", "E": "There was an error"}`, and `{}` now and then.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    guard json.isWhole else { return .parse }
    var (messages, results): (JSONMark?, JSONMark?)
    var (id, error) = (JSONText(), JSONText())
    json.members { key, json in
      switch key {
      case "M": messages = json.passed()
      case "R": results = json.passed()
      case "I": id = json.scalar()
      case "E": error = json.scalar()
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    if !id.isEmpty { answered(id, results, error.text) }
    guard var list = messages?.scanner() else { return .ok }
    var status = Status.ok
    list.elements { json in
      let read = hubMessage(&json, frame, stream)
      if read != .ok, status != .parse { status = read }
    }
    return list.isValid ? status : .parse
  }

  private func answered(_ id: JSONText, _ results: JSONMark?, _ error: String) {
    guard let call = pb_id(id.text).flatMap({ calls.contains($0) ? $0 : nil }) ?? calls.first else { return }
    calls.removeAll { $0 == call }
    var code = error
    if var list = results?.scanner(), var first = list.find("0")?.scanner() {
      var result = JSONObject(&first)
      if result.flag("Success") == false { code = result.words("ErrorCode") }
    }
    acknowledged(call, code.isEmpty ? .confirmed : .refused(code: code, text: code))
  }

  /// One message of a hub: its name, and one packed argument; heartbeats have none.
  private func hubMessage(_ json: inout JSONScanner, _ frame: Body, _ stream: pb_id) -> Status {
    var (name, arguments): (JSONText, JSONMark?) = (JSONText(), nil)
    json.members { key, json in
      switch key {
      case "M": name = json.string()
      case "A": arguments = json.passed()
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    if name == "heartbeat" { return .ok }
    // A frame that waited for its book comes again: only books are taken from it.
    if stream == 0, name != "orderBook" { return .ok }
    guard var list = arguments?.scanner(), let body = unpacked(&list) else { return .parse }
    switch name {
    case "orderBook": return book(body, frame)
    case "trade": return trades(body, stream)
    case "ticker":
      var ticker = JSONScanner(body)
      guard ticker.isWhole else { return .parse }
      return self.ticker(&ticker, Self.ticker, stream)
    default: return .unsupported
    }
  }

  private func unpacked(_ arguments: inout JSONScanner) -> Body? {
    arguments.enterArray()
    guard arguments.nextElement() else { return nil }
    return inflater.body(embedded.body(&arguments))
  }

  /// `{"deltas": [{"id": "5bf6", "executedAt": "2020-10-05T23:02:17.49Z", "quantity": "0.1", "rate": "10763.97",
  /// "takerSide": "BUY"}], "sequence": 24391, "marketSymbol": "BTC-USD"}`
  private func trades(_ body: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole else { return .parse }
    guard let market = market(named: json.mark.text("marketSymbol")) else { return .unsupported }
    guard var list = json.find("deltas")?.scanner() else { return misread(market, .trades) }
    return trades(&list, Self.trade, stream, of: market, isSnapshot: false)
  }

  private static let trade = FieldTable<TradeField>([
    "id": .id, "quantity": .quantity, "rate": .price, "takerSide": .side, "executedAt": .isoTime,
  ])

  // MARK: Books

  /// `{"marketSymbol": "BTC-USDT", "depth": 25, "sequence": 3009387, "bidDeltas": [{"quantity": "0.05", "rate":
  /// "10694.8"}], "askDeltas": []}`
  private func book(_ body: Body, _ frame: Body) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole else { return .parse }
    guard let market = market(named: json.mark.text("marketSymbol")) else { return .unsupported }
    guard market.wantsBook else { return .ok }
    guard let sides = sides(&json, market, bids: "bidDeltas", asks: "askDeltas"), sides.number > 0 else {
      return misread(market, .book)
    }
    return book(market, last: sides.number, time: 0, bids: sides.bids, asks: sides.asks, frame: frame)
  }

  private func sides(
    _ json: inout JSONScanner, _ market: Market, bids: StaticString, asks: StaticString
  ) -> (bids: pb_list, asks: pb_list, number: UInt64)? {
    var sides: (bids: pb_list?, asks: pb_list?) = (nil, nil)
    var number: UInt64 = 0
    out.beginBook()
    json.members { key, json in
      if key == bids {
        sides.bids = levels(&json, market)
      } else if key == asks {
        sides.asks = levels(&json, market)
      } else if key == "sequence" {
        number = json.unsigned()
      } else {
        return false
      }
      return true
    }
    guard json.isValid, let bids = sides.bids, let asks = sides.asks else { return nil }
    return (bids, asks, number)
  }

  private func levels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    var list = pb_list()
    json.elements { json in
      var (price, quantity): (Int64, Int64) = (0, -1)
      json.members { key, json in
        switch key {
        case "rate": price = json.fixed(market.priceExponent)
        case "quantity": quantity = json.fixed(market.quantityExponent)
        default: return false
        }
        return true
      }
      if price <= 0 || quantity < 0 { json.fail() }
      out.level(price: price, quantity: quantity, to: &list)
    }
    return list
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.fill(market.symbol)
    call.set("depth", Int64(Self.depth))
  }

  /// "GET /markets/{marketSymbol}/orderbook": the number stands in the header `Sequence`.
  public func snapshotReply(_ body: Body, _ market: Market, _ reply: Reply) -> Status {
    guard let number = reply.header("sequence").flatMap({ UInt64($0) }), number > 0 else { return .parse }
    var json = JSONScanner(body)
    guard json.isWhole, let sides = sides(&json, market, bids: "bid", asks: "ask") else { return .parse }
    snapshot(market, last: number, time: 0, bids: sides.bids, asks: sides.asks, isInBand: false)
    return .ok
  }

  /// Levels of a whole book stand in the open; those of changes are packed.
  public func misfit(_ message: Body, _ market: Market) -> String? {
    let misfit = LevelMisfit(market, LevelMisfit.Shape(names: ("rate", "quantity")))
    var json = JSONScanner(message)
    guard var list = json.find("M")?.scanner() else { return misfit.words(message) }
    var words: String?
    list.elements { json in
      var message = json.passed().scanner()
      guard words == nil, var arguments = message.find("A")?.scanner(), let body = unpacked(&arguments) else { return }
      let look = JSONScanner(body)
      if self.market(named: look.mark.text("marketSymbol")) === market { words = misfit.words(body) }
    }
    return words
  }
}
