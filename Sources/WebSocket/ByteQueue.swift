/// Bytes that are appended behind and taken from the front, in one block. Something readable always follows the last
/// byte.
///
/// Appending is amortized O(1); taking is O(1). Nothing is allocated once the block has grown to what is needed.
public struct ByteQueue: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private var start = 0
  private var end = 0

  public init(capacity: Int = WebSocketLimits.firstBuffer) {
    self.capacity = max(capacity, 1)
    base = ByteQueue.block(self.capacity)
  }

  deinit { base.deallocate() }

  private static func block(_ capacity: Int) -> UnsafeMutableRawPointer {
    let size = capacity + WebSocketLimits.slack
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return block
  }

  public var count: Int { end - start }
  public var isEmpty: Bool { end == start }

  /// The bytes in order; valid until the next change.
  public var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base + start, count: end - start)
  }

  public mutating func removeFirst(_ count: Int) {
    start += min(count, end - start)
    if start == end { (start, end) = (0, 0) }
  }

  mutating func removeLast(_ count: Int) { end = max(start, end - count) }

  public mutating func removeAll() { (start, end) = (0, 0) }

  public mutating func append(_ source: UnsafeRawBufferPointer) {
    guard let from = source.baseAddress, source.count > 0 else { return }
    reserve(source.count)
    (base + end).copyMemory(from: from, byteCount: source.count)
    end += source.count
  }

  /// Lets `fill` write behind the last byte, into at least `room` bytes, and say how many it wrote.
  /// - Returns: what `fill` answered; what is not positive adds nothing.
  public mutating func write(atLeast room: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    reserve(room)
    let written = fill(UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end))
    end += max(0, min(written, capacity - end))
    return written
  }

  /// Gives a large block back; only while empty.
  mutating func shrink(to limit: Int) {
    guard isEmpty, capacity > limit else { return }
    base.deallocate()
    capacity = WebSocketLimits.firstBuffer
    base = ByteQueue.block(capacity)
  }

  private mutating func reserve(_ room: Int) {
    if capacity - end >= room { return }
    let used = end - start
    if capacity >= used + room, start >= capacity / 2 {
      base.copyMemory(from: base + start, byteCount: used)
    } else {
      capacity = max(used + room, capacity * 2)
      let larger = ByteQueue.block(capacity)
      larger.copyMemory(from: base + start, byteCount: used)
      base.deallocate()
      base = larger
    }
    (start, end) = (0, used)
  }
}
