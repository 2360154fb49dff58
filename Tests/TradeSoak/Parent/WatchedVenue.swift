import Decimals
import Venue
import VenueExchange

/// Stands directly before a venue: notes every book that it has reported, and gives each run of the host an address of
/// its own, as a host has that is started elsewhere. Belongs to the server's thread.
final class WatchedVenue: ServedVenue {
  let venue: EngineVenue
  private let symbols: [String]
  /// What requests are counted under at the venue.
  var address = "run-0"
  /// What was asked for how often, by method and path; since it was last set to nothing.
  var requests: [String: Int] = [:]
  private var marks: [String: Marks] = [:]
  private static let kept = 50_000

  /// Books of one symbol.
  private struct Marks {
    var sequence: UInt64?
    /// By sequence number, where books have one.
    var told: [UInt64: (mark: UInt64, text: String)] = [:]
    /// Where they have none: every book there was.
    var all: Set<UInt64> = []
    var order: [UInt64] = []
  }

  /// How a host's book stands to what was reported.
  enum Verdict {
    case right
    /// With what the venue had reported.
    case wrong(String)
    /// The venue has reported no book of this number: a snapshot may be of any moment.
    case untold
  }

  init(_ venue: EngineVenue, symbols: [String]) {
    self.venue = venue
    self.symbols = symbols
  }

  func judge(_ symbol: String, _ sequence: UInt64, _ mark: UInt64) -> Verdict {
    // Before anything was reported at all, a snapshot may have been asked for.
    guard let marks = marks[symbol] else { return .untold }
    if venue.numbersBooks {
      guard let told = marks.told[sequence] else { return .untold }
      return told.mark == mark ? .right : .wrong(told.text)
    }
    return marks.all.contains(mark) ? .right : .wrong("no such book")
  }

  /// Whether a host's book is what was reported last, on a market that stands still; `nil` before anything was
  /// reported.
  func isLast(_ symbol: String, _ sequence: UInt64, _ mark: UInt64) -> Bool? {
    guard let last = marks[symbol]?.sequence else { return nil }
    if venue.numbersBooks { return sequence >= last }
    return venue.book(symbol: symbol).map { Self.mark($0).value == mark }
  }

  private func note() {
    for symbol in symbols { note(symbol) }
  }

  private func note(_ symbol: String) {
    let isNumbered = venue.numbersBooks
    guard let book = venue.publishedBook(symbol: symbol) else { return }
    guard marks[symbol, default: Marks()].sequence != book.sequence else { return }
    let mark = Self.mark(book)
    marks[symbol, default: Marks()].sequence = book.sequence
    if isNumbered {
      marks[symbol]?.told[book.sequence] = (mark.value, mark.text)
    } else {
      marks[symbol]?.all.insert(mark.value)
    }
    marks[symbol]?.order.append(isNumbered ? book.sequence : mark.value)
    guard let order = marks[symbol]?.order, order.count > 2 * Self.kept else { return }
    for old in order.prefix(Self.kept) {
      if isNumbered { marks[symbol]?.told[old] = nil } else { marks[symbol]?.all.remove(old) }
    }
    marks[symbol]?.order.removeFirst(Self.kept)
  }

  private static func mark(_ book: TruthBook) -> BookMark {
    var mark = BookMark()
    for level in book.bids.prefix(BookMark.depth) { mark.add(level.price, level.quantity) }
    mark.turn()
    for level in book.asks.prefix(BookMark.depth) { mark.add(level.price, level.quantity) }
    return mark
  }

  // MARK: ServedVenue

  private func own(_ request: VenueRequest) -> VenueRequest {
    var own = request
    own.address = address
    return own
  }

  func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    requests["\(request.method) \(request.path)", default: 0] += 1
    venue.request(id, own(request), now: now, &actions)
    note()
  }

  func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    venue.open(socket, own(request), now: now, &actions)
  }

  func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    venue.frame(socket, frame, now: now, &actions)
    note()
  }

  func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    venue.closed(socket, now: now, &actions)
  }

  func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    defer { note() }
    return venue.advance(now: now, &actions)
  }
}
