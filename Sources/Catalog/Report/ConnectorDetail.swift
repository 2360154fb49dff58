import JSONTree
import PrintableText

/// What `patchbay connectors show ID` prints of one exchange.
public struct ConnectorDetail: Sendable {
  let item: Catalog.Item
  let row: ConnectorRow
  let lists: [String]
  let width: Int?
  private let config: Config.Connector?
  private let requiresSigned: Bool

  public init(_ item: Catalog.Item, registry: Registry, config: Config?, width: Int?) {
    self.item = item
    self.config = config?[item.id]
    requiresSigned = config?.trust.requiresSigned ?? false
    self.row = ConnectorRow(item, config: config?[item.id])
    self.lists = registry.lists
    self.width = width
  }

  /// The entry, its lifecycle, what is known of its protocol, and its history over the lists.
  public func render() -> String {
    var sections = [head(), connector()]
    if let entry = item.entry {
      sections += [lifecycle(entry), protocolFacts(entry), history(entry), changes(entry), decisions(entry)]
    }
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The registry's entry or the manifest's fields, the row of the table, and the changes over the lists.
  public var json: JSONValue {
    var members = [JSONMember("row", row.json)]
    if let entry = item.entry {
      let changes = entry.changes(over: lists).map { change in
        let statements = change.statements.map { JSONMember($0.list, JSONValue(.array($0.values))) }
        return JSONMember(change.field, JSONValue(.object(statements)))
      }
      members += [JSONMember("entry", entry.tree), JSONMember("changes", JSONValue(.object(changes)))]
    }
    if let finding = item.trust { members.append(JSONMember("trust", finding.json)) }
    members.append(JSONMember("library_path", item.libraryPath.map { JSONValue(.string($0)) } ?? nil))
    return JSONValue(.object(members))
  }

  private func line(_ label: String, _ text: String) -> String {
    TextTable.paragraph("  \(label)", text, indent: 16, width: width)
  }

  private func head() -> String {
    var text = "\(item.name) (\(item.id))".printable + "\n"
    text += line("type", row.type.rawValue)
    for column in [ConnectorRow.Column.tier, .maintainer, .standard, .status] where row.cell(column) != "-" {
      text += line(column.rawValue, row.cell(column))
    }
    if row.isBracketed {
      text += line("", "in brackets: what the published lists said; nothing of it has been measured")
    }
    for market in Market.allCases {
      guard let state = row.markets[market] else { continue }
      let id = item.manifest?.connector(market) ?? item.entry?.markets[market]?.connector
      let words = switch state {
      case .ready: "ready"
      case .replay: "replay only" + (item.closure(market).map { ": \($0.words)" } ?? "")
      case .listed: "no connector yet"
      case .no: "not offered, by the lists"
      }
      text += line(market.rawValue, id.map { "\($0): \(words)" } ?? words)
    }
    if let website = item.entry?.website { text += line("website", website) }
    let current = item.entry?.tree["current"]
    if let certified = current?["certified"]?.bool { text += line("certified", "\(certified ? "yes" : "no") (listed)") }
    if current?["foundation_partner"]?.bool == true { text += line("partner", "of the Foundation (listed)") }
    if let compatible = current?["v2_compatible"]?.string { text += line("V2 strategies", "\(compatible) (listed)") }
    if let guide = current?["guide"]?.string { text += line("guide", guide) }
    for signup in current?["signup"]?.array ?? [] {
      let label = signup["label"]?.string.map { "\($0): " } ?? ""
      text += line("referral", "\(label)\(signup["code"]?.string ?? "") \(signup["url"]?.string ?? "")")
    }
    return text
  }

  private func connector() -> String {
    guard let manifest = item.manifest else { return "Connector\n" + line("", "none exists yet") }
    var text = "Connector\n"
    let revision = "contract revision \(manifest.abiRevision)"
    text += line("library", "\(manifest.library), version \(manifest.version), \(revision)")
    text += line("installed", item.libraryPath ?? "no")
    text += line("enabled", row.enabled ? "yes" : "no")
    text += trust()
    text += line("runs", row.runs == "worker" ? "in a worker process" : "inside the host")
    if !manifest.extensions.isEmpty { text += line("extensions", manifest.extensions.joined(separator: ", ")) }
    text += line("hosts", manifest.hosts.isEmpty ? "none" : manifest.hosts.joined(separator: " "))
    for refusal in manifest.timeRefusals { text += line("sent again", refusal.label) }
    for connector in manifest.connectors {
      for place in connector.trading { text += line("orders", "\(connector.id), \(place.words)") }
    }
    if case .dropIn = item.origin { text += warnings(manifest) }
    for act in manifest.acts { text += lines(act) }
    for limit in manifest.limits { text += line("limit", limit.words) }
    for field in manifest.credentials { text += line("credential", field.words) }
    return text
  }

  /// Who vouches for its bytes, and what follows from that.
  private func trust() -> String {
    guard let finding = item.trust else { return line("trust", "-") }
    var text = line("trust", "\(finding.status.rawValue): \(finding.reason)")
    if let comment = finding.trustedComment { text += line("", "its signer says: \(comment)") }
    if let advisory = finding.advisory { text += line("advisory", advisory.words) }
    guard !finding.reason.isEmpty, finding.status != .core else { return text }
    let decision = TrustPolicy.decide(finding, id: item.id, config, requiresSigned: requiresSigned)
    if !decision.mayLoad { text += line("", "it does not run: \(decision.remedy)") }
    if decision.mayLoad, !decision.mayTrade, !decision.reason.isEmpty {
      text += line("", "\(decision.reason); \(decision.remedy)")
    }
    return text
  }

  /// What its author alone says, and what follows from it.
  private func warnings(_ manifest: Manifest) -> String {
    let isVouchedFor = item.trust?.isVouchedFor ?? false
    var text = line(
      "dropped in",
      (isVouchedFor ? "its manifest is its author's word" : "nobody vouches for what its manifest says")
        + "; what is not bound is refused, unless its permit says \"unbound\": true")
    guard !manifest.credentials.isEmpty else { return text }
    text += line("  see that", "its hosts are the exchange's: they get what an account signs")
    text += line("  see that", "its credentials and its acts are what they are called")
    for field in manifest.credentials where field.secret && field.disclose {
      text += line("  beware", "the secret \(field.name) itself goes to its hosts, not only what is signed with it")
    }
    return text
  }

  private func lines(_ act: PermittedAct) -> String {
    var text = line("may", act.words)
    let rules = act.rules
    if !rules.hosts.isEmpty { text += line("  at", rules.hosts.joined(separator: " ")) }
    for (setting, value) in rules.when.sorted(by: { $0.key < $1.key }) {
      text += line("  where", "\(setting) is \(value)")
    }
    if !rules.bound.isEmpty { text += line("  bound", rules.bound.joined(separator: ", ")) }
    if !act.unbound.isEmpty { text += line("  not bound", act.unbound.joined(separator: ", ")) }
    if !rules.besides.isEmpty { text += line("  allows", rules.besides.joined(separator: ", ")) }
    if !rules.says.isEmpty { text += line("  says", rules.says.words) }
    for (fact, words) in rules.words.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let told = words.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.words)" }
      text += line("  \(fact.rawValue)", told.joined(separator: ", "))
    }
    if !act.sealed.isEmpty { text += line("  signs at", act.sealed.joined(separator: ", ")) }
    for rule in act.signs { text += line("  may sign", rule.words) }
    for token in act.captures {
      let uses = token.uses.joined(separator: ", ")
      text += line("  keeps", "\(token.pointer) of its reply (\(token.alphabet.rawValue)), for \(uses)")
    }
    for fact in act.learns { text += line("  learns", fact.words) }
    if !rules.operations.isEmpty { text += line("  carries", rules.operations.joined(separator: ", ")) }
    return text
  }

  private func lifecycle(_ entry: RegistryEntry) -> String {
    var text = "Lifecycle\n"
    for state in entry.lifecycle.entries {
      let market = state.market.map { " (\($0.rawValue))" } ?? ""
      let what = "\(state.state.words)\(market): \(state.evidence) [\(state.mark.rawValue)]"
      text += line(state.since ?? "date unknown", what)
    }
    if let successor = entry.lifecycle.successor {
      text += line("successor", "\(successor.name) [\(successor.mark.rawValue)]")
    }
    return text + line("", "[E] seen in a public source, [K] general knowledge, [?] unverified")
  }

  private func decisions(_ entry: RegistryEntry) -> String {
    guard !entry.decisions.isEmpty else { return "" }
    return "Decisions\n" + entry.decisions.map { line($0.date, $0.words) }.joined()
  }

  private func protocolFacts(_ entry: RegistryEntry) -> String {
    guard let rows = entry.tree["derived"]?["rows"]?.array, !rows.isEmpty else { return "" }
    var text = "Protocol\n"
    for row in rows {
      text += "  \((row["kind"]?.string ?? "-").printable)\n"
      for (key, label) in [("auth", "signing"), ("ws", "sockets"), ("book", "order book"), ("difficulty", "size")] {
        if let fact = row[key]?.string, fact != "-" { text += line("  \(label)", fact) }
      }
    }
    return text
  }

  /// What each list said, row by row. Links and the text of the row are in the JSON.
  private func history(_ entry: RegistryEntry) -> String {
    guard item.entry?.tree["current"]?.isNull == false else { return "" }
    let skipped: Set = [
      "raw", "table", "name", "docs", "website", "website_text", "signup", "doc_link", "guide_or_doc_link",
      "protocol_link", "maintainer_link", "website_referral_code", "table_kind", "kind_hint", "section",
    ]
    var text = "History\n"
    for list in lists {
      let rows = entry.rows(of: list)
      if rows.isEmpty { text += line(list, "not listed") }
      for row in rows {
        let facts = (row.object ?? []).filter { !skipped.contains($0.key) && !$0.value.isNull }
          .map { "\($0.key.replacing("_", with: " ")) \($0.value.plain)" }
        let name = row["name"]?.string.map { "\"\($0)\"" } ?? ""
        let section = row["section"]?.string.map { " under \"\($0)\"" } ?? ""
        text += line(list, "\(name)\(section): \(facts.joined(separator: ", "))")
      }
    }
    return text
  }

  private func changes(_ entry: RegistryEntry) -> String {
    let changes = entry.changes(over: lists)
    guard !changes.isEmpty else { return "" }
    var text = "Changes between the lists\n"
    for change in changes {
      let statements = change.statements.map { statement in
        var values: [String] = []
        for value in statement.values.map(\.plain) where !values.contains(value) { values.append(value) }
        return "\(statement.list): \(values.joined(separator: " | "))"
      }
      text += line(change.field.replacing("_", with: " "), statements.joined(separator: "; "))
    }
    return text
  }
}

