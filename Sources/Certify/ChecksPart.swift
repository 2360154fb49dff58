import CPatchbay
import Catalog
import MarketModel
import Runtime

/// The numbered checks that need no recording: what the connector declares, and how it behaves on the bench.
struct ChecksPart {
  let subject: Subject
  let data: DataFolder
  /// Nothing else runs in this process.
  var isAlone = true

  func run(_ report: inout Report, progress: (String) -> Void) {
    progress("checks:descriptor")
    declared(&report)
    do {
      progress("checks:bench")
      try withoutTrading(&report)
      if isAnswered {
        try instruments(&report)
        try requests(&report)
        try orders(&report)
        try refusals(&report)
        try streams(&report)
      }
      progress("checks:messages")
      try messages(&report)
      progress("checks:secrets")
      try secrets(&report)
    } catch {
      report.check("S01", [Failure(name: "instance", expected: "an instance", got: "\(error)")])
    }
    progress("checks:replay")
    ReplayChecks(subject: subject, data: data, isAlone: isAlone).run(&report, progress: progress)
  }

  /// A started bench.
  func bench(trading: Bool = true) throws(InstanceFault) -> Bench {
    let bench = try Bench(
      subject.code(), manifest: subject.entry, script: script, values: PayloadPart.credentials,
      clock: PayloadPart.clock)
    bench.begin(trading: trading)
    return bench
  }

  /// Whether anybody answers on the bench. Where nobody does, a connector that waits for its exchange has not failed:
  /// what needs the answers is not tried.
  private var isAnswered: Bool {
    subject.isDescribed || subject.entry.hosts.isEmpty || !script.replies.isEmpty
  }

  /// Without a script of its own, a connector is answered with the responses of its first recording.
  private var script: TradingScript {
    var script = subject.manifest.trading
    guard script.replies.isEmpty, let name = subject.manifest.captures.lazy.flatMap(data.captures).first,
      let capture = try? data.capture(name)
    else { return script }
    for entry in capture.entries where entry.kind == .response {
      let path = FlatRequest(method: "GET", url: entry.url, headers: [], body: []).path
      script.replies.append(
        TradingScript.Reply(method: "GET", path: Pattern(path), status: 200, body: entry.data, isOnce: false))
    }
    return script
  }

  func failures(_ name: String, _ expected: String, unless holds: Bool, got: String) -> [Failure] {
    holds ? [] : [Failure(name: name, expected: expected, got: got)]
  }

  // MARK: What it declares

  private func declared(_ report: inout Report) {
    let descriptor = subject.descriptor
    let isNamed = !subject.id.isEmpty && ["spot", "perp", "amm"].contains(subject.kind)
      && !(descriptor["domains"]?.array ?? []).isEmpty
      && (subject.kind != "perp" || subject.id.hasSuffix("_perpetual"))
    report.check(
      "S01", failures("identity", "an id, a kind and domains", unless: isNamed, got: "\(subject.id) \(subject.kind)"))
    let fields = descriptor["credentials"]?.array ?? []
    let areDeclared = fields.allSatisfy { $0["name"]?.string != nil && $0["secret"]?.bool != nil }
      && Set(fields.compactMap { $0["name"]?.string }) == Set(subject.entry.credentials.map(\.name))
    report.check(
      "S02", failures("credentials", "the manifest's fields", unless: areDeclared, got: "\(fields.count) fields"))
    if subject.offers(.place) {
      let rule = descriptor["client_order_id"]
      let isRule = (rule?["length"]?.int ?? 0) > 0 && rule?["pattern"]?.string?.isEmpty == false
      report.check("S05", failures("client order id", "a length and a pattern", unless: isRule, got: "none"))
    }
    let channels = subject.has("channels", "book") && subject.has("channels", "trades")
    report.check("S38", failures("channels", "book and trades", unless: channels, got: "other channels"))
    var owed: [(String, [Verb])] = [
      ("S16", [.tickers]), ("S30", [.clock]), ("S61", [.cancel]), ("S70", [.cancelMany]), ("S71", [.balances]),
    ]
    if subject.kind == "perp" {
      owed += [
        ("P82", [.positions]), ("P84", [.leverage]), ("P85", [.positionMode, .modes]), ("P86", [.funding]),
        ("P87", [.fundingPayments]),
      ]
    }
    for (id, verbs) in owed {
      for verb in verbs {
        if subject.offers(verb) {
          report.check(id, [])
        } else {
          report.check(id, notOffered: "the command \(verb.name)")
        }
      }
    }
  }

  // MARK: Without an account

  private func withoutTrading(_ report: inout Report) throws(InstanceFault) {
    let bench = try bench(trading: false)
    var subscribe = CommandDraft(.subscribe)
    subscribe.instrument = bench.instrument(nil)
    subscribe.channels = [.book, .trades]
    bench.send(subscribe)
    let secret = bench.sent.first { $0.account != 0 || $0.hasSeals }
    report.check(
      "S06", failures("public only", "no account and no seal", unless: secret == nil, got: secret?.flat.path ?? ""))
  }

  private func instruments(_ report: inout Report) throws(InstanceFault) {
    let bench = try bench()
    let facts = bench.facts.map(\.fact).filter { $0.kind == "instrument" }
    guard !facts.isEmpty else {
      return report.check("S09", [Failure(name: "instruments", expected: "instruments", got: "none came")])
    }
    var failed: [Failure] = []
    var symbols: Set<String> = [], pairs: Set<String> = []
    for fact in facts where fact["state"] == "trading" {
      let pair = "\(fact["base"] ?? "")-\(fact["quote"] ?? "")-\(fact["settle"] ?? "")"
      let isSingle = fact["kind"] == "spot" || fact["kind"] == "perp"
      if !symbols.insert(fact["symbol"] ?? "").inserted || (isSingle && !pairs.insert(pair).inserted) {
        failed.append(Failure(name: "instruments", expected: "each once", got: "\(fact["symbol"] ?? "") twice"))
      }
    }
    report.check("S09", Array(failed.prefix(1)))
    let bare = facts.first { $0["state"] == "trading" && ($0["tick"] == nil || $0["lot"] == nil || $0["types"] == nil) }
    report.check("S11", failures("rules", "tick, lot and order types", unless: bare == nil, got: bare?["symbol"] ?? ""))
    let hasFees = subject.offers(.fees) || facts.contains { $0["maker_fee"] != nil }
    report.check("S75", failures("fees", "rates", unless: hasFees, got: "none"))
  }
}
