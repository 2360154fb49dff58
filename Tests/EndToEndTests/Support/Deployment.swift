import Catalog
import Foundation
import MarketModel

@testable import Runtime

/// A deployment in a temporary folder: a plugin folder and a config, as an operator would have them.
final class Deployment {
  let scratch: Scratch
  private(set) var configPath = ""

  init() throws { scratch = try Scratch() }

  /// Copies a connector's folder into the plugin folder.
  func dropIn(_ folder: String) throws {
    let name = URL(fileURLWithPath: folder).lastPathComponent
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try scratch.write(readBytes("\(folder)/\(file)"), "plugins.d/\(name)/\(file)")
    }
  }

  /// Builds a library of C and drops it in with a manifest that fits its usual descriptor.
  /// - Parameter flags: for the compiler.
  func dropIn(_ library: CLibrary, id: String = "bad", flags: [String] = []) throws {
    try scratch.write(manifestText(id: id, library: "lib\(id).so"), "plugins.d/\(id)/manifest.json")
    _ = try library.build(in: scratch, as: "plugins.d/\(id)/lib\(id).so", flags: flags)
  }

  /// The members of a connector's configuration by which a library that was dropped in runs inside the host: its hash
  /// is named.
  func inside(_ id: String = "bad") throws -> String {
    let hash = try LibraryLoader.sha256(file: scratch.path("plugins.d/\(id)/lib\(id).so"))
    return #""sha256": "\#(hash)", "permit": {"run": "in_process"}"#
  }

  /// Writes the config; `connectors` is the text of that object, and `accounts` of that one, where there is one.
  func configure(_ connectors: String, accounts: String? = nil) throws {
    let own = accounts.map { "\"accounts\": \($0), " } ?? ""
    configPath = try scratch.write(
      #"{"schema": 1, "registry": "\#(packageRoot)/registry.json", \#(own)"connectors": \#(connectors)}"#,
      "patchbay.json")
  }

  func config() throws -> Config { try Config.load(path: configPath, environment: [:]) }

  func catalog() throws -> Catalog {
    let config = try config()
    let registry = try Registry.load(path: "\(packageRoot)/registry.json")
    return Catalog.discover(registry: registry, config: config, libraryFolders: [])
  }

  /// Runs the `patchbay` of this build.
  func patchbay(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    try run(["\(buildFolder)/patchbay"] + arguments)
  }
}

extension Deployment {
  /// Puts the keys that local venues know somebody by into the key store. Gives the file of its password.
  func addKeys(_ name: String) throws -> String {
    let (key, secret) = ("\(name)-binance-key-for-trying-out", "\(name)-binance-secret-for-trying-out")
    return try addKeys(of: "binance", account: name, #"{"api_key": "\#(key)", "secret_key": "\#(secret)"}"#)
  }

  /// Puts an account's credentials into the key store; gives the file of its password.
  func addKeys(of exchange: String, account: String, _ credentials: String) throws -> String {
    let pin = try scratch.write("a password\n", "pin")
    let keys = try scratch.write(credentials, "keys.json")
    let added = try patchbay(
      "keys", "add", exchange, "--account", account, "--from-file", keys, "--password-file", pin, "--config",
      configPath)
    guard added.status == 0 else { throw ToolFailure(description: added.errors) }
    return pin
  }
}

/// A manifest for the usual `CLibrary`; `connector` and the further fields can be changed.
func manifestText(
  id: String = "bad", name: String = "Bad", version: String = "1.0.0", library: String = "libbad.so", revision: Int = 1,
  market: String = "spot", connector: String? = nil, hosts: String = "[]", extensions: String = "[]",
  credentials: String = "[]", artifacts: String = "[]", acts: String = "[]"
) -> String {
  """
  {"id": "\(id)", "name": "\(name)", "type": "CLOB", "version": "\(version)", "library": "\(library)",
   "abi": {"revision": \(revision)}, "extensions": \(extensions),
   "markets": {"\(market)": {"connector": "\(connector ?? id)"}}, "permissions": {"hosts": \(hosts), "acts": \(acts)},
   "credentials": \(credentials), "artifacts": \(artifacts)}
  """
}

func manifest(_ text: String = manifestText()) throws -> Manifest {
  try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
}

/// Time that stands still until a test moves it.
final class ManualClock: HostClock, @unchecked Sendable {
  var nanoseconds: Int64 = 1_000_000_000

  func now() -> Times {
    let wall = 1_700_000_000_000_000_000 + nanoseconds
    return Times(mono: nanoseconds, wall: wall, venue: wall)
  }
}

/// Foundation has a `Host` too.
typealias Host = Runtime.Host

/// Keeps what connectors say.
final class Listener: SessionObserver {
  private(set) var texts: [String] = []

  func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .log(_, let text), .fault(let text): texts.append(text)
    default: break
    }
  }
}

/// A host without a network on a clock of the test's own.
final class RunningHost {
  let clock = ManualClock()
  let listener = Listener()
  let host: Host
  let faults: [HostFault]

  /// Loads and starts what the deployment's config enables.
  init(_ deployment: Deployment, budgets: WorkerBudgets = WorkerBudgets()) throws {
    host = Host(lane: Lane(clock: clock), observer: listener, budgets: budgets) { _, _ in OfflineTransport() }
    faults = host.load(try deployment.config(), catalog: try deployment.catalog(), libraryFolders: [])
    host.start()
    settle()
  }

  /// Waits until workers, which are processes with a time of their own, have answered all that they were given.
  func settle() {
    let patience = Date.now + 20
    while host.seats.contains(where: { !$0.session.isSettled }), .now < patience {
      host.lane.step()
      usleep(500)
    }
    host.lane.step()
  }

  /// Lets `nanoseconds` pass, stopping at each timer on the way.
  func pass(_ nanoseconds: Int64) {
    let end = clock.nanoseconds + nanoseconds
    while let next = host.lane.step(), next <= end { clock.nanoseconds = max(next, clock.nanoseconds) }
    clock.nanoseconds = end
    host.lane.step()
  }

  func seat(_ exchange: String) -> Host.Seat? { host.seats.first { $0.exchange == exchange } }
}
