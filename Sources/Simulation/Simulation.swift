import Runtime

/// Moves virtual time on, from one thing that is due to the next, until a time or until nothing is due any more.
public final class Simulation {
  public let clock: VirtualClock
  public let network: SimulatedNetwork
  private var lanes: [Lane] = []
  /// Steps that were taken: the same for the same seed.
  public private(set) var steps: UInt64 = 0

  /// Called after each step of the venues.
  var onStep: () -> Void = {}

  public init(seed: UInt64) {
    clock = VirtualClock()
    network = SimulatedNetwork(clock: clock, seed: seed)
  }

  public func add(_ lane: Lane) { lanes.append(lane) }

  public func remove(_ lane: Lane) { lanes.removeAll { $0 === lane } }

  /// Runs for so many virtual nanoseconds, or until the condition holds.
  /// - Returns: whether it held; `true` without one.
  @discardableResult
  public func run(for nanoseconds: Int64, until condition: (() -> Bool)? = nil) -> Bool {
    let end = clock.mono + nanoseconds
    while true {
      if condition?() == true { return true }
      steps += 1
      network.step()
      onStep()
      var next = network.next
      for lane in lanes {
        if let due = lane.step() { next = min(next ?? due, due) }
      }
      // What the lanes sent may be due at once.
      if let sent = network.next { next = min(next ?? sent, sent) }
      guard let next, next <= end else {
        clock.move(to: end)
        return condition?() ?? true
      }
      clock.move(to: next)
    }
  }
}
