import Decimals
import MarketModel
import Runtime
import VenueExchange

/// How far a ready book may be behind what the venue has reported while its connection stands.
public struct BookLag: Equatable, Sendable {
  /// Since the first update that the book lacks was reported; nanoseconds of the venue's time. Longer than a message is
  /// delayed, or a socket silent, in a story.
  public var time: Int64 = 10 * second
  /// Updates that the book lacks.
  public var updates = 1000

  public init() {}
}

/// Holds every book that a host calls ready against what the venue had reported at that sequence number, and against
/// what it has reported since.
public final class BookWitness {
  /// The best levels of both sides, best bid first, then best ask.
  typealias Top = [Decimal64]

  private let book: (String) -> TruthBook?
  private let symbols: [String]
  private let areNumbered: Bool
  /// What was reported of one symbol, by sequence number, and in which order.
  private final class Told {
    var tops: [UInt64: Top] = [:]
    var order: [UInt64] = []
    /// When each of them was reported, on the venue's clock.
    var times: [Int64] = []
    /// Those that came before and are kept no more.
    var dropped = 0
    /// The same without numbers: how many had been reported when it was like this last.
    var all: [Top: Int] = [:]

    /// When the first update was reported that a book lacks, and how many it lacks; `nil` when none.
    func lacking(after place: Int) -> (time: Int64, updates: Int)? {
      let index = max(0, place - dropped)
      return index < times.count ? (times[index], dropped + times.count - max(place, dropped)) : nil
    }

    /// How many had been reported with this number and below.
    func place(of sequence: UInt64) -> Int {
      var (low, high) = (0, order.count)
      while low < high {
        let middle = (low + high) / 2
        if order[middle] <= sequence { low = middle + 1 } else { high = middle }
      }
      return dropped + low
    }

    func add(_ sequence: UInt64, at time: Int64) {
      order.append(sequence)
      times.append(time)
    }

    func dropOldest(_ count: Int) {
      order.removeFirst(count)
      times.removeFirst(count)
      dropped += count
    }
  }

  private var history: [String: Told] = [:]
  private static let kept = 20_000
  private static let depth = 10
  private let bound: BookLag
  /// Books that were compared.
  public private(set) var compared: UInt64 = 0
  /// The first difference.
  public private(set) var fault: String?

  /// - Parameters:
  ///   - areNumbered: whether a host's books have the venue's sequence numbers; else a book is right when the venue's
  ///     was ever like it.
  ///   - bound: how far a ready book may be behind.
  ///   - told: the book of a symbol as its clients were last told.
  public init(
    symbols: [String], areNumbered: Bool = true, bound: BookLag = BookLag(), told: @escaping (String) -> TruthBook?
  ) {
    self.bound = bound
    self.symbols = symbols
    self.areNumbered = areNumbered
    book = told
    for symbol in symbols { history[symbol] = Told() }
  }

  /// Takes note of what the venue has reported; after each of its steps.
  /// - Parameter now: the venue's time.
  func note(now: Int64) {
    for symbol in symbols {
      guard let told = history[symbol], let book = book(symbol), told.order.last != book.sequence else { continue }
      let top = Self.top(book.bids) + Self.top(book.asks)
      told.add(book.sequence, at: now)
      if areNumbered { told.tops[book.sequence] = top } else { told.all[top] = told.dropped + told.order.count }
      if told.order.count > 2 * Self.kept {
        for old in told.order.prefix(Self.kept) { told.tops[old] = nil }
        told.dropOldest(Self.kept)
      }
    }
  }

  private static func top(_ levels: [TruthBook.Level]) -> Top {
    levels.prefix(depth).flatMap { [$0.price, $0.quantity] }
  }

  /// A host has applied something to a book.
  func check(_ market: MarketState) {
    let book = market.book
    guard fault == nil, book.isReady, let told = history[market.instrument.symbol] else { return }
    let seen = Self.seen(book)
    let name = "\(market.instrument.symbol) at \(book.sequence)"
    if areNumbered {
      guard let truth = told.tops[book.sequence] else { return }
      if seen != truth { fault = "\(name): \(seen), told was \(truth)" }
    } else if told.all[seen] == nil {
      fault = "\(name): \(seen) was never so"
    }
    compared += 1
  }

  /// Looks whether a ready book has stayed behind; from time to time, as nothing is heard of a book that stands still.
  /// - Parameter now: the venue's time.
  func checkLag(_ market: MarketState, now: Int64) {
    let book = market.book
    guard fault == nil, book.isReady, let told = history[market.instrument.symbol] else { return }
    let place = areNumbered ? told.place(of: book.sequence) : told.all[Self.seen(book)] ?? told.dropped
    guard let lack = told.lacking(after: place) else { return }
    if now - lack.time > bound.time || lack.updates > bound.updates {
      fault = "\(market.instrument.symbol) at \(book.sequence) lacks \(lack.updates) updates, the first since "
        + "\((now - lack.time) / 1_000_000) ms"
    }
  }

  private static func seen(_ book: OrderBook) -> Top {
    top(book.levels(.bid, depth: depth), book) + top(book.levels(.ask, depth: depth), book)
  }

  private static func top(_ levels: [Level], _ book: OrderBook) -> Top {
    levels.flatMap {
      [
        Decimal64(mantissa: $0.price, exponent: book.priceExponent),
        Decimal64(mantissa: $0.quantity, exponent: book.quantityExponent),
      ]
    }
  }
}
