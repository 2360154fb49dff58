import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// CRC32, the book that keeps digits, and the queue of frames.
struct BookPartsTests {
  // MARK: CRC32

  private func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBufferPointer { CRC32.of($0) } }

  /// Bit by bit, as the polynomial says.
  private func plainCRC(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  @Test func knownChecksums() {
    #expect(crc([]) == 0)
    #expect(crc(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(crc(Array("The quick brown fox jumps over the lazy dog".utf8)) == 0x414F_A339)
  }

  @Test func checksumsOfRandomBytesInRandomPieces() {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let bytes = (0..<random.below(200)).map { _ in UInt8(random.below(256)) }
      #expect(crc(bytes) == plainCRC(bytes))
      var pieces = CRC32()
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = Array(rest.prefix(1 + random.below(20)))
        rest = rest.dropFirst(piece.count)
        if piece.count == 1 { pieces.add(piece[0]) } else { piece.withUnsafeBufferPointer { pieces.add($0) } }
      }
      #expect(pieces.value == plainCRC(bytes))
    }
  }

  // MARK: ChecksumBook

  private func bytes(_ text: ChecksumText) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 32)
    block.withUnsafeMutableBytes { if let start = $0.baseAddress { text.write(to: start) } }
    return Array(block[..<text.count])
  }

  private func significant(_ text: String) -> ChecksumText {
    var result = ChecksumText()
    Array(text.utf8).withUnsafeBufferPointer { result.append(significantDigitsOf: $0) }
    return result
  }

  @Test func significantDigitsAreKeptAsSent() {
    for (text, digits) in [("", ""), ("0", ""), ("0.00100000", "100000"), ("12.50", "1250"), ("007", "7")] {
      #expect(bytes(significant(text)) == Array(digits.utf8))
    }
    for number in [0, 5, 10, 12_345, UInt64.max >> 8] as [UInt64] {
      var text = ChecksumText()
      text.append(significantDigitsOf: number)
      #expect(bytes(text) == Array((number == 0 ? "" : "\(number)").utf8))
    }
    #expect(significant("1.0") != significant("1.00"))
    #expect(!significant(String(repeating: "7", count: 31)).isTooLong)
    #expect(significant(String(repeating: "7", count: 32)).isTooLong)
  }

  @Test func snapshotsAreArranged() {
    let book = ChecksumBook(depth: 2)
    for price in [5, 9, 7] as [Int64] { book.append(level(price, 1, "1"), isBid: true) }
    for price in [12, 11] as [Int64] { book.append(level(price, 1, "1"), isBid: false) }
    let isArranged = book.arrange()
    #expect(isArranged && book.bidCount == 2 && book.bid(0).price == 9 && book.bid(1).price == 7)
    #expect(book.ask(0).price == 11 && !book.isCrossed)
    book.append(level(11, 1, "1"), isBid: false)
    let hasTwice = !book.arrange()
    #expect(hasTwice, "a price stands twice")
    book.removeAll()
    book.append(level(5, 0, "0"), isBid: true)
    let hasZero = !book.arrange()
    #expect(hasZero, "a quantity is zero")
  }

  private func level(_ price: Int64, _ quantity: Int64, _ amount: String) -> ChecksumBook.Level {
    var text = significant("\(price / 100).\(price % 100 + 100)")
    Array(amount.utf8).withUnsafeBufferPointer { text.append(significantDigitsOf: $0) }
    return ChecksumBook.Level(price: price, quantity: quantity, text: text)
  }

  /// Random updates against a dictionary per side, and Kraken's checksum over both: the best ten asks, then the best
  /// ten bids, each price and quantity without its point and leading zeros.
  @Test func agreesWithADictionary() throws {
    for seed in 0..<30 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let depth = random.pick([0, 10, 25])
      let book = ChecksumBook(depth: depth)
      var sides: [Bool: [Int64: String]] = [true: [:], false: [:]]
      for _ in 0..<300 {
        let isBid = random.oneIn(2)
        let price = Int64(isBid ? 1000 - random.below(60) : 1001 + random.below(60))
        let quantity = random.oneIn(3) ? 0 : Int64(1 + random.below(5000))
        let amount = "0.\(String(String(10_000 + quantity).dropFirst()))"
        book.set(level(price, quantity, amount), isBid: isBid)
        book.trim()
        sides[isBid]?[price] = quantity == 0 ? nil : amount
        for side in [true, false] where depth > 0 {
          let best = (sides[side] ?? [:]).keys.sorted { side ? $0 > $1 : $0 < $1 }.prefix(depth)
          sides[side] = sides[side]?.filter { best.contains($0.key) }
        }
        let bids = (sides[true] ?? [:]).sorted { $0.key > $1.key },
          asks = (sides[false] ?? [:]).sorted { $0.key < $1.key }
        #expect((0..<book.bidCount).map { book.bid($0).price } == bids.map(\.key), "seed \(seed)")
        #expect((0..<book.askCount).map { book.ask($0).price } == asks.map(\.key), "seed \(seed)")
        #expect(checksum(book) == plainCRC(text(asks) + text(bids)), "seed \(seed)")
      }
      book.removeAll()
      #expect(book.bidCount == 0 && book.askCount == 0)
    }
  }

  private func text(_ side: [(key: Int64, value: String)]) -> [UInt8] {
    side.prefix(10).flatMap { price, quantity in
      [("\(price / 100).\(price % 100 + 100)"), quantity].flatMap {
        Array(String($0.filter { $0 != "." }.drop { $0 == "0" }).utf8)
      }
    }
  }

  private func checksum(_ book: ChecksumBook) -> UInt32 {
    let asks = (0..<min(10, book.askCount)).map { book.ask($0) }
    let bids = (0..<min(10, book.bidCount)).map { book.bid($0) }
    var crc = CRC32()
    for byte in (asks + bids).flatMap({ bytes($0.text) }) { crc.add(byte) }
    return crc.value
  }

  // MARK: FrameQueue

  private func append(_ queue: FrameQueue, _ text: String) -> Bool {
    Array(text.utf8).withUnsafeBufferPointer { queue.append($0) }
  }

  private func drain(_ queue: FrameQueue) -> [String] {
    var frames: [String] = []
    queue.drain { frame in
      frames.append(String(decoding: frame, as: UTF8.self))
      return true
    }
    return frames
  }

  @Test func framesComeOutInOrder() {
    let queue = FrameQueue()
    let frames = (0..<100).map { String(repeating: "x", count: $0 % 7) + "\($0)" } + [""]
    for frame in frames { #expect(append(queue, frame)) }
    #expect(queue.count == 101)
    #expect(drain(queue) == frames)
    #expect(queue.isEmpty)
    #expect(drain(queue) == [])
  }

  @Test func aFullQueueKeepsWhatItHas() {
    let few = FrameQueue(maxFrames: 2, maxBytes: 100)
    #expect(append(few, "a") && append(few, "b") && !append(few, "c"))
    #expect(drain(few) == ["a", "b"])
    let small = FrameQueue(maxFrames: 100, maxBytes: 5)
    #expect(append(small, "abc") && !append(small, "def") && append(small, "de") && !append(small, "f"))
    #expect(drain(small) == ["abc", "de"])
    #expect(append(small, "again"))
    small.removeAll()
    #expect(small.isEmpty)
  }

  @Test func whatIsAppendedWhileDrainingIsKept() {
    let queue = FrameQueue()
    for text in ["1", "2", "3"] { _ = append(queue, text) }
    var seen = 0
    queue.drain { frame in
      seen += 1
      return seen == 1 ? append(queue, "late") : false
    }
    #expect(seen == 2)
    #expect(drain(queue) == ["late"])
  }
}
