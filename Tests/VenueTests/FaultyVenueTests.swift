import Testing
import Venue

@Suite struct FaultyVenueTests {
  private func toClient(_ fault: Fault, _ text: String = "") -> FaultRule { FaultRule(fault, .toClient(text)) }

  @Test func withoutRulesNothingChanges() {
    let line = Line([])
    #expect(line.open() == ["accept"])
    #expect(line.say("a") == ["a"] && line.ask() == ["reply 200 /x"])
    #expect(line.pass(1).said.isEmpty && line.venue.counts.isEmpty)
  }

  @Test func messagesAreLostDoubledAndDamaged() {
    let line = Line([
      toClient(.drop, "lost"), toClient(.duplicate, "twice"), toClient(.corrupt(.truncated), "half"),
      toClient(.corrupt(.number(key: "u")), "number"), FaultRule(.drop, .toVenue("never")),
      FaultRule(.duplicate, .toVenue("again")),
    ])
    _ = line.open()
    #expect(line.say("lost").isEmpty)
    #expect(line.say("twice") == ["twice", "twice"])
    #expect(line.say("half-way!") == ["half"])
    #expect(line.say(#"{"number":1,"u":1298}"#) == [#"{"number":1,"u":1303}"#])
    #expect(line.say(#"{"number":1,"u":"97"}"#) == [#"{"number":1,"u":"102"}"#])
    #expect(line.say("never").isEmpty && line.echo.seen.count == 6)
    #expect(line.say("again") == ["again", "again"])
    #expect(line.venue.counts == ["drop": 2, "duplicate": 2, "truncate": 1, "wrong u": 2])
  }

  @Test func aLateMessageHoldsThoseBehindIt() {
    let line = Line([toClient(.delay(50), "slow").limited(to: 1)])
    _ = line.open()
    #expect(line.say("slow").isEmpty && line.say("b").isEmpty)
    #expect(line.pass(10).due == 1_050)
    #expect(line.pass(39).said.isEmpty)
    #expect(line.pass(1).said == ["slow", "b"])
    #expect(line.say("c") == ["c"])
  }

  @Test func theNextMessageOvertakes() {
    let line = Line([toClient(.reorder, "first")])
    _ = line.open()
    #expect(line.say("first").isEmpty)
    #expect(line.say("second") == ["second", "first"])
    #expect(line.say("third") == ["third"])
  }

  @Test func socketsEndAndFallSilent() {
    let line = Line([
      toClient(.cut, "cut"), toClient(.close(code: 1012, reason: ""), "close"), toClient(.mute(20), "mute"),
    ])
    _ = line.open()
    #expect(line.say("cut") == ["cut"] && line.echo.seen.last == "closed 1")
    #expect(line.say("x").isEmpty, "a socket that was cut is gone")
    _ = line.open(2)
    #expect(line.say("close", 2) == ["close 1012"] && line.echo.seen.last == "closed 2")
    _ = line.open(3)
    #expect(line.say("mute", 3).isEmpty && line.say("x", 3).isEmpty)
    line.now.mono += 20
    #expect(line.say("y", 3) == ["y"])
  }

  @Test func requestsAreRefusedLateOrNeverAnswered() {
    let line = Line([
      FaultRule(.refuse(.tooMany(retryAfter: 3)), .requests("/limit")),
      FaultRule(.refuse(.tooMany(status: 418, retryAfter: nil)), .requests("/banned")),
      FaultRule(.silence(10), .requests("/silent")), FaultRule(.late(20), .requests("/late")),
      FaultRule(.actThenRefuse(.outage(status: 504)), .requests("/lie")),
      FaultRule(.actThenSilence(30), .requests("/act")), FaultRule(.cut, .requests("/cut")),
      FaultRule(.refuse(.redirect(to: "https://other.test/")), .requests("/moved")),
    ])
    #expect(line.ask("/limit") == ["reply 429 Retry-After: 3 {}"])
    #expect(line.ask("/banned") == ["reply 418 {}"])
    #expect(line.ask("/cut") == ["drop"])
    #expect(line.ask("/moved") == ["reply 302 Location: https://other.test/ "])
    #expect(line.ask("/silent").isEmpty && line.echo.seen.isEmpty)
    #expect(line.ask("/late").isEmpty && line.ask("/act").isEmpty && line.echo.seen.count == 2)
    #expect(line.ask("/lie").first?.hasPrefix("reply 504") == true && line.echo.seen.count == 3)
    #expect(line.pass(10).said == ["drop"] && line.pass(10).said == ["reply 200 /late"])
    #expect(line.pass(10).said == ["drop"] && line.pass(1000).due == nil)
  }

