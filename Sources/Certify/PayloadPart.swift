import Catalog
import Decimals
import JSONTree
import Runtime

/// Samples of what an exchange sends: each must be understood, and its facts must be the values in it.
struct PayloadPart {
  let subject: Subject
  let data: DataFolder
  /// 2023-11-14T22:13:20Z, the clock of samples.
  static let clock: Int64 = 1_700_000_000_000_000_000

  func run(_ report: inout Report, progress: (String) -> Void) {
    for folder in subject.manifest.payloads {
      for name in data.payloads(folder) {
        let label = "payloads:\(folder)/\(name)"
        progress(label)
        run(folder, name, label, &report)
      }
    }
  }

  private func run(_ folder: String, _ name: String, _ label: String, _ report: inout Report) {
    if let reason = subject.manifest.reasonNotApplicable(label) {
      report.notApplicable.append((label, reason))
      return
    }
    let sample: JSONValue
    do {
      sample = try data.json("payloads/\(folder)/\(name).json")
    } catch {
      report.count(.payloads, [Failure(name: label, expected: "a sample", got: "\(error)")])
      return
    }
    let fitting = subject.manifest.samples.rules.lazy.compactMap { rule in
      rule.place(name: name, sample: sample).map { (rule, $0) }
    }
    guard let (rule, place) = fitting.first else {
      report.count(.payloads, [Failure(name: label, expected: "a rule in certification.json", got: "none fits")])
      return
    }
    if let reason = rule.notApplicable {
      report.notApplicable.append((label, reason))
      return
    }
    do {
      let found = try check(sample, rule, place, label)
      report.count(.payloads, found)
      if case .reply = rule.feed, rule.facts.contains(where: { $0.kind == "reply" }) {
        refusal(sample.at(place) ?? sample, rule, found, &report)
      }
    } catch {
      report.count(.payloads, [Failure(name: label, expected: "an instance", got: "\(error)")])
    }
  }

  /// Samples of refusals show that errors are typed, and that an unknown order is known as one.
  private func refusal(_ sample: JSONValue, _ rule: PayloadRule, _ found: [Failure], _ report: inout Report) {
    let scope = Selector.Scope(element: sample, root: sample)
    let errors = rule.facts.flatMap(\.values).filter { $0.name == "error" }.map { $0.selector.value(in: scope) }
    guard let error = errors.first else { return }
    report.check(error == .value("unknown_order") ? "S22" : "S20", Array(found.prefix(1)))
  }

  /// - Parameter place: where in the sample the rule's pointers begin.
  private func check(_ raw: JSONValue, _ rule: PayloadRule, _ place: String, _ label: String) throws -> [Failure] {
    let whole = filled(raw, rule)
    let message = whole.at(place) ?? whole
    let scope = Selector.Scope(element: message, root: message)
    // A message that stands in an envelope needs no other.
    let sample = place.isEmpty ? wrapped(whole, rule) : whole
    var clock = PayloadPart.clock
    if case .value(let text)? = rule.now?.value(in: scope), let time = Int64(text), time < .max / 1_000_000 {
      clock = time * 1_000_000
    }
    let bench = try subject.bench(
      values: PayloadPart.credentials, clock: clock, script: script(rule, whole, scope))
    // Instruments told before would be others than those of the sample.
    if case .reply(let command) = rule.feed, command.verb == .instruments {
      bench.begin(instruments: false)
    } else {
      bench.begin()
    }
    let before: Int
    switch rule.feed {
    case .frame(let isPrivate):
      if !isPrivate || !rule.subscribe.isEmpty { bench.send(subscription(rule, bench, scope)) }
      before = bench.facts.count
      guard let stream = isPrivate ? bench.privateStream : bench.publicStream(rule.stream) else {
        return [Failure(name: label, expected: "a \(isPrivate ? "private" : "public") stream", got: "none is open")]
      }
      if rule.isBinary, let form = subject.manifest.samples.protobuf {
        bench.frame(form.bytes(sample), on: stream, kind: .binary)
      } else {
        bench.frame(bytes(sample), on: stream)
      }
    case .reply(let script):
      before = bench.facts.count
      if let failure = reply(sample, script, rule, bench, scope) {
        return [Failure(name: label, expected: failure.expected, got: failure.got)]
      }
    }
    if bench.isFaulted { return [Failure(name: label, expected: "a connector that goes on", got: "it gave up")] }
    if let counters = bench.counters, counters.malformed > 0 {
      return [Failure(name: label, expected: "well-formed records", got: "\(counters.malformed) malformed")]
    }
    if case .reply(let script) = rule.feed, let failure = ending(of: script, Array(bench.facts[before...]), rule) {
      return [Failure(name: label + failure.name, expected: failure.expected, got: failure.got)]
    }
    if rule.isSilent, bench.lastStatus != 0 {
      return [Failure(name: label, expected: "a sample that is understood", got: "status \(bench.lastStatus)")]
    }
    return compare(Array(bench.facts[before...]).map(\.fact), rule, scope, label)
  }

