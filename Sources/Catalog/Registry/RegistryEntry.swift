import JSONTree

/// One exchange (or regional twin) of the registry.
public struct RegistryEntry: Sendable {
  /// Who promises to keep a connector working; says nothing of an exchange's safety.
  public enum Tier: String, CaseIterable, Sendable {
    case gold
    case silver
    case bronze
  }

  /// Whether a connector exists.
  public enum Implementation: String, CaseIterable, Sendable {
    /// No connector exists yet.
    case none
    /// The connector is built from this tree.
    case core
  }

  /// A market of the exchange.
  public struct MarketEntry: Sendable, Equatable {
    /// What the published lists say: nil = none of them states it.
    public var listed: Bool?
    /// The connector's id inside the library, also where it does not exist yet; nil = none is planned.
    public var connector: String?
    /// Whether that connector exists in this tree.
    public var available: Bool
  }

  public var id: String
  public var name: String
  public var type: ExchangeType
  public var tier: Tier?
  public var maintainer: String?
  public var markets: [Market: MarketEntry]
  public var implementation: Implementation
  /// The library's file name, also where it does not exist yet.
  public var library: String
  public var website: String?
  public var credentials: [CredentialField]
  public var lifecycle: Lifecycle
  /// What the loader needs; nil while no connector exists.
  public var manifest: Manifest?
  /// Versions and files that must not be run.
  public var advisories: [Advisory]
  /// What people decided on it, oldest first.
  public var decisions: [Decision]
  /// The whole entry, with what the lists said (`lists`, `current`, `derived`), advisories and measurements.
  public var tree: JSONValue
  public var position: JSONPosition { tree.position }
}

extension RegistryEntry {
  /// The members of an entry, in the order in which they stand.
  public static let keys = [
    "id", "name", "type", "tier", "maintainer", "markets", "implementation", "library", "abi", "version", "license",
    "source", "website", "extensions", "credentials", "disclose", "permissions", "limits", "artifacts", "lifecycle",
    "measured", "advisories", "decisions", "aliases", "current", "lists", "derived",
  ]

  /// Reads an entry; nil when something that is needed is missing, which the log then says.
  init?(_ reader: FieldReader) {
    reader.allow(only: Self.keys)
    guard reader.value.object != nil else { return nil }
    let id = reader.required("id")?.identifier()
    let name = reader.required("name")?.string()
    let type = reader.required("type")?.choice(ExchangeType.self)
    let tier = reader.optional("tier")?.choice(Tier.self)
    let maintainer = reader.optional("maintainer")?.required("name")?.string()
    let markets = reader.required("markets")?.marketEntries() ?? [:]
    let implementation = reader.required("implementation")?.choice(Implementation.self)
    let library = reader.required("library")?.string(
      "a library's file name such as libexample.so", where: NameForm.isLibrary)
    let website = reader.optional("website")?.string()
    let lifecycle = reader.required("lifecycle").flatMap { Lifecycle($0) }
    let advisories = id.flatMap { reader.optional("advisories")?.advisories(of: $0, .registry) } ?? []
    let decisions = reader.optional("decisions")?.decisions() ?? []
    let credentials: [CredentialField]
    var manifest: Manifest?
    if implementation == .core {
      manifest = Manifest(reader)
      credentials = manifest?.credentials ?? []
    } else {
      credentials = CredentialField.read(from: reader)
      if markets.values.contains(where: \.available) {
        reader.optional("markets")?.report(.conflict, "a market is available, but implementation is \"none\"")
      }
    }
    guard let id, let name, let type, let implementation, let library, let lifecycle else { return nil }
    if implementation == .core, manifest == nil { return nil }
    self.init(
      id: id, name: name, type: type, tier: tier, maintainer: maintainer, markets: markets,
      implementation: implementation, library: library, website: website, credentials: credentials,
      lifecycle: lifecycle, manifest: manifest, advisories: advisories, decisions: decisions,
      tree: reader.value)
  }
}

extension FieldReader {
  fileprivate func marketEntries() -> [Market: RegistryEntry.MarketEntry] {
    allow(only: Market.allCases.map(\.rawValue))
    var entries: [Market: RegistryEntry.MarketEntry] = [:]
    for (key, member) in members() {
      guard let market = Market(rawValue: key), member.value.object != nil else { continue }
      member.allow(only: ["listed", "connector", "available"] + Manifest.connectorFacts)
      entries[market] = RegistryEntry.MarketEntry(
        listed: member.optional("listed")?.bool(), connector: member.optional("connector")?.identifier(),
        available: member.required("available")?.bool() ?? false)
    }
    return entries
  }
}
