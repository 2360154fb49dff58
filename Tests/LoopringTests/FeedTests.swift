import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import LoopringConnector

@Suite struct FeedTests {
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(LoopringSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"type":"ETH","tokenId":0,"symbol":"ETH","decimals":18},
      {"type":"ERC20","tokenId":2,"symbol":"USDT","decimals":6}]
      """)
    let markets = try #require(harness.requests.last)
    #expect(markets.url == "https://api3.loopring.io/api/v3/mix/markets")
    harness.reply(
      markets.id,
      """
      {"markets":[{"market":"ETH-USDT","baseTokenId":0,"quoteTokenId":2,"precisionForPrice":2,"enabled":true},
      {"market":"LRC-ETH","baseTokenId":1,"quoteTokenId":0,"precisionForPrice":6,"enabled":true}]}
      """)
    return harness
  }

  /// The key of a stream is asked for; a token that nobody listed leaves its market out.
  private func stream(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    harness.reply(try #require(harness.requests.last).id, #"{"key":"abc"}"#)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://ws.api3.loopring.io/v3/ws?wsApiKey=abc")
    harness.opened(open.stream)
    for request in harness.requests where request.stream == open.stream { harness.sent(request.id) }
    return open.stream
  }

  @Test func quantitiesAreSmallestUnits() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.symbol) == ["ETH-USDT"])
    let stream = try stream(harness, .book)
    let depth = try #require(harness.requests.last { $0.stream == 0 })
    #expect(depth.url.hasPrefix("https://api3.loopring.io/api/v3/depth?market=ETH-USDT&level=0"))
    harness.reply(
      depth.id,
      """
      {"version":"7","timestamp":1584717910000,"market":"ETH-USDT","bids":[["295.97","1500000000000000001","0","4"]],
      "asks":[["298.97","250000000000000000000000","0","2"]]}
      """)
    let whole = try #require(harness.books.first)
    // A price has twelve places, a quantity nine.
    #expect(whole.bids == [[295_970_000_000_000, 1_500_000_000]])
    #expect(whole.asks == [[298_970_000_000_000, 250_000_000_000_000]])
    harness.frame(
      stream,
      """
      {"topic":{"topic:":"orderbook","market":"ETH-USDT","level":0},"ts":1584717910000,"startVersion":8,
      "endVersion":"9","data":{"bids":[["295.97","0","0","0"]],"asks":[]}}
      """)
    #expect(harness.books.last?.bids == [[295_970_000_000_000, 0]])
    harness.frame(
      stream,
      #"{"topic":{"topic":"orderbook","market":"ETH-USDT"},"startVersion":11,"endVersion":12,"#
        + #""data":{"bids":[],"asks":[]}}"#)
    #expect(harness.gaps.count == 1 && harness.faults.isEmpty)
  }

  @Test func aRefusalHasItsWordsAndAPingItsAnswer() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    harness.reply(try #require(harness.requests.last).id, #"{"key":"abc"}"#)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let asked = try #require(harness.requests.last)
    harness.frame(stream, "ping")
    #expect(harness.requests.last?.body == "pong")
    harness.frame(
      stream,
      """
      {"op":"sub","sequence":\(asked.id),"topics":[{"topic":"trade","market":"ETH-USDT"}],"result":{"status":"failed",
      "error":{"code":104109,"message":"no such market"}}}
      """)
    #expect(harness.states.last?.state == .rejected && harness.states.last?.text.contains("no such market") == true)
  }

  /// A report says how much is filled: what grew since the one before is a fill.
  @Test func whatGrowsIsAFill() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.reply(try #require(harness.requests.last).id, #"{"key":"abc"}"#)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let frames = harness.requests.filter { $0.stream == stream }.map(\.body)
    #expect(frames.count == 2 && frames[1].contains(#""topics":[{"topic":"order","market":"ETH-USDT"}]"#))
    for _ in frames { harness.frame(stream, #"{"op":"sub","topics":[],"result":{"status":"OK"}}"#) }
    #expect(harness.states.last?.state == .live)
    for (filled, cost, fee, word) in [
      ("0", "0", "0", "processing"), ("400000000000000000", "80000000", "400000000000000", "processing"),
      ("1000000000000000000", "200000000", "1000000000000000", "processed"),
    ] {
      harness.frame(
        stream,
        """
        {"topic":{"topic":"order","market":"ETH-USDT"},"ts":1584717910000,"data":{"hash":"0x8b","clientOrderId":"c1",
        "size":"1000000000000000000","volume":"200000000","price":"200","filledSize":"\(filled)",
        "filledVolume":"\(cost)","filledFee":"\(fee)","status":"\(word)","side":"buy","market":"ETH-USDT"}}
        """)
    }
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.fields.quantity.value?.plain } == ["0.4", "0.6"])
    #expect(fills.map { $0.fields.price.value?.plain } == ["200", "200"])
    #expect(fills.map { $0.fields.fee.value?.plain } == ["0.0004", "0.0006"])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).last?.fields.filled.value == .one)
    harness.frame(
      stream,
      #"{"topic":{"topic:":"account"},"data":{"accountId":1,"totalAmount":"1500000","tokenId":2,"#
        + #""amountLocked":"0"}}"#)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last)
    #expect(balance.record.text(balance.fields.asset) == "USDT" && balance.fields.total.value?.plain == "1.5")
  }
}