  /// A command ends once, and a set that answers one is said to be whole.
  private func ending(
    of script: CommandScript, _ facts: [(fact: Fact, command: UInt64)], _ rule: PayloadRule
  ) -> Failure? {
    let replies = facts.filter { $0.fact.kind == "reply" }
    // A subscription may still wait for its first data.
    if [.subscribe, .unsubscribe, .resync, .refresh].contains(script.verb), replies.isEmpty { return nil }
    guard replies.count == 1, let reply = replies.first else {
      return Failure(name: " reply", expected: "one end of the command", got: "\(replies.count)")
    }
    let sets: [Verb] = [
      .instruments, .tickers, .candles, .openOrders, .fills, .balances, .fees, .positions, .fundingPayments, .modes,
    ]
    guard sets.contains(script.verb), reply.fact["outcome"] == "done" else { return nil }
    let isWhole = facts.contains { $0.fact.kind == "complete" && $0.command == reply.command }
    return isWhole ? nil : Failure(name: " complete", expected: "the end of the set", got: "none")
  }

  /// The account of samples: names that any connector may have, with values that sign nothing.
  static let credentials: JSONValue = [
    "apiKey": "FAKE-KEY", "secret": "RkFLRS1TRUNSRVQtVEhBVC1TSUdOUy1OT1RISU5H", "password": "fake-passphrase",
    "uid": "1",
    "walletAddress": "0x0000000000000000000000000000000000000001",
  ]

  private func subscription(_ rule: PayloadRule, _ bench: Bench, _ scope: Selector.Scope) -> CommandDraft {
    var draft = CommandDraft(.subscribe)
    for (name, channel) in Channels.names where subject.has("channels", name) {
      if rule.subscribe.isEmpty || rule.subscribe.contains(name) { draft.channels.insert(channel) }
    }
    if case .value(let symbol)? = rule.symbol?.value(in: scope) {
      draft.instrument = bench.instrument(symbol)
    } else {
      draft.instrument = bench.instrument(nil)
    }
    return draft
  }

  private func filled(_ sample: JSONValue, _ rule: PayloadRule) -> JSONValue {
    sample.mapStrings { text in
      var filled = text
      for (placeholder, value) in rule.fill {
        if Pattern(placeholder).matches(text) { return value }
        filled = filled.replacing(placeholder, with: value.scalar ?? "")
      }
      return JSONValue(.string(filled))
    }
  }

  /// What answers requests besides the sample: the rule's replies, those of all rules, those of `trading`.
  private func script(_ rule: PayloadRule, _ sample: JSONValue, _ scope: Selector.Scope) -> TradingScript {
    let samples = subject.manifest.samples
    var script = subject.manifest.trading
    let own = rule.replies.map { $0.reply(in: scope) }
    let instruments = samples.instruments.map { [$0.reply(for: [sample])] } ?? []
    script.replies = own + instruments + samples.replies + script.replies
    script.frames = samples.frames + script.frames
    script.config = Array(JSONWriter.compact(rule.config.laid(over: script.configValue)).utf8)
    return script
  }

  /// Sends the command and lets the sample answer it.
  private func reply(
    _ sample: JSONValue, _ script: CommandScript, _ rule: PayloadRule, _ bench: Bench, _ scope: Selector.Scope
  ) -> Failure? {
    let draft = script.draft(bench, scope)
    guard subject.offers(draft.verb) else {
      return Failure(name: "", expected: "the command \(draft.verb.name)", got: "it is not offered")
    }
    let before = bench.sent.count
    bench.answer = Bench.Answer(
      path: rule.path, end: .replied(status: rule.status, headers: []), body: bytes(sample))
    bench.send(draft)
    guard bench.answer != nil else { return nil }
    bench.answer = nil
    // Nothing was asked over HTTP: the command went over a socket.
    guard let frame = bench.sent[before...].last(where: { $0.way == .frame && $0.fault == nil }) else {
      return Failure(name: "", expected: "a request for the sample to answer", got: "none")
    }
    var answer = sample
    if let sent = try? JSONDocument.parse(bytes: frame.flat.body) {
      for member in rule.copy {
        if let value = sent.at(member.key), let target = member.value.string {
          answer = answer.setting(target, to: value)
        }
      }
    }
    bench.frame(bytes(answer), on: frame.stream)
    return nil
  }

