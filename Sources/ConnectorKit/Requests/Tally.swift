import CPatchbay

/// Counts what became of the parts of a command that takes several requests, and answers it when the last has ended:
/// unknown when the fate of one is, refused when all were refused, else done, with the number of refused ones in the
/// text.
///
/// The host gives a command again whose timestamp or nonce was refused. So what is to be reported of a refused part
/// waits until the answer is known, and is not reported when that is the answer.
public final class Tally {
  /// How one part ended.
  public struct End: Sendable {
    public var outcome: Outcome
    public var failure: Failure
    public var retryAfter: Int64
    public var code: String
    public var text: String

    public init(
      _ outcome: Outcome, _ failure: Failure = .none, retryAfter: Int64 = 0, code: String = "", _ text: String = ""
    ) {
      self.outcome = outcome
      self.failure = failure
      self.retryAfter = retryAfter
      self.code = code
      self.text = text
    }

    public static let done = End(.done)
  }

  public let command: pb_id
  private var missing: Int
  private var done = 0
  private var refused: End?
  private var unknown: End?
  private var total: Int
  private var refusals: [() -> Void] = []
  private let out: Output

  /// - Parameter count: how many ends will be reported, at least 1.
  public init(_ command: pb_id, of count: Int, out: Output) {
    self.command = command
    self.out = out
    missing = count
    total = count
  }

  /// Parts have ended, all in the same way.
  /// - Parameter report: reports a refused part; called before the answer, unless the command is given again.
  public func end(_ end: End, count: Int = 1, report: (() -> Void)? = nil) {
    guard missing > 0 else { return }
    if let report { refusals.append(report) }
    missing -= count
    switch end.outcome {
    case .done: done += count
    case .refused: refused = refused ?? end
    case .unknown: unknown = unknown ?? end
    }
    if missing <= 0 { answer() }
  }

  private func answer() {
    let whole = unknown ?? (done == 0 ? refused : nil)
    if whole?.outcome != .refused || whole?.failure != .clock { for report in refusals { report() } }
    refusals = []
    if let end = whole {
      out.reply(
        command, end.outcome, end.failure, retryAfter: end.retryAfter, code: end.code,
        total > 1 ? "of \(total), the first: \(end.text)" : end.text)
    } else if let refused {
      out.reply(command, .done, code: refused.code, "\(total - done) of \(total) refused, the first: \(refused.text)")
    } else {
      out.done(command)
    }
  }
}
