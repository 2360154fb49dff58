import Catalog
import Runtime
import SharedFeed

/// Publishes a running host in shared memory.
enum HostFeed {
  /// Makes the segment and has all lanes write to it; before they start.
  /// - Parameter data: the data folder, in which `feed.shm` leads to it.
  static func make(
    _ config: Config.Feed, _ running: RunningHost, data: String, times: Times, events: RunEvents
  ) throws(FeedFault) -> FeedSegment {
    let instances = running.places.map {
      FeedShape.Instance(name: $0.name, exchange: $0.exchange, lane: $0.lane - 1)
    }
    let shape = FeedShape(
      instances: instances, lanes: running.lanes.count, books: config.books, levels: config.levels,
      ringBytes: config.ringMegabytes << 20)
    let segment = try FeedSegment(
      shape, folder: config.folder, link: "\(data)/feed.shm", generation: UInt64(max(1, times.wall)), mono: times.mono)
    for lane in running.lanes {
      lane.prepare { host in
        let writer = FeedLane(segment, lane: lane.number - 1) { [weak events] text in
          events?.put(RunEvent(kind: "warning", connector: "feed", text: text))
        }
        for seat in host.seats { writer.add(seat) }
        host.lane.add(writer)
      }
    }
    return segment
  }
}
