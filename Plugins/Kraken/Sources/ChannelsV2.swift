import CPatchbay
import ConnectorKit

/// The other channels of version 2, and answers. Sources: "trade", "ticker", "instrument", "status", "subscribe",
/// "ping".
extension KrakenSpot {
  /// "trade"; a snapshot holds the last fifty.
  static let trade = FieldTable<TradeField>([
    "symbol": .symbol, "side": .side, "price": .price, "qty": .quantity, "trade_id": .number, "timestamp": .isoTime,
  ])
  /// "ticker". "change" is the last price less that of 24 hours ago.
  static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "bid": .bid, "bid_qty": .bidQuantity, "ask": .ask, "ask_qty": .askQuantity, "last": .last,
    "high": .high, "low": .low, "change": .change, "volume": .baseVolume, "timestamp": .isoTime,
  ])

  /// `{"assets": [...], "pairs": [{"symbol", "status", "price_precision", "qty_precision", ...}]}`: precisions of the
  /// checksum, and pairs that are halted or resumed. What cannot be read leaves its pair as it was known.
  func instrumentChannel(_ json: inout JSONScanner) -> Status {
    var unread = 0
    json.member("pairs") { json in unread = json.eachEntry { readPair(&$1) } }
    return json.isValid && unread == 0 ? .ok : misread(stream: 0, [])
  }

  private func readPair(_ json: inout JSONScanner) {
    var pair = JSONObject(&json)
    let (symbol, status) = (pair.string("symbol"), pair.string("status"))
    let (price, quantity) = (pair.integer("price_precision") ?? -1, pair.integer("qty_precision") ?? -1)
    let market = market(named: symbol)
    guard pair.isValid else {
      json.fail()
      return out.log(.error, "the state of \(market?.symbol ?? "a pair") cannot be read; it is taken for what it was")
    }
    guard let market, let book = market.checked else { return }
    if (0...18).contains(price), (0...18).contains(quantity) {
      let digits = (Int32(-price), Int32(-quantity))
      // The texts in the book are of the old precision.
      if digits != (book.priceDigits, book.quantityDigits) { disprove(market, .checksum) }
      (book.priceDigits, book.quantityDigits) = digits
    }
    if !status.isEmpty { setStatus(status, market) }
  }

  /// `[{"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.0"}]`: once at the start, then on
  /// changes.
  func engineStatus(_ json: inout JSONScanner) -> Status {
    json.elements { _ = logStatus($0.passed().member("system")) }
    return json.isValid ? .ok : .parse
  }

  func logStatus(_ status: String) -> Status {
    if !status.isEmpty, status != "online" { out.log(.warning, "the trading engine is in the state \(status)") }
    return .ok
  }

  // MARK: Answers

  /// Version 2: `{"method": "subscribe", "req_id": 1, "success": true, "result": {"channel": "book", "symbol":
  /// "BTC/USD", "depth": 10}}`, `{"method": "subscribe", "req_id": 1, "success": false, "error": "...", "symbol":
  /// "ABC/USD"}`, `{"method": "pong"}`. Version 1: `{"event": "subscriptionStatus", "reqid": 1, "status": "error",
  /// "errorMessage": "...", "pair": "XBT/USD", "subscription": {"depth": 10}}`.
  static let head = FieldTable<HeadField>([
    "channel": .channel, "type": .action, "data": .data, "sequence": .number, "method": .kind, "event": .kind,
    "req_id": .request, "reqid": .request, "symbol": .symbol, "pair": .symbol, "success": .success, "status": .code,
    "error": .text, "errorMessage": .text,
  ], inside: ["result": ["symbol": .symbol, "depth": .levels], "subscription": ["depth": .levels]])

  /// The answer to a subscription, of one market where it names one; or a frame that is no answer at all.
  func answered(_ head: FrameHead) -> Status {
    if head.kind == "pong" { return .ok }
    let number = symbols.find(head.symbol)
    guard !head.isSuccess || head.code == "error" || !head.text.isEmpty else {
      guard !head.request.isEmpty else { return .unsupported }
      if number >= 0, let depth = Venue.depths.first(where: { $0 == head.levels.map(Int.init(clamping:)) }) {
        markets[number].depth = depth
      }
      acknowledged(head.request, market: number, .confirmed)
      return .ok
    }
    // An error without a symbol is about all that the frame named; one of a book whose old subscription was not known
    // to be alive brings no snapshot. A refusal need not have words.
    let words = head.text.isEmpty ? "refused without words" : head.text.text
    let isRepeated = words.hasPrefix("Already subscribed")
    acknowledged(
      head.request, market: number < 0 ? nil : number, isRepeated ? .repeated : .refused(code: words, text: words))
    return head.request.isEmpty ? .venue : .ok
  }
}
