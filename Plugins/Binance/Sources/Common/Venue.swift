import ConnectorKit

/// Where a domain of an exchange is reached, and what it allows: all that differs between the connectors of this
/// library and can be said as data. Each connector makes its own in `…Venue.swift`.
struct Venue {
  /// What sets the spot and the futures API apart.
  enum API { case spot, perpetual }

  /// How the events of an account are received.
  enum UserStream {
    /// Subscribed by a signed request over the WebSocket API at this address.
    case webSocketAPI(String)
    /// Opened with a listen key, which this REST path gives; the key is appended to the address. `inParameters`: a
    /// keepalive names the key.
    case listenKey(path: String, address: String, inParameters: Bool)
    /// The domain has no accounts.
    case none
  }

  var api: API
  /// `https://host`, without a path.
  var rest: String
  /// REST paths begin with it: `/api/v3`, `/fapi/v1`.
  var prefix: String
  /// The names of permitted acts begin with it: one manifest serves spot and futures.
  var actPrefix: String
  /// Addresses of the market streams; most venues have one.
  var streams: [String]
  var userStream: UserStream
  var limits: [Output.Limit]
  var weights: Weights
  /// Buckets that an order counts in, beside the request weight.
  var orderBuckets: [UInt32]
  var countsRawRequests: Bool
  /// Most levels per side that a snapshot gives.
  var deepestSnapshot: Int
  var rule: BookSync.Rule
  /// Channels with their stream's name behind `@`, and the index of the address it is served at.
  var topics: [(channel: Channels, suffix: String, stream: Int)]
  /// A connection carries so many streams at most; some room is left.
  var topicsPerConnection: Int
  /// A stream without any message for so long is dead.
  var idle: Int64
  /// Default rates where the venue tells them for everybody; `nil` where they depend on the account.
  var defaultFees: (maker: String, taker: String)?
  /// Where spot accounts ask for the rates of all symbols.
  var feesPath = "/sapi/v1/asset/tradeFee"
  var errors: ErrorTable

  /// Milliseconds for which a signed request stays valid ("Timing security"): the documented default, said aloud.
  static let receiveWindow: Int64 = 5000
  /// A connection takes five messages a second (futures: ten); so subscriptions that come close together share one.
  static let subscribeInterval: Int64 = 250_000_000
  /// A subscription is answered within the second; without an answer for so long it was not heard.
  static let answerTime: Int64 = 10_000_000_000
  /// Bytes of a subscription's list; with the rest of its message it stays below 4088.
  static let longestTopicList = 3900
  static let second: Int64 = 1_000_000_000
  static let minute: Int64 = 60 * second

  /// Rate-limit buckets ("Rate limits"); their figures are replaced by those of exchangeInfo.
  enum Bucket {
    static let weight: UInt32 = 1
    static let rawRequests: UInt32 = 2
    static let orders10s: UInt32 = 3
    static let ordersDay: UInt32 = 4
    static let streamMessages: UInt32 = 5
    static let connections: UInt32 = 6
    static let ordersMinute: UInt32 = 7
  }

  /// What a request costs besides orders.
  func cost(_ weight: UInt32) -> [Charge] {
    var charges = weight > 0 ? [Charge(Bucket.weight, weight)] : []
    if countsRawRequests { charges.append(Charge(Bucket.rawRequests)) }
    return charges
  }

  /// What a request that places `count` orders costs.
  func orderCost(_ weight: UInt32, count: Int = 1) -> [Charge] {
    cost(weight) + orderBuckets.map { Charge($0, UInt32(count)) }
  }
}

/// Request weights of the endpoints in use, each from the endpoint's own documentation.
struct Weights {
  var instruments: UInt32
  var tickers: UInt32
  /// Of a depth snapshot, by levels: up to so many cost so much, lowest first.
  var depth: [(levels: Int, weight: UInt32)]
  var place: UInt32
  var amend: UInt32
  var cancel: UInt32
  var order: UInt32
  var openOrders: UInt32
  /// Open orders of all symbols.
  var allOpenOrders: UInt32
  /// Orders of one symbol, open and ended.
  var allOrders: UInt32
  var fills: UInt32
  var account: UInt32
  var fees: UInt32
  var userStream: UInt32

  func depth(_ levels: Int) -> UInt32 {
    depth.first { levels <= $0.levels }?.weight ?? depth.last?.weight ?? 1
  }
}
