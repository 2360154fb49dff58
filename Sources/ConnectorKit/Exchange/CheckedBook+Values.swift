import CPatchbay
import Decimals

/// Books whose levels are JSON numbers. Their trailing zeros may be missing, so the digits under the checksum are made
/// from the value, at the decimals that the exchange says it takes the sum at: `priceDigits` and `quantityDigits` of
/// `CheckedBook`, which are those of the instrument's rules until the connector changes them.
extension ExchangeConnector {
  /// Reads levels of numbers; see CheckedMessage.swift.
  @inlinable
  @inline(__always)
  final func levels(
    _ json: inout JSONScanner, _ market: Market, _ book: CheckedBook, isBid: Bool, isSnapshot: Bool,
    into list: inout pb_list, price priceName: StaticString, quantity quantityName: StaticString
  ) {
    json.enterArray()
    while json.nextElement() {
      var price: Int64 = 0
      var quantity: Int64 = -1
      json.enterObject()
      while let key = json.nextKey() {
        if key == priceName {
          price = json.fixed(market.priceExponent)
        } else if key == quantityName {
          quantity = json.fixed(market.quantityExponent)
        } else {
          json.skip()
        }
      }
      guard price > 0, quantity >= 0 else { return json.fail() }
      var text = ChecksumText()
      if quantity > 0 {
        let isWritten =
          text.append(price, market.priceExponent, at: book.priceDigits)
          && text.append(quantity, market.quantityExponent, at: book.quantityDigits)
        guard isWritten, !text.isTooLong else { return json.fail() }
      }
      level(book, price: price, quantity: quantity, text: text, isBid: isBid, isSnapshot: isSnapshot, into: &list)
    }
  }
}

extension ChecksumText {
  /// Appends a number's digits at another exponent; `false` when digits would be lost.
  @inlinable
  @inline(__always)
  mutating func append(_ value: Int64, _ exponent: Int32, at wanted: Int32) -> Bool {
    guard exponent != wanted else {
      append(significantDigitsOf: UInt64(bitPattern: value))
      return true
    }
    return rescale(value, exponent, at: wanted)
  }

  @usableFromInline
  @inline(never)
  mutating func rescale(_ value: Int64, _ exponent: Int32, at wanted: Int32) -> Bool {
    guard let scaled = Decimal64(mantissa: value, exponent: exponent).mantissa(at: wanted) else { return false }
    append(significantDigitsOf: UInt64(bitPattern: scaled))
    return true
  }
}
