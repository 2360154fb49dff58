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
}

extension Transport {
  public func ended(_ session: Session) {}
}

/// An input that waits until the connector can be entered.
public enum PostedInput: Sendable {
  case opened(stream: UInt64)
  case closed(stream: UInt64, code: UInt32, reason: String)
  case frame(stream: UInt64, kind: FrameKind, bytes: [UInt8])
  case sent(request: UInt64, end: RequestEnd)
  case replied(request: UInt64, end: RequestEnd, body: [UInt8])
  case command(CommandDraft, id: UInt64)
}
