import CPatchbay
import ConnectorKit

/// Public frames of perpetuals. Sources: "Swap WebSocket": "Subscribe Incremental Market Depth Data", "Subscribe Market
/// Depth Data", "Subscribe Trade Detail Data", "Subscribe market BBO data push", "Subscribe Market Detail Data",
/// "Subscribe Kline Data of Mark Price", "Subscribe Index Kline Data".
extension HTXPerpetual {
  /// What a subscription to increments says, it says again when it is given up.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let word = isUnsubscribe ? "unsub" : "sub"
    guard let first = topics.first else { return SealedText() }
    guard isIncremental, feeds.channels[first.channel].carries == .book else {
      return message(word, topic(first), id: id)
    }
    return SealedText("{\"\(word)\":\"\(topic(first))\",\"data_type\":\"incremental\",\"id\":\"\(id)\"}")
  }

  /// `{"ch": "market.BTC-USDT.trade.detail", "ts": 1603708208346, "tick": {...}}`, and answers `{"id": "1", "status":
  /// "ok", "subbed": "..."}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame) else { return .parse }
    if answeredPing(head, stream) { return .ok }
    guard let data = head.data, head.kind == .push, !head.isRefusal else {
      return head.kind == .none && !head.isRefusal ? .unsupported : answer(head)
    }
    let number = symbols.find(head.symbol)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    var json = data.scanner()
    switch head.channel {
    case "trade.detail": return trades(&json, market, stream)
    case "bbo", "detail": return ticker(&json, Self.ticker, stream, of: market, time: head.time)
    case "mark_price.1min": return mark(&json, Self.markPrice, stream, of: market, time: head.time)
    case "index.1min": return mark(&json, Self.index, stream, of: market, time: head.time)
    case "depth.step0": return whole(data, market, head.time)
    default: return head.channel.hasPrefix("depth.size_") ? change(data, market, head.time, frame) : .unsupported
    }
  }

  // MARK: Books

  /// `{"bids": [[2345.66, 2202]], "asks": [], "event": "snapshot" or "update", "version": 7, "ts": ms, ...}`
  private func change(_ data: JSONMark, _ market: Market, _ time: Int64, _ frame: Body) -> Status {
    guard let event = BookEvent.read(data, market, out, time: time, isCut: false), let version = event.version,
      event.isWhole || !event.isSnapshot
    else { return misread(market, .book) }
    guard event.isSnapshot else {
      return book(market, last: version, time: event.time, bids: event.bids, asks: event.asks, frame: frame)
    }
    snapshot(market, last: version, time: event.time, bids: event.bids, asks: event.asks, isInBand: true)
    return .ok
  }

  private func whole(_ data: JSONMark, _ market: Market, _ time: Int64) -> Status {
    guard let event = BookEvent.read(data, market, out, time: time, isCut: false), event.isWhole else {
      return misread(market, .book)
    }
    snapshot(
      market, last: event.version ?? 0, time: event.time, bids: event.bids, asks: event.asks, isInBand: true)
    return .ok
  }

  // MARK: Trades and prices

  /// `{"id": 1000000097836000, "ts": ms, "data": [{"amount": 87, "ts": ms, "id": 97836000, "price": 2345.66,
  /// "direction": "sell", ...}]}`: `amount` counts contracts. The direction of some trades is empty.
  private func trades(_ json: inout JSONScanner, _ market: Market, _ stream: pb_id) -> Status {
    var (status, isThere) = (Status.ok, false)
    json.members { key, json in
      guard key == "data" else { return false }
      isThere = true
      json.elements { json in
        var entry = json.passed().scanner()
        var look = entry.mark.scanner()
        guard var direction = look.find("direction")?.scanner(), direction.string().isEmpty, direction.isValid else {
          if trade(&entry, Self.trade, stream, of: market) == .parse { status = .parse }
          return
        }
        if !withoutDirection(&entry, market) { status = misread(market, .trades) }
      }
      return true
    }
    return json.isValid && isThere ? status : misread(market, .trades)
  }

  /// A trade of which nobody says who took it.
  private func withoutDirection(_ json: inout JSONScanner, _ market: Market) -> Bool {
    var (id, price, quantity, time) = (JSONText(), Int64(0), Int64(0), Int64(0))
    json.members { key, json in
      switch key {
      case "id": id = json.scalar()
      case "price": price = json.fixed(market.priceExponent)
      case "amount": quantity = json.quantity(market)
      case "ts": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, price > 0, quantity > 0 else { return false }
    guard isWanted(market, .trades) else { return true }
    out.trade(instrument: market.id, id: id, price: price, quantity: quantity, taker: .none, time: time)
    return true
  }

  private static let trade = FieldTable<TradeField>([
    "id": .id, "price": .price, "amount": .quantity, "direction": .side, "ts": .time,
  ])

  /// Of "BBO", of "Market Detail", and of "Get a Batch of Market Data Overview", where `amount` counts base.
  static let ticker = FieldTable<TickerField>([
    "contract_code": .symbol, "bid": .bidLevel, "ask": .askLevel, "close": .last, "open": .open, "high": .high,
    "low": .low, "amount": .baseVolume, "trade_turnover": .quoteVolume, "ts": .time,
  ])

  private static let markPrice = FieldTable<MarkField>(["close": .mark])
  private static let index = FieldTable<MarkField>(["close": .index])
}
