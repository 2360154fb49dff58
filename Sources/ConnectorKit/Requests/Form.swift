import Decimals

/// Parameters of a query string or of a form body, in the order they were added: `symbol=BTCUSDT&side=BUY`. Values are
/// percent-encoded here, so that what is signed is what is sent.
public struct Form: Sendable, Hashable {
  public private(set) var text = SealedText()

  public init() {}

  public var isEmpty: Bool { text.isEmpty }

  public mutating func add(_ name: String, _ value: String) {
    // Nearly always nothing has to be encoded.
    add(name, bare: value.utf8.allSatisfy(isUnreserved) ? value : percentEncoded(value))
  }

  /// A value that is sent as it is.
  public mutating func add(_ name: String, bare value: String) {
    begin(name)
    text.append(value)
  }

  /// A plain decimal, without an exponent or needless zeros.
  public mutating func add(_ name: String, _ value: Decimal64) { add(name, bare: value.plain) }

  public mutating func add(_ name: String, _ value: Int64) { add(name, bare: value.description) }

  public mutating func add(_ name: String, _ value: Bool) { add(name, bare: value ? "true" : "false") }

  /// A value that the host fills in; it is sent as it is.
  public mutating func add(_ name: String, _ value: Seal) {
    begin(name)
    text.append(value)
  }

  private mutating func begin(_ name: String) {
    if !text.isEmpty { text.append(UInt8(ascii: "&")) }
    text.append(name)
    text.append(UInt8(ascii: "="))
  }
}

/// `A-Z a-z 0-9 - _ . ~`.
func isUnreserved(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
    UInt8(ascii: "~"):
    true
  default: false
  }
}

/// Percent-encoding of everything but `A-Z a-z 0-9 - _ . ~`, over the UTF-8 bytes.
public func percentEncoded(_ text: String) -> String {
  var result: [UInt8] = []
  for byte in text.utf8 {
    if isUnreserved(byte) {
      result.append(byte)
    } else {
      result.append(UInt8(ascii: "%"))
      result.append(hexDigit(byte >> 4))
      result.append(hexDigit(byte & 15))
    }
  }
  return String(decoding: result, as: UTF8.self)
}

/// A word of the exchange's own as it stands in a query: one that is percent-encoded already stays as it is.
public func percentEncodedOnce(_ text: String) -> String {
  text.utf8.allSatisfy { isUnreserved($0) || $0 == UInt8(ascii: "%") } ? text : percentEncoded(text)
}

private func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
