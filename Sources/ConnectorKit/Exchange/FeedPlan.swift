import CPatchbay

/// How an exchange's public streams are subscribed to.
public struct FeedPlan: Sendable {
  /// One of the exchange's channels. It may carry several of the contract's: a stream of trades with the best prices
  /// in it, say.
  public struct Channel: Sendable {
    public let carries: Channels
    public let name: String
    /// Which of `addresses` serves it.
    public let address: Int

    public init(_ carries: Channels, _ name: String, address: Int = 0) {
      self.carries = carries
      self.name = name
      self.address = address
    }
  }

  /// What keeps a stream alive, where pings of the WebSocket protocol do not.
  public struct Ping: Sendable {
    /// What it says at a moment of the exchange's clock, in nanoseconds.
    let text: @Sendable (Int64) -> String
    /// The manifest's act, a public one, which every frame on an account's stream must name.
    public let act: String
    /// Nanoseconds between two.
    public let every: Int64

    public init(_ text: String, act: String = "", every: Int64) {
      self.init(act: act, every: every) { _ in text }
    }

    /// One that says the time.
    public init(act: String = "", every: Int64, _ text: @escaping @Sendable (Int64) -> String) {
      self.text = text
      self.act = act
      self.every = every
    }

    /// The same as often as the exchange wants it: `interval` in nanoseconds, where it is above zero.
    func paced(_ interval: Int64) -> Ping { interval > 0 ? Ping(act: act, every: interval, text) : self }
  }

  public var addresses: [String] = []
  /// Asked, for each connection anew, where it is to be opened: see `StreamAddress`. Then there is one address, and
  /// `addresses` is empty.
  public var addressEndpoint: Endpoint?
  /// Nanoseconds for which the first message of a stream is awaited before anything is said on it; 0 = a stream that
  /// stands is spoken to.
  public var greetingTime: Int64 = 0
  public var channels: [Channel] = []
  /// Channels that are of no market, such as the state of all instruments: one public stream carries them all, or each
  /// does, as heartbeats that keep it open.
  public var common: [String] = []
  public var isCommonEverywhere = false
  public var topicsPerConnection = 100
  /// Whether the address of a connection names the one topic that it carries (`ExchangeDialect.address`): then nothing
  /// is said on it, nothing is answered, and it is closed when the topic is given up.
  public var isInAddress = false
  /// In one message; messages are also kept below `messageBytes` of names.
  public var topicsPerMessage = 100
  public var messageBytes = 4000
  /// What a topic takes in a message beside the names of its channel and its market.
  public var topicBytes = 40
  /// Nanoseconds between two messages on one connection; 0 = no rule.
  public var messageInterval: Int64 = 0
  /// A stream on which nothing comes for so long is given up; 0 = the host's default.
  public var idle: Int64 = 0
  /// Whether the exchange compresses each frame by itself; the host inflates them.
  public var isCompressed = false
  /// Whether what is said on it is binary.
  public var isBinary = false
  public var ping: Ping?
  /// Whether the exchange answers subscriptions. Where it does not, a channel is live when its data comes.
  public var acknowledges = true
  /// An answer that does not come for so long is taken for lost.
  public var answerTime: Int64 = 10_000_000_000
  /// What opening a connection and sending a message cost.
  public var openCharges: [Charge] = []
  public var messageCharges: [Charge] = []

  /// - Parameter channels: what each of the exchange's channels carries, all by the first address.
  public init(_ addresses: [String] = [], _ channels: KeyValuePairs<Channels, String> = [:]) {
    self.addresses = addresses
    self.channels = channels.map { Channel($0.key, $0.value) }
  }

  func place(of channel: Channels) -> Int? { channels.firstIndex { $0.carries.contains(channel) } }

  /// All that carry a channel of the contract: mark price, index price and funding rate may come in three.
  func places(of channel: Channels) -> [Int] { channels.indices.filter { channels[$0].carries.contains(channel) } }
}

/// One of the exchange's channels for one market.
public struct Topic: Equatable, Sendable {
  /// Number of the market.
  public let market: Int
  /// Place in `FeedPlan.channels`.
  public let channel: Int
}

/// A message that was sent about topics.
struct TopicMessage {
  let stream: pb_id
  var topics: [Topic]
  let isUnsubscribe: Bool
  /// Runs until its answer has come.
  var timer: pb_id = 0
}

/// A public connection and what it carries.
struct Connection {
  let address: Int
  let shelf: Int
  var isOpen = false
  var hasAnswered = false
  /// It carries the common channels.
  var isCommon = false
  var topics: [Topic] = []
  /// Topics not asked for yet, and topics to give up.
  var unsent: [Topic] = []
  var unwanted: [Topic] = []
  /// Topics that were refused together with others: each goes in a message of its own.
  var doubtful: [Topic] = []
  var lastSent: Int64?
  var flushTimer: pb_id = 0
  var pingTimer: pb_id = 0
  var greetingTimer: pb_id = 0
  /// Nanoseconds between two pings, as the exchange said; 0 = as the plan says.
  var pingInterval: Int64 = 0
}

/// The outcome of a subscription or a login, in the exchange's words.
public enum Acknowledgement: Sendable {
  case confirmed
  /// There was such a subscription already, so that this one brings no snapshot.
  case repeated
  case refused(code: String, text: String)
}
