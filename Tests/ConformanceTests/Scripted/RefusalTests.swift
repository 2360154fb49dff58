import Catalog
import Decimals
import JSONTree
import MarketModel
import Testing
import Venue
import VenueScript

/// An order is refused before the exchange has looked at it: for its time or nonce, or by what stands in front of the
/// exchange, in HTML or without a word.
@Suite struct RefusalTests {
  /// A stage on which the first request to place an order of a part is answered so, and never reaches the exchange.
  private func stage(_ path: String, _ replies: [Part: VenueReply]) throws -> (stage: Stage, requests: Requests) {
    let stage = try Stage(path)
    let requests = Requests()
    try #require(stage.start(), "\(stage.last)")
    stage.venue.intercept = { request in
      let text = "\(request.path)?\(request.query) \(String(decoding: request.body, as: UTF8.self))"
      guard let part = Part.allCases.first(where: { $0 != .refused && text.contains("\($0.rawValue)") }),
        requests.placing == part
      else { return nil }
      requests.counts[part, default: 0] += 1
      return requests.counts[part] == 1 ? replies[part] : nil
    }
    return (stage, requests)
  }

  private final class Requests {
    /// The part whose order is being placed: questions about it come later.
    var placing: Part?
    /// Requests that name the order's price.
    var counts: [Part: Int] = [:]
  }

  private func place(_ part: Part, _ stage: Stage, _ requests: Requests, for time: Int64 = 3 * second) {
    requests.placing = part
    stage.place(part)
    stage.simulation.run(for: time)
    requests.placing = nil
  }

  // MARK: For its time

  /// What an exchange says then, by its manifest; `nil` where it has no such word.
  private func timeRefusal(_ connector: String) throws -> VenueReply? {
    guard let rule = try Scripts.installed(connector).item.manifest?.timeRefusals.first(where: { $0.words.isEmpty })
      ?? Scripts.installed(connector).item.manifest?.timeRefusals.first
    else { return nil }
    let code = rule.values[0]
    let value = Int(code).map { JSONValue(.number("\($0)")) } ?? JSONValue(.string(code))
    var body = Self.put(value, at: rule.pointer.split(separator: "/").map(String.init)[...], into: nil)
    if !rule.wordsAt.isEmpty {
      let words = JSONValue(.string("Request: \(rule.words)"))
      body = Self.put(words, at: rule.wordsAt.split(separator: "/").map(String.init)[...], into: body)
    }
    return VenueReply(status: 400, body: Array(JSONWriter.compact(body).utf8))
  }

  private static func put(_ value: JSONValue, at path: ArraySlice<String>, into tree: JSONValue?) -> JSONValue {
    guard let key = path.first else { return value }
    if let index = Int(key) {
      // What stands before it is a word, as where a list begins with `error`.
      let before = [JSONValue](repeating: JSONValue(.string("error")), count: index)
      return JSONValue(.array(before + [put(value, at: path.dropFirst(), into: nil)]))
    }
    let others = (tree?.object ?? []).filter { $0.key != key }
    return JSONValue(.object(others + [JSONMember(key, put(value, at: path.dropFirst(), into: tree?[key]))]))
  }

  /// An exchange that does not say its time is not asked for it, and the first refusal stands.
  private func hasClock(_ path: String) throws -> Bool {
    let connector = try Scripts.script(path).connector
    return try Scripts.installed(connector).library.words("verbs", of: connector)?.contains("clock") == true
  }

  /// The order is given once more, accepted, listed as open, and can be cancelled.
  @Test(arguments: Scripts.paths) func anOrderRefusedForItsTimeLives(_ path: String) throws {
    guard let reply = try timeRefusal(Scripts.script(path).connector), try hasClock(path) else { return }
    let (stage, requests) = try stage(path, [.resting: reply])
    place(.resting, stage, requests, for: minute)
    #expect(requests.counts[.resting] == 2, "\(stage.last)")
    #expect(stage.state(.resting) == .open, "\(stage.last)")
    let said = stage.orders[.resting].flatMap { stage.states[$0] } ?? []
    #expect(!said.contains { $0.isTerminal }, "nothing was said before it was decided: \(said)")
    stage.cancel(.resting)
    stage.simulation.run(for: 10 * second)
    #expect(stage.state(.resting) == .cancelled && stage.breaches == [], "\(stage.last)")
  }

