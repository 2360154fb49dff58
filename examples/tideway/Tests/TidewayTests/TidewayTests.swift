import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import Tideway

/// The layer where the exchange numbers nothing, acknowledges nothing and lists nothing.
@Suite struct TidewayTests {
  private static let second: Int64 = 1_000_000_000

  private func pair(_ name: String) -> String {
    let parts = name.split(separator: "-")
    return """
      {"name":"\(name)","base":"\(parts[0])","quote":"\(parts[1])","status":"open","step":"0.01","lot":"0.1"}
      """
  }

  /// A connector with FOAM-EUR as 1 and KELP-EUR as 2.
  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(TidewaySpot.self, config: #"{"pairs":["FOAM-EUR","GONE-EUR","KELP-EUR"]}"#)
    harness.start(trading: false)
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, pair("FOAM-EUR"))
    harness.reply(
      try #require(harness.requests.last).id, status: 404, #"{"problem":"no_such_pair","detail":"never heard of"}"#)
    harness.reply(try #require(harness.requests.last).id, pair("KELP-EUR"))
    return harness
  }

  private func subscribe(_ harness: ConnectorHarness, _ instrument: pb_id, _ channels: Channels) -> pb_id {
    harness.command(.subscribe) {
      $0.instrument = instrument
      $0.channel = channels.rawValue
    }
  }

  private func open(_ harness: ConnectorHarness) throws -> pb_id {
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    for request in harness.requests where request.stream == stream { harness.sent(request.id) }
    return stream
  }

  private let whole =
    #"{"pair":"FOAM-EUR","type":"whole","at":1,"levels":[["b","1.20","5"],["s","1.21","3"],["b","1.19","1"]]}"#

  @Test func everyPairIsAskedForAndAnUnknownOneIsLeftOut() throws {
    let harness = try ready()
    #expect(harness.requests.map(\.url).map { $0.split(separator: "=").last } == ["FOAM-EUR", "GONE-EUR", "KELP-EUR"])
    #expect(harness.instruments.map(\.symbol) == ["FOAM-EUR", "KELP-EUR"])
    #expect(harness.replies.map(\.outcome) == [.done] && harness.completed.count == 1)
  }

  @Test func aPairThatCannotBeHadEndsTheCommandWithoutHalfAList() throws {
    let harness = try ConnectorHarness(TidewaySpot.self, config: #"{"pairs":["FOAM-EUR","KELP-EUR"]}"#)
    harness.start(trading: false)
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, pair("FOAM-EUR"))
    harness.reply(try #require(harness.requests.last).id, status: 500, "oops")
    #expect(harness.replies.map(\.failure) == [.transient] && harness.instruments.isEmpty)
  }

  @Test func oneTopicServesTwoChannelsAndTheFirstDataIsTheAnswer() throws {
    let harness = try ready()
    let command = subscribe(harness, 1, [.book, .trades])
    let stream = try open(harness)
    #expect(harness.requests.filter { $0.stream == stream }.map(\.body) == [#"{"join":["FOAM-EUR"]}"#])
    #expect(harness.states.isEmpty)
    harness.frame(stream, whole)
    #expect(harness.states.map(\.channels) == [.book] && harness.replies(command).isEmpty)
    harness.frame(stream, #"{"pair":"FOAM-EUR","type":"deal","at":2,"deal":["s","1.20","0.5"],"id":7}"#)
    #expect(harness.states.map(\.channels) == [.book, .trades] && harness.refusal(command) == nil)
    #expect(harness.trades.map(\.id) == ["7"] && harness.trades.map(\.taker) == [.sell])
    // The topic stays as long as one of its channels is wanted.
    harness.forget()
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    #expect(harness.requests.isEmpty)
    harness.run(for: Self.second)
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    #expect(harness.requests.map(\.body) == [#"{"leave":["FOAM-EUR"]}"#])
  }

  @Test func sidesOfAMixedListAreTakenApart() throws {
    let harness = try ready()
    _ = subscribe(harness, 1, .book)
    let stream = try open(harness)
    harness.frame(stream, whole)
    harness.frame(stream, #"{"pair":"FOAM-EUR","type":"change","at":2,"levels":[["s","1.22","4"],["b","1.20","0"]]}"#)
    #expect(harness.books.map(\.bids) == [[[120, 50], [119, 10]], [[120, 0]]])
    #expect(harness.books.map(\.asks) == [[[121, 30]], [[122, 40]]] && harness.gaps.isEmpty)
  }

  @Test func nothingIsABookBeforeTheWholeOne() throws {
    let harness = try ready()
    _ = subscribe(harness, 1, .book)
    let stream = try open(harness)
    harness.frame(stream, #"{"pair":"FOAM-EUR","type":"change","at":2,"levels":[["s","1.22","4"]]}"#)
    #expect(harness.books.isEmpty)
    harness.frame(stream, whole)
    #expect(harness.books.map(\.isSnapshot) == [true])
  }

  @Test func aLevelThatCannotBeReadLosesTheBookAndTheTopicIsTakenAnew() throws {
    let harness = try ready()
    _ = subscribe(harness, 1, .book)
    let stream = try open(harness)
    harness.frame(stream, whole)
    harness.run(for: Self.second)
    harness.forget()
    let odd = #"{"pair":"FOAM-EUR","type":"change","at":2,"levels":[["b","1.205","4"]]}"#
    #expect(harness.frame(stream, odd) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
    let leave = try #require(harness.requests.last)
    #expect(leave.body == #"{"leave":["FOAM-EUR"]}"#)
    // Nobody answers: the new subscription follows when the old one's end has left, at the pace of messages.
    harness.sent(leave.id)
    harness.run(for: Self.second)
    #expect(harness.requests.last?.body == #"{"join":["FOAM-EUR"]}"#)
    harness.frame(stream, whole)
    #expect(harness.books.count == 1)
  }

  @Test func aSnapshotThatDoesNotComeIsAskedForAgain() throws {
    let harness = try ready()
    _ = subscribe(harness, 1, .book)
    _ = try open(harness)
    harness.forget()
    harness.run(for: 9 * Self.second)
    #expect(harness.requests.isEmpty)
    harness.run(for: Self.second)
    #expect(harness.requests.map(\.body) == [#"{"leave":["FOAM-EUR"]}"#])
  }

  @Test func messagesKeepTheirPaceAndTheirSize() throws {
    let harness = try ready()
    _ = subscribe(harness, 1, .book)
    let stream = try open(harness)
    _ = subscribe(harness, 2, .trades)
    #expect(harness.requests.filter { $0.stream == stream }.count == 1)
    harness.run(for: Self.second)
    #expect(harness.requests.filter { $0.stream == stream }.map(\.body).last == #"{"join":["KELP-EUR"]}"#)
    // A cut stream asks for both at once.
    harness.forget()
    harness.closed(stream)
    let again = try open(harness)
    #expect(harness.requests.filter { $0.stream == again }.map(\.body) == [#"{"join":["FOAM-EUR","KELP-EUR"]}"#])
  }

  @Test func aMessageOfNobodyLosesWhatItMayHaveBeenAbout() throws {
    let harness = try ready()
    _ = subscribe(harness, 1, .book)
    let stream = try open(harness)
    harness.frame(stream, whole)
    #expect(harness.frame(stream, #"{"pair":"FOAM-EUR","type"#) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
    #expect(harness.frame(stream, #"{"pair":"ELSE-EUR","type":"deal"}"#) == .unsupported)
    #expect(harness.gaps.count == 1)
  }
}
