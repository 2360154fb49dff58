import JSONTree

/// An entry for an exchange that the registry does not have: who proposes it, its connector's manifest, and what
/// certification found. Checked before it comes in.
public struct Proposal: Sendable {
  public var id: String
  public var reason: String
  /// As it will stand in the registry's source: without a tier, which a poll gives.
  public var entry: JSONValue
  /// What certification found, a line for each connector.
  public var findings: [String]

  private static let fields = [
    "schema", "id", "name", "type", "website", "maintainer", "lifecycle", "reason", "manifest", "certification",
  ]

  /// - Parameters:
  ///   - path: of the proposal. The files that it names lie in its folder.
  ///   - source: what is known of the other exchanges.
  public static func load(path: String, in source: RegistrySource) throws(Problems) -> Proposal {
    let tree = try JSONDocument.tree(bytes: try Files.read(path, maximumBytes: 1 << 20), file: path)
    let log = ProblemLog(file: path)
    let top = FieldReader(value: tree, field: "", log: log)
    top.allow(only: fields)
    _ = top.required("schema")?.int(in: 1...1)
    let id = top.required("id")?.identifier()
    if let id { top.required("id")?.beNew(id, source) }
    let reason = top.required("reason")?.string()
    _ = top.required("name")?.string()
    let type = top.required("type")?.choice(ExchangeType.self)
    _ = top.required("website")?.string("an address such as https://example.com/") { $0.hasPrefix("https://") }
    top.required("maintainer")?.beMaintainer()
    if let reader = top.required("lifecycle"), Lifecycle(reader)?.current()?.state == .closed {
      reader.report(.closed, "the exchange has closed", remedy: "Propose exchanges that trade")
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let manifest = try top.required("manifest")?.string().map { name throws(Problems) in
      try Manifest.load(file: folder + name)
    }
    if let manifest, let type, manifest.id != id || manifest.type != type {
      top.required("manifest")?.report(
        .conflict, "it is of \(manifest.id), \(manifest.type.rawValue)", remedy: "Both files say the same")
    }
    var findings: [String] = []
    if let manifest, let reader = top.required("certification"), let name = reader.string() {
      findings = try reader.certification(folder + name, of: manifest, in: folder)
    }
    guard !log.hasErrors, let id, let reason, let manifest else { throw Problems(log.problems) }
    return Proposal(id: id, reason: reason, entry: entry(tree, manifest), findings: findings)
  }

  private static func entry(_ tree: JSONValue, _ manifest: Manifest) -> JSONValue {
    let markets = Market.allCases.compactMap { market -> JSONMember? in
      guard let connector = manifest.connector(market) else { return nil }
      return JSONMember(market.rawValue, ["connector": JSONValue(.string(connector))])
    }
    let credentials = manifest.credentials.map { field -> JSONValue in
      [
        "name": JSONValue(.string(field.name)), "prompt": JSONValue(.string(field.prompt)),
        "secret": JSONValue(.bool(field.secret)), "required": JSONValue(.bool(field.required)),
      ]
    }
    let disclosed = manifest.credentials.filter(\.disclose).map { JSONValue(.string($0.name)) }
    return [
      "id": tree["id"] ?? nil, "name": tree["name"] ?? nil, "type": tree["type"] ?? nil, "tier": nil,
      "maintainer": tree["maintainer"] ?? nil, "markets": JSONValue(.object(markets)),
      "library": JSONValue(.string(manifest.library)), "website": tree["website"] ?? nil,
      "credentials": JSONValue(.array(credentials)), "disclose": JSONValue(.array(disclosed)),
      "lifecycle": tree["lifecycle"] ?? nil, "advisories": [], "aliases": [], "current": nil, "lists": [:],
      "derived": nil,
    ]
  }
}

extension FieldReader {
  /// An id that no exchange has, and none that people take for another's.
  fileprivate func beNew(_ id: String, _ source: RegistrySource) {
    if source.ids.contains(id) {
      report(.conflict, "the registry has \"\(id)\" already", remedy: "Change its entry by decisions")
    } else if let other = LookAlike.find(id, among: source.ids) {
      report(.conflict, "\"\(id)\" is taken for \"\(other)\"", remedy: "Choose an id that looks unlike others")
    }
  }

  fileprivate func beMaintainer() {
    allow(only: ["name", "contact", "source"])
    _ = required("name")?.string()
    _ = required("contact")?.string()
  }

  /// What `patchbay certify --json` found of each connector; anything that failed, is missing or is of another library
  /// is a mistake.
  fileprivate func certification(
    _ path: String, of manifest: Manifest, in folder: String
  ) throws(Problems) -> [String] {
    let tree = try JSONDocument.tree(bytes: try Files.read(path, maximumBytes: 64 << 20), file: path)
    let reports = tree["connectors"]?.array ?? []
    let library = try? Files.read(folder + manifest.library, maximumBytes: 256 << 20)
    return manifest.connectors.compactMap { connector in
      guard let found = reports.first(where: { $0["id"]?.string == connector.id }) else {
        report(.missing, "\(path) says nothing of \(connector.id)", remedy: "Certify all connectors of the library")
        return nil
      }
      let failures = found["failures"]?.array?.count
      guard failures == 0, found["status"]?.string == "green" else {
        report(
          .value, "\(connector.id) is not green: \(failures ?? 0) cases failed",
          remedy: "Mend what patchbay certify names")
        return nil
      }
      if let library, found["library_sha256"]?.string != SHA256Hex.of(library) {
        report(.conflict, "\(path) is of another library", remedy: "Certify \(folder)\(manifest.library) again")
        return nil
      }
      return "\(connector.id): standard \(found["standard"]?.string ?? "none"), green"
    }
  }
}
