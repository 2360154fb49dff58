import MarketModel
import Records

/// What carries a session's requests to a venue and its answers back: a recording, a network, or nothing. Called while
/// the connector runs, so it must not enter the session at once: answers are handed to `Session.post`.
public protocol Transport: AnyObject {
  /// `PB_OUT_OPEN`: answer with `opened` or `closed`.
  func open(_ record: RecordReader, for session: Session)
  /// `PB_OUT_CLOSE`: answer with `closed`.
  func close(_ record: RecordReader, for session: Session)
  /// `PB_OUT_REQUEST`: answer with `sent`, and for HTTP with `replied`.
  func request(_ record: RecordReader, for session: Session)
  /// `PB_OUT_ABORT`.
  func abort(_ record: RecordReader, for session: Session)
  /// The session is over: its streams and requests are ended, and nothing is posted any more.
  func ended(_ session: Session)
  /// What is under way goes on, and its answers go to another session from now on. Between two inputs.
  func move(to session: Session)

  // MARK: What concerns a transport that keeps limits, clocks and accounts

  /// Serves an instance on trial, which uses no account, beside the one that `running` serves: what that has used of
  /// the venue's limits counts here as well. Before anything else.
  func beginTrial(beside running: Transport)
  /// The accounts may be used.
  func endTrial()
  /// Whether nothing of a live command has left, so that it can be given to another instance.
  func isUntouched(_ command: CommandID) -> Bool

  /// A command is about to be delivered; it lives until `ended`.
  func began(_ command: CommandID, _ draft: CommandDraft, for session: Session)
  func ended(_ command: CommandID, for session: Session)
  /// Trading is stopped, or goes on: then only cancels may leave.
  func halted(_ isHalted: Bool, for session: Session)
  /// `PB_EV_LIMITS`.
  func limits(_ record: RecordReader, for session: Session)
  /// `PB_EV_CLOCK`: what the venue said in the reply that is being delivered.
  func clock(_ record: RecordReader, for session: Session)
  /// The venue refused a command because of its timestamp; `isRetry`: for the second time.
  func skewed(_ command: CommandID, isRetry: Bool, for session: Session) -> SkewAnswer
  /// The venue wants silence for so many nanoseconds.
  /// - Parameter account: whose requests; 0 = everybody's.
  func silenced(account: UInt64, for nanoseconds: Int64, because reason: String)
  /// What keeps requests from leaving now, for people; empty when nothing does.
  var hindrances: [Hindrance] { get }
  /// Connections, round trips and limits; `nil` where there is no network.
  var wire: WireStatus? { get }
  /// Why no request of a command has left yet and until when that is waited for, for people; `nil` when one has left or
  /// none is there.
  func wait(of command: CommandID) -> String?
  /// Does what is due, outside of the connector.
  /// - Returns: the monotonic time at which to be called again; `nil` = only after something else happened.
  func advance(_ session: Session) -> Int64?
}

extension Transport {
  public func ended(_ session: Session) {}
  /// For one that keeps no session.
  public func move(to session: Session) {}
  public func beginTrial(beside running: Transport) {}
  public func endTrial() {}
  public func isUntouched(_ command: CommandID) -> Bool { false }
  public func began(_ command: CommandID, _ draft: CommandDraft, for session: Session) {}
  public func ended(_ command: CommandID, for session: Session) {}
  public func halted(_ isHalted: Bool, for session: Session) {}
  public func limits(_ record: RecordReader, for session: Session) {}
  public func clock(_ record: RecordReader, for session: Session) {}
  public func skewed(_ command: CommandID, isRetry: Bool, for session: Session) -> SkewAnswer { .giveUp }
  public func silenced(account: UInt64, for nanoseconds: Int64, because reason: String) {}
  public var hindrances: [Hindrance] { [] }
  public var wire: WireStatus? { nil }
  public func wait(of command: CommandID) -> String? { nil }
  public func advance(_ session: Session) -> Int64? { nil }
}

/// Something that keeps a transport's requests from leaving, or makes them useless.
public struct Hindrance: Equatable, Sendable {
  /// Whose requests; 0 = everybody's.
  public var account: UInt64
  /// For people.
  public var text: String

  public init(account: UInt64 = 0, _ text: String) {
    self.account = account
    self.text = text
  }
}

/// A value that a request's seals hand back to its connector.
public struct PublishedValue: Equatable, Sendable {
  /// 0 to 15.
  public var index: UInt32
  public var value: [UInt8]

  public init(index: UInt32, value: [UInt8]) {
    self.index = index
    self.value = value
  }
}

/// An input that waits until the connector can be entered.
public enum PostedInput: Sendable {
  case opened(stream: UInt64, published: [PublishedValue] = [])
  case closed(stream: UInt64, code: UInt32, reason: String)
  case frame(stream: UInt64, kind: FrameKind, bytes: [UInt8])
  case sent(request: UInt64, end: RequestEnd, published: [PublishedValue] = [])
  case replied(request: UInt64, end: RequestEnd, body: [UInt8])
  case command(CommandDraft, id: UInt64)
  case account(PublicAccount, isPresent: Bool)
}
