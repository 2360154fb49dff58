import JSONTree

extension Manifest {
  /// Longest `manifest.json`, in bytes.
  static let maximumBytes = 1 << 20

  /// Reads `manifest.json`. All mistakes are reported at once.
  public static func load(file path: String) throws(Problems) -> Manifest {
    try parse(bytes: Files.read(path, maximumBytes: maximumBytes), file: path)
  }

  /// Reads the text of a `manifest.json`; `file` names it in messages.
  public static func parse(bytes: [UInt8], file: String) throws(Problems) -> Manifest {
    let tree = try JSONDocument.tree(bytes: bytes, file: file)
    let log = ProblemLog(file: file)
    let reader = FieldReader(value: tree, field: "", log: log)
    if tree.object != nil { reader.allow(only: RegistryEntry.keys) }
    let manifest = Manifest(reader)
    guard let manifest, !log.hasErrors else { throw Problems(log.problems) }
    return manifest
  }

  /// The manifest of a registry entry.
  public static func load(entryFrom registry: Registry, id: String) throws(Problems) -> Manifest {
    guard let entry = registry[id] else {
      throw Problems([
        Problem(
          .unknownName, file: registry.file, field: "connectors", message: "there is no entry \"\(id)\"",
          remedy: NearestName.remedy(id, among: registry.entries.map(\.id)))
      ])
    }
    guard let manifest = entry.manifest else {
      throw Problems([
        Problem(
          .unavailable, file: registry.file, position: entry.position, field: "connectors.\(id)",
          message: "no connector exists yet for \(entry.name)")
      ])
    }
    return manifest
  }

  /// Reads the machine's part of an entry; nil when something that is needed is missing, which the log then says.
  init?(_ reader: FieldReader) {
    guard reader.value.object != nil else {
      reader.report(.type, "must be an object, not \(reader.value.typeName)")
      return nil
    }
    let id = reader.required("id")?.identifier()
    let name = reader.required("name")?.string("a name") { !$0.isEmpty && $0.utf8.count <= 100 }
    let type = reader.required("type")?.choice(ExchangeType.self)
    let maintainer = reader.optional("maintainer")?.required("name")?.string()
    let version = reader.required("version")?.string("a version such as 1.2.3", where: NameForm.isVersion)
    let library = reader.required("library")?.string(
      "a library's file name such as libexample.so", where: NameForm.isLibrary)
    let abi = reader.required("abi")
    abi?.allow(only: ["revision"])
    let revision = abi?.required("revision")?.int(in: 0...Int(UInt32.max))
    let extensions = reader.required("extensions")?.names("an extension such as patchbay.perp/1", NameForm.isExtension)
    let permissions = reader.required("permissions")
    permissions?.allow(only: ["hosts", "acts", "defaults", "memory_mb", "time_refusals"])
    let hosts = permissions?.required("hosts")?.names("a host such as api.example.com:443", NameForm.isHost)
    let markets = reader.required("markets")?.availableMarkets(hosts: hosts ?? []) ?? []
    let acts = permissions?.optional("acts")?.acts(defaults: permissions?.optional("defaults"))
    let credentials = CredentialField.read(from: reader)
    let artifacts = reader.optional("artifacts")?.elements().compactMap { $0.artifact() }
    let limits = reader.optional("limits")?.rateLimits()
    let memory = permissions?.optional("memory_mb")?.int(in: 1...1 << 20)
    guard let id, let name, let type, let version, let library, let revision, let hosts else { return nil }
    for act in acts ?? [] {
      for host in act.rules.hosts where !hosts.contains(host) {
        permissions?.optional("acts")?.report(
          .unknownName, "the act \"\(act.name)\" has the host \(host), which is not in permissions.hosts",
          remedy: NearestName.remedy(host, among: hosts))
      }
    }
    let settings = reader.settings()
    permissions?.optional("acts")?.checkAllowed(acts ?? [], settings, credentials)
    guard !markets.isEmpty else {
      reader.optional("markets")?.report(.missing, "no market has a connector", remedy: "Name at least one")
      return nil
    }
    self.init(
      id: id, name: name, type: type, maintainer: maintainer, version: version, library: library,
      abiRevision: revision, extensions: extensions ?? [], connectors: markets, hosts: hosts, acts: acts ?? [],
      memoryMegabytes: memory, limits: limits ?? [], credentials: credentials, artifacts: artifacts ?? [],
      file: reader.log.file, settings: settings, domains: reader.domains(),
      timeRefusals: permissions?.optional("time_refusals")?.timeRefusals() ?? [])
  }
}

