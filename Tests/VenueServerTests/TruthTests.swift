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

    /// What the soak finds frozen books by. No host notices at once that nothing is reported any more.
    @Test(arguments: [Scene.binance.made, Scene.krakenV2.made]) func booksThatStandStillAreFound(scene: Scene) throws {
      let rig = try LiveRig(scene)
      #expect(rig.becomesTrue(), "\(rig.state)")
      rig.server.perform { [faulty = rig.faulty] in faulty.rules = [FaultRule(.drop, .toClient(""))] }
      var judge = LagJudge(bound: 0, looks: 5)
      for look in 0..<100 where judge.late.isEmpty {
        for _ in 0..<LagJudge.every { rig.turnOnce() }
        judge.look(rig, now: Int64(look))
      }
      #expect(!judge.late.isEmpty, "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "what stands still is right at its own number")
    }
  }
}
