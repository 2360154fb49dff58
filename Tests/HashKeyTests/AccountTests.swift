import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HashKeyConnector

@Suite struct AccountTests {
  @Test func theListenKeyStandsInThePathAndIsKept() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.url == "https://api-glb.hashkey.com/api/v1/userDataStream")
    harness.reply(request.id, #"{"listenKey":"****"}"#)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://stream-glb.hashkey.com/api/v1/ws/<slot(1)>" && open.account == 7)
    harness.opened(open.stream)
    harness.forget()
    harness.run(for: 1_800_000_000_000)
    let keep = try #require(harness.requests.last { $0.permission == "keep_listen_key" })
    #expect(keep.method == .put && keep.url.contains("?listenKey=<slot(1)>&timestamp="))
    harness.reply(keep.id, "{}")
    #expect(harness.closes.isEmpty)
  }

  private func report(_ state: String, filled: String, last: String = "0", id: String = "", side: String = "SELL")
    -> String
  {
    """
    {"e":"executionReport","E":"1499405658658","s":"BTCUSDT","c":"a1","S":"\(side)","o":"LIMIT","f":"GTC","q":"1",\
    "p":"10000","reqAmt":"0","X":"\(state)","d":"\(id)","i":"4001","l":"\(last)","r":"0","z":"\(filled)",\
    "L":"\(last == "0" ? "0" : "10000")","V":"\(filled == "0" ? "0" : "10000")","n":"0.003","N":"USDT","m":true,\
    "O":"1499405658657","Z":"0"}
    """
  }

  @Test(arguments: [
    ("NEW", "0", OrderState.open), ("NEW", "0.4", .partial), ("PENDING_CANCEL", "0.4", .partial),
    ("FILLED", "1", .filled), ("PARTIALLY_CANCELED", "0.3", .cancelled), ("REJECTED", "0", .rejected),
  ])
  func wordsAreStates(_ word: String, _ filled: String, _ state: OrderState) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, "[\(report(word, filled: filled, id: "77"))]") == .ok)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [state.rawValue])
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty, "nothing was executed")
  }

  @Test func anExecutionIsReportedOnce() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    let ticket = #"{"e":"ticketInfo","s":"BTCUSDT","q":"0.4","t":"1","p":"10000","T":"9","o":"4001","S":"SELL"}"#
    harness.frame(stream, "[\(report("PARTIALLY_FILLED", filled: "0.4", last: "0.4", id: "901")),\(ticket)]")
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.record.text($0.fields.trade) } == ["901"])
    let fill = try #require(fills.first)
    #expect(fill.record.text(fill.fields.fee_asset) == "USDT")
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(fill.fields.fee.value == Decimal64(mantissa: 3, exponent: -3))
  }

  @Test func theAccountsOtherMarketIsLeftAlone() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    let other = report("NEW", filled: "0").replacing("executionReport", with: "contractExecutionReport")
    #expect(harness.frame(stream, "[\(other)]") == .ok)
    let balances = #"[{"e":"outboundContractAccountInfo","E":"1","B":[{"a":"USDT","f":"1","l":"0"}]}]"#
    #expect(harness.frame(stream, balances) == .ok)
    #expect(harness.emitted.isEmpty)
  }

  @Test(arguments: [
    #"[{"e":"executionReport","s":"BTCUSDT"}]"#, #"[{"e":"outboundAccountInfo","E":"1"}]"#, #"[{"e":"exec"#, "[1]",
    #"[{"e":"outboundAccountInfo","B":[{"a":"BTC","f":"x"}]}"#,
  ])
  func whatCannotBeReadStartsTheStreamAnew(_ frame: String) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, frame)
    #expect(harness.closes == [stream])
  }

  @Test func oneEventThatCannotBeReadSpoilsNoOther() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, #"[{"e":"executionReport","s":"BTCUSDT"},\#(report("NEW", filled: "0"))]"#)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).count == 1 && harness.closes == [stream])
  }

  @Test func heartbeatsAreAnsweredOnTheAccountsStream() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, #"{"ping":1748504490208,"channelId":"02ac86fffe5fdf52"}"#) == .ok)
    #expect(harness.requests.map(\.body) == [#"{"pong":"1748504490208"}"#] && harness.requests[0].stream == stream)
  }
}
