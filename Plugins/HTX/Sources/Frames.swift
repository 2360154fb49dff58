import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Websocket Market Data": "Subscribe to Topic", "Request Data", "Trade Detail", "Ticker",
/// "Best Bid/Offer", "Market Details".
extension HTXSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    message(isUnsubscribe ? "unsub" : "sub", topics.first.map(topic) ?? "", id: id)
  }

  /// `{"ch": "market.btcusdt.trade.detail", "ts": 1630994963175, "tick": {...}}`, `{"rep": "market.btcusdt.mbp.150",
  /// "status": "ok", "id": "1", "data": {...}}`, and answers `{"id": "1", "status": "ok", "subbed": "..."}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FeedHead(frame) else { return .parse }
    if answeredPing(head, stream) { return .ok }
    if head.isDoubtful { return doubtful(head) }
    guard let data = head.data, head.kind == .push || head.kind == .reply, !head.isRefusal else {
      return head.kind == .none && !head.isRefusal ? .unsupported : answer(head)
    }
    let number = symbols.find(head.symbol)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    if head.kind == .reply {
      return head.channel.hasPrefix("mbp.") ? whole(data, market, head.time, isInBand: false) : .unsupported
    }
    var json = data.scanner()
    switch head.channel {
    case "trade.detail": return trades(&json, market, stream)
    case "ticker", "bbo", "detail": return ticker(&json, Self.ticker, stream, of: market, time: head.time)
    default: break
    }
    if head.channel.hasPrefix("mbp.refresh.") || head.channel.hasPrefix("depth.") {
      return whole(data, market, head.time, isInBand: true)
    }
    return head.channel.hasPrefix("mbp.") ? change(data, market, head.time, frame) : .unsupported
  }

  /// `{"id": 137005445109, "ts": 1630994963173, "data": [{"tradeId": 102523573486, "amount": 0.006754, ...}]}`
  private func trades(_ json: inout JSONScanner, _ market: Market, _ stream: pb_id) -> Status {
    var (status, isThere) = (Status.ok, false)
    json.members { key, json in
      guard key == "data" else { return false }
      var list = json.mark.scanner()
      (status, isThere) = (trades(&list, Self.trade, stream, of: market), true)
      return false
    }
    return json.isValid && isThere ? status : misread(market, .trades)
  }

  private static let trade = FieldTable<TradeField>([
    "tradeId": .id, "price": .price, "amount": .quantity, "direction": .side, "ts": .time,
  ])

  /// Names of "Ticker", of "Best Bid/Offer", and of "Get Latest Tickers for All Pairs", where `amount` counts base and
  /// `vol` quote.
  static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "bid": .bid, "bidSize": .bidQuantity, "ask": .ask, "askSize": .askQuantity, "close": .last,
    "lastSize": .lastQuantity, "open": .open, "high": .high, "low": .low, "amount": .baseVolume, "vol": .quoteVolume,
    "quoteTime": .time,
  ])
}
