import CPatchbay
import ConnectorKit
import Decimals

/// Both sides of a book, or of a change of it, and its times in nanoseconds. Begins a record.
struct Depth {
  private(set) var (bids, asks) = (pb_list(), pb_list())
  private(set) var (number, previous) = (UInt64(0), UInt64(0))

  init?(_ data: JSONMark, _ market: Market, _ out: Output) {
    var json = data.scanner()
    var (hasBids, hasAsks) = (false, false)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids":
        bids = Self.levels(&json, market, out)
        hasBids = true
      case "asks":
        asks = Self.levels(&json, market, out)
        hasAsks = true
      case "max_timestamp", "timestamp": number = json.unsigned()
      case "last_max_timestamp": previous = json.unsigned()
      default: return false
      }
      return true
    }
    // Its number is its time, in nanoseconds since the epoch.
    guard json.isValid, hasBids, hasAsks, number < 1 << 62 else { return nil }
  }

  /// `[["28897000000000000000000", "2202000000000000000"]]`
  private static func levels(_ json: inout JSONScanner, _ market: Market, _ out: Output) -> pb_list {
    var list = pb_list()
    json.elements { json in
      json.enterArray()
      let price = json.nextElement() ? json.fixed(market.writtenExponent) : 0
      let quantity = json.nextElement() ? json.cut(market) : -1
      while json.nextElement() { json.skip() }
      if price <= 0 || quantity < 0 { json.fail() }
      out.level(price: price, quantity: quantity, to: &list)
    }
    return list
  }
}

extension JSONScanner {
  /// A quantity as Vertex writes it, without the digits behind the market's exponent. Fails for one that is too large.
  mutating func cut(_ market: Market) -> Int64 {
    let unit = Decimal64(mantissa: 1, exponent: 18)
    guard let value = wideDecimal().quotient(dividingBy: unit, places: -market.quantityExponent),
      let mantissa = value.mantissa(at: market.quantityExponent)
    else {
      fail()
      return -1
    }
    return mantissa
  }
}

/// Public frames. Sources: "Subscriptions: Events", "Subscriptions: Streams".
extension VertexExchange {
  /// `{"type": "book_depth", "product_id": 2, ...}`, or an answer: `{"result": null, "id": 1}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (type, product, id) = (JSONText(), JSONText(), JSONText())
    var (error, isRefused) = ("", false)
    json.members { key, json in
      switch key {
      case "type": type = json.string()
      case "product_id": product = json.scalar()
      case "id": id = json.scalar()
      case "error":
        guard !json.skipNull() else { return true }
        isRefused = true
        guard json.peek() == UInt8(ascii: "\"") else { return false }
        error = json.words()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    guard !type.isEmpty else {
      acknowledged(id, isRefused ? .refused(code: "", text: error) : .confirmed)
      return .ok
    }
    guard let market = market(named: product) else { return .unsupported }
    switch type {
    case "book_depth": return depth(market, frame)
    case "trade": return trade(market, frame)
    case "best_bid_offer":
      var entry = JSONScanner(frame)
      return ticker(&entry, Self.best, stream, of: market)
    default: return .unsupported
    }
  }

  /// `{"max_timestamp": "1764288000349999872", "last_max_timestamp": "1764288000300000000", "bids": [], "asks": [...]}`
  private func depth(_ market: Market, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    guard let change = Depth(JSONScanner(frame).mark, market, out), change.number > 0, change.previous > 0 else {
      return misread(market, .book)
    }
    return book(
      market, last: change.number, previous: change.previous, time: Int64(clamping: change.number), bids: change.bids,
      asks: change.asks, frame: frame)
  }

  /// `{"timestamp": "1764288000450000128", "price": "28897000000000000000000", "taker_qty": "87000000000000000",
  /// "is_taker_buyer": false}`: a trade has no id.
  private func trade(_ market: Market, _ frame: Body) -> Status {
    guard isWanted(market, .trades) else { return .ok }
    var json = JSONScanner(frame)
    var (price, quantity, time) = (Int64(0), Int64(0), Int64(0))
    var side = Side.none
    json.members { key, json in
      switch key {
      case "price": price = json.fixed(market.writtenExponent)
      case "taker_qty": quantity = json.cut(market)
      case "timestamp": time = json.nanoseconds()
      case "is_taker_buyer": side = json.boolean() ? .buy : .sell
      default: return false
      }
      return true
    }
    guard json.isValid, price > 0, quantity >= 0, side != .none else { return misread(market, .trades) }
    // Less than can be counted.
    guard quantity > 0 else { return .ok }
    out.trade(instrument: market.id, id: JSONText(), price: price, quantity: quantity, taker: side, time: time)
    return .ok
  }

  private static let best = FieldTable<TickerField>([
    "bid_price": .bid, "ask_price": .ask, "timestamp": .nanoseconds,
  ])

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(cutsQuantities: true)).words(message)
  }
}
