import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import OKXConnector

@Suite struct PrivateTests {
  @Test func theStreamIsLiveWhenLoginAndBothChannelsAreAnswered() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    #expect(harness.states.map(\.state) == [.pending, .live])
    #expect(harness.opens.count == 2)
    harness.run(for: 600_000_000_000)
    #expect(harness.opens.count == 2)
  }

  /// Conditional orders are reported at an address of their own, which is knocked at when the first let the account in.
  @Test func theAccountIsLiveWhenBothStreamsAre() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let first = try #require(harness.opens.last).stream
    harness.opened(first)
    #expect(harness.opens.map(\.url) == ["wss://ws.okx.com:8443/ws/v5/private"])
    harness.frame(first, #"{"event":"login","code":"0","msg":""}"#)
    for channel in ["orders", "account"] {
      harness.frame(first, "{\"event\":\"subscribe\",\"arg\":{\"channel\":\"\(channel)\"}}")
    }
    #expect(harness.states.map(\.state) == [.pending], "one of two")
    let second = try business(harness)
    #expect(harness.states.map(\.state) == [.pending, .live])
    let login = try #require(harness.requests.last { $0.stream == second && $0.permission == "login" })
    #expect(login.account == 7)
    #expect(
      harness.requests.last { $0.stream == second && $0.permission == "subscribe" }?.body
        == #"{"op":"subscribe","args":[{"channel":"orders-algo","instType":"SPOT"}]}"#)
    // Either alone takes the account down, and is opened again by itself.
    harness.forget()
    harness.closed(second, code: 1006)
    #expect(harness.states.map(\.state) == [.down, .pending])
    let again = try business(harness)
    #expect(harness.states.map(\.state) == [.down, .pending, .live] && again != second)
    harness.forget()
    harness.closed(first, code: 1006)
    #expect(harness.opens.map(\.url) == ["wss://ws.okx.com:8443/ws/v5/private"])
    #expect(harness.states.map(\.state) == [.down, .pending])
    harness.account(7, present: false)
    #expect(harness.closes.contains(again) && harness.states.last?.state == .ended)
  }

  @Test func whatIsNeverAnsweredIsGivenUp() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.opened(try #require(harness.opens.last).stream)
    harness.run(for: 10_500_000_000)
    #expect(harness.closes.count == 1 && harness.states.last?.state == .down)
    harness.closed(try #require(harness.opens.last).stream, code: 1000)
    harness.run(for: 1_000_000_000)
    #expect(harness.opens.count == 2)
  }

  /// A key that is not let in is another's to mend: it is tried again after a minute, then two, up to a quarter of an
  /// hour. What fails otherwise is tried after a second, then two.
  @Test(arguments: [("60009", [60, 120, 240, 480, 900, 900]), ("63999", [1, 2, 4, 8])])
  func aRefusedLoginIsLeftAlone(_ code: String, _ pauses: [Int64]) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    for pause in pauses {
      let stream = try #require(harness.opens.last).stream
      harness.opened(stream)
      harness.frame(stream, #"{"event":"error","code":"\#(code)","msg":"Login failed.","connId":"a"}"#)
      harness.closed(stream, code: 1000)
      let opens = harness.opens.count
      harness.run(for: pause * 1_000_000_000 - 1_000_000)
      #expect(harness.opens.count == opens, "before \(pause) s")
      harness.run(for: 2_000_000)
      #expect(harness.opens.count == opens + 1, "after \(pause) s")
    }
  }

  @Test func aReportThatCannotBeReadStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, #"{"arg":{"channel":"orders"},"data":[{"ordId":"#) == .parse)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
  }

  @Test func anOrderThatWasFilledReportsItsFillFirst() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      """
      {"arg":{"channel":"orders","instType":"SPOT"},"data":[{"instId":"BTC-USDT","ordId":"312","clOrdId":"a1",
      "side":"buy","ordType":"post_only","state":"partially_filled","px":"50000","sz":"2","accFillSz":"0.5",
      "avgPx":"50000","uTime":"1764288000400","tradeId":"99","fillPx":"50000","fillSz":"0.5","fillFee":"-0.0004",
      "fillFeeCcy":"BTC","execType":"M","tgtCcy":""}]}
      """)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.price.value == Decimal64(50_000) && fill.fee.value == Decimal64(mantissa: 4, exponent: -4))
    #expect(fill.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.partial.rawValue && order.flags == OrderFlags.postOnly.rawValue)
    #expect(order.filled.value == Decimal64(mantissa: 5, exponent: -1))
    #expect(harness.emitted.map(\.kind) == [PB_EV_FILL, PB_EV_ORDER])
  }

  @Test func oneOddBalanceDoesNotSpoilTheOthers() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      """
      {"arg":{"channel":"account"},"data":[{"details":[{"ccy":"BTC","cashBal":"5","availBal":"4","uTime":"1"},
      {"ccy":"ODD","cashBal":"five","availBal":"4","uTime":"1"},{"ccy":"USDT","cashBal":"7","availBal":"6"}]}]}
      """)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).map { $0.record.text($0.fields.asset) } == ["BTC", "USDT"])
    #expect(harness.logs.contains { $0.contains("ODD") })
  }
}
