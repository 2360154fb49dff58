import CPatchbay

/// How an account's private stream is opened, and when it is live.
public struct PrivatePlan: Sendable {
  public enum Kind: Sendable {
    /// There is none; the host asks.
    case none
    /// The exchange has no accounts at this address: every private command is refused in these words.
    case refused(String)
    /// A key from REST stands in the address (`Seal.slot(1)`). It is prolonged by `keep` every so many nanoseconds, 0 =
    /// never, and obtained anew for each stream. Where prolonging names the key, `parameter` is what carries it; where
    /// the same act obtains it once more, `keep` is that.
    case listenKey(obtain: Endpoint, pointer: String, keep: Endpoint, every: Int64, parameter: String = "")
    /// A request gives the address, with a token that stands in it (`Seal.slot(1)`); it is asked for anew for each
    /// stream, and read by `ExchangeDialect.streamAddress`.
    case address(Endpoint, pointer: String)
    /// A token from REST stands in each subscription (`Seal.slot(1)`). It is asked for when the stream stands, anew
    /// each time.
    case token(Endpoint, pointer: String)
    /// One signed frame logs in, then channels are subscribed to.
    case login(act: String)
    /// Each subscription carries a signature of its own, or the handshake has proved all that there is to prove.
    case signedTopics
  }

  /// When the stream is said to be live.
  public enum Proof: Sendable {
    /// Every channel has been acknowledged.
    case acknowledgements
    /// The connector says so by `becameLive`: the exchange sends a snapshot first.
    case report
  }

  public var kind: Kind
  public var address: SealedText
  /// What proves the account's consent in the handshake itself, where the exchange wants it there: headers of the act
  /// that opens the stream.
  public var headers: [(name: String, value: SealedText)] = []
  /// The manifest's acts for opening the stream, empty where that takes no secret, and for subscribing.
  public var streamAct: String
  public var subscribeAct: String
  /// Where channels are subscribed to by different acts: that of a channel, instead of `subscribeAct`.
  public var channelAct: (@Sendable (String) -> String)?
  /// The exchange's channels. Each is subscribed to by a message of its own, and answered.
  public var channels: [String]
  public var proof = Proof.acknowledgements
  /// Whether a login is answered only where it fails: then the channels are subscribed to right behind it.
  public var isLoginSilent = false
  public var ping: FeedPlan.Ping?
  /// Nanoseconds for which the stream's first message is awaited before anything is said on it; 0 = nothing is awaited.
  public var greetingTime: Int64 = 0
  public var idle: Int64 = 0
  /// Whether the exchange compresses each frame by itself; the host inflates them.
  public var isCompressed = false
  /// Whether what is said on it is binary.
  public var isBinary = false
  /// What opening the stream and a subscription on it cost.
  public var openCharges: [Charge] = []
  public var subscribeCharges: [Charge] = []
  /// A login or subscription that is not answered for so long is taken for lost, in nanoseconds.
  public var answerTime: Int64 = 10_000_000_000
  /// Further streams of the same account at other addresses, each let in and subscribed by a plan of its own once the
  /// first is live. The account's updates are live when all of its streams are. Their frames come to `privateFrame`
  /// too, with what stands for the account on that stream.
  public var beside: [PrivatePlan] = []

  func act(_ channel: String) -> String { channelAct?(channel) ?? subscribeAct }

  public static let none = PrivatePlan(.none, address: "", subscribeAct: "", channels: [])

  public init(
    _ kind: Kind, address: SealedText, streamAct: String = "", subscribeAct: String, channels: [String]
  ) {
    self.kind = kind
    self.address = address
    self.streamAct = streamAct
    self.subscribeAct = subscribeAct
    self.channels = channels
  }
}

/// Questions for balances while they change, not more often than every so often.
struct BalanceRefresh {
  /// A question is under way, and the balances changed again meanwhile.
  var isAsking = false
  var isWanted = false
  var last: Int64?
  var timer: pb_id = 0
}

/// An account that orders are placed for, and its private stream. Where it has several, each further one has an object
/// of its own, with the same id: see `PrivatePlan.beside`.
public final class TradingAccount {
  public let id: pb_id
  let plan: PrivatePlan
  /// Of the account's first stream: its others.
  let beside: [TradingAccount]
  /// What was said last of all its streams together.
  var shown: ChannelState?
  /// `PB_ALGORITHM_` of its signing key.
  public let algorithm: UInt32
  /// Where the host keeps the token or listen key of the account.
  public static let tokenSlot: UInt32 = 1

  /// The private stream, or 0.
  public internal(set) var stream: pb_id = 0
  public internal(set) var isLive = false
  var isLoggedIn = false
  /// The stream's first message has come.
  var isGreeted = false
  /// Nanoseconds between two pings, as the exchange said; 0 = as the plan says.
  var pingInterval: Int64 = 0
  /// The stream is being closed, to open anew: what still comes on it is of no use.
  var isClosing = false
  /// A listen key is being asked for.
  var isAsking = false
  /// The channels that its stream carries, or was asked to carry.
  var channels: [String] = []
  /// Channels whose subscription is not answered yet.
  var missing = 0
  /// Numbers of the last message of each channel, and of the last of the stream where that counts them all.
  var numbers: [UInt64] = []
  var lastNumber: UInt64?
  /// What is known of orders, for exchanges whose reports name only what changed; see `remembersOrders`.
  public var orders = OrderMemory()
  /// When the stream is opened, its token asked for or a login tried again.
  var pause = RetryPause()
  /// Opens the stream again, or gives up waiting for an answer.
  var timer: pb_id = 0
  var pingTimer: pb_id = 0
  /// The exchange's own id of the account, where it has one that calls must name; empty until it is known.
  public internal(set) var identity = ""
  /// Who waits for it.
  var identityWaits: [(VenueFault?) -> Void] = []
  /// Balances that are asked for since the stream reported a change.
  var refresh = BalanceRefresh()
  /// Fills that are asked for since an order's report says that there are more.
  var owed = OwedFills()
  /// Prolongs the listen key.
  var keepTimer: pb_id = 0

  init(id: pb_id, algorithm: UInt32, plan: PrivatePlan) {
    self.id = id
    self.algorithm = algorithm
    self.plan = plan
    beside = plan.beside.map { TradingAccount(id: id, algorithm: algorithm, plan: $0) }
  }
}
