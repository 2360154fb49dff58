import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KuCoinConnector

@Suite struct StreamTests {
  @Test func aStreamIsOpenedWhereTheExchangeSaysAndSpokenToWhenItHasWelcomed() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels([.book, .trades]).rawValue
    }
    let question = try #require(harness.requests.last)
    #expect(question.url == "https://api.kucoin.com/api/v1/bullet-public" && harness.opens.isEmpty)
    harness.reply(question.id, address("wss://push.kucoin.com/endpoint", ping: 20_000))
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://push.kucoin.com/endpoint?token=t%2F1%3D%3D&connectId=\(open.stream)")
    harness.opened(open.stream)
    #expect(!harness.requests.contains { $0.stream == open.stream }, "it is available when it has welcomed us")
    harness.frame(open.stream, #"{"id":"1","type":"welcome"}"#)
    let said = harness.requests.filter { $0.stream == open.stream }
    #expect(said.count == 2 && said.allSatisfy { $0.body.contains(#""type":"subscribe""#) })
    #expect(said[0].body.contains(#""topic":"/market/level2:BTC-USDT","privateChannel":false,"response":true"#))
    harness.forget()
    harness.run(for: 41_000_000_000)
    #expect(harness.requests.filter { $0.body == #"{"id":"ping","type":"ping"}"# }.count == 2, "as often as it says")
    #expect(harness.frame(open.stream, #"{"id":"ping","type":"pong"}"#) == .ok)
  }

  @Test func aNewTokenIsAskedForAtEachReconnect() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.forget()
    harness.closed(stream, code: 1006)
    #expect(harness.requests.map(\.url) == ["https://api.kucoin.com/api/v1/bullet-public"] && harness.opens.isEmpty)
    harness.reply(try #require(harness.requests.last).id, address(token: "second"))
    #expect(harness.opens.last?.url.contains("token=second") == true)
  }

  @Test(arguments: [
    (429, #"{"code":"429000","msg":"Too Many Requests"}"#), (200, #"{"code":"200000","data":{"token":"t"}}"#),
    (200, #"{"code":"200000","data":{"token":"t","instanceServers":[{"endpoint":"http://a.b/"}]}}"#), (200, "{"),
  ])
  func anAddressThatIsNotToldIsAskedForAfterGrowingPauses(_ status: Int, _ body: String) throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.trades.rawValue
    }
    for second in [1, 2, 4] as [Int64] {
      harness.reply(try #require(harness.requests.last).id, status: status, body)
      let asked = harness.requests.count
      harness.run(for: second * 1_000_000_000 - 1)
      #expect(harness.requests.count == asked)
      harness.run(for: 1)
      #expect(harness.requests.count == asked + 1)
    }
    _ = try opened(harness)
  }

  @Test func aStreamWithoutAWelcomeIsSpokenToInTime() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.trades.rawValue
    }
    harness.reply(try #require(harness.requests.last).id, address())
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.run(for: 5_000_000_000)
    #expect(harness.requests.filter { $0.stream == stream }.count == 1)
  }

  @Test func symbolsOfAChannelShareAMessageAndAreRefusedOneByOne() throws {
    let harness = try ready()
    for instrument in [1, 2] as [pb_id] {
      harness.command(.subscribe) {
        $0.instrument = instrument
        $0.channel = Channels.trades.rawValue
      }
    }
    let stream = try opened(harness)
    let message = try #require(harness.requests.last)
    #expect(message.body.contains(#""topic":"/market/match:BTC-USDT,ETH-USDT""#))
    harness.sent(message.id)
    harness.frame(stream, #"{"id":"\#(message.id)","type":"error","code":404,"data":"topic is not found"}"#)
    let single = harness.requests.filter { $0.stream == stream }.suffix(2)
    #expect(single.map { $0.body.contains("BTC-USDT,") } == [false, false])
    for (request, answer) in zip(single, [#""ack""#, #""error","code":404,"data":"topic is not found""#]) {
      harness.frame(stream, #"{"id":"\#(request.id)","type":\#(answer)}"#)
    }
    #expect(harness.replies.map(\.outcome) == [.done, .refused])
    #expect(harness.replies.last?.failure == .unknownInstrument)
  }
}
