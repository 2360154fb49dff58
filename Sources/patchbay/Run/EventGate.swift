/// Which messages of one connector are shown: repeats are folded into a count, and of a flood some are kept and the rest
/// counted. Told the time; a value.
struct EventGate {
  /// Messages that are shown at once, and then each second.
  static let burst: Int64 = 200
  static let perSecond: Int64 = 20
  private static let second: Int64 = 1_000_000_000

  private var last: (kind: String, text: String)?
  private var repeats: UInt64 = 0
  private var dropped: UInt64 = 0
  /// In nanoseconds of refilling: one message costs `second / perSecond`.
  private var credit = EventGate.burst * (EventGate.second / EventGate.perSecond)
  private var filledAt: Int64?

  /// What is to be shown now that a message has come: nothing, the message, or before it what was folded and dropped.
  /// - Parameter now: monotonic nanoseconds.
  mutating func admit(_ kind: String, _ text: String, now: Int64) -> [(kind: String, text: String)] {
    let cost = Self.second / Self.perSecond
    credit = min(Self.burst * cost, credit + max(0, now - (filledAt ?? now)))
    filledAt = now
    if let last, last.kind == kind, last.text == text {
      repeats += 1
      return []
    }
    guard credit >= cost else {
      dropped += 1
      return []
    }
    credit -= cost
    let before = settle()
    last = (kind, text)
    return before + [(kind, text)]
  }

  /// What has been folded and dropped and was not said yet.
  mutating func settle() -> [(kind: String, text: String)] {
    var said: [(kind: String, text: String)] = []
    if repeats > 0, let last { said.append((last.kind, "\(last.text) (\(repeats) more times)")) }
    if dropped > 0 {
      said.append(("warning", "\(dropped) messages were dropped: it says more than \(Self.perSecond) a second"))
    }
    (repeats, dropped) = (0, 0)
    return said
  }
}
