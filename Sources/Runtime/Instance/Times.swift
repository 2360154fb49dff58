/// The three clocks of the host at one moment, in nanoseconds. Nothing below this reads a clock.
public struct Times: Equatable, Sendable {
  /// Monotonic, from an arbitrary start.
  public var mono: Int64
  /// Since the Unix epoch.
  public var wall: Int64
  /// The venue's clock: wall plus the measured offset.
  public var venue: Int64

  public init(mono: Int64, wall: Int64, venue: Int64) {
    self.mono = mono
    self.wall = wall
    self.venue = venue
  }

  public static let zero = Times(mono: 0, wall: 0, venue: 0)
}
