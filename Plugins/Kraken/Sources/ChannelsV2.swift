import CPatchbay
import ConnectorKit
import Decimals

/// The other channels of version 2, and answers. Sources: "trade", "ticker", "instrument", "status", "subscribe",
/// "ping".
extension KrakenSpot {
  @inline(never)
  func rescale(_ value: Int64, _ exponent: Int32, at wanted: Int32, to text: inout ChecksumText) -> Bool {
    guard let scaled = Decimal64(mantissa: value, exponent: exponent).mantissa(at: wanted) else { return false }
    text.append(significantDigitsOf: UInt64(bitPattern: scaled))
    return true
  }

  // MARK: Trades

  private struct TradeV2 {
    var market = -1
    var id = JSONText()
    var number: UInt64 = 0
    var price: Int64 = 0
    var quantity: Int64 = 0
    var side = Side.none
    var time: Int64 = 0
  }

  /// `[{"symbol", "side", "price", "qty", "ord_type", "trade_id", "timestamp"}, ...]`; a snapshot holds the last fifty.
  func tradesV2(_ json: inout JSONScanner, isSnapshot: Bool, _ stream: pb_id) -> Status {
    var recent: [TradeV2] = []
    json.enterArray()
    while json.nextElement() {
      let trade = readTrade(&json)
      guard json.isValid else {
        return trade.market >= 0 ? misread(markets[trade.market], .trades) : misread(stream: stream, .trades)
      }
      guard trade.market >= 0 else { continue }
      if isSnapshot { recent.append(trade) } else { report(trade, isBackfill: false) }
    }
    // Oldest first, and after a reconnection only those that were missed.
    for trade in recent.sorted(by: { $0.number < $1.number }) where trade.number > pair(trade.market).lastTrade {
      report(trade, isBackfill: true)
    }
    return json.isValid ? .ok : misread(stream: stream, .trades)
  }