extension JSONValue {
  /// The value for people: texts without quotes, yes and no.
  fileprivate var plain: String {
    switch kind {
    case .string(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    case .null: "-"
    case .number(let text): text
    case .array(let elements): elements.map(\.plain).joined(separator: ", ")
    case .object(let members): members.filter { !$0.value.isNull }.map(\.value.plain).joined(separator: " ")
    }
  }
}

extension ActRules {
  /// Each bound fact with its places.
  fileprivate var bound: [String] {
    func told(_ bindings: [Binding], _ list: String) -> [String] {
      bindings.map { binding in
        let rule = binding.match == .exact ? "" : " (\(binding.match.rawValue.replacing("_", with: " ")))"
        let scale = binding.scale == 0 ? "" : " (times 10^\(binding.scale))"
        let mayLack = binding.isOptional ? " or nothing" : ""
        return "\(binding.fact.rawValue) \(list)\(binding.place)\(rule)\(scale)\(mayLack)"
      }
    }
    return told(bindings, "") + items.flatMap { told($0.bindings, "\($0.at) > ") }
  }

  /// Each parameter that is bound to nothing, with all that it may be.
  fileprivate var besides: [String] {
    let own = allowed.map { ("", $0) } + items.flatMap { list in list.allowed.map { ("\(list.at) > ", $0) } }
    return (allowsAll ? ["everything"] : [])
      + own.map { $0 + $1.words }
  }
}

extension ActRules.Allowed {
  fileprivate var words: String {
    var text = "\(place)"
    if !values.isEmpty { text += " = \(values.joined(separator: " or "))" }
    if let setting { text += ", as \(setting) is set" }
    if let field { text += " = the account's \(field)" }
    if let learned { text += " = the account's \(learned), as the exchange told it" }
    if isOptional { text += ", or nothing" }
    return text
  }
}

extension PermittedAct {
  fileprivate var words: String {
    switch target {
    case .http(let method, let path): "\(kind.rawValue): \(method.rawValue) \(path)"
    case .operation(let name): "\(kind.rawValue): socket operation \(name)"
    }
  }
}

extension RateLimit {
  fileprivate var words: String {
    let (whole, part) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    let digits = String(1000 + part).dropFirst()
    let seconds = part == 0 ? "\(whole)" : "\(whole).\(digits)"
    let market = market.map { ", \($0.rawValue) alone" } ?? ""
    let manner = refills ? ", refilled steadily" : ""
    return "\(name): \(amount) in \(seconds) s by \(scope.rawValue)\(manner)\(market) (\(source))"
  }
}

extension CredentialField {
  fileprivate var words: String {
    let kind = secret ? disclose ? "secret, sent as it is" : "secret" : "public"
    return "\(name): \(prompt) (\(kind)\(required ? "" : ", optional"))"
  }
}
