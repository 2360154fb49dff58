import ConnectorKit
import ConnectorTestKit

/// A node that answers what a test has put into it: blocks, what contracts answer, events.
final class FakeNode {
  struct Block {
    var hash: String
    var parent: String
    var time: Int64
  }

  var chain = "0x1"
  /// By number, from 100 on.
  var blocks: [Block] = []
  /// By contract and the beginning of a call's data, without `0x`; the longest that fits.
  var answers: [String: String] = [:]
  /// Whole transaction objects by their hashes; of others nothing is known.
  var transactions: [String: String] = [:]
  /// Whole log objects.
  var logs: [String] = []
  /// Every question that was asked.
  private(set) var asked: [String] = []
  /// In place of the next answers: a whole body.
  var bodies: [String] = []

  static let start: Int64 = 1_700_000_000

  init() { mine() }

  var height: Int { 99 + blocks.count }

  /// One more block, twelve seconds later.
  func mine(hash: String? = nil) {
    let number = blocks.count
    let parent = blocks.last?.hash ?? "0xroot"
    blocks.append(Block(hash: hash ?? "0xb\(number)", parent: parent, time: Self.start + Int64(12 * number)))
  }

  /// The last block was another one.
  func reorganise(hash: String) {
    blocks[blocks.count - 1].hash = hash
  }

  /// Answers what the connector asks, until it asks no more. The clock stands at the newest block.
  func serve(_ harness: ConnectorHarness) {
    if let last = blocks.last { harness.epoch = last.time * 1_000_000_000 + 1_000_000_000 - harness.now }
    serveNow(harness)
  }

  /// The same at the clock's own time.
  func serveNow(_ harness: ConnectorHarness) {
    var rounds = 0
    while rounds < 50, let request = harness.requests.last, request.id > served {
      served = request.id
      harness.reply(request.id, bodies.isEmpty ? answer(request.body) : bodies.removeFirst())
      rounds += 1
    }
  }
  private var served: UInt64 = 0

  /// Answers so many requests well, and all that come then with one text.
  func serve(_ harness: ConnectorHarness, good: Int, then body: String) {
    harness.epoch = Self.start * 1_000_000_000 + 1_000_000_000
    for number in 0..<50 {
      guard let request = harness.requests.last, request.id > served else { return }
      served = request.id
      harness.reply(request.id, number < good ? answer(request.body) : body)
    }
  }

  private func answer(_ body: String) -> String {
    var entries: [String] = []
    for entry in body.split(separator: "{\"jsonrpc\"").dropFirst() {
      let text = String(entry)
      asked.append(text)
      let id = Self.between(text, "\"id\":", ",")
      entries.append("{\"jsonrpc\":\"2.0\",\"id\":\(id),\(result(text))}")
    }
    // Nodes may answer in any order.
    return "[\(entries.reversed().joined(separator: ","))]"
  }

  private func result(_ text: String) -> String {
    switch Self.between(text, "\"method\":\"", "\"") {
    case "eth_chainId": return "\"result\":\"\(chain)\""
    case "eth_getBlockByNumber":
      let name = Self.between(text, "\"params\":[\"", "\"")
      let number = name == "latest" ? height : Int(name.dropFirst(2), radix: 16) ?? 0
      guard number >= 100, number <= height else { return "\"result\":null" }
      let block = blocks[number - 100]
      return "\"result\":{\"number\":\"0x\(String(number, radix: 16))\",\"hash\":\"\(block.hash)\","
        + "\"parentHash\":\"\(block.parent)\",\"timestamp\":\"0x\(String(block.time, radix: 16))\","
        + "\"baseFeePerGas\":\"0x3b9aca00\"}"
    case "eth_getTransactionByHash":
      return "\"result\":\(transactions[Self.between(text, "\"params\":[\"", "\"")] ?? "null")"
    case "eth_getLogs": return "\"result\":[\(logs.joined(separator: ","))]"
    case "eth_call":
      let key = Self.between(text, "\"to\":\"", "\"") + " " + Self.between(text, "\"data\":\"0x", "\"")
      let fit = answers.keys.filter { key.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
      guard let fit, let words = answers[fit] else {
        return "\"error\":{\"code\":3,\"message\":\"execution reverted\"}"
      }
      return "\"result\":\"0x\(words)\""
    default: return "\"error\":{\"code\":-32601,\"message\":\"unknown method\"}"
    }
  }

  private static func between(_ text: String, _ start: String, _ end: String) -> String {
    guard let from = text.firstRange(of: start) else { return "" }
    return String(text[from.upperBound...].prefix { $0 != end.first })
  }
}
