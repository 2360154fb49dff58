import CPatchbay
import Testing

@testable import Records

/// Single records written by hand: what random ones reach rarely or never.
struct CheckerTests {
  /// A record as 64-bit words; its size, kind and head are filled in.
  private func check(kind: Int, head: Int, _ words: [UInt64], isInput: Bool = false) -> RecordFault? {
    var words = words
    words[0] = UInt64(words.count * 8) | UInt64(kind) << 32 | UInt64(head) << 48
    return words.withRecord { base, count in
      let checker = RecordChecker()
      return isInput ? checker.checkInput(base, available: count) : checker.checkOutput(base, available: count)
    }
  }

  private func named(_ fault: RecordFault?) -> String { fault.map(String.init(describing:)) ?? "accepted" }

  /// A ref's or list's eight bytes.
  private func part(_ offset: Int, _ count: Int) -> UInt64 { UInt64(offset) | UInt64(count) << 32 }

  @Test func usualBooksInEitherOrder() {
    let fixed = [UInt64](repeating: 0, count: 7), levels = [UInt64](repeating: 5, count: 6)
    #expect(check(kind: 36, head: 72, fixed + [part(72, 1), part(88, 2)] + levels) == nil)
    #expect(check(kind: 36, head: 72, fixed + [part(104, 1), part(72, 2)] + levels) == nil)
    #expect(check(kind: 36, head: 72, fixed + [part(72, 3), 0] + levels) == nil)
    #expect(check(kind: 36, head: 72, fixed + [0, part(72, 3)] + levels) == nil)
    #expect(check(kind: 36, head: 72, fixed + [0, 0]) == nil)
  }

  @Test func booksThatAlmostFit() {
    let fixed = [UInt64](repeating: 0, count: 7), levels = [UInt64](repeating: 5, count: 6)
    #expect(named(check(kind: 36, head: 72, fixed + [part(72, 1), part(72, 2)] + levels)).contains("shares bytes"))
    #expect(check(kind: 36, head: 72, fixed + [part(72, 1), part(104, 1)] + levels) == .padding(88))
    #expect(check(kind: 36, head: 72, fixed + [part(72, 1), part(88, 1)] + levels) == .padding(104))
    #expect(named(check(kind: 36, head: 72, fixed + [part(72, 2), part(88, 2)] + levels)).contains("shares bytes"))
    #expect(named(check(kind: 36, head: 72, fixed + [part(72, 3), part(120, 1)] + levels)).contains("asks reaches"))
    #expect(named(check(kind: 36, head: 72, fixed + [part(72, 3), part(72, 0)] + levels)).contains("asks is empty"))
    #expect(named(check(kind: 36, head: 72, fixed + [part(64, 3), 0] + levels)).contains("pb_book.bids reaches"))
    // 2^28 * 16 bytes: a count that wraps in 32 bits.
    #expect(named(check(kind: 36, head: 72, fixed + [part(72, 1 << 28), part(72, 3)] + levels)).contains("reaches"))
  }

  @Test func tradesAndTickers() {
    let trade = [UInt64](repeating: 0, count: 7)
    #expect(check(kind: 38, head: 64, trade + [part(64, 3), 0x333231]) == nil)
    #expect(named(check(kind: 38, head: 64, trade + [part(64, 3), 0xFF3231])).contains("pb_trade.trade must be UTF-8"))
    #expect(check(kind: 38, head: 64, trade + [part(64, 3), 0x3433_3231]) == .padding(64))
    #expect(check(kind: 38, head: 64, trade + [part(64, 3), 0x333231, 0, 0]) == nil)
    #expect(check(kind: 38, head: 64, trade + [0]) == nil)
    #expect(check(kind: 38, head: 64, trade + [0, 1]) == .padding(64))
    var ticker = [UInt64](repeating: 0, count: 19)
    #expect(check(kind: 39, head: 152, ticker) == nil)
    ticker[18] = 65
    #expect(named(check(kind: 39, head: 152, ticker)).contains("pb_ticker.quote_volume"))
    #expect(check(kind: 39, head: 152, [UInt64](repeating: 0, count: 19) + [0]) == nil)
  }

