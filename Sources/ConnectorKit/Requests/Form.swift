import Decimals

/// Parameters of a query string or of a form body, in the order they were added: `symbol=BTCUSDT&side=BUY`. Values are
/// percent-encoded here, so that what is signed is what is sent.
public struct Form: Sendable, Hashable {
  public private(set) var text = SealedText()

  public init() {}

  public var isEmpty: Bool { text.isEmpty }

  public mutating func add(_ name: String, _ value: String) { append(name, SealedText(percentEncoded(value))) }
  /// A plain decimal, without an exponent or needless zeros.
  public mutating func add(_ name: String, _ value: Decimal64) { append(name, SealedText(value.plain)) }
  public mutating func add(_ name: String, _ value: Int64) { append(name, SealedText("\(value)")) }
  public mutating func add(_ name: String, _ value: Bool) { append(name, SealedText(value ? "true" : "false")) }
  /// A value that the host fills in; it is sent as it is.
  public mutating func add(_ name: String, _ value: Seal) { append(name, SealedText(value)) }

  private mutating func append(_ name: String, _ value: SealedText) {
    text += text.isEmpty ? SealedText("\(name)=") : SealedText("&\(name)=")
    text += value
  }
}

/// Percent-encoding of everything but `A-Z a-z 0-9 - _ . ~`, over the UTF-8 bytes.
public func percentEncoded(_ text: String) -> String {
  var result: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "~"):
      result.append(byte)
    default:
      result.append(UInt8(ascii: "%"))
      result.append(hexDigit(byte >> 4))
      result.append(hexDigit(byte & 15))
    }
  }
  return String(decoding: result, as: UTF8.self)
}

private func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
