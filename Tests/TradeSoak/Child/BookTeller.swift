import Decimals
import MarketModel
import Runtime

/// Reports the best levels of every ready book after each of its events, for the other process to compare. Of all
/// lanes.
final class BookTeller: SessionObserver, Sendable {
  private let tell: @Sendable (String) -> Void

  init(tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

  func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .book(let market):
      if let line = Self.line("book", session, market) { tell(line) }
    case .fault(let text): tell("wrong \(session.name) the connector gave up: \(text)")
    case .log(let level, let text) where level >= .error: tell("note \(session.name) \(text)")
    default: break
    }
  }

  /// A ready book, as the other process reads it.
  static func line(_ word: String, _ session: Session, _ market: MarketState) -> String? {
    let book = market.book
    guard book.isReady else { return nil }
    let mark = mark(book)
    return "\(word) \(session.name) \(market.instrument.symbol) \(book.sequence) \(mark.value) \(mark.text)"
  }

  private static func mark(_ book: OrderBook) -> BookMark {
    var mark = BookMark()
    add(book.levels(.bid, depth: BookMark.depth), book, &mark)
    mark.turn()
    add(book.levels(.ask, depth: BookMark.depth), book, &mark)
    return mark
  }

  private static func add(_ levels: [Level], _ book: OrderBook, _ mark: inout BookMark) {
    for level in levels {
      mark.add(
        Decimal64(mantissa: level.price, exponent: book.priceExponent),
        Decimal64(mantissa: level.quantity, exponent: book.quantityExponent))
    }
  }
}
