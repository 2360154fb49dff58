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
  /// What requests weigh is counted here, and messages on a stream there.
  var weight: Output.Limit
  var messages: Output.Limit
  /// Request weights by act, each from the endpoint's own documentation; 1 where nothing is said here. Behind a slash:
  /// of a request without a symbol, or for so many levels.
  var weights: [String: UInt32]
  /// Where every request counts besides its weight.
  var requests: Output.Limit?
  /// Default rates where the venue states them for everybody; `nil` where they depend on the account.
  var fees: (maker: Decimal64?, taker: Decimal64?) = (nil, nil)
  var offer: OrderOffer
  var words: Words
  var errors: ErrorTable

  static let minute: Int64 = 60_000_000_000
  static let day: Int64 = 1440 * minute

  /// What a request of a weight costs.
  func cost(_ weight: UInt32) -> [Charge] {
    (weight > 0 ? [Charge(self.weight.bucket, weight)] : []) + (requests.map { [$0.charge] } ?? [])
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
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }
}
