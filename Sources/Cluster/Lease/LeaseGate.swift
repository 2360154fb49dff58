import Synchronization

/// What the lanes know of a lease: whether a new order may leave. One thread writes it, any may ask; a question costs a
/// load and the clock.
public final class LeaseGate: Sendable {
  /// When it ends, on `BootClock`; `.min` = this host does not have it.
  private let until = Atomic<Int64>(.min)
  private let number = Atomic<UInt64>(0)
  /// Nothing may leave by this gate any more, whatever the lease says.
  private let closed = Atomic<Bool>(false)
  private let known = Mutex(Lease.Standing.unknown)

  public init() {}

  /// Whether a new order may leave now.
  public var isOpen: Bool {
    BootClock.now() < until.load(ordering: .acquiring) && !closed.load(ordering: .acquiring)
  }

  /// The fencing number of this host's lease; 0 = it has had none.
  public var fence: UInt64 { number.load(ordering: .acquiring) }
  public var standing: Lease.Standing { known.withLock { $0 } }
  public var isClosed: Bool { closed.load(ordering: .acquiring) }

  /// For good: another host has traded since, and what this one has in mind of the account is old.
  public func close() { closed.store(true, ordering: .releasing) }

  func put(_ lease: Lease) {
    var end = Int64.min
    if case .holder(let fence, let until) = lease.standing, lease.allows(.min) {
      number.store(fence, ordering: .releasing)
      end = until
    }
    until.store(end, ordering: .releasing)
    known.withLock { $0 = lease.standing }
  }
}
