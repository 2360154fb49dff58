import Catalog
import Records
import Testing

@testable import Runtime

/// Time that stands still until a test moves it.
final class VirtualClock: HostClock, @unchecked Sendable {
  var nanoseconds: Int64 = 1_000_000_000

  func now() -> Times {
    let wall = 1_767_614_400_000_000_000 + nanoseconds
    return Times(mono: nanoseconds, wall: wall, venue: wall)
  }
}

/// The paper exchange's spot market with two pairs, running on virtual time.
final class VirtualHost {
  let clock = VirtualClock()
  let host: Runtime.Host
  let seat: Runtime.Host.Seat
  let connector: PeerConnector

  /// - Parameters:
  ///   - permit: what it may do, as in the configuration.
  ///   - plan: how it is recorded from the start.
  init(
    _ settings: String = "{}", pairs: [String] = ["BTC-USDT", "ETH-USDT"], permit: String = "{}",
    recording plan: RecordingPlan? = nil
  ) throws {
    let text = """
      {"schema": 1, "connectors": {"paper": {
        "markets": {"spot": {"pairs": \(pairs)}}, "permit": \(permit), "config": \(settings)}}}
      """
    let config = try Config.parse(bytes: Array(text.utf8), file: "test", environment: [:])
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
    host = Runtime.Host(lane: Lane(clock: clock), transport: OfflineTransport())
    let faults = host.load(config, catalog: catalog, libraryFolders: [buildFolder])
    #expect(faults.isEmpty)
    seat = try #require(host.seats.first)
    connector = try #require(seat.library.connectors["paper"])
    if let plan { seat.record(plan) }
    host.start()
  }

  /// Lets time pass, stopping at each timer on the way.
  func pass(_ nanoseconds: Int64) {
    let end = clock.nanoseconds + nanoseconds
    while let next = host.lane.step(), next <= end { clock.nanoseconds = max(next, clock.nanoseconds) }
    clock.nanoseconds = end
    host.lane.step()
  }
}
