import Foundation
import JSONTree
import Runtime
import Testing
import Venue

@testable import VenueRecording

/// The recorded venue without a network.
@Suite struct RecordingTests {
  private func made(_ dialect: RecordedDialect) throws -> Tape {
    try Tape(MadeRecording.capture(dialect, pairs: ["FTM-USDT", "XMR-BTC"]))
  }

  /// A venue driven by hand, and what a client of it is reported.
  private final class Client {
    let venue: RecordingVenue
    var now = VenueTime(mono: 0, wall: 1_700_000_000_000_000_000)
    var messages: [JSONValue] = []

    init(_ tape: Tape, pace: Pace = .times(1), path: String, query: String = "") {
      venue = RecordingVenue(tape, pace: pace)
      var actions: [VenueAction] = []
      venue.open(1, VenueRequest(method: "GET", path: path, query: query), now: now, &actions)
      take(actions)
    }

    private func take(_ actions: [VenueAction]) {
      for action in actions {
        guard case .send(_, .text(let bytes)) = action else { continue }
        if let value = try? JSONDocument.parse(bytes: bytes) { messages.append(value) }
      }
    }

    func say(_ text: String) {
      var actions: [VenueAction] = []
      venue.frame(1, .text(Array(text.utf8)), now: now, &actions)
      take(actions)
    }

    @discardableResult func pass(_ nanoseconds: Int64) -> Int64? {
      now.mono += nanoseconds
      now.wall += nanoseconds
      var actions: [VenueAction] = []
      let due = venue.advance(now: now, &actions)
      take(actions)
      return due
    }

    func ask(_ path: String, _ query: String) -> JSONValue? {
      var actions: [VenueAction] = []
      venue.request(9, VenueRequest(method: "GET", path: path, query: query), now: now, &actions)
      guard case .reply(_, let reply)? = actions.first else { return nil }
      return try? JSONDocument.parse(bytes: reply.body)
    }
  }

  private func number(_ value: JSONValue?) -> UInt64 { value?.number.flatMap { UInt64($0) } ?? 0 }

  @Test(arguments: [RecordedDialect.binanceSpot, .binanceFutures])
  func numbersRiseWithoutHolesOverManyLaps(dialect: RecordedDialect) throws {
    let tape = try made(dialect)
    let client = Client(tape, pace: .flood, path: "/stream", query: "streams=ftmusdt@depth@100ms")
    while client.venue.counters.laps < 3 { client.pass(1) }
    #expect(client.messages.count > 400)
    var truth = try #require(tape.truth(of: "FTMUSDT"))
    for message in client.messages {
      let data = try #require(message["data"])
      let before = truth.sequence
      #expect(dialect == .binanceSpot ? number(data["U"]) == before + 1 : number(data["pu"]) == before)
      truth.advance()
      #expect(number(data["u"]) == truth.sequence && number(data["U"]) <= truth.sequence)
    }
    // The third lap begins as the first did.
    #expect(try #require(tape.truth(of: "FTMUSDT")).book.bids.count > 0)
  }

  @Test func snapshotsFitTheMomentAndAreCut() throws {
    let tape = try made(.binanceSpot)
    let client = Client(tape, path: "/ws/ftmusdt@depth@100ms")
    client.pass(0)
    client.pass(1_000_000_000)
    let last = try #require(client.messages.last)
    #expect(last["stream"] == nil, "a raw stream has bare events")
    let snapshot = try #require(client.ask("/api/v3/depth", "symbol=FTMUSDT&limit=5"))
    #expect(snapshot["lastUpdateId"] == last["u"])
    #expect(snapshot["bids"]?.array?.count == 5 && snapshot["asks"]?.array?.count == 5)
    #expect(client.ask("/api/v3/depth", "symbol=NONE")?["code"]?.number == "-1121")
    let due = try #require(client.pass(0))
    #expect(due > client.now.mono, "it waits for the next entry's time")
  }

