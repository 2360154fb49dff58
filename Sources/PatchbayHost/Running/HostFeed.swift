import Catalog
import Runtime
import SharedFeed

/// Publishes a running host in shared memory.
package enum HostFeed {
  /// Why the host that a configuration describes would have no feed; `nil` = it has one, or wants none. Changes
  /// nothing.
  /// - Parameter free: gives the bytes that are free in a folder.
  package static func fault(_ config: Config, free: (String) -> UInt64?) -> FeedFault? {
    guard config.feed.isOn else { return nil }
    let enabled = config.connectors.filter(\.enabled)
    let instances = enabled.flatMap { connector in
      connector.markets.map { FeedShape.Instance(name: "\($0.market)", exchange: connector.id, lane: 0) }
    }
    let shape = shape(config.feed, instances, lanes: LaneAssignment(config).count)
    return FeedFault.fault(of: config.feed.folder, bytes: shape.bytes, free: free(config.feed.folder))
  }

  private static func shape(_ config: Config.Feed, _ instances: [FeedShape.Instance], lanes: Int) -> FeedShape {
    FeedShape(
      instances: instances, lanes: lanes, books: config.books, levels: config.levels,
      ringBytes: config.ringMegabytes << 20)
  }

  /// Makes the segment and has all lanes write to it; before they start.
  /// - Parameter data: the data folder, in which `feed.shm` leads to it.
  static func make(
    _ config: Config.Feed, _ running: RunningHost, data: String, times: Times, events: RunEvents
  ) throws(FeedFault) -> (FeedSegment, [LaneBells]) {
    let instances = running.places.map {
      FeedShape.Instance(name: $0.name, exchange: $0.exchange, lane: $0.lane - 1)
    }
    let shape = shape(config, instances, lanes: running.lanes.count)
    let segment = try FeedSegment(
      shape, folder: config.folder, link: "\(data)/feed.shm", generation: UInt64(max(1, times.wall)), mono: times.mono)
    var bells: [LaneBells] = []
    for lane in running.lanes {
      lane.prepare { host in
        let writer = FeedLane(segment, lane: lane.number - 1) { [weak events] text in
          events?.put(RunEvent(kind: "warning", connector: "feed", text: text))
        }
        bells.append(writer.bells)
        for seat in host.seats { writer.add(seat) }
        host.lane.add(writer)
      }
    }
    return (segment, bells)
  }
}
