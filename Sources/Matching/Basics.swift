/// An order of this venue. Ids rise in the order of arrival; ids of background orders have the highest bit set.
package typealias OrderID = UInt64

/// Index of an owner of money and orders in the ledger. See `Ledger` for the first three.
package typealias Participant = Int

/// Money in units of 10^-8, whatever the asset. 128 bits: sums and products with a rate cannot overflow within the
/// limits that the configuration enforces.
package typealias Amount = Int128

/// Units of `Amount`, and of rates and fees, in one.
package let unit: Amount = 100_000_000

/// Side of an order; raw values are those of `PB_SIDE_`. Unlike ConnectorKit's it is never absent.
package enum Side: UInt32, Sendable {
  case buy = 1
  case sell = 2

  package var opposite: Side { self == .buy ? .sell : .buy }

  /// +1 for buy, -1 for sell.
  package var sign: Int64 { self == .buy ? 1 : -1 }
}

/// The quotient rounded toward positive infinity; `divisor` is positive.
package func ceilingQuotient(_ dividend: Amount, _ divisor: Amount) -> Amount {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
  return remainder > 0 ? quotient + 1 : quotient
}

/// The quotient rounded toward negative infinity; `divisor` is positive.
package func floorQuotient(_ dividend: Amount, _ divisor: Amount) -> Amount {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? quotient - 1 : quotient
}

/// `value` kept between `-bound` and `bound`.
package func clamped<T: SignedNumeric & Comparable>(_ value: T, _ bound: T) -> T { min(max(value, -bound), bound) }
