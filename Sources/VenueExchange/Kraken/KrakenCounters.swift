/// What Kraken counts of an account. Sources: "Spot REST Rate Limits", "Spot Trading Limits", both of the starter tier.
struct KrakenCounters {
  /// A counter that goes down by itself.
  private struct Counter {
    /// In thousandths.
    var level: Int64 = 0
    /// Nanoseconds of the venue's clock.
    var time: Int64 = 0

    mutating func add(_ weight: Int64, most: Int64, perSecond: Int64, now: Int64, isForced: Bool = false) -> Bool {
      level = max(0, level - (now - time) / 1_000_000 * perSecond / 1000)
      time = now
      guard isForced || level + weight * 1000 <= most * 1000 else { return false }
      level += weight * 1000
      return true
    }
  }

  private var calls: [Int: Counter] = [:]
  private var orders: [Int: Counter] = [:]

  /// Counts a private call: 15 at most, a third of one less each second.
  mutating func call(_ account: Int, _ weight: Int64, now: Int64) throws(KrakenError) {
    guard weight > 0 else { return }
    var counter = calls[account] ?? Counter()
    let fits = counter.add(weight, most: 15, perSecond: 333, now: now)
    calls[account] = counter
    if !fits { throw .rateLimit }
  }

  /// Counts a transaction of the trading engine on one pair: 60 at most, one less each second. Cancels always pass.
  mutating func order(
    _ account: Int, _ market: Int, _ weight: Int64, now: Int64, isCancel: Bool = false
  ) throws(KrakenError) {
    let key = account * 1000 + market
    var counter = orders[key] ?? Counter()
    let fits = counter.add(weight, most: 60, perSecond: 1000, now: now, isForced: isCancel)
    orders[key] = counter
    if !fits { throw .orderRateLimit }
  }

  /// What ending an order of this age adds.
  static func cancelWeight(age: Int64) -> Int64 {
    switch age / 1_000_000_000 {
    case ..<5: 8
    case ..<10: 6
    case ..<15: 5
    case ..<45: 4
    case ..<90: 2
    case ..<300: 1
    default: 0
    }
  }

  /// What changing an order of this age adds, beside the change itself.
  static func amendWeight(age: Int64) -> Int64 {
    switch age / 1_000_000_000 {
    case ..<5: 3
    case ..<10: 2
    case ..<15: 1
    default: 0
    }
  }
}
