import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KrakenConnector

@Suite struct BookTests {
  /// The worked example of "Book checksum (WebSocket v2)".
  static let documentedAsks: [[Int64]] = [
    [452_852, 100_000], [452_864, 154_571_953], [452_866, 154_571_109], [452_896, 154_560_911], [452_902, 15_890_660],
    [452_918, 154_553_491], [452_947, 4_454_749], [452_961, 35_380_000], [452_975, 9_945_542], [452_995, 18_772_827],
  ]
  static let documentedBids: [[Int64]] = [
    [452_835, 10_000_000], [452_834, 154_582_015], [452_821, 10_000_000], [452_810, 10_000_000], [452_803, 154_592_586],
    [452_790, 7_990_000], [452_776, 3_310_103], [452_775, 30_000_000], [452_773, 154_602_737], [452_766, 15_445_238],
  ]

  static func documentedBook() -> VenueBook {
    var book = VenueBook(depth: 10)
    for level in documentedAsks { book.set(level[0], level[1], isBid: false) }
    for level in documentedBids { book.set(level[0], level[1], isBid: true) }
    return book
  }

  @Test func theDocumentedChecksumOfVersion2IsAccepted() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    harness.forget()
    #expect(harness.frame(stream, BookTests.documentedBook().snapshotV2("BTC/USD", checksum: 3_310_070_434)) == .ok)
    #expect(harness.books.count == 1 && harness.gaps.isEmpty && harness.faults.isEmpty)
    #expect(harness.books[0].isSnapshot && harness.books[0].bids == BookTests.documentedBids)
    #expect(harness.books[0].asks == BookTests.documentedAsks)
    #expect(harness.all(PB_EV_BOOK, pb_book.self)[0].fields.depth == 10)
  }

  @Test func aWrongChecksumNeverBecomesABook() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    harness.forget()
    harness.frame(stream, BookTests.documentedBook().snapshotV2("BTC/USD", checksum: 3_310_070_435))
    #expect(harness.books.isEmpty)
    #expect(harness.requests.map(\.body).contains { $0.contains("\"method\":\"unsubscribe\"")
      && $0.contains("BTC/USD") })
    #expect(harness.gaps.map(\.reason) == [.checksum], "why there is no book is said")
  }

  /// The worked example of "Book checksum (WebSocket v1)": the tenth levels come as an update in two payloads.
  @Test func theDocumentedChecksumOfVersion1IsAccepted() throws {
    let harness = try ready("{\"version\":\"v1\"}")
    let stream = try subscribed(harness, 3, .book)
    let asks = ["0.05005", "0.05010", "0.05015", "0.05020", "0.05025", "0.05030", "0.05035", "0.05040", "0.05045"]
      .map { "[\"\($0)\",\"0.00000500\",\"1582905487.684110\"]" }
    let bids = ["0.05000", "0.04995", "0.04990", "0.04980", "0.04975", "0.04970", "0.04965", "0.04960", "0.04955"]
      .map { "[\"\($0)\",\"0.00000500\",\"1582905487.684110\"]" }
    harness.forget()
    let snapshot = "[0,{\"as\":[\(asks.joined(separator: ","))],\"bs\":[\(bids.joined(separator: ","))]},\"book-10\","
      + "\"ETH/XBT\"]"
    #expect(harness.frame(stream, snapshot) == .ok)
    let update = """
      [0,{"a":[["0.05050","0.00000500","1582905488.000001"]]},{"b":[["0.04950","0.00000500","1582905487.999999","r"]],\
      "c":"974947235"},"book-10","ETH/XBT"]
      """
    #expect(harness.frame(stream, update) == .ok)
    #expect(harness.gaps.isEmpty && harness.faults.isEmpty)
    #expect(harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books[1].asks == [[5050, 500]] && harness.books[1].bids == [[4950, 500]])
    #expect(harness.books[1].time == 1_582_905_488_000_001_000)
  }

  /// Version 1 writes more decimals than the pair has; they are under the checksum and change no value.
  @Test func versionOnesPaddedPricesAreExact() throws {
    let harness = try ready("{\"version\":\"v1\"}")
    let stream = try subscribed(harness, 1, .book)
    harness.forget()
    harness.frame(
      stream,
      "[336,{\"as\":[[\"5541.30000\",\"2.50700000\",\"1534614248.123678\"]],\"bs\":[[\"5541.20000\",\"1.52900000\","
        + "\"1534614248.765567\"]]},\"book-10\",\"XBT/USD\"]")
    let text = "554130000" + "250700000" + "554120000" + "100000000"
    harness.frame(
      stream,
      "[336,{\"b\":[[\"5541.20000\",\"1.00000000\",\"1534614249.0\"]],\"c\":\"\(slowCRC(text))\"},\"book-10\","
        + "\"XBT/USD\"]")
    #expect(harness.gaps.isEmpty && harness.books.count == 2)
    #expect(harness.books[1].bids == [[55412, 100_000_000]])
    // A price that is no multiple of the pair's decimals cannot be known exactly: the book is lost rather than rounded.
    harness.forget()
    #expect(
      harness.frame(
        stream, "[336,{\"b\":[[\"5541.25000\",\"1.00000000\",\"1534614249.0\"]],\"c\":\"1\"},\"book-10\","
          + "\"XBT/USD\"]") == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test(arguments: [1, 2, 3]) func anyRunOfUpdatesGivesTheVenuesBook(seed: UInt64) throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book, depth: 25)
    var random = SeededGenerator(seed: seed)
    var book = VenueBook(depth: 25)
    for step in 0..<25 {
      book.set(500_000 - Int64(step), 100 + Int64(step), isBid: true)
      book.set(500_001 + Int64(step), 100 + Int64(step), isBid: false)
    }
    harness.forget()
    harness.frame(stream, book.snapshotV2("BTC/USD"))
    var host = HostBook()
    for _ in 0..<400 {
      var bids: [[Int64]] = []
      var asks: [[Int64]] = []
      for _ in 0...random.below(3) {
        let isBid = random.oneIn(2)
        let quantity = random.oneIn(3) ? 0 : Int64(random.below(1_000_000_000) + 1)
        let price = isBid ? 500_000 - Int64(random.below(40)) : 500_001 + Int64(random.below(40))
        book.set(price, quantity, isBid: isBid)
        if isBid { bids.append([price, quantity]) } else { asks.append([price, quantity]) }
      }
      book.trim()
      #expect(harness.frame(stream, book.updateV2("BTC/USD", bids: bids, asks: asks)) == .ok)
      #expect(harness.faults.isEmpty)
      host.apply(harness)
      try #require(host.book == book)
    }
  }

  @Test func levelsThatFallOutAreForgotten() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    var book = BookTests.documentedBook()
    harness.frame(stream, book.snapshotV2("BTC/USD"))
    // A better bid pushes the tenth out; when it goes again, the venue sends the tenth anew.
    book.set(452_840, 5, isBid: true)
    book.trim()
    harness.frame(stream, book.updateV2("BTC/USD", bids: [[452_840, 5]], asks: []))
    book.set(452_840, 0, isBid: true)
    book.set(452_766, 77, isBid: true)
    harness.forget()
    harness.frame(stream, book.updateV2("BTC/USD", bids: [[452_840, 0], [452_766, 77]], asks: []))
    #expect(harness.gaps.isEmpty && harness.books.count == 1)
  }

  @Test func aLostUpdateIsAGapOfThatPairAlone() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    harness.command(.subscribe) { $0.instrument = 2; $0.channel = Channels.book.rawValue; $0.depth = 10 }
    var book = BookTests.documentedBook()
    let other = VenueBook(depth: 10, priceDecimals: 7)
    harness.frame(stream, book.snapshotV2("BTC/USD"))
    harness.frame(stream, other.snapshotV2("DOGE/USD"))
    book.set(452_835, 1, isBid: true)
    harness.forget()
    book.set(452_852, 9, isBid: false)
    harness.frame(stream, book.updateV2("BTC/USD", bids: [], asks: [[452_852, 9]]))
    #expect(harness.gaps.map(\.instrument) == [1] && harness.gaps.map(\.reason) == [.checksum])
    #expect(harness.books.isEmpty)
    let give = try #require(harness.requests.last)
    #expect(give.body == "{\"method\":\"unsubscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\"],"
      + "\"depth\":10},\"req_id\":\(give.id)}")

    // What still comes of the old subscription is of no use; the other pair goes on.
    harness.forget()
    harness.frame(stream, book.updateV2("BTC/USD", bids: [], asks: [[452_852, 9]]))
    harness.frame(stream, other.updateV2("DOGE/USD", bids: [], asks: []))
    #expect(harness.books.map(\.instrument) == [2] && harness.gaps.isEmpty)

    harness.forget()
    harness.frame(stream, "{\"method\":\"unsubscribe\",\"result\":{\"channel\":\"book\",\"depth\":10,"
      + "\"symbol\":\"BTC/USD\"},\"success\":true,\"req_id\":\(give.id)}")
    let take = try #require(harness.requests.last)
    #expect(take.body.hasPrefix("{\"method\":\"subscribe\"") && take.body.contains("[\"BTC/USD\"],\"depth\":10"))
    harness.frame(stream, book.snapshotV2("BTC/USD"))
    #expect(harness.books.map(\.instrument) == [1] && harness.timers.isEmpty)
  }

  @Test func aResyncThatIsNotAnsweredIsAskedForAgain() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    harness.frame(stream, BookTests.documentedBook().snapshotV2("BTC/USD"))
    harness.forget()
    let command = harness.command(.resync) { $0.instrument = 1; $0.channel = Channels.book.rawValue }
    #expect(harness.refusal(command) == nil && harness.gaps.map(\.reason) == [.command])
    #expect(harness.requests.count == 1)
    harness.forget()
    harness.run(for: 10_000_000_000)
    #expect(harness.requests.count == 1 && harness.requests[0].body.contains("unsubscribe"))
  }

  @Test func onePriceTwiceInAMessageCountsOnce() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    var book = BookTests.documentedBook()
    harness.frame(stream, book.snapshotV2("BTC/USD"))
    book.set(452_835, 42, isBid: true)
    harness.forget()
    harness.frame(stream, book.updateV2("BTC/USD", bids: [[452_835, 0], [452_834, 0], [452_835, 42], [452_834,
      154_582_015]], asks: []))
    #expect(harness.gaps.isEmpty && harness.faults.isEmpty)
    #expect(harness.books.map(\.bids) == [[[452_835, 42], [452_834, 154_582_015]]])
  }

  @Test func keysMayComeInAnyOrder() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    harness.frame(stream, BookTests.documentedBook().snapshotV2("BTC/USD"))
    var book = BookTests.documentedBook()
    book.set(452_835, 1, isBid: true)
    book.set(452_852, 0, isBid: false)
    let checksum = book.checksum
    harness.forget()
    let frame = """
      { "data" : [ { "checksum" : \(checksum), "asks" : [ { "qty" : 0, "price" : 45285.2 } ], "bids" : [ { "qty" : 1E-8,
       "price" : 45283.5 } ], "timestamp" : "2023-10-06T17:35:55Z", "symbol" : "BTC/USD" } ], "type" : "update" ,
       "channel" : "book" }
      """
    #expect(harness.frame(stream, frame) == .ok)
    #expect(harness.books.map(\.bids) == [[[452_835, 1]]] && harness.books.map(\.asks) == [[[452_852, 0]]])
    #expect(harness.books.first?.time == 1_696_613_755_000_000_000)
  }

  /// The instrument channel may give another precision than AssetPairs: then its digits are those under the checksum.
  @Test func theChecksumUsesThePrecisionOfTheInstrumentChannel() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .book)
    #expect(harness.requests.contains { $0.body.contains("\"channel\":\"instrument\"") })
    harness.frame(
      stream,
      "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"assets\":[{\"id\":\"USD\"}],"
        + "\"pairs\":[{\"symbol\":\"BTC/USD\",\"status\":\"reduce_only\",\"price_precision\":2,\"qty_precision\":8,"
        + "\"qty_increment\":1e-08}]}}")
    #expect(harness.instruments.map { Int($0.fields.state) } == [PB_INSTRUMENT_REDUCE_ONLY])
    harness.forget()
    let checksum = slowCRC("4528520" + "100000" + "4528350" + "10000000")
    harness.frame(
      stream,
      "{\"channel\":\"book\",\"type\":\"snapshot\",\"data\":[{\"symbol\":\"BTC/USD\",\"bids\":[{\"price\":45283.5,"
        + "\"qty\":0.1}],\"asks\":[{\"price\":45285.2,\"qty\":0.001}],\"checksum\":\(checksum)}]}")
    #expect(harness.books.count == 1)
  }

  /// A book of ten levels lies wholly under its checksum. So whatever one byte of an update becomes: after the next
  /// update the book is the venue's, or the connector has said that it is not.
  @Test(arguments: [11, 12, 13, 14]) func noMutationGivesAWrongBook(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<120 {
      let harness = try ready()
      let stream = try subscribed(harness, 1, .book)
      var book = BookTests.documentedBook()
      harness.forget()
      harness.frame(stream, book.snapshotV2("BTC/USD"))
      book.set(452_835, Int64(random.below(1000) + 1), isBid: true)
      book.set(452_864, Int64(random.below(1000) + 1), isBid: false)
      let frame = book.updateV2("BTC/USD", bids: [[452_835, book.bids[452_835] ?? 0]], asks: [[452_864,
        book.asks[452_864] ?? 0]])
      harness.frame(stream, mutated(frame, &random))
      book.set(452_834, 5, isBid: true)
      harness.frame(stream, book.updateV2("BTC/USD", bids: [[452_834, 5]], asks: []))
      #expect(harness.faults.isEmpty)
      var host = HostBook()
      host.apply(harness)
      if let built = host.book { #expect(built == book, "seed \(seed)") }
    }
  }

  @Test(arguments: [21, 22, 23, 24]) func noMutationOfVersion1GivesAWrongBook(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<120 {
      let harness = try ready("{\"version\":\"v1\"}")
      let stream = try subscribed(harness, 1, .book)
      harness.forget()
      harness.frame(stream, "[1,{\"as\":[[\"100.20000\",\"2.00000000\",\"1.5\"]],\"bs\":[[\"100.10000\","
        + "\"1.00000000\",\"1.5\"]]},\"book-10\",\"XBT/USD\"]")
      let first = slowCRC("10020000" + "200000000" + "10010000" + "300000000")
      let frame = "[1,{\"b\":[[\"100.10000\",\"3.00000000\",\"2.5\"]],\"c\":\"\(first)\"},\"book-10\",\"XBT/USD\"]"
      let bytes = mutated(frame, &random)
      harness.frame(stream, bytes)
      let second = slowCRC("10020000" + "400000000" + "10010000" + "300000000")
      harness.frame(stream, "[1,{\"a\":[[\"100.20000\",\"4.00000000\",\"3.5\"]],\"c\":\"\(second)\"},\"book-10\","
        + "\"XBT/USD\"]")
      #expect(harness.faults.isEmpty)
      var host = HostBook()
      host.apply(harness)
      if let built = host.book {
        #expect(built.sortedBids == [[1001, 300_000_000]]
          && built.sortedAsks == [[1002, 400_000_000]], "\(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }

  /// One byte changed, taken out or doubled, or the end cut off.
  private func mutated(_ frame: String, _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(frame.utf8)
    let place = random.below(bytes.count)
    switch random.below(4) {
    case 0: bytes[place] = UInt8(random.below(256))
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(bytes[place], at: place)
    default: bytes.removeLast(bytes.count - place)
    }
    return bytes
  }
}
