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
    var status = Status.ok
    json.enterArray()
    while json.nextElement() {
      var entry = json.entry()
      guard json.isValid else { break }
      let trade = readTrade(&entry)
      guard entry.isValid else {
        // The other trades are told all the same.
        status = trade.market >= 0 ? misread(markets[trade.market], .trades) : misread(stream: stream, .trades)
        continue
      }
      guard trade.market >= 0 else { continue }
      if isSnapshot { recent.append(trade) } else { tell(trade, isBackfill: false) }
    }
    // Oldest first, and after a reconnection only those that were missed.
    for trade in recent.sorted(by: { $0.number < $1.number }) where trade.number > markets[trade.market].lastTrade {
      tell(trade, isBackfill: true)
    }
    return json.isValid ? status : misread(stream: stream, .trades)
  }

  private func readTrade(_ json: inout JSONScanner) -> TradeV2 {
    var trade = TradeV2()
    var isNamed = false
    var price: JSONMark?
    var quantity: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol":
        isNamed = true
        trade.market = symbols.find(json.string())
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
    if !isNamed { json.fail() }
    guard trade.market >= 0, json.isValid else { return trade }
    guard trade.side != .none, trade.number > 0 else { json.fail(); return trade }
    trade.price = number(at: price, markets[trade.market].priceExponent, &json)
    trade.quantity = number(at: quantity, markets[trade.market].quantityExponent, &json)
    return trade
  }

  private func tell(_ trade: TradeV2, isBackfill: Bool) {
    let market = markets[trade.market]
    market.lastTrade = max(market.lastTrade, trade.number)
    out.trade(
      instrument: market.id, id: trade.id, price: trade.price, quantity: trade.quantity, taker: trade.side,
      time: trade.time, backfill: isBackfill)
    isLive(market, .trades)
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

  /// `[{"symbol", "bid", "bid_qty", "ask", "ask_qty", "last", "volume", "vwap", "low", "high", "change",
  /// "change_pct"}]`
  func tickerV2(_ json: inout JSONScanner, _ stream: pb_id) -> Status {
    var status = Status.ok
    json.enterArray()
    while json.nextElement() {
      let entry = json.mark
      json.skip()
      guard json.isValid else { break }
      var scanner = entry.scanner()
      guard let number = KrakenSpot.symbol(in: entry, symbols) else {
        status = misread(stream: stream, .ticker)
        continue
      }
      guard number >= 0 else { continue }
      let ticker = readTicker(&scanner, markets[number])
      guard scanner.isValid else {
        status = misread(markets[number], .ticker)
        continue
      }
      out.ticker(ticker)
      isLive(markets[number], .ticker)
    }
    return json.isValid ? status : misread(stream: stream, .ticker)
  }

  /// The number of an object's symbol, -1 for one that was never listed; nil where it names none.
  static func symbol(in object: JSONMark, _ symbols: SymbolMap) -> Int? {
    var json = object.scanner()
    json.enterObject()
    while let name = json.nextKey() {
      guard name == "symbol" else { json.skip(); continue }
      let symbol = json.string()
      return json.isValid ? symbols.find(symbol) : nil
    }
    return nil
  }

  private func readTicker(_ json: inout JSONScanner, _ market: Market) -> pb_ticker {
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    var ticker = pb_ticker()
    var bid: (price: Int64?, quantity: Int64?)
    var ask: (price: Int64?, quantity: Int64?)
    var change: Int64 = 0
    var seen = 0
    ticker.instrument = market.id
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "bid": bid.price = json.optionalFixed(price) ?? 0
      case "bid_qty": bid.quantity = json.optionalFixed(quantity) ?? 0
      case "ask": ask.price = json.optionalFixed(price) ?? 0
      case "ask_qty": ask.quantity = json.optionalFixed(quantity) ?? 0
      case "last": ticker.last_price = json.optionalFixed(price) ?? 0; seen |= 4
      case "high": ticker.high_price = json.fixed(price); seen |= 8
      case "low": ticker.low_price = json.fixed(price); seen |= 16
      case "change": change = json.fixed(price); seen |= 32
      case "volume": ticker.base_volume = pb_dec(json.optionalDecimal())
      case "timestamp": ticker.venue_ns = json.timestamp()
      default: json.skip()
      }
    }
    if bid.price != nil { ticker.setBid(bid.price, bid.quantity) }
    if ask.price != nil { ticker.setAsk(ask.price, ask.quantity) }
    if seen & 4 != 0, ticker.last_price > 0 { ticker.present |= UInt64(PB_TICKER_LAST) }
    // "change" is the last price less that of 24 hours ago.
    if seen & 60 == 60 {
      ticker.open_price = ticker.last_price &- change
      ticker.present |= UInt64(PB_TICKER_DAY)
    }
    return ticker
  }

  // MARK: Instruments and status

  /// `{"assets": [...], "pairs": [{"symbol", "status", "price_precision", "qty_precision", ...}]}`: precisions of the
  /// checksum, and pairs that are halted or resumed.
  func instrumentChannel(_ json: inout JSONScanner) -> Status {
    var status = Status.ok
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "pairs" else { json.skip(); continue }
      json.enterArray()
      while json.nextElement() {
        var entry = json.entry()
        if json.isValid, !readPair(&entry) { status = .parse }
      }
    }
    return json.isValid ? status : .parse
  }

  /// - Returns: whether it could be read; one that cannot leaves the pair as it was known.
  private func readPair(_ json: inout JSONScanner) -> Bool {
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
    guard json.isValid else {
      let name = number >= 0 ? markets[number].symbol : "a pair"
      out.log(.error, "the state of \(name) cannot be read; it is taken for what it was")
      return false
    }
    guard number >= 0 else { return true }
    let market = markets[number]
    if price >= 0, price <= 18, quantity >= 0, quantity <= 18 {
      let exponents = (Int32(-price), Int32(-quantity))
      if exponents != (market.checksumPriceExponent, market.checksumQuantityExponent) {
        (market.checksumPriceExponent, market.checksumQuantityExponent) = exponents
        // The texts in the book are of the old precision.
        loseBook(market, .checksum)
        askAgain(market)
      }
    }
    if !status.isEmpty, status != market.info.status {
      market.info.status = status
      publish(market)
    }
    return true
  }

  /// `[{"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.0"}]`: once at the start, then on
  /// changes.
  func engineStatus(_ json: inout JSONScanner) -> Status {
    json.enterArray()
    while json.nextElement() {
      json.enterObject()
      while let key = json.nextKey() {
        if key == "system" { tellStatus(json.string().text) } else { json.skip() }
      }
    }
    return json.isValid ? .ok : .parse
  }

  func tellStatus(_ status: String) {
    if status != "online" { out.log(.warning, "the trading engine is in the state \(status)") }
  }

  // MARK: Answers

  /// `{"method": "subscribe", "req_id": 1, "success": true, "result": {"channel": "book", "symbol": "BTC/USD", "depth":
  /// 10}}` or `{"method": "subscribe", "req_id": 1, "success": false, "error": "...", "symbol": "ABC/USD"}`;
  /// `{"method": "pong"}`.
  struct Answer {
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

  func answered(_ answer: Answer, _ stream: pb_id) -> Status {
    if answer.method == "pong" { return .ok }
    guard answer.request > 0 else {
      if !answer.error.isEmpty { out.log(.warning, "stream \(stream): \(answer.error)") }
      return answer.error.isEmpty ? .unsupported : .venue
    }
    if case .channel(_, let account, let name)? = requests[answer.request] {
      requests.remove(answer.request)
      channelAnswered(name, account, stream, error: answer.error)
    } else {
      answered(
        answer.request, symbol: answer.symbol, depth: Int(clamping: answer.depth), error: answer.error)
    }
    return .ok
  }
}
