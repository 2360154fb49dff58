import CFeed
import Foundation
import Testing

@testable import SharedFeed

/// The file: who may do what with it, and what becomes of it.
@Suite struct FileTests {
  @Test func aReaderCannotWrite() throws {
    let pair = try Pair()
    var status = stat()
    try #require(stat(pair.segment.path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o400 && status.st_uid == geteuid() && status.st_nlink == 1)
    if geteuid() != 0 { #expect(open(pair.segment.path, O_RDWR) == -1 && errno == EACCES) }
    // Not even the superuser gets a writable mapping of what was opened for reading.
    let file = open(pair.segment.path, O_RDONLY)
    defer { close(file) }
    #expect(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EACCES)
    #expect(mprotect(UnsafeMutableRawPointer(mutating: pair.feed.pointee.base), 4096, PROT_READ | PROT_WRITE) == -1)
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: pair.segment.path)
    #expect(link.hasPrefix("/dev/shm/patchbay-feed-") && link == pair.segment.filePath)
  }

  @Test func anEndIsSeenByWhoHasItMapped() throws {
    let pair = try Pair()
    let now: Int64 = 1500
    #expect(pb_feed_is_alive(pair.feed, 0, now, 1000) == 1 && pb_feed_is_current(pair.feed, pair.segment.path) == 1)
    #expect(pb_feed_is_alive(pair.feed, 0, now + 10_000, 1000) == 0, "a lane that is silent")
    let news = pb_feed_news(pair.feed)
    let file = pair.segment.filePath
    pair.segment.end()
    #expect(pb_feed_is_alive(pair.feed, 0, now, 1000) == 0 && pb_feed_news(pair.feed) != news)
    #expect(!FileManager.default.fileExists(atPath: file) && pb_feed_is_current(pair.feed, pair.segment.path) == 0)
  }

  /// A crash leaves file and link; the next run takes them away, and readers of the old one learn of it.
  @Test func theNextRunTakesOverWhatACrashLeft() throws {
    let folder = try Pair.newFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let crashed = try Pair.segment(folder, generation: 1)
    var feed = pb_feed()
    try #require(pb_feed_open(&feed, crashed.path) == 0)
    defer { pb_feed_close(&feed) }
    crashed.file.unlock()
    let next = try Pair.segment(folder, generation: 2)
    defer { next.end() }
    #expect(pb_feed_is_alive(&feed, 0, 1000, 1_000_000_000) == 0 && pb_feed_is_current(&feed, next.path) == 0)
    #expect(!FileManager.default.fileExists(atPath: crashed.filePath))
    var again = pb_feed()
    try #require(pb_feed_open(&again, next.path) == 0)
    defer { pb_feed_close(&again) }
    #expect(again.head.pointee.generation == 2 && feed.head.pointee.generation == 1)
    #expect(pb_feed_is_alive(&again, 0, 1000, 1_000_000_000) == 1)
    // What has ended late takes nothing of the newer one away.
    crashed.end()
    #expect(pb_feed_is_current(&again, next.path) == 1)
  }

  /// A crashed host's data folder may be gone, and with it the link.
  @Test func whatNoLinkLeadsToIsTakenAwayToo() throws {
    let folder = try Pair.newFolder()
    let crashed = try Pair.segment(folder, generation: 1)
    var feed = pb_feed()
    try #require(pb_feed_open(&feed, crashed.path) == 0)
    defer { pb_feed_close(&feed) }
    try FileManager.default.removeItem(atPath: folder)
    crashed.file.unlock()
    let pair = try Pair()
    #expect(!FileManager.default.fileExists(atPath: crashed.filePath), "by whoever starts next")
    #expect(feed.head.pointee.state == PB_FEED_STATE_ENDED)
    #expect(pb_feed_is_alive(pair.feed, 0, 1000, 1_000_000_000) == 1)
  }

  @Test func aSegmentThatIsLetGoHasEnded() throws {
    let folder = try Pair.newFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var feed = pb_feed()
    var path = ""
    try {
      let segment = try Pair.segment(folder)
      path = segment.filePath
      try #require(pb_feed_open(&feed, segment.path) == 0)
    }()
    defer { pb_feed_close(&feed) }
    #expect(feed.head.pointee.state == PB_FEED_STATE_ENDED && !FileManager.default.fileExists(atPath: path))
  }

