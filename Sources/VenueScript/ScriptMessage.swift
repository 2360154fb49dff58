import JSONTree

extension JSONValue {
  /// Whether a message of Protocol Buffers has all fields that the members of this object name by their numbers: a
  /// number is a varint, a text the bytes of one, an object a message within, and the text `*` is anything. Whatever
  /// else the message has, it must be well formed; of a field that stands several times one has to fit.
  func isFitted(byMessage bytes: ArraySlice<UInt8>) -> Bool {
    guard let object, let fields = MessageField.all(of: bytes) else { return false }
    return object.allSatisfy { member in
      fields.contains { field in
        guard String(field.number) == member.key else { return false }
        switch (member.value.kind, field.value) {
        case (.string("*"), _): return true
        case (.string(let text), .bytes(let bytes)): return bytes.elementsEqual(text.utf8)
        case (.string(let text), .varint(let number)): return String(number) == text
        case (.number(let text), .varint(let number)): return String(number) == text
        case (.object, .bytes(let bytes)): return member.value.isFitted(byMessage: bytes)
        default: return false
        }
      }
    }
  }
}

/// A field of a message, as it stands in its bytes: varints and what has a length.
private struct MessageField {
  enum Value { case varint(UInt64), bytes(ArraySlice<UInt8>) }
  let number: UInt64
  let value: Value

  static func all(of bytes: ArraySlice<UInt8>) -> [MessageField]? {
    var (rest, fields) = (bytes, [MessageField]())
    while !rest.isEmpty {
      guard let tag = varint(&rest) else { return nil }
      guard let value = varint(&rest) else { return nil }
      switch tag & 7 {
      case 0: fields.append(MessageField(number: tag >> 3, value: .varint(value)))
      case 2:
        guard value <= UInt64(rest.count) else { return nil }
        fields.append(MessageField(number: tag >> 3, value: .bytes(rest.prefix(Int(value)))))
        rest = rest.dropFirst(Int(value))
      default: return nil
      }
    }
    return fields
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while shift < 64, let byte = bytes.popFirst() {
      value |= UInt64(byte & 127) << shift
      if byte < 128 { return value }
      shift += 7
    }
    return nil
  }
}
