/// The state of one bucket, for people and metrics.
public struct BucketStatus: Equatable, Sendable {
  public var group: HostGroup
  public var owner: LimitOwner
  /// `nil` for the door of a group, which a ban closes.
  public var bucket: UInt32?
  /// What may be used, after share and margin; `nil` for a door.
  public var capacity: Int64?
  /// Weight that counts now: in flight, recovering, and what others used.
  public var used: Int64
  public var inFlight: Int64
  /// Nothing leaves before this time; `nil` when it is open.
  public var heldUntil: Int64?
}

extension RateLimiter {
  /// Until when a ban, a lockout or an announced silence keeps everything of a caller from leaving; `nil` when nothing
  /// does. O(1).
  public func closedUntil(_ caller: LimitCaller, now: Int64) -> Int64? {
    guard lastHold > now else { return nil }
    let owners = [LimitOwner.address(caller.address)] + (caller.account.map { [.account($0)] } ?? [])
    let ends = owners.compactMap { owner in
      placeOf[LimitKey(group: caller.group, owner: owner, bucket: nil)].flatMap { buckets[Int($0)]?.heldUntil }
    }
    return ends.max().flatMap { $0 > now ? $0 : nil }
  }

  /// The state of every bucket that exists. O(buckets).
  public mutating func status(_ now: Int64) -> [BucketStatus] {
    let now = tick(now)
    return buckets.indices.compactMap { index in
      buckets[index]?.advance(to: now)
      guard let bucket = buckets[index], !bucket.isRetired else { return nil }
      return BucketStatus(
        group: bucket.key.group, owner: bucket.key.owner, bucket: bucket.key.bucket,
        capacity: bucket.kind == nil ? nil : bucket.capacity, used: bucket.used(now), inFlight: bucket.inFlight,
        heldUntil: bucket.heldUntil > now ? bucket.heldUntil : nil)
    }
  }
}
