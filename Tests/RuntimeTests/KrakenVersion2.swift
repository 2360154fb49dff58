import JSONTree
import Testing

@testable import Runtime

/// Turns recorded traffic of Kraken's first protocol into the second, frame by frame and with the same digits, so that
/// what was recorded once proves both. Version 2 sends a checksum with a snapshot too, and says in its instrument
/// channel how many digits the checksums are taken of; both are made from the recorded texts. Sources: Kraken API
/// Center, "Spot WebSocket v2": book, trade, instrument; "Book checksum".
struct KrakenVersion2 {
  static let url = "wss://ws.kraken.com/v2"

  /// Decimals of the recorded prices and quantities, by pair.
  private var digits: [String: (price: Int, quantity: Int)] = [:]
  private var trades: [String: Int] = [:]

  /// The recording in version 2, and how many lines were put in before its first book.
  static func capture(of first: Capture) throws -> (capture: Capture, inserted: Int) {
    var converter = KrakenVersion2()
    for entry in first.entries { converter.measure(entry) }
    var entries: [CaptureEntry] = []
    var inserted = 0
    for entry in first.entries {
      entries.append(try converter.converted(entry))
      guard entry.kind == .open else { continue }
      // On every connection: which of them carries the books is known later.
      entries.append(Self.entry(entry, isIncoming: true, .text, converter.instruments))
      inserted += 1
    }
    return (Capture(name: first.name, entries: entries), inserted)
  }

  /// The name of a pair, or of an asset, in version 2.
  static func name(_ first: String) -> String {
    first.split(separator: "/").map { $0 == "XBT" ? "BTC" : $0 == "XDG" ? "DOGE" : String($0) }.joined(separator: "/")
  }

  private static func entry(
    _ old: CaptureEntry, isIncoming: Bool, _ kind: CaptureEntry.Kind, _ text: String
  ) -> CaptureEntry {
    CaptureEntry(
      time: old.time, connection: old.connection, isIncoming: isIncoming, kind: kind, url: url, data: Array(text.utf8))
  }

  // MARK: Digits

  private mutating func measure(_ entry: CaptureEntry) {
    guard let message = Self.message(entry), let level = (message.value["as"]?[0] ?? message.value["bs"]?[0]) else {
      return
    }
    digits[message.pair] = (Self.decimals(level[0]?.string ?? ""), Self.decimals(level[1]?.string ?? ""))
  }

  private static func decimals(_ text: String) -> Int { text.split(separator: ".").dropFirst().first?.count ?? 0 }

  /// `{"channel": "instrument", "type": "snapshot", "data": {"pairs": [...]}}`
  private var instruments: String {
    let pairs = digits.sorted { $0.key < $1.key }.map { pair, digits in
      "{\"symbol\":\"\(Self.name(pair))\",\"status\":\"online\",\"price_precision\":\(digits.price),"
        + "\"qty_precision\":\(digits.quantity)}"
    }
    return "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"assets\":[],\"pairs\":["
      + pairs.joined(separator: ",") + "]}}"
  }

  // MARK: Frames

  /// A message of a channel: its first object or list, the second object of a book where there is one.
  private static func message(
    _ entry: CaptureEntry
  ) -> (value: JSONValue, more: JSONValue?, channel: String, pair: String)? {
    guard entry.kind == .text, entry.isIncoming, let list = (try? JSONDocument.parse(bytes: entry.data))?.array,
      list.count >= 4, let pair = list[list.count - 1].string, let channel = list[list.count - 2].string
    else { return nil }
    return (list[1], list.count > 4 ? list[2] : nil, channel, pair)
  }

  private mutating func converted(_ entry: CaptureEntry) throws -> CaptureEntry {
    switch entry.kind {
    case .open: return Self.entry(entry, isIncoming: false, .open, "")
    case .text where !entry.isIncoming:
      let frame = try JSONDocument.parse(bytes: entry.data)
      let pairs = (frame["pair"]?.array ?? []).map { "\"\(Self.name($0.string ?? ""))\"" }.joined(separator: ",")
      let depth = frame["subscription"]?["depth"]?.number.map { ",\"depth\":\($0)" } ?? ""
      let channel = frame["subscription"]?["name"]?.string ?? ""
      return Self.entry(
        entry, isIncoming: false, .text,
        "{\"method\":\"subscribe\",\"params\":{\"channel\":\"\(channel)\",\"symbol\":[\(pairs)]\(depth)},\"req_id\":1}")
    case .text:
      guard let message = Self.message(entry) else {
        return Self.entry(entry, isIncoming: true, .text, "{\"channel\":\"heartbeat\"}")
      }
      let text = message.channel == "trade" ? trade(message.value, message.pair)
        : message.channel.hasPrefix("book") ? try book(message.value, message.more, message.pair)
        : "{\"channel\":\"heartbeat\"}"
      return Self.entry(entry, isIncoming: true, .text, text)
    default: return entry
    }
  }

  private func book(_ value: JSONValue, _ more: JSONValue?, _ pair: String) throws -> String {
    let isSnapshot = value["as"] != nil || value["bs"] != nil
    func levels(_ names: [String]) -> [JSONValue] {
      [value, more].compactMap { $0 }.flatMap { object in names.compactMap { object[$0]?.array }.flatMap { $0 } }
    }
    let bids = levels(["b", "bs"]), asks = levels(["a", "as"])
    let recorded = value["c"]?.string ?? more?["c"]?.string
    let checksum = isSnapshot ? "\(Self.checksum(asks: asks, bids: bids))" : try #require(recorded)
    func side(_ levels: [JSONValue]) -> String {
      levels.map { "{\"price\":\($0[0]?.string ?? ""),\"qty\":\($0[1]?.string ?? "")}" }.joined(separator: ",")
    }
    return "{\"channel\":\"book\",\"type\":\"\(isSnapshot ? "snapshot" : "update")\",\"data\":[{"
      + "\"symbol\":\"\(Self.name(pair))\",\"bids\":[\(side(bids))],\"asks\":[\(side(asks))],"
      + "\"checksum\":\(checksum)}]}"
  }

