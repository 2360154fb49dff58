import CPatchbay
import Catalog
import Decimals
import JSONTree
import MarketModel
import Runtime

/// Orders and what is sent for them.
extension ChecksPart {
  /// A limit order for the first instrument that can be traded, at its tick and lot.
  func order(_ bench: Bench) -> CommandDraft {
    let fact = bench.facts.last { $0.fact.kind == "instrument" && $0.fact["state"] == "trading" }?.fact
    var draft = CommandDraft(.place)
    draft.account = Bench.account
    draft.instrument = bench.instrument(fact?["symbol"])
    draft.order = 1
    draft.clientOrder = subject.clientOrder
    draft.side = .buy
    draft.type = .limit
    draft.timeInForce = .goodTillCancelled
    draft.price = fact?["tick"].flatMap { Decimal64($0) } ?? .one
    draft.quantity = fact?["lot"].flatMap { Decimal64($0) } ?? .one
    return draft
  }

  /// Whether a command gave a request; an exchange inside the connector answers by itself.
  private func isActedOn(_ draft: CommandDraft, _ bench: Bench) -> Bool {
    let before = bench.sent.count
    let id = bench.send(draft)
    return bench.sent.count > before || (isEmbedded && bench.reply(to: id) != nil)
  }

  /// The exchange is inside the connector: there are no hosts.
  var isEmbedded: Bool { subject.entry.hosts.isEmpty }

  /// Commands of every kind, for the rules that hold for all requests.
  private func commands(_ bench: Bench) -> [CommandDraft] {
    var drafts: [CommandDraft] = []
    for verb in Verb.allCases where subject.offers(verb) {
      var draft = CommandDraft(verb)
      switch verb {
      case .place: draft = order(bench)
      case .subscribe, .unsubscribe, .resync, .refresh: draft.channels = .book
      case .quote, .swap, .approve: continue
      case .marginMode, .positionMode: draft.mode = 1
      case .leverage: draft.value = Decimal64(2)
      case .cancelMany: draft.items = [cancel(bench)]
      case .amend:
        draft = order(bench)
        draft.verb = .amend
        draft.venueOrder = "1"
      case .cancel, .order: draft.venueOrder = "1"
      default: break
      }
      if draft.instrument == 0 { draft.instrument = order(bench).instrument }
      draft.account = Verb.isPublic(verb) ? 0 : Bench.account
      drafts.append(draft)
    }
    return drafts
  }

  private func cancel(_ bench: Bench) -> CommandDraft {
    var draft = CommandDraft(.cancel)
    draft.account = Bench.account
    draft.instrument = order(bench).instrument
    draft.order = 1
    draft.venueOrder = "1"
    return draft
  }

  func requests(_ report: inout Report) throws(InstanceFault) {
    let bench = try bench()
    for draft in commands(bench) { bench.send(draft) }
    let buckets = bench.limits
    var acts: [Failure] = [], numbers: [Failure] = [], charges: [Failure] = []
    for sent in bench.sent {
      let name = "\(sent.flat.method) \(sent.flat.path)"
      if let fault = sent.fault {
        acts.append(Failure(name: name, expected: "a request that may leave", got: "\(fault)"))
      }
      if sent.account != 0 || sent.hasSeals, let problem = actProblem(sent) {
        acts.append(Failure(name: name, expected: "a permitted act", got: problem))
      }
      if let field = sent.flat.fields.first(where: { isExponent($0.value) && !$0.name.hasPrefix("header:") }) {
        numbers.append(Failure(name: "\(name) \(field.name)", expected: "a plain decimal", got: field.value))
      }
      if sent.way == .http, sent.charges.isEmpty || !sent.charges.allSatisfy(buckets.contains) {
        charges.append(Failure(name: name, expected: "a charge to a declared bucket", got: "\(sent.charges)"))
      }
    }
    if buckets.isEmpty, !isEmbedded {
      charges.append(Failure(name: "limits", expected: "declared limits", got: "none"))
    }
    report.check("S15", Array(numbers.prefix(1)))
    if subject.offers(.place) { report.check("S18", Array(acts.prefix(3))) }
    report.check("S24", Array(charges.prefix(1)))
  }

  private func isExponent(_ text: String) -> Bool {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    return parts.count == 2 && Decimal64(parts[0]) != nil && !parts[1].isEmpty
      && parts[1].allSatisfy { $0.isNumber || $0 == "-" || $0 == "+" }
  }

  /// Why a private request is outside of what the manifest permits; nil when it is inside.
  private func actProblem(_ sent: Bench.Sent) -> String? {
    guard let act = subject.entry.acts.first(where: { $0.name == sent.permission }) else {
      return "no act \"\(sent.permission)\""
    }
    if act.kind == .trade, sent.command == 0 { return "a trade without a command" }
    switch act.target {
    case .http(let method, let path):
      guard sent.way != .frame else { return "the act \(act.name) is no socket operation" }
      guard sent.way == .open || method.rawValue == sent.flat.method else {
        return "the act \(act.name) is \(method.rawValue)"
      }
      let pattern = path.split(separator: "/"), got = sent.flat.path.split(separator: "/")
      let fits = pattern.count == got.count && zip(pattern, got).allSatisfy { $0 == "*" || $0 == $1 }
      return fits ? nil : "the act \(act.name) is \(path)"
    case .operation(let operation):
      guard sent.way == .frame else { return sent.way == .open ? nil : "the act \(act.name) is a socket operation" }
      return isNamed(operation, sent.flat) ? nil : "the frame does not name \(operation)"
    }
  }

