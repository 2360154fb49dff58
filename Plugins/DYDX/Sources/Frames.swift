import CPatchbay
import ConnectorKit
import Decimals

/// Trades are numbered by block, transaction and event, in so many hexadecimal digits that two words hold them.
struct TradeNumber: Comparable {
  var (high, low) = (UInt64(0), UInt64(0))

  /// `0165e5e30000000200000002`; `nil` where it is no such number.
  init?(_ text: JSONText) {
    guard !text.isEmpty, text.bytes.count <= 32 else { return nil }
    for byte in text.bytes {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x61...0x66: digit = byte - 0x61 + 10
      case 0x41...0x46: digit = byte - 0x41 + 10
      default: return nil
      }
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(digit)
    }
  }

  static func < (one: TradeNumber, other: TradeNumber) -> Bool { (one.high, one.low) < (other.high, other.low) }
}

/// What stands around the contents of a message, on the public and on an account's stream.
struct DYDXHead {
  var (type, connection, channel, id, text) = (JSONText(), JSONText(), JSONText(), JSONText(), JSONText())
  var number: UInt64?
  var contents: JSONMark?

  /// `{"type": "channel_data", "connection_id": "...", "message_id": 3, "id": "ETH-USD", "channel": "v4_orderbook",
  /// "version": "1.0.0", "contents": {...}}`; `nil` where it is not whole.
  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "type": type = json.string()
      case "connection_id": connection = json.string()
      case "message_id": number = json.unsigned()
      case "channel": channel = json.string()
      case "id": id = json.scalar()
      case "message": text = json.string()
      case "contents": contents = json.passed()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return nil }
  }

  var isAnswer: Bool { type == "subscribed" || type == "error" }

  /// Contents come alone, or gathered as a list of several.
  func each(_ read: (inout JSONScanner) -> Void) -> Bool {
    guard var json = contents?.scanner() else { return false }
    guard json.peek() == UInt8(ascii: "[") else {
      read(&json)
      return json.isValid
    }
    json.elements { read(&$0) }
    return json.isValid
  }
}

/// Public frames. Sources: "Indexer API: WebSocket", `indexer/services/socks`.
extension DYDXPerpetual {
  /// A message is about one thing, but for what is of all markets, which is one subscription.
  public func group(_ topic: Topic) -> Int {
    feeds.channels[topic.channel].name == allMarkets ? -1 : topic.market * 2 + topic.channel
  }

