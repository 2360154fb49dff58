import CFeed
import Synchronization

/// Who is woken by a byte on a socket when a lane has published something, because it waits for sockets and cannot
/// sleep on the feed's word as well. Whoever opened the sockets keeps the list, from a thread of its own; the lane
/// rings.
public final class LaneBells: Sendable {
  public struct Bell: Sendable, Equatable {
    /// A connected stream socket, open until it was taken off the list.
    public var descriptor: Int32
    /// What it is rung for: bits of books, or PB_FEED_BIT_.
    public var bits: UInt32

    public init(descriptor: Int32, bits: UInt32) { (self.descriptor, self.bits) = (descriptor, bits) }
  }

  private let bells = Mutex<[Bell]>([])
  private let isEmpty = Atomic(true)

  public init() {}

  /// Changes whom the lane rings. What is taken off the list is rung no more once this returns.
  public func set(_ list: [Bell]) {
    bells.withLock { $0 = list }
    isEmpty.store(list.isEmpty, ordering: .releasing)
  }

  /// Rings everyone who waits for one of these bits; a socket that is full has been rung and not looked at yet.
  /// - Returns: the bits that are to be rung for in the next turn, since the list is being changed.
  @inline(__always)
  func ring(_ bits: UInt32) -> UInt32 {
    if isEmpty.load(ordering: .acquiring) { return 0 }
    let done: Bool? = bells.withLockIfAvailable { bells in
      for bell in bells where bell.bits & bits != 0 { feed_ring_bell(bell.descriptor) }
      return true
    }
    return done == nil ? bits : 0
  }
}
