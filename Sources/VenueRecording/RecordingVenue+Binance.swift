import JSONTree
import Venue

/// Binance's public side. Sources: "General endpoints", "Market data endpoints: Order book", "WebSocket Streams: Live
/// Subscribing/Unsubscribing to streams" of the spot documentation, and their like for USD-margined futures.
extension RecordingVenue {
  private var prefix: String { tape.dialect == .binanceSpot ? "/api/v3" : "/fapi/v1" }

  func binanceReply(_ request: VenueRequest, _ now: VenueTime) -> VenueReply {
    guard request.path.hasPrefix(prefix) else { return VenueReply(status: 404, body: Array("{}".utf8)) }
    switch request.path.dropFirst(prefix.count) {
    case "/exchangeInfo": return VenueReply(body: tape.instruments)
    case "/ping": return VenueReply(body: Array("{}".utf8))
    case "/time": return VenueReply(body: Array("{\"serverTime\":\(now.wall / 1_000_000)}".utf8))
    case "/depth": return depth(request.query, now)
    default: return VenueReply(status: 404, body: Array("{}".utf8))
    }
  }

  private func depth(_ query: String, _ now: VenueTime) -> VenueReply {
    func parameter(_ name: String) -> Substring? {
      query.split(separator: "&").first { $0.hasPrefix("\(name)=") }?.dropFirst(name.count + 1)
    }
    guard let symbol = parameter("symbol").map(String.init), let book = books[symbol] else {
      return VenueReply(status: 400, body: Array(#"{"code":-1121,"msg":"Invalid symbol."}"#.utf8))
    }
    counters.snapshots += 1
    let deepest = tape.dialect == .binanceSpot ? 5000 : 1000
    let limit = min(max(parameter("limit").flatMap { Int($0) } ?? 100, 1), deepest)
    let time = now.wall / 1_000_000
    let times = tape.dialect == .binanceFutures ? "\"E\":\(time),\"T\":\(time)," : ""
    return VenueReply(
      body: Array(
        ("{\"lastUpdateId\":\(book.sequence),\(times)\"bids\":\(levels(book.book.bids.prefix(limit))),"
          + "\"asks\":\(levels(book.book.asks.prefix(limit)))}").utf8))
  }

  private func levels(_ levels: some Sequence<TrueLevel>) -> String {
    "[" + levels.map { "[\"\($0.priceText)\",\"\($0.quantityText)\"]" }.joined(separator: ",") + "]"
  }

  // MARK: Sockets

  /// `/stream?streams=a/b`, `/ws/a`, or `/ws` and `/stream` with subscriptions to come.
  func binanceOpened(_ id: UInt64, _ request: VenueRequest, _ now: VenueTime, _ actions: inout [VenueAction]) {
    let parts = request.path.split(separator: "/").map(String.init)
    guard let place = parts.firstIndex(where: { $0 == "ws" || $0 == "stream" }) else {
      sockets[id] = nil
      return actions.append(.refuse(socket: id, VenueReply(status: 404, body: [])))
    }
    sockets[id]?.isRaw = parts[place] == "ws"
    actions.append(.accept(socket: id))
    let named = request.query.split(separator: "&").first { $0.hasPrefix("streams=") }?.dropFirst(8) ?? ""
    for topic in parts[(place + 1)...] + named.split(separator: "/").map(String.init) { binanceJoin(topic, id) }
  }

  /// Futures streams are routed: books and best prices at /public, the rest at /market. What is asked for at the wrong
  /// one is confirmed and stays silent, as is what does not exist.
  private func binanceJoin(_ topic: String, _ id: UInt64) {
    let path = sockets[id]?.path ?? ""
    let isBook = topic.contains("@depth") || topic.contains("@bookTicker")
    if path.hasPrefix("/public"), !isBook { return }
    if path.hasPrefix("/market"), isBook { return }
    join(topic, id)
  }

  func binanceFrame(_ id: UInt64, _ bytes: [UInt8], _ actions: inout [VenueAction]) {
    func answer(_ text: String) { actions.append(.send(socket: id, .text(Array(text.utf8)))) }
    guard let message = try? JSONDocument.parse(bytes: bytes), let method = message["method"]?.string,
      let number = message["id"].map({ JSONWriter.compact($0) })
    else { return answer(#"{"error":{"code":2,"msg":"Invalid request: invalid JSON"}}"#) }
    let topics = (message["params"]?.array ?? []).compactMap(\.string)
    switch method {
    case "SUBSCRIBE":
      answer("{\"result\":null,\"id\":\(number)}")
      for topic in topics { binanceJoin(topic, id) }
    case "UNSUBSCRIBE":
      for topic in topics { leave(topic, id) }
      answer("{\"result\":null,\"id\":\(number)}")
    case "LIST_SUBSCRIPTIONS":
      let list = (sockets[id]?.topics ?? []).map { "\"\($0)\"" }.joined(separator: ",")
      answer("{\"result\":[\(list)],\"id\":\(number)}")
    default:
      answer(
        #"{"error":{"code":2,"msg":"Invalid request: unknown variant, expected one of SUBSCRIBE, UNSUBSCRIBE, "#
          + #"LIST_SUBSCRIPTIONS"},"id":\#(number)}"#)
    }
  }

  /// The bare event of a combined message.
  func binanceData(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array("\"data\":".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return bytes }
    return Array(bytes[(start + mark.count)..<(bytes.count - 1)])
  }

  /// The change from the recording's end to its beginning.
  func binanceSeam(_ symbol: String, _ book: RecordedBook, _ now: VenueTime) -> [UInt8] {
    let change = book.next
    let time = now.wall / 1_000_000
    let isFutures = tape.dialect == .binanceFutures
    let last = book.sequence + change.step
    return Array(
      ("{\"stream\":\"\(bookTopic(symbol))\",\"data\":{\"e\":\"depthUpdate\",\"E\":\(time),"
        + (isFutures ? "\"T\":\(time)," : "")
        + "\"s\":\"\(symbol)\",\"U\":\(book.sequence + change.firstStep),\"u\":\(last),"
        + (isFutures ? "\"pu\":\(book.sequence)," : "")
        + "\"b\":\(levels(change.bids)),\"a\":\(levels(change.asks))}}").utf8)
  }
}
