import JSONTree

/// The parts of a certification, in the order they run.
public enum Part: String, CaseIterable, Sendable {
  case captures, checkpoints, trades, faults, sequences, vectors, payloads, checks
}

/// How many cases passed, of how many that count.
public struct Tally: Equatable, Sendable {
  public var passed = 0
  public var of = 0

  public init(passed: Int = 0, of: Int = 0) {
    self.passed = passed
    self.of = of
  }

  var isComplete: Bool { passed == of }
  var json: JSONValue { ["passed": JSONValue(.number("\(passed)")), "of": JSONValue(.number("\(of)"))] }
}

/// What is wrong in one case.
public struct Failure: Equatable, Sendable {
  public var name: String
  public var expected: String
  public var got: String
}

/// What was found out about one connector.
public struct Report: Sendable {
  public var id: String
  public var tallies: [Part: Tally] = [:]
  /// Cases that another documented request answers, with its documentation.
  public var alternative: [(name: String, documentation: String)] = []
  public var notApplicable: [(name: String, reason: String)] = []
  /// Cases of something that the connector does not offer: neither passed nor failed.
  public var notOffered: [(name: String, what: String)] = []
  /// Recordings that were replayed, with the protocol that the connector spoke; empty where there is but one.
  public var proved: [(name: String, protocolName: String)] = []
  /// Recordings that no exchange sent, by which its market data were judged for want of others; how each was made.
  public var constructed: [(name: String, origin: String)] = []
  public var failures: [Failure] = []
  /// Numbered checks that are not made, with the reason.
  var waived: [String: String] = [:]
  /// Numbered checks that were decided, and how.
  public var checks: [String: Bool] = [:]
  /// The protocol that is spoken where nothing else is said; nil where there is but one.
  public var usualProtocol: String?
  /// Why a lost update of a book goes unnoticed; nil where it is noticed, or was not tried.
  public var lossWords: String?
  public var librarySHA256 = ""
  public var kind = ""

  public init(id: String) { self.id = id }

  public subscript(part: Part) -> Tally { tallies[part] ?? Tally() }

  public var hasPassed: Bool { failures.isEmpty && tallies.values.allSatisfy(\.isComplete) }

  /// Notes the outcome of one case; without failures it has passed.
  mutating func count(_ part: Part, _ found: [Failure]) {
    tallies[part, default: Tally()].of += 1
    if found.isEmpty { tallies[part, default: Tally()].passed += 1 }
    failures += found
  }

  /// Notes that a numbered check owes something that the connector does not offer.
  mutating func check(_ id: String, notOffered what: String) {
    guard waived[id] == nil else { return }
    checks[id] = false
    notOffered.append(("checks:\(id)", what))
  }

  /// Notes a trial of a numbered check, unless the check is waived.
  mutating func check(_ id: String, _ found: [Failure]) {
    guard waived[id] == nil else { return }
    checks[id] = (checks[id] ?? true) && found.isEmpty
    count(.checks, found.map { Failure(name: "checks:\(id) \($0.name)", expected: $0.expected, got: $0.got) })
  }

  /// Adds what another run found.
  mutating func merge(_ other: Report) {
    for (part, tally) in other.tallies {
      tallies[part, default: Tally()].passed += tally.passed
      tallies[part, default: Tally()].of += tally.of
    }
    alternative += other.alternative
    notApplicable += other.notApplicable
    proved += other.proved
    constructed += other.constructed
    notOffered += other.notOffered
    lossWords = lossWords ?? other.lossWords
    usualProtocol = usualProtocol ?? other.usualProtocol
    failures += other.failures
    for (id, passed) in other.checks { checks[id] = (checks[id] ?? true) && passed }
    if librarySHA256.isEmpty { librarySHA256 = other.librarySHA256 }
    if kind.isEmpty { kind = other.kind }
  }
}

extension Report {
  private static func pairs(_ pairs: [(name: String, text: String)], _ key: String) -> JSONValue {
    JSONValue(.array(pairs.map { ["case": JSONValue(.string($0.name)), (key): JSONValue(.string($0.text))] }))
  }

  public var json: JSONValue {
    var members = [JSONMember("id", JSONValue(.string(id)))]
    for part in Part.allCases { members.append(JSONMember(part.rawValue, self[part].json)) }
    members.append(
      JSONMember("alternative", Report.pairs(alternative.map { ($0.name, $0.documentation) }, "documentation")))
    members.append(JSONMember("not_applicable", Report.pairs(notApplicable.map { ($0.name, $0.reason) }, "reason")))
    members.append(JSONMember("not_offered", Report.pairs(notOffered.map { ($0.name, $0.what) }, "what")))
    members.append(JSONMember("usual_protocol", usualProtocol.map { JSONValue(.string($0)) } ?? nil))
    members.append(JSONMember("losses", lossWords.map { JSONValue(.string($0)) } ?? nil))
    members.append(JSONMember("proved", Report.pairs(proved.map { ($0.name, $0.protocolName) }, "protocol")))
    members.append(JSONMember("constructed", Report.pairs(constructed.map { ($0.name, $0.origin) }, "origin")))
    members.append(JSONMember("failures", JSONValue(.array(failures.map {
      [
        "case": JSONValue(.string($0.name)), "expected": JSONValue(.string($0.expected)),
        "got": JSONValue(.string($0.got)),
      ]
    }))))
    members.append(JSONMember("numbered", JSONValue(.object(checks.sorted { $0.key < $1.key }.map {
      JSONMember($0.key, JSONValue(.bool($0.value)))
    }))))
    for (key, text) in [
      ("kind", kind), ("standard", standard.rawValue), ("status", status?.rawValue ?? "unknown"),
      ("suite", Suite.version),
      ("library_sha256", librarySHA256),
    ] { members.append(JSONMember(key, JSONValue(.string(text)))) }
    return JSONValue(.object(members))
  }

  /// Reads what `json` wrote; nil when it is something else.
  init?(_ value: JSONValue) {
    guard let id = value["id"]?.string else { return nil }
    self.init(id: id)
    for part in Part.allCases {
      guard let passed = value[part.rawValue]?["passed"]?.int, let of = value[part.rawValue]?["of"]?.int else {
        return nil
      }
      tallies[part] = Tally(passed: passed, of: of)
    }
    func texts(_ key: String, _ second: String) -> [(name: String, text: String)] {
      (value[key]?.array ?? []).map { ($0["case"]?.string ?? "", $0[second]?.string ?? "") }
    }
    alternative = texts("alternative", "documentation").map { ($0.name, $0.text) }
    notApplicable = texts("not_applicable", "reason").map { ($0.name, $0.text) }
    notOffered = texts("not_offered", "what").map { ($0.name, $0.text) }
    lossWords = value["losses"]?.string
    usualProtocol = value["usual_protocol"]?.string
    proved = texts("proved", "protocol").map { ($0.name, $0.text) }
    constructed = texts("constructed", "origin").map { ($0.name, $0.text) }
    failures = (value["failures"]?.array ?? []).map {
      Failure(name: $0["case"]?.string ?? "", expected: $0["expected"]?.string ?? "", got: $0["got"]?.string ?? "")
    }
    for member in value["numbered"]?.object ?? [] { checks[member.key] = member.value.bool ?? false }
    kind = value["kind"]?.string ?? ""
    librarySHA256 = value["library_sha256"]?.string ?? ""
  }
}
