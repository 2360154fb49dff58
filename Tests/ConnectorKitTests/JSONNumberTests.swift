import ConnectorTestKit
import Decimals
import Testing

@testable import ConnectorKit

/// Typed numbers against `DecimalText`, which reads byte by byte.
struct JSONNumberTests {
  let memory: GuardedText

  init() throws { memory = try GuardedText() }

  @Test func fixedAgreesWithDecimalText() {
    var random = SeededGenerator(seed: 1)
    var (read, refused) = (0, 0)
    for _ in 0..<60_000 {
      let text = randomNumber(&random)
      let exponent = Int32(random.pick([0, -1, -2, -5, -8, -8, -8, -10, -12, -18, 2]))
      for quoted in [true, false] {
        let expected = quoted || isJSONNumber(text) ? expectedMantissa(text, exponent) : nil
        let result = scan(quoted ? "\"\(text)\"" : text) { $0.fixed(exponent) }
        #expect(result == expected, "\(quoted ? "quoted" : "bare") \(text) at \(exponent)")
        if expected == nil { refused += 1 } else { read += 1 }
      }
    }
    // Neither side may be a corner case only.
    #expect(read > 20_000)
    #expect(refused > 20_000)
  }

  @Test func decimalAgreesWithDecimalText() {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<20_000 {
      let text = randomNumber(&random)
      var expected: Decimal64?
      if case .exact(let value) = parse(text) { expected = value }
      #expect(scan("\"\(text)\"") { $0.decimal() } == expected, "\(text)")
      #expect(scan(text) { $0.decimal() } == (isJSONNumber(text) ? expected : nil), "\(text)")
    }
  }

  @Test func unsignedAgreesWithTheStandardLibrary() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<40_000 {
      var text = String((0..<random.below(22)).map { _ in random.pick(Array("0123456789")) })
      if random.oneIn(6) { text = "1844674407370955\(1600 + random.below(30))" }
      if random.oneIn(10) { text += random.pick([".", ".0", "e1", "-", "x", " "]) }
      let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      let expected = isPlain ? UInt64(text) : nil
      #expect(scan("\"\(text)\"") { $0.unsigned() } == expected, "\(text)")
      let bare = text.trimmingSuffix(" ")
      let isCanonical = bare == "0" || !bare.hasPrefix("0")
      #expect(scan(text) { $0.unsigned() } == (isCanonical ? UInt64(bare) : nil), "\(text)")
    }
  }

  @Test func limits() {
    #expect(scan("18446744073709551615") { $0.unsigned() } == .max)
    #expect(scan("18446744073709551616") { $0.unsigned() } == nil)
    #expect(scan("-1") { $0.unsigned() } == nil)
    #expect(scan("9223372036854775807") { $0.integer() } == .max)
    #expect(scan("9223372036854775808") { $0.integer() } == nil)
    #expect(scan("-9223372036854775807") { $0.integer() } == -.max)
    #expect(scan("5.0") { $0.integer() } == 5)
    #expect(scan("1e3") { $0.integer() } == 1000)
    #expect(scan("5.5") { $0.integer() } == nil)
    #expect(scan("1700000000123") { $0.milliseconds() } == 1_700_000_000_123_000_000)
    #expect(scan("\"1700000000123.000456\"") { $0.milliseconds() } == 1_700_000_000_123_000_456)
    #expect(scan("1700000000123.0004567") { $0.milliseconds() } == nil)
    #expect(scan("1") { $0.fixed(.min) } == nil)
    #expect(scan("0") { $0.fixed(.min) } == 0)
    #expect(scan("1") { $0.fixed(.max) } == nil)
  }

  @Test func absentDecimals() {
    for text in ["null", "\"\"", " null"] { #expect(scan(text) { $0.optionalDecimal() } == .some(.none)) }
    #expect(scan(" \"1.50\"") { $0.optionalDecimal() } == .some(Decimal64(mantissa: 150, exponent: -2)))
    for text in ["x", "{}", "\"x\"", "nul", "\"1,5\"", ""] { #expect(scan(text) { $0.optionalDecimal() } == nil) }
  }

  /// What follows the text must not make a difference, even digits and quotes.
  @Test func theBytesBehindTheTextAreNotUsed() {
    for slack in ["9", "\"", ".5", "e1", "0", "-", " "] {
      for text in ["1", "12345678", "1.5", "0.12345678", "1234567890123456789", "\"7\"", "-3"] {
        let plain = String(text.filter { $0 != "\"" })
        let expected = expectedMantissa(plain, -8)
        var json = JSONScanner(memory.place(text, slack: slack))
        let value = json.fixed(-8)
        let read = json.isValid ? value : nil
        #expect(read == expected, "\(text) before \(slack)")
        var again = JSONScanner(memory.place(text, slack: slack))
        let number = again.unsigned()
        let whole = again.isValid ? number : nil
        #expect(whole == UInt64(plain), "\(text) before \(slack)")
      }
      for text in ["\"1", "\"", "1.", "-", "1e"] {
        var json = JSONScanner(memory.place(text, slack: slack))
        _ = json.fixed(-8)
        let isValid = json.isValid
        #expect(!isValid, "\(text) before \(slack)")
      }
    }
  }

  // MARK: Support

  /// What `read` gives for the whole text; `nil` when the scanner refuses it.
  private func scan<T>(_ text: String, _ read: (inout JSONScanner) -> T) -> T? {
    var json = JSONScanner(memory.place(text))
    let value = read(&json)
    return json.isComplete() ? value : nil
  }

  private func parse(_ text: String) -> DecimalText.Parsed {
    isWritten(text) ? Array(text.utf8).withUnsafeBufferPointer { DecimalText.parse($0) } : .notANumber
  }

  /// Whether digits stand before and behind a point, and no plus sign in front.
  private func isWritten(_ text: String) -> Bool {
    let bare = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let rest = bare.drop { "0123456789".contains($0) }
    guard rest.startIndex > bare.startIndex, rest.first == "." else { return rest.startIndex > bare.startIndex }
    return rest.dropFirst().first.map { "0123456789".contains($0) } ?? false
  }

  private func expectedMantissa(_ text: String, _ exponent: Int32) -> Int64? {
    guard case .exact(let value) = parse(text) else { return nil }
    return value.mantissa(at: exponent)
  }

  private func isJSONNumber(_ text: String) -> Bool {
    if case .bare(let word)? = ReferenceParser.parse(Array(text.utf8)) {
      return word == text && !"tfn".contains(text.prefix(1))
    }
    return false
  }

  private func randomNumber(_ random: inout SeededGenerator) -> String {
    func digits(_ bound: Int, _ random: inout SeededGenerator) -> String {
      let zeros = random.oneIn(4)
      return String(
        (0..<random.below(bound)).map { _ in zeros && !random.oneIn(4) ? "0" : random.pick(Array("0123456789")) })
    }
    var text = random.pick(["", "", "", "-", "+"]) + digits(random.pick([3, 8, 20, 24]), &random)
    if !random.oneIn(3) { text += "." + digits(random.pick([4, 9, 12, 22]), &random) }
    if random.oneIn(8) { text += random.pick(["e", "E"]) + random.pick(["", "-", "+"]) + digits(4, &random) }
    if random.oneIn(20) { text += random.pick([".", "-", "x", ",", "e"]) }
    return text
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
