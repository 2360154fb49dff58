import Catalog
import Control
import Runtime

/// Takes old recordings, and old entries of the journal, away: once an hour for as long as the control server runs,
/// whoever runs it.
package final class Pruning: Sendable {
  /// Nanoseconds from one round to the next. The start of a host has a round of its own.
  package static let interval: Int64 = 3600 * 1_000_000_000

  private let running: RunningHost
  private let journal: HostJournal?
  private let keeps: Config.Recording
  private let clock: HostClock
  /// Never ahead of what was known at the start and has passed since: a clock that steps takes nothing away.
  private let steady: SteadyWall
  private let report: @Sendable (_ kind: String, _ text: String) -> Void

  /// - Parameter report: is given what was taken away, or why that failed; from any thread.
  init(
    _ running: RunningHost, _ journal: HostJournal?, _ keeps: Config.Recording, _ clock: HostClock,
    report: @escaping @Sendable (_ kind: String, _ text: String) -> Void
  ) {
    (self.running, self.journal, self.keeps, self.clock, self.report) = (running, journal, keeps, clock, report)
    var start = clock.now()
    if let trusted = journal?.trustedStart { start.wall = min(start.wall, trusted) }
    steady = SteadyWall(since: start)
  }

  /// - Parameter server: has the rounds, which end with it; whoever starts it starts them.
  package func start(on server: ControlServer) {
    server.submit(after: Self.interval) { [self, weak server] in
      guard let server else { return }
      round(server)
      start(on: server)
    }
  }

  private func round(_ server: ControlServer) {
    let now = clock.now()
    let wall = min(now.wall, steady.time(now.mono))
    journal?.prune(wall) { [report] words in report("journal", words) }
    // Files that are being written stay, so a round that does not learn them all takes no recordings away.
    running.status({ [weak server] in server?.submit(after: $0, $1) }) { [self] seats, silent in
      guard silent.isEmpty else { return }
      let inUse = Set(seats.compactMap { $0.isRecording ? $0.recording?.file : nil })
      let words = RecordingFolder.prune(
        running.recordings.folder, keeps, inUse: inUse, wall: wall, claim: running.recordingClaim)
      for words in words { report("recording", words) }
    }
  }
}
