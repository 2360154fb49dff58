import Catalog
import Decimals
import Testing

@testable import PatchbayHost
@testable import patchbay

/// Numbers of orders with any number of digits.
@Suite struct AskedNumberTests {
  @Test func digitsBeyondArithmeticAreCutOff() throws {
    for (text, value, isCut) in [
      ("0.25", "0.25", false), ("0.0100000000000000000000001", "0.01", true),
      ("1.50000000000000000000000000000000", "1.5", false),
      ("60000.123456789012345678901234567890", "60000.12345678901234", true),
      ("0." + String(repeating: "3", count: 900), "0.3333333333333333333", true),
      (String(repeating: "0", count: 500) + "7", "7", false), ("1e3", "1000", false),
    ] {
      let number = try AskedNumber(text)
      #expect(number.isCut == isCut && number.text == text, "\(text)")
      if isCut {
        // Never more than was asked for, and to at least 17 digits the same.
        #expect(number.value.plain.hasPrefix(value), "\(text): \(number.value.plain)")
      } else {
        #expect(number.value == Decimal64(value), "\(text)")
      }
    }
  }

  @Test func whatIsNoNumberIsToldInWords() {
    for (text, fault) in [
      ("", AskedNumber.Fault.notPositive), ("abc", .notPositive), ("-1", .notPositive), ("0", .notPositive),
      ("0.000", .notPositive), ("-0." + String(repeating: "0", count: 80) + "1", .notPositive),
      ("0." + String(repeating: "0", count: 80) + "1", .tooSmall), ("1e999", .notPositive), ("NaN", .notPositive),
      (String(repeating: "1", count: 1001), .tooLong(1001)), ("0x10", .notPositive),
    ] {
      #expect(throws: fault, "\(text.prefix(20))") { try AskedNumber(text) }
    }
    #expect(AskedNumber.Fault.tooLong(1001).description.hasPrefix("has 1001 characters; a number may have 1000"))
  }

  @Test func roundingIsTold() throws {
    let number = try AskedNumber("0.0129")
    #expect(number.rounding("quantity", to: Decimal64("0.0129")) == nil)
    #expect(number.rounding("quantity", to: nil) == nil)
    let told = try #require(number.rounding("quantity", to: Decimal64("0.012")))
    #expect(told == ["field": "quantity", "asked": "0.0129", "placed": "0.012"])
    #expect(OrderText.rounding(told) == "the quantity 0.0129 was rounded down to 0.012\n")
    // Thirty digits, as pasted from a spreadsheet.
    let many = try AskedNumber("0.00412345678901234567890123456789")
    #expect(
      many.rounding("quantity", to: Decimal64("0.00412"))
        == ["field": "quantity", "asked": "0.00412345678901234567890123456789", "placed": "0.00412"])
    let cut = try AskedNumber("0.0100000000000000000000001")
    #expect(cut.rounding("price", to: Decimal64("0.01"))?["asked"] == "0.0100000000000000000000001")
  }
}
