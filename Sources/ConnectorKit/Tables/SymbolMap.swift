/// From an exchange's symbol, as bytes in a received frame, to a small number: one hash and one compare, no allocation.
///
/// Open addressing with a hash of its own, so that nothing depends on the process. Numbers are handed out from 0 in the
/// order of insertion; the connector keeps what belongs to a symbol in an array under that number.
public struct SymbolMap {
  @usableFromInline var slots: [Slot]
  @usableFromInline var text: [UInt8] = []
  @usableFromInline var mask: Int
  public private(set) var count = 0

  @usableFromInline
  struct Slot {
    @usableFromInline var hash: UInt64 = 0
    @usableFromInline var start: Int32 = 0
    @usableFromInline var length: Int32 = -1
    @usableFromInline var number: Int32 = 0
    @usableFromInline init() {}
  }

  public init() {
    slots = Array(repeating: Slot(), count: 64)
    mask = 63
    text.reserveCapacity(1024)
  }

  /// The number of `symbol`, or -1.
  @inlinable
  public func find(_ symbol: UnsafeBufferPointer<UInt8>) -> Int {
    let hash = symbolHash(symbol)
    var place = Int(truncatingIfNeeded: hash) & mask
    return slots.withUnsafeBufferPointer { slots in
      text.withUnsafeBufferPointer { text in
        while true {
          let slot = slots[place]
          if slot.length < 0 { return -1 }
          if slot.hash == hash, Int(slot.length) == symbol.count {
            var index = 0
            let start = Int(slot.start)
            while index < symbol.count, text[start + index] == symbol[index] { index += 1 }
            if index == symbol.count { return Int(slot.number) }
          }
          place = (place + 1) & mask
        }
      }
    }
  }

  @inlinable
  public func find(_ symbol: JSONText) -> Int { find(symbol.bytes) }

  public func find(_ symbol: String) -> Int {
    var copy = symbol
    return copy.withUTF8 { find($0) }
  }

  /// Adds a symbol and gives its number; a symbol that is known already keeps its own.
  @discardableResult
  public mutating func insert(_ symbol: String) -> Int {
    let known = find(symbol)
    if known >= 0 { return known }
    if (count + 1) * 2 > slots.count { grow() }
    var slot = Slot()
    slot.start = Int32(text.count)
    slot.length = Int32(symbol.utf8.count)
    slot.number = Int32(count)
    slot.hash = Array(symbol.utf8).withUnsafeBufferPointer { symbolHash($0) }
    text.append(contentsOf: symbol.utf8)
    place(slot)
    count += 1
    return count - 1
  }

  private mutating func place(_ slot: Slot) {
    var place = Int(truncatingIfNeeded: slot.hash) & mask
    while slots[place].length >= 0 { place = (place + 1) & mask }
    slots[place] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: old.count * 2)
    mask = slots.count - 1
    for slot in old where slot.length >= 0 { place(slot) }
  }
}

/// FNV-1a over the bytes, mixed once at the end.
@inlinable
func symbolHash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return hash ^ (hash >> 29)
}
