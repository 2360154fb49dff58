import Testing
import Venue
import VenueRecording
import VenueServer

/// A fault with a rule that brings it about, and the name that it is counted by.
struct Trouble: Sendable, CustomTestStringConvertible {
  let name: String
  let rules: [FaultRule]
  /// Whether a book is lost by it; `nil` = it may be or not.
  var losesBooks: Bool?

  var testDescription: String { name }

  private static let tenth: Int64 = 100_000_000

  private static func messages(_ about: String) -> [Trouble] {
    func trouble(_ fault: Fault, _ count: Int, loses: Bool?) -> Trouble {
      Trouble(
        name: fault.name, rules: [FaultRule(fault, .toClient(about)).limited(to: count, skipping: 30)],
        losesBooks: loses)
    }
    return [
      trouble(.drop, 8, loses: true), trouble(.duplicate, 10, loses: false),
      trouble(.delay(tenth), 3, loses: false),
      Trouble(
        name: "reorder", rules: [FaultRule(.reorder, .toClient(about)).with(chance: 500_000).limited(to: 60)],
        losesBooks: true),
      trouble(.corrupt(.truncated), 2, loses: true), trouble(.corrupt(.garbage), 2, loses: nil),
      trouble(.cut, 2, loses: true), trouble(.close(code: 1012, reason: "restart"), 2, loses: true),
      trouble(.mute(2 * tenth), 1, loses: true),
    ]
  }

  /// What can happen to messages of books. Binance's numbers and Kraken's checksums can be wrong as well.
  static let spotMessages = messages("depthUpdate") + [number("U")]
  static let perpetualMessages = messages("depthUpdate") + [number("pu")]
  static let krakenMessages = messages("\"c\":") + [number("c")]

  static let krakenV2Messages = messages("\"checksum\"") + [number("checksum")]

  private static func number(_ key: String) -> Trouble {
    let fault = Fault.corrupt(.number(key: key))
    return Trouble(
      name: fault.name, rules: [FaultRule(fault, .toClient("\"\(key)\":")).limited(to: 3, skipping: 30)],
      losesBooks: true)
  }

  /// What can happen to requests for snapshots, and to openings of sockets.
  static let requests: [Trouble] = [
    snapshot(.refuse(.tooMany(retryAfter: 1, body: #"{"code":-1003,"msg":"Too many requests"}"#))),
    snapshot(.refuse(.tooMany(status: 418, retryAfter: 2, body: #"{"code":-1003,"msg":"Banned until 1"}"#))),
    snapshot(.refuse(.outage(status: 500))), snapshot(.refuse(.outage(status: 502))),
    snapshot(.refuse(.outage(status: 503))), snapshot(.refuse(.outage(status: 504))),
    snapshot(.refuse(.redirect(to: "https://elsewhere.test/"))), snapshot(.cut), snapshot(.late(tenth)),
    snapshot(.silence(tenth)), snapshot(.actThenSilence(tenth)), snapshot(.actThenRefuse(.outage(status: 503))),
    opening(.refuse(.outage(status: 503))), opening(.refuse(.redirect(to: "https://elsewhere.test/"))),
    opening(.refuse(.tooMany(retryAfter: 1))), opening(.cut),
  ]

  private static func snapshot(_ fault: Fault) -> Trouble {
    Trouble(name: fault.name, rules: [
      FaultRule(fault, .requests("/api/v3/depth")).limited(to: 3), FaultRule(fault, .requests("/fapi/v1/depth")),
    ])
  }

  private static func opening(_ fault: Fault) -> Trouble {
    Trouble(name: fault.name, rules: [FaultRule(fault, .openings("/")).limited(to: 2)])
  }
}

extension LiveTests {
  @Suite("A ready book is never wrong, whatever happens to messages and requests")
  struct FaultTests {
    /// Trouble that loses books comes when all of them stand: what strikes a book on its way loses nothing. What may
    /// or may not lose them is there from the beginning.
    private func survive(_ scene: Scene, _ trouble: Trouble) throws {
      let isLate = trouble.losesBooks == true
      let rig = try LiveRig(scene, rules: isLate ? [] : trouble.rules)
      rig.push = 20_000_000
      if isLate {
        #expect(rig.turn { rig.areBooksFollowed }, "\(rig.state)")
        #expect(rig.truth.gaps == 0, "\(rig.state)")
        rig.suffer(trouble.rules)
      }
      let often = trouble.rules[0].limit
      #expect(rig.turn { rig.count(trouble.name) >= often }, "\(trouble.name): \(rig.count(trouble.name))")
      // What has struck may not have been read yet.
      if isLate { #expect(rig.turn { rig.truth.gaps > 0 }, "\(trouble.name): \(rig.state)") }
      #expect(rig.becomesTrue(), "\(trouble.name): \(rig.state)")
      if trouble.losesBooks == false { #expect(rig.truth.gaps == 0, "\(trouble.name): \(rig.state)") }
      #expect(rig.truth.wrong.isEmpty, "\(trouble.name): \(rig.truth.wrong)")
    }

    @Test(arguments: Trouble.spotMessages) func spotMessages(trouble: Trouble) throws {
      try survive(.binance, trouble)
    }

    @Test(arguments: Trouble.perpetualMessages) func perpetualMessages(trouble: Trouble) throws {
      try survive(.perpetual, trouble)
    }

    @Test(arguments: Trouble.krakenMessages) func krakenMessages(trouble: Trouble) throws {
      try survive(.kraken, trouble)
    }

    @Test(arguments: Trouble.krakenV2Messages) func krakenV2Messages(trouble: Trouble) throws {
      try survive(.krakenV2, trouble)
    }

    /// What is said once only has to be asked for again.
    @Test(arguments: [Scene.kraken, .krakenV2]) func lostSnapshots(scene: Scene) throws {
      let text = scene.settings.isEmpty ? "\"type\":\"snapshot\",\"data\":[{\"symbol\"" : "{\"as\":"
      try survive(scene, Trouble(name: "drop", rules: [FaultRule(.drop, .toClient(text)).limited(to: 2)]))
    }

    @Test(arguments: Trouble.requests) func requests(trouble: Trouble) throws {
      try survive(.binance, trouble)
    }

    @Test(arguments: Scene.all) func aWrongClockAndStrangeMessagesChangeNothing(scene: Scene) throws {
      let strange = [#"{"e":"listenKeyExpired","E":1}"#, #"{"event":"maintenance"}"#, "[]", "7", ""]
      var events = [FaultEvent(.skew(-30_000_000_000), at: 0), FaultEvent(.skew(30_000_000_000), at: 200_000_000)]
      for (index, text) in strange.enumerated() {
        let time = Int64(200 + 20 * index) * 1_000_000
        events.append(FaultEvent(.say(.text(Array(text.utf8))), at: time, every: 100_000_000))
      }
      let rig = try LiveRig(scene, events: events)
      rig.push = 5_000_000
      #expect(rig.turn { rig.count("say") >= 2 * strange.count && rig.count("skew") == 2 }, "\(rig.state)")
      rig.server.perform { [faulty = rig.faulty] in faulty.events = [] }
      #expect(rig.becomesTrue(), "\(rig.state)")
      #expect(rig.truth.wrong.isEmpty, "\(rig.truth.wrong)")
    }
  }
}
