import JSONTree
import Venue

/// The second version of Kraken's socket, at `/v2`, from a recording of the first: the same books and trades in other
/// words, with checksums of its own. Sources: "Spot WebSocket v2": status, instrument, book, trade, ticker, heartbeat,
/// ping.
extension RecordingVenue {
  func krakenV2Opened(_ id: UInt64, _ actions: inout [VenueAction]) {
    sockets[id]?.isSecondVersion = true
    actions.append(.accept(socket: id))
    let status =
      "{\"channel\":\"status\",\"type\":\"update\",\"data\":[{\"version\":\"2.0.0\",\"system\":\"online\","
      + "\"api_version\":\"v2\",\"connection_id\":\(id)}]}"
    actions.append(.send(socket: id, .text(Array(status.utf8))))
  }

  func krakenV2Frame(_ id: UInt64, _ bytes: [UInt8], _ now: VenueTime, _ actions: inout [VenueAction]) {
    func say(_ text: String) { actions.append(.send(socket: id, .text(Array(text.utf8)))) }
    let times = "\"time_in\":\"\(ISODate.text(now.wall))\",\"time_out\":\"\(ISODate.text(now.wall))\""
    guard let message = try? JSONDocument.parse(bytes: bytes), let method = message["method"]?.string else {
      return say("{\"error\":\"Malformed request\",\"success\":false,\(times)}")
    }
    let number = message["req_id"].map { "\"req_id\":\(JSONWriter.compact($0))," } ?? ""
    guard method != "ping" else { return say("{\"method\":\"pong\",\(number)\(times)}") }
    let parameters = message["params"] ?? [:]
    let channel = parameters["channel"]?.string ?? ""
    guard method == "subscribe" || method == "unsubscribe", !channel.isEmpty else {
      return say("{\"error\":\"Method not recorded\",\"method\":\"\(method)\",\(number)\"success\":false,\(times)}")
    }
    let head = "{\"method\":\"\(method)\",\(number)"
    if channel == "instrument" {
      say("\(head)\"result\":{\"channel\":\"instrument\",\"snapshot\":true},\"success\":true,\(times)}")
      return say(krakenV2Instruments())
    }
    let depth = parameters["depth"]?.number.flatMap { Int($0) } ?? 10
    for symbol in (parameters["symbol"]?.array ?? []).compactMap(\.string) {
      let isNew = krakenV2Wish(symbol, channel, depth, id, isSubscription: method == "subscribe")
      guard case .success(let pair) = isNew else {
        if case .failure(let refusal) = isNew {
          say("\(head)\"error\":\"\(refusal.text)\",\"symbol\":\"\(symbol)\",\"success\":false,\(times)}")
        }
        continue
      }
      let what = channel == "book" ? "\"depth\":\(depth)," : ""
      say(
        "\(head)\"result\":{\"channel\":\"\(channel)\",\(what)\"snapshot\":true,\"symbol\":\"\(symbol)\"},"
          + "\"success\":true,\(times)}")
      guard method == "subscribe" else { continue }
      if channel == "book", let snapshot = krakenV2Snapshot(pair) { say(snapshot) }
      if let last = latest["\(channel) \(pair.recorded)"], let text = krakenV2(other: last, isSnapshot: true) {
        actions.append(.send(socket: id, .text(text)))
      }
    }
  }

  private struct Refusal: Error {
    let text: String
  }

  private func krakenV2Wish(
    _ symbol: String, _ channel: String, _ depth: Int, _ id: UInt64, isSubscription: Bool
  ) -> Result<KrakenPair, Refusal> {
    guard let pair = krakenPairs[symbol], books[pair.recorded] != nil else {
      return .failure(Refusal(text: "Currency pair not supported \(symbol)"))
    }
    guard ["book", "trade", "ticker"].contains(channel) else {
      return .failure(Refusal(text: "Subscription name not recorded"))
    }
    guard channel != "book" || depth == Tape.krakenDepth else {
      return .failure(Refusal(text: "Subscription depth not recorded"))
    }
    let topic = channel == "book" ? bookTopic(pair.recorded) : "\(channel) \(pair.recorded)"
    guard isSubscription ? join(topic, id) : leave(topic, id) else {
      return .failure(Refusal(text: isSubscription ? "Already subscribed" : "Subscription Not Found"))
    }
    return .success(pair)
  }

  // MARK: What is said

  private func krakenV2Instruments() -> String {
    let pairs = krakenPairs.values.sorted { $0.name < $1.name }.map { pair in
      "{\"symbol\":\"\(pair.name)\",\"status\":\"\(pair.status)\",\"price_precision\":\(pair.pricePlaces),"
        + "\"qty_precision\":\(pair.quantityPlaces)}"
    }
    return "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"assets\":[],"
      + "\"pairs\":[\(pairs.joined(separator: ","))]}}"
  }

