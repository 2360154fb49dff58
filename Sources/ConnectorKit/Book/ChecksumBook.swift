/// A book that keeps the text of its levels, for venues whose checksum is over the text of the best levels. It is the
/// connector's proof, not the host's book: once the checksum agrees, the same levels go out as numbers.
///
/// Levels are ordered by `price`, the number at the instrument's exponent; what their text means is the venue's
/// business. A side is one block of memory with its *worst* level first, because nearly all changes happen near the
/// best price, and those move little. After it has grown to its depth nothing is allocated any more. Not for use by two
/// threads at once.
public final class ChecksumBook {
  @frozen
  public struct Level: BitwiseCopyable, Sendable {
    public let price: Int64
    public let quantity: Int64
    /// What this level adds to the text under the checksum.
    public let text: ChecksumText

    @inlinable
    public init(price: Int64, quantity: Int64, text: ChecksumText) {
      self.price = price
      self.quantity = quantity
      self.text = text
    }
  }

  /// Behind a pointer, so that a change costs neither a reference count nor an exclusivity check.
  @usableFromInline
  struct State {
    @usableFromInline var depth: Int
    @usableFromInline var bids = Ladder()
    @usableFromInline var asks = Ladder()
    /// Memory for the text under a checksum, kept from one to the next: a temporary allocation of more than a kilobyte
    /// would be one of the heap for each update.
    var text = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 8)
    var textBytes = 1
  }

  @usableFromInline let state: UnsafeMutablePointer<State>

  public init(depth: Int = 0) {
    state = .allocate(capacity: 1)
    state.initialize(to: State(depth: depth))
  }

  deinit {
    state.pointee.bids.free()
    state.pointee.asks.free()
    state.pointee.text.deallocate()
    state.deallocate()
  }

  /// How many levels a side holds at most: what falls out is forgotten, as the venue does. 0 = no limit.
  @inlinable
  public var depth: Int {
    get { state.pointee.depth }
    set { state.pointee.depth = newValue }
  }

  @inlinable public var bidCount: Int { state.pointee.bids.count }
  @inlinable public var askCount: Int { state.pointee.asks.count }
  @inlinable public var isEmpty: Bool { bidCount == 0 && askCount == 0 }

  /// The bid of a rank, 0 being the highest. The rank must be less than `bidCount`.
  @inlinable public func bid(_ rank: Int) -> Level { state.pointee.bids.level(rank) }

  /// The ask of a rank, 0 being the lowest. The rank must be less than `askCount`.
  @inlinable public func ask(_ rank: Int) -> Level { state.pointee.asks.level(rank) }

  /// Whether the best bid is not below the best ask.
  @inlinable
  public var isCrossed: Bool { bidCount > 0 && askCount > 0 && bid(0).price >= ask(0).price }

  @inlinable
  public func removeAll() {
    state.pointee.bids.removeAll()
    state.pointee.asks.removeAll()
  }

  /// Adds a level of a snapshot; `arrange` ends it. Call `removeAll` before the first.
  @inlinable
  public func append(_ level: Level, isBid: Bool) {
    if isBid { state.pointee.bids.append(level) } else { state.pointee.asks.append(level) }
  }

  /// Ends a snapshot: sorts what was appended and forgets what lies deeper than `depth`. `false`, and the book is of no
  /// use, when a price stands twice or a quantity is zero. Linear when the levels came best first, as venues send them.
  public func arrange() -> Bool {
    let isArranged = state.pointee.bids.arrange(isBid: true) && state.pointee.asks.arrange(isBid: false)
    if isArranged { trim() }
    return isArranged
  }

  /// Puts a level in its place, replaces it, or removes it when its quantity is zero. Gives the rank of what changed, 0
  /// being the best; -1 when there was nothing to remove. Logarithmic search and a move of the levels that are better.
  @discardableResult
  @inlinable
  public func set(_ level: Level, isBid: Bool) -> Int {
    isBid ? state.pointee.bids.set(level, isBid: true) : state.pointee.asks.set(level, isBid: false)
  }

  /// CRC-32 over the texts of the best bids and asks in turn, joined by colons; a side that has run out is left out.
  /// OKX until 2022 and Bitget: 25 levels, texts `price:size`.
  public func alternatingChecksum(levels: Int) -> UInt32 {
    // Of the pointer alone: no reference is counted.
    let state = state
    let start = textMemory((2 * levels + 1) * 33)
    var used = 0
    func put(_ text: ChecksumText) {
      if used > 0 {
        start.storeBytes(of: UInt8(ascii: ":"), toByteOffset: used, as: UInt8.self)
        used += 1
      }
      text.write(to: start + used)
      used += min(text.count, 31)
    }
    for rank in 0..<levels {
      if rank < state.pointee.bids.count { put(state.pointee.bids.level(rank).text) }
      if rank < state.pointee.asks.count { put(state.pointee.asks.level(rank).text) }
    }
    return CRC32.of(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: used))
  }

  /// At least so many bytes, which the next checksum overwrites.
  private func textMemory(_ bytes: Int) -> UnsafeMutableRawPointer {
    if state.pointee.textBytes < bytes {
      state.pointee.text.deallocate()
      state.pointee.text = .allocate(byteCount: bytes, alignment: 8)
      state.pointee.textBytes = bytes
    }
    return state.pointee.text
  }

  /// CRC-32 over the texts of the best levels of one side, then of the other, joined by nothing. Kraken: ten levels,
  /// asks first, texts of the digits of price and quantity. BTC Markets: the same, bids first.
  public func joinedChecksum(levels: Int, bidsFirst: Bool) -> UInt32 {
    // Of the pointer alone: no reference is counted.
    let state = state
    // Each text is written with 32 bytes, of which the next one overwrites those that are too many.
    let start = textMemory((2 * levels + 1) * 32)
    var used = 0
    func putBids() {
      for rank in 0..<min(levels, state.pointee.bids.count) {
        let text = state.pointee.bids.level(rank).text
        text.write(to: start + used)
        used += min(text.count, 31)
      }
    }
    if bidsFirst { putBids() }
    for rank in 0..<min(levels, state.pointee.asks.count) {
      let text = state.pointee.asks.level(rank).text
      text.write(to: start + used)
      used += min(text.count, 31)
    }
    if !bidsFirst { putBids() }
    return CRC32.of(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: used))
  }

  /// Forgets what lies deeper than `depth`; to be called after each message.
  @inlinable
  public func trim() {
    let depth = state.pointee.depth
    guard depth > 0 else { return }
    state.pointee.bids.trim(to: depth)
    state.pointee.asks.trim(to: depth)
  }
}

