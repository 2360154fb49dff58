/// Proves that a book's updates follow on one another. One value per book; the rule is the venue's, the steps are the same for
/// all: before a snapshot updates are queued, the first one behind it must join, each further one must follow, anything else
/// is a gap.
///
///     switch sync.update(first: U, last: u) {
///     case .apply: out.book(...)
///     case .queue: queue.append(payload)
///     case .drop: break
///     case .gap(let expected, let got): out.gap(...); sync.reset(); ask for a snapshot
///     }
public struct BookSync: Sendable {
  /// How a venue numbers its updates.
  public enum Rule: Sendable, Equatable {
    /// An update spans `first...last`; the next starts at `last + 1`. The first behind snapshot S holds S + 1.
    /// (Binance spot, Gate.io, KuCoin.)
    case span
    /// An update names the last id of the one before it. The first behind snapshot S has `first <= S <= last`.
    /// (Binance USD-margined futures.)
    case spanWithPrevious
    /// An update names the sequence of the one before it; the snapshot's own sequence counts. (OKX, HTX, Crypto.com.)
    case previous
    /// Each update's sequence is the last plus one. (Bybit, HitBTC, AscendEX.)
    case increment
    /// Updates carry a number that must not fall, and nothing proves that none is missing. (Bitstamp's microtimestamp.)
    case rising
    /// There is no number; a checksum or nothing proves the book. (Kraken.)
    case unnumbered
  }

  public enum Verdict: Sendable, Equatable {
    /// It follows: use it.
    case apply
    /// The snapshot already holds it: forget it.
    case drop
    /// There is no snapshot yet: keep it.
    case queue
    /// Something is missing: this book is lost until the next snapshot.
    case gap(expected: UInt64, got: UInt64)
  }

  private enum State: Sendable { case waiting, joining, live }

  public let rule: Rule
  /// The last sequence applied; meaningful unless waiting.
  public private(set) var last: UInt64 = 0
  private var state = State.waiting

  public init(_ rule: Rule) { self.rule = rule }

  /// Whether a snapshot has been taken and no gap was found since.
  public var isLive: Bool { state != .waiting }

  /// Forgets everything: the next thing to come is a snapshot.
  public mutating func reset() {
    state = .waiting
    last = 0
  }

  /// A snapshot that holds everything up to `sequence`.
  public mutating func snapshot(_ sequence: UInt64) {
    last = sequence
    state = .joining
  }

  /// Judges an update. `previous` is used by the rules that have it. Constant time; after a gap the value has been reset.
  @inline(__always)
  public mutating func update(first: UInt64, last newLast: UInt64, previous: UInt64 = 0) -> Verdict {
    // The usual case in one compare per rule.
    if state == .live {
      switch rule {
      case .span where first == last &+ 1 && newLast >= first: last = newLast; return .apply
      case .spanWithPrevious where previous == last && newLast >= previous: last = newLast; return .apply
      default: break
      }
    }
    return judge(first, newLast, previous)
  }

  private mutating func judge(_ first: UInt64, _ newLast: UInt64, _ previous: UInt64) -> Verdict {
    guard state != .waiting else { return .queue }
    switch rule {
    case .span: return judgeSpan(first, newLast)
    case .spanWithPrevious: return judgePrevious(first, newLast, previous)
    case .previous:
      if state == .joining, newLast <= last, newLast != previous || newLast < last { return .drop }
      // A keepalive repeats the number of the last update (OKX); it changes nothing and passes.
      guard previous == last, newLast >= previous else { return lost(expected: last, got: previous) }
      return accept(newLast)
    case .increment:
      if state == .joining, newLast <= last { return .drop }
      guard newLast == last &+ 1 else { return lost(expected: last &+ 1, got: newLast) }
      return accept(newLast)
    case .rising:
      if newLast < last { return state == .joining ? .drop : lost(expected: last, got: newLast) }
      return accept(newLast)
    case .unnumbered: return accept(0)
    }
  }

  private mutating func judgeSpan(_ first: UInt64, _ newLast: UInt64) -> Verdict {
    guard first <= newLast else { return lost(expected: last &+ 1, got: first) }
    if state == .joining {
      if newLast <= last { return .drop }
      guard first <= last &+ 1 else { return lost(expected: last &+ 1, got: first) }
      return accept(newLast)
    }
    guard first == last &+ 1 else { return lost(expected: last &+ 1, got: first) }
    return accept(newLast)
  }

  private mutating func judgePrevious(_ first: UInt64, _ newLast: UInt64, _ previous: UInt64) -> Verdict {
    if state == .joining {
      if newLast < last { return .drop }
      guard first <= last || previous == last else { return lost(expected: last, got: first) }
      return accept(newLast)
    }
    guard previous == last, newLast >= previous else { return lost(expected: last, got: previous) }
    return accept(newLast)
  }

  private mutating func accept(_ newLast: UInt64) -> Verdict {
    last = newLast
    state = .live
    return .apply
  }

  private mutating func lost(expected: UInt64, got: UInt64) -> Verdict {
    reset()
    return .gap(expected: expected, got: got)
  }
}