  @Test func openingsAreRefusedOrNotAnswered() {
    let line = Line([
      FaultRule(.refuse(.outage(status: 503)), .openings("/")).limited(to: 1),
      FaultRule(.silence(5), .openings("/")).limited(to: 1), FaultRule(.mute(5), .openings("/")).limited(to: 1),
    ])
    #expect(line.open() == ["refuse 503"] && line.open(2).isEmpty && line.echo.seen.isEmpty)
    #expect(line.pass(5).said == ["cut"])
    #expect(line.open(3) == ["accept"] && line.say("x", 3).isEmpty)
  }

  @Test func rulesSpareLimitAndTime() {
    var timed = toClient(.drop, "t")
    (timed.from, timed.until) = (100, 200)
    let line = Line([toClient(.drop, "a").limited(to: 2, skipping: 1), timed])
    _ = line.open()
    #expect((0..<5).map { _ in line.say("a").count } == [1, 0, 0, 1, 1])
    #expect(line.say("t") == ["t"])
    line.now.mono += 100
    #expect(line.say("t").isEmpty)
    line.now.mono += 100
    #expect(line.say("t") == ["t"])
  }

  @Test func theClockIsWrongForTheVenueAndInItsReplies() {
    let line = Line([], events: [FaultEvent(.skew(-2_000_000_000), at: 10)])
    #expect(line.ask() == ["reply 200 /x"])
    #expect(line.pass(10).said.isEmpty)
    #expect(line.ask() == ["reply 200 Date: Thu, 01 Jan 1970 00:00:03 GMT /x"])
    #expect(line.echo.seen == ["request /x at 5000000000", "request /x at 3000000000"])
  }

  @Test func eventsHappenToTheSocketsOfAPath() {
    let line = Line([], events: [
      FaultEvent(.say(.text(Array("expired".utf8))), path: "/ws", at: 10, every: 20),
      FaultEvent(.cut, path: "/other", at: 15), FaultEvent(.close(code: 1001, reason: ""), path: "/ws", at: 60),
    ])
    _ = line.open()
    #expect(line.pass(0).due == 1_010)
    #expect(line.pass(10).said == ["expired"] && line.pass(10).said.isEmpty && line.pass(10).said == ["expired"])
    #expect(line.pass(30).said.sorted() == ["close 1001", "expired"].sorted())
    #expect(line.venue.counts == ["say": 3, "close": 1])
  }

  @Test func aSubstituteAnswersInTheVenuesStead() {
    let line = Line([])
    line.venue.substitute = { frame in frame == .text(Array("subscribe".utf8)) ? [.text(Array("no".utf8))] : nil }
    _ = line.open()
    #expect(line.say("subscribe") == ["no"] && line.say("other") == ["other"])
  }

  @Test func theSameSeedGivesTheSameFaults() {
    func run(_ seed: UInt64) -> [Int] {
      let line = Line([toClient(.drop).with(chance: 300_000)], seed: seed)
      _ = line.open()
      return (0..<200).map { _ in line.say("x").count }
    }
    #expect(run(1) == run(1) && run(1) != run(2))
    let struck = run(1).count { $0 == 0 }
    #expect((30...90).contains(struck), "\(struck) of 200 at three in ten")
  }

  @Test func plansAreRead() throws {
    let plan = try FaultPlan("drop=500,429")
    #expect(plan.rules.map(\.fault.name) == ["drop", "refuse 429"] && plan.rules[0].chance == 500)
    #expect(try FaultPlan("usual").rules.count == FaultPlan.names.count && FaultPlan("").rules.isEmpty)
    #expect(throws: FaultPlanError.self) { try FaultPlan("dorp") }
    #expect(throws: FaultPlanError.self) { try FaultPlan("drop=often") }
    #expect(throws: FaultPlanError.self) { try FaultPlan("drop=1000001") }
  }
}
