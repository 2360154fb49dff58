/// Whether bytes that come in pieces are UTF-8 (RFC 3629); says no at the first byte that cannot be.
struct UTF8Check {
  /// Continuation bytes that the current character still needs.
  private var needed = 0
  /// What the next continuation byte may be.
  private var low: UInt8 = 0x80
  private var high: UInt8 = 0xBF

  /// No character is cut.
  var isWhole: Bool { needed == 0 }

  mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    var index = 0
    while index < bytes.count {
      if needed == 0 {
        while index + 32 <= bytes.count, isPlain32(base + index) { index += 32 }
        while index + 8 <= bytes.count,
          base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
          index += 8
        }
        if index == bytes.count { break }
      }
      if !accept(bytes[index]) { return false }
      index += 1
    }
    return true
  }

  /// Whether 32 bytes are ASCII, as nearly all of market data is.
  @inline(__always)
  private func isPlain32(_ start: UnsafeRawPointer) -> Bool {
    let first = start.loadUnaligned(as: UInt64.self) | start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let second =
      start.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
      | start.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    return (first | second) & 0x8080_8080_8080_8080 == 0
  }

  @inline(__always)
  private mutating func accept(_ byte: UInt8) -> Bool {
    if needed > 0 {
      guard byte >= low, byte <= high else { return false }
      (low, high) = (0x80, 0xBF)
      needed -= 1
      return true
    }
    switch byte {
    case 0..<0x80: return true
    case 0xC2...0xDF: needed = 1
    case 0xE0: (needed, low) = (2, 0xA0)
    case 0xED: (needed, high) = (2, 0x9F)
    case 0xE1...0xEF: needed = 2
    case 0xF0: (needed, low) = (3, 0x90)
    case 0xF1...0xF3: needed = 3
    case 0xF4: (needed, high) = (3, 0x8F)
    default: return false
    }
    return true
  }
}
