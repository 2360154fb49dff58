import Testing
import Venue
import VenueRecording
import VenueServer

/// What runs real connectors over real sockets, one at a time: two cores carry host and venue.
@Suite(.serialized, .enabled(if: Recordings.folder != nil)) enum LiveTests {}

extension LiveTests {
  @Suite("Recordings served without faults")
  struct TruthTests {
    @Test(arguments: [0, 1, 2])
    func booksAreTheVenues(index: Int) throws {
      let scene = [Scene.binance, .perpetual, .kraken][index]
      let rig = try LiveRig(scene)
      #expect(rig.becomesTrue(), "\(rig.state)")
      #expect(rig.truth.gaps == 0, "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }
  }
}