  private func krakenV2Snapshot(_ pair: KrakenPair) -> String? {
    guard let book = books[pair.recorded]?.book else { return nil }
    counters.snapshots += 1
    return krakenV2("snapshot", pair, book.bids, book.asks, pair.checksum(book), nil)
  }

  private func krakenV2(
    _ type: String, _ pair: KrakenPair, _ bids: [TrueLevel], _ asks: [TrueLevel], _ checksum: UInt32, _ wall: Int64?
  ) -> String {
    let time = wall.map { ",\"timestamp\":\"\(ISODate.text($0))\"" } ?? ""
    return "{\"channel\":\"book\",\"type\":\"\(type)\",\"data\":[{\"symbol\":\"\(pair.name)\","
      + "\"bids\":\(pair.levels(bids)),\"asks\":\(pair.levels(asks)),\"checksum\":\(checksum)\(time)}]}"
  }

  /// The next change of a book; `nil` when it changes nothing.
  func krakenV2(change book: RecordedBook, of recorded: String, now: VenueTime) -> [UInt8]? {
    guard let pair = krakenPairs[KrakenPair.name(recorded)] else { return nil }
    let change = book.next
    guard !change.bids.isEmpty || !change.asks.isEmpty else { return nil }
    var after = book
    after.advance()
    return Array(krakenV2("update", pair, change.bids, change.asks, pair.checksum(after.book), now.wall).utf8)
  }

  /// A recorded trade or ticker of the first version; `nil` for what is neither.
  func krakenV2(other bytes: [UInt8], isSnapshot: Bool = false) -> [UInt8]? {
    guard let parts = (try? JSONDocument.parse(bytes: bytes))?.array, parts.count == 4, let recorded = parts[3].string,
      let channel = parts[2].string, let pair = krakenPairs[KrakenPair.name(recorded)]
    else { return nil }
    let data: [String]
    switch channel {
    case "trade": data = (parts[1].array ?? []).compactMap { krakenV2(trade: $0.array ?? [], pair) }
    case "ticker": data = [krakenV2(ticker: parts[1], pair)].compactMap { $0 }
    default: return nil
    }
    guard !data.isEmpty else { return nil }
    let type = isSnapshot ? "snapshot" : "update"
    return Array("{\"channel\":\"\(channel)\",\"type\":\"\(type)\",\"data\":[\(data.joined(separator: ","))]}".utf8)
  }

  /// `["price", "quantity", "seconds", "b" or "s", "l" or "m", ""]`. The first version does not number trades.
  private func krakenV2(trade: [JSONValue], _ pair: KrakenPair) -> String? {
    let texts = trade.compactMap(\.string)
    guard texts.count >= 5, let level = TrueLevel(texts[0], texts[1]) else { return nil }
    trades += 1
    let seconds = texts[2].split(separator: ".")
    guard let whole = Int64(seconds.first ?? ""), let parts = Int64(seconds.last ?? "") else { return nil }
    return "{\"symbol\":\"\(pair.name)\",\"side\":\"\(texts[3] == "b" ? "buy" : "sell")\","
      + "\"price\":\(pair.price(level)),\"qty\":\(pair.quantity(level)),"
      + "\"ord_type\":\"\(texts[4] == "m" ? "market" : "limit")\",\"trade_id\":\(trades),"
      + "\"timestamp\":\"\(ISODate.text(whole * 1_000_000_000 + parts * 1000))\"}"
  }

  /// Best prices and the day's figures, but for the change, which the first version does not say.
  private func krakenV2(ticker: JSONValue, _ pair: KrakenPair) -> String? {
    func level(_ key: String, _ quantity: Int) -> TrueLevel? {
      guard let values = ticker[key]?.array, values.count > quantity, let price = values[0].string,
        let amount = values[quantity].string
      else { return nil }
      return TrueLevel(price, amount)
    }
    guard let bid = level("b", 2), let ask = level("a", 2), let last = level("c", 1) else { return nil }
    let volume = ticker["v"]?.array?.last?.string ?? "0"
    return "{\"symbol\":\"\(pair.name)\",\"bid\":\(pair.price(bid)),\"bid_qty\":\(pair.quantity(bid)),"
      + "\"ask\":\(pair.price(ask)),\"ask_qty\":\(pair.quantity(ask)),\"last\":\(pair.price(last)),"
      + "\"volume\":\(volume)}"
  }
}
