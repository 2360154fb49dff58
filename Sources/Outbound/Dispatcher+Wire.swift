import MarketModel
import Runtime

extension Dispatcher {
  /// Most limits of which a copy is given.
  private static let mostLimits = 32

  /// O(limits in use).
  public var wire: WireStatus? {
    let now = clock.now().mono
    var wire = WireStatus()
    (wire.open, wire.opened, wire.ended, wire.roundTrips) = (streams.count, opened, endedStreams, roundTrips)
    let all = limiter.status(now).compactMap { status -> WireStatus.Limit? in
      guard let bucket = status.bucket, let capacity = status.capacity, capacity > 0 else { return nil }
      var account: UInt64 = 0
      if case .account(let id) = status.owner { account = id.rawValue }
      return WireStatus.Limit(
        name: limitNames[bucket] ?? "limit \(bucket)", account: account, used: status.used, capacity: capacity,
        held: max(0, (status.heldUntil ?? now) &- now))
    }
    let sorted = all.sorted { Double($0.used) / Double($0.capacity) > Double($1.used) / Double($1.capacity) }
    wire.limits = Array(sorted.prefix(Self.mostLimits))
    return wire
  }
}
