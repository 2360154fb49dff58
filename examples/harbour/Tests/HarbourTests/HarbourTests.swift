import ConnectorKit
import ConnectorTestKit
import Testing

@testable import Harbour

/// The connector in a host in miniature, up to the point where its feed is open and subscribed.
private final class Harness {
  let host: ConnectorHarness
  let subscribe: UInt64

  init() throws {
    host = try ConnectorHarness(HarbourSpot.self)
    host.start(trading: false)
    host.command(.instruments)
    host.reply(host.requests[0].id, """
      {"markets": [{"symbol": "SALT-USD", "base": "SALT", "quote": "USD", "tick": "0.01", "lot": "0.001"}]}
      """)
    subscribe = host.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.book.union(.trades).rawValue
    }
    host.opened(host.opens[0].stream)
  }

  @discardableResult
  func book(_ type: String, _ sequence: Int, bids: String = "[]", asks: String = "[]") -> Status {
    host.frame(host.opens.last?.stream ?? 0, """
      {"type": "\(type)", "market": "SALT-USD", "seq": \(sequence), "time": 5, "bids": \(bids), "asks": \(asks)}
      """)
  }

  /// The frames sent since the last `forget`.
  var frames: [String] { host.requests.filter { $0.stream != 0 }.map(\.body) }
}

@Suite struct HarbourTests {
  @Test func asksForWhatIsWanted() throws {
    let harness = try Harness()
    #expect(harness.host.requests[0].url == "https://api.harbour.example/v1/markets")
    #expect(harness.host.opens.map(\.url) == ["wss://feed.harbour.example/v1/feed"])
    #expect(harness.frames == [#"{"op":"subscribe","id":2,"topics":["book:SALT-USD","trades:SALT-USD"]}"#])
    #expect(harness.host.replies(harness.subscribe).isEmpty)
    harness.host.frame(1, #"{"type": "subscribed", "id": 2}"#)
    #expect(harness.host.replies(harness.subscribe).map(\.outcome) == [.done])
    #expect(harness.host.faults.isEmpty)
  }

  @Test func keepsTheBook() throws {
    let harness = try Harness()
    harness.book("snapshot", 7, bids: #"[["9.99", "1.5"]]"#, asks: #"[["10.01", "2"]]"#)
    harness.book("update", 8, bids: #"[["9.99", "0"], ["9.98", "3"]]"#)
    #expect(harness.host.books.map(\.isSnapshot) == [true, false])
    #expect(harness.host.books[0].bids == [[999, 1500]] && harness.host.books[0].asks == [[1001, 2000]])
    #expect(harness.host.books[1].bids == [[999, 0], [998, 3000]] && harness.host.books[1].last == 8)
    #expect(harness.host.gaps.isEmpty)
  }

  @Test func noticesALostUpdateAndAsksAgain() throws {
    let harness = try Harness()
    harness.book("snapshot", 7)
    harness.host.forget()
    harness.book("update", 9, bids: #"[["9.98", "3"]]"#)
    #expect(harness.host.gaps.map(\.expected) == [8] && harness.host.gaps.map(\.got) == [9])
    #expect(harness.frames.count == 1 && harness.host.books.isEmpty)
    harness.book("update", 10)
    #expect(harness.host.books.isEmpty, "no update is told before the new snapshot")
    harness.book("snapshot", 12)
    harness.book("update", 13)
    #expect(harness.host.books.map(\.last) == [12, 13])
  }

  @Test func aBrokenLevelIsALostUpdate() throws {
    let harness = try Harness()
    harness.book("snapshot", 7)
    // Finer than the tick: to round it would be to invent a price.
    #expect(harness.book("update", 8, bids: #"[["9.985", "3"]]"#) == .parse)
    #expect(harness.host.gaps.map(\.reason) == [.malformed])
    #expect(harness.host.books.count == 1)
  }

  @Test func aCutStreamIsOpenedAgain() throws {
    let harness = try Harness()
    harness.book("snapshot", 7)
    harness.host.forget()
    harness.host.closed(1, reason: "cut")
    #expect(harness.host.gaps.map(\.reason) == [.closed])
    #expect(harness.host.states.map(\.state) == [.down])
    #expect(harness.host.opens.map(\.stream) == [2])
    harness.host.opened(2)
    #expect(harness.frames.count == 1)
    harness.book("snapshot", 1)
    #expect(harness.host.books.map(\.last) == [1])
    #expect(harness.host.states.last?.state == .live)
  }

  @Test func aRefusedTopicRefusesTheCommand() throws {
    let harness = try Harness()
    harness.host.frame(1, #"{"type": "error", "id": 2, "text": "too many topics"}"#)
    #expect(harness.host.replies(harness.subscribe).map(\.text) == ["too many topics"])
    #expect(harness.book("snapshot", 7) == .ok)
    #expect(harness.host.books.isEmpty)
  }
}
