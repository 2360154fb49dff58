/// When the books of one instance are built anew, as a safety net: each within an interval of its last snapshot, never
/// two at once, and spread over the interval when many came together. Given the time; a value.
struct BookRefreshes {
  /// A book as it is now.
  struct Book {
    var pair: String
    var isReady: Bool
    /// Snapshots that it has taken.
    var snapshots: UInt64
  }

  private struct Entry {
    var due: Int64
    var snapshots: UInt64
    var isOurs = false
  }

  private let interval: Int64
  private let spacing: Int64
  private var entries: [String: Entry] = [:]
  private var count: UInt32 = 0
  private var earliest: Int64 = .min

  init(interval: Int64, spacing: Int64) {
    self.interval = interval
    self.spacing = spacing
  }

  /// The book to build anew now. One that is not ready is left alone: it is on its way already.
  mutating func next(_ books: [Book], now: Int64) -> String? {
    if entries.count > books.count {
      let wanted = Set(books.map(\.pair))
      entries = entries.filter { wanted.contains($0.key) }
    }
    var oldest: (pair: String, due: Int64)?
    for book in books where book.isReady {
      let due = due(book, now)
      if due <= now, due < oldest?.due ?? .max { oldest = (book.pair, due) }
    }
    guard let oldest, now >= earliest else { return nil }
    earliest = now + spacing
    // Until its snapshot comes, it is not asked for again.
    entries[oldest.pair]?.due = now + interval
    entries[oldest.pair]?.isOurs = true
    return oldest.pair
  }

  /// When a book is due, after its snapshots have been noticed.
  private mutating func due(_ book: Book, _ now: Int64) -> Int64 {
    if let known = entries[book.pair], known.snapshots == book.snapshots { return known.due }
    // A refresh of ours keeps its place in the row; what came of itself, as after a lost stream, came with others.
    let wait = entries[book.pair]?.isOurs == true ? interval : place()
    entries[book.pair] = Entry(due: now + wait, snapshots: book.snapshots)
    return now + wait
  }

  /// The places of any number of books lie far apart: multiples of the golden ratio, in the interval's later half.
  private mutating func place() -> Int64 {
    count &+= 1
    let fraction = Int64(count &* 2_654_435_769)
    let half = interval / 2
    return half + (half >> 20) * (fraction >> 12)
  }
}

/// For how long no trades of each pair have come. Given the time; a value.
struct TradeSilence {
  private let limit: Int64
  private var entries: [String: (total: UInt64, since: Int64)] = [:]

  init(limit: Int64) { self.limit = limit }

  /// Notices new trades; pairs that are not named are forgotten.
  mutating func look(_ totals: [(pair: String, total: UInt64)], now: Int64) {
    var next: [String: (total: UInt64, since: Int64)] = [:]
    for (pair, total) in totals {
      if let known = entries[pair], known.total == total { next[pair] = known } else { next[pair] = (total, now) }
    }
    entries = next
  }

  func isSilent(_ pair: String, now: Int64) -> Bool { entries[pair].map { now - $0.since >= limit } ?? false }

  func isAnySilent(now: Int64) -> Bool { entries.values.contains { now - $0.since >= limit } }
}
