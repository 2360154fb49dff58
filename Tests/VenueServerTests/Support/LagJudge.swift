import MarketModel
import Runtime
import VenueRecording

/// Finds ready books that stay behind what was sent to them: a book that stands still is right at its own number.
///
/// The bound is in time of the venue and in turns of the host both, so that neither of them breaks it when it gets no
/// processor time; and nothing is judged while the line holds back what the venue has reported.
struct LagJudge {
  /// Nanoseconds. Longer than the venue's faults delay a message or keep a socket silent.
  let bound: Int64
  /// Looks of the judge, which lie `every` turns of the host apart.
  let looks: Int
  static let every = 100

  /// A place of the recording that a book has to come to.
  private struct Goal {
    let place: Int
    let since: Int64
    var looks = 0
  }

  private var goals: [String: Goal] = [:]
  /// What was found behind.
  private(set) var late: [String] = []

  init(bound: Int64 = 20_000_000_000, looks: Int = 30) { (self.bound, self.looks) = (bound, looks) }

  /// Looks at every book of the host.
  /// - Parameter now: the venue's time.
  mutating func look(_ rig: LiveRig, now: Int64) {
    guard !rig.server.isHeldBack(LiveRig.prefix) else { return goals = [:] }
    for market in rig.host.seats.flatMap(\.markets) { look(rig, market, now) }
  }

  private mutating func look(_ rig: LiveRig, _ market: MarketState, _ now: Int64) {
    let symbol = market.instrument.symbol
    guard let told = rig.server.perform({ [recording = rig.recording] in recording.book(of: symbol) }) else { return }
    let goal = goals[symbol]
    if !market.book.isReady || rig.truth.hasReached(goal?.place ?? .max, told.book, market) {
      return goals[symbol] = nil
    }
    guard var goal else { return goals[symbol] = Goal(place: told.position, since: now) }
    goal.looks += 1
    goals[symbol] = goal
    guard goal.looks >= looks, now - goal.since > bound, late.count < 20 else { return }
    late.append("\(symbol) at \(market.book.sequence) lacks what was told \((now - goal.since) / 1_000_000) ms ago")
  }
}
