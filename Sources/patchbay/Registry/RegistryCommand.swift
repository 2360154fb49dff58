import Catalog
import JSONTree
import ManifestTool

/// `patchbay registry`: what people decide on connectors. Every change of tier, maintainer and label, and every new
/// entry, is put on record with its day and its reason; nothing of it is edited by hand.
enum RegistryCommand {
  /// What may follow `registry`.
  static let verbs: [CommandEnvironment.Verb] = [
    ("propose", proposeSyntax, { try propose($0, $1) }), ("poll", pollSyntax, { try poll($0, $1) }),
    ("tier", tierSyntax, { try tier($0, $1) }), ("maintainer", maintainerSyntax, { try maintainer($0, $1) }),
    ("label", labelSyntax, { try label($0, $1) }), ("history", historySyntax, { try history($0, $1) }),
  ]

  static let syntax = CommandSyntax(
    usage: "patchbay registry propose|poll|tier|maintainer|label|history ...",
    summary: """
      What people decide on connectors: new ones, tiers, maintainers, labels, each with its day and its reason. In the \
      project's folder. patchbay registry poll --help says more, and so for the others; docs/registry.md tells it all.
      """,
    options: [], positionals: 1...1)

  /// Exit code 0, 1 when something was refused or failed, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax, verbs)
  }

  static let source = CommandSyntax.Option(
    name: "source", value: "FILE", help: "what is known of every exchange (default: \(RegistrySource.path))")
  static let date = CommandSyntax.Option(name: "date", value: "YYYY-MM-DD", help: "the day (default: today)")
  static let reason = CommandSyntax.Option(name: "reason", value: "TEXT", help: "why, for everybody to read; needed")

  // MARK: One decision

  static let tierSyntax = CommandSyntax(
    usage: "patchbay registry tier ID gold|silver|bronze|none --reason TEXT [options]",
    summary: "Gives a connector another tier: a promise to maintain it, which says nothing of an exchange's safety.",
    options: [reason, date, source], positionals: 2...2)

  private static func tier(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let tiers = RegistryEntry.Tier.allCases.map(\.rawValue)
    let word = options.words[1]
    guard word == "none" || tiers.contains(word) else {
      return environment.usage(.unknownWord(word, known: tiers + ["none"]), tierSyntax)
    }
    return try decide(options, environment, .tier, to: word == "none" ? nil : JSONValue(.string(word)))
  }

  static let maintainerSyntax = CommandSyntax(
    usage: "patchbay registry maintainer ID NAME|none --reason TEXT [options]",
    summary: "Says who keeps a connector working from now on.",
    options: [
      CommandSyntax.Option(name: "contact", value: "TEXT", help: "where the maintainer is reached"),
      reason, date, source,
    ],
    positionals: 2...2)

  private static func maintainer(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let name = options.words[1]
    let contact = options["contact"].map { JSONValue(.string($0)) } ?? nil
    let to: JSONValue = name == "none" ? nil : ["name": JSONValue(.string(name)), "contact": contact]
    return try decide(options, environment, .maintainer, to: to)
  }

  static let labelSyntax = CommandSyntax(
    usage: "patchbay registry label ID MARKET --standard LABEL --reason TEXT [options]",
    summary: """
      Puts a label on record that was given by hand. It stands beside what certification measures, with its day, and \
      never in its place.
      """,
    options: [
      CommandSyntax.Option(name: "standard", value: "LABEL", help: "such as 2.1"),
      CommandSyntax.Option(name: "status", value: "COLOUR", help: "green, yellow or red"), reason, date, source,
    ],
    positionals: 2...2)

  private static func label(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let markets = Market.allCases.map(\.rawValue)
    guard markets.contains(options.words[1]) else {
      return environment.usage(.unknownWord(options.words[1], known: markets), labelSyntax)
    }
    var members = [JSONMember("market", JSONValue(.string(options.words[1])))]
    for (name, known) in [("standard", ["1.0", "2.0", "2.1"]), ("status", ["green", "yellow", "red"])] {
      guard let value = options[name] else { continue }
      guard known.contains(value) else { return environment.usage(.unknownWord(value, known: known), labelSyntax) }
      members.append(JSONMember(name, JSONValue(.string(value))))
    }
    guard members.count > 1 else {
      environment.error("--standard or --status is needed\nusage: \(labelSyntax.usage)")
      return 64
    }
    return try decide(options, environment, .label, to: JSONValue(.object(members)))
  }

  private static func decide(
    _ options: Arguments, _ environment: CommandEnvironment, _ field: Decision.Field, to: JSONValue
  ) throws -> Int32 {
    guard let reason = options["reason"], !reason.isEmpty else {
      environment.error("--reason is needed: a decision is kept with it for ever")
      return 64
    }
    var book = try RegistryBook(options, environment)
    let id = try book.source.choose(options.words[0])
    let entry = book.source.entry(id)
    let from = field == .label ? nil : entry?[field.rawValue] ?? nil
    guard from != to else {
      environment.error("\(id): \(field.rawValue) is that already")
      return 1
    }
    let decision = Decision(date: book.date, field: field, from: from, to: to, reason: reason)
    try book.source.decide(decision, on: id)
    try book.write()
    environment.output("\(id): \(decision.words)\n")
    return 0
  }

  // MARK: A new entry

  static let proposeSyntax = CommandSyntax(
    usage: "patchbay registry propose FILE [--write] [options]",
    summary: """
      Checks a proposal: an entry for an exchange that the registry does not have, with the manifest of its connector \
      and what patchbay certify --json found. With --write it comes in, without a tier, which a poll gives.
      """,
    options: [CommandSyntax.Option(name: "write", value: nil, help: "put it into the registry"), date, source],
    positionals: 1...1)

  private static func propose(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    var book = try RegistryBook(options, environment)
    let proposal = try Proposal.load(path: options.words[0], in: book.source)
    environment.output("\(proposal.id) can come in\n" + proposal.findings.map { "  \($0)\n" }.joined())
    guard options.flags.contains("write") else {
      environment.output("Nothing was written; --write puts it into the registry.\n")
      return 0
    }
    book.source.add(
      proposal.entry,
      Decision(date: book.date, field: .entry, to: JSONValue(.string(proposal.id)), reason: proposal.reason))
    try book.write()
    return 0
  }

  // MARK: What was decided

  static let historySyntax = CommandSyntax(
    usage: "patchbay registry history [ID] [options]",
    summary: "Lists what was decided, oldest first, and the polls; with an ID, what was decided on it.",
    options: [source], positionals: 0...1)

  private static func history(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let book = try RegistryBook(options, environment)
    let wanted = try options.words.first.map { word throws(Problem) in try book.source.choose(word) }
    var lines: [(date: String, text: String)] = []
    for entry in book.source.entries where wanted == nil || entry["id"]?.string == wanted {
      for decision in Decision.all(of: entry) {
        lines.append((decision.date, "\(entry["id"]?.string ?? ""): \(decision.words)"))
      }
    }
    for poll in book.source.polls where wanted == nil {
      let sums = "\(poll["voters"]?.int ?? 0) voters, \(poll["votes"]?.string ?? "0") votes"
      lines.append((poll["date"]?.string ?? "", "poll \(poll["id"]?.string ?? ""): \(sums)"))
    }
    if lines.isEmpty { environment.output("Nothing has been decided yet.\n") }
    let sorted = lines.enumerated().sorted { ($0.element.date, $0.offset) < ($1.element.date, $1.offset) }
    for (_, line) in sorted { environment.output("\(line.date)  \(line.text)\n") }
    return 0
  }
}

