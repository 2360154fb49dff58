import AMM
import SeededNumbers
import Testing

@Suite struct UInt256Arithmetic {
  /// A number of a random length: most bugs of long division need a digit that is all ones, or nearly.
  private func number(_ random: inout SplitMix) -> UInt256 {
    func half() -> UInt128 {
      switch random.next() % 5 {
      case 0: 0
      case 1: .max
      case 2: 1 << UInt128(random.next() % 128)
      case 3: UInt128.max << UInt128(random.next() % 128)
      default: UInt128(random.next()) << 64 | UInt128(random.next())
      }
    }
    return UInt256(high: half(), low: half()).shiftedRight(Int(random.next() % 256))
  }

  /// 512 bits by 256, one bit at a time.
  private func slowDivide(_ high: UInt256, _ low: UInt256, _ divisor: UInt256) -> (UInt256, UInt256) {
    var (rest, quotient) = (high, UInt256.zero)
    for place in stride(from: 255, through: 0, by: -1) {
      let carry = rest.high >> 127 == 1
      rest = rest.shiftedLeft(1)
      rest.low |= low.shiftedRight(place).low & 1
      quotient = quotient.shiftedLeft(1)
      guard carry || rest >= divisor else { continue }
      // What was carried out of the top comes back by subtracting modulo 2^256.
      rest = rest.addingReportingOverflow(complement(divisor)).partialValue
      quotient.low |= 1
    }
    return (quotient, rest)
  }

  private func complement(_ value: UInt256) -> UInt256 {
    UInt256(high: ~value.high, low: ~value.low).addingReportingOverflow(.one).partialValue
  }

  @Test func dividesAsBitByBit() throws {
    var random = SplitMix(state: 1)
    for _ in 0..<3000 {
      let (low, divisor) = (number(&random), number(&random))
      guard !divisor.isZero else { continue }
      let high = try number(&random) % divisor
      let (quotient, remainder) = try UInt256.divide(high: high, low: low, by: divisor)
      let (slowQuotient, slowRemainder) = slowDivide(high, low, divisor)
      #expect(quotient == slowQuotient && remainder == slowRemainder, "\(high.text) \(low.text) / \(divisor.text)")
    }
  }

  @Test func productsDivideBack() throws {
    var random = SplitMix(state: 2)
    for _ in 0..<3000 {
      let (left, right) = (number(&random), number(&random))
      guard !right.isZero else { continue }
      let product = left.multipliedFullWidth(by: right)
      #expect(try UInt256.divide(high: product.high, low: product.low, by: right).quotient == left)
      #expect(try left.times(right, over: right) == left)
      #expect(try left.timesUp(right, over: right) == left)
    }
  }

  @Test func sumsAndTextsComeBack() throws {
    var random = SplitMix(state: 3)
    for _ in 0..<1000 {
      let (left, right) = (number(&random), number(&random))
      #expect(UInt256(left.text) == left)
      #expect(UInt256("0x" + left.word) == left)
      let (sum, isOverflow) = left.addingReportingOverflow(right)
      if isOverflow { #expect(sum < left) } else { #expect(try sum - right == left) }
    }
  }

  @Test func squareRootsAreTheLargest() throws {
    var random = SplitMix(state: 4)
    for value in (0..<500).map({ _ in number(&random) }) + [.zero, .one, .max] {
      let root = value.squareRoot
      #expect(try root * root <= value)
      let next = try root + .one
      let square = next.multipliedFullWidth(by: next)
      #expect(!square.high.isZero || square.low > value)
    }
  }

  @Test func whatDoesNotFitIsThrown() {
    #expect(throws: ArithmeticFault.overflow) { try UInt256.max + .one }
    #expect(throws: ArithmeticFault.overflow) { try UInt256.zero - .one }
    #expect(throws: ArithmeticFault.overflow) { try UInt256.max * UInt256(2) }
    #expect(throws: ArithmeticFault.divisionByZero) { try UInt256.one / .zero }
    #expect(throws: ArithmeticFault.overflow) { try UInt256.max.times(.max, over: .one) }
    #expect(throws: ArithmeticFault.overflow) { try UInt256.max.timesUp(.max, over: UInt256.max - .one) }
    #expect(throws: ArithmeticFault.overflow) { try UInt256(high: 1, low: 0).narrow() }
  }

  @Test(arguments: ["", "-1", "1.0", "0x", "0xg", " 1", "1 ", String(repeating: "9", count: 78)])
  func refuses(text: String) { #expect(UInt256(text) == nil) }

  @Test func refusesMoreThan256Bits() {
    #expect(UInt256("0x" + String(repeating: "f", count: 64)) == .max)
    #expect(UInt256("0x0" + String(repeating: "f", count: 64)) == .max)
    #expect(UInt256("0x1" + String(repeating: "0", count: 64)) == nil)
  }
}
