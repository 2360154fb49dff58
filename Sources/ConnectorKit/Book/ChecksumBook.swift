/// A book that keeps the digits as the venue sent them, for venues whose checksum is over the text of the best levels.
/// It is the connector's proof, not the host's book: once the checksum agrees, the same levels go out as numbers.
///
/// Both sides are sorted arrays, best first. What a price's text means is not its business: levels are ordered by
/// `price`, the number at the instrument's exponent. Texts longer than 31 bytes do not occur on these venues and are
/// refused.
public struct ChecksumBook {
  /// Text of at most 31 bytes, inside the level.
  public struct Digits: Equatable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// `nil` when `text` is longer than 31 bytes.
    public init?(_ text: UnsafeBufferPointer<UInt8>) {
      guard text.count <= 31 else { return nil }
      withUnsafeMutableBytes(of: &words) { bytes in
        bytes.copyBytes(from: text)
        bytes[31] = UInt8(text.count)
      }
    }

    /// Hands the bytes to `body`, without a copy.
    public func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
      withUnsafeBytes(of: words) { raw in
        let bytes = raw.assumingMemoryBound(to: UInt8.self)
        return body(UnsafeBufferPointer(rebasing: bytes[0..<Int(bytes[31])]))
      }
    }

    public static func == (left: Digits, right: Digits) -> Bool { left.words == right.words }
  }

  public struct Level: Sendable {
    public let price: Int64
    public let quantity: Int64
    public let priceText: Digits
    public let quantityText: Digits

    public init(price: Int64, quantity: Int64, priceText: Digits, quantityText: Digits) {
      self.price = price
      self.quantity = quantity
      self.priceText = priceText
      self.quantityText = quantityText
    }
  }

  /// Highest price first.
  public private(set) var bids: [Level] = []
  /// Lowest price first.
  public private(set) var asks: [Level] = []
  /// How many levels a side holds at most: what falls out is forgotten, as the venue does. 0 = no limit.
  public let depth: Int

  public init(depth: Int = 0) { self.depth = depth }

  public mutating func removeAll() {
    bids.removeAll(keepingCapacity: true)
    asks.removeAll(keepingCapacity: true)
  }

  /// Puts a level in its place, replaces it, or removes it when its quantity is zero.
  public mutating func set(_ level: Level, bid: Bool) {
    if bid { Self.place(level, in: &bids) { $0 > $1 } } else { Self.place(level, in: &asks) { $0 < $1 } }
  }

  /// Forgets what lies deeper than `depth`; to be called after each message.
  public mutating func trim() {
    guard depth > 0 else { return }
    if bids.count > depth { bids.removeLast(bids.count - depth) }
    if asks.count > depth { asks.removeLast(asks.count - depth) }
  }

  @inline(__always)
  private static func place(_ level: Level, in side: inout [Level], before: (Int64, Int64) -> Bool) {
    var low = 0
    var high = side.count
    while low < high {
      let middle = (low + high) / 2
      if before(side[middle].price, level.price) { low = middle + 1 } else { high = middle }
    }
    let known = low < side.count && side[low].price == level.price
    if level.quantity == 0 {
      if known { side.remove(at: low) }
    } else if known {
      side[low] = level
    } else {
      side.insert(level, at: low)
    }
  }
}
