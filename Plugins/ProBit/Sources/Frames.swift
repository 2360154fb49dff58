import CPatchbay
import ConnectorKit

/// Public frames. Source: "Marketdata".
extension ProBitSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let symbol = markets[topics[0].market].symbol
    guard !isUnsubscribe else {
      return SealedText("{\"type\":\"unsubscribe\",\"channel\":\"marketdata\",\"market_id\":\"\(symbol)\"}")
    }
    return SealedText(
      """
      {"type":"subscribe","channel":"marketdata","interval":100,"market_id":"\(symbol)",\
      "filter":["ticker","order_books","recent_trades"]}
      """)
  }

  private struct Event {
    var symbol = JSONText()
    var isReset = false
    var (ticker, book, trades): (JSONMark?, JSONMark?, JSONMark?)
    var isMarketData = false
    var (error, text) = (JSONText(), JSONText())

    /// `{"channel": "marketdata", "market_id": "BTC-USDT", "status": "ok", "lag": 0, "ticker": {...}, "order_books":
    /// [...], "recent_trades": [...], "reset": true}`, or `{"errorCode": "INVALID_ARGUMENT", "message": "", "details":
    /// {...}}`.
    mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
      switch key {
      case "channel": isMarketData = json.string() == "marketdata"
      case "market_id": symbol = json.string()
      case "reset": isReset = json.boolean()
      case "ticker": ticker = json.passed()
      case "order_books": book = json.passed()
      case "recent_trades": trades = json.passed()
      case "errorCode": error = json.scalar()
      case "message": text = json.scalar()
      default: return false
      }
      return true
    }
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var event = Event()
    json.members { event.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    if !event.error.isEmpty {
      refused(stream, code: event.error.text, text: event.text.text)
      return .ok
    }
    guard event.isMarketData, let market = market(named: event.symbol) else { return .unsupported }
    var status = Status.ok
    // The book first: its levels stand in the record under construction.
    if let book = event.book { status = self.book(book, market, isSnapshot: event.isReset, frame) }
    if var list = event.trades?.scanner() {
      let read = trades(&list, Self.trade, stream, of: market, isSnapshot: event.isReset)
      if read != .ok { status = read }
    }
    if var entry = event.ticker?.scanner(), !entry.skipNull() {
      let read = ticker(&entry, Self.ticker, stream, of: market)
      if read != .ok { status = read }
    }
    return status
  }

  /// `[{"side": "buy", "price": "0.001", "quantity": "6007"}]`, both sides in one list, in no order.
  private func book(_ data: JSONMark, _ market: Market, isSnapshot: Bool, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    var json = data.scanner()
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    out.beginBook()
    let sides = out.sides(&json) { json in
      var level: (side: Side, price: Int64, quantity: Int64) = (.none, 0, -1)
      json.members { key, json in
        switch key {
        case "side": level.side = json.string() == "buy" ? .buy : .sell
        case "price": level.price = json.fixed(price)
        case "quantity": level.quantity = json.fixed(quantity)
        default: return false
        }
        return true
      }
      if level.price <= 0 || level.quantity < 0 { json.fail() }
      return level
    }
    guard json.isValid else { return misread(market, .book) }
    return book(
      market, isSnapshot: isSnapshot, last: 0, time: 0, bids: sides.bids, asks: sides.asks, frame: frame)
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(names: ("price", "quantity"))).words(message)
  }

  private static let trade = FieldTable<TradeField>([
    "id": .id, "price": .price, "quantity": .quantity, "side": .side, "time": .isoTime,
  ])

  private static let ticker = FieldTable<TickerField>([
    "last": .last, "low": .low, "high": .high, "change": .change, "base_volume": .baseVolume,
    "quote_volume": .quoteVolume, "time": .isoTime,
  ])
}
