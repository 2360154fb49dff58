import CPatchbay
import ConnectorKit
import Decimals

/// What a frame of the socket says.
struct PhemexHead {
  var symbol = JSONText()
  var id = JSONText()
  /// "snapshot" or "incremental".
  var isSnapshot = false
  var sequence: UInt64 = 0
  var time: Int64 = 0
  var depth = 0
  /// Where the data stand, by their channel.
  var (book, trades, ticker): (JSONMark?, JSONMark?, JSONMark?)
  /// Rows of the day's prices, and what their places are called.
  var (rows, fields): (JSONMark?, JSONMark?)
  /// Of an answer.
  var hasResult = false
  var isPong = false
  private var refusal = RPCRefusal()

  /// `{"book": {...}, "depth": 30, "sequence": 1, "symbol": "sBTCUSDT", "timestamp": 1, "type": "snapshot"}`, the same
  /// with "orderbook_p", "trades", "trades_p"; `{"spot_market24h": {...}, "timestamp": 1}`, "market24h"; answers
  /// `{"error": null, "id": 1, "result": {"status": "success"}}`.
  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "book", "orderbook_p": book = json.passed()
    case "trades", "trades_p": trades = json.passed()
    case "symbol": symbol = json.string()
    case "sequence": sequence = json.unsigned()
    case "timestamp": time = json.nanoseconds()
    case "type": isSnapshot = json.string() == "snapshot"
    case "depth": depth = Int(clamping: json.integer())
    case "spot_market24h", "market24h": ticker = json.passed()
    case "data": rows = json.passed()
    case "fields": fields = json.passed()
    case "id": id = json.scalar()
    case "result":
      guard !json.skipNull() else { break }
      hasResult = true
      guard json.peek() == UInt8(ascii: "\"") else { return false }
      isPong = json.string() == "pong"
    case "error": refusal.read(&json)
    default: return false
    }
    return true
  }

  var isRefused: Bool { refusal.isSaid }
  var answer: Acknowledgement { refusal.answer }
}