  private func readTrade(_ json: inout JSONScanner) -> TradeV2 {
    var trade = TradeV2()
    var price: JSONMark?
    var quantity: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": trade.market = symbols.find(json.string())
      case "side": trade.side = side(json.string())
      case "price": price = json.mark; json.skip()
      case "qty": quantity = json.mark; json.skip()
      case "trade_id":
        var number = json.mark.scanner()
        trade.id = json.scalar()
        trade.number = number.unsigned()
        if !number.isValid { json.fail() }
      case "timestamp": trade.time = json.timestamp()
      default: json.skip()
      }
    }
    guard trade.market >= 0, json.isValid else { return trade }
    guard trade.side != .none, trade.number > 0 else { json.fail(); return trade }
    trade.price = number(at: price, markets[trade.market].priceExponent, &json)
    trade.quantity = number(at: quantity, markets[trade.market].quantityExponent, &json)
    return trade
  }

  private func report(_ trade: TradeV2, isBackfill: Bool) {
    let market = pair(trade.market)
    guard isWanted(market, .trades) else { return }
    market.lastTrade = max(market.lastTrade, trade.number)
    out.trade(
      instrument: market.id, id: trade.id, price: trade.price, quantity: trade.quantity, taker: trade.side,
      time: trade.time, backfill: isBackfill)
  }

  func side(_ text: JSONText) -> Side {
    switch text {
    case "buy", "b": .buy
    case "sell", "s": .sell
    default: .none
    }
  }

  func number(at mark: JSONMark?, _ exponent: Int32, _ json: inout JSONScanner) -> Int64 {
    guard let mark else { json.fail(); return 0 }
    var scanner = mark.scanner()
    let value = scanner.fixed(exponent)
    if !scanner.isValid { json.fail() }
    return value
  }

  // MARK: Ticker

  /// "ticker". "change" is the last price less that of 24 hours ago.
  private static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "bid": .bid, "bid_qty": .bidQuantity, "ask": .ask, "ask_qty": .askQuantity, "last": .last,
    "high": .high, "low": .low, "change": .change, "volume": .baseVolume, "timestamp": .isoTime,
  ])

  func tickerV2(_ json: inout JSONScanner, _ stream: pb_id) -> Status {
    var status = Status.ok
    json.elements { json in
      var entry = json.entry()
      if json.isValid, ticker(&entry, Self.ticker) == .parse { status = .parse }
    }
    return json.isValid ? status : misread(stream: stream, .ticker)
  }

  // MARK: Instruments and status

  /// `{"assets": [...], "pairs": [{"symbol", "status", "price_precision", "qty_precision", ...}]}`: precisions of the
  /// checksum, and pairs that are halted or resumed.
  func instrumentChannel(_ json: inout JSONScanner) -> Status {
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "pairs" else { json.skip(); continue }
      json.enterArray()
      while json.nextElement() { readPair(&json) }
    }
    return json.isValid ? .ok : .parse
  }

  private func readPair(_ json: inout JSONScanner) {
    var number = -1
    var status = ""
    var price: Int64 = -1
    var quantity: Int64 = -1
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": number = symbols.find(json.string())
      case "status": status = json.string().text
      case "price_precision": price = json.integer()
      case "qty_precision": quantity = json.integer()
      default: json.skip()
      }
    }
    guard json.isValid, number >= 0 else { return }
    let market = pair(number)
    if price >= 0, price <= 18, quantity >= 0, quantity <= 18 {
      let exponents = (Int32(-price), Int32(-quantity))
      if exponents != (market.checksumPriceExponent, market.checksumQuantityExponent) {
        (market.checksumPriceExponent, market.checksumQuantityExponent) = exponents
        // The texts in the book are of the old precision.
        disprove(market, .checksum)
      }
    }
    if !status.isEmpty { setStatus(status, market) }
  }

  /// `[{"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.0"}]`: once at the start, then on
  /// changes.
  func engineStatus(_ json: inout JSONScanner) -> Status {
    json.enterArray()
    while json.nextElement() {
      json.enterObject()
      while let key = json.nextKey() {
        if key == "system" { logStatus(json.string().text) } else { json.skip() }
      }
    }
    return json.isValid ? .ok : .parse
  }

  // MARK: Answers

  /// `{"method": "subscribe", "req_id": 1, "success": true, "result": {"channel": "book", "symbol": "BTC/USD", "depth":
  /// 10}}` or `{"method": "subscribe", "req_id": 1, "success": false, "error": "...", "symbol": "ABC/USD"}`;
  /// `{"method": "pong"}`.
  struct SocketAnswer {
    var method = JSONText()
    var request: UInt64 = 0
    var symbol = JSONText()
    var depth: UInt64 = 0
    var sequence: UInt64 = 0
    private var words = ""
    private var isRefusal = false

    /// Not an answer at all.
    var isEmpty: Bool { method.isEmpty && error.isEmpty }

    /// Why it is a refusal; empty where it is none. A refusal need not have words.
    var error: String { words.isEmpty && isRefusal ? "refused without words" : words }

    mutating func read(_ key: JSONText, _ json: inout JSONScanner) {
      switch key {
      case "method": method = json.string()
      case "req_id": request = json.unsigned()
      case "symbol": symbol = json.string()
      case "depth": depth = json.unsigned()
      case "error" where json.peek() == UInt8(ascii: "\""): words = json.string().text
      case "success": isRefusal = !json.boolean()
      case "sequence": sequence = json.unsigned()
      case "result":
        guard json.peek() == UInt8(ascii: "{") else { return json.skip() }
        json.enterObject()
        while let key = json.nextKey() { read(key, &json) }
      default: json.skip()
      }
    }
  }

  func answered(_ answer: SocketAnswer, _ stream: pb_id) -> Status {
    if answer.method == "pong" { return .ok }
    guard answer.request > 0 else {
      if !answer.error.isEmpty { out.log(.warning, "stream \(stream): \(answer.error)") }
      return answer.error.isEmpty ? .unsupported : .venue
    }
    answered(answer.request, symbol: answer.symbol, depth: Int(clamping: answer.depth), error: answer.error)
    return .ok
  }
}
