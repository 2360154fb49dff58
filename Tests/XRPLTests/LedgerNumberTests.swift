import Testing

@testable import XRPLConnector

@Suite struct LedgerNumberTests {
  private func number(_ text: String) -> LedgerNumber? {
    Array(text.utf8).withUnsafeBufferPointer { LedgerNumber($0) }
  }

  @Test(arguments: [
    ("0", -6, 0), ("1.5", -6, 1_500_000), ("42.50531785780174", -6, 42_505_317),
    ("3970260734451929e-29", -20, 3_970_260),
    ("9999999999999999e80", 0, LedgerNumber.most), ("1e-96", -6, 0), ("12e3", 0, 12_000), ("00.10", -1, 1),
  ])
  func isCountedInUnits(_ text: String, _ exponent: Int32, _ units: Int64) throws {
    #expect(try #require(number(text)).units(of: exponent) == units)
  }

  @Test(arguments: ["", "-1", "+1", "1e", "e5", "1e5555", "1.2.3", "0x10", "NaN", ".", ".5", "1 "])
  func whatIsNoNumberIsNone(_ text: String) { #expect(number(text) == nil) }

  @Test func aLongTextIsCutAndNotLost() throws {
    let long = try #require(number("465397.6823195420486805975706240982919905"))
    let one = LedgerNumber(mantissa: 1, exponent: 0)
    #expect(one.divided(by: long.scaled(by: -6), unitsOf: -10) == 21_487_000_000)
    #expect(number(String(repeating: "9", count: 201)) == nil)
  }

  @Test func quotientsAndDifferencesOfExtremesEndWithinBounds() throws {
    let (large, small) = (try #require(number("9999999999999999e80")), try #require(number("1e-96")))
    #expect(large.divided(by: small, unitsOf: -10) == LedgerNumber.most)
    #expect(small.divided(by: large, unitsOf: -10) == 0)
    #expect(large.divided(by: .zero, unitsOf: -10) == nil)
    #expect(large.minus(small) == large && small.minus(large) == nil)
    #expect(LedgerNumber.zero.minus(large) == nil && LedgerNumber.zero.minus(.zero) == .zero)
    let (before, left) = (try #require(number("44.756352009")), try #require(number("42.50531785780174")))
    #expect(before.minus(left)?.units(of: -14) == 225_103_415_119_826)
  }
}
