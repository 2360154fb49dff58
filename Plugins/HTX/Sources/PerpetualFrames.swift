import CPatchbay
import ConnectorKit

/// Public frames of perpetuals. Sources: "Swap WebSocket": "Subscribe Incremental Market Depth Data", "Subscribe Market
/// Depth Data", "Subscribe Trade Detail Data", "Subscribe market BBO data push", "Subscribe Market Detail Data",
/// "Subscribe Kline Data of Mark Price", "Subscribe Index Kline Data", "Subscribe Liquidation Orders (no
/// authentication)", "Subscribe funding rate (no authentication)".
extension HTXPerpetual {
  /// What a subscription to increments says, it says again when it is given up.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let word = isUnsubscribe ? "unsub" : "sub"
    guard let first = topics.first else { return SealedText() }
    let channel = feeds.channels[first.channel]
    if channel.address == Self.notices {
      let topic = "public.\(markets[first.market].symbol).\(channel.name)"
      return SealedText("{\"op\":\"\(word)\",\"cid\":\"\(id)\",\"topic\":\"\(topic)\"}")
    }
    guard isIncremental, channel.carries == .book else {
      return message(word, topic(first), id: id)
    }
    return SealedText("{\"\(word)\":\"\(topic(first))\",\"data_type\":\"incremental\",\"id\":\"\(id)\"}")
  }

  /// `{"ch": "market.BTC-USDT.trade.detail", "ts": 1603708208346, "tick": {...}}`, and answers `{"id": "1", "status":
  /// "ok", "subbed": "..."}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FeedHead(frame) else { return .parse }
    if answeredPing(head, stream) { return .ok }
    if head.isDoubtful { return doubtful(head) }
    if head.kind == .none, let notice = FrameHead(frame, Self.head), !notice.kind.isEmpty {
      return self.notice(notice, stream)
    }
    guard let data = head.data, head.kind == .push, !head.isRefusal else {
      return head.kind == .none && !head.isRefusal ? .unsupported : answer(head)
    }
    let number = symbols.find(head.symbol)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    var json = data.scanner()
    switch head.channel {
    case "trade.detail": return trades(&json, market)
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

  // MARK: What needs no login

  /// Which of the addresses it is at.
  private static let notices = 2

  /// `{"op": "notify", "topic": "public.BTC-USDT.funding_rate", "ts": ms, "data": [{...}]}`, `{"op": "ping", "ts":
  /// "1492420473058"}`, and answers `{"op": "sub", "cid": "1", "topic": "...", "err-code": 0}`.
  private func notice(_ head: FrameHead, _ stream: pb_id) -> Status {
    let rest = head.channel.after(first: UInt8(ascii: ".")) ?? JSONText()
    let number = symbols.find(rest.before(first: UInt8(ascii: ".")))
    let channel = rest.after(first: UInt8(ascii: ".")) ?? JSONText()
    switch head.kind {
    case "ping":
      answerHeartbeat("{\"op\":\"pong\",\"ts\":\(jsonQuoted(head.request.text))}", act: "pong", on: stream)
    case "sub", "unsub":
      acknowledged(number, channel: channel.text, isUnsubscribe: head.kind == "unsub", head.answer())
    case "close", "error":
      out.log(.warning, "the exchange says \(head.kind.text): \(head.code.text) \(head.text.text)")
    case "notify":
      guard number >= 0 else { return .unsupported }
      guard var json = head.data?.scanner() else { return misread(markets[number], [.mark, .liquidations]) }
      switch channel {
      case "funding_rate": return marks(&json, Self.funding, stream, of: markets[number])
      case "liquidation_orders": return liquidations(&json, Self.liquidation, stream, of: markets[number])
      default: return .unsupported
      }
    default: return .unsupported
    }
    return .ok
  }

  /// The rate is settled at `settlement_time`; `funding_time` is of when it was computed.
  private static let funding = FieldTable<MarkField>([
    "funding_rate": .rate, "settlement_time": .next, "funding_time": .time,
  ])

  /// The direction is that of the order that closes the position, and `volume` counts contracts.
  private static let liquidation = FieldTable<LiquidationField>([
    "direction": .side, "volume": .quantity, "price": .price, "created_at": .time,
  ])

  // MARK: Trades and prices

  /// `{"id": 1000000097836000, "ts": ms, "data": [{"amount": 40, "ts": ms, "id": 224199951640000, "price": 58769.9,
  /// "direction": "sell", ...}]}`.
  private func trades(_ json: inout JSONScanner, _ market: Market) -> Status {
    var (status, isThere) = (Status.ok, false)
    json.member("data") { json in
      isThere = true
      json.elements { json in
        var entry = json.passed().scanner()
        if !trade(&entry, market) { status = misread(market, .trades) }
      }
    }
    return json.isValid && isThere ? status : misread(market, .trades)
  }

  /// "Subscribe Trade Detail Data": `amount` is "Quantity(Cont.). Sum of both buy and sell sides", and all of 26 trades
  /// that were recorded of several contracts are even: half as many contracts changed hands. The exchange's own volumes
  /// count so too, and so do those who publish its trades, which is why a trade has the amount that was written unless
  /// the configuration wants one side of it (`trade_sizes`). The direction of some trades is empty: nobody says who
  /// took them.
  private func trade(_ json: inout JSONScanner, _ market: Market) -> Bool {
    var (id, price, both, time, side) = (JSONText(), Int64(0), Int64(0), Int64(0), Side.none)
    json.members { key, json in
      switch key {
      case "id": id = json.scalar()
      case "price": price = json.fixed(market.priceExponent)
      case "amount": both = json.quantity(market)
      case "direction":
        let word = json.string()
        side = vocabulary.side(word)
        if side == .none, !word.isEmpty { json.fail() }
      case "ts": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, price > 0, both > 0 else { return false }
    guard isWanted(market, .trades) else { return true }
    let quantity = both / sidesOfTrades + both % sidesOfTrades
    out.trade(instrument: market.id, id: id, price: price, quantity: quantity, taker: side, time: time)
    return true
  }

  /// Of "BBO", of "Market Detail", and of "Get a Batch of Market Data Overview", where `amount` counts base, of both
  /// sides.
  static let ticker = FieldTable<TickerField>([
    "contract_code": .symbol, "bid": .bidLevel, "ask": .askLevel, "close": .last, "open": .open, "high": .high,
    "low": .low, "amount": .baseVolume, "trade_turnover": .quoteVolume, "ts": .time,
  ])

  private static let markPrice = FieldTable<MarkField>(["close": .mark])
  private static let index = FieldTable<MarkField>(["close": .index])
}
