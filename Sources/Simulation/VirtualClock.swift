import Runtime

/// Clocks that stand until the simulation moves them. Belongs to one thread.
public final class VirtualClock: HostClock, @unchecked Sendable {
  public private(set) var mono: Int64
  /// The wall clock less the monotonic one; may step while the monotonic one never does.
  public var wallOffset: Int64

  /// - Parameters:
  ///   - mono: monotonic nanoseconds at the beginning.
  ///   - wall: nanoseconds since the Unix epoch at the beginning.
  public init(mono: Int64 = 1_000_000_000_000, wall: Int64 = 1_767_225_600_000_000_000) {
    self.mono = mono
    wallOffset = wall - mono
  }

  public func now() -> Times {
    let wall = mono + wallOffset
    return Times(mono: mono, wall: wall, venue: wall)
  }

  /// Moves both clocks on to a monotonic time; never back.
  func move(to time: Int64) { mono = max(mono, time) }
}
