/// A set of hosts of one venue that count requests together; chosen by the host, unique in the process.
@frozen
public struct HostGroup: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

extension LimitScope: CustomStringConvertible {
  public var description: String {
    switch self {
    case .address: "address"
    case .account: "account"
    case .stream: "stream"
    }
  }
}

/// One rate limit as a venue states it.
public struct RateLimit: Equatable, Sendable {
  /// Its number in charges; unique in its host group.
  public var bucket: UInt32
  public var scope: LimitScope
  public var kind: LimitKind
  /// Weight per interval, or the size of the token bucket; at least 1.
  public var capacity: UInt32
  /// The window, or the time to fill an empty token bucket; 1 ns to `longestInterval`.
  public var intervalNanoseconds: Int64
  /// For people.
  public var name: String
  /// The reply header that reports the weight used, in lower case; empty when there is none.
  public var usedHeader: String
  /// The reply header that reports the weight that is left, in lower case; empty when there is none.
  public var remainingHeader: String

  /// 366 days: no venue counts longer, and times stay far from the end of their type.
  public static let longestInterval: Int64 = 366 * 86_400 * 1_000_000_000

  public init(
    bucket: UInt32, scope: LimitScope, kind: LimitKind, capacity: UInt32, intervalNanoseconds: Int64,
    name: String = "", usedHeader: String = "", remainingHeader: String = ""
  ) {
    self.bucket = bucket
    self.scope = scope
    self.kind = kind
    self.capacity = capacity
    self.intervalNanoseconds = intervalNanoseconds
    self.name = name
    self.usedHeader = usedHeader
    self.remainingHeader = remainingHeader
  }

  /// The weight used, as one of its headers says it; nil = the header is none of them.
  func used(_ value: UInt32, by header: String) -> UInt32? {
    if !usedHeader.isEmpty, usedHeader == header { return value }
    if !remainingHeader.isEmpty, remainingHeader == header { return capacity - min(capacity, value) }
    return nil
  }
}

/// What a request costs in one bucket.
public struct LimitCharge: Equatable, Sendable {
  public var bucket: UInt32
  /// 0 counts as 1.
  public var weight: UInt32

  public init(bucket: UInt32, weight: UInt32) {
    self.bucket = bucket
    self.weight = weight
  }
}

/// Where a request goes and on whose behalf: together with a bucket's scope this says which bucket it charges.
public struct LimitCaller: Hashable, Sendable {
  public var group: HostGroup
  /// The local address or proxy it leaves from; chosen by the host.
  public var address: UInt64
  public var account: AccountID?
  /// The stream it is a frame of; chosen by the host, never used twice in a process.
  public var stream: UInt64?

  public init(group: HostGroup, address: UInt64, account: AccountID? = nil, stream: UInt64? = nil) {
    self.group = group
    self.address = address
    self.account = account
    self.stream = stream
  }
}

/// One of the parties that a scope distinguishes.
public enum LimitOwner: Hashable, Sendable {
  case address(UInt64)
  case account(AccountID)
  case stream(UInt64)
}

/// Why a declaration is not accepted.
public enum RateLimitFault: Error, Equatable, Sendable {
  /// The capacity is 0: state the weight that the venue allows per interval.
  case noCapacity(bucket: UInt32)
  /// The interval is not between 1 ns and `RateLimit.longestInterval`.
  case intervalOutOfRange(bucket: UInt32, nanoseconds: Int64)
  /// More buckets than `RateLimiterSettings.declarationLimit`: declare fewer.
  case tooManyDeclarations(limit: Int)
}

/// Why a request can never leave as it is.
public enum LimitRefusal: Error, Equatable, Sendable {
  /// It charges a bucket that was not declared: declare the limit before the first request that it covers.
  case undeclared(bucket: UInt32)
  /// It charges a bucket of an account or a stream, but belongs to none.
  case ownerMissing(bucket: UInt32, scope: LimitScope)
  /// It weighs more than the bucket holds after share and margin: raise the share, or ask for less at a time.
  case tooHeavy(bucket: UInt32, weight: UInt64, capacity: Int64)
  /// It charges more different buckets than `Toll.chargeLimit`.
  case tooManyCharges(limit: Int)
  /// More buckets are in use than `RateLimiterSettings.bucketLimit`: close streams, or raise the limit.
  case tooManyBuckets(limit: Int)
}

/// How cautiously limits are used.
public struct RateLimiterSettings: Equatable, Sendable {
  /// The part of every limit that this process may use, 1 to 100.
  public var sharePercent: Int
  /// What is left unused of that part, 0 to 99.
  public var marginPercent: Int
  /// What is left of the rest for cancels and orders, 0 to 90: a flood of questions never keeps a cancel from leaving.
  public var tradePercent: Int
  /// Most declared limits.
  public var declarationLimit: Int
  /// Most buckets that exist at a time: one per limit and address, account or stream.
  public var bucketLimit: Int
  /// How long a refusal (429) without Retry-After stops its buckets; doubles when the next one follows at once.
  public var firstHoldNanoseconds: Int64
  /// The same for a ban (418).
  public var firstBanNanoseconds: Int64
  /// No hold or ban lasts longer, whatever a reply says.
  public var longestHoldNanoseconds: Int64

  public init(
    sharePercent: Int = 100, marginPercent: Int = 5, tradePercent: Int = 0, declarationLimit: Int = 16_384,
    bucketLimit: Int = 65_536,
    firstHoldNanoseconds: Int64 = 1_000_000_000, firstBanNanoseconds: Int64 = 120_000_000_000,
    longestHoldNanoseconds: Int64 = 3 * 86_400 * 1_000_000_000
  ) {
    self.sharePercent = min(max(1, sharePercent), 100)
    self.marginPercent = min(max(0, marginPercent), 99)
    self.tradePercent = min(max(0, tradePercent), 90)
    self.declarationLimit = max(1, declarationLimit)
    self.bucketLimit = max(1, bucketLimit)
    self.longestHoldNanoseconds = min(max(1, longestHoldNanoseconds), RateLimit.longestInterval)
    self.firstHoldNanoseconds = min(max(1, firstHoldNanoseconds), self.longestHoldNanoseconds)
    self.firstBanNanoseconds = min(max(1, firstBanNanoseconds), self.longestHoldNanoseconds)
  }

  /// What may be used of a stated capacity: rounded down, at least 1.
  public func usable(_ capacity: UInt32) -> Int64 {
    max(1, Int64(capacity) * Int64(sharePercent) * Int64(100 - marginPercent) / 10_000)
  }
}
