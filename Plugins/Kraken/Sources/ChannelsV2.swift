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
    json.members { key, json in
      guard key == "pairs" else { return false }
      unread = json.eachEntry { readPair(&$1) }
      return true
    }
    return json.isValid && unread == 0 ? .ok : misread(stream: 0, [])
  }

  private func readPair(_ json: inout JSONScanner) {
    var (number, status, price, quantity) = (-1, "", Int64(-1), Int64(-1))
    json.members { key, json in
      switch key {
      case "symbol": number = symbols.find(json.string())
      case "status": status = json.string().text
      case "price_precision": price = json.integer()
      case "qty_precision": quantity = json.integer()
      default: return false
      }
      return true
    }
    guard json.isValid else {
      let name = number >= 0 ? markets[number].symbol : "a pair"
      return out.log(.error, "the state of \(name) cannot be read; it is taken for what it was")
    }
    guard number >= 0, let book = markets[number].checked else { return }
    if (0...18).contains(price), (0...18).contains(quantity) {
      let digits = (Int32(-price), Int32(-quantity))
      // The texts in the book are of the old precision.
      if digits != (book.priceDigits, book.quantityDigits) { disprove(markets[number], .checksum) }
      (book.priceDigits, book.quantityDigits) = digits
    }
    if !status.isEmpty { setStatus(status, markets[number]) }
  }

  /// `[{"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.0"}]`: once at the start, then on
  /// changes.
  func engineStatus(_ json: inout JSONScanner) -> Status {
    json.elements { logStatus($0.passed().member("system")) }
    return json.isValid ? .ok : .parse
  }

  func logStatus(_ status: String) {
    if !status.isEmpty, status != "online" { out.log(.warning, "the trading engine is in the state \(status)") }
  }

  // MARK: Answers

  /// Version 2: `{"method": "subscribe", "req_id": 1, "success": true, "result": {"channel": "book", "symbol":
  /// "BTC/USD", "depth": 10}}`, `{"method": "subscribe", "req_id": 1, "success": false, "error": "...", "symbol":
  /// "ABC/USD"}`, `{"method": "pong"}`. Version 1: `{"event": "subscriptionStatus", "reqid": 1, "status": "error",
  /// "errorMessage": "...", "pair": "XBT/USD", "subscription": {"depth": 10}}`.
  struct SocketAnswer {
    var (method, symbol, status) = (JSONText(), JSONText(), JSONText())
    var (request, depth, sequence) = (UInt64(0), UInt64(0), UInt64(0))
    private var (words, isRefusal) = ("", false)

    /// Why it is a refusal; empty where it is none. A refusal need not have words.
    var error: String { words.isEmpty && isRefusal ? "refused without words" : words }

    @discardableResult
    mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
      switch key {
      case "method", "event": method = json.string()
      case "req_id", "reqid": request = json.unsigned()
      case "symbol", "pair": symbol = json.string()
      case "depth": depth = json.unsigned()
      case "error" where json.peek() == UInt8(ascii: "\""), "errorMessage": words = json.string().text
      case "success": isRefusal = !json.boolean()
      case "status":
        status = json.scalar()
        if status == "error" { isRefusal = true }
      case "sequence": sequence = json.unsigned()
      case "result" where json.peek() == UInt8(ascii: "{"), "subscription": json.members { read($0, &$1) }
      default: json.skip()
      }
      return true
    }
  }

  /// The answer to a subscription, of one market where it names one; or a frame that is no answer at all.
  @discardableResult
  func answered(_ answer: SocketAnswer) -> Status {
    let error = answer.error
    if answer.method == "pong" { return .ok }
    guard answer.request > 0, !answer.method.isEmpty || !error.isEmpty else {
      if !error.isEmpty { out.log(.warning, "the exchange refuses: \(error)") }
      return error.isEmpty ? .unsupported : .venue
    }
    let number = answer.symbol.isEmpty ? nil : symbols.find(answer.symbol)
    guard error.isEmpty else {
      // An error without a symbol is about all that the frame named; one of a book whose old subscription was not known
      // to be alive brings no snapshot.
      let isRepeated = error.hasPrefix("Already subscribed")
      acknowledged(
        answer.request, market: number.flatMap { $0 < 0 ? nil : $0 },
        isRepeated ? .repeated : .refused(code: error, text: error))
      return .ok
    }
    let depth = Int(clamping: answer.depth)
    if let number, number >= 0, Venue.depths.contains(depth) { markets[number].depth = depth }
    acknowledged(answer.request, market: number ?? -1, .confirmed)
    return .ok
  }
}
