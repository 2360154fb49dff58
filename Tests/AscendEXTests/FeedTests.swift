import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import AscendEXConnector

@Suite struct FeedTests {
  /// A connector with one instrument, BTC/USDT; a contract of the list is left out.
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(AscendEXSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"code":0,"data":[{"symbol":"BTC/USDT","baseAsset":"BTC","quoteAsset":"USDT","status":"Normal","tickSize":"0.01",
      "lotSize":"0.00001","minNotional":"5","maxNotional":"400000"},
      {"symbol":"BTC-PERP","status":"Normal","tickSize":"1","lotSize":"0.0001"}]}
      """)
    #expect(harness.instruments.map(\.symbol) == ["BTC/USDT"])
    harness.forget()
    return harness
  }

  private func depth(_ kind: String, _ number: Int) -> String {
    #"{"m":"\#(kind)","symbol":"BTC/USDT","data":{"ts":1,"seqnum":\#(number),"asks":[],"bids":[["1.5","2"]]}}"#
      .replacing("\"ts\":1,", with: "\"ts\":1618677609116,")
  }

  @Test func theBookIsAskedForOnItsOwnStreamAndJoined() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    let asked = try #require(harness.requests.last { $0.body.contains("depth-snapshot") })
    #expect(asked.body.hasPrefix(#"{"op":"req","id":""#) && asked.stream == stream)
    harness.sent(asked.id)
    for number in [9, 10, 11] { harness.frame(stream, depth("depth", number)) }
    #expect(harness.books.isEmpty)
    harness.frame(stream, depth("depth-snapshot", 10))
    #expect(harness.books.map(\.isSnapshot) == [true, false], "what it holds already is left out")
    harness.frame(stream, depth("depth", 13))
    #expect(harness.gaps.map(\.reason) == [.sequence])
  }

  @Test func aBuyerThatRestedWasSoldTo() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    harness.frame(
      stream,
      """
      {"m":"trades","symbol":"BTC/USDT","data":[{"p":"51297.85","q":"0.03","ts":1616716801842,"bm":true,"seqnum":7},
      {"p":"51299.54","q":"0.00457","ts":1616716801928,"bm":false,"seqnum":8}]}
      """)
    #expect(harness.trades.map(\.taker) == [.sell, .buy])
  }

  @Test func aPingIsAnswered() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.ticker)
    harness.forget()
    harness.frame(stream, #"{"m":"ping","hp":3}"#)
    #expect(harness.requests.map(\.body) == [#"{"op":"pong"}"#])
  }

  @Test func theAccountsGroupStandsInThePath() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.command(.balances) { $0.account = 7 }
    let info = try #require(harness.requests.last)
    #expect(info.url == "https://ascendex.com/api/pro/v1/info")
    harness.reply(info.id, #"{"code":0,"data":{"accountGroup":4}}"#)
    let asked = try #require(harness.requests.last)
    #expect(asked.url == "https://ascendex.com/4/api/pro/v1/cash/balance" && asked.permission == "balance")
    let sign = "<time_ms bytes(+balance) concat(2) field(secret_key) hmac_sha256 base64>"
    #expect(asked.headers.contains("x-auth-signature: \(sign)"), "\(asked.headers)")
    // A group that is none is not put into a path.
    let other = try ready(trading: true)
    other.account(7)
    let command = other.command(.balances) { $0.account = 7 }
    other.reply(try #require(other.requests.last).id, #"{"code":0,"data":{"accountGroup":"4/../x"}}"#)
    #expect(other.refusal(command) != nil)
  }

  @Test func anOrderWithoutTheExchangesIdCannotBeNamed() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.command(.balances) { $0.account = 7 }
    harness.reply(try #require(harness.requests.last).id, #"{"code":0,"data":{"accountGroup":4}}"#)
    let command = harness.command(.cancel, client: "a1") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    #expect(harness.refusal(command) == .unsupported)
  }
}