  @Test func subscriptionsAreAnsweredAsTheVenueDoes() throws {
    let client = Client(try made(.binanceFutures), pace: .flood, path: "/market/stream")
    client.say(#"{"method":"SUBSCRIBE","params":["ftmusdt@depth@100ms"],"id":7}"#)
    #expect(client.messages == [["result": nil, "id": 7]])
    client.pass(1)
    #expect(client.messages.count == 1, "books are not at the market address: confirmed and silent")
    client.say("{nonsense")
    client.say(#"{"method":"DANCE","id":8}"#)
    #expect(client.messages[1]["error"] != nil && client.messages[2]["error"] != nil)
    client.say(#"{"method":"LIST_SUBSCRIPTIONS","id":9}"#)
    #expect(client.messages[3]["result"] == [])
  }

  @Test func krakenAnswersPairByPairAndGivesASnapshot() throws {
    let client = Client(try made(.krakenV1), path: "/")
    #expect(client.messages.first?["event"] == "systemStatus")
    let subscription = #""reqid":5,"subscription":{"name":"book","depth":1000}}"#
    client.say(#"{"event":"subscribe","pair":["FTM/USDT","NO/PE"],"# + subscription)
    #expect(client.messages.count == 4)
    #expect(client.messages[1]["status"] == "subscribed" && client.messages[1]["reqid"] == 5)
    #expect(client.messages[2].array?[1]["as"]?.array?.count == 40)
    #expect(client.messages[3]["status"] == "error" && client.messages[3]["pair"] == "NO/PE")
    client.say(#"{"event":"subscribe","pair":["FTM/USDT"],"# + subscription)
    #expect(client.messages[4]["errorMessage"] == "Already subscribed")
    client.say(#"{"event":"unsubscribe","pair":["FTM/USDT"],"# + subscription)
    #expect(client.messages[5]["status"] == "unsubscribed")
    client.say(#"{"event":"ping"}"#)
    #expect(client.messages[6]["event"] == "pong")
  }

  @Test func krakenSpeaksItsSecondVersionToo() throws {
    let client = Client(try made(.krakenV1), path: "/v2")
    #expect(client.messages.first?["channel"] == "status")
    let wish = #""params":{"channel":"book","symbol":["XMR/BTC","NO/PE"],"depth":1000},"req_id":3}"#
    client.say(#"{"method":"subscribe","# + wish)
    #expect(client.messages.count == 4 && client.messages[1]["success"] == true && client.messages[1]["req_id"] == 3)
    #expect(client.messages[1]["result"]?["symbol"] == "XMR/BTC" && client.messages[3]["success"] == false)
    let snapshot = try #require(client.messages[2]["data"]?.array?.first)
    #expect(client.messages[2]["type"] == "snapshot" && snapshot["bids"]?.array?.count == 40)
    client.say(#"{"method":"subscribe","params":{"channel":"instrument"},"req_id":4}"#)
    #expect(client.messages[5]["data"]?["pairs"]?.array?.count == 2)
    client.pass(0)
    client.pass(1_000_000_000)
    let update = try #require(client.messages.last?["data"]?.array?.first)
    #expect(client.messages.last?["type"] == "update" && update["symbol"] == "XMR/BTC")
    #expect(update["checksum"] != nil && update["timestamp"] != nil)
    client.say(#"{"method":"unsubscribe","# + wish)
    client.say(#"{"method":"ping","req_id":9}"#)
    #expect(client.messages.last?["method"] == "pong" && client.messages.last?["req_id"] == 9)
    let count = client.messages.count
    client.pass(500_000_000)
    #expect(client.messages.count == count)
  }

  @Test(.enabled(if: Recordings.folder != nil)) func theTruthIsTheRecordingsOwn() throws {
    let folder = try #require(Recordings.folder)
    for scene in [Scene.binance, .perpetual, .kraken] {
      let tape = try Tape(file: "\(folder)/\(scene.capture).jsonl.gz")
      let expected = try JSONDocument.parse(
        bytes: Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/../expected/\(scene.capture).json"))))
      for member in try #require(expected["books"]?.object) {
        var truth = try #require(tape.truth(of: member.key))
        for _ in 0..<(tape.books[member.key]?.changes.count ?? 0) { truth.advance() }
        for (side, levels) in [("bids", truth.book.bids), ("asks", truth.book.asks)] {
          let wanted = (member.value[side]?.array ?? []).compactMap {
            TrueLevel($0.array?[0].string ?? "", $0.array?[1].string ?? "")
          }
          #expect(wanted.count == min(50, levels.count) && wanted.map(\.price) == levels.prefix(50).map(\.price))
          #expect(wanted.map(\.quantity) == levels.prefix(50).map(\.quantity), "\(member.key) \(side)")
        }
        if let last = member.value["last_sequence"]?.number { #expect(UInt64(last) == truth.sequence) }
        // Back at the beginning, behind the seam.
        truth.advance()
        #expect(truth.book == tape.books[member.key]?.start, "\(member.key)")
      }
    }
  }

  @Test(.enabled(if: Recordings.folder != nil)) func checksumsAreTheVenues() throws {
    let tape = try Recordings.tape(.kraken)
    var books = tape.books.mapValues { RecordedBook($0) }
    var compared = 0
    for entry in tape.entries {
      guard case .book(let pair) = entry.content else { continue }
      books[pair]?.advance()
      let parts = try #require(try JSONDocument.parse(bytes: entry.frame.filled { $1 }).array)
      let book = try #require(books[pair]).book
      #expect(parts.compactMap { $0["c"]?.string } == ["\(KrakenChecksum.of(book))"])
      compared += 1
    }
    #expect(compared == 4269)
  }

  @Test func whatCannotBeServedIsTold() {
    let entry = CaptureEntry(
      time: 1, connection: "", isIncoming: true, kind: .response, url: "https://other.test/markets", data: [])
    #expect(throws: TapeFault.self) { try Tape(Capture(name: "other", entries: [entry])) }
    var entries = MadeRecording.capture(.binanceSpot, pairs: ["FTM-USDT"]).entries
    entries.remove(at: 20)
    #expect(throws: TapeFault.self) { try Tape(Capture(name: "hole", entries: entries)) }
  }
}
