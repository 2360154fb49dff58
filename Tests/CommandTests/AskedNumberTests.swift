import Catalog
import Control
import Decimals
import JSONTree
import Testing

@testable import PatchbayHost
@testable import patchbay

/// Keeps what a request was refused with.
private final class Refusals: ControlAnswerer, @unchecked Sendable {
  private(set) var fields: [String?] = []

  func answer(_ call: ControlCall, _ answer: ControlAnswer) {
    if case .failure(_, _, let field) = answer { fields.append(field) }
  }
  func submit(after nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) {}
}

/// Numbers of orders with any number of digits.
@Suite struct AskedNumberTests {
  @Test func digitsBeyondArithmeticAreCutOff() throws {
    for (text, value, isCut) in [
      ("0.25", "0.25", false), ("0.0100000000000000000000001", "0.01", true),
      ("1.50000000000000000000000000000000", "1.5", false),
      ("60000.123456789012345678901234567890", "60000.12345678901234", true),
      ("0." + String(repeating: "3", count: 900), "0.3333333333333333333", true),
      (String(repeating: "0", count: 500) + "7", "7", false), ("1000", "1000", false),
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
      ("1e3", .notPositive), ("1E3", .notPositive), (".5", .notPositive), ("5.", .notPositive), ("+1", .notPositive),
      ("1.2.3", .notPositive), (" 1", .notPositive), ("1_000", .notPositive), ("\u{0661}", .notPositive),
    ] {
      #expect(throws: fault, "\(text.prefix(20))") { try AskedNumber(text) }
    }
    #expect(AskedNumber.Fault.tooLong(1001).description.hasPrefix("has 1001 characters; a number may have 1000"))
  }

  /// One rule for the command line, the control socket and HTTP.
  @Test func aRequestHasNumbersAsTextsAndFlagsAsFlags() {
    func refusal(_ name: String, _ value: JSONValue) -> [String?] {
      let refusals = Refusals()
      var members = ["side": "buy", "quantity": "1", "price": "2"] as [String: JSONValue]
      members[name] = value
      let request = JSONValue(.object(members.map { JSONMember($0, $1) }))
      let wish = OrderWish(ControlCall(request: request, client: 1, id: nil, server: refusals))
      #expect((wish == nil) == !refusals.fields.isEmpty)
      return refusals.fields
    }
    #expect(refusal("price", "2.50") == [] && refusal("post_only", true) == [] && refusal("post_only", nil) == [])
    for (name, value) in [
      ("quantity", 1), ("price", JSONValue(.number("0.1"))), ("stop", 5), ("quantity", "1e3"), ("price", true),
      ("post_only", "true"), ("reduce_only", 1), ("by_value", "yes"),
    ] as [(String, JSONValue)] {
      #expect(refusal(name, value) == [name], "\(name)")
    }
  }

  @Test func roundingIsTold() throws {
    let number = try AskedNumber("0.0129")
    #expect(number.rounding("quantity", to: Decimal64("0.0129")) == nil)
    #expect(number.rounding("quantity", to: nil) == nil)
    let told = try #require(number.rounding("quantity", to: Decimal64("0.012")))
    #expect(told == ["field": "quantity", "asked": "0.0129", "placed": "0.012"])
    #expect(OrderText.rounding(told) == "the quantity 0.0129 was rounded down to 0.012\n")
    let up: JSONValue = ["field": "price", "asked": "50000.07", "placed": "50000.1"]
    #expect(OrderText.rounding(up) == "the price 50000.07 was rounded up to 50000.1\n")
    // Thirty digits, as pasted from a spreadsheet.
    let many = try AskedNumber("0.00412345678901234567890123456789")
    #expect(
      many.rounding("quantity", to: Decimal64("0.00412"))
        == ["field": "quantity", "asked": "0.00412345678901234567890123456789", "placed": "0.00412"])
    let cut = try AskedNumber("0.0100000000000000000000001")
    #expect(cut.rounding("price", to: Decimal64("0.01"))?["asked"] == "0.0100000000000000000000001")
  }
}
