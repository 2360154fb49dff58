/// A venue's trade id, held inline so that a trade needs no allocation. Ids longer than 48 bytes, which no listed
/// venue has, keep their first 48.
public struct TradeID: Hashable, Sendable, BitwiseCopyable {
  private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  private var length: UInt8 = 0

  public static let none = TradeID(UnsafeBufferPointer<UInt8>(start: nil, count: 0))

  /// Copies at most 48 bytes.
  public init(_ text: UnsafeBufferPointer<UInt8>) {
    let count = min(text.count, 48)
    length = UInt8(count)
    withUnsafeMutableBytes(of: &words) { bytes in
      for index in 0..<count { bytes[index] = text[index] }
    }
  }

  public init(_ text: String) {
    var copy = text
    self = copy.withUTF8 { TradeID($0) }
  }

  public var isEmpty: Bool { length == 0 }

  /// The id as text. Allocates where it is longer than a small string.
  public var text: String { withUnsafeBytes(of: words) { String(decoding: $0.prefix(Int(length)), as: UTF8.self) } }

  public static func == (left: TradeID, right: TradeID) -> Bool {
    let (a, b) = (left.words, right.words)
    return left.length == right.length && (a.0, a.1, a.2, a.3, a.4, a.5) == (b.0, b.1, b.2, b.3, b.4, b.5)
  }

  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: words) { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0.prefix(Int(length)))) }
  }
}

/// A public trade. Price and quantity stand at the instrument's exponents.
public struct Trade: Equatable, Sendable {
  public var id: TradeID
  public var price: Int64
  public var quantity: Int64
  /// The side of the taker; `nil` where the venue does not say.
  public var takerSide: Side?
  /// When it happened at the venue, in nanoseconds of wall time.
  public var time: Int64
  /// Happened before the subscription.
  public var isBackfill: Bool

  public init(id: TradeID, price: Int64, quantity: Int64, takerSide: Side?, time: Int64, isBackfill: Bool = false) {
    self.id = id
    self.price = price
    self.quantity = quantity
    self.takerSide = takerSide
    self.time = time
    self.isBackfill = isBackfill
  }
}

/// The most recent trades of one instrument: a ring of fixed capacity. Appending is O(1) and allocates nothing after
/// `init`. Belongs to one lane.
public struct TradeTape: Sendable {
  public let capacity: Int
  private var ring: [Trade] = []
  private var next = 0
  /// Trades ever appended.
  public private(set) var total: UInt64 = 0

  /// A tape of at least one trade.
  public init(capacity: Int) {
    self.capacity = max(1, capacity)
    ring.reserveCapacity(self.capacity)
  }

  public var count: Int { ring.count }

  /// The trade that was appended last.
  public var last: Trade? { ring.isEmpty ? nil : ring[(next + capacity - 1) % capacity] }

  public mutating func append(_ trade: Trade) {
    if ring.count < capacity { ring.append(trade) } else { ring[next] = trade }
    next = next + 1 == capacity ? 0 : next + 1
    total &+= 1
  }

  /// At most `limit` trades, the latest first. Allocates.
  public func latest(_ limit: Int = .max) -> [Trade] {
    (0..<min(max(0, limit), ring.count)).map { ring[(next + capacity - 1 - $0) % capacity] }
  }
}
