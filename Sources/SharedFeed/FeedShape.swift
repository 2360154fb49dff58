import CFeed

/// What a segment is made for: everything that does not change while a host runs.
public struct FeedShape: Sendable {
  /// A connector that runs.
  public struct Instance: Sendable {
    /// The connector's id; one of more than 63 bytes is not published.
    public var name: String
    public var exchange: String
    /// From 0.
    public var lane: Int

    public init(name: String, exchange: String, lane: Int) {
      (self.name, self.exchange, self.lane) = (name, exchange, lane)
    }
  }

  public var instances: [Instance]
  public var lanes: Int
  /// Places for books.
  public var books: Int
  /// Best levels a side.
  public var levels: Int
  /// Of each lane; a power of two.
  public var ringBytes: Int

  public init(instances: [Instance], lanes: Int, books: Int, levels: Int, ringBytes: Int) {
    (self.instances, self.lanes, self.books) = (instances, lanes, books)
    (self.levels, self.ringBytes) = (levels, ringBytes)
  }

  // Where things lie. Rings begin at a page, books and lanes at a cache line.
  var lanesAt: Int { MemoryLayout<pb_feed_head>.size }
  var instancesAt: Int { lanesAt + lanes * MemoryLayout<pb_feed_lane>.stride }
  var booksAt: Int { Self.up(instancesAt + instances.count * MemoryLayout<pb_feed_instance>.stride, to: 64) }
  var bookBytes: Int {
    Self.up(MemoryLayout<pb_feed_book>.size + 2 * levels * MemoryLayout<pb_feed_level>.size, to: 64)
  }
  var ringsAt: Int { Self.up(booksAt + books * bookBytes, to: 4096) }
  /// Of the whole segment.
  public var bytes: Int { ringsAt + lanes * ringBytes }

  private static func up(_ value: Int, to step: Int) -> Int { (value + step - 1) / step * step }
}