  @Test func aPartIsEitherLiteralOrSealed() {
    let fixed = [UInt64](repeating: 0, count: 5), rest = [UInt64](repeating: 0, count: 5)
    let open = { (part: UInt64, parts: [UInt64]) in
      self.check(kind: PB_OUT_OPEN, head: 88, fixed + [part] + rest + parts)
    }
    let operation: [UInt64] = [48, 0, 0]
    #expect(open(part(88, 1), [part(104, 8), 0, 0x4141_4141_4141_4141]) == nil)
    #expect(open(part(88, 1), [0, part(104, 1)] + operation) == nil)
    #expect(named(open(part(88, 1), [0, 0])).contains("exactly one"))
    #expect(named(open(part(88, 1), [part(128, 8), part(104, 1)] + operation + [0x41])).contains("exactly one"))
  }

  /// Many lists that all name the same elements: without a bound, the check would take ten billion steps.
  @Test func sharedListsEndTheCheckEarly() {
    var words = [UInt64](repeating: 0, count: 11)
    let headers = 100_000, text = 88 + headers * 16
    words[6] = part(88, headers)
    for _ in 0..<headers { words += [0, part(text, headers)] }
    for _ in 0..<headers { words += [part(text + headers * 16, 1), 0] }
    words.append(0x41)
    #expect(named(check(kind: PB_OUT_OPEN, head: 88, words)).contains("shares bytes"))
  }

  @Test func nestedRecordsDoNotNestFurther() {
    let inner = { (items: UInt64, tail: [UInt64]) -> [UInt64] in
      var words = [UInt64](repeating: 0, count: 27) + [items] + tail
      words[0] = UInt64(words.count * 8) | 10 << 32 | 224 << 48
      return words
    }
    let leaf = inner(0, [])
    let batch = { (ref: UInt64, nested: [UInt64]) in
      self.check(kind: 10, head: 224, inner(self.part(224, 1), [ref] + nested), isInput: true)
    }
    #expect(batch(part(232, 224), leaf) == nil)
    #expect(named(batch(part(232, 216), leaf)).contains("record's size"))
    let middle = inner(part(224, 1), [part(232, 224)] + leaf)
    #expect(named(batch(part(232, middle.count * 8), middle)).contains("must not hold nested"))
    #expect(named(batch(0, [])).contains("record's size"))
    #expect(named(batch(part(232, 8), [5])).contains("record's size"))
  }

  @Test func manyPartsOutOfOrder() {
    var words = [UInt64](repeating: 0, count: 3)
    let count = 200, texts = 24 + count * 48
    words[2] = part(24, count)
    for index in 0..<count {
      let place = (index * 73) % count
      let text = texts + place * 24
      words += [0, 0, 0, part(text, 5), part(text + 8, 6), part(text + 16, 7)]
    }
    words += [UInt64](repeating: 0, count: count).flatMap { _ in
      [0x41_4141_4141, 0x4141_4141_4141, 0x41_4141_4141_4141]
    }
    #expect(check(kind: 33, head: 24, words) == nil)
    words[words.count - 3] |= 1 << 40
    #expect(check(kind: 33, head: 24, words) == .padding(UInt32(words.count * 8 - 24)))
  }

  @Test func textMatchesTheStandardLibrary() {
    var random = SeededGenerator(seed: 3)
    for round in 0..<20_000 {
      let heads: [UInt8] = [0x41, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xC1, 0x80, 0xBF, 0x9F, 0x90, 0x8F, 0xA0, 0]
      let bytes = (0..<random.below(14)).map { _ in heads[random.below(round % 3 == 0 ? 1 : heads.count)] }
      let expected = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
      #expect(bytes.isEmpty ? expected : bytes.withRecord(isText) == expected)
    }
  }

  @Test func everyScalarIsText() {
    for value in 1...0x10FFFF as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value) else { continue }
      if !Array(String(scalar).utf8).withRecord(isText) { Issue.record("U+\(value)") }
    }
  }
}
