import Catalog
import Foundation
import JSONTree
import Runtime

@testable import Certify

/// A folder with a connector, its manifests and a small data folder, all made here.
struct PebbleFolder {
  let root: String
  var plugin: String { root + "/plugin" }
  var data: String { root + "/data" }
  var library: String { plugin + "/libpebble.so" }

  /// Where the libraries of this build are: beside the test bundle.
  static let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

  /// - Parameters:
  ///   - fault: what is broken in the connector; empty = nothing.
  ///   - certification: changes `certification.json` before it is written.
  init(fault: String = "", certification: (String) -> String = { $0 }) throws {
    root = NSTemporaryDirectory() + "patchbay-certify-" + UUID().uuidString
    for folder in ["plugin", "data/captures", "data/expected", "data/vectors", "data/payloads/pebble"] {
      try FileManager.default.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(atPath: Self.buildFolder + "/libpebble.so", toPath: library)
    try write("plugin/manifest.json", Self.manifest)
    try write("plugin/certification.json", certification(Self.certification.replacing("FAULT", with: fault)))
    try writeCapture()
    try write("data/vectors/pebble.spot.json", Self.vectors)
    for (name, text) in Self.payloads { try write("data/payloads/pebble/\(name).json", text) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: root) }

  func write(_ path: String, _ text: String) throws {
    try text.write(toFile: "\(root)/\(path)", atomically: true, encoding: .utf8)
  }

  func subject() throws -> Subject {
    let manifest = try Manifest.load(file: plugin + "/manifest.json")
    return try Subject(
      id: "pebble", library: try LibraryLoader.load(file: library, manifests: [manifest]), entry: manifest,
      certification: plugin + "/certification.json")
  }

  /// Runs steps in this process.
  func run(_ steps: [Step] = [.captures, .faults, .vectors, .payloads, .checks]) throws -> Report {
    let worker = Worker(subject: try subject(), dataFolder: data, descriptor: -1, isAlone: false)
    var report = Report(id: "pebble")
    report.kind = "spot"
    for step in steps { worker.run(step, &report) }
    return report
  }

  // MARK: A recording

  /// Levels of one side as they should be, kept the simple way.
  private struct Side {
    var levels: [Int: Int] = [:]

    mutating func set(_ price: Int, _ quantity: Int) { levels[price] = quantity == 0 ? nil : quantity }

    func best(_ count: Int, highestFirst: Bool) -> String {
      let prices = levels.keys.sorted { highestFirst ? $0 > $1 : $0 < $1 }.prefix(count)
      return "[" + prices.map { "[\"\(money($0))\",\"\(amount(levels[$0] ?? 0))\"]" }.joined(separator: ",") + "]"
    }
  }

  private static func money(_ cents: Int) -> String {
    "\(cents / 100)." + (cents % 100 < 10 ? "0" : "") + "\(cents % 100)"
  }
  private static func amount(_ thousandths: Int) -> String {
    "\(thousandths / 1000)." + String("\(1000 + thousandths % 1000)".dropFirst())
  }

  private func writeCapture() throws {
    var lines: [String] = []
    func line(_ connection: String, _ direction: String, _ kind: String, _ url: String, _ data: String) {
      let text = JSONWriter.compact(JSONValue(.string(data)))
      let time = "17000000\(10 + lines.count / 10).\(lines.count % 10)"
      lines.append(
        "{\"t\":\(time),\"conn\":\"\(connection)\",\"dir\":\"\(direction)\",\"kind\":\"\(kind)\","
          + "\"url\":\"\(url)\",\"data\":\(text)}")
    }
    let stream = "wss://stream.pebble.test/public"
    line("rest", "in", "http_response", "https://api.pebble.test/instruments", "[\"BTC-USD\"]")
    line("ws", "out", "ws_open", stream, "")
    for channel in ["book", "trades"] {
      line("ws", "out", "ws_text", stream, "{\"op\":\"subscribe\",\"symbol\":\"BTC-USD\",\"channel\":\"\(channel)\"}")
    }
    var bids = Side(), asks = Side()
    for step in 1...12 {
      bids.set(3_000_007 - step * 11, step * 7)
      asks.set(3_000_013 + step * 11, step * 5)
    }
    line("ws", "in", "ws_text", stream, Self.book("snapshot", 100, bids, asks))
    var checkpoints: [String] = []
    var trades: [String] = []
    for number in 101...180 {
      var (changedBids, changedAsks) = (Side(), Side())
      let bid = 3_000_007 - (number * 37 % 20) * 11, ask = 3_000_013 + (number * 53 % 20) * 11
      bids.set(bid, number % 5 == 0 ? 0 : number)
      asks.set(ask, number % 7 == 0 ? 0 : number)
      changedBids.levels[bid] = number % 5 == 0 ? 0 : number
      changedAsks.levels[ask] = number % 7 == 0 ? 0 : number
      line("ws", "in", "ws_text", stream, Self.book("update", number, changedBids, changedAsks))
      if number % 10 == 0 {
        trades.append(Self.trade(number, stream: { line("ws", "in", "ws_text", stream, $0) }))
        checkpoints.append(
          "{\"after_lines\":\(lines.count),\"books\":{\"BTC-USD\":["
            + "\(bids.best(10, highestFirst: true)),\(asks.best(10, highestFirst: false))]}}")
      }
    }
    try write("data/captures/pebble-2026-01-01.jsonl", lines.joined(separator: "\n") + "\n")
    try write(
      "data/expected/pebble-2026-01-01.json",
      """
      {"check_failures": [], "books": {"BTC-USD": {"rebuildable": true, "last_sequence": 180,
        "levels_bid": \(bids.levels.count), "levels_ask": \(asks.levels.count),
        "bids": \(bids.best(50, highestFirst: true)), "asks": \(asks.best(50, highestFirst: false))}},
       "checkpoints": [\(checkpoints.joined(separator: ","))],
       "trades": {"BTC-USD": {"count": \(trades.count), "first": \(trades[0]), "last": \(trades[trades.count - 1])}}}
      """)
    try write(
      "data/expected/FAULTS.json",
      """
      {"faults": {"pebble-2026-01-01": [
        {"drop_line": 20, "detected": true, "detect_at_line": 22, "what": "BTC-USD 117 115"},
        {"drop_line": 60, "detected": true, "detect_at_line": 62, "what": "BTC-USD"},
        {"drop_line": 84, "detected": false, "detect_at_line": null}]}}
      """)
  }

  private static func book(_ kind: String, _ number: Int, _ bids: Side, _ asks: Side) -> String {
    func text(_ side: Side) -> String {
      "[" + side.levels.sorted { $0.key < $1.key }.map { "[\"\(money($0.key))\",\"\(amount($0.value))\"]" }
        .joined(separator: ",") + "]"
    }
    return "{\"kind\":\"\(kind)\",\"symbol\":\"BTC-USD\",\"number\":\(number),\"time\":17000000\(number),"
      + "\"bids\":\(text(bids)),\"asks\":\(text(asks))}"
  }

  private static func trade(_ number: Int, stream: (String) -> Void) -> String {
    let side = number % 20 == 0 ? "buy" : "sell"
    stream(
      "{\"kind\":\"trade\",\"symbol\":\"BTC-USD\",\"id\":\(number),\"price\":\"30000.13\",\"quantity\":\"0.\(number)\","
        + "\"taker\":\"\(side)\",\"time\":17000000\(number)}")
    return "{\"id\":\"\(number)\",\"price\":\"30000.130\",\"qty\":\"0.\(number)\",\"taker_side\":\"\(side)\","
      + "\"time_ns\":17000000\(number)000000}"
  }
}
