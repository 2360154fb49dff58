/// A book that keeps the text of its levels, for venues whose checksum is over the text of the best levels. It is the
/// connector's proof, not the host's book: once the checksum agrees, the same levels go out as numbers.
///
/// Levels are ordered by `price`, the number at the instrument's exponent; what their text means is the venue's
/// business. A side is an array with its *worst* level first, because nearly all changes happen near the best price,
/// and those move little.
@frozen
public struct ChecksumBook: Sendable {
  @frozen
  public struct Level: Sendable {
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

  /// Levels from the worst to the best; those before `start` are forgotten.
  @frozen
  @usableFromInline
  struct Ladder: Sendable {
    @usableFromInline var levels: [Level] = []
    @usableFromInline var start = 0

    @inlinable init() {}
    @inlinable var count: Int { levels.count - start }

    /// Puts, replaces or removes a level and gives its rank, 0 being the best; -1 when there was nothing to remove.
    @inlinable
    mutating func set(_ level: Level, isBid: Bool) -> Int {
      var low = start
      var high = levels.count
      while low < high {
        let middle = (low + high) / 2
        let price = levels[middle].price
        if isBid ? price < level.price : price > level.price { low = middle + 1 } else { high = middle }
      }
      let isKnown = low < levels.count && levels[low].price == level.price
      let rank = levels.count - 1 - low
      if level.quantity == 0 {
        guard isKnown else { return -1 }
        levels.remove(at: low)
        return rank
      }
      if isKnown {
        levels[low] = level
        return rank
      }
      levels.insert(level, at: low)
      return rank + 1
    }

    /// Forgets the worst levels beyond `depth`. The array moves up only now and then.
    @inlinable
    mutating func trim(to depth: Int) {
      guard count > depth else { return }
      start = levels.count - depth
      if start >= 256 {
        levels.removeFirst(start)
        start = 0
      }
    }

    @inlinable
    mutating func removeAll() {
      levels.removeAll(keepingCapacity: true)
      start = 0
    }

    /// Brings levels that were appended in any order into theirs; `false` when a price stands twice. Linear when they
    /// came best first, as venues send them.
    @inlinable
    mutating func arrange(isBid: Bool) -> Bool {
      levels.reverse()
      if isRising(isBid) { return true }
      levels.sort { isBid ? $0.price < $1.price : $0.price > $1.price }
      return isRising(isBid)
    }

    @inlinable
    func isRising(_ isBid: Bool) -> Bool {
      var index = 1
      while index < levels.count {
        let (before, after) = (levels[index - 1].price, levels[index].price)
        if isBid ? before >= after : before <= after { return false }
        index += 1
      }
      return true
    }
  }

  @usableFromInline var bids = Ladder()
  @usableFromInline var asks = Ladder()
  /// How many levels a side holds at most: what falls out is forgotten, as the venue does. 0 = no limit.
  public var depth: Int

  @inlinable
  public init(depth: Int = 0) { self.depth = depth }

  @inlinable public var bidCount: Int { bids.count }
  @inlinable public var askCount: Int { asks.count }

  /// The bid of a rank, 0 being the highest. The rank must be less than `bidCount`.
  @inlinable public func bid(_ rank: Int) -> Level { bids.levels[bids.levels.count - 1 - rank] }

  /// The ask of a rank, 0 being the lowest. The rank must be less than `askCount`.
  @inlinable public func ask(_ rank: Int) -> Level { asks.levels[asks.levels.count - 1 - rank] }

  /// Whether the best bid is not below the best ask.
  @inlinable
  public var isCrossed: Bool { bidCount > 0 && askCount > 0 && bid(0).price >= ask(0).price }

  @inlinable
  public mutating func removeAll() {
    bids.removeAll()
    asks.removeAll()
  }

  /// Adds a level of a snapshot; `arrange` ends it. Call `removeAll` before the first.
  @inlinable
  public mutating func append(_ level: Level, isBid: Bool) {
    if isBid { bids.levels.append(level) } else { asks.levels.append(level) }
  }

  /// Ends a snapshot: sorts what was appended and forgets what lies deeper than `depth`. `false`, and the book is of no
  /// use, when a price stands twice or a quantity is zero.
  @inlinable
  public mutating func arrange() -> Bool {
    guard bids.arrange(isBid: true), asks.arrange(isBid: false) else { return false }
    guard !bids.levels.contains(where: { $0.quantity == 0 }), !asks.levels.contains(where: { $0.quantity == 0 }) else {
      return false
    }
    trim()
    return true
  }

  /// Puts a level in its place, replaces it, or removes it when its quantity is zero. Gives the rank of what changed, 0
  /// being the best; -1 when there was nothing to remove. Logarithmic search and a move of the levels that are better.
  @discardableResult
  @inlinable
  public mutating func set(_ level: Level, isBid: Bool) -> Int {
    isBid ? bids.set(level, isBid: true) : asks.set(level, isBid: false)
  }

  /// Forgets what lies deeper than `depth`; to be called after each message.
  @inlinable
  public mutating func trim() {
    guard depth > 0 else { return }
    bids.trim(to: depth)
    asks.trim(to: depth)
  }
}

/// Text of at most 31 bytes, held inside the value, so that a book of them is one block of memory.
@frozen
public struct ChecksumText: Sendable {
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
  public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) { for byte in bytes { append(byte) } }

  /// Appends the digits of a decimal number without its point and without leading zeros: `0.0500` gives `500`, zero
  /// nothing. What is no digit is left out.
  @inlinable
  public mutating func append(significantDigitsOf bytes: UnsafeBufferPointer<UInt8>) {
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
    var power: UInt64 = 1
    while number / power >= 10 { power *= 10 }
    guard number > 0 else { return }
    while power > 0 {
      append(48 + UInt8(truncatingIfNeeded: number / power % 10))
      power /= 10
    }
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