  private func bytes(_ value: JSONValue) -> [UInt8] { Array(JSONWriter.compact(value).utf8) }

  private func wrapped(_ sample: JSONValue, _ rule: PayloadRule) -> JSONValue {
    guard let envelope = rule.wrap else { return sample }
    return envelope.mapStrings { text in
      if text == "{}" { return sample }
      var result = ""
      var rest = text[...]
      while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
        result += rest[..<open]
        let inner = String(rest[rest.index(after: open)..<close])
        let isLower = inner.hasPrefix("lower:")
        let value = sample.at(isLower ? String(inner.dropFirst(6)) : inner)?.scalar ?? ""
        result += isLower ? value.lowercased() : value
        rest = rest[rest.index(after: close)...]
      }
      return JSONValue(.string(result + rest))
    }
  }

  // MARK: Facts

  private func compare(_ facts: [Fact], _ rule: PayloadRule, _ scope: Selector.Scope, _ label: String) -> [Failure] {
    var failures: [Failure] = []
    var wanted: [(kind: String, values: [(name: String, text: String)])] = []
    for expected in rule.facts {
      for element in elements(expected, scope) {
        var values: [(name: String, text: String)] = []
        for (name, selector) in expected.values {
          switch selector.value(in: element) {
          case .value(let text): values.append((name, text))
          case .absent: break
          case .missing(let what):
            failures.append(
              Failure(name: "\(label) \(expected.kind).\(name)", expected: what, got: "not in the sample"))
          }
        }
        wanted.append((expected.kind, values))
      }
    }
    guard failures.isEmpty else { return failures }
    let kinds = Set(rule.facts.map(\.kind))
    var left = facts.filter { kinds.contains($0.kind) }
    for fact in wanted {
      let candidates = left.indices.filter { left[$0].kind == fact.kind }
      let ranked = candidates.map { ($0, differences(left[$0], fact.values)) }.min { $0.1.count < $1.1.count }
      guard let (index, differences) = ranked else {
        let text = fact.values.map { "\($0.name)=\($0.text)" }.joined(separator: " ")
        failures.append(Failure(name: "\(label) \(fact.kind)", expected: text, got: "no such fact"))
        continue
      }
      left.remove(at: index)
      failures += differences.map { Failure(
        name: "\(label) \(fact.kind).\($0.name)", expected: $0.expected, got: $0.got) }
    }
    for fact in left {
      let text = fact.values.map { "\($0.name)=\($0.text)" }.joined(separator: " ")
      failures.append(Failure(name: "\(label) \(fact.kind)", expected: "nothing more", got: text))
    }
    if rule.isSilent,
      let fact = facts.first(where: { PayloadRule.least[$0.kind] != nil && $0.kind != "state" && $0.kind != "reply" }) {
      failures.append(Failure(name: "\(label) \(fact.kind)", expected: "no fact", got: "one"))
    }
    return failures
  }

  private func elements(_ expected: PayloadRule.ExpectedFact, _ scope: Selector.Scope) -> [Selector.Scope] {
    guard let each = expected.each else { return Condition.hold(expected.when, scope.element) ? [scope] : [] }
    guard let container = scope.root.at(each)?.opened else { return [] }
    let found: [Selector.Scope]
    switch container.kind {
    case .array(let elements): found = elements.map { Selector.Scope(element: $0, root: scope.root) }
    case .object(let members): found = members.map { Selector.Scope(element: $0.value, root: scope.root, key: $0.key) }
    default: found = []
    }
    let fitting = found.filter { Condition.hold(expected.when, $0.element) }
    return expected.isFirst ? Array(fitting.prefix(1)) : fitting
  }

  private func differences(_ fact: Fact, _ wanted: [(name: String, text: String)]) -> [Failure] {
    wanted.compactMap { name, text in
      let got = fact[name]
      return Self.agrees(got, text) ? nil : Failure(name: name, expected: text, got: got ?? "nothing")
    }
  }

  /// Whether a fact says what a sample does: numbers as decimals, an empty text of a sample nothing, and a number of
  /// more digits than a decimal has as one that is cut, or reported as rounded.
  static func agrees(_ got: String?, _ text: String) -> Bool {
    guard let got else { return text.isEmpty }
    if got == text { return true }
    if let number = Decimal64(text) { return Decimal64(got) == number }
    guard let cut = Decimal64(ofSample: text) else { return false }
    return got == "inexact" || Decimal64(got) == cut
  }
}