extension FieldReader {
  func identifier() -> String? {
    string("an id (a-z, 0-9 and _, a letter first, at most 48)", where: NameForm.isIdentifier)
  }

  /// An array of texts of one form, without repetition.
  func names(_ what: String, _ isValid: (String) -> Bool) -> [String] {
    for element in elements() where element.value.string != nil { _ = element.string(what, where: isValid) }
    return strings()
  }

  /// What parameters must be exists: settings with a default, and public fields.
  fileprivate func checkAllowed(
    _ acts: [PermittedAct], _ settings: [Market: [Manifest.Setting]], _ credentials: [CredentialField]
  ) {
    let known = settings.values.joined().filter { $0.usual != nil }
    for act in acts {
      for name in act.rules.when.keys.sorted() where !known.contains(where: { $0.name == name }) {
        report(
          .unknownName, "the act \"\(act.name)\" is for the setting \(name), which no connector has with a default")
      }
      for one in act.rules.allowed + act.rules.items.flatMap(\.allowed) {
        if let name = one.setting, !known.contains(where: { $0.name == name }) {
          report(
            .unknownName, "the act \"\(act.name)\" has the setting \(name), which no connector has with a default")
        }
        if let name = one.field, !credentials.contains(where: { $0.name == name && !$0.secret }) {
          report(
            .unknownName, "the act \"\(act.name)\" has the field \(name), which is no public one of the credentials")
        }
        if let name = one.learned, !acts.contains(where: { $0.learns.contains { $0.name == name } }) {
          report(.unknownName, "the act \"\(act.name)\" has the fact \(name), which no act learns")
        }
      }
    }
  }

  /// The markets that have a connector. `available` is taken as true where it is not said.
  fileprivate func availableMarkets(hosts: [String]) -> [Manifest.Connector] {
    members().compactMap { key, member in
      guard let market = Market(rawValue: key) else {
        member.report(
          .unknownKey, "unknown market", remedy: NearestName.remedy(key, among: Market.allCases.map(\.rawValue)))
        return nil
      }
      member.allow(only: ["listed", "connector", "available"] + Manifest.connectorFacts)
      guard member.optional("available")?.bool() ?? true else { return nil }
      let domains = member.value["domains"]?.array?.compactMap(\.string) ?? []
      let trading = member.optional("trading")?.tradingPlaces(hosts: hosts, domains: domains) ?? []
      let setting = member.value["config"]?.array?.first { $0["name"]?.string == "domain" }
      return member.required("connector")?.identifier().map {
        Manifest.Connector(
          market: market, id: $0, trading: trading, usualDomain: setting?["default"]?.string ?? domains.first ?? "live")
      }
    }.sorted { $0.market < $1.market }
  }

  /// What the connectors of each market can be configured with, where it is said.
  fileprivate func settings() -> [Market: [Manifest.Setting]] {
    var settings: [Market: [Manifest.Setting]] = [:]
    for market in Market.allCases {
      guard let list = value["markets"]?[market.rawValue]?["config"]?.array else { continue }
      settings[market] = list.compactMap { entry in
        entry["name"]?.string.map {
          var setting = Manifest.Setting(
            name: $0, type: entry["type"]?.string ?? "", usual: entry["default"]?.string,
            choices: entry["choices"]?.array?.compactMap(\.string))
          setting.usualNumber = entry["default"]?.int
          return setting
        }
      }
    }
    return settings
  }