/// Public frames. Sources: "Subscribe OrderBook", "Subscribe Trade", "Subscribe 24 Hours Ticker" of spot, contracts and
/// hedged perpetuals.
extension PhemexConnector {
  /// A topic is a message of its own, but for the day's prices, which are one subscription for all symbols. What the
  /// exchange ends, it ends for all symbols at once: a topic that is given up goes on unread, and its message is a
  /// ping, until the connection is made anew.
  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard !isUnsubscribe, let topic = topics.first else { return SealedText(Self.pingText(id)) }
    let market = markets[topic.market]
    let ending = isScaled(market) ? "" : "_p"
    switch feeds.channels[topic.channel].name {
    case "orderbook":
      let whole = market.depth == 0 ? ",true" : ""
      return Self.call(id, "orderbook\(ending).subscribe", "\"\(market.symbol)\"\(whole)")
    case "trade": return Self.call(id, "trade\(ending).subscribe", "\"\(market.symbol)\"")
    default:
      let name = isPerpetual ? (isScaled(market) ? "market24h" : "perp_market24h_pack_p") : "spot_market24h"
      return Self.call(id, "\(name).subscribe", "")
    }
  }

  private static func call(_ id: pb_id, _ method: String, _ parameters: String) -> SealedText {
    SealedText("{\"id\":\(id),\"method\":\"\(method)\",\"params\":[\(parameters)]}")
  }

  public final func group(_ topic: Topic) -> Int {
    let isTicker = feeds.channels[topic.channel].name == "market24h"
    return isTicker ? (isScaled(markets[topic.market]) ? -1 : -2) : topic.market
  }

  /// Whether a market's numbers are written whole.
  final func isScaled(_ market: Market) -> Bool { market.rules.priceScale > 0 }

  final func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var head = PhemexHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    if let mark = head.book {
      guard let market = market(named: head.symbol) else { return .unsupported }
      return book(mark, head, market, frame)
    }
    if let mark = head.trades {
      guard let market = market(named: head.symbol) else { return .unsupported }
      var list = mark.scanner()
      return trades(&list, market, head, stream)
    }
    if let mark = head.ticker { return day(mark, head.time, stream) }
    if let rows = head.rows { return days(rows, head, stream) }
    return answered(head, stream)
  }

  private func answered(_ head: PhemexHead, _ stream: pb_id) -> Status {
    guard head.hasResult || head.isRefused else { return .unsupported }
    guard head.isPong else {
      acknowledged(head.id, head.answer)
      return .ok
    }
    guard let id = pb_id(head.id.text), isAwaited(id) else { return .ok }
    acknowledged(id, .confirmed)
    if givenUp.count > 16 { givenUp.removeAll() }
    let count = (givenUp[stream] ?? 0) + 1
    givenUp[stream] = count < Self.mostGivenUp ? count : nil
    if count >= Self.mostGivenUp { reopen(stream, "topics that nobody wants are left behind") }
    return .ok
  }

  // MARK: Books

  /// `{"asks": [[892697000000, 1781800]], "bids": []}`, with margin in USDT `[["20702.9", "0.718"]]`.
  private func book(_ mark: JSONMark, _ head: PhemexHead, _ market: Market, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    var json = mark.scanner()
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "asks": asks = out.levels(&json, market)
      case "bids": bids = out.levels(&json, market)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, head.sequence > 0, head.depth >= 0 else { return misread(market, .book) }
    if head.isSnapshot { market.depth = head.depth }
    return book(
      market, isSnapshot: head.isSnapshot, last: head.sequence, time: head.time, bids: bids, asks: asks, frame: frame)
  }

  // MARK: Trades

  /// `[1573716998128563500, "Buy", 867350000000, 560000]`, the newest first. Trades have no ids: of a snapshot those
  /// are new that are younger than the last one before it.
  private static let trade = FieldTable<TradeField>(places: [.nanoseconds, .side, .price, .quantity])

  private func trades(
    _ list: inout JSONScanner, _ market: Market, _ head: PhemexHead, _ stream: pb_id
  ) -> Status {
    var entries: [JSONMark] = []
    list.elements { entries.append($0.passed()) }
    guard list.isValid else { return misread(market, .trades) }
    var status = Status.ok
    let known = lastTrades[market.id] ?? 0
    for entry in entries.reversed() {
      var json = entry.scanner(at: 0)
      let time = json.nanoseconds()
      if head.isSnapshot, json.isValid, time <= known { continue }
      if json.isValid, isWanted(market, .trades) { lastTrades[market.id] = max(time, lastTrades[market.id] ?? 0) }
      json = entry.scanner()
      if trade(&json, Self.trade, stream, of: market, isBackfill: head.isSnapshot) == .parse { status = .parse }
    }
    return status
  }

  // MARK: Tickers, marks

  /// Of spot, and of contracts that are settled in USD: prices alone are reported, and volumes in base.
  static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "askEp": .ask, "bidEp": .bid, "lastEp": .last, "openEp": .open, "highEp": .high, "lowEp": .low,
    "volumeEv": .contractVolume, "close": .last, "open": .open, "high": .high, "low": .low, "volume": .contractVolume,
    "timestamp": .nanoseconds,
  ])
  /// The places of a row of the day's prices.
  private static let places: [StaticString] = [
    "symbol", "openRp", "highRp", "lowRp", "lastRp", "volumeRq", "turnoverRv", "openInterestRv", "indexRp", "markRp",
    "fundingRateRr", "predFundingRateRr",
  ]
  private static let row = FieldTable<TickerField>(
    places: [.symbol, .open, .high, .low, .last, .baseVolume, .quoteVolume])
  private static let markRow = FieldTable<MarkField>(
    places: [.symbol, nil, nil, nil, nil, nil, nil, nil, .index, .mark, .rate])

  /// `{"spot_market24h": {...}}`, `{"market24h": {...}}`.
  private func day(_ mark: JSONMark, _ time: Int64, _ stream: pb_id) -> Status {
    var json = mark.scanner()
    let status = ticker(&json, Self.ticker, stream, time: time)
    guard isPerpetual, let market = market(named: mark.text("symbol")), isWanted(market, .mark) else { return status }
    var report = MarkReport()
    report.time = time
    json = mark.scanner()
    json.members { key, json in
      switch key {
      case "markPrice": report.mark = market.price(json.optionalDecimal())
      case "indexPrice": report.index = market.price(json.optionalDecimal())
      case "fundingRate": report.rate = Self.ratio(json.optionalDecimal())
      default: return false
      }
      return true
    }
    guard json.isValid else { return misread(market, .mark) }
    publish(mark: report, market)
    return status
  }

  /// "ratioScale" is 8 everywhere.
  static func ratio(_ scaled: Decimal64?) -> Decimal64? { scaled?.multiplied(by: Decimal64(mantissa: 1, exponent: -8)) }

  /// `{"data": [["ETHUSDT", "1533.72", ...]], "fields": ["symbol", "openRp", ...], "method":
  /// "perp_market24h_pack_p.update"}`.
  private func days(_ rows: JSONMark, _ head: PhemexHead, _ stream: pb_id) -> Status {
    guard var names = head.fields?.scanner() else { return .unsupported }
    var (place, isUsual) = (0, true)
    names.elements { json in
      if place < Self.places.count, json.string() != Self.places[place] { isUsual = false }
      place += 1
    }
    guard names.isValid, isUsual, place >= Self.places.count - 1 else {
      return misread(stream: stream, [.ticker, .mark])
    }
    var list = rows.scanner()
    var status = Status.ok
    list.elements { json in
      var second = json.mark.scanner()
      var entry = json.entry()
      guard json.isValid else { return }
      if ticker(&entry, Self.row, stream, time: head.time) == .parse { status = .parse }
      if isPerpetual, mark(&second, Self.markRow, stream, time: head.time) == .parse { status = .parse }
    }
    return list.isValid ? status : misread(stream: stream, [.ticker, .mark])
  }
}
