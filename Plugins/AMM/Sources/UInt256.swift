/// Why a number of a chain cannot be computed. Contracts revert in the same places.
public enum ArithmeticFault: Error, Equatable, Sendable {
  /// The result needs more bits than there are, or is below zero.
  case overflow
  case divisionByZero
}

/// An unsigned integer of 256 bits, as contracts count. Every operation is checked: what does not fit is thrown, and
/// nothing traps or wraps. A value; no allocation.
public struct UInt256: Equatable, Hashable, Sendable {
  public var high: UInt128
  public var low: UInt128

  @inline(__always)
  public init(high: UInt128, low: UInt128) { (self.high, self.low) = (high, low) }

  @inline(__always)
  public init(_ low: UInt128) { self.init(high: 0, low: low) }

  public static let zero = UInt256(0)
  public static let one = UInt256(1)
  public static let max = UInt256(high: .max, low: .max)

  public var isZero: Bool { high == 0 && low == 0 }

  /// How many bits it needs; 0 for zero.
  public var bitWidth: Int {
    high == 0 ? 128 - low.leadingZeroBitCount : 256 - high.leadingZeroBitCount
  }

  /// The value in 128 bits.
  public func narrow() throws(ArithmeticFault) -> UInt128 {
    guard high == 0 else { throw .overflow }
    return low
  }
}

extension UInt256: Comparable {
  @inline(__always)
  public static func < (left: UInt256, right: UInt256) -> Bool {
    left.high < right.high || left.high == right.high && left.low < right.low
  }
}

extension UInt256 {
  public static func + (left: UInt256, right: UInt256) throws(ArithmeticFault) -> UInt256 {
    let (sum, isOverflow) = left.addingReportingOverflow(right)
    guard !isOverflow else { throw .overflow }
    return sum
  }

  public func addingReportingOverflow(_ other: UInt256) -> (partialValue: UInt256, overflow: Bool) {
    let (sum, carry) = low.addingReportingOverflow(other.low)
    let (upper, first) = high.addingReportingOverflow(other.high)
    let (top, second) = upper.addingReportingOverflow(carry ? 1 : 0)
    return (UInt256(high: top, low: sum), first || second)
  }

  public static func - (left: UInt256, right: UInt256) throws(ArithmeticFault) -> UInt256 {
    guard left >= right else { throw .overflow }
    return left.wrappingSubtract(right)
  }

  @inline(__always)
  func wrappingSubtract(_ other: UInt256) -> UInt256 {
    let (difference, borrow) = low.subtractingReportingOverflow(other.low)
    return UInt256(high: high &- other.high &- (borrow ? 1 : 0), low: difference)
  }

  public static func * (left: UInt256, right: UInt256) throws(ArithmeticFault) -> UInt256 {
    let product = left.multipliedFullWidth(by: right)
    guard product.high.isZero else { throw .overflow }
    return product.low
  }

  /// The whole product, of 512 bits.
  public func multipliedFullWidth(by other: UInt256) -> (high: UInt256, low: UInt256) {
    let bottom = low.multipliedFullWidth(by: other.low)
    let first = low.multipliedFullWidth(by: other.high)
    let second = high.multipliedFullWidth(by: other.low)
    let top = high.multipliedFullWidth(by: other.high)
    var (word, carry) = bottom.high.addingReportingOverflow(first.low)
    var carries: UInt128 = carry ? 1 : 0
    (word, carry) = word.addingReportingOverflow(second.low)
    if carry { carries += 1 }
    // What the middle words carry into the upper half: it cannot overflow, since the product has 512 bits.
    let upper = UInt256(high: top.high, low: top.low)
      .addingReportingOverflow(UInt256(first.high)).partialValue
      .addingReportingOverflow(UInt256(second.high)).partialValue
      .addingReportingOverflow(UInt256(carries)).partialValue
    return (upper, UInt256(high: word, low: bottom.low))
  }

  public static func / (left: UInt256, right: UInt256) throws(ArithmeticFault) -> UInt256 {
    try UInt256.divide(high: .zero, low: left, by: right).quotient
  }

  public static func % (left: UInt256, right: UInt256) throws(ArithmeticFault) -> UInt256 {
    try UInt256.divide(high: .zero, low: left, by: right).remainder
  }

  /// Rounded up.
  public func dividedUp(by divisor: UInt256) throws(ArithmeticFault) -> UInt256 {
    let result = try UInt256.divide(high: .zero, low: self, by: divisor)
    return result.remainder.isZero ? result.quotient : try result.quotient + .one
  }

  /// `self * factor / divisor` without losing a bit of the product, rounded down.
  public func times(_ factor: UInt256, over divisor: UInt256) throws(ArithmeticFault) -> UInt256 {
    let product = multipliedFullWidth(by: factor)
    return try UInt256.divide(high: product.high, low: product.low, by: divisor).quotient
  }

