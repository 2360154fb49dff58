import Decimals
import MarketModel
import Runtime
import VenueExchange

/// Holds every book that a host calls ready against what the venue had told at that sequence number.
public final class BookWitness {
  /// The best levels of both sides, best bid first, then best ask.
  typealias Top = [Decimal64]

  private let book: (String) -> TruthBook?
  private let symbols: [String]
  private let areNumbered: Bool
  /// What was told of one symbol, by sequence number, and in which order.
  private final class Told {
    var tops: [UInt64: Top] = [:]
    var order: [UInt64] = []
    /// The same without numbers.
    var all: Set<Top> = []
  }

  private var history: [String: Told] = [:]
  private static let kept = 20_000
  private static let depth = 10
  /// Books that were compared.
  public private(set) var compared: UInt64 = 0
  /// The first difference.
  public private(set) var fault: String?

  /// - Parameters:
  ///   - areNumbered: whether a host's books have the venue's sequence numbers; else a book is right when the venue's
  ///     was ever like it.
  ///   - told: the book of a symbol as its clients were last told.
  public init(symbols: [String], areNumbered: Bool = true, told: @escaping (String) -> TruthBook?) {
    self.symbols = symbols
    self.areNumbered = areNumbered
    book = told
    for symbol in symbols { history[symbol] = Told() }
  }

  /// Takes note of what the venue has told; after each of its steps.
  func note() {
    for symbol in symbols {
      guard let told = history[symbol], let book = book(symbol), told.order.last != book.sequence else { continue }
      let top = Self.top(book.bids) + Self.top(book.asks)
      guard areNumbered else {
        told.all.insert(top)
        told.order = [book.sequence]
        continue
      }
      told.tops[book.sequence] = top
      told.order.append(book.sequence)
      if told.order.count > 2 * Self.kept {
        for old in told.order.prefix(Self.kept) { told.tops[old] = nil }
        told.order.removeFirst(Self.kept)
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
    let seen =
      Self.top(book.levels(.bid, depth: Self.depth), book) + Self.top(book.levels(.ask, depth: Self.depth), book)
    let name = "\(market.instrument.symbol) at \(book.sequence)"
    if areNumbered {
      guard let truth = told.tops[book.sequence] else { return }
      if seen != truth { fault = "\(name): \(seen), told was \(truth)" }
    } else if !told.all.contains(seen) {
      fault = "\(name): \(seen) was never so"
    }
    compared += 1
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
