import Decimals

/// One pass over a message of Protocol Buffers in its binary form, without allocation and without a schema
/// (protobuf.dev, "Encoding"): fields come in the order in which they stand, the caller reads those that it knows, and
/// what it does not read is stepped over.
///
///     var message = ProtobufScanner(frame)
///     while let field = message.next() {
///       switch field {
///       case 1: channel = message.text()
///       case 313: depth = message.message()
///       default: break
///       }
///     }
///     guard message.isValid else { return .parse }
///
/// It reads no byte outside of its message, whatever a length says. Once it has failed it gives no more fields, and
/// values that it could not read are zero or empty.
public struct ProtobufScanner {
  @usableFromInline var cursor: UnsafePointer<UInt8>
  @usableFromInline let end: UnsafePointer<UInt8>
  /// Wire type of the field at hand; -1 once its value was read.
  @usableFromInline var wire: Int8 = -1
  /// Whether everything until here could be read.
  public private(set) var isValid = true

  public init(_ message: Body) {
    let start = message.baseAddress ?? emptyText
    (cursor, end) = (start, start + message.count)
  }

  init(_ start: UnsafePointer<UInt8>, count: Int) { (cursor, end) = (start, start + count) }

  /// Says that what was read makes no sense.
  public mutating func fail() { isValid = false }

  // MARK: Fields

  /// Number of the next field; nil at the end of the message, and when it cannot be read.
  public mutating func next() -> UInt32? {
    if wire >= 0 { skip() }
    guard isValid, cursor < end else { return nil }
    let tag = varint()
    // Field numbers have 29 bits and begin at 1.
    guard isValid, tag >> 3 != 0, tag >> 3 < 1 << 29 else {
      isValid = false
      return nil
    }
    wire = Int8(truncatingIfNeeded: tag & 7)
    return UInt32(truncatingIfNeeded: tag >> 3)
  }

  /// Steps over the value at hand. Groups, which nobody writes any more, fail.
  private mutating func skip() {
    switch wire {
    case 0: _ = varint()
    case 1: _ = bytes(8)
    case 2: _ = bytes(length())
    case 5: _ = bytes(4)
    default: isValid = false
    }
    wire = -1
  }

  private mutating func take(_ wanted: Int8) -> Bool {
    guard isValid, wire == wanted else {
      isValid = false
      return false
    }
    wire = -1
    return true
  }

  // MARK: Values

  /// An unsigned number, a number of an enumeration, or a truth.
  public mutating func unsigned() -> UInt64 { take(0) ? varint() : 0 }

  /// A number of which negative ones are written in ten bytes: `int32`, `int64`.
  public mutating func integer() -> Int64 { Int64(bitPattern: unsigned()) }

  /// A text, borrowed from the message.
  public mutating func text() -> JSONText {
    guard take(2) else { return JSONText() }
    let part = bytes(length())
    return JSONText(start: part.start, count: part.count, isEscaped: false)
  }

  /// A message within the message. What cannot be read of it does not spoil this one.
  public mutating func message() -> ProtobufScanner {
    guard take(2) else {
      var none = ProtobufScanner(emptyText, count: 0)
      none.fail()
      return none
    }
    let part = bytes(length())
    var inner = ProtobufScanner(part.start, count: part.count)
    if !isValid { inner.fail() }
    return inner
  }

  /// A number that is written as a text, at an exponent. Fails where it is none or digits would be lost.
  public mutating func fixed(_ exponent: Int32) -> Int64 {
    let text = text()
    guard isValid, let value = text.fixed(exponent) else {
      isValid = false
      return 0
    }
    return value
  }

  /// A number that is written as a text; an empty one is none. Fails for anything else, and for more digits than fit.
  public mutating func decimal() -> Decimal64? {
    let text = text()
    guard isValid, text.count > 0 else { return nil }
    guard case .exact(let value) = DecimalText.parse(text.bytes) else {
      isValid = false
      return nil
    }
    return value
  }

  /// The same with any number of digits.
  public mutating func wideDecimal() -> WideDecimal? {
    let text = text()
    guard isValid, text.count > 0 else { return nil }
    let value = WideDecimal(text.bytes)
    if value == nil { isValid = false }
    return value
  }

  // MARK: Bytes

  private mutating func varint() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while cursor < end {
      let byte = UInt64(cursor.pointee)
      cursor += 1
      // The tenth byte has the one bit that is left.
      guard shift < 63 || byte <= 1 else { break }
      value |= (byte & 127) << shift
      if byte < 128 { return value }
      shift += 7
    }
    isValid = false
    return 0
  }

  private mutating func length() -> Int {
    let length = varint()
    guard isValid, length <= UInt64(end - cursor) else {
      isValid = false
      return 0
    }
    return Int(length)
  }

  private mutating func bytes(_ count: Int) -> (start: UnsafePointer<UInt8>, count: Int) {
    guard isValid, count <= end - cursor else {
      isValid = false
      return (emptyText, 0)
    }
    let start = cursor
    cursor += count
    return (start, count)
  }
}
