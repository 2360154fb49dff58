import ConnectorKit

/// Binance spot and Binance US as data. Sources: "General API Information", "LIMITS", "WebSocket Streams", "WebSocket
/// API" of the Binance spot documentation; the Binance US documentation of the same headings.
extension Venue {
  /// - Throws: `ConfigFault` for an unknown domain.
  static func spot(domain: String) throws -> Venue {
    switch domain {
    case "live":
      spot(
        "https://api.binance.com", "wss://stream.binance.com:9443/stream",
        .webSocketAPI("wss://ws-api.binance.com:443/ws-api/v3"))
    // Market data only, for those who need no account ("Market Data Only").
    case "data": spot("https://data-api.binance.vision", "wss://data-stream.binance.vision/stream", .none)
    case "testnet":
      spot(
        "https://testnet.binance.vision", "wss://stream.testnet.binance.vision/stream",
        .webSocketAPI("wss://ws-api.testnet.binance.vision/ws-api/v3"))
    // Play money at the prices of the live exchange ("Demo Mode").
    case "demo":
      spot(
        "https://demo-api.binance.com", "wss://demo-stream.binance.com/stream",
        .webSocketAPI("wss://demo-ws-api.binance.com/ws-api/v3"))
    default: throw ConfigFault.field(name: "domain", expected: "live, data, testnet or demo")
    }
  }

  private static func spot(_ rest: String, _ stream: String, _ userStream: UserStream) -> Venue {
    Venue(
      api: .spot, rest: rest, prefix: "/api/v3", actPrefix: "", streams: [stream], userStream: userStream,
      limits: spotLimits(weight: 6000, rawRequests: 61000), weights: .spot,
      orderBuckets: [Bucket.orders10s, Bucket.ordersDay], countsRawRequests: true,
      deepestSnapshot: 5000, rule: .span,
      topics: [(.book, "depth@100ms", 0), (.trades, "aggTrade", 0), (.ticker, "bookTicker", 0)],
      // "WebSocket Streams: Limits": 1,024; the server pings every 20 seconds.
      topicsPerConnection: 1000, idle: minute, defaultFees: ("0.001", "0.001"), errors: .spot)
  }

  /// Binance US: the same API on its own hosts, with the limits, weights and user stream that Binance itself had in
  /// 2023. Counting by Binance's newer figures has had users banned; so the older ones hold until exchangeInfo tells
  /// the newer.
  /// - Throws: `ConfigFault` for an unknown domain.
  static func us(domain: String) throws -> Venue {
    guard domain == "live" else { throw ConfigFault.field(name: "domain", expected: "live") }
    var venue = spot(
      "https://api.binance.us", "wss://stream.binance.us:9443/stream",
      .listenKey(path: "/api/v3/userDataStream", address: "wss://stream.binance.us:9443/ws/", inParameters: true))
    venue.limits = spotLimits(weight: 1200, rawRequests: 5000)
    venue.weights = .us
    venue.defaultFees = nil
    venue.feesPath = "/sapi/v1/asset/query/trading-fee"
    // Pings come every three minutes there ("General WSS information").
    venue.idle = 4 * minute
    return venue
  }

  /// The buckets of a spot venue: request weight a minute, raw requests in five.
  private static func spotLimits(weight: UInt32, rawRequests: UInt32) -> [Output.Limit] {
    [
      Output.Limit(
        bucket: Bucket.weight, name: "request weight", scope: .address, capacity: weight, interval: minute,
        usedHeader: "x-mbx-used-weight-1m"),
      Output.Limit(
        bucket: Bucket.rawRequests, name: "raw requests", scope: .address, capacity: rawRequests, interval: 5 * minute),
      Output.Limit(
        bucket: Bucket.orders10s, name: "orders in 10 s", scope: .account, capacity: 100, interval: minute / 6,
        usedHeader: "x-mbx-order-count-10s"),
      Output.Limit(
        bucket: Bucket.ordersDay, name: "orders a day", scope: .account, capacity: 200_000, interval: 1440 * minute,
        usedHeader: "x-mbx-order-count-1d"),
      streamMessages(5), connections,
    ]
  }

  static func streamMessages(_ perSecond: UInt32) -> Output.Limit {
    Output.Limit(
      bucket: Bucket.streamMessages, name: "messages on a stream", scope: .stream, capacity: perSecond,
      interval: second)
  }

  static let connections = Output.Limit(
    bucket: Bucket.connections, name: "stream connections", scope: .address, capacity: 300, interval: 5 * minute)
}

extension Weights {
  static let spot = Weights(
    instruments: 20, tickers: 80, depth: [(100, 5), (500, 25), (1000, 50), (5000, 250)], place: 1, amend: 4, cancel: 1,
    order: 4, openOrders: 6, allOpenOrders: 80, allOrders: 20, fills: 20, account: 20, fees: 20,
    userStream: 2)

  static let us = Weights(
    instruments: 10, tickers: 40, depth: [(100, 1), (500, 5), (1000, 10), (5000, 50)], place: 1, amend: 1, cancel: 1,
    order: 2, openOrders: 3, allOpenOrders: 40, allOrders: 10, fills: 10, account: 10, fees: 1,
    userStream: 1)
}