  /// `{"type": "subscribe", "channel": "v4_orderbook", "id": "ETH-USD", "batched": false}`. The channel of all markets
  /// ends for all at once: while one of them is wanted, nothing is said of another's end, but a ping, which is not
  /// answered.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    let (name, verb) = (feeds.channels[topic.channel].name, isUnsubscribe ? "unsubscribe" : "subscribe")
    guard name != allMarkets else {
      guard isUnsubscribe, markets.contains(where: { isWanted($0, .mark) }) else {
        return SealedText("{\"type\":\"\(verb)\",\"channel\":\"\(name)\"}")
      }
      givenUp += 1
      return SealedText("{\"type\":\"ping\"}")
    }
    let symbol = jsonQuoted(markets[topic.market].symbol)
    let way = version == .v4 ? ",\"batched\":false" : topic.channel == 0 ? ",\"includeOffsets\":true" : ""
    let ending = isUnsubscribe ? "" : way
    return SealedText("{\"type\":\"\(verb)\",\"channel\":\"\(name)\",\"id\":\(symbol)\(ending)}")
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = DYDXHead(frame) else { return .parse }
    // A message that is refused before it is understood has no number of its own.
    if let number = head.number, !follows(stream, number, of: head.connection, isAnswer: head.isAnswer) { return .ok }
    switch head.type {
    case "channel_data", "channel_batch_data": return data(head, isSnapshot: false, frame, stream)
    case "subscribed":
      if Self.isOfAll(head.channel) {
        acknowledged(nil, channel: allMarkets, isUnsubscribe: false, .confirmed)
      } else if let market = market(named: head.id) {
        acknowledged(market.number, channel: head.channel.text, isUnsubscribe: false, .confirmed)
      }
      return data(head, isSnapshot: true, frame, stream)
    case "unsubscribed":
      if Self.isOfAll(head.channel) {
        acknowledged(nil, channel: allMarkets, isUnsubscribe: true, .confirmed)
      } else if let market = market(named: head.id) {
        acknowledged(market.number, channel: head.channel.text, isUnsubscribe: true, .confirmed)
      }
      return .ok
    case "error":
      refused(head, stream)
      return .ok
    case "connected", "pong": return .ok
    default: return .unsupported
    }
  }

  private static func isOfAll(_ channel: JSONText) -> Bool { channel == "v4_markets" || channel == "v3_markets" }

  /// What is subscribed to twice goes on as it was.
  private func refused(_ head: DYDXHead, _ stream: pb_id) {
    let text = head.text.text
    let answer: Acknowledgement =
      text.holds("already subscribed") ? .confirmed : .refused(code: "", text: text)
    if Self.isOfAll(head.channel) {
      acknowledged(nil, channel: allMarkets, isUnsubscribe: false, answer)
    } else if !head.channel.isEmpty, let market = market(named: head.id) {
      acknowledged(market.number, channel: head.channel.text, isUnsubscribe: false, answer)
    } else {
      refused(stream, text: text)
    }
  }

  private func data(_ head: DYDXHead, isSnapshot: Bool, _ frame: Body, _ stream: pb_id) -> Status {
    switch head.channel {
    case "v4_orderbook", "v3_orderbook":
      guard let market = market(named: head.id) else { return .unsupported }
      guard market.wantsBook else { return .ok }
      if let market = market as? OffsetMarket { return book(head, market, isSnapshot: isSnapshot, frame) }
      return book(head, market, isSnapshot: isSnapshot, frame)
    case "v4_trades", "v3_trades":
      guard let market = market(named: head.id) else { return .unsupported }
      return trades(head, market, isSnapshot: isSnapshot, stream)
    case "v4_markets", "v3_markets":
      while givenUp > 0 {
        givenUp -= 1
        acknowledged(nil, channel: allMarkets, isUnsubscribe: true, .confirmed)
      }
      var isFine = true
      let isRead = head.each { if !marks(&$0) { isFine = false } }
      return isRead && isFine ? .ok : misread(stream: stream, .mark)
    default: return .unsupported
    }
  }

  // MARK: Books

  /// `{"bids": [["2344.1", "0"]], "asks": [...]}`, either of which may be missing; the book itself has levels
  /// `{"price": "2345.5", "size": "0.2202"}`. Quantities are absolute.
  private func book(_ head: DYDXHead, _ market: Market, isSnapshot: Bool, _ frame: Body) -> Status {
    var status = Status.ok
    let isRead = head.each { json in
      var (bids, asks) = (pb_list(), pb_list())
      out.beginBook()
      json.members { key, json in
        switch key {
        case "bids": bids = isSnapshot ? levels(&json, market) : out.levels(&json, market)
        case "asks": asks = isSnapshot ? levels(&json, market) : out.levels(&json, market)
        default: return false
        }
        return true
      }
      guard json.isValid, status == .ok else { return }
      status = book(
        market, isSnapshot: isSnapshot, last: head.number ?? 0, time: 0, bids: bids, asks: asks, frame: frame)
    }
    return isRead ? status : misread(market, .book)
  }

  private func levels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    var list = pb_list()
    json.elements { json in
      var (price, quantity) = (Int64(0), Int64(-1))
      json.members { key, json in
        switch key {
        case "price": price = json.fixed(market.priceExponent)
        case "size": quantity = json.fixed(market.quantityExponent)
        default: return false
        }
        return true
      }
      guard price > 0, quantity >= 0 else { return json.fail() }
      // What has gone may still be listed.
      if quantity > 0 { out.level(price: price, quantity: quantity, to: &list) }
    }
    return list
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    let named = LevelMisfit(market, LevelMisfit.Shape(names: ("price", "size")))
    return LevelMisfit(market).words(message) ?? named.words(message)
  }

  // MARK: Trades

  private static let trade = FieldTable<TradeField>([
    "id": .id, "price": .price, "size": .quantity, "side": .side, "createdAt": .isoTime,
  ])

  /// `{"trades": [{"id": "0165e5e30000000200000002", "size": "79.2", "price": "25.22", "side": "BUY", "createdAt":
  /// "2024-08-22T23:59:58.855Z", "type": "LIMIT"}]}`. With a subscription come the most recent ones, the newest first,
  /// of which those are new whose number is above that of the last one.
  private func trades(_ head: DYDXHead, _ market: Market, isSnapshot: Bool, _ stream: pb_id) -> Status {
    var status = Status.ok
    let isRead = head.each { json in
      json.member("trades") { list in
        guard isSnapshot else {
          list.elements { report(&$0, market, stream, isBackfill: false, &status) }
          return
        }
        var entries: [(number: TradeNumber?, mark: JSONMark)] = []
        list.elements { json in
          let mark = json.passed()
          entries.append((TradeNumber(mark.text("id")), mark))
        }
        let known = lastTrades[market.id]
        for entry in entries.reversed() {
          if let known, let number = entry.number, number <= known { continue }
          var json = entry.mark.scanner()
          report(&json, market, stream, isBackfill: true, &status)
        }
      }
    }
    return isRead ? status : misread(market, .trades)
  }

  private func report(
    _ json: inout JSONScanner, _ market: Market, _ stream: pb_id, isBackfill: Bool, _ status: inout Status
  ) {
    let mark = json.mark
    var entry = json.entry()
    guard json.isValid else { return }
    guard trade(&entry, Self.trade, stream, of: market, isBackfill: isBackfill) != .parse else {
      status = .parse
      return
    }
    guard isWanted(market, .trades), let number = TradeNumber(mark.text("id")) else { return }
    lastTrades[market.id] = max(number, lastTrades[market.id] ?? number)
  }

  // MARK: Marks

  /// `{"markets": {"BTC-USD": {...}}}`, `{"trading": {"BTC-USD": {"nextFundingRate": "0.00001"}}}`, `{"oraclePrices":
  /// {"BTC-USD": {"oraclePrice": "60387.5", "effectiveAt": "2024-08-23T00:00:54.301Z"}}}`.
  private func marks(_ json: inout JSONScanner) -> Bool {
    var unread = 0
    json.members { key, json in
      switch key {
      case "markets", "trading", "oraclePrices": unread += json.eachEntry { mark($0, &$1) }
      default:
        // Of v3 a market stands in a change by itself.
        guard version == .v3, market(named: key) != nil else { return false }
        mark(key, &json)
      }
      return true
    }
    return json.isValid && unread == 0
  }

  private func mark(_ symbol: JSONText, _ json: inout JSONScanner) {
    var report = MarkReport()
    var state = ""
    json.members { key, json in
      switch key {
      case "oraclePrice":
        let price = json.optionalWideDecimal()?.narrowed?.value
        if price?.isPositive == true { (report.mark, report.index) = (price, report.index ?? price) }
      case "indexPrice":
        let price = json.optionalWideDecimal()?.narrowed?.value
        if price?.isPositive == true { report.index = price }
      case "nextFundingRate": report.rate = json.optionalWideDecimal()?.narrowed?.value
      case "effectiveAt": report.time = json.timestamp()
      case "status": state = json.words()
      default: return false
      }
      return true
    }
    guard json.isValid, let market = market(named: symbol) else { return }
    if !state.isEmpty { update(market) { $0.setState(state, Self.states) } }
    guard isWanted(market, .mark) else { return }
    // "Funding": paid every hour.
    if report.rate != nil { report.interval = 3_600_000_000_000 }
    publish(mark: report, market)
  }
}