  fileprivate func domains() -> [Market: [String]] {
    var domains: [Market: [String]] = [:]
    for market in Market.allCases {
      domains[market] = value["markets"]?[market.rawValue]?["domains"]?.array?.compactMap(\.string)
    }
    return domains
  }

  fileprivate func artifact() -> Manifest.Artifact? {
    allow(only: ["platform", "sha256", "bytes"])
    let platform = required("platform")?.string()
    let sha256 = required("sha256")?.string("a SHA-256 in 64 lower-case hexadecimal digits", where: NameForm.isSHA256)
    let bytes = optional("bytes")?.int(in: 1...1 << 32)
    guard let platform, let sha256 else { return nil }
    return Manifest.Artifact(platform: platform, sha256: sha256, bytes: bytes)
  }

  func act() -> PermittedAct? {
    allow(only: [
      "name", "class", "verb", "bind", "method", "path", "operation", "publishes", "sealed", "captures", "hosts",
      "allow", "operations", "words", "says", "items", "because", "headers", "signs", "when", "learns",
    ])
    let name = required("name")?.identifier()
    let kind = required("class")?.choice(PermittedAct.Class.self)
    let target: PermittedAct.Target?
    if let operation = optional("operation") {
      target = operation.string().map { .operation($0) }
      if optional("path") != nil { report(.conflict, "an act is either a path or a socket operation") }
    } else {
      let method = required("method")?.choice(PermittedAct.Method.self)
      let path = required("path")?.string("a path that begins with /") { $0.hasPrefix("/") }
      target = method.flatMap { method in path.map { .http(method, path: $0) } }
    }
    let publishes = optional("publishes")?.string("transaction_id") { $0 == "transaction_id" }
    let learns = optional("learns")?.accountFacts() ?? []
    guard let name, let kind, let target else { return nil }
    if !learns.isEmpty, kind != .read || !target.isGet {
      report(.conflict, "only a read act by GET learns facts of an account; \"\(name)\" is none")
    }
    return PermittedAct(
      name: name, kind: kind, target: target, publishesTransactionID: publishes != nil,
      sealed: optional("sealed")?.sealedPlaces() ?? [], captures: optional("captures")?.tokenCaptures() ?? [],
      learns: learns)
  }
}

extension CredentialField {
  /// Whether people would enter a secret under this name.
  private static func isCalledASecret(_ text: String) -> Bool {
    let letters = text.lowercased().filter(\.isLetter)
    return ["secret", "passphrase", "password", "privatekey", "mnemonic", "seedphrase", "recoveryphrase"].contains {
      letters.contains($0)
    }
  }

  /// `credentials` and `disclose` of an entry or manifest.
  static func read(from entry: FieldReader) -> [CredentialField] {
    let disclosed = entry.optional("disclose")?.strings() ?? []
    var names: Set<String> = []
    let fields = entry.required("credentials")?.elements().compactMap { element -> CredentialField? in
      let name = element.required("name")?.identifier()
      let prompt = element.optional("prompt")?.string()
      let secret = element.required("secret")?.bool()
      let required = element.optional("required").map { $0.bool() } ?? true
      guard let name, let secret, let required else { return nil }
      if !names.insert(name).inserted { element.report(.conflict, "the field \"\(name)\" stands twice") }
      if !secret, isCalledASecret(name) || prompt.map(isCalledASecret) == true {
        element.report(
          .conflict, "the field \"\(name)\" is called a secret and is none: the connector would be shown its value",
          remedy: "Set secret to true, or call it another name")
      }
      return CredentialField(
        name: name, prompt: prompt ?? name, secret: secret, required: required, disclose: disclosed.contains(name),
        form: disclosed.contains(name) ? CredentialForm(element).sent : CredentialForm(element))
    } ?? []
    for name in disclosed where !fields.contains(where: { $0.name == name && $0.secret }) {
      entry.optional("disclose")?.report(
        .unknownName, "\"\(name)\" is not a secret field of credentials",
        remedy: NearestName.remedy(name, among: fields.filter(\.secret).map(\.name)))
    }
    return fields
  }
}
