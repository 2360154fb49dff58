import Testing
import Venue
import VenueRecording
import VenueServer

/// What runs real connectors over real sockets, one at a time: two cores carry host and venue.
@Suite(.serialized) enum LiveTests {}

extension LiveTests {
  @Suite("Recordings served without faults")
  struct TruthTests {
    @Test(arguments: Scene.all + Scene.all.map(\.made)) func booksAreTheVenues(scene: Scene) throws {
      let rig = try LiveRig(scene)
      #expect(rig.becomesTrue(), "\(rig.state)")
      #expect(rig.truth.gaps == 0, "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }
  }
}
