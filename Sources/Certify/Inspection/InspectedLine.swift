import CPatchbay
import MarketModel
import Records
import Runtime

/// One line of recorded traffic beside what a connector made of it.
public struct InspectedLine {
  /// A book after the line, as far as it is looked at, the best first.
  public struct Top: Equatable, Sendable {
    /// Price and quantity.
    public var bids: [[String]]
    public var asks: [[String]]
  }

  /// Counted from 0.
  public let line: Int
  public let entry: CaptureEntry
  /// What the connector gave, in its order: records to the host (requests, timers) and facts.
  public var facts: [Fact]
  /// The levels of the book records among `facts`, one text each.
  public var levels: [String]
  /// It could not be read.
  public var isUnreadable: Bool
  /// The books that changed, by symbol; nil = not ready.
  public var books: [(symbol: String, top: Top?)]
  /// Books that were lost, with the reason, and as they were before.
  public var gaps: [(symbol: String, reason: String, before: Top?)]
  public var log: [String]

  init(
    line: Int, entry: CaptureEntry, facts: [Fact], levels: [String], isUnreadable: Bool,
    books: [(symbol: String, top: Top?)], gaps: [(symbol: String, reason: String, before: Top?)], log: [String]
  ) {
    (self.line, self.entry, self.facts, self.levels) = (line, entry, facts, levels)
    (self.isUnreadable, self.books, self.gaps, self.log) = (isUnreadable, books, gaps, log)
  }

  /// One of which nothing was made.
  public init(bare line: Int, _ entry: CaptureEntry) {
    self.init(line: line, entry: entry, facts: [], levels: [], isUnreadable: false, books: [], gaps: [], log: [])
  }

  /// The same without what is said of other symbols.
  public func about(_ symbol: String) -> InspectedLine {
    var line = self
    line.facts.removeAll { $0["symbol"].map { $0 != symbol } ?? false }
    line.books.removeAll { $0.symbol != symbol }
    line.gaps.removeAll { $0.symbol != symbol }
    return line
  }

  /// Whether it says anything of a symbol.
  public func concerns(_ symbol: String) -> Bool {
    facts.contains { $0["symbol"] == symbol } || books.contains { $0.symbol == symbol }
      || gaps.contains { $0.symbol == symbol }
  }
}

/// Notes what a connector gives while a line is fed.
final class FactNotes: InstanceRecorder {
  /// A level that a book record sets.
  struct Change {
    var instrument: UInt64
    var side: BookSide
    var level: Level
  }

  private(set) var facts: [Fact] = []
  private(set) var changes: [Change] = []
  private var reader = FactReader()

  /// Of one line: a connector may say a lot, of which nobody reads more.
  private static let most = 10_000

  override func output(_ record: UnsafePointer<pb_rec>) {
    let record = RecordReader(checked: record)
    let fact = reader.read(record)
    if facts.count < Self.most { facts.append(fact) }
    guard record.kind == PB_EV_BOOK else { return }
    let book = record.head(as: pb_book.self)
    for (side, list) in [(BookSide.bid, book.bids), (.ask, book.asks)] {
      for level in record.levels(list) {
        changes.append(
          Change(
            instrument: book.instrument, side: side, level: Level(price: level.price, quantity: level.quantity)))
      }
    }
  }

  func clear() {
    facts.removeAll()
    changes.removeAll()
  }
}
