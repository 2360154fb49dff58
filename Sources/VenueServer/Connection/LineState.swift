/// What faults have made of a connection. Times in nanoseconds on the monotonic clock.
struct LineState {
  /// When a connection that is dead ends without a word.
  private(set) var death = Int64.max
  private var isMute = false
  /// Nothing is written before.
  private var stalledUntil = Int64.min
  /// Bytes that leave at a time, and how long after the other; 0 = all at once.
  private var piece = 0
  private var left = 0
  private var nextPiece = Int64.min
  private static let step: Int64 = 20_000_000

  mutating func drip(bytesPerSecond: Int) {
    piece = max(1, Int(Int64(bytesPerSecond) * LineState.step / 1_000_000_000))
    left = piece
  }

  mutating func stall(until time: Int64) { stalledUntil = time }

  mutating func dieSilently(at time: Int64) {
    isMute = true
    death = time
  }

  /// Nothing is read or written any more.
  var isDead: Bool { isMute }

  /// A fault has struck it.
  var isFaulty: Bool { isMute || piece > 0 || stalledUntil > .min }

  /// How many bytes may leave now.
  func allowance(_ now: Int64) -> Int {
    if isMute || now < stalledUntil { return 0 }
    if piece == 0 { return .max }
    return now >= nextPiece ? piece : left
  }

  mutating func wrote(_ count: Int, _ now: Int64) {
    guard piece > 0 else { return }
    if now >= nextPiece {
      left = piece
      nextPiece = now + LineState.step
    }
    left = max(0, left - count)
  }

  /// When more may leave.
  var due: Int64 {
    if isMute { return death }
    return max(stalledUntil, piece > 0 ? nextPiece : .min)
  }
}
