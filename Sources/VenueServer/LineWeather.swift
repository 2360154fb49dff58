import Venue

/// Line faults and spoilt handshakes at random times, from a seed.
public struct LineWeather: Sendable {
  /// What comes next to one connection.
  public enum Gust: Equatable, Sendable {
    case line(LineFault)
    case handshake(HandshakeFlaw)
  }

  private var dice: FaultDice
  private let mean: Int64
  private var due: Int64
  private static let second: Int64 = 1_000_000_000

  /// - Parameters:
  ///   - mean: nanoseconds from one to the next, half to one and a half times so long.
  ///   - now: monotonic nanoseconds.
  public init(seed: UInt64, mean: Int64, now: Int64) {
    dice = FaultDice(seed: seed)
    self.mean = mean
    due = now + mean
  }

  /// What is due; `nil` when nothing is.
  public mutating func next(now: Int64) -> Gust? {
    guard now >= due else { return nil }
    due = now + mean / 2 + Int64(dice.below(UInt64(max(mean, 1))))
    let lines: [LineFault] = [
      .drip(bytesPerSecond: 40), .drip(bytesPerSecond: 4000), .halfOpen(nanoseconds: 120 * LineWeather.second),
      .stall(nanoseconds: 4 * LineWeather.second), .garbage, .oversizedFrame, .cut, .reset,
    ]
    let flaws = HandshakeFlaw.allCases
    let pick = Int(dice.below(UInt64(lines.count + flaws.count)))
    return pick < lines.count ? .line(lines[pick]) : .handshake(flaws[pick - lines.count])
  }
}

extension VenueServer {
  /// Does a gust: a line fault to the connection of a WebSocket that is there longest, a flaw to the next handshake
  /// of the next two seconds.
  public func suffer(_ gust: LineWeather.Gust) {
    switch gust {
    case .line(let fault): strike(fault, limit: 1)
    case .handshake(let flaw): blow(flaw)
    }
  }
}
