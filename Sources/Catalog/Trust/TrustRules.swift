/// Whom a deployment trusts, put together from the registry, `trust.json` and `patchbay.json`.
public struct TrustRules: Sendable {
  public var keys: [TrustedKey] = []
  /// Of `trust.json`.
  public var hashes: [TrustedHash] = []
  public var advisories: [Advisory] = []
  /// By id, the library's hash that the configuration names: these bytes and no others.
  public var pinned: [String: String] = [:]
  /// What is neither signed nor named by its hash is not run.
  public var requiresSigned = false
  /// The day, in UTC, by which keys expire; nil = it is not known, and no key counts.
  public var today: String?

  public init() {}

  public init(registry: Registry, file: TrustFile, config: Config?, today: String?) {
    keys = registry.keys + file.keys
    hashes = file.hashes
    advisories = registry.advisories + file.advisories
    for connector in config?.connectors ?? [] { pinned[connector.id] = connector.sha256 }
    requiresSigned = config?.trust.requiresSigned ?? false
    self.today = today
  }

  /// The advisory that stops a connector, where there is one.
  public func advisory(connector: String, version: String, hashes: [String?]) -> Advisory? {
    advisories.first { $0.stops(connector, version: version, hashes: hashes) }
  }
}
