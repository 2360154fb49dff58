import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// Checksums over numbers as values, however many zeros they are written with.
@Suite struct ValueChecksumTests {
  private func level(_ rule: BookPlan.Checksum, _ price: String, _ quantity: String) -> ChecksumText {
    var text = ChecksumText()
    let (prices, quantities) = (Array(price.utf8), Array(quantity.utf8))
    prices.withUnsafeBufferPointer { price in
      quantities.withUnsafeBufferPointer { quantity in
        CheckedBook(rule).write(price, quantity, to: &text)
      }
    }
    return text
  }

  @Test(arguments: [
    ("97.62", "3.20", "9762", "32"), ("100", "7.0", "100", "7"), ("0.0500", "10", "5", "10"),
    ("100.00", "0.1", "100", "1"),
  ]) func zerosBehindTheLastDecimalCountForNothing(
    _ price: String, _ quantity: String, _ digits: String, _ volume: String
  ) {
    #expect(
      level(.bidsThenAsks(levels: 10), price, quantity) == level(.asksThenBids(levels: 10), digits, volume))
  }

  @Test func oneSideComesFirst() {
    func book(_ bid: String, _ ask: String, bidsFirst: Bool) -> UInt32 {
      let book = ChecksumBook()
      for (text, isBid) in [(bid, true), (ask, false)] {
        let level = level(.asksThenBids(levels: 10), text, "1")
        book.set(ChecksumBook.Level(price: isBid ? 1 : 2, quantity: 1, text: level), isBid: isBid)
      }
      return book.joinedChecksum(levels: 10, bidsFirst: bidsFirst)
    }
    #expect(book("5", "7", bidsFirst: true) == book("7", "5", bidsFirst: false))
    #expect(book("5", "7", bidsFirst: true) != book("5", "7", bidsFirst: false))
  }
}
