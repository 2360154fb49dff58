import Decimals
import Runtime

/// A moment by the venue's clock, as that was known then.
///
/// While the venue has not said its time, that is this machine's clock, which may be wrong and be set right later. So a
/// moment of this run also has its monotonic time, and questions about the past reach over all that it may have been.
struct VenueMoment: Equatable {
  let venue: Int64
  /// `nil` = it is of an earlier run, or the venue's own word.
  var mono: Int64?

  /// How far back is looked where a clock is known to have been wrong, and not by how much.
  static let doubt = 24 * 3600 * second

  /// The earliest that it may have been, by the venue's clock of now.
  func earliest(_ now: Times) -> Int64 {
    guard let mono else { return venue <= now.venue ? venue : now.venue.subtractingSaturated(Self.doubt) }
    return min(venue, again(mono, now))
  }

  /// The latest that it may have been.
  func latest(_ now: Times) -> Int64 { mono.map { max(venue, again($0, now)) } ?? venue }

  /// What the venue's clock of now would have shown then.
  private func again(_ mono: Int64, _ now: Times) -> Int64 {
    now.venue.subtractingSaturated(max(0, now.mono.subtractingSaturated(mono)))
  }
}
