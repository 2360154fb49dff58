import CHost
import Catalog
import PrintableText
import Vault

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay keys`: the accounts in the key store.
enum KeysCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay keys add|list|remove|test [EXCHANGE] [--account NAME]",
    summary: """
      `add` asks for an exchange's credentials and keeps them encrypted; `list` names the accounts; `remove` deletes
      one; `test` opens one and signs a sample with it, without any network. No command shows a secret.
      The password comes from --password-file, else from PATCHBAY_PASSWORD, else from the terminal.
      """,
    options: [
      CommandSyntax.Option(name: "account", value: "NAME", help: "the account's name (default: main)"),
      CommandSyntax.Option(
        name: "field", value: "NAME=VALUE",
        help: "add: a field; @FILE reads a file, - standard input; secrets only so"),
      CommandSyntax.Option(name: "from-file", value: "FILE", help: "add: a JSON object of fields; - is standard input"),
      CommandSyntax.Option(
        name: "form", value: "NAME=FORM",
        help: "add: how a field is written: \(KeyForm.allCases.map(\.rawValue).joined(separator: ", "))"),
      CommandSyntax.Option(name: "store", value: "FILE", help: "the key store (default: keys in the data folder)"),
      CommandSyntax.Option(name: "password-file", value: "FILE", help: "its first line is the password"),
      .config, .registry,
    ],
    positionals: 1...2)

  /// What ends a command with exit code 1.
  struct Failure: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
    init(_ message: String) { self.message = message }
    init(_ fault: KeyStoreFault) { message = fault.description }
  }

  /// Exit code 0, 1 when something fails, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      let verb = parsed.words[0]
      let verbs = ["add", "list", "remove", "test"]
      guard verbs.contains(verb) else {
        return environment.usage(.unknownWord(verb, known: verbs), syntax)
      }
      if verb != "list", parsed.words.count < 2 { return environment.usage(.missingWord, syntax) }
      do {
        let job = try KeysJob(parsed, environment)
        switch verb {
        case "add": try job.add()
        case "list": try job.list()
        case "remove": try job.remove()
        default: try job.test()
        }
        return 0
      } catch let failure as Failure {
        environment.error(failure.message)
      } catch let fault as KeyStoreFault {
        environment.error(fault.description)
      } catch let problems as Problems {
        _ = environment.report(problems.all)
      } catch {
        environment.report(error)
      }
      return 1
    }
  }
}

/// One run of the command.
struct KeysJob {
  let arguments: Arguments
  let environment: CommandEnvironment
  let path: String
  let name: String
  private let catalog: Catalog

  init(_ arguments: Arguments, _ environment: CommandEnvironment) throws {
    guard ProcessGuard.close() else { throw KeysCommand.Failure("core dumps cannot be turned off for this process") }
    self.arguments = arguments
    self.environment = environment
    let config = try environment.loadConfig(arguments["config"])
    catalog = try environment.loadCatalog(arguments, config: config)
    path = arguments["store"] ?? (config.map { $0.resolve($0.dataFolder) } ?? "data") + "/keys"
    name = arguments["account"] ?? "main"
  }

  // MARK: Verbs

  func add() throws {
    let (exchange, schema) = try exchange()
    guard !schema.isEmpty else { throw KeysCommand.Failure("\(exchange) has no credentials; there is nothing to keep") }
    if arguments["store"] == nil { mkdir(String(path.dropLast("/keys".utf8.count)), 0o700) }
    let isNew = access(path, F_OK) != 0
    let password = try password(isNew: isNew)
    var store = try KeyStore.open(path: path, password: password, startEmpty: true)
    // Asked for after the password has proved right, and not when the name is taken.
    guard !store.names(exchange).contains(name) else {
      throw KeyStoreFault.accountExists(exchange: exchange, name: name)
    }
    warn(exchange, schema)
    let fields = try FieldInput(arguments, environment).fields(schema)
    try store.add(StoredAccount(exchange: exchange, name: name, fields: fields), schema: schema)
    try store.save(password: password)
    environment.output("added account \(name) of \(exchange) to \(path)\n")
  }

  /// Whose word it is what becomes of the fields.
  private func warn(_ exchange: String, _ schema: [CredentialField]) {
    guard let item = catalog[exchange], case .dropIn = item.origin, let hosts = item.manifest?.hosts else { return }
    let told = schema.filter { !$0.secret }.map(\.name), sent = schema.filter(\.disclose).map(\.name)
    var text = "\(exchange) is dropped in, and nobody vouches for its manifest. What is signed goes to "
    text += hosts.isEmpty ? "no host" : hosts.joined(separator: ", ")
    if !told.isEmpty { text += "; the connector is shown \(told.joined(separator: ", "))" }
    if !sent.isEmpty { text += "; sent as it is: \(sent.joined(separator: ", "))" }
    environment.error((text + "; see patchbay connectors show \(exchange)").printable)
  }

  func list() throws {
    let store = try KeyStore.open(path: path, password: password(isNew: false))
    let known = store.accounts.map(\.exchange) + catalog.items.map(\.id)
    let wanted = try arguments.words.dropFirst().first.map { try NameRule.choose($0, "connector", among: known) }
    let accounts = store.accounts.filter { wanted == nil || $0.exchange == wanted }
      .sorted { ($0.exchange, $0.name) < ($1.exchange, $1.name) }
    for account in accounts {
      let fields = account.fields.sorted { $0.key < $1.key }.map { name, field in
        field.form == .raw ? name : "\(name) (\(field.form.rawValue))"
      }
      environment.output("\(account.exchange)  \(account.name)  \(fields.joined(separator: ", "))\n")
    }
    if accounts.isEmpty { environment.output("no accounts\n") }
  }

  func remove() throws {
    let password = try password(isNew: false)
    var store = try KeyStore.open(path: path, password: password)
    let exchange = try known(arguments.words[1], "connector", among: store.accounts.map(\.exchange))
    let name = try known(name, "account", among: store.names(exchange))
    try store.remove(exchange, name)
    try store.save(password: password)
    environment.output("removed account \(name) of \(exchange) from \(path)\n")
  }

  func test() throws {
    let (exchange, schema) = try exchange()
    let store = try KeyStore.open(path: path, password: password(isNew: false))
    let name = try known(name, "account", among: store.names(exchange))
    let report = KeyReport(try store.load(exchange, name, schema: schema))
    var lines = ["account \(name) of \(exchange): \(report.algorithm)"]
    if let key = report.publicKey { lines.append("public key: \(key)") }
    for address in report.addresses { lines.append("\(address.title): \(address.text)") }
    for count in report.samples { lines.append("a sample was signed: \(count) bytes") }
    environment.output(lines.joined(separator: "\n") + "\n")
    if let fault = report.fault { throw KeysCommand.Failure("the sample could not be signed: \(fault)") }
  }

  // MARK: What is needed

  /// A name as the store has it; one that it has not is left to the store's own words.
  private func known(_ name: String, _ kind: String, among names: [String]) throws(NameFault) -> String {
    switch NameRule.find(name, among: names) {
    case .one(let found): return found
    case .several(let found): throw .ambiguous(name, kind: kind, names: found)
    case .none: return name
    }
  }

  private func exchange() throws -> (String, [CredentialField]) {
    let item = try catalog.item(named: arguments.words[1])
    return (item.id, item.manifest?.credentials ?? item.entry?.credentials ?? [])
  }

  private func password(isNew: Bool) throws -> SecretBytes {
    try environment.password(file: arguments["password-file"], of: path, isNew: isNew)
  }
}
