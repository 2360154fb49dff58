import ConnectorKit
import Decimals

/// Where a domain of an exchange is reached, and what it allows: what differs between the connectors of this library
/// and can be said as data. Each makes its own in `…Venue.swift`.
struct Venue {
  /// `https://host`, without a path.
  var rest: String
  /// Addresses of the market streams; most venues have one.
  var streams: [String]
  /// Each channel with the name of its stream behind the `@`.
  var channels: [FeedPlan.Channel]
  var privateStream: PrivatePlan
  var book: BookPlan
  /// Most levels per side that a snapshot gives.
  var deepestSnapshot: Int
  /// A connection carries so many streams at most; some room is left.
  var topicsPerConnection: Int
  /// A stream without any message for so long is dead.
  var idle: Int64
  var limits: [Output.Limit]
  /// Request weights by act, each from the endpoint's own documentation; 1 where nothing is said here. Behind a slash:
  /// of a request without a symbol, or for so many levels.
  var weights: [String: UInt32]
  /// Buckets that every request counts in besides its weight.
  var requestBuckets: [UInt32] = []
  /// Default rates where the venue states them for everybody; `nil` where they depend on the account.
  var fees: (maker: Decimal64?, taker: Decimal64?) = (nil, nil)
  var offer: OrderOffer
  var words: Words
  var errors: ErrorTable

  static let minute: Int64 = 60_000_000_000
  static let day: Int64 = 1440 * minute

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

  static let connections = Output.Limit(Bucket.connections, "stream connections", .address, 300, seconds: 300)

  static func weight(_ capacity: UInt32) -> Output.Limit {
    Output.Limit(
      Bucket.weight, "request weight", .address, capacity, seconds: 60, usedHeader: "x-mbx-used-weight-1m")
  }

  static func orders(_ bucket: UInt32, _ name: String, _ capacity: UInt32, _ seconds: Int64, _ header: String)
    -> Output.Limit
  {
    Output.Limit(bucket, name, .account, capacity, seconds: seconds, usedHeader: "x-mbx-order-count-" + header)
  }

  static func streamMessages(_ perSecond: UInt32) -> Output.Limit {
    Output.Limit(Bucket.streamMessages, "messages on a stream", .stream, perSecond, seconds: 1)
  }

  /// What a request of a weight costs.
  func cost(_ weight: UInt32) -> [Charge] {
    (weight > 0 ? [Charge(Bucket.weight, weight)] : []) + requestBuckets.map { Charge($0) }
  }

  /// A listen key from REST, good for an hour and prolonged every half hour, is part of the stream's address; the host
  /// keeps it in a slot ("User Data Streams"). Quiet accounts have quiet streams: only the server's pings come.
  static func listenKey(
    obtain: PermittedAct, keep: PermittedAct, act: String, at address: String, parameter: String = ""
  ) -> PrivatePlan {
    var plan = PrivatePlan(
      .listenKey(
        obtain: Endpoint(obtain), pointer: "/listenKey", keep: Endpoint(keep), every: 30 * minute,
        parameter: parameter),
      address: SealedText(address) + SealedText(Seal.slot(Int(TradingAccount.tokenSlot))), streamAct: act,
      subscribeAct: "", channels: [])
    plan.idle = 10 * minute
    plan.openCharges = [connections.charge]
    return plan
  }
}
