import Catalog
import CPatchbay

/// Which samples a rule is for, how they reach the connector, and which facts must come of them.
struct PayloadRule: Sendable {
  enum Feed: Sendable {
    case frame(isPrivate: Bool)
    case reply(CommandScript)
  }

  struct ExpectedFact: Sendable {
    var kind: String
    var each: String?
    var when: [JSONMember]
    var values: [(name: String, selector: Selector)]
  }

  var names: [Pattern] = []
  var has: [JSONMember] = []
  var notApplicable: String?
  var feed = Feed.frame(isPrivate: true)
  var path: Pattern?
  var stream: Pattern?
  var status: UInt32 = 200
  var subscribe: [String] = []
  var symbol: Selector?
  var fill: [(placeholder: String, value: JSONValue)] = []
  var wrap: JSONValue?
  var copy: [JSONMember] = []
  var facts: [ExpectedFact] = []
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
    "mode": [["margin_mode", "position_mode", "leverage"]], "state": [["state"]], "gap": [["reason"]],
  ]

  init?(_ value: JSONValue, _ reader: inout ManifestReader) {
    let field = "payloads"
    reader.keys(
      value, field,
      [
        "name", "has", "not_applicable", "feed", "subscribe", "symbol", "stream", "fill", "wrap", "copy", "facts",
        "why",
        "path", "status",
      ])
    if let name = value["name"] { names = reader.texts(name, "payloads.name").map { Pattern($0) } }
    has = value["has"]?.object ?? []
    if names.isEmpty, has.isEmpty {
      reader.fault(value, field, "fits every sample", "say \"name\" or \"has\"")
    }
    if let reason = value["not_applicable"] {
      notApplicable = reader.text(reason, "payloads.not_applicable")
      return
    }
    readFeed(value, value["feed"] ?? [:], &reader)
    for member in value["fill"]?.object ?? [] { fill.append((member.key, member.value)) }
    wrap = value["wrap"]
    copy = value["copy"]?.object ?? []
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
    if let copied = feed["copy"]?.object { copy = copied }
  }

  private static func fact(_ value: JSONValue, _ reader: inout ManifestReader) -> ExpectedFact? {
    let kind = value["fact"]?.string ?? ""
    guard let groups = least[kind] else {
      reader.fault(value, "payloads.facts.fact", "there is no fact \"\(kind)\"", NearestName.remedy(
        kind, among: least.keys.sorted()))
      return nil
    }
    let when = (value["when"]?.object ?? []) + (value["has"]?.object ?? [])
    var fact = ExpectedFact(kind: kind, each: value["each"]?.string, when: when, values: [])
    for member in value.object ?? [] where !["fact", "each", "when", "has"].contains(member.key) {
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

  /// Whether the rule is for a sample.
  func fits(name: String, sample: JSONValue) -> Bool {
    (names.isEmpty || names.contains { $0.matches(name) }) && PayloadRule.holds(has, sample)
  }

  /// Whether all pointers have the values they should.
  static func holds(_ members: [JSONMember], _ value: JSONValue) -> Bool {
    members.allSatisfy { member in
      let found = value.at(member.key)
      switch member.value.kind {
      case .null: return found != nil
      case .bool(false) where found == nil: return true
      case .array(let choices): return found.map { value in choices.contains { same($0, value) } } ?? false
      default: return found.map { same(member.value, $0) } ?? false
      }
    }
  }

  /// Equal, a number and its text counting as the same.
  private static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
    left == right || (left.scalar != nil && left.scalar == right.scalar)
  }
}
