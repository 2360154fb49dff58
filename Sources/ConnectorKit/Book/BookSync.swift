/// Proves that a book's updates follow on one another. One value per book; the rule is the venue's, the steps are the
/// same for all: before a snapshot updates are queued, the first one behind it must join, each further one must follow,
/// anything else is a gap.
///
///     switch sync.update(first: U, last: u) {
///     case .apply: out.book(...)
///     case .queue: queue.append(payload)
///     case .drop: break
///     case .gap(let expected, let got): out.gap(...); ask for a snapshot
///     }
///
/// A message that the venue marks as a snapshot goes to `snapshot`, at any time. It relies on levels being absolute
/// quantities, as they are on all these venues: an update that reaches back behind the last one changes nothing that it
/// does not set right.
public struct BookSync: Sendable {
  /// How a venue numbers its updates. Each case names the section of the venue's documentation that it follows.
  public enum Rule: Sendable, Equatable {
    /// An update spans `first...last`, and the next one starts at `last + 1`, or before it.
    /// Binance spot, "How to manage a local order book correctly": first behind snapshot S holds S + 1. KuCoin, "Level2
    /// market data": sequenceStart <= last + 1 and sequenceEnd > last. Gate, "spot.order_book_update": U <= S + 1 <= u.
    /// MEXC, "How to properly maintain a local copy of the order book": fromVersion = last toVersion + 1.
    case span
    /// An update names the last id of the one before it. Binance USD-M and COIN-M futures, "How to manage a local order
    /// book correctly": the first behind snapshot S has `first <= S <= last`, then `pu` equals the last `u`.
    case spanWithPrevious
    /// An update names the sequence of the one before it, the snapshot's own included; a snapshot taken beside the
    /// stream may also lie within the first. A message that repeats the number is a keep-alive; one that names the
    /// last number and carries a lower one starts a new numbering. OKX, "Order book channel: sequence ID": seqId,
    /// prevSeqId. HTX, "market.$symbol.mbp": seqNum, prevSeqNum. Crypto.com, "book.{instrument_name}.{depth}": u, pu.
    /// Bitget unified account, "books": seq, pseq.
    case previous
    /// Each update's sequence is the last plus one. Bybit, "Orderbook": a message with u = 1 is a snapshot, whatever
    /// its type says. KuCoin futures, "Level2 market data"; HitBTC, "orderbook/full"; AscendEX, "depth-realtime";
    /// BitMart futures.
    case increment
    /// Updates carry a number that must not fall, and nothing proves that none is missing. (Bitstamp's microtimestamp.)
    case rising
    /// There is no number; a checksum or nothing proves the book. (Kraken, "Book": checksum of the best ten.)
    case unnumbered
  }

  public enum Verdict: Sendable, Equatable {
    /// It follows: use it.
    case apply
    /// The book already holds it: forget it.
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
  /// - Parameter isInBand: it came on the stream, in its place among the updates (OKX, Bybit, Bitget), so that no older
  ///   one can
  ///   follow. Then numbers that start anew right behind it are noticed too; otherwise they pass for old updates.
  public mutating func snapshot(_ sequence: UInt64, isInBand: Bool = false) {
    last = sequence
    state = isInBand ? .live : .joining
  }

  /// Judges an update. `first` is used by the rules with spans, `previous` by those that have it. Constant time; after
  /// a gap the value has been reset.
  @inline(__always)
  public mutating func update(first: UInt64, last newLast: UInt64, previous: UInt64 = 0) -> Verdict {
    // The usual case in one compare per rule.
    if state == .live {
      switch rule {
      case .span where first == last &+ 1 && newLast >= first: last = newLast; return .apply
      case .spanWithPrevious where previous == last && newLast >= previous: last = newLast; return .apply
      case .previous where previous == last: last = newLast; return .apply
      case .increment where newLast == last &+ 1: last = newLast; return .apply
      default: break
      }
    }
    return judge(first, newLast, previous)
  }

  /// As `update`, but answers whether the update follows; `verdict` then is `.apply`, else the reason.
  @inline(__always)
  mutating func update(first: UInt64, last newLast: UInt64, previous: UInt64, into verdict: inout Verdict) -> Bool {
    let result = update(first: first, last: newLast, previous: previous)
    if case .apply = result { return true }
    verdict = result
    return false
  }

  private mutating func judge(_ first: UInt64, _ newLast: UInt64, _ previous: UInt64) -> Verdict {
    guard state != .waiting else { return .queue }
    switch rule {
    case .span: return judgeSpan(first, newLast)
    case .spanWithPrevious: return judgeSpanWithPrevious(first, newLast, previous)
    case .previous:
      if previous == last { return accept(newLast) }
      // What names a number ahead of the snapshot is not old, however low its own number: the venue counts anew.
      if isOld(newLast), previous < last { return .drop }
      // A snapshot taken beside the stream may lie within an update. OKX, "How to manage a local order book correctly":
      // the first one behind it has prevSeqId <= seqId of the snapshot < seqId.
      if state == .joining, previous < last, newLast > last { return accept(newLast) }
      return lost(expected: last, got: previous)
    case .increment:
      if newLast == last &+ 1 { return accept(newLast) }
      if isOld(newLast) { return .drop }
      return lost(expected: last &+ 1, got: newLast)
    case .rising:
      if newLast >= last { return accept(newLast) }
      return state == .joining ? .drop : lost(expected: last, got: newLast)
    case .unnumbered: return accept(0)
    }
  }

  private mutating func judgeSpan(_ first: UInt64, _ newLast: UInt64) -> Verdict {
    guard first > 0, first <= newLast else { return lost(expected: last &+ 1, got: first) }
    if isOld(newLast) { return .drop }
    guard newLast > last, first <= last &+ 1 else { return lost(expected: last &+ 1, got: first) }
    return accept(newLast)
  }

  private mutating func judgeSpanWithPrevious(_ first: UInt64, _ newLast: UInt64, _ previous: UInt64) -> Verdict {
    if state == .joining {
      if newLast < last { return .drop }
      guard first > 0, first <= newLast, first <= last || previous == last else {
        return lost(expected: last, got: first)
      }
      return accept(newLast)
    }
    guard previous == last, newLast >= previous else {
      return newLast == last ? .drop : lost(expected: last, got: previous)
    }
    return accept(newLast)
  }

  /// Whether the book holds an update already: behind a snapshot everything up to it, later only the last update come
  /// twice. Numbers that fall back further are no duplicates but a venue that counts anew, whose updates must not be
  /// dropped in silence.
  private func isOld(_ newLast: UInt64) -> Bool { state == .joining ? newLast <= last : newLast == last }

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