/// One side of a `ChecksumBook`: levels from the worst to the best, in memory of its own.
@usableFromInline
struct Ladder {
  @usableFromInline var levels: UnsafeMutablePointer<ChecksumBook.Level>
  @usableFromInline var capacity: Int
  /// Levels before it are forgotten.
  @usableFromInline var start = 0
  @usableFromInline var end = 0

  /// Takes no memory before the first level comes.
  init() {
    capacity = 0
    levels = .allocate(capacity: 0)
  }

  func free() { levels.deallocate() }

  @inlinable var count: Int { end - start }

  @inlinable
  func level(_ rank: Int) -> ChecksumBook.Level {
    precondition(rank >= 0 && rank < end - start)
    return levels[end - 1 - rank]
  }

  @inlinable
  mutating func removeAll() {
    start = 0
    end = 0
  }

  @inlinable
  mutating func append(_ level: ChecksumBook.Level) {
    if end == capacity { makeRoom() }
    levels[end] = level
    end += 1
  }

  /// Puts, replaces or removes a level and gives its rank; -1 when there was nothing to remove.
  @inlinable
  mutating func set(_ level: ChecksumBook.Level, isBid: Bool) -> Int {
    var low = start
    var high = end
    while low < high {
      let middle = (low + high) / 2
      let price = levels[middle].price
      if isBid ? price < level.price : price > level.price { low = middle + 1 } else { high = middle }
    }
    let isKnown = low < end && levels[low].price == level.price
    let rank = end - 1 - low
    if level.quantity == 0 {
      guard isKnown else { return -1 }
      (levels + low).update(from: levels + low + 1, count: rank)
      end -= 1
      return rank
    }
    if isKnown {
      levels[low] = level
      return rank
    }
    if end == capacity {
      let place = low - start
      makeRoom()
      low = start + place
    }
    (levels + low + 1).update(from: levels + low, count: end - low)
    levels[low] = level
    end += 1
    return rank + 1
  }

  @inlinable
  mutating func trim(to depth: Int) { if end - start > depth { start = end - depth } }

  /// Takes the room of forgotten levels, or more memory when they are fewer than the living ones.
  @usableFromInline
  mutating func makeRoom() {
    let count = end - start
    if start > 0, start >= count {
      levels.update(from: levels + start, count: count)
    } else {
      let room = max(64, capacity * 2)
      let larger = UnsafeMutablePointer<ChecksumBook.Level>.allocate(capacity: room)
      larger.update(from: levels + start, count: count)
      levels.deallocate()
      levels = larger
      capacity = room
    }
    start = 0
    end = count
  }

