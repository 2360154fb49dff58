import CBench
import Runtime

/// One line of the table.
struct Measured {
  var name: String
  var bytes: Int
  /// Nanoseconds per message.
  var connector: Double
  var scan: Double
  /// nil where the reference cannot read the exchange's books.
  var book: Double?
  var allocations: Double
}

/// Runs the connector and the references in turn and keeps the fastest round of each: the others were disturbed, and
/// what disturbs one will disturb the other.
struct Measurement {
  private let clock = SystemClock()
  private let feed: Feed
  private let books: BookReference?
  private var best = (connector: Int64.max, scan: Int64.max, book: Int64.max)
  private var allocations: UInt64 = 0
  /// What the reference adds up, so that it cannot be left out.
  private(set) var sum: UInt64 = 0

  init(_ feed: Feed, books: BookReference? = nil) { (self.feed, self.books) = (feed, books) }

  /// One round: `connector` handles the whole feed, then each reference walks over it.
  mutating func round(_ connector: () -> Void) {
    let before = cbench_allocations()
    let start = clock.now().mono
    connector()
    let middle = clock.now().mono
    allocations = cbench_allocations() - before
    for index in feed.messages.indices {
      let text = feed.text(index)
      sum &+= cbench_scan(text.baseAddress, text.count)
    }
    let end = clock.now().mono
    best.connector = min(best.connector, middle - start)
    best.scan = min(best.scan, end - middle)
    guard let books else { return }
    books.start()
    let second = clock.now().mono
    sum &+= books.apply(feed)
    best.book = min(best.book, clock.now().mono - second)
  }

  var result: Measured {
    let count = Double(max(1, feed.messages.count))
    return Measured(
      name: feed.name, bytes: feed.bytes / max(1, feed.messages.count), connector: Double(best.connector) / count,
      scan: Double(best.scan) / count, book: books.map { _ in Double(best.book) / count },
      allocations: Double(allocations) / count)
  }
}