  /// A second refusal is the answer: nothing is given a third time.
  @Test(arguments: Scripts.paths) func aSecondRefusalIsTheAnswer(_ path: String) throws {
    guard let reply = try timeRefusal(Scripts.script(path).connector) else { return }
    let (stage, requests) = try stage(path, [:])
    stage.venue.intercept = { request in
      let text = "\(request.path)?\(request.query) \(String(decoding: request.body, as: UTF8.self))"
      guard requests.placing == .resting, text.contains("\(Part.resting.rawValue)") else { return nil }
      requests.counts[.resting, default: 0] += 1
      return reply
    }
    place(.resting, stage, requests, for: minute)
    #expect(requests.counts[.resting] == (try hasClock(path) ? 2 : 1), "\(stage.last)")
    #expect(stage.state(.resting) == .rejected, "\(stage.last)")
  }

  // MARK: Without words

  private static let page = Array(
    "<!DOCTYPE html>\n<html><head><title>Error</title></head><body>CloudFront</body></html>".utf8)

  /// Who stands in front of the exchange has let nothing through: the order never lived, and the status is its reason.
  /// By status 403 Bybit shuts out whoever asks too often, so that nothing leaves behind it.
  @Test(arguments: Scripts.paths) func aRefusalWithoutWordsIsOne(_ path: String) throws {
    let forbidden = path.hasPrefix("Plugins/Bybit/") ? 401 : 403
    let parts: [(Part, Int, [UInt8])] = [
      (.filled, 401, Self.page), (.resting, forbidden, Self.page), (.unanswered, 401, []), (.gone, 403, []),
    ]
    let replies = parts.map { ($0.0, VenueReply(status: $0.1, body: $0.2)) }
    let (stage, requests) = try stage(path, Dictionary(uniqueKeysWithValues: replies))
    for (part, status, body) in parts {
      place(part, stage, requests)
      let name = "\(status), \(body.count) bytes"
      #expect(requests.counts[part] == 1 && stage.state(part) == .rejected, "\(name): \(stage.last)")
      let order = stage.orders[part].flatMap { stage.trader?.orders[$0] }
      let reason = order.flatMap { stage.trader?.reason(of: $0) } ?? ""
      #expect(reason.contains("\(status)") && !reason.contains("<"), "\(name): \(reason)")
    }
    #expect(stage.breaches == [])
  }

  /// A failure on the way is no answer: the exchange is asked, and nothing is given twice.
  @Test(arguments: Scripts.paths) func aFailureWithoutWordsIsNone(_ path: String) throws {
    let parts: [(Part, Int, [UInt8])] = [(.resting, 502, Self.page), (.gone, 500, Self.page), (.filled, 503, [])]
    let replies = parts.map { ($0.0, VenueReply(status: $0.1, body: $0.2)) }
    let (stage, requests) = try stage(path, Dictionary(uniqueKeysWithValues: replies))
    for (part, _, _) in parts { place(part, stage, requests) }
    stage.simulation.run(for: 10 * minute) { parts.allSatisfy { stage.state($0.0)?.isTerminal == true } }
    for (part, status, _) in parts {
      #expect(requests.counts[part] == 1, "\(status): \(stage.last)")
      let said = stage.orders[part].flatMap { stage.states[$0] } ?? []
      #expect(said.contains(.unknown) && stage.state(part) == .lost, "\(status): \(said) \(stage.last)")
    }
    #expect(stage.breaches == [])
  }
}
