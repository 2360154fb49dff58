import CFeed
import Foundation
import Testing

@testable import SharedFeed

/// A segment in a folder of its own, mapped by a reader in C.
final class Pair {
  let folder: String
  let segment: FeedSegment
  let feed = UnsafeMutablePointer<pb_feed>.allocate(capacity: 1)

  init(books: Int = 8, levels: Int = 20, ringBytes: Int = 4096, generation: UInt64 = 1) throws {
    folder = try Self.newFolder()
    segment = try Self.segment(folder, books: books, levels: levels, ringBytes: ringBytes, generation: generation)
    try #require(pb_feed_open(feed, segment.path) == 0)
  }

  deinit {
    pb_feed_close(feed)
    feed.deallocate()
    segment.end()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// For the link; the segment itself lies in memory.
  static func newFolder() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "feed-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  static func segment(
    _ folder: String, books: Int = 8, levels: Int = 20, ringBytes: Int = 4096, generation: UInt64 = 1
  ) throws -> FeedSegment {
    let shape = FeedShape(
      instances: [FeedShape.Instance(name: "sea", exchange: "sea", lane: 0)], lanes: 1, books: books, levels: levels,
      ringBytes: ringBytes)
    return try FeedSegment(shape, folder: "/dev/shm", link: "\(folder)/feed.shm", generation: generation, mono: 1000)
  }

  /// Gives a place to a market by the writer's functions alone.
  func name(_ place: Int, _ pair: String) {
    var identity = pb_feed_book()
    (identity.in_use, identity.price_exp, identity.bit) = (1, -2, 1 << UInt32(place % 30))
    FeedSegment.write(pair, to: &identity.pair)
    let target = UnsafeMutableRawPointer(segment.book(place))
    let before = feed_begin(&segment.book(place).pointee.lease)
    let bytes = MemoryLayout<pb_feed_book>.offset(of: \pb_feed_book.touch) ?? 0
    withUnsafeBytes(of: identity) { feed_copy(target + 8, $0.baseAddress.map { $0 + 8 }, bytes - 8) }
    feed_end(&segment.book(place).pointee.lease, before)
  }

  func find(_ pair: String) throws -> pb_feed_place {
    var place = pb_feed_place()
    try #require(pb_feed_find(feed, "sea", pair, &place) == PB_FEED_READ)
    return place
  }
}

/// Runs `body` on a thread of its own; `join` waits for it.
final class Worker: @unchecked Sendable {
  private let ended = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread { [ended] in
      body()
      ended.signal()
    }
  }

  func join() { ended.wait() }
}
