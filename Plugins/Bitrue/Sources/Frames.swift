import CPatchbay
import ConnectorKit

/// What stands in a frame, public or private.
struct Push {
  var channel = JSONText()
  var tick: JSONMark?
  var time: Int64 = 0
  /// Of answers: `subed`, and whether it is `ok`.
  var (answer, status) = (JSONText(), JSONText())
  /// Heartbeats: `{"ping": 1663815268584}`, `{"event": "ping", "ts": "1663815268584"}`.
  var (ping, event, moment) = (JSONText(), JSONText(), JSONText())
  /// Of reports of an account.
  var kind = JSONText()
  var (code, text) = (JSONText(), JSONText())

  @inline(__always)
  mutating func read(_ frame: Body) -> Bool {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "channel": channel = json.string()
      case "tick": tick = json.passed()
      case "ts":
        var number = json.mark.scanner()
        moment = json.scalar()
        time = number.milliseconds()
      case "event_rep": answer = json.string()
      case "status": status = json.scalar()
      case "ping": ping = json.scalar()
      case "event": event = json.string()
      case "e": kind = json.string()
      case "code": code = json.scalar()
      case "msg": text = json.scalar()
      default: return false
      }
      return true
    }
    return json.isComplete()
  }

  var outcome: Acknowledgement {
    status == "ok" ? .confirmed : .refused(code: status.text, text: text.isEmpty ? "refused without words" : text.text)
  }
}

/// Public frames. Sources: "Market Data Streams WebSocket"; trades and tickers: "websocket api".
extension BitrueSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    let name = markets[topic.market].symbol.lowercased()
    let channel = "market_\(name)_\(feeds.channels[topic.channel].name)"
    let event = isUnsubscribe ? "unsub" : "sub"
    return SealedText("{\"event\":\"\(event)\",\"params\":{\"cb_id\":\"\(name)\",\"channel\":\"\(channel)\"}}")
  }

  /// "Ping/Keep-alive": what the pong says does not matter.
  private func answeredPing(_ push: Push, _ stream: pb_id) -> Bool {
    guard !push.ping.isEmpty else { return false }
    answerHeartbeat("{\"pong\":\(jsonQuoted(push.ping.text))}", act: "pong", on: stream)
    return true
  }

  /// `{"channel": "market_btcusdt_simple_depth_step0", "ts": 1663815268584, "tick": {...}}`, and answers `{"channel":
  /// "market_btcusdt_simple_depth_step0", "cb_id": "btcusdt", "event_rep": "subed", "status": "ok", "ts": 1663815}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var push = Push()
    guard push.read(frame) else { return .parse }
    if answeredPing(push, stream) { return .ok }
    guard let rest = push.channel.after(first: UInt8(ascii: "_")), push.channel.hasPrefix("market_"),
      let channel = rest.after(first: UInt8(ascii: "_"))
    else { return .unsupported }
    guard let market = market(named: rest.before(first: UInt8(ascii: "_"))) else { return .unsupported }
    guard let tick = push.tick else {
      guard !push.answer.isEmpty else { return .unsupported }
      acknowledged(market.number, channel: channel.text, isUnsubscribe: push.answer.hasPrefix("unsub"), push.outcome)
      return .ok
    }
    switch channel {
    case "simple_depth_step0": return book(tick, market, push.time)
    case "trade_ticker": return trades(tick, market, stream)
    case "ticker":
      var json = tick.scanner()
      return ticker(&json, Self.ticker, stream, of: market, time: push.time)
    default: return .unsupported
    }
  }

  /// `{"buys": [["18619.40", "0.0013"]], "asks": [["18620.32", "0.0220"]]}`.
  @inline(__always)
  private func book(_ tick: JSONMark, _ market: Market, _ time: Int64) -> Status {
    var json = tick.scanner()
    var (bids, asks) = (pb_list(), pb_list())
    var (hasBids, hasAsks) = (false, false)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "buys":
        if hasBids { json.fail() }
        (hasBids, bids) = (true, out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent))
      case "asks":
        if hasAsks { json.fail() }
        (hasAsks, asks) = (true, out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent))
      default: return false
      }
      return true
    }
    guard json.isValid, hasBids, hasAsks else { return misread(market, .book) }
    snapshot(market, last: 0, time: time, bids: bids, asks: asks, isInBand: true)
    return .ok
  }

  /// `{"data": [{"id": 20482764, "price": 0.006277, "amount": 0.00520991, "side": "BUY", "vol": 0.83, "ts":
  /// 1621426164263}]}`, the newest first; `amount` counts quote.
  private static let trade = FieldTable<TradeField>([
    "id": .number, "price": .price, "vol": .quantity, "side": .side, "ts": .time,
  ])

  private func trades(_ tick: JSONMark, _ market: Market, _ stream: pb_id) -> Status {
    var json = tick.scanner()
    guard var list = json.find("data")?.scanner() else { return misread(market, .trades) }
    return trades(&list, Self.trade, stream, of: market, isNewestFirst: true)
  }

  /// `{"amount": 123.1221, "vol": 1212.12211, "open": 2233.22, "close": 1221.11, "high": 22322.22, "low": 2321.22,
  /// "rose": -0.2922}`: `amount` counts quote.
  private static let ticker = FieldTable<TickerField>([
    "close": .last, "open": .open, "high": .high, "low": .low, "vol": .baseVolume, "amount": .quoteVolume,
  ])
}
