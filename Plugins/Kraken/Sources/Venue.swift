import ConnectorKit

/// Where the exchange is reached, and what it allows.
struct Venue {
  /// The version of the public socket that is spoken. The private one is always spoken as v2.
  enum Version: String { case v1, v2 }

  let version: Version
  let tier: Tier
  /// In what unit nonces count. A key that another program uses with a finer unit needs that one here too, because a
  /// nonce must be larger than every one before it ("Authentication").
  let nonce: Seal

  static let rest = "https://api.kraken.com"
  static let privateStream = "wss://ws-auth.kraken.com/v2"
  var publicStream: String { version == .v2 ? "wss://ws.kraken.com/v2" : "wss://ws.kraken.com" }

  /// - Throws: `ConfigFault` for a value that is not offered.
  init(_ config: ConnectorConfig) throws(ConfigFault) {
    // There is no test environment for spot: "beta" trades on the production engine.
    _ = try config.choice("domain", "live", ["live": 0])
    version = try config.choice("version", "v2", ["v1": .v1, "v2": .v2])
    tier = try config.choice(
      "tier", "starter",
      [
        "starter": Tier(calls: 15, callsFill: 45, orders: 60, ordersFill: 60),
        "intermediate": Tier(calls: 20, callsFill: 40, orders: 125, ordersFill: 54),
        "pro": Tier(calls: 20, callsFill: 20, orders: 180, ordersFill: 48),
      ])
    nonce = try config.choice(
      "nonce", "ms", ["ms": .nonceMilliseconds, "us": .nonceMicroseconds, "ns": .nonceNanoseconds])
  }

  /// Counters of an account by its verification: how much they hold, and in how many seconds an empty one fills again
  /// ("Spot REST Rate Limits", "Spot Trading Limits").
  struct Tier {
    let calls: UInt32
    let callsFill: Int64
    let orders: UInt32
    let ordersFill: Int64
  }

  static let second: Int64 = 1_000_000_000
  static let minute: Int64 = 60 * second

  /// A subscribed connection hears a heartbeat about every second ("heartbeat"); without anything for so long it is
  /// dead.
  static let idle: Int64 = 20 * second

  /// Depths that a book can be subscribed with ("book": depth).
  static let depths = [10, 25, 100, 500, 1000]

  /// The trading engine counts per pair: a market's bucket is this plus its number.
  static let firstPairBucket: UInt32 = 100

  var limits: [Output.Limit] {
    var calls = Output.Limit.calls
    (calls.capacity, calls.interval) = (tier.calls, tier.callsFill * Venue.second)
    return [.publicCalls, calls, .connections]
  }

  /// The order counter of one pair.
  func orderLimit(_ market: Market, _ bucket: UInt32) -> Output.Limit {
    Output.Limit(
      bucket, "orders on \(market.symbol)", .account, tier.orders, seconds: tier.ordersFill, tokens: true)
  }

  /// What ending or changing an order adds to its pair's counter, below so many seconds of its age ("Spot Trading
  /// Limits": cancel, amend).
  static let cancelWeights: [(seconds: Int64, weight: UInt32)] = [(5, 8), (10, 6), (15, 5), (45, 4), (90, 2)]
  static let amendWeights: [(seconds: Int64, weight: UInt32)] = [(5, 4), (10, 3), (15, 2)]
}
