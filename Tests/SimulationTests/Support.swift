import Catalog
import Decimals
import Foundation
import MarketModel
import Runtime
import Simulation
import Testing
import Vault
import VenueExchange

/// The checkout's top folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// Where the libraries of this build are: beside the test bundle.
let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

func installed(_ id: String) throws -> InstalledConnector {
  let registry = try Registry.load(path: packageRoot + "/registry.json")
  let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
  return try InstalledConnector.find(id, in: catalog, folders: [buildFolder])
}

/// A folder of its own for a test, removed with it; in memory where the system has such a place.
final class TemporaryFolder {
  let path: String

  init() throws {
    let place = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    path = "\(place)/patchbay-simulation-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Writes down what a session says.
final class Notes: SessionObserver {
  var lines: [String] = []
  var gaps = 0

  func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .log(let level, let text): lines.append("\(level): \(text)")
    case .fault(let text): lines.append("fault: \(text)")
    case .gap: gaps += 1
    default: break
    }
  }
}

/// A venue and one host before it.
final class World {
  let simulation: Simulation
  let folder: TemporaryFolder
  let notes = Notes()
  let host: SimulatedHost

  init(
    _ id: String, _ venue: EngineVenue, hosts: [String], account: SimulatedAccount?, seed: UInt64,
    weather: NetworkWeather = .fair
  ) throws {
    simulation = Simulation(seed: seed)
    folder = try TemporaryFolder()
    simulation.network.mount(venue, at: hosts)
    simulation.network.weather = weather
    host = try SimulatedHost(
      try installed(id), network: simulation.network, accounts: account.map { [$0] } ?? [],
      nonces: NonceSources(folder: folder.path), seed: seed, observer: notes)
    simulation.add(host.lane)
  }
}

let minute: Int64 = 60_000_000_000

func number(_ text: String) throws -> Decimal64 { try #require(Decimal64(text)) }
