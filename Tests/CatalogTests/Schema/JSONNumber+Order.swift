@testable import JSONTree

/// What `minimum`, `maximum` and `integer` ask of a number.
extension JSONNumber: Comparable {
  public static func < (left: JSONNumber, right: JSONNumber) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    return left.isNegative ? right.isSmallerInMagnitude(than: left) : left.isSmallerInMagnitude(than: right)
  }

  private func isSmallerInMagnitude(than other: JSONNumber) -> Bool {
    if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
    let (top, otherTop) = (digits.count + exponent, other.digits.count + other.exponent)
    if top != otherTop { return top < otherTop }
    return digits.lexicographicallyPrecedes(other.digits)
  }

  /// Whether the value has no fraction.
  var isInteger: Bool { exponent >= 0 }
}