  /// A copied folder has a link to the segment of a host that lives.
  @Test func aSegmentThatIsInUseIsLeftAlone() throws {
    let pair = try Pair()
    let folder = try Pair.newFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/feed.shm", withDestinationPath: pair.segment.filePath)
    let other = try Pair.segment(folder, generation: 2)
    defer { other.end() }
    #expect(other.filePath != pair.segment.filePath)
    #expect(pb_feed_is_alive(pair.feed, 0, 1000, 1_000_000_000) == 1)
    #expect(pb_feed_is_current(pair.feed, pair.segment.path) == 1)
    var status = stat()
    #expect(lstat(pair.segment.filePath, &status) == 0 && status.st_mode & 0o777 == 0o400)
  }

  /// A link that leads elsewhere is replaced, and nothing behind it is touched.
  @Test func onlyFeedsAreTakenAway() throws {
    let folder = try Pair.newFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let other = "\(folder)/letter"
    try "dear".write(toFile: other, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/feed.shm", withDestinationPath: other)
    let segment = try Pair.segment(folder)
    segment.end()
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "dear")
  }

  @Test func whatIsNoFeedIsRefused() throws {
    let pair = try Pair()
    var feed = pb_feed()
    #expect(pb_feed_open(&feed, pair.folder + "/nothing") == -ENOENT)
    func refused(_ change: (inout Data) -> Void) throws -> Bool {
      var bytes = try Data(contentsOf: URL(filePath: pair.segment.path))
      change(&bytes)
      let path = pair.folder + "/copy"
      try bytes.write(to: URL(filePath: path))
      defer { pb_feed_close(&feed) }
      return pb_feed_open(&feed, path) == -EPROTO
    }
    #expect(try !refused { _ in })
    #expect(try refused { $0.removeLast(4096) }, "too short")
    #expect(try refused { $0.removeAll() })
    #expect(try refused { $0[4] = 9 }, "another revision")
    #expect(try refused { $0[54] = 0xFF }, "lanes beyond the end")
    #expect(try refused { $0[42] = 0xFF }, "books beyond the end")
  }

  @Test func aFolderOnADiskIsRefused() throws {
    let shape = FeedShape(instances: [], lanes: 1, books: 1, levels: 1, ringBytes: 4096)
    func fault(_ folder: String) -> FeedFault? {
      do throws(FeedFault) {
        try FeedSegment(shape, folder: folder, link: "/proc/nowhere/feed.shm", generation: 1, mono: 0).end()
        return nil
      } catch {
        return error
      }
    }
    #expect(fault("/proc") == .notMemory(folder: "/proc"))
    #expect(fault("/nowhere") == .noFile(folder: "/nowhere", error: ENOENT))
    #expect(fault("/dev/shm") == .noLink(path: "/proc/nowhere/feed.shm", error: ENOENT))
    #expect(fault("/nowhere")?.description.contains("feed.enabled") == true)
  }

  /// Who sleeps for another book is not woken.
  @Test func readersSleepUntilTheirBookIsMeant() throws {
    let pair = try Pair()
    let (segment, seen) = (pair.segment, pb_feed_news(pair.feed))
    nonisolated(unsafe) let feed = pair.feed
    let deadline = pb_feed_now() + 60_000_000_000
    let sleeper = Worker { #expect(pb_feed_wait(feed, seen, 4, deadline) == 0) }
    var woken: Int32 = 0
    while woken == 0 {
      #expect(feed_wake(segment.head, ~4, .max) == 0)
      woken = feed_wake(segment.head, 4 | 8, .max)
    }
    sleeper.join()
    #expect(woken == 1)
    #expect(pb_feed_wait(feed, seen, 4, pb_feed_now() + 1_000_000) == -ETIMEDOUT)
    feed_announce(segment.head)
    #expect(pb_feed_wait(feed, seen, 4, deadline) == 0, "what has happened meanwhile is not slept through")
  }
}
