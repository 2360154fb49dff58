import CBench
import CFeed
import MarketModel
import Records
import Runtime
import SharedFeed

#if canImport(Glibc)
  import Glibc
#endif

/// What the feed in shared memory costs the host, and what reading it costs a program.
struct FeedBench {
  let connector: PeerConnector
  private let clock = SystemClock()
  private static let warmUp = 5000
  private static let messages = 20_000

  /// A session with a book that is ready, and where it is published what publishes it.
  private final class Subject {
    let session: Session
    let stream: UInt64
    let segment: FeedSegment?
    let writer: FeedLane?

    init(_ bench: FeedBench, folder: String?) throws {
      (session, stream) = try readySession(bench.connector, GeneratedDepth(levels: 4, seed: 7).snapshot)
      guard let folder else {
        (segment, writer) = (nil, nil)
        return
      }
      let shape = FeedShape(
        instances: [FeedShape.Instance(name: "binance", exchange: "binance", lane: 0)], lanes: 1, books: 256,
        levels: 100, ringBytes: 4 << 20)
      let made = try FeedSegment(shape, folder: "/dev/shm", link: "\(folder)/feed.shm", generation: 1, mono: 0)
      let lane = FeedLane(made, lane: 0) { print("  \($0)") }
      let pairs = session.view.all.map(\.instrument.pair)
      lane.add(session) { pairs }
      (segment, writer) = (made, lane)
      turn(bench.clock)
    }

    func turn(_ clock: HostClock) { _ = writer?.run(clock.now()) }
    deinit { segment?.end() }
  }

  /// The same messages through two sessions in turn, one of them published; the fastest round of each counts.
  /// - Parameter each: messages of a turn of the lane; 0 = no turns: the path of a message alone.
  func host(messagesOfTurn each: Int, folder: String) throws -> (plain: Double, fed: Double, allocations: Double) {
    var depth = GeneratedDepth(levels: 4, seed: 7)
    let warm = Feed(name: "", messages: depth.messages(Self.warmUp))
    let feed = Feed(name: "", messages: depth.messages(Self.messages))
    defer {
      warm.free()
      feed.free()
    }
    var best: (plain: Int64, fed: Int64, allocations: UInt64) = (.max, .max, .max)
    for _ in 0..<15 {
      for isFed in [false, true] {
        let subject = try Subject(self, folder: isFed ? folder : nil)
        for message in warm.messages { subject.session.frame(subject.stream, message, .text) }
        subject.turn(clock)
        let (before, start) = (cbench_allocations(), clock.now().mono)
        for (index, message) in feed.messages.enumerated() {
          subject.session.frame(subject.stream, message, .text)
          if each > 0, index % each == 0 { subject.turn(clock) }
        }
        let spent = clock.now().mono - start
        if isFed {
          best.fed = min(best.fed, spent)
          best.allocations = min(best.allocations, cbench_allocations() - before)
        } else {
          best.plain = min(best.plain, spent)
        }
        guard subject.session.view[1]?.book.isReady == true else { throw BenchFault.wrongBook("feed") }
      }
    }
    let count = Double(Self.messages)
    return (Double(best.plain) / count, Double(best.fed) / count, Double(best.allocations) / count)
  }

  /// Nanoseconds of a read of the best price, and of a hundred levels a side, while the host is still.
  func reader(folder: String) throws -> (touch: Double, depth: Double) {
    let subject = try Subject(self, folder: folder)
    var (feed, place, touch, depth) = (pb_feed(), pb_feed_place(), pb_feed_touch(), pb_feed_depth())
    guard pb_feed_open(&feed, "\(folder)/feed.shm") == 0,
      pb_feed_find(&feed, "binance", subject.session.view.all[0].instrument.pair, &place) == PB_FEED_READ
    else { throw BenchFault.wrongBook("feed") }
    defer { pb_feed_close(&feed) }
    var bids = [pb_feed_level](repeating: pb_feed_level(), count: 100)
    var asks = bids
    func measure(_ count: Int, _ read: () -> Int32) throws -> Double {
      var best = Int64.max
      for _ in 0..<10 {
        let start = clock.now().mono
        var failed: Int32 = 0
        for _ in 0..<count { failed |= read() }
        best = min(best, clock.now().mono - start)
        guard failed == 0 else { throw BenchFault.wrongBook("feed") }
      }
      return Double(best) / Double(count)
    }
    return (
      try measure(1_000_000) { pb_feed_read_touch(&feed, &place, &touch) },
      try measure(100_000) { pb_feed_read_depth(&feed, &place, &depth, &bids, &asks, 100) }
    )
  }

  func printAll(folder: String) throws {
    print("\nfeed in shared memory, per message of 4 levels          with ns   without ns   ratio  allocations")
    for each in [0, 1, 8] {
      let name = each == 0 ? "path of a message" : "with a turn of the lane every \(each)"
      let (plain, fed, allocations) = try host(messagesOfTurn: each, folder: folder)
      print(
        "  " + name.padding(toLength: 50, withPad: " ", startingAt: 0) + pad(number(fed, 1), 10)
          + pad(number(plain, 1), 13) + pad(number(fed / plain, 3), 8) + pad(number(allocations, 3), 13))
    }
    let (touch, depth) = try reader(folder: folder)
    print("  a reader's best price: \(number(touch, 1)) ns; a hundred levels a side: \(number(depth, 1)) ns")
  }
}