/// The registry's source while a command changes it, and what is written from it.
struct RegistryBook {
  var source: RegistrySource
  let date: String
  private let before: String
  private let environment: CommandEnvironment

  init(_ options: Arguments, _ environment: CommandEnvironment) throws {
    source = try RegistrySource.load(path: options["source"] ?? RegistrySource.path)
    before = source.text
    date = options["date"] ?? environment.today
    self.environment = environment
    guard Decision.isDay(date) else {
      throw Problem(.value, file: "--date", message: "\"\(date)\" is no day", remedy: "Write it as 2026-01-31")
    }
  }

  /// Writes the source, and in the project's folder all that is made from it. Where the parts do not fit together
  /// everything stays as it was.
  func write() throws {
    try environment.save(source.text, to: source.file)
    guard let root = source.file.dropped(suffix: RegistrySource.path) else { return }
    let folder = root.isEmpty ? "." : String(root)
    do {
      for (path, text) in try ManifestFiles(root: folder).texts { try environment.save(text, to: "\(folder)/\(path)") }
      _ = try Registry.load(path: "\(folder)/\(RegistryText.path)")
    } catch {
      try environment.save(before, to: source.file)
      throw error
    }
  }
}

extension String {
  fileprivate func dropped(suffix: String) -> Substring? { hasSuffix(suffix) ? dropLast(suffix.count) : nil }
}
