/// Whether the bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) without NUL. ASCII costs
/// about an eighth of a step per byte. Reads nothing outside `[start, start + count)`.
func isText(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
  var position = 0
  while position + 8 <= count {
    guard isPlainASCII(start.loadUnaligned(fromByteOffset: position, as: UInt64.self)) else { break }
    position += 8
  }
  while position < count {
    let byte = start.load(fromByteOffset: position, as: UInt8.self)
    if byte &- 1 < 0x7F {
      position += 1
    } else {
      let length = scalarLength(start + position, available: count - position)
      guard length > 0 else { return false }
      position += length
    }
  }
  return true
}

/// Whether each of the eight bytes is from 1 to 127. A borrow in the subtraction starts at a zero byte, so the result
/// is exact.
@inline(__always)
private func isPlainASCII(_ word: UInt64) -> Bool {
  (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0
}

/// Bytes of the well-formed multi-byte scalar that starts here; 0 if there is none.
private func scalarLength(_ start: UnsafeRawPointer, available: Int) -> Int {
  let lead = start.load(as: UInt8.self)
  let length: Int
  var least: UInt8 = 0x80, most: UInt8 = 0xBF
  switch lead {
  case 0xC2...0xDF: length = 2
  case 0xE0...0xEF:
    length = 3
    if lead == 0xE0 { least = 0xA0 }
    if lead == 0xED { most = 0x9F }
  case 0xF0...0xF4:
    length = 4
    if lead == 0xF0 { least = 0x90 }
    if lead == 0xF4 { most = 0x8F }
  default: return 0
  }
  guard length <= available else { return 0 }
  let second = start.load(fromByteOffset: 1, as: UInt8.self)
  guard second >= least, second <= most else { return 0 }
  for place in 2..<max(2, length) where start.load(fromByteOffset: place, as: UInt8.self) & 0xC0 != 0x80 { return 0 }
  return length
}
