import Catalog
import JSONTree
import PluginStore
import PrintableText

extension PluginCommand {
  static let trustSyntax = CommandSyntax(
    usage: "patchbay plugin trust [add|remove|list] [ID] [KEY|sha256:HASH] [options]",
    summary: """
      Whom this deployment trusts. `add` trusts a connector's author by the public key (RW..., or the .pub file of \
      minisign), or bytes by their hash: that of the manifest, which covers everything, or that of the library alone. \
      `remove` takes back one of them, or all of an ID; `list` shows them with the registry's. It is written to \
      trust.json beside the configuration, which is made to be committed.
      """,
    options: [
      CommandSyntax.Option(name: "until", value: "DAY", help: "add: the last day of a key (default: a year from now)"),
      CommandSyntax.Option(name: "name", value: "NAME", help: "add: what to call a key, such as example-2026"),
      CommandSyntax.Option(name: "json", value: nil, help: "list: print JSON"), .config, .registry,
    ],
    positionals: 1...3)

  static func trust(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let words = options.words
    let verbs = ["add", "remove", "list"]
    guard verbs.contains(words[0]) else { return environment.usage(.unknownWord(words[0], known: verbs), trustSyntax) }
    let counts = ["add": 3...3, "remove": 2...3, "list": 1...1]
    if let allowed = counts[words[0]], !allowed.contains(words.count) {
      let mistake = words.count < allowed.lowerBound
        ? Arguments.UsageError.missingWord : .unexpectedWord(words[allowed.upperBound])
      return environment.usage(mistake, trustSyntax)
    }
    let config = try environment.loadConfig(options["config"])
    // One that is named, and is not there yet, is made.
    let path = TrustFile.path(for: config)
    var file = try TrustFile.load(path: path, isNamed: false)
    switch words[0] {
    case "add":
      let said = try add(words[1], words[2], to: &file, options, environment)
      try ReplacedFile.write(file.text, to: path)
      environment.output("\(path): \(said)\n".printableLines)
    case "remove":
      let gone = file.distrust(words[1], words.count > 2 ? words[2] : nil)
      guard !gone.isEmpty else {
        throw PluginFailure("\(path): \(words[1]) has no such key or hash there", "patchbay plugin trust list")
      }
      try ReplacedFile.write(file.text, to: path)
      environment.output("\(path): \(words[1]) is no longer trusted by \(gone.joined(separator: ", "))\n")
    default: try list(file, path, config, options, environment)
    }
    return 0
  }

  private static func add(
    _ id: String, _ what: String, to file: inout TrustFile, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> String {
    if what.hasPrefix("sha256:") {
      try file.trust(sha256: String(what.dropFirst("sha256:".count)), for: id)
      return "\(id) is trusted by that hash, whoever made it"
    }
    let key = try publicKey(what)
    let until = options["until"] ?? CalendarDay.yearLater(environment.today)
    guard until >= environment.today else {
      throw PluginFailure("--until \(until) is over", "name a day to come")
    }
    try file.trust(key, named: options["name"], for: id, until: until)
    return "\(id) is trusted when it is signed with the key \(key.id), until \(until); unsigned it is not run any more"
  }

  private static func list(
    _ file: TrustFile, _ path: String, _ config: Config?, _ options: Arguments, _ environment: CommandEnvironment
  ) throws {
    let registry = try environment.loadRegistry(options["registry"], config: config)
    guard !options.flags.contains("json") else {
      environment.output(file.text)
      return
    }
    let today = environment.today
    var rows = (registry.keys + file.keys).map { key in
      [
        key.connectors.joined(separator: " "), "key \(key.name)", key.source == .registry ? "registry" : path,
        key.until < today ? "expired \(key.until)" : "until \(key.until)", "\(key.key)",
      ]
    }
    rows += file.hashes.map { [$0.connector, "hash", path, "-", $0.sha256] }
    rows += (registry.advisories + file.advisories).map {
      [$0.connector, "advisory", $0.source == .registry ? "registry" : path, $0.date, $0.text]
    }
    guard !rows.isEmpty else {
      environment.output("nobody is trusted but what was built from this tree; patchbay plugin trust add ID KEY\n")
      return
    }
    let columns = ["connector", "what", "in", "when", "value"].map { TextTable.Column(title: $0, importance: 1) }
    environment.output(TextTable.render(columns, rows, width: nil).text)
  }
}
