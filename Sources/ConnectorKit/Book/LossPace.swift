/// How soon a lost book is asked for again: at once the first time, later each time when it is lost again and again, so
/// that a market which cannot be read is not asked for in a loop. One value per book; given the time.
public struct LossPace: Sendable {
  /// The wait after the second loss; it doubles with each further one.
  public static let first: Int64 = 250_000_000
  public static let most: Int64 = 60_000_000_000
  /// A book that stood for so long is in order again: its next loss is a first one.
  public static let forgotten: Int64 = 120_000_000_000

  private var losses = 0
  /// When the last recovery began.
  private var last: Int64 = 0

  public init() {}

  /// The book is lost now.
  /// - Parameter now: monotonic nanoseconds.
  /// - Returns: how long to wait before asking for it, in nanoseconds; 0 = ask now.
  public mutating func lost(now: Int64) -> Int64 {
    if losses > 0, now - last >= LossPace.forgotten { losses = 0 }
    let wait = losses == 0 ? 0 : min(LossPace.most, LossPace.first << Int64(min(losses - 1, 16)))
    losses += 1
    last = now + wait
    return wait
  }
}