  private mutating func trade(_ list: JSONValue, _ pair: String) -> String {
    let entries = (list.array ?? []).map { trade -> String in
      trades[pair, default: 0] += 1
      let seconds = (trade[2]?.string ?? "").split(separator: ".").map(String.init)
      let time = "\(Self.date(Int(seconds[0]) ?? 0)).\(seconds[1])Z"
      return "{\"symbol\":\"\(Self.name(pair))\",\"side\":\"\(trade[3]?.string == "b" ? "buy" : "sell")\","
        + "\"price\":\(trade[0]?.string ?? ""),\"qty\":\(trade[1]?.string ?? ""),\"ord_type\":\"limit\","
        + "\"trade_id\":\(trades[pair] ?? 0),\"timestamp\":\"\(time)\"}"
    }
    return "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[\(entries.joined(separator: ","))]}"
  }

  /// Seconds since 1970 as `2021-04-17T16:48:53`.
  private static func date(_ seconds: Int) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400)
    // Civil from days, after Howard Hinnant's "chrono-compatible low-level date algorithms".
    let shifted = days + 719_468
    let era = shifted / 146_097, dayOfEra = shifted % 146_097
    let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year + era * 400 + (month <= 2 ? 1 : 0))-\(two(month))-\(two(dayOfYear - (153 * part + 2) / 5 + 1))"
      + "T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
  }

  // MARK: Checksum

  /// CRC-32 over the ten best asks, then bids: the digits of price and quantity without point and leading zeros.
  private static func checksum(asks: [JSONValue], bids: [JSONValue]) -> UInt32 {
    var crc = UInt32.max
    for level in asks.prefix(10) + bids.prefix(10) {
      for place in 0...1 {
        let digits = (level[place]?.string ?? "").utf8.filter { $0 != UInt8(ascii: ".") }
        for byte in digits.drop(while: { $0 == UInt8(ascii: "0") }) {
          crc ^= UInt32(byte)
          for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
      }
    }
    return ~crc
  }
}

/// The second protocol, which is spoken by default, over what was recorded in the first.
@Suite(.enabled(if: ConformanceData.folder != nil, "no recordings beside the project"))
struct KrakenVersion2Conformance {
  static let name = "kraken-2021-04-17"

  /// What is expected, with the names of version 2 and the ids that the trades were given.
  private static func expected(_ first: [String: Any]) -> [String: Any] {
    func renamed(_ value: Any?) -> [String: Any] {
      let members = value as? [String: Any] ?? [:]
      return Dictionary(uniqueKeysWithValues: members.map { (KrakenVersion2.name($0.key), $0.value) })
    }
    var second = first
    second["books"] = renamed(first["books"])
    second["trades"] = renamed(first["trades"]).mapValues { value -> Any in
      guard var trades = value as? [String: Any] else { return value }
      for (which, id) in [("first", 1), ("last", trades["count"] as? Int ?? 0)] {
        var trade = trades[which] as? [String: Any]
        trade?["id"] = "\(id)"
        trades[which] = trade
      }
      return trades
    }
    return second
  }

  @Test func theSameTrafficGivesTheSameBooks() throws {
    let (first, wanted) = try ReplayConformance.load(Self.name)
    let (capture, inserted) = try KrakenVersion2.capture(of: first)
    let replay = try ReplayConformance.replay(capture)
    #expect(replay.protocolName == "v2")
    for checkpoint in wanted["checkpoints"] as? [[String: Any]] ?? [] {
      let lines = try #require(checkpoint["after_lines"] as? Int) + inserted
      replay.run(lines: lines)
      for (pair, sides) in checkpoint["books"] as? [String: [[[String]]]] ?? [:] {
        let market = try #require(replay.session.view.market(symbol: KrakenVersion2.name(pair)))
        #expect(ReplayConformance.side(market, .bid, 10) == ReplayConformance.side(sides[0]), "\(pair) bids, \(lines)")
        #expect(ReplayConformance.side(market, .ask, 10) == ReplayConformance.side(sides[1]), "\(pair) asks, \(lines)")
      }
    }
    replay.run()
    try ReplayConformance.compareFinal(replay, Self.expected(wanted))
    #expect(replay.gaps.isEmpty && replay.unclaimedFrames == 0 && replay.unreadableLines.isEmpty)
  }

  @Test func aLostLineIsNoticedInTime() throws {
    let folder = try #require(ConformanceData.folder)
    let faults = try ConformanceData.json(folder + "/expected/FAULTS.json")["faults"] as? [String: [[String: Any]]]
    let (capture, inserted) = try KrakenVersion2.capture(of: try ReplayConformance.load(Self.name).0)
    for fault in try #require(faults?[Self.name]) where fault["detected"] as? Bool != false {
      let line = try #require(fault["drop_line"] as? Int) + inserted
      let deadline = try #require(fault["detect_at_line"] as? Int) + inserted
      let replay = try ReplayConformance.replay(capture, dropping: [line])
      replay.run()
      let gap = try #require(replay.gaps.first, "line \(line) dropped and not noticed")
      #expect(gap.line > line && gap.line <= deadline)
    }
  }
}