  /// Whether a frame has an operation's text somewhere, or its values at their pointers.
  private func isNamed(_ operation: String, _ frame: FlatRequest) -> Bool {
    guard operation.hasPrefix("/") else { return frame.fields.contains { $0.value == operation } }
    guard let value = try? JSONDocument.parse(bytes: frame.body) else { return false }
    return operation.split(separator: "&").allSatisfy { term in
      let sides = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return sides.count == 2 && value.at(sides[0])?.scalar == sides[1]
    }
  }

  func orders(_ report: inout Report) throws(InstanceFault) {
    guard subject.offers(.place) else {
      return report.check("S56", notOffered: "the command place")
    }
    for (name, change) in [
      ("limit", { (_: inout CommandDraft) in }), ("post_only", { $0.flags.insert(.postOnly) }),
      ("market", { draft in
        draft.type = .market
        draft.price = nil
        draft.timeInForce = nil
      }),
    ] as [(String, (inout CommandDraft) -> Void)] {
      let bench = try bench()
      var draft = order(bench)
      change(&draft)
      var isSent = isActedOn(draft, bench)
      if !isSent, draft.type == .market {
        // Some exchanges take orders to buy by their value alone.
        draft.flags.insert(.byValue)
        (draft.value, draft.quantity) = (draft.quantity, nil)
        isSent = isActedOn(draft, bench)
      }
      report.check("S56", failures(name, "a request", unless: isSent, got: "none"))
    }
    let types = (subject.descriptor["order_types"]?.array ?? []).compactMap(\.string)
    if let index = Names.type.firstIndex(where: { !types.contains($0) }) {
      let bench = try bench()
      var draft = order(bench)
      draft.type = OrderType(rawValue: UInt8(index + 1))
      draft.stop = draft.price
      let before = bench.sent.count
      let id = bench.send(draft)
      let isRefused = bench.sent.count == before && bench.reply(to: id)?["outcome"] == "refused"
      report.check(
        "S56", failures(Names.type[index], "refused without a request", unless: isRefused, got: "something else"))
    }
    if subject.offers(.cancel) {
      let bench = try bench()
      var byClient = cancel(bench)
      byClient.venueOrder = ""
      byClient.clientOrder = subject.clientOrder
      report.check("S61", failures("venue id", "a request", unless: isActedOn(cancel(bench), bench), got: "none"))
      report.check("S61", failures("client id", "a request", unless: isActedOn(byClient, bench), got: "none"))
    }
  }

  /// What answers that are no answers make of a command.
  func refusals(_ report: inout Report) throws(InstanceFault) {
    guard subject.offers(.place) else { return }
    let unknown: [(name: String, end: RequestEnd)] = [
      ("no answer", .noAnswer(reason: "timed out")), ("500", .replied(status: 500, headers: [])),
      ("503", .replied(status: 503, headers: [])),
    ]
    for (name, end) in unknown {
      guard let reply = try reply(end, body: "") else { continue }
      let outcome = reply["outcome"] ?? "no reply"
      report.check("S23", failures(name, "unknown", unless: outcome == "unknown", got: outcome))
    }
    for (status, body) in [(UInt32(400), "{}"), (401, ""), (403, "<html>"), (429, ""), (400, "[1,"), (404, "null")] {
      guard let reply = try reply(.replied(status: status, headers: []), body: body) else { continue }
      let isTyped = reply["outcome"] == "refused" && reply["error"] != nil || reply["outcome"] == "unknown"
      report.check(
        "S20", failures("\(status) \(body)", "a typed end", unless: isTyped, got: reply["outcome"] ?? "no reply"))
      if status == 429 {
        let error = reply["error"] ?? "nothing"
        report.check("S20", failures("429", "rate_limit", unless: error == "rate_limit", got: error))
      }
    }
  }

  /// The end of a place command whose HTTP request ends so; nil when it goes over a socket.
  private func reply(_ end: RequestEnd, body: String) throws(InstanceFault) -> Fact? {
    let bench = try bench()
    // What is asked once for an account goes before its first order.
    bench.send(order(bench))
    let before = bench.sent.count
    bench.answer = Bench.Answer(path: nil, end: end, body: Array(body.utf8))
    var draft = order(bench)
    draft.order = 2
    let id = bench.send(draft)
    guard bench.sent[before...].contains(where: { $0.way == .http }) else { return nil }
    return bench.reply(to: id) ?? Fact(kind: "reply", values: [])
  }
}
