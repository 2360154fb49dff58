import Glibc
import JSONTree
import Testing

@testable import Control

/// The server, stepped by hand on a clock that stands still.
@Suite struct ControlServerTests {
  @Test func requestsAreAnsweredByTheirIds() throws {
    let stepped = try SteppedServer(about: [JSONMember("process", 7)])
    let client = try RawClient(stepped.folder.path)
    stepped.step()
    #expect(client.lines() == [["patchbay": 1, "process": 7]])
    client.send("{\"id\":1,\"do\":\"echo\",\"text\":\"a\"}\n{\"id\":\"x\",\"do\":\"echo\"}\n\r\n")
    stepped.step()
    #expect(client.lines() == [["id": 1, "ok": ["text": "a"]], ["id": "x", "ok": ["text": nil]]])
  }

  @Test func aLineMayComeInPieces() throws {
    let stepped = try SteppedServer()
    let client = try stepped.client()
    for piece in ["{\"id\":1,\"do\":", "\"echo\",\"text\"", ":\"whole\"}"] {
      client.send(piece)
      stepped.step()
      #expect(client.lines().isEmpty)
    }
    client.send("\n")
    stepped.step()
    #expect(client.lines() == [["id": 1, "ok": ["text": "whole"]]])
  }

  @Test(arguments: [
    ("nonsense", "malformed", JSONValue(.null)), ("[1]", "malformed", nil), ("{\"id\":4}", "unknown_verb", 4),
    ("{\"id\":5,\"do\":\"order\"}", "unknown_verb", 5),
    ("{\"id\":6,\"do\":\"echo\",\"texd\":1}", "unknown_field", 6),
  ])
  func whatIsNoRequestIsRefusedByName(_ line: String, _ code: String, _ id: JSONValue) throws {
    let stepped = try SteppedServer()
    let client = try stepped.client()
    client.send(line + "\n{\"id\":9,\"do\":\"echo\"}\n")
    stepped.step()
    let answers = client.lines()
    #expect(answers.count == 2 && answers[0]["id"] == id)
    #expect(answers[0]["error"]?["code"]?.string == code && answers[0]["error"]?["text"]?.string?.isEmpty == false)
    #expect(answers[1]["ok"] != nil, "the connection goes on")
  }

  @Test func aLineTooLongEndsTheConnection() throws {
    var limits = ControlLimits()
    limits.line = 1000
    let stepped = try SteppedServer(limits)
    let client = try stepped.client()
    client.send(String(repeating: "x", count: 1001))
    stepped.step()
    #expect(client.lines().first?["error"]?["code"] == "too_long" && client.isClosed)
  }

  /// A client that asks more than it waits for is not read until there is room.
  @Test func openRequestsAreBounded() throws {
    var limits = ControlLimits()
    limits.openRequests = 2
    let stepped = try SteppedServer(limits)
    let client = try stepped.client()
    for id in 1...5 { client.send("{\"id\":\(id),\"do\":\"hold\"}\n") }
    stepped.step()
    #expect(stepped.calls.all.count == 2)
    stepped.calls.all[0].reply(1)
    stepped.step()
    #expect(stepped.calls.all.count == 3)
    stepped.calls.all[1].fail("no", "not now")
    stepped.calls.all[2].reply(3)
    stepped.step()
    #expect(stepped.calls.all.count == 5)
    #expect(client.lines().map { $0["id"] } == [1, 2, 3])
  }

  @Test func idleClientsGiveWayToTheNext() throws {
    var limits = ControlLimits()
    limits.clients = 2
    let stepped = try SteppedServer(limits)
    let first = try stepped.client()
    stepped.pass(1)
    let second = try stepped.client()
    stepped.pass(1)
    first.send("{\"id\":1,\"do\":\"echo\"}\n")
    stepped.step()
    stepped.pass(1)
    // The second has been silent for longest.
    let third = try stepped.client()
    #expect(second.isClosed && first.lines().count == 1 && !first.isClosed && !third.isClosed)
    for _ in 0..<60 { _ = try stepped.client() }
    let last = try stepped.client()
    last.send("{\"id\":1,\"do\":\"urgent\"}\n")
    stepped.step()
    #expect(last.lines().map { $0["ok"] } == [true])
  }

