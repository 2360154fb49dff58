import CPatchbay
import Catalog
import Decimals
import JSONTree

/// Which samples a rule is for, how they reach the connector, and which facts must come of them.
struct PayloadRule: Sendable {
  enum Feed: Sendable {
    case frame(isPrivate: Bool)
    case reply(CommandScript)
  }

  struct ExpectedFact: Sendable {
    var kind: String
    var each: String?
    /// Only the first of these.
    var isFirst = false
    var when: [JSONMember]
    var values: [(name: String, selector: Selector)]
  }

  /// An answer to another request, with values of the sample put into it.
  struct SampleReply: Sendable {
    var path: Pattern
    var status: UInt32
    var body: JSONValue
    var put: [(pointer: String, selector: Selector)]

    /// Values that are numbers are put as numbers.
    func reply(in scope: Selector.Scope) -> TradingScript.Reply {
      var body = body
      for (pointer, selector) in put {
        guard case .value(let text) = selector.value(in: scope) else { continue }
        body = body.setting(pointer, to: JSONValue(Decimal64(text) == nil ? .string(text) : .number(text)))
      }
      let bytes = Array(JSONWriter.compact(body).utf8)
      return TradingScript.Reply(method: nil, path: path, status: status, body: bytes, isOnce: false)
    }
  }

  var names: [Pattern] = []
  /// Any of these.
  var has: [[JSONMember]] = []
  /// Where the message may stand in a sample: as it is, or in an envelope.
  var places = [""]
  var notApplicable: String?
  var feed = Feed.frame(isPrivate: true)
  var path: Pattern?
  var stream: Pattern?
  var status: UInt32 = 200
  var subscribe: [String] = []
  var symbol: Selector?
  /// The exchange's time in milliseconds, where it matters.
  var now: Selector?
  var fill: [(placeholder: String, value: JSONValue)] = []
  var wrap: JSONValue?
  var copy: [JSONMember] = []
  var replies: [SampleReply] = []
  /// Laid over the configuration of accounts.
  var config: JSONValue = [:]
  var facts: [ExpectedFact] = []
  /// It is sent as `payloads.protobuf` says.
  var isBinary = false
  /// The sample is understood, and nothing comes of it.
  var isSilent = false

  /// What a fact must at least say; one of each group.
  static let least: [String: [[String]]] = [
    "order": [["venue_order", "client_order"], ["state"]], "fill": [["price"], ["quantity"]],
    "balance": [["asset"], ["total", "available"]], "trade": [["price"], ["quantity"], ["side"]],
    "instrument": [["symbol"]], "ticker": [["symbol"], ["bid", "ask", "last"]], "book": [["symbol"]],
    "position": [["symbol"], ["quantity"]], "reply": [["outcome"]], "clock": [["time_ms"]],
    "fees": [["maker", "taker"]], "funding_rate": [["symbol"], ["rate"]], "funding_payment": [["amount"]],
    "mark": [["symbol"], ["mark"]], "liquidation": [["symbol"], ["side"]],
    "mode": [["margin_mode", "position_mode", "leverage"]], "candle": [["time_ns"], ["open"], ["close"]],
    "state": [["state"]], "gap": [["reason"]],
  ]

  init?(_ value: JSONValue, _ reader: inout ManifestReader) {
    let field = "payloads"
    reader.keys(
      value, field,
      [
        "name", "has", "at", "not_applicable", "feed", "subscribe", "symbol", "stream", "path", "status", "fill",
        "wrap", "copy", "replies", "facts", "why", "binary", "now_ms", "config",
      ])
    if let name = value["name"] { names = reader.texts(name, "payloads.name").map { Pattern($0) } }
    has = (value["has"]?.array ?? value["has"].map { [$0] } ?? []).compactMap(\.object)
    if let at = value["at"] { places = reader.texts(at, "payloads.at") }
    if names.isEmpty, has.isEmpty {
      reader.fault(value, field, "fits every sample", "say \"name\" or \"has\"")
    }
    if let reason = value["not_applicable"] {
      notApplicable = reader.text(reason, "payloads.not_applicable")
      return
    }
    readFeed(value, value["feed"] ?? [:], &reader)
    for member in value["fill"]?.object ?? [] { fill.append((member.key, member.value)) }
    (wrap, isBinary) = (value["wrap"], value["binary"]?.bool ?? false)
    copy = value["copy"]?.object ?? []
    config = value["config"] ?? [:]
    for reply in value["replies"]?.array ?? [] { replies.append(PayloadRule.reply(reply, &reader)) }
    let wanted = value["facts"]?.array ?? []
    isSilent = wanted.contains { $0["none"]?.bool == true }
    if isSilent { _ = reader.text(value["why"] ?? nil, "payloads.why") }
    if wanted.isEmpty { reader.fault(value, "payloads.facts", "are missing", "say what must come of the sample") }
    if !isSilent { facts = wanted.compactMap { PayloadRule.fact($0, &reader) } }
  }

