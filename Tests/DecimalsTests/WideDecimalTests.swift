import Decimals
import Testing

struct WideDecimalTests {
  private func wide(_ text: String) -> WideDecimal? {
    var copy = text
    return copy.withUTF8 { WideDecimal($0) }
  }

  @Test(arguments: [
    ("123456789012.34567891", "0.00000000", "123456789012.3456789", false),
    ("1000000000000.000000000000000000", "0.5", "1000000000000.5", true),
    ("999999999999999999.999999999999999999", "0.000000000000000001", "1000000000000000000", true),
    ("-123456789012.34567891", "0", "-123456789012.345679", false),
    ("123456789012345.12345", "-0.00005", "123456789012345.1234", true),
    ("0.1", "0.2", "0.3", true), ("1e3", "1", "1001", true),
    ("12345678901234567890123456789012345678901234567890", "0", "12345678901234567890", nil),
  ])
  func sumsAreRightAndCutDownward(_ a: String, _ b: String, _ sum: String, _ isExact: Bool?) throws {
    let (left, right) = (try #require(wide(a)), try #require(wide(b)))
    let result = try #require((left + right).narrowed)
    guard let isExact else { return #expect(!result.isExact && result.value > 0) }
    #expect(result.value.plain == sum && result.isExact == isExact, "\(result)")
  }

  @Test func whatIsTakenAwayIsRightInEveryDigit() throws {
    let (left, right) = (
      try #require(wide("123456789012345678.123456789")), try #require(wide("123456789012345678.12"))
    )
    let difference = left - right
    #expect(difference.narrowed?.value == Decimal64("0.003456789") && difference.narrowed?.isExact == true)
  }

  @Test(arguments: ["", ".", "abc", "1.2.3", "--1", "0x10", "123456789012345678901234567890e5"])
  func whatIsNoNumberIsNone(_ text: String) { #expect(wide(text) == nil) }
}
