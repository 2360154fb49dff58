import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BittrexConnector

@Suite struct FeedTests {
  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BittrexSpot.self)
    harness.start(trading: false)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"symbol":"BTC-USD","baseCurrencySymbol":"BTC","quoteCurrencySymbol":"USD","minTradeSize":"0.00025427",
      "precision":3,"status":"ONLINE"}]
      """)
    return harness
  }

  /// A stream that stands and was subscribed on: its address was asked for first.
  private func subscribed(_ harness: ConnectorHarness, _ channel: Channels) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channel.rawValue) }
    let negotiation = try #require(harness.requests.last)
    #expect(negotiation.url == "https://socket-v3.bittrex.com/signalr/negotiate")
    harness.reply(negotiation.id, #"{"Url":"/signalr","ConnectionToken":"a/b+c==","KeepAliveTimeout":20.0}"#)
    let open = try #require(harness.opens.last)
    #expect(open.url.hasSuffix("&connectionToken=a%2Fb%2Bc%3D%3D"), "\(open.url)")
    harness.opened(open.stream)
    let request = try #require(harness.requests.last)
    harness.sent(request.id)
    harness.frame(open.stream, #"{"R":[{"Success":true,"ErrorCode":null}],"I":"\#(request.id)"}"#)
    return open.stream
  }

  /// One message of the hub. The texts were packed by Python's zlib, without its header, and its base64.
  private func message(_ name: String, _ packed: String) -> String {
    #"{"C":"d-6010,0|o_b","M":[{"H":"C3","M":"\#(name)","A":["\#(packed)"]}]}"#
  }

  @Test func pricesAreFinerThanTheStepOfOrders() throws {
    let instrument = try #require(try ready().instruments.first)
    #expect(instrument.fields.tick.value?.plain == "0.001" && instrument.fields.price_exp == -8)
  }

  /// The number of a book by request stands in a header, and each change has the next one.
  @Test func aBookIsJoinedByTheHeadersNumber() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    let request = try #require(harness.requests.last { $0.stream == 0 })
    #expect(request.url == "https://api.bittrex.com/v3/markets/BTC-USD/orderbook?depth=500")
    // {"marketSymbol":"BTC-USD","depth":500,"sequence":8,"bidDeltas":[{"quantity":"0","rate":"100.5"}],"askDeltas":[]}
    harness.frame(stream, message("orderBook", Self.change8))
    harness.reply(
      request.id, #"{"bid":[{"quantity":"1.5","rate":"100.5"}],"ask":[{"quantity":"2","rate":"101"}]}"#,
      headers: [("sequence", "7")])
    #expect(harness.books.map(\.last) == [7, 8], "\(harness.logs)")
    #expect(harness.books.last?.bids == [[10_050_000_000, 0]])
    // The same with the number 10.
    harness.frame(stream, message("orderBook", Self.change10))
    #expect(harness.gaps.map(\.expected) == [9] && harness.gaps.map(\.got) == [10])
  }

  @Test func aBookWithoutItsNumberIsNone() throws {
    let harness = try ready()
    _ = try subscribed(harness, .book)
    let request = try #require(harness.requests.last { $0.stream == 0 })
    harness.reply(request.id, #"{"bid":[],"ask":[]}"#)
    #expect(harness.books.isEmpty && harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func tradesAreUnpacked() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .trades)
    harness.frame(stream, message("trade", Self.trade))
    let trade = try #require(harness.trades.first, "\(harness.logs)")
    #expect(trade.id == "5bf6" && trade.taker == .sell && trade.price == 1_076_397_000_000)
    #expect(trade.time == 1_601_938_937_490_000_000)
    harness.frame(stream, message("trade", "####"))
    #expect(harness.states.last?.state == .live && harness.states.contains { $0.state == .down })
  }

  // MARK: Unpacking

  private func unpacked(_ packed: String) -> String? {
    // What it gives lies in its own memory.
    let inflater = Inflater()
    return withExtendedLifetime(inflater) {
      Array(packed.utf8).withUnsafeBufferPointer { text in
        inflater.body(text).map { String(decoding: $0, as: UTF8.self) }
      }
    }
  }

  /// Blocks that are stored, with fixed codes, and with codes of their own; matches that reach into themselves.
  @Test func blocksOfAllKindsAreUnpacked() {
    #expect(unpacked(Self.stored) == "stored as it is")
    #expect(unpacked(Self.fixed) == "abababababababababab!")
    #expect(unpacked(Self.dynamic).map { $0 == Self.long } == true)
    #expect(unpacked("AwA=") == "")
  }

  /// Nothing that is cut, turned or made up comes out as a text, and nothing traps.
  @Test func whatIsNoStreamIsRefused() {
    for packed in ["", "AQ==", "AQEA", "AQIA/P8x", "Bw==", "S0w=", "+/v7+/v7", "a b"] {
      #expect(unpacked(packed) == nil, "\(packed)")
    }
    var generator = SeededGenerator(seed: 7)
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for _ in 0..<2000 {
      var bytes = Array(Self.dynamic.utf8)
      for _ in 0..<3 { bytes[generator.below(bytes.count)] = generator.pick(letters) }
      _ = unpacked(String(decoding: bytes.prefix(1 + generator.below(bytes.count)), as: UTF8.self))
    }
  }

  /// A peer says how long a text becomes: what is larger than a host takes for a frame is given up.
  @Test func aTextHasItsBounds() {
    // One zero by a fixed code, then again and again 258 more of it.
    func repeated(_ times: Int) -> String {
      var bits: [UInt8] = [1, 1, 0] + [0, 0, 1, 1, 0, 0, 0, 0]
      for _ in 0..<times { bits += [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] }
      bits += [0, 0, 0, 0, 0, 0, 0]
      while bits.count % 24 != 0 { bits.append(0) }
      // Bytes begin with their lowest bit, letters of base64 with their highest.
      let turned = stride(from: 0, to: bits.count, by: 8).flatMap { bits[$0..<$0 + 8].reversed() }
      let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
      return String(
        stride(from: 0, to: turned.count, by: 6).map { place in
          letters[turned[place..<place + 6].reduce(0) { $0 * 2 + Int($1) }]
        })
    }
    #expect(unpacked(repeated(1000))?.utf8.count == 258_001)
    #expect(unpacked(repeated(66_000)) == nil)
  }

  // MARK: Packed texts

  private static let change8 =
    "Pcs9DkBAEAbQu3z1klFIZEvcAJUoBpMQ/3YUIu5uK/17DxY+J9HiXtpthkVaZkFV5DDoZdcBNiYycHJcsnYCmxi0Y5/LrOxg"
    + "6wfHxauOevtLfp2sXiEiCmO8jQG76dfN+wE="
  private static let change10 =
    "Pcu7DkBAEEbhd/nrJaPQbIk3QCVbDCYh7nYUIt7dVsqTfOfBwuckWt5Lu82wyKo8qssCBr3sOsCmRAZejkvWTmCTUO3YFzIr"
    + "e9jmwXHxqqPeYaawnayBISGKU7zOgP30a/d+"
  private static let trade =
    "Fcq7CoNAEEDRf5laZXZ94XZ5dXZrmoQUqzsB8RHUESLiv2dS3sPdwVPPbgHz3KH1YCCt3xkEQF9qViZ/YjGNGkOFIaaVjg1q"
    + "o/IoKR6yTasbueVNJoyUwOyYJBTmWRwVuQi7jmbb+j/bW1nC8QpgoWmlsRHTSVyoAAY3d8R2G+pPL+O5uoR3e4XjBw=="
  private static let stored =
    "AQ8A8P9zdG9yZWQgYXMgaXQgaXM="
  private static let fixed =
    "S0xKxICKAA=="
  private static let dynamic =
    "FdPJYQMxDATBVCaExQ3kn9g2f35Q9LRK/HR22lhNjXpadaWyVEYoyuVjsvtk38lXl6Pt1mxpvlR7qNKVbYr95McxW1mMqnVT"
    + "2kuthSZcXaaaT7mn/FbhI8+WNedSoXPnD9P0x5xjzjJnmNPMKeYkc0JmrjBdfcw55lDwUeAUZDGHy5aCjwKnID+uYs4yhwKj"
    + "IIo5yZxQHgVGQVCQxxzOcRtz3q5kTqiX/R/7nf1xzFnmDHPYb6VI5gSfc81RYBQ4BbnMGeZQ8FHgFCTXuW4p+CjAYDBoDAqD"
    + "xCAxCAwcA5t3TuxHYBEYBBqBRqAQSAQCAUfAEDAEADgEFoFBYBBoBAqBRCAQCAQcAUMAgEPgPgowGAwag8IgMUgMAgPHwDB4"
    + "BARAsBAMBA1BQ1AQJAQBgUPgEBgECBwEC8FAMBA0BAVBQhD3QEmAwPJdxx4SPhJAGBAahAKhQEgQAgQHwUB4BhRgsBgMBo1B"
    + "Y1AYJAaBgWPgGJi/Hzgf4seGwWIwGDQGhUFiEBgEBo6BYfAIngHPYFEYFBqFQqFQSBQCBUfBUHgIFICwIAwIDUKDUCAkCAGC"
    + "g+AgGAgY3HsFICwIA0KDUCAkCAFCgODxSt8Xwv8gAYVFYVBoFAqFQiFRCBQcBUPB3kMgAYVFYVBoFBqFQiFRCBT83jESUADh"
    + "3jtAYVEYFBqFQiFRSBQCBUfBUHgIKBwMC8PA0DAUDAVDwhAwOAwGg72nQAMMC8PA8AM="
  private static let long = (0..<300).map { "\($0 * 7919 % 1000) " }.joined()
}
