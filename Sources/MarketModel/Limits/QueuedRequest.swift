/// Names a request in the process; chosen by the host, never used twice.
@frozen
public struct RequestTicket: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

extension RequestPriority: Comparable {
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A request as the queue sees it: everything but its content.
public struct QueuedRequest: Equatable, Sendable {
  public var ticket: RequestTicket
  public var caller: LimitCaller
  public var priority: RequestPriority
  public var charges: [LimitCharge]
  /// From this monotonic time on it is no longer sent.
  public var deadline: Int64
  /// One at a time per account: the next one leaves when this one has ended (`PB_FLAG_ORDERED`).
  public var isOrdered: Bool

  public init(
    ticket: RequestTicket, caller: LimitCaller, priority: RequestPriority, charges: [LimitCharge] = [],
    deadline: Int64 = .max, isOrdered: Bool = false
  ) {
    self.ticket = ticket
    self.caller = caller
    self.priority = priority
    self.charges = charges
    self.deadline = deadline
    self.isOrdered = isOrdered
  }
}

/// How a request that left has ended.
public enum RequestOutcome: Equatable, Sendable {
  /// Nothing was written: its weight comes back.
  case notSent
  /// It was sent and has no reply, or never will: frames, timeouts, cut connections.
  case unanswered
  /// The venue replied, and did not speak of limits.
  case answered
  /// Too many requests (HTTP 429 or the venue's equivalent); nanoseconds from now to wait, where the venue says.
  case limited(retryAfter: Int64?)
  /// The address is banned (HTTP 418 or the venue's equivalent); nanoseconds from now, where the venue says.
  case banned(retryAfter: Int64?)
}

/// Why a request is not taken into the queue.
public enum QueueRefusal: Error, Equatable, Sendable {
  /// Too many requests of its priority and above wait: send fewer, or raise `RequestQueueSettings.limit`.
  case full(waiting: Int)
  /// Its deadline is not in the future.
  case expired
  /// A ticket was used twice.
  case knownTicket
  /// An ordered request has no account.
  case orderedWithoutAccount
  /// The limiter will never let it go.
  case limit(LimitRefusal)
}

/// Why a request left the queue without having been sent.
public enum DropReason: Equatable, Sendable {
  /// Its deadline passed.
  case expired
  /// A limit was declared again and the request no longer fits into it.
  case limit(LimitRefusal)
}

/// A request that will not be sent.
public struct DroppedRequest: Equatable, Sendable {
  public var ticket: RequestTicket
  public var reason: DropReason

  public init(ticket: RequestTicket, reason: DropReason) {
    self.ticket = ticket
    self.reason = reason
  }
}

/// What one look at the queue brought. Kept by the caller and filled again, so that its memory is reused.
public struct QueuePass: Sendable {
  /// To be sent now, in this order.
  public internal(set) var leaving: [RequestTicket] = []
  /// Never sent.
  public internal(set) var dropped: [DroppedRequest] = []
  /// When to look again, even if nothing else happens; `nil` when only a submission or an ending can change anything.
  public internal(set) var lookAgain: Int64?

  public init() {}
}

/// The bounds of a queue.
public struct RequestQueueSettings: Equatable, Sendable {
  /// Most requests that wait. Bulk and queries may fill three quarters of it, orders seven eighths, cancels all.
  public var limit: Int
  /// A request that has waited so long counts as the next class, up to order.
  public var patienceNanoseconds: Int64

  public init(limit: Int = 4096, patienceNanoseconds: Int64 = 5_000_000_000) {
    self.limit = min(max(1, limit), 1 << 24)
    self.patienceNanoseconds = min(max(1, patienceNanoseconds), RateLimit.longestInterval)
  }

  func limit(for priority: RequestPriority) -> Int { share(of: limit, for: priority) }

  /// How much of something that all waiting requests share those of a priority may fill.
  public func share(of whole: Int, for priority: RequestPriority) -> Int {
    switch priority {
    case .cancel: whole
    case .order: max(1, whole - whole / 8)
    case .query, .bulk: max(1, whole - whole / 4)
    }
  }
}
