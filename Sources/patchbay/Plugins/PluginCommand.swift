import Catalog
import JSONTree
import PluginStore
import PrintableText

/// `patchbay plugin`: connectors from outside. Nothing of them is run, and nothing fetched.
enum PluginCommand {
  /// What may follow `plugin`.
  static let verbs: [CommandEnvironment.Verb] = [
    ("install", installSyntax, { try install($0, $1) }), ("verify", verifySyntax, { try verify($0, $1) }),
    ("list", listSyntax, { try list($0, $1) }), ("remove", removeSyntax, { try remove($0, $1) }),
    ("rollback", rollbackSyntax, { try rollback($0, $1) }), ("upgrade", upgradeSyntax, { try upgrade($0, $1) }),
    ("trust", trustSyntax, { try trust($0, $1) }),
    ("pack", packSyntax, { try pack($0, $1) }), ("sign", signSyntax, { try sign($0, $1) }),
    ("keygen", keygenSyntax, { try keygen($0, $1) }),
  ]

  static let syntax = CommandSyntax(
    usage: "patchbay plugin install|verify|list|remove|rollback|upgrade|trust|pack|sign|keygen ...",
    summary: """
      Connectors from outside: who vouches for them, and what lies in the plugin folder. Nothing of them is run, and \
      nothing fetched. patchbay plugin install --help says more, and so for the others; docs/plugins.md tells it all.
      """,
    options: [], positionals: 1...1)

  /// Exit code 0, 1 when something was refused or failed, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax, verbs)
  }

  // MARK: What is there

  static let listSyntax = CommandSyntax(
    usage: "patchbay plugin list [options]",
    summary: """
      Lists what lies in the plugin folder: who vouches for it (signed, unsigned, invalid or modified), whether it may \
      run and trade here, when it was certified, and how many older versions it can go back to.
      """,
    options: [
      CommandSyntax.Option(name: "json", value: nil, help: "print JSON"),
      CommandSyntax.Option(name: "width", value: "COLUMNS", help: "lay the table out for so many columns"),
      .config, .registry,
    ],
    positionals: 0...0)

  private static func list(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let job = try PluginJob(options, environment)
    // One that cannot be changed now, or is not there, can be looked at all the same.
    let store = try? PluginStore(path: job.folder)
    let rows = job.catalog.items.filter(\.isLibraryDropped).compactMap { item -> PluginRow? in
      let older = (try? store?.old(item.id).count) ?? 0
      return item.trust.map { PluginRow(item, $0, job.decision($0, item.id), older: older) }
    }
    if options.flags.contains("json") {
      environment.output(JSONWriter.pretty(JSONValue(.array(rows.map(\.json)))))
    } else {
      let width = options["width"].flatMap { Int($0) } ?? environment.terminalWidth
      environment.output(PluginRow.table(rows, folder: job.folder, width: width))
    }
    _ = environment.report(job.catalog.problems)
    return 0
  }

  // MARK: Going back and taking away

  static let removeSyntax = CommandSyntax(
    usage: "patchbay plugin remove ID [options]",
    summary: """
      Takes a connector out of the plugin folder. patchbay plugin rollback brings it back, unless --for-good deletes \
      its older versions, too. A host that runs it goes on with what it has loaded.
      """,
    options: [CommandSyntax.Option(name: "for-good", value: nil, help: "delete it and its older versions"), .config],
    positionals: 1...1)

  private static func remove(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let config = try environment.loadConfig(options["config"])
    let store = try PluginStore(path: config.map { $0.resolve($0.pluginFolder) } ?? "plugins.d")
    let id = try name(options.words[0])
    let isForGood = options.flags.contains("for-good")
    try store.remove(id, isForGood: isForGood)
    environment.output("removed \(id)" + (isForGood ? "\n" : "; patchbay plugin rollback \(id) brings it back\n"))
    return 0
  }

  static let rollbackSyntax = CommandSyntax(
    usage: "patchbay plugin rollback ID [options]",
    summary: """
      Puts the version that was installed before in the place of the one that is there; the same again goes forward. \
      It is judged anew: what is no longer trusted, or stopped by an advisory, does not come back.
      """,
    options: [
      CommandSyntax.Option(name: "unsigned", value: nil, help: "also where nobody vouches for it"), .config, .registry,
    ],
    positionals: 1...1)

  private static func rollback(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let job = try PluginJob(options, environment)
    let id = try name(options.words[0])
    let store = try PluginStore(path: job.folder)
    guard let source = try store.old(id).first else {
      throw PluginFailure("\(id): there is no older version to go back to")
    }
    try job.admit(source, source.judge(by: job.catalog.rules))
    try store.rollback(id)
    environment.output(
      "\(id) is \(source.manifest.version) again; a host takes it into use when it starts, or by patchbay plugin "
        + "upgrade \(id)\n")
    return 0
  }

  /// An id that may be a folder's name.
  private static func name(_ word: String) throws -> String {
    guard Manifest.isID(word) else {
      throw PluginFailure("\"\(word)\" is not an id (a-z, 0-9 and _, a letter first, at most 48)")
    }
    return word
  }
}

/// A line of `patchbay plugin list`.
struct PluginRow {
  let item: Catalog.Item
  let finding: TrustFinding
  let decision: TrustDecision
  /// Versions that it can go back to.
  let older: Int

  init(_ item: Catalog.Item, _ finding: TrustFinding, _ decision: TrustDecision, older: Int) {
    (self.item, self.finding, self.decision, self.older) = (item, finding, decision, older)
  }

  private var version: String { item.manifest?.version ?? "-" }

  /// Whose word it is.
  private var by: String {
    if let signer = finding.signer { return signer.name }
    return finding.hashTrust == nil ? "-" : "hash"
  }

  private var certified: String? { item.entry?.tree["measured"]?["date"]?.string }

  var json: JSONValue {
    [
      "id": JSONValue(.string(item.id)), "version": JSONValue(.string(version)), "trust": finding.json,
      "tier": item.entry?.tier.map { JSONValue(.string($0.rawValue)) } ?? nil,
      "may_run": JSONValue(.bool(decision.mayLoad)), "may_trade": JSONValue(.bool(decision.mayTrade)),
      "because": JSONValue(.string(decision.reason)), "certified": certified.map { JSONValue(.string($0)) } ?? nil,
      "older_versions": JSONValue(.number("\(older)")),
    ]
  }

  static func table(_ rows: [PluginRow], folder: String, width: Int?) -> String {
    guard !rows.isEmpty else { return "nothing is installed in \(folder)\n" }
    let titles = ["id", "version", "status", "by", "runs", "trades", "certified", "older"]
    let cells = rows.map { row in
      [
        row.item.id, row.version, row.finding.status.rawValue, row.by, row.decision.mayLoad ? "yes" : "no",
        row.decision.mayTrade ? "yes" : row.decision.mayLoad ? "paper" : "no", row.certified ?? "-", "\(row.older)",
      ]
    }
    let columns = titles.enumerated().map { TextTable.Column(title: $1, importance: 100 - $0) }
    let reasons = rows.map { "\($0.item.id): \($0.finding.words)".printable + "\n" }
    return TextTable.render(columns, cells, width: width).text + "\n" + reasons.joined()
  }
}
