import ConnectorKit

/// Binance USD-margined futures as data.
/// Sources: "General Info", "Websocket Market Streams", "User Data Streams" of the USDⓈ-M futures documentation.
extension Venue {
  /// - Throws: `ConfigFault` for an unknown domain.
  static func perpetual(domain: String) throws -> Venue {
    switch domain {
    case "live": perpetual("https://fapi.binance.com", "wss://fstream.binance.com")
    case "testnet": perpetual("https://testnet.binancefuture.com", "wss://fstream.binancefuture.com")
    case "demo": perpetual("https://demo-fapi.binance.com", "wss://demo-fstream.binance.com")
    default: throw ConfigFault.field(name: "domain", expected: "live, testnet or demo")
    }
  }

  /// Since April 2026 the streams are served at routed addresses: books and best prices at /public, everything else of
  /// the market at /market, accounts at /private. A stream asked for at the wrong one is confirmed and stays silent.
  private static func perpetual(_ rest: String, _ stream: String) -> Venue {
    Venue(
      api: .perpetual, rest: rest, prefix: "/fapi/v1", actPrefix: "perp_",
      streams: [stream + "/public/stream", stream + "/market/stream"],
      userStream: .listenKey(path: "/fapi/v1/listenKey", address: stream + "/private/ws/", inParameters: false),
      limits: perpetualLimits, weights: .perpetual, orderBuckets: [Bucket.orders10s, Bucket.ordersMinute],
      countsRawRequests: false, deepestSnapshot: 1000, rule: .spanWithPrevious,
      topics: [
        (.book, "depth@100ms", 0), (.ticker, "bookTicker", 0), (.trades, "aggTrade", 1), (.mark, "markPrice@1s", 1),
        (.liquidations, "forceOrder", 1),
      ],
      // A connection carries 200 streams; the server pings every three minutes.
      topicsPerConnection: 190, idle: 4 * minute, defaultFees: ("0.0002", "0.0005"), errors: .perpetual)
  }

  static let perpetualLimits: [Output.Limit] = [
    Output.Limit(
      bucket: Bucket.weight, name: "request weight", scope: .address, capacity: 2400, interval: minute,
      usedHeader: "x-mbx-used-weight-1m"),
    Output.Limit(
      bucket: Bucket.orders10s, name: "orders in 10 s", scope: .account, capacity: 300, interval: minute / 6,
      usedHeader: "x-mbx-order-count-10s"),
    Output.Limit(
      bucket: Bucket.ordersMinute, name: "orders a minute", scope: .account, capacity: 1200, interval: minute,
      usedHeader: "x-mbx-order-count-1m"),
    streamMessages(10), connections,
  ]
}

extension Weights {
  static let perpetual = Weights(
    instruments: 1, tickers: 40, depth: [(50, 2), (100, 5), (500, 10), (1000, 20)], place: 0, amend: 0, cancel: 1,
    order: 1, openOrders: 1, allOpenOrders: 40, allOrders: 5, fills: 5, account: 5, fees: 20,
    userStream: 1)
}
