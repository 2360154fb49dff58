import ConnectorKit

/// Where a domain of the exchange is reached, and what it allows.
struct Venue {
  let rest: String
  let stream: String

  /// - Throws: `ConfigFault` for an unknown domain.
  static func spot(domain: String) throws -> Venue {
    switch domain {
    case "live": Venue(rest: "https://api.binance.com", stream: "wss://stream.binance.com:9443/stream")
    // Market data only, for those who need no account ("General API Information").
    case "data": Venue(rest: "https://data-api.binance.vision", stream: "wss://data-stream.binance.vision/stream")
    case "testnet": Venue(rest: "https://testnet.binance.vision", stream: "wss://stream.testnet.binance.vision/stream")
    default: throw ConfigFault.field(name: "domain", expected: "live, data or testnet")
    }
  }

  /// A connection carries at most 1,024 streams ("WebSocket Streams: Limits"); some room is left.
  static let topicsPerConnection = 1000
  /// A connection takes five messages a second; so subscriptions that come close together share one.
  static let subscribeInterval: Int64 = 250_000_000
  /// The server pings every 20 seconds; a stream without any message for so long is dead.
  static let idle: Int64 = 60_000_000_000

  /// Rate-limit buckets ("Rate limits"; the figures of the live domain are read from exchangeInfo).
  enum Bucket {
    static let weight: UInt32 = 1
    static let rawRequests: UInt32 = 2
    static let orders10s: UInt32 = 3
    static let ordersDay: UInt32 = 4
    static let streamMessages: UInt32 = 5
    static let connections: UInt32 = 6
  }

  static let minute: Int64 = 60_000_000_000

  static let defaultLimits: [Output.Limit] = [
    Output.Limit(
      bucket: Bucket.weight, name: "request weight", scope: .address, capacity: 6000, interval: minute,
      usedHeader: "x-mbx-used-weight-1m"),
    Output.Limit(
      bucket: Bucket.rawRequests, name: "raw requests", scope: .address, capacity: 61000, interval: 5 * minute),
    Output.Limit(
      bucket: Bucket.orders10s, name: "orders in 10 s", scope: .account, capacity: 100, interval: minute / 6,
      usedHeader: "x-mbx-order-count-10s"),
    Output.Limit(
      bucket: Bucket.ordersDay, name: "orders a day", scope: .account, capacity: 200_000, interval: 1440 * minute,
      usedHeader: "x-mbx-order-count-1d"),
    Output.Limit(
      bucket: Bucket.streamMessages, name: "messages on a stream", scope: .stream, capacity: 5, interval: minute / 60),
    Output.Limit(
      bucket: Bucket.connections, name: "stream connections", scope: .address, capacity: 300, interval: 5 * minute),
  ]
}