  /// Brings levels that were appended in any order into theirs; `false` when a price stands twice or a quantity is
  /// zero.
  mutating func arrange(isBid: Bool) -> Bool {
    var all = UnsafeMutableBufferPointer(start: levels + start, count: end - start)
    all.reverse()
    if !isRising(isBid) { all.sort { isBid ? $0.price < $1.price : $0.price > $1.price } }
    return isRising(isBid) && !all.contains { $0.quantity == 0 }
  }

  private func isRising(_ isBid: Bool) -> Bool {
    var index = start + 1
    while index < end {
      let (before, after) = (levels[index - 1].price, levels[index].price)
      if isBid ? before >= after : before <= after { return false }
      index += 1
    }
    return true
  }
}

/// Text of at most 31 bytes, held inside the value, so that a book of them is one block of memory.
@frozen
public struct ChecksumText: BitwiseCopyable, Sendable {
  @usableFromInline var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  @inlinable public init() {}

  /// How many bytes it has; 32 after more was appended than fits, and then it is of no use.
  @inlinable public var count: Int { Int(words.3 >> 56) }
  @inlinable public var isTooLong: Bool { count > 31 }

  @inlinable
  public mutating func append(_ byte: UInt8) {
    let place = count
    guard place < 31 else {
      words.3 = words.3 & ~(0xFF << 56) | 32 << 56
      return
    }
    withUnsafeMutableBytes(of: &words) { $0[place] = byte }
    words.3 += 1 << 56
  }

  @inlinable
  public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    let place = count
    guard bytes.count > 0, place + bytes.count <= 31 else {
      if bytes.count > 0 { words.3 = words.3 & ~(0xFF << 56) | 32 << 56 }
      return
    }
    withUnsafeMutableBytes(of: &words) {
      var index = 0
      while index < bytes.count {
        $0[place + index] = bytes[index]
        index += 1
      }
    }
    words.3 += UInt64(bytes.count) << 56
  }

  /// Appends the digits of a decimal number without its point and without leading zeros: `0.0500` gives `500`, zero
  /// nothing. What is no digit is left out.
  @inlinable
  public mutating func append(significantDigitsOf bytes: UnsafeBufferPointer<UInt8>) {
    var place = count
    var isLeading = true
    guard place + bytes.count <= 32 else { return appendSlowly(bytes) }
    withUnsafeMutableBytes(of: &words) { target in
      for byte in bytes where byte &- 48 <= 9 {
        if isLeading, byte == UInt8(ascii: "0") { continue }
        isLeading = false
        if place < 31 { target[place] = byte }
        place += 1
      }
    }
    words.3 = words.3 & ~(0xFF << 56) | UInt64(min(place, 32)) << 56
  }

  @usableFromInline
  mutating func appendSlowly(_ bytes: UnsafeBufferPointer<UInt8>) {
    var isLeading = true
    for byte in bytes where byte &- 48 <= 9 {
      if isLeading, byte == UInt8(ascii: "0") { continue }
      isLeading = false
      append(byte)
    }
  }

  /// Appends a number's decimal digits; nothing for zero.
  @inlinable
  public mutating func append(significantDigitsOf number: UInt64) {
    var digits = 0
    var power: UInt64 = 1
    while number >= power {
      digits += 1
      let (next, overflow) = power.multipliedReportingOverflow(by: 10)
      if overflow { break }
      power = next
    }
    let place = count
    guard place + digits <= 31 else {
      words.3 = words.3 & ~(0xFF << 56) | 32 << 56
      return
    }
    withUnsafeMutableBytes(of: &words) {
      var rest = number
      var index = place + digits
      while index > place {
        index -= 1
        $0[index] = 48 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
    }
    words.3 += UInt64(digits) << 56
  }

  /// Writes 32 bytes at `target`, of which the first `count` are the text.
  @inlinable
  public func write(to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: words.0, as: UInt64.self)
    target.storeBytes(of: words.1, toByteOffset: 8, as: UInt64.self)
    target.storeBytes(of: words.2, toByteOffset: 16, as: UInt64.self)
    target.storeBytes(of: words.3, toByteOffset: 24, as: UInt64.self)
  }
}

extension ChecksumText: Equatable {
  @inlinable
  public static func == (left: ChecksumText, right: ChecksumText) -> Bool { left.words == right.words }
}
