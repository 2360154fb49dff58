import Catalog

/// Why a connector that the config enables does not run.
public enum HostFault: Error, CustomStringConvertible {
  /// Neither the registry nor the plugin folder has it.
  case unknown(id: String, nearest: String? = nil)
  /// The name fits several.
  case name(NameFault)
  /// There is an entry, and no connector for it yet.
  case noConnector(id: String)
  /// The library that the manifest names is not there.
  case notInstalled(id: String, library: String, folders: [String])
  /// The library was refused.
  case load(LoadFault)
  /// Nobody vouches for it, or what vouches does not hold, or an advisory stops it.
  case untrusted(id: String, reason: String, remedy: String)
  /// The exchange has closed: nothing connects to it.
  case closed(id: String, Closure)
  /// The connector of this market is not in the manifest.
  case noMarket(id: String, market: Market)
  /// The config wants it inside the host, and it was dropped in on nobody's word. It is not run in a worker instead.
  case noWord(id: String)
  /// The connector refused its configuration.
  case instance(id: String, InstanceFault)

  public var description: String {
    switch self {
    case .unknown(let id, let nearest):
      "\(id): neither the registry nor the plugin folder has it; "
        + (nearest.map { "did you mean \"\($0)\"? See " } ?? "see ") + "patchbay connectors"
    case .name(let fault): "\(fault)"
    case .noConnector(let id): "\(id): has no connector yet"
    case .notInstalled(let id, let library, let folders):
      "\(id): \(library) is in none of \(folders.joined(separator: ", ")); build it, or put it there"
    case .load(let fault): "\(fault)"
    case .untrusted(let id, let reason, let remedy):
      "\(id): is not run: \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    case .closed(let id, let closure): "\(id): is not run: \(closure.words)"
    case .noMarket(let id, let market): "\(id): has no connector for \(market)"
    case .noWord(let id):
      "\(id): is to run inside the host, on nobody's word; name its hash in connectors.\(id).sha256, or take "
        + "permit.run out, and it runs in a worker"
    case .instance(let id, let fault): "\(id): \(fault)"
    }
  }
}
