import ConnectorKit
import ConnectorTestKit
import Testing

@Suite struct ChecksumBookTests {
  private func level(_ price: Int64, _ quantity: Int64 = 1) -> ChecksumBook.Level {
    ChecksumBook.Level(price: price, quantity: quantity, text: ChecksumText())
  }

  @Test func setTellsTheRankOfWhatChanged() {
    let book = ChecksumBook()
    let steps: [(price: Int64, quantity: Int64, rank: Int)] = [
      (10, 1, 0), (12, 1, 0), (11, 1, 1), (10, 5, 2), (11, 0, 1), (11, 0, -1), (12, 0, 0), (9, 1, 1),
    ]
    for step in steps {
      let rank = book.set(level(step.price, step.quantity), isBid: true)
      #expect(rank == step.rank)
    }
    #expect(book.bidCount == 2 && book.bid(0).price == 10 && book.bid(0).quantity == 5)
    let rank = book.set(level(10), isBid: false)
    #expect(rank == 0 && book.isCrossed)
  }

  /// Prices that drift push thousands of levels out, so that what was forgotten is also moved out of memory.
  @Test(arguments: [1, 2]) func forgottenLevelsStayForgotten(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let book = ChecksumBook(depth: 20)
    var truth: [Int64: Int64] = [:]
    var drift: Int64 = 100_000
    for _ in 0..<3000 {
      drift -= Int64(random.below(3))
      let price = drift + Int64(random.below(60))
      let quantity = random.oneIn(4) ? 0 : Int64(random.below(100) + 1)
      truth[price] = quantity == 0 ? nil : quantity
      book.set(level(price, quantity), isBid: false)
      book.trim()
      for price in truth.keys.sorted().dropFirst(20) { truth[price] = nil }
      let kept = (0..<book.askCount).map { book.ask($0) }
      guard kept.map(\.price) == truth.keys.sorted(), kept.allSatisfy({ truth[$0.price] == $0.quantity }) else {
        Issue.record("seed \(seed)")
        return
      }
    }
  }
}

@Suite struct TimestampTests {
  private func read(_ text: String) -> Int64? {
    let bytes = Array("\"\(text)\"".utf8) + [UInt8](repeating: 0, count: 64)
    return bytes.withUnsafeBufferPointer { buffer in
      var json = JSONScanner(UnsafeBufferPointer(rebasing: buffer[..<(buffer.count - 64)]))
      let time = json.timestamp()
      return json.isValid ? time : nil
    }
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2023-10-06T17:35:55.440295Z", 1_696_613_755_440_295_000),
    ("2024-02-29T23:59:59.9Z", 1_709_251_199_900_000_000), ("2000-03-01T00:00:00.000000001Z", 951_868_800_000_000_001),
  ])
  func times(text: String, nanoseconds: Int64) { #expect(read(text) == nanoseconds) }

  @Test(arguments: [
    "", "2023-10-06", "2023-10-06T17:35:55", "2023-10-06T17:35:55+02:00", "2023-13-06T17:35:55Z",
    "2023-10-06T24:00:00Z", "2023-10-06T17:35:55.Z", "2023-10-06T17:35:55.1234567890Z", "2023-10-06 17:35:55Z",
    "1969-12-31T23:59:59Z",
  ])
  func whatIsNoTime(text: String) { #expect(read(text) == nil) }
}
