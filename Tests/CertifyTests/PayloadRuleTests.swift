import Catalog
import JSONTree
import Testing

@testable import Certify

/// How rules for samples choose, and where the values that they compare stand.
struct PayloadRuleTests {
  private func json(_ text: String) throws -> JSONValue { try JSONDocument.parse(bytes: Array(text.utf8)) }

  @Test(arguments: [
    (#"{"/a": null}"#, true), (#"{"/none": null}"#, false), (#"{"/none": false}"#, true), (#"{"/a": false}"#, false),
    (#"{"/a": "NEW"}"#, true), (#"{"/a": ["OLD", "NEW"]}"#, true), (#"{"/n": 1.5}"#, true), (#"{"/n": "1.50"}"#, true),
    (#"{"/a": {"like": "N*"}}"#, true), (#"{"/a": {"like": ["O*", "*W"]}}"#, true), (#"{"/a": {"like": "O*"}}"#, false),
    (#"{"/a": {"like": "N?W"}}"#, true), (#"{"/a": {"like": "N?"}}"#, false), (#"{"/a": {"like": "*?W"}}"#, true),
    (#"{"/a": {"like": "??W?"}}"#, false),
    (#"{"/none": {"like": "*"}}"#, false), (#"{"/a": {"not": "NEW"}}"#, false), (#"{"/a": {"not": ["OLD"]}}"#, true),
    (#"{"/none": {"not": "NEW"}}"#, true), (#"{"/a": {"not": {"like": "O*"}}}"#, true),
    (#"{"/n": {"above": 1}}"#, true),
    (#"{"/n": {"above": "1.5"}}"#, false), (#"{"/a": {"above": 0}}"#, false), (#"{"/none": {"above": 0}}"#, false),
    (#"{"/o": {}}"#, true), (#"{"/o": {"x": 1}}"#, false), (#"{"/t": true}"#, true), (#"{"/t": [false]}"#, false),
  ])
  func conditions(has: String, isHeld: Bool) throws {
    let sample = try json(#"{"a": "NEW", "n": "1.50", "o": {}, "t": true}"#)
    #expect(Condition.hold(try #require(json(has).object), sample) == isHeld)
  }

  @Test(arguments: [
    (#"{"count": "/bids"}"#, Selector.Outcome.value("3")), (#"{"count": "/none"}"#, .missing("/none")),
    (#"{"count": "/o"}"#, .value("2")), (#"{"at": "/topic", "before": "@"}"#, .value("BTC-USDT")),
    (#"{"at": "/topic", "before": "|"}"#, .value("BTC-USDT@depth")),
    (#"{"at": "/none", "before": "@"}"#, .missing("/none")),
    (#"{"capitals_of": {"at": "/topic", "after": "@"}}"#, .value("DEPTH")),
    (#"{"in": "/bids", "max": "/0"}"#, .value("10.5")), (#"{"in": "/bids", "max": "/0", "take": "/1"}"#, .value("b")),
    (#"{"in": "/bids", "min": "/0", "take": "/1"}"#, .value("a")), (#"{"in": "/bids", "take": "/1"}"#, .value("a")),
    (#"{"in": "/bids", "where": {"/1": "c"}, "take": "/0"}"#, .value("10")),
    (#"{"in": "/bids", "where": {"/1": "x"}, "take": "/0"}"#, .absent),
    (#"{"in": "/none", "take": "/0"}"#, .missing("/none")),
    (#"{"distance": ["/bids/0/0", "/bids/1/0"]}"#, .value("1.5")),
    (#"{"distance": ["/bids/1/0", "/bids/0/0"]}"#, .value("1.5")),
    (#"{"in": "/none?", "take": "/0"}"#, .absent), (#"{"in": "/bids", "max": "/1"}"#, .missing("/1")),
    (#"{"sum": ["=1.23456789012345678951", "=0"]}"#, .value("1.234567890123456789")),
    (#"{"sum": ["=a", "=0"]}"#, .missing("a number in \"a\"")),
    (#"{"when": {"/p": {"above": 0}}, "give": "/p"}"#, .absent),
    (#"{"when": {"/p": 0}, "give": "=none", "else": "/p"}"#, .value("none")),
    (
      #"{"when": {"/p": 1}, "give": "=none", "else": {"at": "/p", "map": {"1": "one"}}}"#,
      .missing("a meaning of \"0.0\"")
    ),
  ])
  func selectors(text: String, outcome: Selector.Outcome) throws {
    let sample = try json(
      #"{"bids": [["9", "a"], ["10.5", "b"], ["10", "c"]], "p": "0.0", "o": {"a": 1, "b": 2}, "#
        + #""topic": "BTC-USDT@depth"}"#)
    var reader = ManifestReader(file: "certification.json")
    let selector = try #require(Selector(json(text), "payloads", &reader))
    #expect(selector.value(in: Selector.Scope(element: sample, root: sample)) == outcome && reader.problems.isEmpty)
  }

  @Test(arguments: [
    ("1.50", "1.5", true), ("1.50", "1.51", false), ("open", "open", true), ("open", "filled", false),
    (nil, "", true), (nil, "1", false), ("inexact", "3087.01142272991036062136", true), ("inexact", "1.5", false),
    ("inexact", "many", false), ("3087", "3087.01142272991036062136", false),
  ])
  func valuesAgree(got: String?, text: String, isSame: Bool) {
    #expect(PayloadPart.agrees(got, text) == isSame)
  }

  /// JSON that stands in a text is one with what is around it.
  @Test(arguments: [
    (#""/o/0/1""#, Selector.Outcome.value("9")), (#"{"count": "/o"}"#, .value("2")),
    (#"{"in": "/o", "max": "/0", "take": "/1"}"#, .value("8")), (#""/n""#, .value("[x")),
    (#""/n/0""#, .missing("/n/0")),
  ])
  func pointersLeadIntoEmbeddedJSON(text: String, outcome: Selector.Outcome) throws {
    let sample = try json(#"{"n": "[x", "o": "[[1, 9], [2, 8]]"}"#)
    var reader = ManifestReader(file: "certification.json")
    let selector = try #require(Selector(json(text), "payloads", &reader))
    #expect(selector.value(in: Selector.Scope(element: sample, root: sample)) == outcome)
  }

  /// Symbols that are numbers are described too, also those in a text.
  @Test func instrumentsAreCollectedByNumber() throws {
    var reader = ManifestReader(file: "certification.json")
    let described = try #require(
      SampleInstruments(
        json(#"{"keys": ["Instrument"], "otherwise": "1", "path": "/i", "body": [], "at": "", "entry": {"id": "{}"}}"#),
        "payloads.instruments", &reader))
    let reply = described.reply(for: [try json(#"{"Instrument": 5, "o": "{\"Instrument\": 7, \"OMSId\": 1}"}"#)])
    #expect(String(decoding: reply.body, as: UTF8.self) == #"[{"id":"5"},{"id":"7"}]"#)
  }

  /// Messages that are arrays name nothing: symbols are known by how they are written.
  @Test func instrumentsAreCollectedByTheirTexts() throws {
    var reader = ManifestReader(file: "certification.json")
    let described = try #require(
      SampleInstruments(
        json(
          #"{"texts": ["t*USD"], "except": ["* *"], "after": "t", "otherwise": "1", "path": "/i", "body": [],"#
            + #" "at": "", "entry": "{}"}"#),
        "payloads.instruments", &reader))
    let sample = try json(#"[0, "on", [7, null, "tBTCUSD", "tell USD", ["tETHUSD", "tBTCUSD"], "tETHBTC"]]"#)
    #expect(String(decoding: described.reply(for: [sample]).body, as: UTF8.self) == #"["BTCUSD","ETHUSD"]"#)
  }

  private let order = """
    {"has": {"/kind": "order"}, "at": ["", "/data"], "feed": {"frame": "private"}, "facts": [
      {"fact": "order", "symbol": "/symbol", "venue_order": "/id", "state": "/state", "price": "/price"}]}
    """

  private func certified(_ payloads: String, sample: String) throws -> Report {
    let folder = try PebbleFolder(certification: { text in
      let start = text.range(of: "\"payloads\": [")?.lowerBound ?? text.endIndex
      return text[..<start] + "\"payloads\": \(payloads)}"
    })
    defer { folder.remove() }
    for name in ["order_partial", "cancel_unknown", "request_subscribe"] {
      try folder.write("data/payloads/pebble/\(name).json", sample)
    }
    try folder.write("plugin/rules.json", "[\(order)]")
    return try folder.run([.payloads])
  }

  private func message(_ symbol: String, price: String = "30000.13") -> String {
    """
    {"kind": "order", "symbol": "\(symbol)", "id": "v1", "client": "c1", "side": "sell", "price": "\(price)",
     "quantity": "0.5", "filled": "0.2", "state": "partial"}
    """
  }

  @Test func rulesMayStandInAFileBeside() throws {
    let report = try certified("\"rules.json\"", sample: message("BTC-USD"))
    #expect(report[.payloads] == Tally(passed: 3, of: 3), "\(report.failures)")
    let first = #"{"has": {"/kind": "order"}, "not_applicable": "not here"}"#
    let other = try certified("{\"file\": \"rules.json\", \"rules\": [\(first)]}", sample: message("BTC-USD"))
    #expect(other.notApplicable.map(\.reason) == ["not here", "not here", "not here"], "its own rules come first")
    #expect(throws: Problems.self) { try certified("\"none.json\"", sample: message("BTC-USD")) }
  }

  @Test func instrumentsAreThoseThatASampleNames() throws {
    let instruments = #"{"keys": ["symbol"], "except": ["*_*"], "otherwise": "BTC-USD", "path": "/instruments", "#
      + #""body": [], "at": "", "entry": "{}"}"#
    let described = #"{"instruments": \#(instruments), "rules": [\#(order)]}"#
    #expect(try certified(described, sample: message("ETH-USD"))[.payloads] == Tally(passed: 3, of: 3))
    #expect(try certified(described, sample: message("ETH_1-USD"))[.payloads] == Tally(passed: 0, of: 3))
    #expect(try certified("[\(order)]", sample: message("ETH-USD"))[.payloads] == Tally(passed: 0, of: 3))
  }

  @Test func aRuleMayBeForSeveralKinds() throws {
    var reader = ManifestReader(file: "certification.json")
    let rule = try #require(
      PayloadRule(json(#"{"has": [{"/a": 1, "/b": null}, {"/c": null}], "not_applicable": "x"}"#), &reader))
    #expect(rule.place(name: "x", sample: try json(#"{"a": 1, "b": 2}"#)) == "")
    #expect(rule.place(name: "x", sample: try json(#"{"c": 1}"#)) == "")
    #expect(rule.place(name: "x", sample: try json(#"{"a": 1}"#)) == nil && reader.problems.isEmpty)
  }

  @Test func aRulesPointersMayBeginInAnEnvelope() throws {
    var reader = ManifestReader(file: "certification.json")
    let rule = try #require(PayloadRule(json(order), &reader))
    #expect(rule.place(name: "x", sample: try json(message("BTC-USD"))) == "")
    #expect(rule.place(name: "x", sample: try json("{\"data\": \(message("BTC-USD"))}")) == "/data")
    #expect(rule.place(name: "x", sample: try json("{\"event\": \(message("BTC-USD"))}")) == nil)
  }

  @Test func repliesTakeValuesOfTheSample() throws {
    var reader = ManifestReader(file: "certification.json")
    let text = #"{"has": {"/a": null}, "feed": {"frame": "private"}, "facts": [{"none": true}], "why": "x", "#
      + #""replies": [{"path": "/x", "status": 400, "body": {"id": 0}, "put": {"/id": "/a", "/name": "=b"}}]}"#
    let rule = try #require(PayloadRule(json(text), &reader))
    let sample = try json(#"{"a": "7"}"#)
    let reply = try #require(rule.replies.first?.reply(in: Selector.Scope(element: sample, root: sample)))
    #expect(String(decoding: reply.body, as: UTF8.self) == #"{"id":7,"name":"b"}"#)
    #expect(reply.status == 400 && reply.path.matches("/x") && reader.problems.isEmpty)
  }

  /// What a rule says goes before what all accounts have, and the rest stays.
  @Test func aRuleMayBeOfAnotherVersion() throws {
    var reader = ManifestReader(file: "certification.json")
    let text = #"{"has": {"/a": null}, "facts": [{"none": true}], "why": "x", "feed": {"frame": "private"}, "#
      + #""config": {"version": "v2"}}"#
    let rule = try #require(PayloadRule(json(text), &reader))
    let config = rule.config.laid(over: try json(#"{"version": "v3", "domain": "live"}"#))
    #expect(config["version"]?.string == "v2" && config["domain"]?.string == "live" && reader.problems.isEmpty)
  }
}
