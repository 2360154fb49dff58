import CBench
import Decimals
import MarketModel
import Runtime

/// The C reference that keeps a sorted book of every market of a feed. What the connector has to find out, it is
/// reported: which book a message is for, found by a replay before anything is measured.
final class BookReference {
  /// For each message the place of its book, and -1 where it changed none.
  private let targets: [Int]
  /// For each message whether it replaced its book.
  private let isWhole: [Bool]
  /// What each book holds before the first message, as a text that the reference reads.
  private let seeds: [[UInt8]]
  private let books: [OpaquePointer]
  /// How many levels of a side a checksum is taken over with each change; 0 where the exchange sends none.
  private let checksumDepth: Int

  /// - Parameter run: handles the feed's messages one by one on `session`.
  /// - Returns: nil where the reference cannot read this exchange's levels.
  init?(_ session: Session, feed: Feed, checksumDepth: Int, run: (Int) -> Void) {
    let markets = session.view.all
    seeds = markets.map { BookReference.text($0) }
    var (targets, isWhole) = ([Int](), [Bool]())
    var counts = markets.map(\.book.counters)
    for index in feed.messages.indices {
      run(index)
      // A message that brings several books is charged to the first of them.
      let place = markets.indices.first {
        markets[$0].book.counters.updates != counts[$0].updates
          || markets[$0].book.counters.snapshots != counts[$0].snapshots
      }
      targets.append(place ?? -1)
      isWhole.append(place.map { markets[$0].book.counters.snapshots != counts[$0].snapshots } ?? false)
      if let place { counts[place] = markets[place].book.counters }
    }
    (self.targets, self.isWhole, self.checksumDepth) = (targets, isWhole, checksumDepth)
    // As fine as the finest price, and as digits of a checksum have it.
    let places = checksumDepth > 0 ? 8 : markets.map { max(8, -$0.book.priceExponent) }.max() ?? 8
    books = markets.map { _ in cbench_book_make(places) }
    start()
    guard apply(feed) > 0, zip(markets, books).allSatisfy({ Self.isSame($0.book, $1, places) }) else { return nil }
  }

  /// Whether the best prices are the same; what lies far from them an exchange may have ceased to report.
  private static func isSame(_ book: OrderBook, _ reference: OpaquePointer, _ places: Int32) -> Bool {
    guard book.isReady else { return true }
    return BookSide.allCases.allSatisfy { side in
      guard let best = book.levels(side, depth: 1).first else { return true }
      let price = Decimal64(mantissa: best.price, exponent: book.priceExponent)
      return price.mantissa(at: -places) == cbench_book_best(reference, side == .ask ? 1 : 0)
    }
  }

  deinit { books.forEach { cbench_book_free($0) } }

  /// Puts the books where they were before the first message.
  func start() {
    for (book, seed) in zip(books, seeds) {
      cbench_book_clear(book)
      _ = seed.withUnsafeBufferPointer { cbench_book_apply(book, $0.baseAddress, $0.count) }
    }
  }

  /// Goes through the feed; what changes no book is walked over as the plain scan does.
  /// - Returns: how many levels it took, with the checksums added so that they cannot be left out.
  func apply(_ feed: Feed) -> UInt64 {
    var sum: UInt64 = 0
    for index in feed.messages.indices {
      let message = feed.text(index)
      guard targets[index] >= 0 else {
        _ = cbench_scan(message.baseAddress, message.count)
        continue
      }
      let book = books[targets[index]]
      if isWhole[index] { cbench_book_clear(book) }
      sum &+= UInt64(cbench_book_apply(book, message.baseAddress, message.count))
      if checksumDepth > 0 { sum &+= cbench_book_checksum(book, checksumDepth) }
    }
    return sum
  }

  private static func text(_ market: MarketState) -> [UInt8] {
    let book = market.book
    func side(_ side: BookSide) -> String {
      book.levels(side).map { level in
        let price = Decimal64(mantissa: level.price, exponent: book.priceExponent)
        let quantity = Decimal64(mantissa: level.quantity, exponent: book.quantityExponent)
        return "[\"\(price)\",\"\(quantity)\"]"
      }.joined(separator: ",")
    }
    return Array("{\"b\":[\(side(.bid))],\"a\":[\(side(.ask))]}".utf8)
  }
}
