import ConnectorKit

/// Where the exchange is reached, and what it allows.
struct Venue {
  /// The version of the public socket that is spoken. The private one is always spoken as v2.
  enum Version { case v1, v2 }

  let version: Version
  let tier: Tier
  /// In what unit nonces count. A key that another program uses with a finer unit needs that one here too, because a
  /// nonce must be larger than every one before it ("Authentication").
  let nonce: Seal

  static let rest = "https://api.kraken.com"
  static let privateStream = "wss://ws-auth.kraken.com/v2"
  var publicStream: String { version == .v2 ? "wss://ws.kraken.com/v2" : "wss://ws.kraken.com" }

  /// - Throws: `ConfigFault` for a value that is not offered.
  init(_ config: ConnectorConfig) throws {
    // There is no test environment for spot: "beta" trades on the production engine.
    guard try config.string("domain") ?? "live" == "live" else {
      throw ConfigFault.field(name: "domain", expected: "live")
    }
    switch try config.string("version") ?? "v2" {
    case "v1": version = .v1
    case "v2": version = .v2
    default: throw ConfigFault.field(name: "version", expected: "v1 or v2")
    }
    switch try config.string("tier") ?? "starter" {
    case "starter": tier = Tier(calls: 15, callsFill: 45, orders: 60, ordersFill: 60)
    case "intermediate": tier = Tier(calls: 20, callsFill: 40, orders: 125, ordersFill: 54)
    case "pro": tier = Tier(calls: 20, callsFill: 20, orders: 180, ordersFill: 48)
    default: throw ConfigFault.field(name: "tier", expected: "starter, intermediate or pro")
    }
    switch try config.string("nonce") ?? "ms" {
    case "ms": nonce = .nonceMilliseconds
    case "us": nonce = .nonceMicroseconds
    case "ns": nonce = .nonceNanoseconds
    default: throw ConfigFault.field(name: "nonce", expected: "ms, us or ns")
    }
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

  /// Topics on one connection. The venue names no limit; a cut should not cost every book at once.
  static let topicsPerConnection = 300
  /// A subscribed connection hears a heartbeat about every second ("heartbeat"); without anything for so long it is
  /// dead.
  static let idle: Int64 = 20 * second
  /// How long a book may take to come again before it is asked for anew.
  static let resyncTimeout: Int64 = 10 * second
  /// Balances are asked for again at most so often while they change.
  static let balanceInterval: Int64 = 3 * second

  /// Depths that a book can be subscribed with ("book": depth).
  static let depths = [10, 25, 100, 500, 1000]

  /// The least depth on offer that holds `wanted` levels; the largest for 0 or more than there is.
  static func depth(_ wanted: Int) -> Int { wanted == 0 ? 1000 : depths.first { $0 >= wanted } ?? 1000 }

  /// Rate-limit buckets.
  enum Bucket {
    static let publicCalls: UInt32 = 1
    static let calls: UInt32 = 2
    static let connections: UInt32 = 3
    /// The trading engine counts per pair: a market's bucket is this plus its number.
    static let firstPair: UInt32 = 100
  }

  var limits: [Output.Limit] {
    [
      Output.Limit(
        bucket: Bucket.publicCalls, name: "public calls", scope: .address, capacity: 1, interval: Venue.second),
      Output.Limit(
        bucket: Bucket.calls, name: "private call counter", scope: .account, capacity: tier.calls,
        interval: tier.callsFill * Venue.second, tokens: true),
      Output.Limit(
        bucket: Bucket.connections, name: "stream connections", scope: .address, capacity: 150,
        interval: 10 * Venue.minute),
    ]
  }

  /// The order counter of one pair.
  func orderLimit(_ market: KrakenMarket) -> Output.Limit {
    Output.Limit(
      bucket: market.bucket, name: "orders on \(market.symbol)", scope: .account, capacity: tier.orders,
      interval: tier.ordersFill * Venue.second, tokens: true)
  }

  /// What ending an order of this age adds to its pair's counter ("Spot Trading Limits": cancel).
  static func cancelWeight(age: Int64) -> UInt32 {
    switch age / second {
    case ..<5: 8
    case ..<10: 6
    case ..<15: 5
    case ..<45: 4
    case ..<90: 2
    default: 1
    }
  }

  /// What changing an order of this age adds ("Spot Trading Limits": amend).
  static func amendWeight(age: Int64) -> UInt32 {
    switch age / second {
    case ..<5: 4
    case ..<10: 3
    case ..<15: 2
    default: 1
    }
  }
}
