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
  /// The connector of this market is not in the manifest.
  case noMarket(id: String, market: Market)
  /// The config wants it in a worker process, and there are none yet. It is not run inside the host instead.
  case noWorker(id: String)
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
    case .noMarket(let id, let market): "\(id): has no connector for \(market)"
    case .noWorker(let id):
      "\(id): is to run in a worker, which this host does not have yet; set connectors.\(id).permit.run to in_process, "
        + "or disable it"
    case .instance(let id, let fault): "\(id): \(fault)"
    }
  }
}
