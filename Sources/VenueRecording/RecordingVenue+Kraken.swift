import JSONTree
import Venue

/// Kraken's public side in the first version of its socket. Sources: "WebSockets API v1": systemStatus, subscribe,
/// subscriptionStatus, book, heartbeat; REST "Get Tradable Asset Pairs", "Get Server Time", "Get System Status".
extension RecordingVenue {
  func krakenReply(_ request: VenueRequest, _ now: VenueTime) -> VenueReply {
    func result(_ text: String) -> VenueReply { VenueReply(body: Array("{\"error\":[],\"result\":\(text)}".utf8)) }
    switch request.path {
    case "/0/public/AssetPairs": return VenueReply(body: tape.instruments)
    case "/0/public/Time": return result("{\"unixtime\":\(now.wall / 1_000_000_000)}")
    case "/0/public/SystemStatus": return result("{\"status\":\"online\"}")
    default: return VenueReply(body: Array(#"{"error":["EGeneral:Unknown method"]}"#.utf8))
    }
  }

  func krakenOpened(_ id: UInt64, _ actions: inout [VenueAction]) {
    actions.append(.accept(socket: id))
    let status = "{\"connectionID\":\(id),\"event\":\"systemStatus\",\"status\":\"online\",\"version\":\"1.8.3\"}"
    actions.append(.send(socket: id, .text(Array(status.utf8))))
  }

  func krakenFrame(_ id: UInt64, _ bytes: [UInt8], _ actions: inout [VenueAction]) {
    func say(_ text: String) { actions.append(.send(socket: id, .text(Array(text.utf8)))) }
    guard let message = try? JSONDocument.parse(bytes: bytes), let event = message["event"]?.string else {
      return say(#"{"errorMessage":"Malformed request","event":"error"}"#)
    }
    let number = message["reqid"].map { ",\"reqid\":\(JSONWriter.compact($0))" } ?? ""
    switch event {
    case "ping": say("{\"event\":\"pong\"\(number)}")
    case "subscribe", "unsubscribe":
      for pair in (message["pair"]?.array ?? []).compactMap(\.string) {
        let wish = KrakenWish(pair, message, isSubscription: event == "subscribe", number)
        let (answer, isNew) = kraken(wish, id)
        say(answer)
        if wish.isSubscription, isNew {
          if wish.name == "book", let snapshot = krakenSnapshot(pair) { say(snapshot) }
          if let last = latest[wish.topic] { actions.append(.send(socket: id, .text(last))) }
        }
      }
    default: say("{\"errorMessage\":\"Event not supported\",\"event\":\"error\"\(number)}")
    }
  }

  /// One pair of a subscription.
  struct KrakenWish {
    let pair: String
    let name: String
    let isSubscription: Bool
    let depth: Int
    let number: String

    init(_ pair: String, _ message: JSONValue, isSubscription: Bool, _ number: String) {
      self.pair = pair
      self.isSubscription = isSubscription
      self.number = number
      name = message["subscription"]?["name"]?.string ?? ""
      depth = message["subscription"]?["depth"]?.number.flatMap { Int($0) } ?? 10
    }

    var channel: String { name == "book" ? "book-\(depth)" : name }
    var topic: String { "\(channel) \(pair)" }
    /// The subscription as the answer repeats it.
    var text: String { name == "book" ? "{\"depth\":\(depth),\"name\":\"book\"}" : "{\"name\":\"\(name)\"}" }

    func refused(_ why: String) -> String {
      "{\"errorMessage\":\"\(why)\",\"event\":\"subscriptionStatus\",\"pair\":\"\(pair)\"\(number),"
        + "\"status\":\"error\",\"subscription\":\(text)}"
    }
  }

  /// Does what is wished; gives the answer, and whether anything changed.
  private func kraken(_ wish: KrakenWish, _ id: UInt64) -> (answer: String, isNew: Bool) {
    func no(_ why: String) -> (String, Bool) { (wish.refused(why), false) }
    guard books[wish.pair] != nil else { return no("Currency pair not supported \(wish.pair)") }
    guard ["book", "trade", "ticker"].contains(wish.name) else { return no("Subscription name not recorded") }
    if wish.name == "book", wish.depth != Tape.krakenDepth { return no("Subscription depth not recorded") }
    let isNew = wish.isSubscription ? join(wish.topic, id) : leave(wish.topic, id)
    guard isNew else { return no(wish.isSubscription ? "Already subscribed" : "Subscription Not Found") }
    let answer =
      "{\"channelID\":1,\"channelName\":\"\(wish.channel)\",\"event\":\"subscriptionStatus\","
      + "\"pair\":\"\(wish.pair)\"\(wish.number),"
      + "\"status\":\"\(wish.isSubscription ? "subscribed" : "unsubscribed")\",\"subscription\":\(wish.text)}"
    return (answer, true)
  }

  // MARK: Books

  private func krakenLevels(_ levels: [TrueLevel]) -> String {
    let texts = levels.map { "[\"\($0.priceText)\",\"\($0.quantityText)\",\"0.000000\"]" }
    return "[" + texts.joined(separator: ",") + "]"
  }

  private func krakenSnapshot(_ pair: String) -> String? {
    guard let book = books[pair]?.book else { return nil }
    counters.snapshots += 1
    return "[1,{\"as\":\(krakenLevels(book.asks)),\"bs\":\(krakenLevels(book.bids))},\"book-\(Tape.krakenDepth)\","
      + "\"\(pair)\"]"
  }

  /// The change from the recording's end to its beginning; `nil` when there is none.
  func krakenSeam(_ pair: String, _ book: RecordedBook) -> [UInt8]? {
    let change = book.next
    var after = book
    after.advance()
    let checksum = KrakenChecksum.of(after.book)
    let asks = change.asks.isEmpty ? [] : ["{\"a\":\(krakenLevels(change.asks))"]
    let bids = change.bids.isEmpty ? [] : ["{\"b\":\(krakenLevels(change.bids))"]
    guard !asks.isEmpty || !bids.isEmpty else { return nil }
    let parts = (asks + bids).joined(separator: "},")
    return Array("[1,\(parts),\"c\":\"\(checksum)\"},\"book-\(Tape.krakenDepth)\",\"\(pair)\"]".utf8)
  }

  /// Connections that hear nothing for a second hear a heartbeat; gives the time of the next one.
  func krakenHeartbeats(_ now: VenueTime, _ actions: inout [VenueAction]) -> Int64 {
    var next = Int64.max
    for id in sockets.keys.sorted() {
      guard let socket = sockets[id], !socket.topics.isEmpty else { continue }
      if now.mono >= socket.lastSaid + 1_000_000_000 {
        sockets[id]?.lastSaid = now.mono
        let beat = socket.isSecondVersion ? #"{"channel":"heartbeat"}"# : #"{"event":"heartbeat"}"#
        actions.append(.send(socket: id, .text(Array(beat.utf8))))
      }
      next = min(next, (sockets[id]?.lastSaid ?? now.mono) + 1_000_000_000)
    }
    return next
  }
}

/// The proof that Kraken sends with each change. Source: "Book checksum (WebSocket v1)".
enum KrakenChecksum {
  /// CRC-32 over the ten best asks and bids: the digits of price and quantity without point and leading zeros.
  /// - Parameter texts: price and quantity as they are sent.
  static func of(
    _ book: TrueBook, texts: (TrueLevel) -> (String, String) = { ($0.priceText, $0.quantityText) }
  ) -> UInt32 {
    var text = ""
    for level in book.asks.prefix(10) + book.bids.prefix(10) {
      let (price, quantity) = texts(level)
      for number in [price, quantity] { text += number.filter { $0 != "." }.drop { $0 == "0" } }
    }
    var remainder: UInt32 = 0xFFFF_FFFF
    for byte in text.utf8 {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
    }
    return ~remainder
  }
}
