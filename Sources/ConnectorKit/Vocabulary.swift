import CPatchbay
import Decimals

// The contract's enumerations as Swift enums stand in ContractWords.swift, which is written from patchbay.h.

extension Side {
  /// The other one; of none, none.
  public var other: Side { self == .buy ? .sell : self == .sell ? .buy : .none }
}

extension Channels {
  /// The single channels in it, lowest first.
  public var each: [Channels] {
    (0..<32).map { Channels(rawValue: 1 << $0) }.filter { contains($0) }
  }
}

extension pb_dec {
  /// A number that is present and exact.
  @inlinable
  public init(_ value: Decimal64) {
    self.init(mantissa: value.mantissa, exponent: value.exponent, state: UInt32(PB_DEC_EXACT))
  }

  /// A number that may be absent.
  @inlinable
  public init(_ value: Decimal64?) {
    if let value { self.init(value) } else { self.init(mantissa: 0, exponent: 0, state: 0) }
  }

  /// A number of any length, marked as rounded where its digits do not fit.
  public init(wide value: WideDecimal) {
    guard let (number, isExact) = value.narrowed else {
      self.init(mantissa: 0, exponent: 0, state: 0)
      return
    }
    self.init(number)
    if !isExact { state = UInt32(PB_DEC_ROUNDED) }
  }

  /// The number, or `nil` when it is absent or was rounded.
  @inlinable public var value: Decimal64? {
    state == UInt32(PB_DEC_EXACT) && exponent >= -64 && exponent <= 64
      ? Decimal64(mantissa: mantissa, exponent: exponent) : nil
  }
}
