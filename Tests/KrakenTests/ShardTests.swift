import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KrakenConnector

/// Many pairs: spread over connections.
struct ShardTests {
  @Test func aConnectionThatIsFullIsFollowedByAnother() throws {
    let harness = try ConnectorHarness(KrakenSpot.self, config: "{}")
    harness.start(trading: false)
    harness.command(.instruments)
    let pairs = (100..<220).map { number in
      """
      "X\(number)USD":{"altname":"X\(number)USD","wsname":"X\(number)/USD","base":"X\(number)","quote":"ZUSD",
       "pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"ordermin":"1","tick_size":"0.1","status":"online"}
      """
    }
    harness.reply(harness.requests.last?.id ?? 0, "{\"error\":[],\"result\":{\(pairs.joined(separator: ","))}}")
    #expect(harness.instruments.count == 120)
    harness.forget()
    // Three channels of 120 markets are 360 topics; a connection takes 300.
    for instrument in 1...120 as ClosedRange<pb_id> {
      harness.command(.subscribe) {
        $0.instrument = instrument
        $0.channel = (Channels.book.union(.trades).union(.ticker)).rawValue
      }
    }
    let streams = harness.opens.map(\.stream)
    try #require(streams.count == 2)
    for stream in streams { harness.opened(stream) }
    func asked(_ stream: pb_id) -> Int {
      harness.requests.filter { $0.stream == stream && $0.body.contains("\"symbol\":") }.reduce(0) { sum, request in
        sum + request.body.split(separator: "\"").count { $0.hasSuffix("/USD") }
      }
    }
    #expect(asked(streams[0]) == 300 && asked(streams[1]) == 60)
    // A lost connection comes back with its own topics.
    harness.forget()
    harness.closed(streams[1])
    let again = try #require(harness.opens.first).stream
    harness.opened(again)
    #expect(harness.opens.count == 1 && asked(again) == 60 && asked(streams[0]) == 0)
  }
}