  /// `self * factor / divisor` without losing a bit of the product, rounded up.
  public func timesUp(_ factor: UInt256, over divisor: UInt256) throws(ArithmeticFault) -> UInt256 {
    let product = multipliedFullWidth(by: factor)
    let result = try UInt256.divide(high: product.high, low: product.low, by: divisor)
    return result.remainder.isZero ? result.quotient : try result.quotient + .one
  }

  /// A number of 512 bits by one of 256. Throws where the quotient has more than 256 bits.
  ///
  /// Long division in base 2^128 (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D): since the divisor has
  /// two digits, the estimate of a digit is exact after its correction.
  public static func divide(
    high: UInt256, low: UInt256, by divisor: UInt256
  ) throws(ArithmeticFault) -> (quotient: UInt256, remainder: UInt256) {
    guard !divisor.isZero else { throw .divisionByZero }
    guard high < divisor else { throw .overflow }
    if divisor.high == 0 {
      let upper = divisor.low.dividingFullWidth((high.low, low.high))
      let lower = divisor.low.dividingFullWidth((upper.remainder, low.low))
      return (UInt256(high: upper.quotient, low: lower.quotient), UInt256(lower.remainder))
    }
    if high.isZero, low < divisor { return (.zero, low) }
    let shift = divisor.high.leadingZeroBitCount
    let scaled = divisor.shiftedLeft(shift)
    // The high part is below the divisor, so nothing is shifted out of it.
    let carried = shift == 0 ? UInt256.zero : low.shiftedRight(256 - shift)
    let head = high.shiftedLeft(shift).addingReportingOverflow(carried).partialValue
    let tail = low.shiftedLeft(shift)
    let upper = digit(head, tail.high, scaled)
    let lower = digit(upper.remainder, tail.low, scaled)
    return (
      UInt256(high: upper.quotient, low: lower.quotient), lower.remainder.shiftedRight(shift)
    )
  }

  /// One digit of the quotient of three digits by two, of which the highest has its top bit set.
  private static func digit(
    _ head: UInt256, _ next: UInt128, _ divisor: UInt256
  ) -> (quotient: UInt128, remainder: UInt256) {
    var (quotient, rest): (UInt128, UInt128)
    var isWide = false
    if head.high >= divisor.high {
      quotient = .max
      (rest, isWide) = head.low.addingReportingOverflow(divisor.high)
    } else {
      (quotient, rest) = divisor.high.dividingFullWidth((head.high, head.low))
    }
    while !isWide {
      let product = quotient.multipliedFullWidth(by: divisor.low)
      guard product.high > rest || product.high == rest && product.low > next else { break }
      quotient -= 1
      (rest, isWide) = rest.addingReportingOverflow(divisor.high)
    }
    let product = UInt256(quotient).multipliedFullWidth(by: divisor).low
    return (quotient, UInt256(high: head.low, low: next).wrappingSubtract(product))
  }
}

extension UInt256 {
  /// Bits that leave at the top are lost. `count` from 0.
  public func shiftedLeft(_ count: Int) -> UInt256 {
    switch count {
    case ...0: return self
    case 1..<128: return UInt256(high: high << count | low >> (128 - count), low: low << count)
    case 128..<256: return UInt256(high: low << (count - 128), low: 0)
    default: return .zero
    }
  }

  public func shiftedRight(_ count: Int) -> UInt256 {
    switch count {
    case ...0: return self
    case 1..<128: return UInt256(high: high >> count, low: low >> count | high << (128 - count))
    case 128..<256: return UInt256(high >> (count - 128))
    default: return .zero
    }
  }

  /// The largest integer whose square is not above it.
  public var squareRoot: UInt256 {
    guard !isZero else { return .zero }
    // Newton's iteration from above: it falls until it has arrived.
    var estimate = UInt256.one.shiftedLeft((bitWidth + 1) / 2)
    if estimate.isZero { estimate = .max }
    while true {
      guard let quotient = try? self / estimate else { return estimate }
      let (sum, carry) = estimate.addingReportingOverflow(quotient)
      let half = sum.shiftedRight(1)
      let next = carry ? UInt256(high: half.high | 1 << 127, low: half.low) : half
      guard next < estimate else { return estimate }
      estimate = next
    }
  }

  /// 10 to a power from 0 to 77; `nil` beyond.
  public static func powerOfTen(_ exponent: Int) -> UInt256? {
    guard exponent >= 0, exponent <= 77 else { return nil }
    var result = UInt256.one
    for _ in 0..<exponent {
      guard let next = try? result * UInt256(10) else { return nil }
      result = next
    }
    return result
  }
}
