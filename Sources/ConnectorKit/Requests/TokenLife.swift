/// The life of a token that opens a private stream (a listen key, a socket token): obtain it, open the stream with it,
/// keep it alive, and obtain it anew whenever the venue no longer knows it or the stream was cut. Says what to do;
/// does nothing itself.
///
/// It needs one timer: `.wait` sets it, and `timerFired` says what is due.
public struct TokenLife: Sendable {
  public enum Action: Sendable, Equatable {
    case none
    /// Ask for a token.
    case obtain
    /// Open the stream with the token.
    case open
    /// Prolong the token.
    case keepAlive
    /// Call `timerFired` after so many nanoseconds.
    case wait(Int64)
  }

  private enum State: Sendable { case idle, obtaining, waiting, held }

  /// Time between two keepalives in nanoseconds; 0 for a token that needs none.
  public let interval: Int64
  public let firstRetry: Int64
  public let lastRetry: Int64
  private var state = State.idle
  private var failures = 0

  public init(keepAlive interval: Int64, firstRetry: Int64 = 1_000_000_000, lastRetry: Int64 = 300_000_000_000) {
    self.interval = interval
    self.firstRetry = firstRetry
    self.lastRetry = lastRetry
  }

  /// Whether a token is at hand.
  public var isHeld: Bool { state == .held }

  /// The stream is wanted from now on, or wanted again: it was cut, or the token has expired.
  public mutating func wanted() -> Action {
    guard state == .idle || state == .held else { return .none }
    state = .obtaining
    return .obtain
  }

  /// The token has come: the stream can be opened, and `wait` until the first keepalive.
  public mutating func obtained() -> [Action] {
    state = .held
    failures = 0
    return interval > 0 ? [.open, .wait(interval)] : [.open]
  }

  /// No token came. `minimum`: how long the venue wants to be left alone.
  public mutating func notObtained(minimum: Int64 = 0) -> Action {
    state = .waiting
    return .wait(max(minimum, backoff()))
  }

  /// The token was prolonged.
  public mutating func keptAlive() -> Action {
    failures = 0
    return .wait(interval)
  }

  /// The token was not prolonged. `isGone`: the venue no longer knows it.
  public mutating func notKeptAlive(isGone: Bool) -> Action {
    guard state == .held else { return .none }
    if isGone { return wanted() }
    return .wait(min(backoff(), interval))
  }

  public mutating func timerFired() -> Action {
    switch state {
    case .waiting:
      state = .obtaining
      return .obtain
    case .held: return .keepAlive
    case .idle, .obtaining: return .none
    }
  }

  /// The stream is no longer wanted.
  public mutating func end() {
    state = .idle
    failures = 0
  }

  private mutating func backoff() -> Int64 {
    let wait = firstRetry << Int64(min(failures, 20))
    failures += 1
    return min(wait, lastRetry)
  }
}
