import Runtime
import Testing
import Trading

@testable import Simulation

/// Nothing of a run outlives it: a thousand of them fit into one process.
@Suite struct LeakTests {
  /// Something that should be gone.
  private final class Trace {
    let name: String
    weak var object: AnyObject?

    init(_ name: String, _ object: AnyObject?) { (self.name, self.object) = (name, object) }
  }

  @Test(arguments: StoryVenue.allCases) func aRunIsForgottenWhole(venue: StoryVenue) throws {
    var traces: [Trace] = []
    do {
      var options = StoryOptions(venue, seed: 3)
      options.duration = 30_000_000_000
      options.settling = 60_000_000_000
      let folder = try TemporaryFolder()
      let run = try TradeStory(options, try installed(venue.connector), folder: folder.path)
      _ = try run.run()
      traces = [
        Trace("story", run), Trace("host", run.host), Trace("session", run.session), Trace("trader", run.trader),
        Trace("dispatcher", run.host?.dispatcher), Trace("lane", run.host?.lane), Trace("venue", run.venue),
        Trace("faults", run.faulty), Trace("watch", run.watching), Trace("witness", run.witness),
        Trace("journal", run.journal), Trace("simulation", run.simulation), Trace("network", run.simulation.network),
      ]
      #expect(traces.filter { $0.object == nil }.map(\.name) == [])
    }
    #expect(traces.filter { $0.object != nil }.map(\.name) == [])
  }
}
