import CFeed
import Synchronization

/// The feed of one run of a host: a segment of shared memory, as patchbay_feed.h describes it. Lanes write to it by
/// `FeedLane`, each to what is its own; places for books are given out here.
public final class FeedSegment: @unchecked Sendable {
  public let shape: FeedShape
  public let generation: UInt64
  /// The path by which readers find it: the link.
  public var path: String { file.link }
  /// Where it is itself; another in each run, and absolute.
  public var filePath: String { file.path }
  let head: UnsafeMutablePointer<pb_feed_head>
  let file: FeedFile
  /// Places that nobody has, the next one to be given out last.
  private let free: Mutex<[Int]>
  private let isEnded = Mutex(false)

  /// Makes a segment, and lets readers find it.
  /// - Parameters:
  ///   - folder: of a file system in memory, such as `/dev/shm`.
  ///   - link: where the link to it is made: `feed.shm` in the host's data folder.
  ///   - generation: another for each run, never 0.
  ///   - mono: the monotonic time, in nanoseconds.
  public init(_ shape: FeedShape, folder: String, link: String, generation: UInt64, mono: Int64) throws(FeedFault) {
    file = try FeedFile(folder: folder, link: link, bytes: shape.bytes)
    (self.shape, self.generation) = (shape, generation)
    head = file.base.assumingMemoryBound(to: pb_feed_head.self)
    free = Mutex(Array((0..<shape.books).reversed()))
    fill(mono)
    do throws(FeedFault) {
      try file.publish()
    } catch {
      file.remove()
      throw error
    }
  }

  deinit {
    end()
    file.unmap()
  }

  private func fill(_ mono: Int64) {
    head.pointee.revision = PB_FEED_REVISION
    head.pointee.bytes = UInt64(shape.bytes)
    head.pointee.generation = generation
    head.pointee.process = UInt64(getpid())
    head.pointee.lanes = UInt32(shape.lanes)
    head.pointee.instances = UInt32(shape.instances.count)
    head.pointee.books = UInt32(shape.books)
    head.pointee.levels = UInt32(shape.levels)
    head.pointee.lanes_at = UInt64(shape.lanesAt)
    head.pointee.instances_at = UInt64(shape.instancesAt)
    head.pointee.books_at = UInt64(shape.booksAt)
    head.pointee.book_bytes = UInt64(shape.bookBytes)
    for lane in 0..<shape.lanes {
      let place = self.lane(lane)
      place.pointee.ring_at = UInt64(shape.ringsAt + lane * shape.ringBytes)
      place.pointee.ring_bytes = UInt64(shape.ringBytes)
      place.pointee.beat_ns = mono
    }
    let places = (file.base + shape.instancesAt).assumingMemoryBound(to: pb_feed_instance.self)
    for (index, instance) in shape.instances.enumerated() {
      Self.write(instance.name, to: &places[index].name)
      Self.write(instance.exchange, to: &places[index].exchange)
      places[index].lane = UInt32(instance.lane)
    }
    feed_set_state(head, UInt32(PB_FEED_STATE_RUNNING))
    feed_set_magic(head)
  }

  /// Writes a text into a field that is larger, padded with zeros; one that does not fit leaves it empty.
  static func write<Field>(_ text: String, to field: inout Field) {
    withUnsafeMutableBytes(of: &field) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      guard text.utf8.count < bytes.count else { return }
      bytes.copyBytes(from: text.utf8)
    }
  }

  /// Says that the host has ended, wakes who sleeps, and takes the file away. The lanes have ended, or never answer
  /// again; what one of them still writes goes to memory that nobody looks at. From any thread, also more than once.
  public func end() {
    isEnded.withLock { isEnded in
      guard !isEnded else { return }
      isEnded = true
      feed_set_state(head, UInt32(PB_FEED_STATE_ENDED))
      feed_announce(head)
      _ = feed_wake(head, .max, .max)
      file.remove()
    }
  }

  func lane(_ lane: Int) -> UnsafeMutablePointer<pb_feed_lane> {
    (file.base + shape.lanesAt).assumingMemoryBound(to: pb_feed_lane.self) + lane
  }

  func ring(_ lane: Int) -> feed_ring {
    let start = file.base + shape.ringsAt + lane * shape.ringBytes
    return feed_ring(
      lane: self.lane(lane), bytes: start.assumingMemoryBound(to: UInt8.self), size: UInt64(shape.ringBytes),
      position: 0, number: 0)
  }

  func book(_ place: Int) -> UnsafeMutablePointer<pb_feed_book> {
    (file.base + shape.booksAt + place * shape.bookBytes).assumingMemoryBound(to: pb_feed_book.self)
  }

  /// A place that is nobody's; `nil` when there is none left. From any thread.
  func takePlace() -> Int? {
    free.withLock { $0.popLast() }
  }

  func giveBack(_ place: Int) {
    // The one that was free longest comes next: readers have had time to notice.
    free.withLock { $0.insert(place, at: 0) }
  }
}
