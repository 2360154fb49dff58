/// From an exchange's symbol, as bytes in a received frame, to a small number: one hash and one compare, no allocation
/// and no reference counting.
///
/// Open addressing with a hash of its own, so that nothing depends on the process. Numbers are handed out from 0 in the
/// order of insertion; the connector keeps what belongs to a symbol in an array under that number. Hold it in a `let`.
public final class SymbolMap {
  @usableFromInline @exclusivity(unchecked) var slots: UnsafeMutablePointer<Slot>
  @usableFromInline @exclusivity(unchecked) var mask: Int
  public private(set) var count = 0

  @usableFromInline
  struct Slot {
    /// 0 in a slot that is free.
    @usableFromInline var hash: UInt64 = 0
    @usableFromInline var text: UnsafeMutablePointer<UInt8>?
    @usableFromInline var length: Int32 = 0
    @usableFromInline var number: Int32 = 0
    @usableFromInline init() {}
  }

  public init() {
    mask = 63
    slots = .allocate(capacity: 64)
    slots.initialize(repeating: Slot(), count: 64)
  }

  deinit {
    for place in 0...mask { slots[place].text?.deallocate() }
    slots.deallocate()
  }

  /// The number of `symbol`, or -1.
  @inlinable
  public func find(_ symbol: UnsafeBufferPointer<UInt8>) -> Int {
    let hash = symbolHash(symbol)
    let (slots, mask) = (slots, mask)
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place].hash != 0 {
      if slots[place].hash == hash, isSame(slots[place], symbol) { return Int(slots[place].number) }
      place = (place &+ 1) & mask
    }
    return -1
  }

  @inlinable
  public func find(_ symbol: JSONText) -> Int {
    symbol.isEscaped ? symbol.unescaped.withUnsafeBufferPointer { find($0) } : find(symbol.bytes)
  }

  public func find(_ symbol: String) -> Int {
    var copy = symbol
    return copy.withUTF8 { find($0) }
  }

  @inlinable
  func isSame(_ slot: Slot, _ symbol: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(slot.length) == symbol.count, let text = slot.text else { return false }
    var index = 0
    while index < symbol.count, text[index] == symbol[index] { index &+= 1 }
    return index == symbol.count
  }

  /// Adds a symbol and gives its number; a symbol that is known already keeps its own.
  @discardableResult
  public func insert(_ symbol: String) -> Int {
    let known = find(symbol)
    if known >= 0 { return known }
    if (count + 1) * 2 > mask + 1 { grow() }
    var copy = symbol
    let slot = copy.withUTF8 { bytes in
      var slot = Slot()
      slot.hash = symbolHash(bytes)
      slot.length = Int32(bytes.count)
      slot.number = Int32(count)
      let text = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
      if let source = bytes.baseAddress { text.initialize(from: source, count: bytes.count) }
      slot.text = text
      return slot
    }
    place(slot)
    count += 1
    return count - 1
  }

  private func place(_ slot: Slot) {
    var place = Int(truncatingIfNeeded: slot.hash) & mask
    while slots[place].hash != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }

  private func grow() {
    let (old, size) = (slots, mask + 1)
    mask = size * 2 - 1
    slots = .allocate(capacity: size * 2)
    slots.initialize(repeating: Slot(), count: size * 2)
    for index in 0..<size where old[index].hash != 0 { place(old[index]) }
    old.deallocate()
  }
}

/// FNV-1a over the bytes, mixed once at the end; never 0, which marks a free slot.
@inlinable
func symbolHash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return (hash ^ (hash >> 29)) | 1 << 63
}