  @Test func whatCannotWaitHasPlacesOfItsOwn() throws {
    var limits = ControlLimits()
    (limits.clients, limits.reserved) = (3, 2)
    let stepped = try SteppedServer(limits)
    let busy = try (0..<3).map { _ in try stepped.client() }
    for client in busy { client.send("{\"id\":1,\"do\":\"watch\"}\n") }
    stepped.step()
    let next = try stepped.client()
    next.send("{\"id\":1,\"do\":\"echo\"}\n{\"id\":2,\"do\":\"urgent\"}\n")
    stepped.step()
    let answers = next.lines()
    #expect(answers.map { $0["error"]?["code"] } == ["busy", nil] && answers.last?["ok"] == true)
    // Idle ones do not keep the reserved places either.
    for _ in 0..<20 {
      let more = try stepped.client()
      more.send("{\"id\":3,\"do\":\"urgent\"}\n")
      stepped.step()
      #expect(more.lines().map { $0["ok"] } == [true])
    }
    #expect(busy.allSatisfy { !$0.isClosed })
  }

  @Test func whoSaysNothingForLongIsCutOff() throws {
    let stepped = try SteppedServer()
    let (silent, watching) = (try stepped.client(), try stepped.client())
    watching.send("{\"id\":1,\"do\":\"watch\"}\n")
    stepped.step()
    stepped.pass(ControlLimits().idle - 1)
    #expect(!silent.isClosed)
    stepped.pass(1)
    #expect(silent.isClosed && !watching.isClosed)
  }

  @Test func aClientThatDoesNotReadIsCutOff() throws {
    var limits = ControlLimits()
    limits.backlog = 100_000
    let stepped = try SteppedServer(limits)
    let client = try stepped.client()
    client.send("{\"id\":1,\"do\":\"hold\"}\n{\"id\":2,\"do\":\"hold\"}\n")
    stepped.step()
    // More than the kernel's buffers take.
    stepped.calls.all[0].reply(JSONValue(.string(String(repeating: "x", count: 4 << 20))))
    stepped.step()
    stepped.calls.all[1].reply(2)
    stepped.step()
    #expect(!client.lines().contains { $0["ok"] == 2 } && client.isClosed)
  }

  @Test func aClientThatHangsUpAfterItsRequestIsStillAnswered() throws {
    let stepped = try SteppedServer()
    let client = try stepped.client()
    client.send("{\"id\":1,\"do\":\"hold\"}\n")
    shutdown(client.descriptor, Int32(SHUT_WR))
    stepped.step()
    stepped.calls.all[0].reply("late")
    stepped.step()
    #expect(client.lines() == [["id": 1, "ok": "late"]] && client.isClosed)
  }

  // MARK: Watches

  @Test func aWatchIsAskedAtItsIntervalAndTellsWhatIsNew() throws {
    let stepped = try SteppedServer()
    let client = try stepped.client()
    client.send("{\"id\":1,\"do\":\"watch\"}\n")
    stepped.step()
    #expect(stepped.calls.polls == 1)
    stepped.pass(100)
    #expect(stepped.calls.polls == 1, "not before the last poll has ended")
    stepped.calls.all[0].event("a")
    stepped.step()
    #expect(stepped.calls.polls == 2 && client.lines() == [["id": 1, "event": "a"]])
    stepped.calls.all[1].event(nil)
    stepped.pass(99)
    #expect(stepped.calls.polls == 2 && client.lines().isEmpty)
    stepped.pass(1)
    #expect(stepped.calls.polls == 3)
    stepped.calls.all[2].fail("gone", "no more")
    stepped.pass(1000)
    #expect(stepped.calls.polls == 3 && client.lines().first?["error"]?["code"] == "gone")
  }

  @Test func aSlowReaderIsSkippedAndGoesOnWithTheNewest() throws {
    var limits = ControlLimits()
    limits.watchBacklog = 1000
    let stepped = try SteppedServer(limits)
    let client = try stepped.client()
    client.send("{\"id\":1,\"do\":\"watch\"}\n")
    stepped.step()
    let large = JSONValue(.string(String(repeating: "x", count: 1 << 20)))
    var told = 0
    while told < 100, stepped.calls.polls == told + 1 {
      stepped.calls.all[told].event(large)
      told += 1
      stepped.pass(100)
    }
    #expect(told < 100, "the kernel's buffers are finite")
    stepped.pass(10_000)
    #expect(stepped.calls.polls == told, "while it does not read, nobody is asked")
    var seen = 0
    for _ in 0..<1000 where seen < told {
      seen += client.lines().count
      stepped.step()
    }
    #expect(seen == told, "what was told is not lost")
    stepped.pass(100)
    #expect(stepped.calls.polls == told + 1)
  }

  @Test func aWatchEndsWithItsClient() throws {
    let stepped = try SteppedServer()
    var client: RawClient? = try stepped.client()
    client?.send("{\"id\":1,\"do\":\"watch\"}\n")
    stepped.step()
    stepped.calls.all[0].event("a")
    stepped.step()
    client = nil
    stepped.step()
    let polls = stepped.calls.polls
    stepped.pass(10_000)
    #expect(stepped.calls.polls == polls && client == nil)
  }
}
