import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BinanceConnector

/// Many pairs: spread over connections, and asked for in messages that the venue takes.
struct ShardTests {
  private let second: Int64 = 1_000_000_000

  /// A connector that knows so many markets: 1 is S0001USDT, and so on.
  private func connector(_ count: Int) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BinanceSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    let symbols = (1...count).map { number in
      let base = "S" + String(String(10_000 + number).dropFirst())
      return symbolEntry(base + "USDT", base, "USDT", tick: "0.01", lot: "0.001")
    }
    harness.reply(harness.requests.last?.id ?? 0, "{\"symbols\":[\(symbols.joined(separator: ","))]}")
    harness.forget()
    return harness
  }

  private func subscribe(_ harness: ConnectorHarness, _ instruments: ClosedRange<pb_id>, _ channels: Channels) {
    for instrument in instruments {
      harness.command(.subscribe) {
        $0.instrument = instrument
        $0.channel = channels.rawValue
      }
    }
  }

  /// The names of the streams in a message.
  private func topics(_ frame: String) -> [String] {
    frame.split(separator: "\"").map(String.init).filter { $0.contains("@") }
  }

  @Test func aConnectionThatIsFullIsFollowedByAnother() throws {
    let harness = try connector(400)
    // Three channels of 400 markets are 1200 streams; a connection takes 1000.
    subscribe(harness, 1...400, [.book, .trades, .ticker])
    #expect(harness.opens.count == 2)
    let streams = harness.opens.map(\.stream)
    for stream in streams { harness.opened(stream) }
    harness.run(for: 60 * second)
    func asked(_ stream: pb_id) -> [String] {
      harness.requests.filter { $0.stream == stream }.flatMap { topics($0.body) }
    }
    #expect(asked(streams[0]).count == 1000 && asked(streams[1]).count == 200)
    #expect(Set(asked(streams[0]) + asked(streams[1])).count == 1200, "each once")
    // What one gives up makes room for the next.
    harness.forget()
    _ = harness.unsubscribe(1, [.book, .trades, .ticker])
    harness.run(for: second)
    subscribe(harness, 1...1, .trades)
    harness.run(for: second)
    #expect(harness.opens.isEmpty)
    let frames = harness.requests.filter { $0.stream != 0 }
    #expect(frames.map(\.stream) == [streams[0], streams[0]])
    #expect(frames.map { $0.body.contains("UNSUBSCRIBE") } == [true, false])
  }

  @Test func messagesAreSmallAndNotTooOften() throws {
    let harness = try connector(400)
    subscribe(harness, 1...300, [.book, .trades, .ticker])
    harness.opened(try #require(harness.opens.last).stream)
    var asked: [String] = []
    var longest = 0
    var most = 0
    for _ in 0..<20 {
      let frames = harness.frames
      harness.forget()
      most = max(most, frames.count)
      longest = max(longest, frames.map(\.utf8.count).max() ?? 0)
      asked += frames.flatMap(topics)
      harness.run(for: second)
    }
    #expect(longest <= 4088 && longest > 3000, "\(longest) bytes")
    #expect(most <= 5, "five messages a second are the limit")
    #expect(asked.count == 900 && Set(asked).count == 900)
  }

  @Test func aLostConnectionComesBackWithItsOwnStreams() throws {
    let harness = try connector(400)
    subscribe(harness, 1...400, [.book, .trades, .ticker])
    let streams = harness.opens.map(\.stream)
    for stream in streams { harness.opened(stream) }
    harness.run(for: 60 * second)
    harness.forget()
    harness.closed(streams[1])
    #expect(harness.opens.count == 1 && !streams.contains(harness.opens[0].stream))
    harness.opened(harness.opens[0].stream)
    harness.run(for: 10 * second)
    #expect(harness.frames.flatMap(topics).count == 200, "the other connection is left alone")
  }
}