  private mutating func readFeed(_ rule: JSONValue, _ feed: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(feed, "payloads.feed", ["frame", "reply", "path", "status", "subscribe", "symbol", "stream", "copy"])
    func value(_ key: String) -> JSONValue? { feed[key] ?? rule[key] }
    if let command = feed["reply"] {
      if let script = CommandScript(command, "payloads.feed.reply", &reader) { self.feed = .reply(script) }
    } else {
      let kind = feed["frame"]?.string ?? ""
      if kind != "private", kind != "public" {
        reader.fault(
          feed, "payloads.feed.frame", "is neither private nor public", "say how the sample reaches the connector")
      }
      self.feed = .frame(isPrivate: kind == "private")
    }
    path = value("path")?.string.map { Pattern($0) }
    stream = value("stream")?.string.map { Pattern($0) }
    status = UInt32(clamping: value("status")?.int ?? 200)
    subscribe = value("subscribe").map { reader.texts($0, "payloads.subscribe") } ?? []
    symbol = value("symbol").flatMap { Selector($0, "payloads.symbol", &reader) }
    now = rule["now_ms"].flatMap { Selector($0, "payloads.now_ms", &reader) }
    if let copied = feed["copy"]?.object { copy = copied }
  }

  private static func reply(_ value: JSONValue, _ reader: inout ManifestReader) -> SampleReply {
    let field = "payloads.replies"
    reader.keys(value, field, ["path", "status", "body", "put"])
    let put = (value["put"]?.object ?? []).compactMap { member in
      Selector(member.value, field + ".put", &reader).map { (member.key, $0) }
    }
    return SampleReply(
      path: Pattern(reader.text(value["path"] ?? nil, field + ".path")),
      status: UInt32(clamping: value["status"]?.int ?? 200), body: value["body"] ?? [:], put: put)
  }

  private static func fact(_ value: JSONValue, _ reader: inout ManifestReader) -> ExpectedFact? {
    let kind = value["fact"]?.string ?? ""
    guard let groups = least[kind] else {
      reader.fault(value, "payloads.facts.fact", "there is no fact \"\(kind)\"", NearestName.remedy(
        kind, among: least.keys.sorted()))
      return nil
    }
    let when = (value["when"]?.object ?? []) + (value["has"]?.object ?? [])
    var fact = ExpectedFact(
      kind: kind, each: value["each"]?.string, isFirst: value["first"]?.bool ?? false, when: when, values: [])
    for member in value.object ?? [] where !["fact", "each", "first", "when", "has"].contains(member.key) {
      guard let selector = Selector(member.value, "payloads.facts.\(member.key)", &reader) else { continue }
      fact.values.append((member.key, selector))
    }
    for group in groups where !group.contains(where: { name in fact.values.contains { $0.name == name } }) {
      reader.fault(
        value, "payloads.facts", "a fact of the kind \(kind) says no \(group.joined(separator: " or "))",
        "say where it stands")
    }
    return fact
  }

  /// Where in a sample the rule's pointers begin; nil when the rule is not for it.
  func place(name: String, sample: JSONValue) -> String? {
    guard names.isEmpty || names.contains(where: { $0.matches(name) }) else { return nil }
    return places.first { place in
      guard let message = sample.at(place) else { return false }
      return has.isEmpty || has.contains { Condition.hold($0, message) }
    }
  }
}
