/// The bits of deflated data, from the lowest of each byte, and the bytes around them. Reads nothing behind the end.
struct BitReader {
  private(set) var cursor: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  /// The next bits. Those above `count` are zero or what follows in the input.
  private(set) var bits: UInt64 = 0
  /// How many of `bits` have been taken from the input; negative once more were dropped than there were.
  private(set) var count = 0

  init(cursor: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) {
    self.cursor = cursor
    self.end = end
  }

  /// At least 56 bits, or all that are left.
  @inline(__always)
  mutating func refill() {
    if end - cursor >= 8 {
      bits |= UInt64(littleEndian: UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self)) &<< UInt64(count)
      cursor += (63 - count) >> 3
      count |= 56
    } else {
      refillByByte()
    }
  }

  @inline(never)
  private mutating func refillByByte() {
    while count < 56, cursor < end {
      bits |= UInt64(cursor.pointee) &<< UInt64(count)
      cursor += 1
      count += 8
    }
  }

  @inline(__always)
  mutating func drop(_ number: Int) {
    bits = bits &>> UInt64(truncatingIfNeeded: number)
    count &-= number
  }

  /// The next `number` bits, at most 15.
  @inline(__always)
  mutating func take(_ number: Int) -> Int {
    let value = Int(truncatingIfNeeded: bits) & (1 &<< number &- 1)
    drop(number)
    return value
  }

  /// Goes to the next whole byte, giving back what was loaded beyond it.
  mutating func align() {
    cursor -= count >> 3
    bits = 0
    count = 0
  }

  // MARK: Whole bytes, when no bits are loaded

  mutating func byte() throws(Inflater.Fault) -> UInt8 {
    guard cursor < end else { throw .truncated }
    defer { cursor += 1 }
    return cursor.pointee
  }

  /// A number of `size` bytes, the lowest first.
  mutating func little(_ size: Int) throws(Inflater.Fault) -> UInt32 {
    var value: UInt32 = 0
    for place in 0..<size { value |= UInt32(try byte()) << UInt32(place * 8) }
    return value
  }

  mutating func skip(_ size: Int) throws(Inflater.Fault) {
    guard end - cursor >= size else { throw .truncated }
    cursor += size
  }
}
