import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitMEXConnector

/// A table of price levels, whose rows are named by ids.
@Suite struct BookTests {
  private let harness: ConnectorHarness
  private let stream: pb_id

  init() throws {
    harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    #expect(harness.frames.last?.body == #"{"op":"subscribe","args":["orderBookL2:XBTUSDT"]}"#)
  }

  private func level(_ id: Int, _ side: String, _ size: Int?, _ price: String? = nil) -> String {
    #"{"symbol":"XBTUSDT","id":\#(id),"side":"\#(side)""# + (size.map { ",\"size\":\($0)" } ?? "")
      + (price.map { ",\"price\":\($0)" } ?? "") + "}"
  }

  @discardableResult
  private func send(_ action: String, _ rows: String..., table: String = "orderBookL2") -> Status {
    harness.frame(
      stream, #"{"table":"\#(table)","action":"\#(action)","filter":{"symbol":"XBTUSDT"},"#
        + #""data":[\#(rows.joined(separator: ","))]}"#)
  }

  private func begin() {
    send("partial", level(3, "Sell", 2000, "101.5"), level(2, "Buy", 1000, "100.5"), level(1, "Buy", 5000, "100"))
    harness.forget()
  }

  @Test func aChangeWithoutAPriceIsOfTheLevelOfItsId() throws {
    begin()
    send("update", level(2, "Buy", 3000))
    send("insert", level(4, "Sell", 7000, "101"))
    send("delete", level(1, "Buy", nil))
    #expect(harness.books.map(\.bids) == [[[1005, 3000]], [], [[1000, 0]]])
    #expect(harness.books.map(\.asks) == [[], [[1010, 7000]], []])
    #expect(harness.gaps.isEmpty && harness.faults.isEmpty)
  }

  @Test func aLevelThatChangesItsSideLeavesTheOther() throws {
    begin()
    send("update", level(2, "Sell", 400))
    let book = try #require(harness.books.last)
    #expect(book.bids == [[1005, 0]] && book.asks == [[1005, 400]])
  }

  /// Nothing numbers the changes: one that does not fit the table is all that shows a lost one.
  @Test(arguments: ["update 9", "delete 9", "insert 2", "price 2"]) func whatDoesNotFitTheTableLosesIt(what: String)
    throws
  {
    begin()
    let words = what.split(separator: " ")
    let id = try #require(Int(words[1]))
    let isPrice = words[0] == "price"
    let price = isPrice ? "99" : words[0] == "insert" ? "99.5" : nil
    send(isPrice ? "update" : String(words[0]), level(id, "Buy", 10, price))
    #expect(harness.gaps.map(\.reason) == [.sequence] && harness.books.isEmpty)
    // Only a new subscription brings the table.
    #expect(harness.frames.last?.body == #"{"op":"unsubscribe","args":["orderBookL2:XBTUSDT"]}"#)
    harness.sent(try #require(harness.frames.last).id)
    harness.frame(stream, #"{"success":true,"unsubscribe":"orderBookL2:XBTUSDT","request":{"op":"unsubscribe"}}"#)
    #expect(harness.frames.last?.body == #"{"op":"subscribe","args":["orderBookL2:XBTUSDT"]}"#)
    send("partial", level(8, "Buy", 1, "90"))
    #expect(harness.books.last?.isSnapshot == true)
  }

  @Test func changesBeforeTheTableAreOfNoUse() throws {
    send("update", level(2, "Buy", 3000))
    send("delete", level(2, "Buy", nil))
    #expect(harness.books.isEmpty && harness.gaps.isEmpty)
    send("partial")
    #expect(harness.books.last?.isSnapshot == true && harness.books.last?.bids.isEmpty == true)
  }

  /// Of another table of the same market, such as the best 25, nothing is taken while one is followed.
  @Test func anotherTableOfTheMarketIsLeftAlone() throws {
    begin()
    send("partial", level(2, "Buy", 1, "100.5"), table: "orderBookL2_25")
    send("update", level(2, "Buy", 1), table: "orderBookL2_25")
    #expect(harness.books.isEmpty && harness.gaps.isEmpty)
  }

  @Test func theTenBestComeWhole() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel, $0.depth) = (1, Channels.book.rawValue, 5) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    #expect(harness.frames.last?.body == #"{"op":"subscribe","args":["orderBook10:XBTUSDT"]}"#)
    harness.frame(stream, #"{"success":true,"subscribe":"orderBook10:XBTUSDT","request":{"op":"subscribe"}}"#)
    for size in [1000, 2000] {
      harness.frame(
        stream, #"{"table":"orderBook10","action":"update","data":[{"symbol":"XBTUSDT","bids":[[100,\#(size)]],"#
          + #""asks":[[100.5,3000]],"timestamp":"2025-01-01T00:00:00.000Z"}]}"#)
    }
    #expect(harness.books.map(\.isSnapshot) == [true, true] && harness.books.last?.bids == [[1000, 2000]])
    #expect(harness.faults.isEmpty)
  }

  /// A refusal names what was asked for together; the others are asked for again, one by one or not at all.
  @Test func aRefusedTopicEndsItsChannelAlone() throws {
    let harness = try ready()
    let command = harness.command(.subscribe) {
      ($0.instrument, $0.channel) = (1, Channels.liquidations.rawValue)
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.sent(try #require(harness.frames.last).id)
    harness.frame(
      stream, #"{"status":400,"error":"Unknown or expired symbol.","meta":{},"#
        + #""request":{"op":"subscribe","args":["liquidation:XBTUSDT"]}}"#)
    #expect(harness.refusal(command) == .unknownInstrument)
  }
}
