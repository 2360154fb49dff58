import Glibc

/// Where time comes from. Everything else is given the time.
public protocol HostClock: AnyObject, Sendable {
  func now() -> Times
}

/// The wall clock as it was at a moment, carried on by the monotonic one: it does not step.
public struct SteadyWall: Sendable {
  private let start: Times

  public init(since start: Times) { self.start = start }

  /// Nanoseconds since the Unix epoch.
  public func time(_ mono: Int64) -> Int64 {
    let (passed, isOver) = mono.subtractingReportingOverflow(start.mono)
    let (time, isBeyond) = start.wall.addingReportingOverflow(isOver ? 0 : passed)
    return isBeyond ? .max : time
  }
}

/// The machine's clocks. The venue's clock is taken as the wall clock until an offset has been measured.
public final class SystemClock: HostClock {
  public init() {}

  public func now() -> Times {
    let wall = read(CLOCK_REALTIME)
    return Times(mono: read(CLOCK_MONOTONIC), wall: wall, venue: wall)
  }

  private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
