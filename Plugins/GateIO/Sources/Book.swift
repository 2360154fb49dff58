import CPatchbay
import ConnectorKit

/// Books of spot and futures. Sources: "Order Book Channel", "Order Book API". Two depths are offered: the best 20
/// levels every 20 ms, the best 100 every 100 ms; a book that is asked for must be as deep.
extension GateExchange {
  func interval(_ market: Market) -> String { market.depth == 20 ? "20ms" : "100ms" }

  public func levels(_ wanted: Int) -> Int { (1...20).contains(wanted) ? 20 : 100 }

  /// `{"t": 1606294781123, "s": "BTC_USDT", "U": 48776301, "u": 48776306, "b": [...], "a": [...]}`; with `"full": true`
  /// it is the whole book.
  func book(_ result: JSONMark, _ stream: pb_id, _ frame: Body) -> Status {
    var event = BookEvent()
    var json = result.scanner()
    json.members { key, json in
      switch key {
      case "s": event.market = market(named: json.string())
      case "U": event.first = json.unsigned()
      case "u": event.last = json.unsigned()
      case "t": event.time = json.milliseconds()
      case "full": event.isWhole = json.boolean()
      case "b": event.bids = json.passed()
      case "a": event.asks = json.passed()
      default: return false
      }
      return true
    }
    guard let market = event.market else {
      return json.isValid && event.last > 0 ? .unsupported : misread(stream: stream, .book)
    }
    out.beginBook()
    guard json.isValid, event.last > 0, let bids = levels(event.bids, market), let asks = levels(event.asks, market)
    else { return misread(market, .book) }
    return book(
      market, isSnapshot: event.isWhole, first: event.first, last: event.last, time: event.time, bids: bids, asks: asks,
      frame: frame)
  }

  /// `{"id": 123456, "update": ..., "asks": [...], "bids": [...]}`; the time is in milliseconds for spot, in seconds
  /// for futures.
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    guard isFutures else {
      return snapshot(body, ["id": .last, "update": .time, "bids": .bids, "asks": .asks], market)
    }
    return snapshot(body, ["id": .last, "update": .seconds, "bids": .bids, "asks": .asks], market, levels: namedLevels)
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set(isFutures ? "contract" : "currency_pair", market.symbol)
    call.set("limit", Int64(market.depth))
    call.set("with_id", true)
  }

  /// Levels of spot are pairs `["19137.74", "0.0001"]`; those of futures are objects `{"p": "54672.1", "s": 58794}`,
  /// whose sizes are contracts, as numbers or as texts.
  private func levels(_ mark: JSONMark?, _ market: Market) -> pb_list? {
    guard var json = mark?.scanner() else { return nil }
    let list = isFutures ? namedLevels(&json, market) : out.levels(&json, market)
    return json.isValid ? list : nil
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(names: ("p", "s"))).words(message)
  }

  private func namedLevels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    var list = pb_list()
    json.enterArray()
    while json.nextElement() {
      var (price, size): (Int64?, Int64?)
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "p": price = json.fixed(market.priceExponent)
        case "s": size = json.quantity(market)
        default: json.skip()
        }
      }
      if let price, let size { out.level(price: price, quantity: size, to: &list) } else { json.fail() }
    }
    return list
  }
}

/// What a message says of a book.
private struct BookEvent {
  var market: Market?
  var (bids, asks): (JSONMark?, JSONMark?)
  var (first, last) = (UInt64(0), UInt64(0))
  var time = Int64(0)
  var isWhole = false
}
