/// What one connector instance may ask of its host: every number that bounds it, in one place. docs/architecture.md has
/// the same list for people. Times in nanoseconds.
public struct SessionBounds: Sendable {
  // MARK: What it emits
  /// Records while one input is handled. The largest answers, lists of all instruments and of orders, have some
  /// thousands; an instance that emits more is ended.
  public var recordsPerInput: UInt64 = 200_000
  /// Bytes of those records.
  public var bytesPerInput: UInt64 = 512 << 20

  // MARK: Inputs that it causes itself
  /// An input that the handling of another one brought at once, as a refusal of a request does, is deeper by one. Up to
  /// this depth such a chain is followed without a pause.
  public var depth: UInt32 = 1000
  /// Then so many steps are done, and the rest waits for `pause`.
  public var stepsAfterPause: UInt32 = 16
  public var pause: Int64 = 10_000_000
  /// Pauses without an end to the chain before the instance is ended: ten seconds.
  public var pauses = 1000
  /// Inputs that are delivered before the rest of the lane has its turn.
  public var inputsInTurn = 4096
  /// Inputs that wait. Only what goes round grows to this; the instance is ended.
  public var waitingInputs = 65_536

  // MARK: What it has kept for it
  /// The soonest that a timer fires.
  public var soonestTimer: Int64 = 1_000_000
  /// Timers that are set; more are refused, and said.
  public var timers = 4096
  /// Bytes of one text for people: a log line, a reason. The rest is cut off.
  public var textBytes = 1024
  /// Instruments that are described; more are refused.
  public var instruments = 65_536

  public init() {}
}
