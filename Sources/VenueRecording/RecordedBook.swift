/// A change of a book as it was recorded.
struct BookChange: Sendable {
  var bids: [TrueLevel]
  var asks: [TrueLevel]
  /// How far the book's number rises with it; 0 where the venue numbers nothing.
  var step: UInt64
  /// The first number of the change, counted from the book's number before it.
  var firstStep: UInt64
}

/// Everything that was recorded of one symbol's book. It can be played any number of times: after the last change comes
/// one more that leads back to where it began.
struct BookTape: Sendable {
  var start: TrueBook
  var startSequence: UInt64
  var changes: [BookChange] = []
  /// The change from the end to the beginning.
  private(set) var seam = BookChange(bids: [], asks: [], step: 0, firstStep: 0)

  init(start: TrueBook, sequence: UInt64) {
    self.start = start
    startSequence = sequence
  }

  /// How far numbers rise from one beginning to the next.
  var span: UInt64 { changes.reduce(seam.step) { $0 + $1.step } }

  /// Finds the seam, once all changes are there.
  mutating func close() {
    var end = start
    for change in changes { end.apply(bids: change.bids, asks: change.asks) }
    let back = end.changes(to: start)
    let isNumbered = startSequence > 0
    seam = BookChange(bids: back.bids, asks: back.asks, step: isNumbered ? 1 : 0, firstStep: isNumbered ? 1 : 0)
  }
}

/// A place in a symbol's recording, with the true book there. Numbers go on rising when the recording starts over.
public struct RecordedBook: Sendable {
  public private(set) var book: TrueBook
  /// The book's number, as the venue gives it; 0 where it numbers nothing.
  public private(set) var sequence: UInt64
  /// The changes that were applied, from the beginning.
  public private(set) var position = 0
  private let tape: BookTape

  init(_ tape: BookTape) {
    self.tape = tape
    book = tape.start
    sequence = tape.startSequence
  }

  /// The change that comes next.
  var next: BookChange {
    let place = position % (tape.changes.count + 1)
    return place < tape.changes.count ? tape.changes[place] : tape.seam
  }

  /// Whether the next change is the one back to the beginning.
  var isAtSeam: Bool { position % (tape.changes.count + 1) == tape.changes.count }

  /// The changes from one beginning to the next.
  public var round: Int { tape.changes.count + 1 }

  /// Applies the next change.
  public mutating func advance() {
    let change = next
    book.apply(bids: change.bids, asks: change.asks)
    sequence += change.step
    position += 1
  }

  /// Goes on to the book of this number; `false` when there is none, or it has passed.
  public mutating func advance(to wanted: UInt64) -> Bool {
    while sequence < wanted { advance() }
    return sequence == wanted
  }
}
