import Foundation
import JSONTree
import Runtime
import Testing

@testable import Certify

/// Short recordings of a private stream and of a fragment of public ones, made here.
private struct Life {
  var lines: [String] = []

  mutating func add(_ direction: String, _ kind: String, _ path: String, _ data: String) {
    let text = JSONWriter.compact(JSONValue(.string(data)))
    lines.append(
      "{\"t\":17000000\(10 + lines.count),\"conn\":\"\(path)\",\"dir\":\"\(direction)\",\"kind\":\"\(kind)\","
        + "\"url\":\"wss://stream.pebble.test\(path)\",\"data\":\(text)}")
  }

  mutating func hears(_ data: String, path: String = "/private?token=T") { add("in", "ws_text", path, data) }

  static func order(_ id: String, _ state: String, _ filled: String) -> String {
    "{\"kind\":\"order\",\"symbol\":\"BTC-USD\",\"id\":\"\(id)\",\"client\":\"c-\(id)\",\"side\":\"sell\","
      + "\"price\":\"30000.10\",\"quantity\":\"0.50\",\"filled\":\"\(filled)\",\"state\":\"\(state)\"}"
  }

  static func fill(_ trade: String, _ quantity: String) -> String {
    "{\"kind\":\"fill\",\"symbol\":\"BTC-USD\",\"trade\":\"\(trade)\",\"order\":\"v1\",\"client\":\"c-v1\","
      + "\"side\":\"sell\",\"price\":\"30000.10\",\"quantity\":\"\(quantity)\",\"fee\":\"0.30\",\"fee_asset\":\"USD\"}"
  }

  /// One order that is filled in two parts, one that is cancelled; line 6 is a numbered message.
  init() {
    add("out", "ws_open", "/private?token=T", "")
    hears(Life.order("v1", "open", "0"))
    hears(Life.order("v2", "open", "0"))
    hears(Life.fill("t1", "0.2"))
    hears(Life.order("v1", "partial", "0.2"))
    hears("{\"kind\":\"number\",\"number\":1}")
    hears("{\"kind\":\"number\",\"number\":2}")
    hears("{\"kind\":\"number\",\"number\":3}")
    hears(Life.order("v2", "canceled", "0"))
    // The same fill may be reported twice.
    hears(Life.fill("t1", "0.2"))
    hears(Life.fill("t2", "0.3"))
    hears(Life.order("v1", "filled", "0.5"))
    hears("{\"kind\":\"balance\",\"asset\":\"USD\",\"total\":\"100\",\"available\":\"90\"}")
    hears("{\"kind\":\"balance\",\"asset\":\"USD\",\"total\":\"120.5\",\"available\":\"100.25\"}")
  }

  static let expected = """
    {"market": "spot", "books": {}, "checkpoints": [], "trades": {},
     "faults": [{"drop_line": 6, "detected": true, "detect_at_line": 7}],
     "orders": {
      "v1": {"client_id": "c-v1", "symbol": "BTC-USD", "side": "sell", "price": "30000.1", "quantity": "0.5",
       "filled": "0.500", "state": "filled", "fills": [
        {"trade_id": "t1", "price": "30000.1", "quantity": "0.2", "fee": "0.3", "fee_asset": "USD"},
        {"trade_id": "t2", "price": "30000.1", "quantity": "0.3", "fee": "0.3", "fee_asset": "USD"}]},
      "v2": {"client_id": null, "symbol": "BTC-USD", "side": "sell", "price": "30000.1", "quantity": "0.5",
       "filled": "0", "state": "canceled (by its owner)", "fills": []}},
     "balances": {"usd": {"total": "120.50", "available": "100.25", "locked": "20.25"}}}
    """
}

