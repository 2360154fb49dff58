import Decimals
import MarketModel
import Runtime
import VenueRecording

/// Compares every book of a host with the recording's own, at every event: a ready book is never wrong.
final class Truth: SessionObserver {
  private let tape: Tape
  /// Where a venue numbers nothing, a lost change below the best ten levels can stay unseen; then only those count.
  private let comparedDepth: Int
  private var cursors: [String: RecordedBook] = [:]
  private(set) var checks = 0
  /// Books that were ready and then lost. What goes wrong with one on its way loses nothing.
  private(set) var gaps = 0
  /// Ready books, and those among them that an update has followed on: from there on every loss shows, for what comes
  /// is newer than the snapshot.
  private var ready: Set<String> = []
  private(set) var followed: Set<String> = []
  private(set) var wrong: [String] = []
  private(set) var texts: [String] = []
  /// Applied updates by symbol.
  private(set) var updates: [String: Int] = [:]

  init(_ tape: Tape, comparedDepth: Int) {
    self.tape = tape
    self.comparedDepth = comparedDepth
  }

  func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .book(let market): check(market)
    case .gap(let market, let reason):
      if ready.remove(market.instrument.symbol) != nil { gaps += 1 }
      followed.remove(market.instrument.symbol)
      keep("gap \(market.instrument.symbol) \(reason)")
    case .log(let level, let text): if level >= .warning { keep(text) }
    case .fault(let text): wrong.append("fault: \(text)")
    default: break
    }
  }

  private func keep(_ text: String) { if texts.count < 1000 { texts.append(text) } }

  private func check(_ market: MarketState) {
    let symbol = market.instrument.symbol
    if cursors[symbol] == nil {
      cursors[symbol] = tape.truth(of: symbol)
    }
    guard market.book.isReady, var cursor = cursors[symbol] else { return }
    checks += 1
    updates[symbol, default: 0] += 1
    if !ready.insert(symbol).inserted { followed.insert(symbol) }
    let isFound = cursor.sequence > 0 ? find(&cursor, market) : search(&cursor, market)
    if isFound {
      cursors[symbol] = cursor
    } else if wrong.count < 20 {
      wrong.append("\(symbol) at \(market.book.sequence): not the venue's book; \(texts.suffix(3))")
    }
  }

  /// By its number.
  private func find(_ cursor: inout RecordedBook, _ market: MarketState) -> Bool {
    // A snapshot that was long under way may be older than what was there before: it is looked for from the beginning.
    if market.book.sequence < cursor.sequence, let start = tape.truth(of: market.instrument.symbol) { cursor = start }
    return cursor.advance(to: market.book.sequence) && equal(cursor.book, market.book)
  }

  /// By its content: the next place at which the recording had such a book, which comes again after one round.
  private func search(_ cursor: inout RecordedBook, _ market: MarketState) -> Bool {
    for _ in 0...cursor.round {
      if equal(cursor.book, market.book) { return true }
      cursor.advance()
    }
    return false
  }

  /// Whether a book is what the venue says now, or a place of the recording that is not before a given one.
  func hasReached(_ place: Int, _ told: TrueBook, _ market: MarketState) -> Bool {
    (cursors[market.instrument.symbol]?.position ?? 0) >= place || equal(told, market.book)
  }

  private func equal(_ truth: TrueBook, _ book: OrderBook) -> Bool {
    let prices = Int128(powerOfTen(book.priceExponent - TrueLevel.priceExponent) ?? 0)
    let quantities = powerOfTen(book.quantityExponent - TrueLevel.quantityExponent) ?? 0
    func equal(_ truth: [TrueLevel], _ side: BookSide) -> Bool {
      book.withLevels(side) { levels in
        // Snapshots reach so many levels deep; below, an untouched level may be missing.
        let depth = min(comparedDepth, truth.count > 900 ? 500 : truth.count)
        if depth == truth.count, levels.count != depth { return false }
        guard levels.count >= depth else { return false }
        for rank in 0..<depth {
          let level = levels[levels.count - 1 - rank]
          guard Int128(level.price) * prices == truth[rank].price,
            level.quantity * quantities == truth[rank].quantity
          else { return false }
        }
        return true
      }
    }
    return equal(truth.bids, .bid) && equal(truth.asks, .ask)
  }
}
