import CPatchbay

/// How an account's private stream is opened.
public struct PrivatePlan: Sendable {
  public enum Kind: Sendable {
    /// There is none; the host asks.
    case none
    /// One signed frame logs in, then channels are subscribed to.
    case login(act: String)
  }

  public var kind: Kind
  public var address: String
  /// The manifest's acts for opening the stream and for subscribing.
  public var streamAct: String
  public var subscribeAct: String
  /// The exchange's channels. Each is subscribed to by a message of its own, and answered.
  public var channels: [String]
  public var ping: FeedPlan.Ping?
  public var idle: Int64 = 0
  public var openCharges: [Charge] = []
  /// A login or subscription that is not answered for so long is taken for lost.
  public var answerTime: Int64 = 10_000_000_000

  public static let none = PrivatePlan(.none, address: "", streamAct: "", subscribeAct: "", channels: [])

  public init(
    _ kind: Kind, address: String, streamAct: String, subscribeAct: String, channels: [String]
  ) {
    self.kind = kind
    self.address = address
    self.streamAct = streamAct
    self.subscribeAct = subscribeAct
    self.channels = channels
  }
}

/// An account that orders are placed for, and its private stream.
public final class TradingAccount {
  public let id: pb_id
  /// `PB_ALGORITHM_` of its signing key.
  public let algorithm: UInt32

  /// The private stream, or 0.
  var stream: pb_id = 0
  var isLive = false
  var isLoggedIn = false
  /// Channels whose subscription is not answered yet.
  var missing = 0
  /// Streams in a row that never became live.
  var failures = 0
  /// Opens the stream again, or gives up waiting for an answer.
  var timer: pb_id = 0
  var pingTimer: pb_id = 0

  init(id: pb_id, algorithm: UInt32) {
    self.id = id
    self.algorithm = algorithm
  }
}