@Suite struct SequenceTests {
  private func certified(
    fault: String = "", _ life: Life = Life(), _ expected: String = Life.expected,
    certification: (String) -> String = { $0 }
  ) throws -> Report {
    let folder = try PebbleFolder(fault: fault, certification: certification)
    defer { folder.remove() }
    for part in ["sequences", "sequences_expected"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.data)/\(part)/pebble", withIntermediateDirectories: true)
    }
    try folder.write("data/sequences/pebble/life.jsonl", life.lines.joined(separator: "\n") + "\n")
    try folder.write("data/sequences_expected/pebble/life.json", expected)
    return try folder.run([.sequences])
  }

  @Test func theLifeOfOrdersIsPutTogether() throws {
    let report = try certified()
    // The stream itself, two orders, a balance, a lost line.
    #expect(report[.sequences] == Tally(passed: 5, of: 5), "\(report.failures)")
    #expect(report.hasPassed)
  }

  @Test(arguments: [
    ("\"state\": \"filled\"", "\"state\": \"expired\"", "order v1 state", "expired", "filled"),
    ("\"fee\": \"0.3\"", "\"fee\": \"0.31\"", "order v1 fill 1 fee", "0.31", "0.3"),
    ("\"trade_id\": \"t2\"", "\"trade_id\": \"t9\"", "order v1 fill 2 trade_id", "t9", "t2"),
    ("\"client_id\": \"c-v1\"", "\"client_id\": \"c-1\"", "order v1 client_id", "c-1", "c-v1"),
    ("\"filled\": \"0\"", "\"filled\": \"0.1\"", "order v2 filled", "0.1", "0"),
    ("\"locked\": \"20.25\"", "\"locked\": \"20\"", "balance usd locked", "20", "20.25"),
    ("\"v2\": {", "\"v3\": {", "order v3", "an order v3", "orders v1, v2"),
  ])
  func aDifferenceIsNamed(from: String, to: String, name: String, expected: String, got: String) throws {
    let changed = Life.expected.replacing(from, with: to)
    #expect(changed != Life.expected)
    let report = try certified(Life(), changed)
    let failure = report.failures.first { $0.name == "sequences:pebble/life \(name)" }
    #expect(failure?.expected == expected && failure?.got == got, "\(report.failures)")
  }

  @Test func whatIsNotExpectedMustNotCome() throws {
    var life = Life()
    life.hears(Life.order("v7", "open", "0"))
    let report = try certified(life)
    #expect(report.failures.map(\.got) == ["an order v7"])
  }

  @Test func aLostLineMustBeNoticedInTime() throws {
    #expect(try certified().failures.isEmpty)
    let deaf = try certified(fault: "lost_continuity")
    #expect(deaf.failures.map(\.name) == ["sequences:pebble/life without line 6"], "\(deaf.failures)")
    let late = try certified(Life(), Life.expected.replacing("\"detect_at_line\": 7", with: "\"detect_at_line\": 6"))
    #expect(late.failures.map(\.got) == ["at line 7"])
  }

  /// What the stream never says may be missing where the manifest says why; what it says must be right.
  @Test func whatAStreamDoesNotSayMayBeMissing() throws {
    var silent = Life()
    for id in ["v1", "v2"] {
      silent.lines = silent.lines.map { $0.replacing("\\\"client\\\":\\\"c-\(id)\\\",", with: "") }
    }
    #expect(silent.lines != Life().lines)
    let named = try certified(silent)
    #expect(named.failures.map(\.name) == ["sequences:pebble/life order v1 client_id"], "\(named.failures)")
    let unsaid = "\"sequences\": {\"unsaid\": {\"client_id\": \"only the exchange's id\"}}, \"trading\":"
    let report = try certified(silent) { $0.replacing("\"trading\":", with: unsaid) }
    #expect(report[.sequences] == Tally(passed: 5, of: 5), "\(report.failures)")
    #expect(report.notApplicable.contains { $0.0.hasSuffix("life client_id") && $0.1 == "only the exchange's id" })
    let wrong = try certified(Life(), Life.expected.replacing("c-v1", with: "c-1")) {
      $0.replacing("\"trading\":", with: unsaid)
    }
    #expect(wrong.failures.map(\.got) == ["c-v1"])
  }

  /// A fragment names no subscription, and its list of instruments is described by the manifest.
  @Test func aFragmentProvesTrades() throws {
    var life = Life()
    life.lines.removeAll()
    life.add("out", "ws_open", "/public", "")
    for (id, side) in [("7", "buy"), ("8", "sell")] {
      life.hears(
        "{\"kind\":\"trade\",\"symbol\":\"ETH-USD\",\"id\":\"\(id)\",\"price\":\"10.5\",\"quantity\":\"2\","
          + "\"taker\":\"\(side)\",\"time\":1700000000000}", path: "/public")
    }
    let trades = [("7", "buy"), ("8", "sell")].map { id, side in
      "{\"id\": \"\(id)\", \"price\": \"10.50\", \"qty\": \"2\", \"taker_side\": \"\(side)\"}"
    }
    let expected = """
      {"market": "spot", "books": {}, "checkpoints": [], "trades": {}, "faults": [],
       "trades_in_order": {"ETH-USD": [\(trades.joined(separator: ","))]}}
      """
    let instruments = "\"sequences\": {\"instruments\": {\"keys\": [\"symbol\"], \"otherwise\": \"BTC-USD\", "
      + "\"path\": \"/instruments\", \"body\": [], \"at\": \"\", \"entry\": \"{}\"}},"
    let report = try certified(life, expected) { $0.replacing("\"trading\":", with: instruments + " \"trading\":") }
    #expect(report[.sequences] == Tally(passed: 2, of: 2), "\(report.failures)")
    let other = try certified(life, expected.replacing("\"sell\"", with: "\"buy\"")) {
      $0.replacing("\"trading\":", with: instruments + " \"trading\":")
    }
    #expect(other.failures.map(\.name) == ["sequences:pebble/life ETH-USD trade 2 side"])
    let perp = try certified(life, expected.replacing("\"spot\"", with: "\"perp\""))
    #expect(perp[.sequences] == Tally(), "another market's")
  }

  @Test func wordsOfExchangesMeanStates() {
    for (word, state) in [
      ("NEW", "open"), ("PARTIALLY_FILLED", "partial"), ("Canceled", "cancelled"),
      ("canceled (partly filled)", "cancelled"),
      ("filled", "filled"), ("Expired", "expired"), ("something", "something"),
    ] { #expect(OrderWord.meaning(of: word) == state) }
  }

  @Test func aDraftIsWhatIsExpected() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    try folder.write("data/life.jsonl", Life().lines.joined(separator: "\n") + "\n")
    let draft = try SequenceDraft(subject: try folder.subject()).draft(try Capture(file: "\(folder.data)/life.jsonl"))
    let report = try certified(Life(), JSONWriter.pretty(draft))
    #expect(report.failures.isEmpty && report[.sequences].of == 4, "\(report.failures)")
    #expect(draft["orders"]?["v1"]?["fills"]?.array?.count == 2)
    #expect(draft["origin"]?.string?.contains("to be reviewed") == true)
  }
}
