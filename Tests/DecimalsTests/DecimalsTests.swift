import Decimals
import SeededNumbers
import Testing

@Suite struct DecimalText_ {
  @Test(arguments: [
    ("0", "0"), ("-0", "0"), ("1", "1"), ("-1", "-1"), ("1.50", "1.50"), ("0.00000001", "0.00000001"),
    ("1e-8", "0.00000001"),
    ("5E3", "5000"), ("12345678.12345678", "12345678.12345678"), ("9223372036854775807", "9223372036854775807"),
    ("+7.0", "7.0"), (".5", "0.5"), ("5.", "5"), ("-0.10", "-0.10"),
    ("1.000000000000000000000000000000", "1.000000000000000000"),
  ])
  func roundTrips(text: String, expected: String) {
    #expect(Decimal64(text)?.description == expected)
  }

  @Test(arguments: [
    "", "-", ".", "1.2.3", "abc", "1e", "1e+", "0x10", " 1", "1 ", "1e99999", "--1", "1e-+2", "NaN",
    "92233720368547758081",
  ])
  func refuses(text: String) { #expect(Decimal64(text) == nil) }

  @Test func tellsRoundedFromExact() {
    let long = Array("1.23456789012345678901".utf8)
    let parsed = long.withUnsafeBufferPointer { DecimalText.parse($0) }
    #expect(parsed == .rounded(Decimal64(mantissa: 1_234_567_890_123_456_789, exponent: -18)))
  }

  @Test func everyMantissaAndExponentRoundTrips() {
    var random = SplitMix(state: 7)
    for _ in 0..<20_000 {
      let value = Decimal64(mantissa: random.mantissa(), exponent: Int32(random.next() % 37) - 18)
      let back = Decimal64(value.description)
      #expect(value.exponent > 0 && back == nil || back == value, "\(value.mantissa)e\(value.exponent)")
    }
  }
}

@Suite struct DecimalArithmetic {
  @Test func valueDecidesEquality() {
    #expect(Decimal64("1.50") == Decimal64("1.5"))
    #expect(Set([Decimal64("1.50"), Decimal64("1.5"), Decimal64("15e-1")]).count == 1)
    #expect(Decimal64(mantissa: 1, exponent: 40) > Decimal64(mantissa: .max, exponent: -30))
    #expect(Decimal64(mantissa: -1, exponent: 40) < Decimal64(mantissa: .max, exponent: -30))
    #expect(Decimal64(mantissa: 0, exponent: 5) == .zero)
  }

  @Test func sumsAndProductsAreExactOrNil() {
    #expect(Decimal64("0.1")?.adding(Decimal64("0.2") ?? 0) == Decimal64("0.3"))
    #expect(Decimal64("2.25")?.multiplied(by: Decimal64("0.04") ?? 0) == Decimal64("0.09"))
    #expect(Decimal64(.max).adding(1) == nil)
    #expect(Decimal64(.max).multiplied(by: Decimal64(.max)) == nil)
    #expect(Decimal64(mantissa: 1, exponent: 30).adding(Decimal64(mantissa: 1, exponent: -30)) == nil)
    #expect(Decimal64(.min).negated == nil)
  }

  @Test func agreesWithWideIntegers() {
    var random = SplitMix(state: 11)
    for _ in 0..<20_000 {
      let a = Decimal64(mantissa: random.mantissa() >> 20, exponent: Int32(random.next() % 9) - 8)
      let b = Decimal64(mantissa: random.mantissa() >> 24, exponent: Int32(random.next() % 9) - 8)
      let (x, y) = (at8(a), at8(b))
      #expect((a < b) == (x < y) && (a == b) == (x == y))
      if let sum = a.adding(b) { #expect(at8(sum) == x + y) }
      if let product = a.multiplied(by: b), product.exponent >= -16 {
        #expect(scale(Int128(product.mantissa), product.exponent + 16) == x * y)
      }
      if b.isPositive, let (count, exact) = a.steps(of: b) {
        let floor = x >= 0 ? x / y : -((-x + y - 1) / y)
        #expect(Int128(count) == floor && exact == (x % y == 0))
      }
    }
  }

  @Test(arguments: [
    ("2.2504", "0.0001", "2.2504"), ("2.25049", "0.0001", "2.2504"), ("-1.05", "0.1", "-1.1"), ("7", "5", "5"),
    ("0.3", "0.25", "0.25"),
  ])
  func roundsDown(value: String, step: String, expected: String) throws {
    let step = try #require(Decimal64(step))
    #expect(Decimal64(value)?.roundedDown(toMultipleOf: step) == Decimal64(expected))
  }

  @Test func divides() {
    #expect(Decimal64(1).quotient(dividingBy: 3, places: 4)?.description == "0.3333")
    #expect(Decimal64(-1).quotient(dividingBy: 3, places: 2)?.description == "-0.33")
    #expect(Decimal64(1).quotient(dividingBy: 0, places: 2) == nil)
  }

  private func at8(_ value: Decimal64) -> Int128 { scale(Int128(value.mantissa), value.exponent + 8) }
  private func scale(_ value: Int128, _ n: Int32) -> Int128 { (0..<n).reduce(value) { v, _ in v * 10 } }
}

extension SplitMix {
  mutating func mantissa() -> Int64 { Int64(bitPattern: next()) >> Int64(next() % 63) }
}
